"""What the last look at the audit log's chain found, and looks that go on where they stopped."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import delete, insert, select

from hub.storage import Tx

from .tables import audit_checks
from .walk import Broken, State, find_head

LOOK_EVERY = timedelta(days=1)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """`seq` lines hold so far, the newest of them written `at`; `lines` were ever written.

    `head`: the newest link's number and hash, to be noted elsewhere. `done`: the look ended, with
    `broken` or without. `by_name`, `begun_at`, `looked_at`: whose look, None before the first.
    """

    lines: int
    head: str
    seq: int = 0
    at: datetime | None = None
    until_seq: int = 0
    done: bool = False
    broken: Broken | None = None
    by_name: str | None = None
    begun_at: datetime | None = None
    looked_at: datetime | None = None


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A look that was begun by somebody, and how far it is."""

    by_name: str
    begun_at: datetime
    looked_at: datetime
    state: State


class Note(NamedTuple):
    """How far somebody's look is. `begun_at`: None where it begins."""

    by_name: str
    begun_at: datetime | None
    state: State


def find_look(tx: Tx, _: None = None) -> Look | None:
    """Return the newest look; None before the first."""
    row = tx.execute(select(audit_checks)).one_or_none()
    if row is None:
        return None
    state = msgspec.convert(row.state, State, str_keys=True)
    return Look(by_name=row.by_name, begun_at=row.begun_at, looked_at=row.looked_at, state=state)


def note_look(tx: Tx, note: Note) -> Look:
    """Note how far a look is, in the place of the one before; of two at once the later stays."""
    begun_at = note.begun_at or tx.now
    look = Look(by_name=note.by_name, begun_at=begun_at, looked_at=tx.now, state=note.state)
    row = {"id": 1, "by_name": look.by_name, "begun_at": begun_at, "looked_at": tx.now}
    tx.execute(delete(audit_checks))
    tx.execute(insert(audit_checks).values(**row, state=msgspec.to_builtins(note.state)))
    return look


def read_standing(tx: Tx, _: None = None) -> Standing:
    """Return what is known of the chain now."""
    head, look = find_head(tx), find_look(tx)
    lines = 0 if head is None else head.seq
    name = "" if head is None else f"{head.seq}:{head.hash}"
    if look is None:
        return Standing(lines=lines, head=name)
    state = look.state
    return Standing(
        lines=lines,
        head=name,
        seq=state.seq,
        at=state.at,
        until_seq=state.until_seq,
        done=state.is_done,
        broken=state.broken,
        by_name=look.by_name,
        begun_at=look.begun_at,
        looked_at=look.looked_at,
    )


def is_due(look: Look | None, now: datetime) -> bool:
    """Say whether the hub looks by itself: one look is unfinished, or the last is a day old."""
    return look is None or not look.state.is_done or look.begun_at <= now - LOOK_EVERY
