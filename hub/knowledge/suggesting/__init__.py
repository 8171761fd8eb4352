"""Suggestions: which article answers a question, learned from articles and resolved contacts."""
