"""Canned responses: texts with placeholders, of the set-up file, of teams and of single users."""
