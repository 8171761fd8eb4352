"""Ugly mails, made to the patterns of real programs, and what the hub must read in them."""
