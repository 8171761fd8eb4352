"""Contacts that belong together: merged into one, split in two, linked, and asked about."""
