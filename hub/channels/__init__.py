"""Channels: one folder each; see base.py for what every channel does."""
