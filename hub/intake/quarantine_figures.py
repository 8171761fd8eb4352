"""What is in quarantine, as figures for Prometheus: an alarm rings where nobody looks at it."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, func, select

from hub.contacts.model import ContactState
from hub.contacts.quarantined import QuarantineKind, of_kind
from hub.contacts.tables import contacts
from hub.core.clock import Clock
from hub.core.errors import Unavailable
from hub.core.metrics import Metrics
from hub.storage import Store, Tx

log = logging.getLogger(__name__)

_EVERY_S = 60.0


class Kept(NamedTuple):
    """How many items of a kind are in quarantine, and when the oldest came; None: none is."""

    items: int
    oldest_at: datetime | None


def kept_by_kind(tx: Tx, _: None) -> dict[QuarantineKind, Kept]:
    """Return what is in quarantine, every kind named. One statement, over what is there only."""
    kind = case(
        *((of_kind(one), one.value) for one in (QuarantineKind.SPAM, QuarantineKind.BLOCKED)),
        else_=QuarantineKind.UNREADABLE.value,
    ).label("kind")
    rows = tx.execute(
        select(kind, func.count().label("items"), func.min(contacts.c.opened_at).label("oldest"))
        .where(contacts.c.state == ContactState.QUARANTINED)
        .group_by(kind)
    ).all()
    found = {QuarantineKind(row.kind): Kept(row.items, row.oldest) for row in rows}
    return {one: found.get(one, Kept(0, None)) for one in QuarantineKind}


class QuarantineFigures:
    """Reads them once a minute. A hub that cannot read leaves them as they were."""

    def __init__(self, store: Store, clock: Clock, metrics: Metrics) -> None:
        self._store = store
        self._clock = clock
        self._items = metrics.gauge("hub_quarantine_items", "Items in quarantine.", ["kind"])
        self._oldest = metrics.gauge(
            "hub_quarantine_oldest_seconds",
            "How long the oldest item has been in quarantine; 0 where none is.",
            ["kind"],
        )

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            try:
                await self.look()
            except Unavailable as error:
                log.debug("the figures of the quarantine wait: %s", error.message)
            await asyncio.sleep(_EVERY_S)

    async def look(self) -> None:
        """Set the figures to what is there now. Raises Unavailable."""
        now = self._clock.now()
        for kind, kept in (await self._store.read(kept_by_kind, None)).items():
            age_s = 0.0 if kept.oldest_at is None else (now - kept.oldest_at).total_seconds()
            self._items.labels(kind.value).set(kept.items)
            self._oldest.labels(kind.value).set(max(0.0, age_s))
