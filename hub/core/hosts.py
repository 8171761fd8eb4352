"""Names of machines as settings give them."""

from __future__ import annotations

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def reachable(host: str) -> str:
    """Return `host`, or loopback where it means "all addresses", which nobody can call."""
    return "127.0.0.1" if host in ("", "0.0.0.0", "::") else host  # noqa: S104  # compared, not bound
