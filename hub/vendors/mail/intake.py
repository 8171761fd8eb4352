"""Mail by SMTP or LMTP: one listener for all entry points; 250 is said only after the mail is
durable.

The recipient decides the entry point: channels register their addresses with a function that
returns once the mail is committed. Anything else is answered so that the sender's server keeps the
mail: 4xx.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, AnyStr

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from hub.core.errors import HubError, TooLarge, Unavailable

from .acknowledge import without_tag

log = logging.getLogger(__name__)
# The log of aiosmtpd: at debug it holds the lines of the mails.
logging.getLogger("mail.log").setLevel(logging.WARNING)

_MAX_LINE_BYTES = 1_048_576  # real mails break the 998 of RFC 5322 §2.1.1 all the time
_MAX_CONNECTIONS = 200
_MAX_RECIPIENTS = 100


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """A mail as it came over the wire: bytes, envelope, and the peer's address."""

    raw: bytes
    sender: str
    recipient: str
    peer: str


Deliver = Callable[[IncomingMail], Awaitable[None]]


class MailIntake:
    """The listener on a bound socket, which it takes over.

    `lmtp`: speak LMTP (RFC 2033) to a mail server in front instead of SMTP.
    """

    def __init__(
        self,
        listener: socket.socket,
        *,
        max_bytes: int,
        lmtp: bool = False,
        idle_timeout_s: float = 300.0,
    ) -> None:
        self._listener = listener
        self._max_bytes = max_bytes
        self._lmtp = lmtp
        self._idle_timeout_s = idle_timeout_s
        self._deliver: dict[str, Deliver] = {}
        self._connections: set[_Connection] = set()

    def register(self, address: str, deliver: Deliver) -> None:
        """Give mail for `address`, with or without a plus tag, to `deliver`.

        It returns when the mail is committed; Unavailable becomes 451, TooLarge 552.
        """
        key = address.lower()
        if key in self._deliver:
            raise ValueError(
                f"two entry points have the address {address}: an address has one owner"
            )
        self._deliver[key] = deliver

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
        kind = _LmtpConnection if self._lmtp else _SmtpConnection
        return kind(self, self._connections, **settings)

    def find(self, recipient: str) -> Deliver | None:
        """Return who takes mail for `recipient`, or None."""
        key = recipient.lower()
        return self._deliver.get(key) or self._deliver.get(without_tag(key))

    # The hooks of aiosmtpd, which fixes their names and parameters.

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        for option in options:
            name, _, value = option.upper().partition("=")
            if name == "SIZE" and value.isdigit() and int(value) > self._max_bytes:
                return f"552 5.3.4 The mail is larger than {self._max_bytes >> 20} MiB"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

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
        peer = session.peer
        origin = str(peer[0]) if isinstance(peer, tuple) and peer else "local"
        # aiosmtpd keeps the null sender as "<>", and takes "" for no MAIL command at all.
        sender = "" if envelope.mail_from == "<>" else envelope.mail_from or ""
        done: set[Deliver] = set()
        for recipient in envelope.rcpt_tos:
            deliver = self.find(recipient)
            if deliver is None or deliver in done:
                continue  # one copy for an entry point that is addressed twice
            done.add(deliver)
            refusal = await self._hand_over(deliver, IncomingMail(raw, sender, recipient, origin))
            if refusal is not None:
                return refusal
        return "250 2.0.0 OK: stored"

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


def _one_line(error: Exception) -> str:
    return " ".join(str(error).encode("ascii", "replace").decode().split())[:200]


class _Connection(SMTP):
    """One client. Ends whoever sends more without a pause for an answer than the largest mail."""

    line_length_limit = _MAX_LINE_BYTES

    def __init__(self, intake: MailIntake, members: set[_Connection], **settings: Any) -> None:
        super().__init__(intake, **settings)
        self._members = members
        self._budget_bytes = intake._max_bytes * 2 + 2 * _MAX_LINE_BYTES
        self._unanswered_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if len(self._members) >= _MAX_CONNECTIONS and isinstance(transport, asyncio.Transport):
            transport.write(b"421 4.3.2 Too many connections: try again later\r\n")
        self._members.add(self)
        super().connection_made(transport)
        if len(self._members) > _MAX_CONNECTIONS:
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._members.discard(self)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        self._unanswered_bytes += len(data)
        if self._unanswered_bytes > self._budget_bytes:
            self.abort()
            return
        super().data_received(data)

    async def push(self, status: AnyStr) -> None:
        self._unanswered_bytes = 0
        await super().push(status)

    def abort(self) -> None:
        transport = self.transport
        if isinstance(transport, asyncio.Transport):
            transport.abort()


class _SmtpConnection(_Connection):
    pass


class _LmtpConnection(_Connection, LMTP):
    pass
