"""Mail by SMTP or LMTP: one listener for all entry points; 250 is said only after the mail is
durable.

The recipient decides the entry point: channels register their addresses with a function that
returns once the mail is committed. Anything else is answered so that the sender's server keeps the
mail: 4xx. Who says LHLO speaks LMTP (RFC 2033) and is answered for each recipient by itself, so
that of a mail for two entry points only the one that failed is sent again.

With a certificate it offers STARTTLS (RFC 3207), and takes nothing in clear where that is asked.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from hub.core.budget import Budgets, Rate
from hub.core.errors import HubError, Invalid, TooLarge, Unavailable

from .acknowledge import without_tag
from .intake_connection import Connection, Room, host_of
from .intake_tls import IntakeTls

log = logging.getLogger(__name__)
# The log of aiosmtpd: at debug it holds the lines of the mails.
logging.getLogger("mail.log").setLevel(logging.WARNING)

_MAX_RECIPIENTS = 100
_MAX_HELD_BYTES = 256 << 20  # of mails that are being received, over all connections
_EXTENSIONS = ("PIPELINING", "ENHANCEDSTATUSCODES")  # RFC 2033 §5 demands both of LMTP
_STORED = "250 2.0.0 OK: stored"


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """A mail as it came over the wire: bytes, envelope, the peer's address, and by which version of
    TLS it came ("TLSv1.3"; "": in clear).
    """

    raw: bytes
    sender: str
    recipient: str
    peer: str
    tls: str = ""


Deliver = Callable[[IncomingMail], Awaitable[None]]


class MailIntake:
    """The listener on a bound socket, which it takes over.

    `tls`: how it encrypts, None: not at all. `per_minute`: mails that one peer may begin in a
    minute, 0: any number; what is above it is asked to come later. `held_bytes`: what may be held
    of mails that are still being received.
    """

    def __init__(
        self,
        listener: socket.socket,
        *,
        max_bytes: int,
        per_minute: int = 0,
        held_bytes: int = _MAX_HELD_BYTES,
        idle_timeout_s: float = 300.0,
        tls: IntakeTls | None = None,
    ) -> None:
        self._listener = listener
        self._max_bytes = max_bytes
        self._pace = Budgets(Rate(per_minute / 60, per_minute)) if per_minute else None
        self._room = Room(held_bytes)
        self._idle_timeout_s = idle_timeout_s
        self._deliver: dict[str, Deliver] = {}
        self._tls = tls
        self._connections: set[Connection] = set()

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
        return Connection(self, self._connections, self._room, self._tls, **settings)

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
        names = (*_EXTENSIONS, "STARTTLS") if _connection(server).offers_tls else _EXTENSIONS
        return [responses[0], *(f"250-{name}" for name in names), *responses[1:]]

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
        connection = _connection(server)
        lmtp = connection.lmtp
        told: dict[Deliver, str] = {}  # one copy for an entry point that is addressed twice
        answers = []
        for recipient in envelope.rcpt_tos:
            deliver = self.find(recipient)
            if deliver is None:  # its entry point was taken away since
                answer = "450 4.2.1 The address is not served any more: try again later"
            elif deliver in told:
                answer = told[deliver]
            else:
                mail = IncomingMail(raw, sender, recipient, _origin(session), connection.encrypted)
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


def _connection(server: SMTP) -> Connection:
    return cast("Connection", server)  # there is no other


def _one_line(error: Exception) -> str:
    return " ".join(str(error).encode("ascii", "replace").decode().split())[:200]


def _origin(session: Session) -> str:
    return host_of(session.peer)
