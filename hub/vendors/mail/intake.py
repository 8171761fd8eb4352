"""Mail by SMTP or LMTP: one listener for all entry points; 250 is said only after the mail is
durable.

The recipient decides the entry point: channels register their addresses with a function that
returns once the mail is committed. Anything else is answered so that the sender's server keeps the
mail: 4xx. Who says LHLO speaks LMTP (RFC 2033) and is answered for each recipient by itself, so
that of a mail for two entry points only the one that failed is sent again.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, AnyStr

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from hub.core.budget import Budgets, Rate
from hub.core.errors import HubError, Invalid, TooLarge, Unavailable

from .acknowledge import without_tag

log = logging.getLogger(__name__)
# The log of aiosmtpd: at debug it holds the lines of the mails.
logging.getLogger("mail.log").setLevel(logging.WARNING)

_MAX_LINE_BYTES = 1_048_576  # of a command; those of a mail are read in pieces of this size
_LINE_END = b"\r\n"
_DATA_END = b"\r\n.\r\n"
_MAX_CONNECTIONS = 200
_MAX_OF_ONE_PEER = 100  # what one peer may hold of them: the others get in beside it
_MAX_RECIPIENTS = 100
_MAX_HELD_BYTES = 256 << 20  # of mails that are being received, over all connections
_EXTENSIONS = ("PIPELINING", "ENHANCEDSTATUSCODES")  # RFC 2033 §5 demands both of LMTP
_STORED = "250 2.0.0 OK: stored"
# What stands in MAIL and RCPT but for rare forms (quoted, with a route or a comment), and the rest.
_PLAIN_ADDRESS = re.compile(
    r"\s*<([\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*"
    r"@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>(?:\s([^()]*))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """A mail as it came over the wire: bytes, envelope, and the peer's address."""

    raw: bytes
    sender: str
    recipient: str
    peer: str


Deliver = Callable[[IncomingMail], Awaitable[None]]


class Room:
    """How many bytes of mails may be held at once while they are being received."""

    def __init__(self, size_bytes: int) -> None:
        self._free_bytes = size_bytes

    def take(self, size_bytes: int) -> bool:
        """Take so much; False, and nothing is taken, where there is less."""
        if size_bytes > self._free_bytes:
            return False
        self._free_bytes -= size_bytes
        return True

    def give_back(self, size_bytes: int) -> None:
        self._free_bytes += size_bytes


class MailIntake:
    """The listener on a bound socket, which it takes over.

    `per_minute`: mails that one peer may begin in a minute, 0: any number; what is above it is
    asked to come later. `held_bytes`: what may be held of mails that are still being received.
    """

    def __init__(
        self,
        listener: socket.socket,
        *,
        max_bytes: int,
        per_minute: int = 0,
        held_bytes: int = _MAX_HELD_BYTES,
        idle_timeout_s: float = 300.0,
    ) -> None:
        self._listener = listener
        self._max_bytes = max_bytes
        self._pace = Budgets(Rate(per_minute / 60, per_minute)) if per_minute else None
        self._room = Room(held_bytes)
        self._idle_timeout_s = idle_timeout_s
        self._deliver: dict[str, Deliver] = {}
        self._connections: set[_Connection] = set()

    def register(self, address: str, deliver: Deliver) -> None:
        """Give mail for `address`, with or without a plus tag, to `deliver`.

        It returns when the mail is committed; Unavailable becomes 451, TooLarge 552. Raises Invalid
        where another one has the address.
        """
        key = address.lower()
        if key in self._deliver:
            raise Invalid(f"Two entry points have the address {address}: it has one owner.")
        self._deliver[key] = deliver

    def unregister(self, address: str) -> None:
        """Take no more mail for `address`."""
        self._deliver.pop(address.lower(), None)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._listener.getsockname()[1])

    async def run(self) -> None:
        """Listen until cancelled."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._connection, sock=self._listener)
        log.info("mail intake listens on port %d", self.port)
        try:
            await loop.create_future()
        finally:
            server.close()
            for connection in list(self._connections):
                connection.abort()

    def _connection(self) -> asyncio.BaseProtocol:
        hostname = socket.gethostname()
        settings = {
            "data_size_limit": self._max_bytes,
            "hostname": hostname if hostname.isascii() else "localhost",
            "ident": "contact-hub",
            "timeout": self._idle_timeout_s,
            "enable_SMTPUTF8": True,
            "loop": asyncio.get_running_loop(),
        }
        return _Connection(self, self._connections, self._room, **settings)

    def find(self, recipient: str) -> Deliver | None:
        """Return who takes mail for `recipient`, or None."""
        key = recipient.lower()
        return self._deliver.get(key) or self._deliver.get(without_tag(key))

    # The hooks of aiosmtpd, which fixes their names and parameters.

    async def handle_EHLO(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], *(f"250-{name}" for name in _EXTENSIONS), *responses[1:]]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        for option in options:
            name, _, value = option.upper().partition("=")
            if name == "SIZE" and value.isdigit() and int(value) > self._max_bytes:
                return f"552 5.3.4 The mail is larger than {self._max_bytes >> 20} MiB"
        if self._is_too_fast(session):
            return "450 4.7.1 Too many mails in a minute: try again later"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    def _is_too_fast(self, session: Session) -> bool:
        now_s = asyncio.get_running_loop().time()
        return self._pace is not None and self._pace.take(_origin(session), now_s) > 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.find(address) is None:
            return "550 5.1.1 There is no such address here"
        if len(envelope.rcpt_tos) >= _MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients: send the rest in another transaction"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        # aiosmtpd keeps the null sender as "<>", and takes "" for no MAIL command at all.
        sender = "" if envelope.mail_from == "<>" else envelope.mail_from or ""
        lmtp = isinstance(server, _Connection) and server.lmtp
        told: dict[Deliver, str] = {}  # one copy for an entry point that is addressed twice
        answers = []
        for recipient in envelope.rcpt_tos:
            deliver = self.find(recipient)
            if deliver is None:  # its entry point was taken away since
                answer = "450 4.2.1 The address is not served any more: try again later"
            elif deliver in told:
                answer = told[deliver]
            else:
                mail = IncomingMail(raw, sender, recipient, _origin(session))
                answer = told[deliver] = await self._hand_over(deliver, mail) or _STORED
            if not lmtp and answer != _STORED:
                return answer
            answers.append(answer)
        return "\r\n".join(answers) if lmtp else _STORED

    async def _hand_over(self, deliver: Deliver, mail: IncomingMail) -> str | None:
        try:
            await deliver(mail)
        except TooLarge as error:
            return f"552 5.3.4 {_one_line(error)}"
        except Unavailable as error:
            log.warning("mail for %s not stored: %s", mail.recipient, error)
            return "451 4.3.0 The mail could not be stored now: try again later"
        except HubError as error:
            log.warning("mail for %s refused: %s", mail.recipient, error)
            return "451 4.3.0 The mail could not be taken now: try again later"
        except Exception:
            # One item of a loop (design §1.8): the sender keeps the mail and tries again.
            log.exception("mail for %s failed", mail.recipient)
            return "451 4.3.0 Internal error: try again later"
        return None


def plain_address(argument: str) -> tuple[str, str] | None:
    """Return the address of MAIL or RCPT and what follows; None for a form that is not plain."""
    found = _PLAIN_ADDRESS.fullmatch(argument)
    return None if found is None else (found[1], found[2] or "")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).encode("ascii", "replace").decode().split())[:200]


def _origin(session: Session) -> str:
    return _host(session.peer)


def _host(peer: object) -> str:
    return str(peer[0]) if isinstance(peer, tuple) and peer else "local"


class _Connection(SMTP):
    """One client. Ends whoever sends more without a pause for an answer than the largest mail.

    `lmtp`: it began with LHLO, so each recipient is answered after the data.
    """

    line_length_limit = _MAX_LINE_BYTES

    def __init__(
        self, intake: MailIntake, members: set[_Connection], room: Room, **settings: Any
    ) -> None:
        super().__init__(intake, **settings)
        self.lmtp = False
        self._data_begun = False
        self._peer = ""
        self._intake = intake
        self._members = members
        self._room = room
        self._budget_bytes = intake._max_bytes * 2 + 2 * _MAX_LINE_BYTES
        self._unanswered_bytes = 0
        self._held_bytes = 0  # of the room: what was not read at the last answer, and since

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._peer = _host(transport.get_extra_info("peername"))
        of_the_peer = sum(member._peer == self._peer for member in self._members)
        refused = len(self._members) >= _MAX_CONNECTIONS or of_the_peer >= _MAX_OF_ONE_PEER
        if refused and isinstance(transport, asyncio.Transport):
            transport.write(b"421 4.3.2 Too many connections: try again later\r\n")
        self._members.add(self)
        super().connection_made(transport)
        if refused:
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._members.discard(self)
        self._release()
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if not self._room.take(len(data)):
            self._refuse(b"421 4.3.1 Too much mail at once: try again later\r\n")
            return
        self._held_bytes += len(data)
        self._unanswered_bytes += len(data)
        if self._unanswered_bytes > self._budget_bytes:
            self.abort()
            return
        super().data_received(data)

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, hostname: str) -> None:
        """Like EHLO, and LMTP from here on."""
        self.lmtp = True
        await super().smtp_EHLO(hostname)

    async def smtp_EHLO(self, hostname: str) -> None:
        self.lmtp = False
        await super().smtp_EHLO(hostname)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """As aiosmtpd's, whose parser of any form takes longer than storing a short mail does."""
        found: tuple[str | None, str | None] = plain_address(arg) or super()._getaddr(arg)
        return found

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        """As aiosmtpd's, which takes a step for each line: a mail of short ones holds it up."""
        if await self.check_helo_needed() or self.envelope is None or self.session is None:
            return
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        raw = await self._read_data()
        status = ""
        if raw is None:
            await self.push("552 5.3.4 Error: Too much mail data")
        else:
            self.envelope.content = self.envelope.original_content = raw
            self._reset_timeout()
            status = await self._intake.handle_DATA(self, self.session, self.envelope)
        self._set_post_data_state()  # type: ignore[no-untyped-call]  # aiosmtpd leaves it untyped
        if status:
            await self.push(status)

    async def _read_data(self) -> bytes | None:
        """Return the mail up to the lone dot, dots undoubled; None where it is too large."""
        reader, size = self._reader, 0
        pieces: list[bytes] = []
        limit = self._intake._max_bytes + len(_DATA_END)
        # The line end before the mail, so that a dot in its first line is found as any other.
        self._unread[:0] = _LINE_END
        while not pieces or not pieces[-1].endswith(_DATA_END):
            try:
                piece = await reader.readuntil(_DATA_END)
            except asyncio.LimitOverrunError as more:
                piece = await reader.readexactly(more.consumed)
            self._reset_timeout()
            size += len(piece)
            if size > limit:
                pieces.clear()
            pieces.append(piece)
        if size > limit:
            return None
        whole = b"".join(pieces).replace(b"\r\n.", _LINE_END)
        return whole[len(_LINE_END) : -len(_LINE_END)]

    async def push(self, status: AnyStr) -> None:
        self._unanswered_bytes = 0
        await super().push(self._for_each(status))
        self._release(but=min(len(self._unread), self._held_bytes))
        self._data_begun = isinstance(status, str) and status.startswith("354")
        await asyncio.sleep(0)  # who sends any number of commands at once holds nobody up

    def _for_each(self, status: AnyStr) -> AnyStr:
        """What refuses the data of an LMTP mail as such (too long) is said for each recipient."""
        if not (self.lmtp and self._data_begun) or self.envelope is None:
            return status
        line_end = "\r\n" if isinstance(status, str) else b"\r\n"
        return line_end.join([status] * max(1, len(self.envelope.rcpt_tos)))

    @property
    def _unread(self) -> bytearray:
        unread: bytearray = self._reader._buffer  # type: ignore[attr-defined]  # no other way in
        return unread

    def _release(self, but: int = 0) -> None:
        self._room.give_back(self._held_bytes - but)
        self._held_bytes = but

    def _refuse(self, words: bytes) -> None:
        if isinstance(self.transport, asyncio.Transport):
            self.transport.write(words)
            self.transport.close()

    def abort(self) -> None:
        transport = self.transport
        if isinstance(transport, asyncio.Transport):
            transport.abort()
