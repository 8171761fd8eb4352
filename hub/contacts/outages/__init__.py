"""Providers that do not answer now, as everybody but their own channel sees them."""
