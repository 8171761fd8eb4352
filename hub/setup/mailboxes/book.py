"""All mailboxes that are in force now: those of hub.toml, and those connected in the pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import select

from hub.settings import Mail, Mailbox
from hub.setup.tables import mail_connections
from hub.storage import Tx

from .model import Kept, MailboxDocument, MailSecrets, mailbox_of
from .sealing import Sealer


class Connected(NamedTuple):
    """A mailbox of the pages. `mailbox` None: its secrets were sealed with a key that is gone."""

    key: str
    mailbox: Mailbox | None


def read_connected(tx: Tx, sealer: Sealer) -> list[Connected]:
    """Return the mailboxes that are connected in the pages, by entry point."""
    found: list[Connected] = []
    for row in tx.execute(select(mail_connections).order_by(mail_connections.c.entry_point_id)):
        kept = kept_of(row.entry_point_id, row.document, row.sealed, sealer)
        mailbox = None
        if kept.secrets is not None:
            mailbox = mailbox_of(row.entry_point_id, kept.document, kept.secrets)
        found.append(Connected(row.entry_point_id, mailbox))
    return found


def kept_of(key: str, document: str, sealed: str, sealer: Sealer) -> Kept:
    """Return what a row says, opened where its key is there."""
    opened = sealer.open(sealed, key)
    secrets = None if opened is None else msgspec.json.decode(opened, type=MailSecrets)
    return Kept(msgspec.json.decode(document, type=MailboxDocument), secrets)


class Mailboxes:
    """Who asks for the mailboxes asks here each time: they change while the hub runs.

    A mailbox of hub.toml wins over one that is connected in the pages.
    """

    def __init__(self, mail: Mail, connected: Sequence[Connected] = ()) -> None:
        self._of_file = {box.entry_point: box for box in mail.mailboxes}
        self._places = {
            box.entry_point: f"mail.mailboxes.{index}" for index, box in enumerate(mail.mailboxes)
        }
        self._connected: tuple[Connected, ...] = ()
        self.take(connected)

    def take(self, connected: Sequence[Connected]) -> bool:
        """Have these in place of what was connected; say whether that is a change."""
        changed = tuple(connected) != self._connected
        self._connected = tuple(connected)
        return changed

    def all(self) -> tuple[Mailbox, ...]:
        """Return every mailbox in force; those of the file first, in its order."""
        pages = (one.mailbox for one in self._connected if one.key not in self._of_file)
        return (*self._of_file.values(), *(box for box in pages if box is not None))

    def find(self, key: str) -> Mailbox | None:
        """Return the mailbox of an entry point."""
        return next((box for box in self.all() if box.entry_point == key), None)

    def place(self, key: str) -> str | None:
        """Return where in hub.toml a mailbox is set; None: it is not set there."""
        return self._places.get(key)

    def is_locked(self, key: str) -> bool:
        """Say whether a mailbox is connected whose secrets cannot be opened."""
        held = next((one for one in self._connected if one.key == key), None)
        return held is not None and held.mailbox is None and key not in self._of_file

    def senders(self) -> list[str]:
        """Return the entry points whose mailboxes can send, in order."""
        return [box.entry_point for box in self.all() if box.smtp.host]
