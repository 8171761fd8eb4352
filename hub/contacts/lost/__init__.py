"""Answers that did not reach their customers, until what they were in is open again."""
