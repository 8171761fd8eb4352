"""What a handler may ask of the request besides its typed parts, and answers that are not JSON."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from hub.core.errors import TooLarge

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class CookieChange:
    """A session cookie to set; `token` None deletes it."""

    token: str | None
    max_age_s: int


@dataclass(slots=True)
class Call:
    """The circumstances of one request."""

    request_id: str
    address: str  # the peer, or what a trusted proxy says the peer is
    user_agent: str
    session_token: str | None
    direct: bool  # no proxy stands between (a loopback peer is really on this machine)
    cookie: CookieChange | None = field(default=None)

    def start_session(self, token: str, max_age_s: int) -> None:
        """Answer with the session cookie; it lives `max_age_s` seconds in the browser."""
        self.cookie = CookieChange(token, max_age_s)

    def end_session(self) -> None:
        """Answer with the deletion of the session cookie."""
        self.cookie = CookieChange(None, 0)

    @property
    def from_this_machine(self) -> bool:
        """Say whether the peer is a process on this machine and nothing was forwarded."""
        return self.direct and ipaddress.ip_address(self.address).is_loopback


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """A file to send. Only types on the inline list open in the browser; others are downloads."""

    path: Path
    media_type: str
    name: str
    inline: bool = False


@dataclass(frozen=True, slots=True)
class TextAnswer:
    """Text that is not JSON (metrics, CSV)."""

    text: str
    media_type: str = "text/plain"


class Upload:
    """The raw bytes of a request, read as a stream with a limit."""

    def __init__(self, request: web.Request, limit_bytes: int) -> None:
        self._request = request
        self._limit_bytes = limit_bytes
        self.declared_type = request.content_type  # untrusted: sniff before use

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes. Raises TooLarge once more than the limit has come."""
        total = 0
        declared = self._request.content_length
        if declared is not None and declared > self._limit_bytes:
            raise self._too_large()
        async for chunk in self._request.content.iter_chunked(_CHUNK):
            total += len(chunk)
            if total > self._limit_bytes:
                raise self._too_large()
            yield chunk

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"The file is larger than the limit of {self._limit_bytes // 1_048_576} MiB.",
            limit_bytes=self._limit_bytes,
        )


def peer_address(request: web.Request, trusted: tuple[Network, ...]) -> tuple[str, bool]:
    """Return the address of the client and whether it spoke to us directly.

    X-Forwarded-For counts only when the peer is a trusted proxy; then the last address that is not
    itself a trusted proxy is the client (what stands before it can be invented by the client).
    """
    peer = request.remote or "0.0.0.0"  # noqa: S104 - an unknown peer, not a place to listen
    forwarded = request.headers.getall("X-Forwarded-For", [])
    direct = not forwarded and "Forwarded" not in request.headers
    if not _is_trusted(peer, trusted):
        return peer, direct
    for hop in reversed([part.strip() for line in forwarded for part in line.split(",")]):
        if not _is_address(hop):
            break
        peer = hop
        if not _is_trusted(hop, trusted):
            break
    return peer, direct


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(text: str, trusted: tuple[Network, ...]) -> bool:
    return _is_address(text) and any(ipaddress.ip_address(text) in network for network in trusted)
