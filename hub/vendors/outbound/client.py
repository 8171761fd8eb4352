"""One HTTP client for addresses that somebody else wrote (reliability.md §4).

The name is resolved once, every address it has must be allowed, and the connection goes to the
address that was looked at: the URL that is asked for holds the address, the name goes along in
`Host` and, for TLS, as the name the certificate must have. No redirect is followed, nothing is
unpacked, size and time have limits, and the request says nothing about who asks.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Container, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from ipaddress import ip_address

import aiohttp
from yarl import URL

from .addresses import Address, Allow, is_public

_CHUNK = 64 * 1024
_AT_ONCE = 16
_LOOKUPS = 4
_TRIED = 3
_LONGEST_URL = 8_000


@dataclass(frozen=True, slots=True)
class Fetched:
    data: bytes


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to a server that an admin named. Headers and body are ours."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing came. `reason`: url, address, unreachable, status, redirect, size or time; lost: it
    was asked, and broke off.
    """

    reason: str


# A name and a port → every address of the name.
LookUp = Callable[[str, int], Sequence[Address]]


def look_up_name(name: str, port: int) -> Sequence[Address]:
    """Ask the system's resolver; it also reads addresses in any of their old spellings."""
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        return ()
    return [ip_address(address[4][0]) for address in found]


class OutboundHttp:
    """`allow` says where it may connect; the default is public addresses on ports 80 and 443.

    `look_up` is the system's resolver: it blocks, and has a thread to do so.
    """

    def __init__(
        self,
        *,
        allow: Allow = is_public,
        look_up: LookUp = look_up_name,
        limit_bytes: int = 5 * 1_048_576,
        timeout_s: float = 10.0,
    ) -> None:
        self._allow = allow
        self._look_up = look_up
        self._limit_bytes = limit_bytes
        self._timeout_s = timeout_s
        self._places = asyncio.Semaphore(_AT_ONCE)
        # Threads of its own: a name server that keeps us waiting holds up nobody else.
        self._lookups = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="lookup")

    async def fetch(self, url: str, accept: str) -> Fetched | Failed:
        """GET a URL; `accept` is the only thing told besides the name of the server."""
        return await self._answer_of(Ask("GET", url, {"Accept": accept}), {200})

    async def ask(self, ask: Ask) -> Fetched | Failed:
        """Ask once and return what any 2xx brought; nothing is asked a second time."""
        return await self._answer_of(ask, range(200, 300))

    async def _answer_of(self, ask: Ask, right: Container[int]) -> Fetched | Failed:
        target = _target(ask.url)
        if target is None:
            return Failed("url")
        try:
            async with asyncio.timeout(self._timeout_s), self._places:
                addresses = await self._resolve(target)
                if not addresses or not all(self._allow(one, _port(target)) for one in addresses):
                    return Failed("address")
                return await self._ask_any(target, addresses[:_TRIED], ask, right)
        except TimeoutError:
            return Failed("time")
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientPayloadError):
            return Failed("lost")
        except (aiohttp.ClientError, OSError, ValueError):  # ValueError: what yarl says of headers
            return Failed("unreachable")

    async def _resolve(self, target: URL) -> Sequence[Address]:
        """Return every address of the name, none where it has none."""
        loop = asyncio.get_running_loop()
        name, port = target.raw_host or "", _port(target)
        return await loop.run_in_executor(self._lookups, self._look_up, name, port)

    async def _ask_any(
        self, target: URL, addresses: Sequence[Address], ask: Ask, right: Container[int]
    ) -> Fetched | Failed:
        """Ask the first address that takes a connection: one of a pair may be out of reach."""
        for address in addresses:
            try:
                return await self._ask(target, address, ask, right)
            except aiohttp.ClientConnectorError:
                continue
        return Failed("unreachable")

    async def _ask(
        self, target: URL, address: Address, ask: Ask, right: Container[int]
    ) -> Fetched | Failed:
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=1, force_close=True, use_dns_cache=False),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("User-Agent", "Accept-Encoding"),
                auto_decompress=False,
                trust_env=False,
            ) as session,
            session.request(
                ask.method,
                target.with_host(str(address)),
                data=ask.body,
                headers={
                    **ask.headers,
                    "Host": _host_header(target),
                    "Accept-Encoding": "identity",
                },
                server_hostname=target.raw_host,
                allow_redirects=False,
            ) as response,
        ):
            if 300 <= response.status < 400:
                return Failed("redirect")
            if response.status not in right:
                return Failed("status")
            return await self._read(response)

    async def _read(self, response: aiohttp.ClientResponse) -> Fetched | Failed:
        if (response.content_length or 0) > self._limit_bytes:
            return Failed("size")
        data = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            data += chunk
            if len(data) > self._limit_bytes:
                return Failed("size")
        return Fetched(bytes(data))


def _target(url: str) -> URL | None:
    """Return the URL without its fragment, or None where it is no plain web address."""
    if len(url) > _LONGEST_URL:
        return None
    try:
        target = URL(url).with_fragment(None)
        _port(target)
    except ValueError:
        return None
    if target.scheme not in ("http", "https") or not target.host or "%" in target.host:
        return None
    return None if target.user or target.password else target


def _port(target: URL) -> int:
    return target.port or 0


def _host_header(target: URL) -> str:
    host = target.host or ""
    host = f"[{host}]" if ":" in host else target.raw_host or host
    return host if target.is_default_port() else f"{host}:{target.port}"
