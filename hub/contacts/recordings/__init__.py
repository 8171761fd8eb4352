"""Recordings of calls and spoken messages, as everybody but the provider's channel sees them."""
