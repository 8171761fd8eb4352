"""What contacts cost us, by address, day and channel: kept in the transaction that closes them.

So a run over a million customers reads neither their interactions nor their segments. What we
caused ourselves is no cost of the customer's: a contact while something of theirs is under repair,
one about the same reason within a week of another, and one whose complaint was right.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, select

from hub.customers.business.tables import identity_effort
from hub.customers.settings import read_home_zone
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_values, read_time

from .tables import contacts

IDENTITIES_A_PIECE = 100
_REPEATED_WITHIN_S = 7 * 86_400
_LOOKED_BACK_S = 60 * 86_400  # how long before such a contact may have been opened

# By their ids: with the bare state SQLite would walk every contact that is over, for each that
# closes. `handled_us` is in microseconds.
_SELECT = """
SELECT c.identity_id, c.channel, c.closed_at,
       (SELECT s.document FROM customer_setup s WHERE s.id = 'zone') AS zone,
       COALESCE((SELECT {length} FROM segments g WHERE g.contact_id = c.id
                 AND g.kind IN ('handling', 'hold', 'wrap_up') AND g.ended_at IS NOT NULL), 0)
         AS handled_us,
       CASE WHEN EXISTS (
         SELECT 1 FROM contacts p
         WHERE p.identity_id = c.identity_id AND p.id <> c.id AND p.reason_id = c.reason_id
           AND p.opened_at < c.opened_at AND p.opened_at >= {back}
           AND p.closed_at <= c.opened_at AND p.closed_at >= {again}
       ) OR EXISTS (
         SELECT 1 FROM customer_identities i
         JOIN customers k ON k.id = i.customer_id OR k.merged_into_id = i.customer_id
         JOIN service_cases r ON r.customer_id = k.id
         WHERE i.id = c.identity_id AND r.received_at <= c.closed_at
           AND (r.state NOT IN ('done', 'cancelled') OR r.state_at >= c.closed_at)
       ) OR EXISTS (
         SELECT 1 FROM complaints q WHERE q.contact_id = c.id AND q.upheld
       ) THEN 1 ELSE 0 END AS caused
FROM {rows} JOIN contacts c ON c.{key} = {text 0}
WHERE c.closed_at IS NOT NULL AND c.state || '' IN ('closed', 'abandoned')
  AND COALESCE(c.ended_as, '') <> 'spam'
"""
_DIALECT = {
    "sqlite": {
        "{length}": "SUM(g.ended_at - g.started_at)",
        "{back}": f"c.opened_at - {_LOOKED_BACK_S * 1_000_000}",
        "{again}": f"c.opened_at - {_REPEATED_WITHIN_S * 1_000_000}",
    },
    "postgresql": {
        "{length}": "CAST(SUM(EXTRACT(EPOCH FROM g.ended_at - g.started_at) * 1000000) AS bigint)",
        "{back}": f"c.opened_at - interval '{_LOOKED_BACK_S} seconds'",
        "{again}": f"c.opened_at - interval '{_REPEATED_WITHIN_S} seconds'",
    },
}


def _statement(dialect: str, key: str) -> Statement:
    sql = _SELECT.replace("{key}", key)
    for mark, meant in _DIALECT[dialect].items():
        sql = sql.replace(mark, meant)
    return Statement(sql)


_FIND = {
    (dialect, key): _statement(dialect, key)
    for dialect in _DIALECT
    for key in ("id", "identity_id")
}
_ADD = Statement("""
INSERT INTO identity_effort
  (identity_id, day, channel, contacts, handled_us, caused_contacts, caused_us)
SELECT {text 0}, {text 1}, {text 2}, {integer 3}, {integer 4}, {integer 5}, {integer 6}
FROM {rows} WHERE true
ON CONFLICT (identity_id, day, channel) DO UPDATE SET
  contacts = identity_effort.contacts + excluded.contacts,
  handled_us = identity_effort.handled_us + excluded.handled_us,
  caused_contacts = identity_effort.caused_contacts + excluded.caused_contacts,
  caused_us = identity_effort.caused_us + excluded.caused_us
""")
_COLUMNS = (
    "identity_id",
    "day",
    "channel",
    "contacts",
    "handled_us",
    "caused_contacts",
    "caused_us",
)
Effort = dict[tuple[str, str, str], tuple[int, int, int, int]]
"""By identity, day and channel: contacts and microseconds, and those that we caused."""


def contacts_closed(tx: Tx, contact_ids: Collection[str]) -> None:
    """Add what these contacts cost; they were closed or abandoned in this transaction.

    Two statements, whatever their number.
    """
    effort = _read(tx, "id", sorted(contact_ids))
    if effort:
        _ADD(tx, [[*key, *effort[key]] for key in sorted(effort)])


def recount(tx: Tx, identity_ids: Collection[str]) -> None:
    """Count anew what these addresses cost: a contact went to another, or was found to be ours."""
    ids = sorted(set(identity_ids))
    _rewrite(tx, identity_effort.c.identity_id.in_(ids), ids)


class RebuiltPiece(NamedTuple):
    """`changed`: how many rows were not what the contacts say; `last`: None at the end."""

    rows: int
    changed: int
    last: str | None


def rebuild_piece(tx: Tx, after: str) -> RebuiltPiece:
    """Count anew what the next addresses after this id cost, from contacts and segments."""
    ids = list(
        tx.execute(
            select(contacts.c.identity_id)
            .where(contacts.c.identity_id > after)
            .distinct()
            .order_by(contacts.c.identity_id)
            .limit(IDENTITIES_A_PIECE)
        ).scalars()
    )
    last = ids[-1] if len(ids) == IDENTITIES_A_PIECE else None
    table = identity_effort.c
    ours = table.identity_id > after
    if last is not None:
        ours &= table.identity_id <= last
    rows, changed = _rewrite(tx, ours, ids)
    return RebuiltPiece(rows, changed, last)


def _rewrite(tx: Tx, ours: ColumnElement[bool], ids: Sequence[str]) -> tuple[int, int]:
    """Make the rows that `ours` finds what the contacts of these addresses say; return how many
    there are, and how many were different.
    """
    found = tx.execute(select(identity_effort).where(ours))
    kept: Effort = {
        (row.identity_id, row.day, row.channel): (
            row.contacts,
            row.handled_us,
            row.caused_contacts,
            row.caused_us,
        )
        for row in found
    }
    effort = _read(tx, "identity_id", ids)
    changed = sum(1 for key in kept.keys() | effort.keys() if kept.get(key) != effort.get(key))
    if changed:
        tx.execute(delete(identity_effort).where(ours))
        rows = [(*key, *effort[key]) for key in sorted(effort)]
        insert_values(tx, identity_effort, _COLUMNS, rows)
    return len(effort), changed


def _read(tx: Tx, key: str, ids: Sequence[str]) -> Effort:
    effort: Effort = {}
    for row in _FIND[tx.dialect, key](tx, [[one] for one in ids]) if ids else ():
        place = (row.identity_id, _day(read_time(row.closed_at), row.zone), row.channel)
        before = effort.get(place, (0, 0, 0, 0))
        effort[place] = _added(before, row)
    return effort


def _added(before: tuple[int, int, int, int], row: Any) -> tuple[int, int, int, int]:
    contacts_, handled_us, caused, caused_us = before
    if row.caused:
        return contacts_, handled_us, caused + 1, caused_us + row.handled_us
    return contacts_ + 1, handled_us + row.handled_us, caused, caused_us


def _day(closed_at: datetime, zone: str | None) -> str:
    return closed_at.astimezone(ZoneInfo(read_home_zone(zone))).date().isoformat()
