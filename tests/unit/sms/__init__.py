"""Pure files of texts: the count of parts, states, words and what is read of webhooks."""
