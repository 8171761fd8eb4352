"""The customer's story: what comes in, what becomes of what we sent, and leaving."""

from .receive import receive

__all__ = ["receive"]
