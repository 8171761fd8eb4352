"""One client of the mail listener: its commands, what it may hold, how it is encrypted."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from typing import TYPE_CHECKING, Any, AnyStr, cast

from aiosmtpd.smtp import SMTP, syntax

from .intake_tls import IntakeTls

if TYPE_CHECKING:
    from .intake import MailIntake

log = logging.getLogger(__name__)

_MAX_LINE_BYTES = 1_048_576  # of a command; those of a mail are read in pieces of this size
_LINE_END = b"\r\n"
_DATA_END = b"\r\n.\r\n"
_MAX_CONNECTIONS = 200
_MAX_OF_ONE_PEER = 100  # what one peer may hold of them: the others get in beside it
_HANDSHAKE_S = 30.0
# What is answered before it is encrypted, where that is demanded (RFC 3207 §4; LHLO is LMTP's).
_IN_CLEAR = frozenset({"NOOP", "EHLO", "LHLO", "STARTTLS", "QUIT"})
# What stands in MAIL and RCPT but for rare forms (quoted, with a route or a comment), and the rest.
_PLAIN_ADDRESS = re.compile(
    r"\s*<([\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*"
    r"@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>(?:\s([^()]*))?",
    re.ASCII,
)


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


def plain_address(argument: str) -> tuple[str, str] | None:
    """Return the address of MAIL or RCPT and what follows; None for a form that is not plain."""
    found = _PLAIN_ADDRESS.fullmatch(argument)
    return None if found is None else (found[1], found[2] or "")


def host_of(peer: object) -> str:
    """Return the address of a peer; "local" for one that has none."""
    return str(peer[0]) if isinstance(peer, tuple) and peer else "local"


class Connection(SMTP):
    """One client. Ends whoever sends more without a pause for an answer than the largest mail.

    `lmtp`: it began with LHLO, so each recipient is answered after the data. `encrypted`: by which
    version of TLS it speaks ("TLSv1.3"); "" for none.
    """

    line_length_limit = _MAX_LINE_BYTES

    def __init__(
        self,
        intake: MailIntake,
        members: set[Connection],
        room: Room,
        tls: IntakeTls | None,
        **settings: Any,
    ) -> None:
        super().__init__(intake, **settings)
        self.lmtp = False
        self.encrypted = ""
        self._tls = tls
        self._shakes_hands = False
        self._commands = self._smtp_methods
        if tls is not None and tls.required:
            self._smtp_methods = {
                name: method if name in _IN_CLEAR else self._refuse_in_clear
                for name, method in self._commands.items()
            }
        self._data_begun = False
        self._peer = ""
        self._intake = intake
        self._members = members
        self._room = room
        self._budget_bytes = intake._max_bytes * 2 + 2 * _MAX_LINE_BYTES
        self._unanswered_bytes = 0
        self._held_bytes = 0  # of the room: what was not read at the last answer, and since

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._peer = host_of(transport.get_extra_info("peername"))
        of_the_peer = sum(member._peer == self._peer for member in self._members)
        refused = len(self._members) >= _MAX_CONNECTIONS or of_the_peer >= _MAX_OF_ONE_PEER
        if refused:
            _writable(transport).write(b"421 4.3.2 Too many connections: try again later\r\n")
        self._members.add(self)
        super().connection_made(transport)
        if refused:
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._members.discard(self)
        self._release()
        super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """Whether the line stays open one way; under TLS there is no such thing."""
        return super().eof_received() and not self._shakes_hands

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

    @property
    def offers_tls(self) -> bool:
        """Whether STARTTLS would lead to a handshake now."""
        return not self.encrypted and self._tls is not None and self._tls.context() is not None

    async def _refuse_in_clear(self, _arg: str) -> None:
        if self.offers_tls:
            await self.push("530 5.7.0 Must issue a STARTTLS command first")
        else:  # a certificate that was lost sends no mail back
            await self.push("451 4.7.0 TLS is not available now: try again later")

    @syntax("STARTTLS")
    async def smtp_STARTTLS(self, arg: str) -> None:
        """Encrypt from here on (RFC 3207); what was said before is forgotten."""
        if arg:
            await self.push("501 5.5.4 Syntax: STARTTLS")
        elif self.encrypted:
            await self.push("503 5.5.1 TLS is on already")
        elif self._tls is None:
            await self.push("502 5.5.1 STARTTLS is not offered here")
        elif (context := self._tls.context()) is None:
            await self.push("454 4.7.0 TLS is not available now: try again later")
        elif self._unread:
            # Nobody may speak on before the answer. Who does wants it to be taken for what was said
            # under TLS (CVE-2011-0411).
            self._unread.clear()
            self._refuse(b"554 5.5.1 Nothing may follow STARTTLS before its answer\r\n")
        else:
            await self._start_tls(context)

    async def _start_tls(self, context: ssl.SSLContext) -> None:
        """Shake hands. aiosmtpd waits between its answer and that: what a quick client sends
        meanwhile is taken for commands and thrown away. Here nothing is awaited in between.
        """
        open_line = self.transport
        if open_line is None or self.session is None:
            return
        _writable(open_line).write(b"220 2.0.0 Ready to start TLS\r\n")
        self._unanswered_bytes = 0
        self._release()
        self._shakes_hands = True
        try:
            secured = await self.loop.start_tls(
                _writable(open_line),
                self,
                context,
                server_side=True,
                ssl_handshake_timeout=_HANDSHAKE_S,
            )
        except OSError as error:  # of TLS, of the line, or too slow
            log.info("no TLS with %s: %s", self._peer, error)
            self.connection_lost(error)  # nobody else says so amid a handshake
            return
        if secured is not None:  # None: the client left amid it
            self._speak_through(secured)
        self._shakes_hands = False

    def _speak_through(self, secured: asyncio.Transport) -> None:
        """Go on by the encrypted line as if the client had just come (RFC 3207 §4.2)."""
        self.transport = secured
        self._reader._transport = secured  # type: ignore[attr-defined]  # Python < 3.12 forgets it
        self._writer._transport = secured  # type: ignore[attr-defined]  # no other way in
        told = secured.get_extra_info("ssl_object")
        self.encrypted = str(told.version())
        self.session = self._create_session()
        self.session.peer = secured.get_extra_info("peername")
        self.session.ssl = {"version": self.encrypted}
        self.lmtp = False
        self._smtp_methods = self._commands
        self._set_rset_state()  # type: ignore[no-untyped-call]  # aiosmtpd leaves it untyped

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
        if self.transport is not None:
            _writable(self.transport).write(words)
            self.transport.close()

    def abort(self) -> None:
        if self.transport is not None:
            _writable(self.transport).abort()


def _writable(transport: asyncio.BaseTransport) -> asyncio.Transport:
    return cast("asyncio.Transport", transport)  # uvloop's are none by their class
