"""Macros: a named sequence of what an agent does with a contact, run as one command."""
