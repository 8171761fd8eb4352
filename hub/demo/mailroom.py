"""The customers' mailboxes: an SMTP server on loopback that takes what the hub sends out."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from .feed import Feed

_KEPT = 300


@dataclass(frozen=True, slots=True)
class Received:
    """One mail that reached a customer. `automatic`: RFC 3834 says that no person wrote it."""

    to: str
    subject: str
    text: str
    message_id: str
    references: tuple[str, ...]
    automatic: bool
    files: tuple[str, ...]

    @property
    def words(self) -> str:
        """What was written, without the mail that it answers."""
        lines = self.text.splitlines()
        quoted = next((n for n, line in enumerate(lines) if line.startswith(">")), len(lines))
        kept = lines[: max(quoted - 1, 0)] if quoted < len(lines) else lines
        return "\n".join(kept).strip() or self.text or " ".join(self.files)


@dataclass  # no slots: Python 3.11.2 cannot list their members, as aiosmtpd does
class Mailroom:
    feed: Feed
    mails: deque[Received] = field(default_factory=lambda: deque(maxlen=_KEPT))
    lanes: dict[str, str] = field(default_factory=dict)  # address -> the visitor's lane
    on_fax: Callable[[Received], Awaitable[None]] | None = None  # the fax gateway at work
    port: int = 0
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    _server: asyncio.Server | None = None
    _faxing: set[asyncio.Future[None]] = field(default_factory=set)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="mail.example", enable_SMTPUTF8=True, loop=loop),
            "127.0.0.1",
            self.port,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._faxing:
            task.cancel()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the mail: what an SMTP server calls for each message (aiosmtpd's handler)."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        message = email.message_from_bytes(raw, policy=email.policy.default)
        for recipient in envelope.rcpt_tos:
            received = _received(message, recipient)
            self.mails.append(received)
            channel = "fax" if "@fax." in recipient or recipient[:1] in "+0123456789" else "email"
            self.feed.add(
                channel,
                "hub" if received.automatic else "agent",
                "→ " + recipient,
                f"{received.subject}\n{received.words}",
                lane=self.lane_of(recipient),
            )
            if channel == "fax" and self.on_fax is not None:
                self._fax(self.on_fax(received))
        async with self._arrived:
            self._arrived.notify_all()
        return "250 OK"

    def _fax(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._faxing.add(task)
        task.add_done_callback(self._faxing.discard)

    def lane_of(self, recipient: str) -> str:
        """Return the visitor's lane of an address; a fax number counts with any punctuation."""
        return self.lanes.get(recipient) or self.lanes.get(recipient.partition("@")[0], "")

    def newest_to(self, address: str) -> Received | None:
        """Return the last mail that reached this customer: what they would press Reply on."""
        return next((one for one in reversed(self.mails) if one.to == address), None)

    async def answer_to(self, address: str, mark: str, timeout_s: float) -> Received | None:
        """Wait for a person's answer to the mail `mark`; None when none came in time."""
        return await self._reply_to(address, mark, timeout_s, automatic=False)

    async def receipt_for(self, address: str, mark: str, timeout_s: float) -> Received | None:
        """Wait for the automatic acknowledgement of the mail `mark`; None when none came."""
        return await self._reply_to(address, mark, timeout_s, automatic=True)

    async def _reply_to(
        self, address: str, mark: str, timeout_s: float, *, automatic: bool
    ) -> Received | None:
        def found() -> Received | None:
            return next(
                (
                    one
                    for one in self.mails
                    if one.to == address and one.automatic == automatic and mark in one.references
                ),
                None,
            )

        try:
            async with asyncio.timeout(timeout_s), self._arrived:
                await self._arrived.wait_for(lambda: found() is not None)
        except TimeoutError:
            return None
        return found()


def _received(message: EmailMessage, recipient: str) -> Received:
    body = message.get_body(("plain", "html"))
    references = f"{message.get('References', '')} {message.get('In-Reply-To', '')}".split()
    return Received(
        to=recipient,
        subject=str(message.get("Subject", "")),
        text=body.get_content().strip() if body is not None else "",
        message_id=str(message.get("Message-ID", "")).strip(),
        references=tuple(references),
        automatic=str(message.get("Auto-Submitted", "no")).lower() != "no",
        files=tuple(part.get_filename() or "" for part in message.iter_attachments()),
    )
