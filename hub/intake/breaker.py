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

from hub.contacts.tables import acknowledgement_breakers as table
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_values, read_time, update_values

log = logging.getLogger(__name__)

WINDOW = timedelta(minutes=10)
PAUSE = timedelta(minutes=30)
LIMIT = 200  # in a window, where the entry point's settings name no `acknowledge_limit`


_COLUMNS = ("entry_point_id", "window_started_at", "sent", "open_until")
_FIND = Statement("""
SELECT b.entry_point_id, b.window_started_at, b.sent, b.open_until
FROM {rows} JOIN acknowledgement_breakers b ON b.entry_point_id = {text 0}
ORDER BY b.entry_point_id {locked}
""")


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
        rows = _FIND(tx, [[key] for key in wanted])
        self._counts = {
            row.entry_point_id: _Count(
                read_time(row.window_started_at), row.sent, read_time(row.open_until)
            )
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
        """Write what was counted."""
        new = [_row(key, count) for key, count in self._counts.items() if count.is_new]
        known = [_row(key, count) for key, count in self._counts.items() if not count.is_new]
        insert_values(self._tx, table, _COLUMNS, new)
        update_values(self._tx, table, _COLUMNS, known)


def _row(key: str, count: _Count) -> tuple[object, ...]:
    return key, count.window_started_at, count.sent, count.open_until
