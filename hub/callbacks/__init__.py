"""Callbacks: outbound phone contacts that keep the caller's place in the queue."""
