"""IMAP by aioimaplib 2.0.3, with its traps closed (channels.md, Email).

A dropped connection raises nothing there and commands hang, so every call races the loss of the
connection and a timeout, and after either the session is finished: open a new one.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import re
import ssl
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from aioimaplib import IMAP4, AioImapException, Command, Response
from aioimaplib.aioimaplib import AUTH, quoted

from hub.settings import MailServer

from .oauth import AccessTokens, OAuthError

T = TypeVar("T")

# Its debug lines hold whole mails, and passwords where they contain a quote.
logging.getLogger("aioimaplib").setLevel(logging.WARNING)

KEYWORD = "$HubFiled"
# RFC 2177 asks for less than 29 minutes; NAT boxes and NetEase forget idle connections after ten.
MAX_IDLE_S = 540.0
_HELLO_S = 15.0  # also when a server that is frozen or cut off has taken the connection
_PORTS = {"tls": 993, "starttls": 143, "none": 143}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UIDVALIDITY = re.compile(rb"\[UIDVALIDITY (\d+)\]", re.I)
_PERMANENT_FLAGS = re.compile(rb"\[PERMANENTFLAGS \(([^)]*)\)\]", re.I)
_NO_BODY = re.compile(rb"BODY\[\](?:<0>)? (?:NIL|\"\")", re.I)
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)", re.I)


class ImapError(Exception):
    """The mailbox cannot be used now; the message says why and what may help. Reconnect later."""


class ImapRefused(ImapError):
    """The server is there and does not let us in: somebody has to mend something."""


class ImapLost(ImapError):
    """The connection dropped or went silent; what was under way is unknown. Reconnect."""


class ImapNoBody(ImapError):
    """The server has the mail and does not give it now: it is asked for again later."""


@dataclass(frozen=True, slots=True)
class Selected:
    """A folder as the server described it. `keywords`: whether our own keyword can be stored."""

    uidvalidity: int
    keywords: bool


class _XOAuth2(Command):  # type: ignore[misc]  # aioimaplib ships no types
    """AUTHENTICATE XOAUTH2 that answers the challenge of a refusal, which aioimaplib's own does
    not."""

    def __init__(self, protocol: Any, encoded: str) -> None:
        super().__init__("AUTHENTICATE", protocol.new_tag(), "XOAUTH2", encoded, loop=protocol.loop)
        self._protocol = protocol

    def append_to_resp(self, line: bytes, result: str = "Pending") -> None:
        super().append_to_resp(line, result)
        if result == "Pending" and bytes(line).startswith(b"+"):
            self._protocol.send("")


class ImapSession:
    """One signed-in connection. Use with `async with`; never reuse it after an ImapError.

    `tokens`: sign in by XOAUTH2 with these instead of the password.
    """

    def __init__(
        self, server: MailServer, tokens: AccessTokens | None = None, timeout_s: float = 30.0
    ) -> None:
        self._server = server
        self._tokens = tokens
        self._timeout_s = timeout_s
        self._lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._client: IMAP4 | None = None
        self._told = False  # of new mail, since the last search began

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            self._abort()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        client = self._client
        # After an error or a cancel something may be under way that LOGOUT would wait for.
        if client is not None and kind is None and not self._lost.done():
            with contextlib.suppress(ImapError, TimeoutError):
                await self._call(client.logout(), timeout_s=2.0)
        self._abort()

    async def _open(self) -> None:
        server = self._server
        context = ssl.create_default_context() if server.tls == "tls" else None
        # IMAP4 and not IMAP4_SSL: the latter takes no conn_lost_cb.
        client = IMAP4(
            host=server.host,
            port=server.port or _PORTS[server.tls],
            timeout=self._timeout_s,
            conn_lost_cb=self._on_lost,
            ssl_context=context,
        )
        self._client = client
        self._hear_of_mail(client.protocol)
        try:
            await self._call(
                client.wait_hello_from_server(), timeout_s=min(_HELLO_S, self._timeout_s)
            )
        except (OSError, TimeoutError) as error:
            raise ImapError(f"{server.host} does not answer: {error or 'timeout'}") from error
        if server.tls == "starttls":
            await self._start_tls(client)
        await self._sign_in(client)
        await self._identify(client)

    def _hear_of_mail(self, protocol: Any) -> None:
        """Note every EXISTS: servers say it once, in the answer to any command, also to the search
        that does not name the mail yet, and IDLE is then silent. aioimaplib drops it there."""
        take = protocol._untagged_response

        def hear(line: bytes) -> Any:
            self._told = self._told or bytes(line).rstrip().endswith(b" EXISTS")
            return take(line)

        protocol._untagged_response = hear

    async def _start_tls(self, client: IMAP4) -> None:
        protocol = client.protocol
        response = await self._command(Command("STARTTLS", protocol.new_tag(), loop=protocol.loop))
        if response.result != "OK":
            raise ImapError(f"{self._server.host} refuses STARTTLS: {_last_words(response)}")
        context = ssl.create_default_context()
        transport = await asyncio.get_running_loop().start_tls(
            protocol.transport, protocol, context, server_hostname=self._server.host
        )
        protocol.transport = transport
        await self._call(protocol.capability())

    async def _sign_in(self, client: IMAP4) -> None:
        if self._tokens is not None:
            response = await self._sign_in_by_token(client, self._tokens)
        else:
            # aioimaplib quotes the password and not the user.
            user = quoted(without_controls(self._server.user))
            password = without_controls(self._server.password.reveal())
            response = await self._call(client.login(user, password))
        if response.result != "OK":
            raise ImapRefused(
                f"{self._server.host} refused the sign-in of {self._server.user}: check user "
                f"and password (QQ, 163 and 126 need IMAP switched on and an authorisation code, "
                f"授权码). "
                f"{_last_words(response)}"
            )
        # Many servers offer more after the sign-in than before.
        await self._call(client.protocol.capability())

    async def _sign_in_by_token(self, client: IMAP4, tokens: AccessTokens) -> Response:
        """XOAUTH2. A refusal comes as a challenge that waits for an empty line (Google,
        Microsoft)."""
        try:
            token = await tokens.get()
        except OAuthError as error:
            raise ImapError(str(error)) from error
        user = without_controls(self._server.user)
        text = f"user={user}\1auth=Bearer {without_controls(token)}\1\1"
        protocol = client.protocol
        response = await self._command(_XOAuth2(protocol, base64.b64encode(text.encode()).decode()))
        if response.result == "OK":
            protocol.state = AUTH
        else:
            tokens.forget()
        return response

    async def _identify(self, client: IMAP4) -> None:
        """NetEase refuses SELECT without an ID (RFC 2971), and aioimaplib's own form of it."""
        if not client.has_capability("ID"):
            return
        protocol = client.protocol
        pairs = '("name" "contact-hub" "version" "1" "vendor" "contact-hub" "support-email" "none")'
        await self._command(Command("ID", protocol.new_tag(), pairs, loop=protocol.loop))

    async def select(self, folder: str) -> Selected:
        """Open a folder read-write. Raises ImapError if it does not exist."""
        response = await self._call(self._imap.select(mailbox_name(folder)))
        self._told = False  # of what was there before: the caller searches
        if response.result != "OK":
            raise ImapRefused(f"The folder {folder!r} cannot be opened: {_last_words(response)}")
        text = b"\n".join(bytes(line) for line in response.lines)
        validity = _UIDVALIDITY.search(text)
        flags = _PERMANENT_FLAGS.search(text)
        allowed = flags.group(1).split() if flags else []
        own = KEYWORD.encode().lower()
        keywords = b"\\*" in allowed or any(flag.lower() == own for flag in allowed)
        return Selected(int(validity.group(1)) if validity else 0, keywords)

    async def search(self, *criteria: str) -> list[int]:
        """Return the UIDs that fit, rising. Criteria are ASCII; no CHARSET is sent (NetEase,
        Exchange)."""
        self._told = False
        response = await self._call(self._imap.uid_search(*criteria, charset=None))
        if response.result != "OK":
            raise ImapError(f"The search failed: {_last_words(response)}")
        uids: set[int] = set()
        for line in response.lines[:-1]:  # the last line is the tagged answer's text
            uids.update(int(word) for word in bytes(line).split() if word.isdigit())
        return sorted(uids)

    async def fetch_size(self, uid: int) -> int | None:
        """Return the size in bytes, or None if the mail is gone."""
        response = await self._call(self._imap.uid("fetch", str(uid), "(UID RFC822.SIZE)"))
        found = _SIZE.search(b" ".join(bytes(line) for line in response.lines))
        return int(found.group(1)) if found else None

    async def fetch(self, uid: int, first_bytes: int | None = None) -> bytes | None:
        """Return the raw mail without marking it read, None if it is gone. Raises ImapNoBody.

        `first_bytes`: fetch no more than that. The command has its own timer, renewed by every
        byte.
        """
        part = "BODY.PEEK[]" if first_bytes is None else f"BODY.PEEK[]<0.{first_bytes}>"
        response = await self._call(
            self._imap.uid("fetch", str(uid), f"(UID {part})"), timeout_s=None
        )
        if response.result != "OK":
            raise ImapError(f"Mail {uid} could not be fetched: {_last_words(response)}")
        literals = [bytes(line) for line in response.lines if isinstance(line, bytearray)]
        if not literals and any(_NO_BODY.search(bytes(line)) for line in response.lines):
            raise ImapNoBody(f"Mail {uid} is there without its words.")
        return max(literals, key=len) if literals else None

    @property
    def can_move(self) -> bool:
        """Whether the server has MOVE (RFC 6851)."""
        return bool(self._imap.has_capability("MOVE"))

    async def move(self, uid: int, folder: str) -> bool:
        """Move a mail to `folder`, made if it is missing. False if the server refuses."""
        target = mailbox_name(folder)
        response = await self._call(self._imap.uid("move", str(uid), target))
        if response.result == "NO":
            await self._call(self._imap.create(target))
            response = await self._call(self._imap.uid("move", str(uid), target))
        return bool(response.result == "OK")

    async def mark(self, uid: int) -> bool:
        """Store our keyword on a mail. False where the server refuses it."""
        response = await self._call(
            self._imap.uid("store", str(uid), "+FLAGS.SILENT", f"({KEYWORD})")
        )
        return bool(response.result == "OK")

    async def idle(self, seconds: float) -> bool:
        """Wait for news of new mail at most `seconds`; True if the server told of some.

        Where the server has no IDLE it just waits: the search that follows is the truth anyway.
        """
        seconds = min(seconds, MAX_IDLE_S)
        client = self._imap
        if self._told:
            self._told = False
            return True
        if not client.has_capability("IDLE"):
            await self._sleep(seconds)
            return False
        # A BYE in answer to IDLE hangs idle_start for ever: the race of _call ends it.
        idle: asyncio.Future[Response] = await self._call(
            client.idle_start(timeout=MAX_IDLE_S + 60)
        )
        news = False
        try:
            async with asyncio.timeout(seconds):
                while not news:
                    lines = await self._call(client.protocol.idle_queue.get(), timeout_s=None)
                    news = any(
                        b"EXISTS" in bytes(line) for line in lines if isinstance(line, bytes)
                    )
        except TimeoutError:
            pass  # nothing came: the caller searches all the same
        client.idle_done()
        await self._call(idle)
        return news

    async def _sleep(self, seconds: float) -> None:
        done, _ = await asyncio.wait({self._lost}, timeout=seconds)
        if done:
            raise ImapLost(self._lost.result())
        await self._call(self._imap.noop())

    @property
    def _imap(self) -> IMAP4:
        if self._client is None or self._lost.done():
            raise ImapLost(self._lost.result() if self._lost.done() else "The session is not open.")
        return self._client

    async def _command(self, command: Command) -> Response:
        assert self._client is not None  # noqa: S101 - called by _open only
        return await self._call(self._client.protocol.execute(command))

    async def _call(self, work: Awaitable[T], timeout_s: float | None = -1.0) -> T:
        """Await `work`, racing the loss of the connection and a timeout (default: our own)."""
        limit = self._timeout_s if timeout_s == -1.0 else timeout_s
        task: asyncio.Future[T] = asyncio.ensure_future(work)
        try:
            racers: set[asyncio.Future[Any]] = {task, self._lost}
            await asyncio.wait(racers, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
        except AioImapException as error:
            raise self._fail(f"{self._server.host}: {error or type(error).__name__}") from error
        finally:
            await _discard(task)
        if self._lost.done():
            raise ImapLost(self._lost.result())
        raise self._fail(f"{self._server.host} did not answer within {limit} s")

    def _fail(self, reason: str) -> ImapLost:
        self._on_lost(None, reason)
        self._abort()
        return ImapLost(reason)

    def _on_lost(self, error: Exception | None, reason: str | None = None) -> None:
        if not self._lost.done():
            self._lost.set_result(
                reason or f"{self._server.host} closed the connection ({error or 'end'})"
            )

    def _abort(self) -> None:
        client = self._client
        if client is None:
            return
        if client._idle_waiter is not None:
            client._idle_waiter.cancel()
        for task in (*client.tasks, *client.protocol.tasks, client._client_task):
            task.cancel()
        transport = client.protocol.transport
        if transport is not None:
            transport.abort()


async def _discard(task: asyncio.Future[Any]) -> None:
    if task.done():
        return
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, AioImapException, TimeoutError, OSError):
        await task


def without_controls(text: str) -> str:
    """Return what may stand in a command: a line end would begin another."""
    return _CONTROL.sub("", text)


def mailbox_name(folder: str) -> str:
    """Return a folder name as IMAP wants it: modified UTF-7 (RFC 3501 §5.1.3), quoted, no
    controls."""
    out: list[str] = []
    wide: list[str] = []

    def flush() -> None:
        if wide:
            packed = base64.b64encode("".join(wide).encode("utf-16-be")).decode().rstrip("=")
            out.append(f"&{packed.replace('/', ',')}-")
            wide.clear()

    for character in without_controls(folder):
        if " " <= character <= "~":
            flush()
            out.append("&-" if character == "&" else character)
        else:
            wide.append(character)
    flush()
    return str(quoted("".join(out)))


def _last_words(response: Response) -> str:
    lines: Sequence[bytes] = response.lines
    return bytes(lines[-1]).decode("utf-8", "replace")[:200] if lines else ""
