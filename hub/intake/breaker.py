"""A breaker for the acknowledgements of each mailbox: two machines that answer each other stop.

Counted in the transaction that writes them, so nothing slips through beside it. It opens when more
than `limit` would go out in `WINDOW`, stays open for `PAUSE`, then closes by itself; what is
suppressed meanwhile says so on the message, and supervisors are told once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select, update

from hub.contacts.tables import acknowledgement_breakers as table
from hub.storage import Tx

log = logging.getLogger(__name__)

WINDOW = timedelta(minutes=10)
PAUSE = timedelta(minutes=30)
LIMIT = 200  # in a window, where the entry point's settings name no `acknowledge_limit`


@dataclass(slots=True)
class _Count:
    window_started_at: datetime
    sent: int
    open_until: datetime | None
    is_new: bool = False


class Breakers:
    """The breakers of some entry points in one transaction; `save` writes what was counted."""

    def __init__(self, tx: Tx, entry_point_ids: Iterable[str]) -> None:
        self._tx = tx
        wanted = sorted(set(entry_point_ids))
        rows = tx.execute(
            select(table)
            .where(table.c.entry_point_id.in_(wanted))
            .order_by(table.c.entry_point_id)
            .with_for_update()
        )
        self._counts = {
            row.entry_point_id: _Count(row.window_started_at, row.sent, row.open_until)
            for row in rows
        }
        for key in wanted:
            self._counts.setdefault(key, _Count(tx.now, 0, None, is_new=True))

    def allows(self, entry_point_id: str, limit: int) -> bool:
        """Count one acknowledgement; False while the breaker is open, or opens at this one."""
        now, count = self._tx.now, self._counts[entry_point_id]
        if count.open_until is not None:
            if count.open_until > now:
                return False
            count.window_started_at, count.sent, count.open_until = now, 0, None
            log.warning("acknowledgements of %s go out again", entry_point_id)
        if now - count.window_started_at >= WINDOW:
            count.window_started_at, count.sent = now, 0
        if count.sent >= limit:
            count.open_until = now + PAUSE
            log.warning(
                "acknowledgements of %s stop until %s: %d in %s",
                entry_point_id,
                count.open_until.isoformat(),
                count.sent,
                WINDOW,
            )
            self._tx.hint("acknowledgements.stopped", entry_point_id)
            return False
        count.sent += 1
        return True

    def save(self) -> None:
        new = [
            {"entry_point_id": key, **_values(count)}
            for key, count in self._counts.items()
            if count.is_new
        ]
        if new:
            self._tx.execute(insert(table), new)
        known = [
            {"b_key": key, **{f"b_{name}": value for name, value in _values(count).items()}}
            for key, count in self._counts.items()
            if not count.is_new
        ]
        if known:
            self._tx.execute(_SAVE, known)


def _values(count: _Count) -> dict[str, object]:
    return {
        "window_started_at": count.window_started_at,
        "sent": count.sent,
        "open_until": count.open_until,
    }


_SAVE = (
    update(table)
    .where(table.c.entry_point_id == bindparam("b_key"))
    .values(
        window_started_at=bindparam("b_window_started_at", type_=table.c.window_started_at.type),
        sent=bindparam("b_sent"),
        open_until=bindparam("b_open_until", type_=table.c.open_until.type),
    )
)
