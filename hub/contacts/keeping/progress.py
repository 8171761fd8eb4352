"""How far a rule was carried out, and what waits for another look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, tuple_, update

from hub.storage import Tx

from .model import Why
from .tables import keeping_progress, keeping_waits

LOOK_AGAIN = timedelta(days=1)


class Place(NamedTuple):
    """The last that was judged: what comes after it is later, or has a higher id."""

    at: datetime
    last_id: str


BEGINNING = Place(datetime(1970, 1, 1, tzinfo=UTC), "")


class Wait(NamedTuple):
    rule: str
    object_id: str
    why: Why


def find_place(tx: Tx, rule: str, queue_id: str = "") -> Place:
    """Return how far a rule came; the beginning of all times before its first step."""
    p = keeping_progress.c
    row = tx.execute(select(p.at, p.last_id).where(p.rule == rule, p.queue_id == queue_id)).first()
    return BEGINNING if row is None else Place(row.at, row.last_id)


def list_places(tx: Tx) -> dict[tuple[str, str], Place]:
    """Return how far each rule came, by rule and queue; nothing of those that never began."""
    rows = tx.execute(select(keeping_progress))
    return {(row.rule, row.queue_id): Place(row.at, row.last_id) for row in rows}


def note_place(tx: Tx, place: Place, rule: str, queue_id: str = "") -> None:
    p = keeping_progress.c
    changed = tx.execute(
        update(keeping_progress)
        .where(and_(p.rule == rule, p.queue_id == queue_id))
        .values(**place._asdict())
    )
    if changed.rowcount == 0:
        tx.execute(insert(keeping_progress).values(rule=rule, queue_id=queue_id, **place._asdict()))


def is_rule(*rules: str) -> ColumnElement[bool]:
    """Return that something waits by one of these rules, for a question about who was looked at
    longest ago: that is answered by the index of times. By the rules, which the key begins with,
    SQLite would read all that waits for each few.
    """
    return func.coalesce(keeping_waits.c.rule, "").in_(rules)


def note_waits(tx: Tx, over: Sequence[tuple[str, str]], waits: Sequence[Wait]) -> None:
    """Keep what waits, each looked at now. `over`: (rule, id) of what does so no more."""
    w = keeping_waits.c
    old = [*over, *((one.rule, one.object_id) for one in waits)]
    if old:
        tx.execute(delete(keeping_waits).where(tuple_(w.rule, w.object_id).in_(old)))
    if waits:
        lines = [{**one._asdict(), "looked_at": tx.now} for one in waits]
        tx.execute(insert(keeping_waits), lines)


def note_looks(tx: Tx, looked: Sequence[tuple[str, str]]) -> None:
    """These, (rule, id), go on waiting."""
    w = keeping_waits.c
    if looked:
        which = tuple_(w.rule, w.object_id).in_(looked)
        tx.execute(update(keeping_waits).where(which).values(looked_at=tx.now))
