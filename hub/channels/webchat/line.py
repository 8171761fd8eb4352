"""What a chat needs of the way to its page, whichever that is: a socket, or polls over HTTP."""

from __future__ import annotations

from typing import Protocol


class Line(Protocol):
    """The way to one open page. Hashed by identity."""

    def put(self, frame: bytes) -> None:
        """Send one frame. Never waits; after the end nothing."""

    def unsent_bytes(self) -> int:
        """Return how much of what was put waits for a page that does not read."""

    def abort(self) -> None:
        """End it at once: what was not sent is lost, and asked for by the page's next line."""

    async def close(self, code: int, reason: str) -> None:
        """End it after what was put, with a close code of WebSocket (RFC 6455 §7.4)."""
