"""What a handler may ask of the request besides its typed parts, and answers that are not JSON."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from hub.core.errors import Malformed, TooLarge

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_CHUNK = 64 * 1024
_FORM_BYTES = 4096  # what a form adds around its one file
_BROKEN_FORM = (ValueError, AssertionError, HttpProcessingError)  # what aiohttp's reader raises


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
    gone: Callable[[], bool] = field(default=lambda: False)  # whoever asked hung up: stop working

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
    """A file to send. Only types on the inline list open in the browser; others are downloads.

    `kept`: the browser may keep it for an hour.
    """

    path: Path
    media_type: str
    name: str
    inline: bool = False
    kept: bool = True


@dataclass(frozen=True, slots=True)
class BytesAnswer:
    """Bytes of strangers that the browser shows as what we found them to be (`media_type`).

    They are kept by this browser alone, for `keep_s` seconds.
    """

    data: bytes
    media_type: str
    name: str
    keep_s: int


@dataclass(frozen=True, slots=True)
class TextAnswer:
    """Text that is not JSON (metrics, CSV)."""

    text: str
    media_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class StreamAnswer:
    """A file that is made while it is sent: a download. What can be refused is refused before.

    If `pieces` fails, the connection is broken off and the client sees that the file is not whole.
    It is closed when the client went away.
    """

    pieces: AsyncGenerator[bytes, None]
    media_type: str
    name: str


LineT = TypeVar("LineT")


@dataclass(frozen=True, slots=True)
class LinesAnswer(Generic[LineT]):
    """JSON values, a line each, sent as they come (application/x-ndjson).

    What can be refused is refused before this is made; later a line has to say it. `lines` is
    closed when the client went away, which is noticed as the next line is written: send one now
    and then.
    """

    lines: AsyncGenerator[LineT, None]


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file on its way in. Name and type are the sender's word: sniff before use."""

    name: str
    declared_type: str
    chunks: AsyncIterator[bytes]


class Upload:
    """One file in the field `file` of a form (multipart/form-data), read as a stream."""

    def __init__(self, request: web.Request, limit_bytes: int) -> None:
        self._request = request
        self._limit_bytes = limit_bytes

    async def file(self) -> UploadedFile:
        """Return the file. Its chunks raise TooLarge once more than the limit has come.

        Raises Malformed if the request is no form with a file, TooLarge if it says so itself.
        """
        declared = self._request.content_length
        if declared is not None and declared > self._limit_bytes + _FORM_BYTES:
            raise self._too_large()
        if self._request.content_type != "multipart/form-data":
            raise Malformed("Send the file as multipart/form-data in the field `file`.")
        try:
            part = await (await self._request.multipart()).next()
        except _BROKEN_FORM as error:
            raise _broken_form() from error
        if not isinstance(part, BodyPartReader) or part.name != "file" or not part.filename:
            raise Malformed("The first part of the form must be the field `file` with a name.")
        kind = part.headers.get("Content-Type", "application/octet-stream")
        return UploadedFile(part.filename, kind, self._chunks(part))

    async def _chunks(self, part: BodyPartReader) -> AsyncIterator[bytes]:
        total = 0
        while chunk := await self._read(part):
            total += len(chunk)
            if total > self._limit_bytes:
                raise self._too_large()
            yield chunk

    async def _read(self, part: BodyPartReader) -> bytes:
        try:
            return await part.read_chunk(_CHUNK)
        except _BROKEN_FORM as error:
            raise _broken_form() from error

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"The file is larger than the limit of {self._limit_bytes // 1_048_576} MiB.",
            limit_bytes=self._limit_bytes,
        )


def _broken_form() -> Malformed:
    return Malformed("The form is broken: its parts cannot be told apart.")


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
