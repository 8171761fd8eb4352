"""After an upgrade of the hub, what the version before could not read is read once more.

Once for each version and contact; what is readable now goes its ordinary way, as if a supervisor
had asked for it. Spam and blocked senders stay where they are: they could be read.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from sqlalchemy import select

from hub.accounts.audit import audit
from hub.accounts.model import SYSTEM
from hub.contacts.inbound import Reread
from hub.contacts.model import ContactState
from hub.contacts.quarantined import QuarantineKind, Tried, note_tried, of_kind, was_read_by
from hub.contacts.tables import contacts
from hub.core.errors import HubError, Unavailable
from hub.storage import Store, Tx

from .reprocess import Reprocess, reprocess

log = logging.getLogger(__name__)

RereadRaw = Callable[[str, str, str], Awaitable[Reread]]
"""(channel, entry point, blob id) -> what the channel makes of the stored raw bytes now."""

_BATCH = 50
_BREATH_S = 0.05  # between two: live mail goes first
_AGAIN_S = 60.0


class _Due(NamedTuple):
    id: str
    channel: str
    entry_point_id: str
    raw_blob_id: str


class AfterUpgrade:
    """`version`: of the hub that runs now."""

    def __init__(self, store: Store, reread: RereadRaw, version: str) -> None:
        self._store = store
        self._reread = reread
        self._version = version

    async def run(self) -> None:
        """Do it once, then wait to be cancelled; where nothing can be stored, later."""
        while True:
            try:
                await self.run_once()
                break
            except Unavailable as error:
                log.warning("what is in quarantine is read again later: %s", error)
                await asyncio.sleep(_AGAIN_S)
        await asyncio.Event().wait()

    async def run_once(self) -> int:
        """Read what this version has not tried; return how much left quarantine by it."""
        filed = 0
        after = ""
        while True:
            due, last = await self._store.read(_list_due, (self._version, after))
            for one in due:
                filed += await self._try(one)
                await asyncio.sleep(_BREATH_S)
            if last is None:
                break
            after = last
        if filed:
            log.info("%d in quarantine could be read by this version and are filed", filed)
        return filed

    async def _try(self, one: _Due) -> bool:
        try:
            read = await self._reread(one.channel, one.entry_point_id, one.raw_blob_id)
            still = read.reason or (read.inbound and read.inbound.quarantine_reason)
            if not still:
                await self._store.write(_file, (one.id, read))
                return True
        except Unavailable:
            raise
        except HubError as error:
            log.info("contact %s stays in quarantine: %s", one.id, error)
        except Exception:
            # One item of a loop (design §1.8): it must not keep the hub from starting.
            log.exception("contact %s in quarantine could not be filed", one.id)
        await self._store.write(note_tried, Tried(one.id, self._version))
        return False


def _list_due(tx: Tx, asked: tuple[str, str]) -> tuple[list[_Due], str | None]:
    """One page of what waits, by id, and where the next begins (None: that was all)."""
    version, after = asked
    rows = tx.execute(
        select(
            contacts.c.id,
            contacts.c.channel,
            contacts.c.entry_point_id,
            contacts.c.raw_blob_id,
            contacts.c.meta,
        )
        .where(
            contacts.c.state == ContactState.QUARANTINED,
            contacts.c.raw_blob_id.is_not(None),
            of_kind(QuarantineKind.UNREADABLE),
            contacts.c.id > after,
        )
        .order_by(contacts.c.id)
        .limit(_BATCH)
    ).all()
    due = [
        _Due(row.id, row.channel, row.entry_point_id, row.raw_blob_id)
        for row in rows
        if not was_read_by(row.meta, version)
    ]
    return due, rows[-1].id if len(rows) == _BATCH else None


def _file(tx: Tx, asked: tuple[str, Reread]) -> None:
    contact_id, read = asked
    done = reprocess(tx, Reprocess(contact_id, read.inbound))
    said = {"filed_as": done.contact_id, "duplicate": done.duplicate, "after_upgrade": True}
    audit(tx, SYSTEM, "contact.reprocess", "contact", contact_id, said)
