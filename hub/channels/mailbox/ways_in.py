"""The ways by which mail reaches a channel: the SMTP or LMTP listener, and IMAP mailboxes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hub.channels.base import Door
from hub.contacts.model import Channel
from hub.core.errors import Invalid
from hub.settings import Mailbox
from hub.vendors.mail.intake import IncomingMail, MailIntake
from hub.vendors.mail.oauth import TokenBook

from .collector import MailCollector, Reader
from .reader import MailboxReader
from .service import HandedOver

_NULL_SENDER = b"Return-Path: <>\r\n"


class _Reading(NamedTuple):
    mailbox: Mailbox
    task: asyncio.Task[None]


class WaysIn:
    """All ways into the entry points of one channel; every mail goes through one collector.

    Both change while it runs: `lead` says which addresses are ours, `read` which mailboxes are.
    `read_mail` reads one.
    """

    def __init__(
        self,
        door: Door,
        channel: Channel,
        intake: MailIntake | None,
        read_mail: Reader,
        *,
        poll_s: float,
        max_bytes: int,
        tokens: TokenBook,
    ) -> None:
        self.collector = MailCollector(door, channel, (), read_mail)
        self._store = door.store
        self._channel = channel
        self._intake = intake
        self._poll_s = poll_s
        self._max_bytes = max_bytes
        self._tokens = tokens
        self._addresses: dict[str, str] = {}  # address -> entry point
        self._served: frozenset[str] = frozenset()
        self._mailboxes: tuple[Mailbox, ...] = ()
        self._changed = asyncio.Event()

    def lead(self, addresses: Mapping[str, Sequence[str]]) -> None:
        """Serve exactly these entry points (id → the mail addresses that are it) from now on.

        Raises Invalid for an address that another one has; the others are served all the same.
        """
        self._served = frozenset(addresses)
        self.collector.serve(list(addresses))
        self._changed.set()
        if self._intake is None:
            return
        wanted = {name.lower(): key for key, names in addresses.items() for name in names}
        for name, key in list(self._addresses.items()):
            if wanted.get(name) != key:
                self._intake.unregister(name)
                del self._addresses[name]
        refused: Invalid | None = None
        for key, names in addresses.items():
            for name in names:
                if self._addresses.get(name.lower()) == key:
                    continue
                try:
                    self._register(self._intake, key, name)
                except Invalid as error:
                    refused = error
        if refused is not None:
            raise refused

    def read(self, mailboxes: Sequence[Mailbox]) -> None:
        """Read exactly these from now on, those of entry points that are served."""
        self._mailboxes = tuple(mailboxes)
        self._changed.set()

    def _register(self, intake: MailIntake, entry_point_id: str, name: str) -> None:
        async def deliver(mail: IncomingMail) -> None:
            by = HandedOver(mail.peer, mail.sender, mail.tls)
            await self.collector.accept(entry_point_id, _with_null_sender(mail), mail.recipient, by)

        intake.register(name, deliver)
        self._addresses[name.lower()] = entry_point_id

    async def run(self) -> None:
        """Read every mailbox and take up what was left, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.collector.sweep(), name=f"{self._channel}-sweep")
            reading: dict[str, _Reading] = {}
            while True:
                self._changed.clear()
                await self._follow(group, reading)
                await self._changed.wait()

    async def _follow(self, group: asyncio.TaskGroup, reading: dict[str, _Reading]) -> None:
        """End readers of what is gone or changed, begin those that are new.

        One that is ended amid a mail loses nothing: it was durable before it was marked, and is
        known by its digest when it is fetched again.
        """
        wanted = {
            box.entry_point: box
            for box in self._mailboxes
            if box.entry_point in self._served and box.imap.host
        }
        over = [key for key, one in reading.items() if wanted.get(key) != one.mailbox]
        for key in over:
            reading[key].task.cancel()
        if over:
            await asyncio.wait([reading.pop(key).task for key in over])
        for key, box in wanted.items():
            if key not in reading:
                name = f"{self._channel}-imap-{key}"
                reading[key] = _Reading(box, group.create_task(self._reader(box).run(), name=name))

    def _reader(self, mailbox: Mailbox) -> MailboxReader:
        return MailboxReader(
            self._store,
            mailbox,
            self.collector.accept,
            poll_s=self._poll_s,
            max_bytes=self._max_bytes,
            tokens=self._tokens.of(mailbox),
        )


def _with_null_sender(mail: IncomingMail) -> bytes:
    """Note on a mail that its sender wants no answer, as the last server on its way does (RFC 5321
    §4.4): the envelope is not kept, and what may be acknowledged is decided from the mail.
    """
    if mail.sender or mail.raw[: len(_NULL_SENDER)].lower() == _NULL_SENDER.lower():
        return mail.raw
    return _NULL_SENDER + mail.raw
