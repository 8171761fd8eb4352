"""How far the blob store was looked through for files that no row names: a row for each part."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    SmallInteger,
    Table,
    func,
    insert,
    select,
    update,
)

from .blobs import PARTS
from .tx import Tx
from .types import UTCDateTime, metadata

blob_rounds = Table(
    "blob_rounds",
    metadata,
    Column("part", SmallInteger, primary_key=True, autoincrement=False),  # of the store: 0 to 255
    Column("looked_at", UTCDateTime(), nullable=False),
    Column("files", Integer, nullable=False),  # old enough to be judged
    Column("removed", Integer, nullable=False),  # named by nothing
    Column("removed_bytes", BigInteger, nullable=False),
    Column("unfinished", Integer, nullable=False),  # begun and never a blob
)


class Looked(NamedTuple):
    """What one look at a part came to."""

    part: int
    files: int
    removed: int
    removed_bytes: int
    unfinished: int


class Round(NamedTuple):
    """The newest look at each part, added up. `oldest`: of the one that waits longest; None while
    there are parts that were never looked at.
    """

    parts: int
    files: int
    removed: int
    removed_bytes: int
    oldest: datetime | None


def next_part(tx: Tx, rest: timedelta) -> int | None:
    """Return the part that has waited longest; None where all were looked at within `rest`."""
    looked_at = {row.part: row.looked_at for row in tx.execute(select(blob_rounds))}
    never = next((part for part in range(PARTS) if part not in looked_at), None)
    if never is not None:
        return never
    part = min(looked_at, key=lambda one: (looked_at[one], one))
    return part if looked_at[part] <= tx.now - rest else None


def note_look(tx: Tx, looked: Looked) -> None:
    """Keep what the newest look at a part came to."""
    values = {**looked._asdict(), "looked_at": tx.now}
    known = blob_rounds.c.part == looked.part
    if tx.execute(update(blob_rounds).where(known).values(**values)).rowcount == 0:
        tx.execute(insert(blob_rounds).values(**values))


def newest_look(tx: Tx, _: None) -> datetime | None:
    """Return when a part was looked at last; None before the first look."""
    found: datetime | None = tx.execute(select(func.max(blob_rounds.c.looked_at))).scalar_one()
    return found


def read_round(tx: Tx) -> Round:
    """Return what the newest look at each part came to."""
    row = tx.execute(
        select(
            func.count().label("parts"),
            func.coalesce(func.sum(blob_rounds.c.files), 0).label("files"),
            func.coalesce(func.sum(blob_rounds.c.removed), 0).label("removed"),
            func.coalesce(func.sum(blob_rounds.c.removed_bytes), 0).label("removed_bytes"),
            func.min(blob_rounds.c.looked_at).label("oldest"),
        )
    ).one()
    oldest = row.oldest if row.parts == PARTS else None
    return Round(row.parts, int(row.files), int(row.removed), int(row.removed_bytes), oldest)
