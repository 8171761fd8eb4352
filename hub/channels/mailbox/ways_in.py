"""The ways by which mail reaches a channel: the SMTP or LMTP listener, and IMAP mailboxes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from hub.channels.base import Door
from hub.contacts.model import Channel
from hub.settings import Mail
from hub.vendors.mail.intake import IncomingMail, MailIntake

from .collector import File, MailCollector
from .reader import MailboxReader

_NULL_SENDER = b"Return-Path: <>\r\n"


class WaysIn:
    """All ways into the entry points of one channel; every mail goes through one collector.

    `addresses`: entry point id → the mail addresses that are it. `file` reads one durable mail.
    """

    def __init__(
        self,
        door: Door,
        channel: Channel,
        addresses: Mapping[str, Sequence[str]],
        mail: Mail,
        intake: MailIntake | None,
        file: File,
        *,
        max_bytes: int,
    ) -> None:
        self.collector = MailCollector(door, channel, list(addresses), file)
        self._channel = channel
        self._readers = [
            MailboxReader(
                door.store,
                mailbox,
                self.collector.accept,
                poll_s=mail.poll_s,
                max_bytes=max_bytes,
            )
            for mailbox in mail.mailboxes
            if mailbox.entry_point in addresses and mailbox.imap.host
        ]
        if intake is not None:
            for entry_point_id, names in addresses.items():
                self._register(intake, entry_point_id, names)

    def _register(self, intake: MailIntake, entry_point_id: str, names: Sequence[str]) -> None:
        async def deliver(mail: IncomingMail) -> None:
            await self.collector.accept(entry_point_id, _with_null_sender(mail), mail.recipient)

        for name in names:
            intake.register(name, deliver)

    async def run(self) -> None:
        """Read every mailbox and take up what was left, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.collector.sweep(), name=f"{self._channel}-sweep")
            for reader in self._readers:
                group.create_task(reader.run(), name=f"{self._channel}-imap")


def _with_null_sender(mail: IncomingMail) -> bytes:
    """Note on a mail that its sender wants no answer, as the last server on its way does (RFC 5321
    §4.4): the envelope is not kept, and what may be acknowledged is decided from the mail.
    """
    if mail.sender or mail.raw[: len(_NULL_SENDER)].lower() == _NULL_SENDER.lower():
        return mail.raw
    return _NULL_SENDER + mail.raw
