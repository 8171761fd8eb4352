"""Recording of calls at the provider: begun once both hear each other, then copied to us."""
