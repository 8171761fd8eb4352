"""Commands of `hub` that have a file of their own. Light: what they do is imported when called."""
