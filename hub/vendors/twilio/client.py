"""The REST client: Twilio's own library on our own transport.

The library's asynchronous transport drops its timeout and can repeat a POST, which may ring a phone
twice. Ours has one timeout for every request, a base URL that tests point at the simulator, and
never repeats anything: who asked decides, by the `Fault` that `attempt` returns.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from hub.settings import Twilio

T = TypeVar("T")

TWILIO_URL = "https://api.twilio.com"
_LOG = logging.getLogger(__name__)
_NOT_IN_PROGRESS = frozenset({20404, 21220})  # no such resource; the call has already ended
_DEFAULT_RETRY_AFTER_S = 2.0
_PIECE_BYTES = 1 << 16
_STREAM_TIMEOUT = aiohttp.ClientTimeout(total=600.0, connect=8.0, sock_read=30.0)


@dataclass(frozen=True, slots=True)
class Account:
    """Where and as whom to speak.

    Webhooks are signed with `auth_token` (or `auth_token_2` while one is rotated); requests sign in
    with the API key where there is one, else with the token.
    """

    sid: str
    auth_token: str = field(repr=False)
    auth_token_2: str = field(default="", repr=False)
    api_key: str = ""
    api_secret: str = field(default="", repr=False)
    base_url: str = TWILIO_URL
    timeout_s: float = 8.0

    @classmethod
    def of(cls, twilio: Twilio) -> Account | None:
        """Return the account of the settings; None where there is none."""
        if not twilio.account_sid:
            return None
        return cls(
            sid=twilio.account_sid,
            auth_token=twilio.auth_token.reveal(),
            api_key=twilio.api_key,
            api_secret=twilio.api_secret.reveal(),
            base_url=twilio.base_url,
        )

    @property
    def auth_tokens(self) -> tuple[str, ...]:
        return tuple(token for token in (self.auth_token, self.auth_token_2) if token)

    @property
    def login(self) -> tuple[str, str]:
        """User and password of requests."""
        return (self.api_key, self.api_secret) if self.api_key else (self.sid, self.auth_token)


class FaultKind(StrEnum):
    GONE = "gone"  # the call or conference is no longer there
    TRANSIENT = "transient"  # nothing happened; try again
    PERMANENT = "permanent"  # it will never work as it stands
    LOST = "lost"  # the answer was lost: it may have happened


@dataclass(frozen=True, slots=True)
class Fault:
    """An expected failure of the vendor, as a value. `code`: Twilio's number for it, or 0."""

    kind: FaultKind
    reason: str
    retry_after_s: float | None = None
    code: int = 0


class Throttled(TwilioException):
    """429 or error 20429: too many requests; `retry_after_s` says when to come again."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("Twilio asks to slow down (20429).")
        self.retry_after_s = retry_after_s


def _heed_nothing(_: str | None) -> None:
    """How requests go concerns nobody."""


class TwilioTransport(AsyncHttpClient):
    """One aiohttp session with one timeout. Close it with `close`. `note` is told of each request
    how it went: None, or how no answer came, or one that says that Twilio itself is broken.
    """

    def __init__(
        self,
        base_url: str = TWILIO_URL,
        timeout_s: float = 8.0,
        note: Callable[[str | None], None] = _heed_nothing,
    ) -> None:
        super().__init__(_LOG, is_async=True, timeout=timeout_s)
        self._note = note
        self._base_url = base_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=timeout_s / 2)
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def request(  # type: ignore[override]  # the library declares a synchronous base method
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature; ours is fixed
        allow_redirects: bool = False,
    ) -> Response:
        """Make one request, once. Raises Throttled, TimeoutError or aiohttp.ClientError."""
        try:
            answer = await self._send(method, uri, params, data, headers, auth)
        except Throttled:
            self._note(None)
            raise
        except (TimeoutError, aiohttp.ClientError) as error:
            self._note(f"{type(error).__name__}: {error}".removesuffix(": "))
            raise
        broken = answer.status_code >= 500
        self._note(f"HTTP {answer.status_code}" if broken else None)
        return answer

    async def _send(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None,
        data: dict[str, object] | None,
        headers: dict[str, str] | None,
        auth: tuple[str, str] | None,
    ) -> Response:
        url = self._base_url + uri.removeprefix(TWILIO_URL)
        sent = dict(headers or {})
        if auth is not None:
            sent["Authorization"] = aiohttp.encode_basic_auth(*auth)
        async with self._open().request(
            method,
            url,
            params=_form(params),
            data=_form(data),
            headers=sent,
            allow_redirects=False,
        ) as answer:
            if answer.status == 429:
                raise Throttled(_retry_after_s(answer.headers.get("Retry-After")))
            return Response(answer.status, await answer.text(), answer.headers)

    async def probe(self, account: Account) -> None:
        """Ask for the account itself; only how that goes is of interest (`note`)."""
        with contextlib.suppress(TwilioException, TimeoutError, aiohttp.ClientError):
            uri = f"/2010-04-01/Accounts/{account.sid}.json"
            await self.request("GET", uri, auth=account.login)

    async def download(self, path: str, auth: tuple[str, str], limit_bytes: int) -> bytes:
        """Return the bytes under `path` of the API's host. Raises TwilioRestException above 399."""
        headers = {"Authorization": aiohttp.encode_basic_auth(*auth)}
        # Twilio answers media with a redirect to its storage; nothing of ours goes along with it.
        async with self._open().get(
            self._base_url + path, headers=headers, max_redirects=2
        ) as answer:
            if answer.status == 429:
                raise Throttled(_retry_after_s(answer.headers.get("Retry-After")))
            if answer.status >= 400:
                raise TwilioRestException(answer.status, path, "The media is not there (yet).")
            data = await answer.content.read(limit_bytes + 1)
            while len(data) <= limit_bytes and (more := await answer.content.read(1 << 16)):
                data += more
            if len(data) > limit_bytes:
                raise TwilioRestException(413, path, f"The media is over {limit_bytes} bytes.")
            return data

    @asynccontextmanager
    async def stream(self, path: str, auth: tuple[str, str]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open large media as a stream of pieces, bounded in time by each of them.

        Raises TwilioRestException above 399. Who reads bounds the size.
        """
        headers = {"Authorization": aiohttp.encode_basic_auth(*auth)}
        async with self._open().get(
            self._base_url + path, headers=headers, max_redirects=2, timeout=_STREAM_TIMEOUT
        ) as answer:
            if answer.status == 429:
                raise Throttled(_retry_after_s(answer.headers.get("Retry-After")))
            if answer.status >= 400:
                raise TwilioRestException(answer.status, path, "The media is not there (yet).")
            yield answer.content.iter_chunked(_PIECE_BYTES)

    async def close(self) -> None:
        self._closed = True
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise aiohttp.ClientConnectionError("closed")  # a late one opens nothing anew
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        return self._session


def open_client(account: Account, transport: TwilioTransport) -> Client:
    """Return Twilio's client for `account` over our transport; nothing is sent yet."""
    user, password = account.login
    # An own environment, because the library reads credentials of the process behind our back.
    return Client(
        user, password, account.sid, http_client=transport, environment={"TWILIO_REGION": ""}
    )


async def attempt(request: Awaitable[T]) -> T | Fault:
    """Await one request of the client; return its result, or what went wrong as a value."""
    try:
        return await request
    except Throttled as error:
        return Fault(FaultKind.TRANSIENT, str(error), error.retry_after_s)
    except (TwilioRestException, TwilioServiceException) as error:
        return _fault_of(int(error.status), int(error.code or 0), _reason(error))
    except TwilioException as error:  # so the library says that it did not get a list
        answer = next((one for one in error.args if isinstance(one, Response)), None)
        if answer is None:
            raise
        status = int(answer.status_code)
        return _fault_of(status, 0, f"Twilio {status}: a list could not be had")
    except aiohttp.ClientConnectorError as error:
        return Fault(FaultKind.TRANSIENT, f"Twilio cannot be reached: {error}")
    except (TimeoutError, aiohttp.ClientError, asyncio.IncompleteReadError) as error:
        return Fault(FaultKind.LOST, f"Twilio's answer was lost: {type(error).__name__}")


def _fault_of(status: int, code: int, reason: str) -> Fault:
    if status == 404 or code in _NOT_IN_PROGRESS:
        return Fault(FaultKind.GONE, reason, code=code)
    if status == 429 or code == 20429:
        return Fault(FaultKind.TRANSIENT, reason, _DEFAULT_RETRY_AFTER_S)
    if status >= 500:
        return Fault(FaultKind.LOST, reason)  # it broke somewhere: before or after it was done
    return Fault(FaultKind.PERMANENT, reason, code=code)


def _reason(error: TwilioRestException | TwilioServiceException) -> str:
    text = error.msg if isinstance(error, TwilioRestException) else (error.detail or error.title)
    return f"Twilio {error.status} ({error.code}): {text}"


def _retry_after_s(header: str | None) -> float:
    try:
        return max(0.1, float(header or ""))
    except ValueError:
        return _DEFAULT_RETRY_AFTER_S


def _form(values: dict[str, object] | None) -> list[tuple[str, str]] | None:
    """Return form fields: lists repeat their key, booleans are lower case, None is left out."""
    if values is None:
        return None
    fields: list[tuple[str, str]] = []
    for key, value in values.items():
        for item in value if isinstance(value, (list, tuple)) else [value]:
            if item is None:
                continue
            fields.append((key, str(item).lower() if isinstance(item, bool) else str(item)))
    return fields
