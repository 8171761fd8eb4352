"""Complaints: while one is open, nobody sells anything to its customer."""
