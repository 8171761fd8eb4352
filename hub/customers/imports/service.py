"""Use cases of import batches: plain functions of a transaction.

A batch is moved on by one process at a time, which holds it for a while; whoever starts, changes or
undoes it only says so in its row. Each piece of work is one transaction that also says how far it
is, so a process that dies loses nothing and does nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Row, delete, insert, or_, select, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.core.errors import Conflict, NotFound
from hub.core.ids import new_id
from hub.storage import LIMIT, NOW, Look, Tx

from .file import FileForm
from .mapping import read_columns
from .model import (
    WORKING,
    BatchMoved,
    BatchState,
    Column,
    check_move,
)
from .order import SEES_ALL, Sight
from .outcome import Counts
from .tables import WORKED_ON, import_batches, import_rows

HELD = timedelta(seconds=15)  # another process may go on after so long without a sign
PUT_OFF = timedelta(minutes=5)
KEPT = timedelta(days=90)  # a batch can be undone for so long
FROM_THE_END = 2**31 - 1  # before the first line of an undo
CUSTOMERS = "customers"


class BatchLost(Conflict):
    """Another process works on the batch, or somebody has told it to do something else."""

    code = "import.lost"


class Mapping(Struct, frozen=True):
    """How a file is read: its separator ("" for business cards), the names of its columns, and
    what each holds ("": left out).
    """

    separator: str
    header: tuple[str, ...]
    columns: tuple[str, ...]

    @classmethod
    def of(cls, form: FileForm, columns: dict[int, Column]) -> Mapping:
        said = tuple(
            columns[place].value if place in columns else "" for place in range(len(form.header))
        )
        return cls(form.separator, form.header, said)

    def by_place(self) -> dict[int, Column]:
        return {place: Column(word) for place, word in enumerate(self.columns) if word}


class Batch(Struct, frozen=True, kw_only=True):
    """One file. `done` of `rows` are dealt with in this state, up to `at_line`."""

    id: str
    kind: str
    source: str
    file_name: str
    blob_id: str | None
    size_bytes: int
    encoding: str
    mapping: Mapping
    state: BatchState
    rows: int
    done: int
    at_line: int
    counts: Counts
    error: str | None
    branch_id: str | None
    sight: Sight
    by: str | None
    by_name: str
    at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    held_by: str | None
    version: int

    @property
    def form(self) -> FileForm:
        return FileForm(self.encoding, self.mapping.separator, self.mapping.header)

    @property
    def actor(self) -> Actor:
        return Actor(self.by, self.by_name, "import")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBatch:
    """A file that has been looked at. `held_by`: who works on it from the beginning."""

    actor: Actor
    source: str
    file_name: str
    blob_id: str | None
    size_bytes: int
    encoding: str
    mapping: Mapping
    rows: int
    state: BatchState
    branch_id: str | None = None
    sight: Sight = SEES_ALL
    held_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveBatch:
    """Have a batch read again under other columns, run, undone or put away. `sight`: what the
    actor sees.
    """

    actor: Actor
    batch_id: str
    to: BatchState
    sight: Sight = SEES_ALL
    columns: tuple[str, ...] | None = None
    held_by: str | None = None  # who does it at once


def new_batch(tx: Tx, new: NewBatch) -> Batch:
    """Keep a batch."""
    batch_id = new_id()
    tx.execute(
        insert(import_batches).values(
            id=batch_id,
            kind=CUSTOMERS,
            source=new.source[:64],
            file_name=new.file_name[:200],
            blob_id=new.blob_id,
            size_bytes=new.size_bytes,
            encoding=new.encoding[:40],
            mapping=new.mapping,
            state=new.state,
            rows=new.rows,
            done=0,
            at_line=0,
            counts=Counts(),
            branch_id=new.branch_id,
            sight=new.sight,
            by=new.actor.id,
            by_name=new.actor.name[:200],
            at=tx.now,
            forget_at=tx.now + KEPT,
            held_by=new.held_by,
            held_until=tx.now + HELD if new.held_by else None,
            version=1,
        )
    )
    detail: dict[str, str | int] = {
        "source": new.source[:64],
        "file": new.file_name[:200],
        "rows": new.rows,
    }
    audit(tx, new.actor, "import.add", "import", batch_id, detail)
    tx.hint("import.work", batch_id)
    return get_batch(tx, batch_id)


def get_batch(tx: Tx, batch_id: str) -> Batch:
    """Return a batch. Raises NotFound."""
    return batch_of(_row(tx, batch_id, for_change=False))


def move_batch(tx: Tx, cmd: MoveBatch) -> Batch:
    """Have a batch do something else from its beginning, or go on where it failed; one that was
    only looked at can be put away, and is forgotten with its file.

    Raises NotFound, BatchMoved, Invalid for columns that there are not.
    """
    row = _row(tx, cmd.batch_id, for_change=True)
    batch = batch_of(row)
    check_move(batch.state, cmd.to)
    if row.forget_at is None:
        raise BatchMoved(f"Imports are kept for {KEPT.days} days: this one is only history now.")
    changes: dict[str, Any] = {}
    if cmd.columns is not None:
        read_columns(cmd.columns, batch.mapping.header)
        changes["mapping"] = msgspec.structs.replace(batch.mapping, columns=cmd.columns)
    goes_on = batch.state is BatchState.FAILED and cmd.to is BatchState.RUNNING
    if not goes_on:
        undoing = cmd.to is BatchState.UNDOING
        changes |= {"done": 0, "at_line": FROM_THE_END if undoing else 0}
        if not undoing:
            changes["counts"] = Counts()
    if cmd.to is BatchState.UNDONE:
        changes |= {"undone_at": tx.now, "forget_at": tx.now}
    _change(
        tx,
        cmd.batch_id,
        state=cmd.to,
        sight=cmd.sight,
        error=None,
        held_by=cmd.held_by,
        held_until=tx.now + HELD if cmd.held_by else None,
        **changes,
    )
    audit(tx, cmd.actor, f"import.{cmd.to.value}", "import", cmd.batch_id)
    tx.hint("import.work", cmd.batch_id)
    return get_batch(tx, cmd.batch_id)


def claim_batch(tx: Tx, holder: str) -> Batch | None:
    """Take the oldest batch that has something to do and that nobody works on."""
    found = tx.execute(
        select(import_batches.c.id)
        .where(
            WORKED_ON,
            or_(
                import_batches.c.held_until.is_(None),
                import_batches.c.held_until <= tx.now,
                import_batches.c.held_by == holder,
            ),
        )
        .order_by(import_batches.c.at)
        .limit(1)
        .with_for_update()
    ).scalar_one_or_none()
    if found is None:
        return None
    _change(tx, found, held_by=holder, held_until=tx.now + HELD)
    return get_batch(tx, found)


def held_batch(tx: Tx, batch_id: str, holder: str, state: BatchState, at_line: int) -> Batch:
    """Return the batch, locked, if this process holds it and nobody has told it otherwise.

    Raises BatchLost.
    """
    batch = batch_of(_row(tx, batch_id, for_change=True))
    if (batch.held_by, batch.state, batch.at_line) != (holder, state, at_line):
        raise BatchLost("Somebody else works on this import, or it was told to do something else.")
    return batch


def go_on(tx: Tx, batch: Batch, *, rows: int, at_line: int, counts: Counts) -> Batch:
    """Say how far a held batch is, and hold it on."""
    changes = {"done": batch.done + rows, "at_line": at_line, "counts": counts}
    _change(tx, batch.id, held_until=tx.now + HELD, **changes)
    return msgspec.structs.replace(batch, **changes)


@dataclass(frozen=True, slots=True)
class Hold:
    """A batch that a process works on."""

    batch_id: str
    holder: str


def hold_on(tx: Tx, hold: Hold) -> None:
    """Give a sign, also while a long file is read up to where it goes on."""
    tx.execute(
        update(import_batches)
        .where(import_batches.c.id == hold.batch_id, import_batches.c.held_by == hold.holder)
        .values(held_until=tx.now + HELD)
    )


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of what a batch was doing. `error`: why it failed."""

    batch: Batch
    holder: str
    state: BatchState
    error: str | None = None


def finish_batch(tx: Tx, end: Finish) -> Batch:
    """Say that a held batch is ready, done, undone or failed. Raises BatchLost."""
    batch = end.batch
    held_batch(tx, batch.id, end.holder, batch.state, batch.at_line)
    check_move(batch.state, end.state)
    times = {
        BatchState.DONE: {"finished_at": tx.now},
        BatchState.UNDONE: {"undone_at": tx.now},
    }
    _change(
        tx,
        batch.id,
        state=end.state,
        error=end.error,
        held_by=None,
        held_until=None,
        **times.get(end.state, {}),
    )
    counts = batch.counts
    audit(
        tx,
        batch.actor,
        f"import.{end.state.value}",
        "import",
        batch.id,
        {"created": counts.created, "updated": counts.updated, "refused": counts.refused},
    )
    return get_batch(tx, batch.id)


def put_off(tx: Tx, end: Finish) -> Batch:
    """Try again later what a fault has stopped. Raises BatchLost."""
    batch = end.batch
    held_batch(tx, batch.id, end.holder, batch.state, batch.at_line)
    _change(tx, batch.id, error=end.error, held_by=None, held_until=tx.now + PUT_OFF)
    return get_batch(tx, batch.id)


_TOO_OLD = Look(
    select(import_batches.c.id)
    .where(
        import_batches.c.forget_at <= NOW,
        import_batches.c.state.not_in([state.value for state in WORKING]),
    )
    .order_by(import_batches.c.forget_at)
    .limit(LIMIT)
)


def fire_due_forgetting(tx: Tx, now: datetime, limit: int) -> int:
    """Forget the rows of batches that are too old to be undone (timekeeper); return how many."""
    found = _TOO_OLD.ids(tx, now, 1)
    if not found:
        return 0
    batch_id = found[0]
    lines = list(
        tx.execute(
            select(import_rows.c.line).where(import_rows.c.batch_id == batch_id).limit(limit)
        ).scalars()
    )
    if lines:
        old = import_rows.c.batch_id == batch_id, import_rows.c.line.in_(lines)
        tx.execute(delete(import_rows).where(*old))
    if len(lines) < limit:
        _change(tx, batch_id, forget_at=None)
    return len(lines)


def _row(tx: Tx, batch_id: str, *, for_change: bool) -> Row[Any]:
    found = select(import_batches).where(import_batches.c.id == batch_id)
    row = tx.execute(found.with_for_update() if for_change else found).first()
    if row is None:
        raise NotFound("There is no such import.")
    return row


def batch_of(row: Row[Any]) -> Batch:
    return msgspec.convert({str(name): value for name, value in row._mapping.items()}, Batch)


def _change(tx: Tx, batch_id: str, **values: Any) -> None:
    tx.execute(
        update(import_batches)
        .where(import_batches.c.id == batch_id)
        .values(version=import_batches.c.version + 1, **values)
    )
