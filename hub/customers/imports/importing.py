"""Working on a batch: its preview, its run, its undo, piece by piece beside live traffic.

Each piece is planned by one function of a transaction and written by another, so that a preview
plans exactly what a run would do.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy.exc import DBAPIError

from hub.core.errors import Unavailable
from hub.core.ids import new_id
from hub.storage import Store

from .file import FileForm, count_records, look_at
from .mapping import check_columns, columns_of
from .model import BatchState, Column, ImportRow, Refused
from .of_orders import check_no_orders
from .order import ImportOrder
from .outcome import Counts, Outcome
from .pieces import Piece, PieceDone, preview_piece, run_piece
from .plan import Plan, plan_piece
from .reading import ROWS_A_PIECE as ROWS_A_PIECE
from .reading import Pace, Reading
from .refused import refused_sheet
from .service import HELD, Batch, Finish, Hold, Mapping, NewBatch, finish_batch, hold_on, new_batch
from .undo import UndoPiece, undo_piece

Tell = Callable[[int, int], Awaitable[None]]  # done and total rows
TakeRefused = Callable[[Sequence[Outcome]], None]
TakeSheet = Callable[[Sequence[str], Sequence[Outcome]], None]  # the header, and refused rows

SHOWN_REFUSED = 1_000


class RefusedView(msgspec.Struct, frozen=True):
    line: int
    reasons: list[str]


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, or in a dry run would be. `refused_csv`: the first of those rows, to mend and
    retry. `batch_id` "": nothing was written.
    """

    dry_run: bool
    encoding: str
    columns: dict[str, str]
    ignored_columns: list[str]
    rows: int
    created: int
    updated: int
    unchanged: int
    organisations: int
    refused: list[RefusedView]
    refused_count: int
    refused_csv: str
    batch_id: str = ""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A file that can be read: how, what its columns hold, how many rows it has."""

    form: FileForm
    columns: dict[int, Column]
    rows: int


def look_at_file(order: ImportOrder) -> LookedAt:
    """Read a file once from end to end. Raises TooLarge, Invalid with what to do."""
    form = look_at(order.data, order.encoding)
    return LookedAt(form, columns_of(form.header), count_records(order.data, form))


def new_batch_of(
    order: ImportOrder, seen: LookedAt, size_bytes: int, state: BatchState, holder: str | None
) -> NewBatch:
    """Return a file that was looked at as a new batch."""
    return NewBatch(
        actor=order.actor,
        source=order.source,
        file_name=order.file_name,
        blob_id=order.blob_id,
        size_bytes=size_bytes,
        encoding=seen.form.encoding,
        mapping=Mapping.of(seen.form, seen.columns),
        rows=seen.rows,
        state=state,
        branch_id=order.branch_id,
        sight=order.sight,
        held_by=holder,
    )


async def import_customers(
    store: Store,
    order: ImportOrder,
    tell: Tell,
    take_sheet: TakeSheet | None = None,
    seen: LookedAt | None = None,
) -> ImportReport:
    """Import a file of customers and report row by row. Raises Invalid for an unreadable file.

    `seen`: where it was looked at already.
    """
    if seen is None:
        seen = await asyncio.to_thread(look_at_file, order)
    check_columns(seen.columns, seen.form.header)
    check_no_orders(seen.form.header)
    refused = _Refused(seen.form.header, take_sheet)
    await tell(0, seen.rows)
    if order.dry_run:
        counts = await _try(store, order, seen, tell, refused)
        return _report(order, seen, counts, refused, "")
    holder = new_id()
    size = len(order.data) if isinstance(order.data, bytes) else order.data.stat().st_size
    new = new_batch_of(order, seen, size, BatchState.RUNNING, holder)
    batch = await store.write(new_batch, new)
    work = BatchWork(store, holder, tell, refused.add)
    batch = await work.run(batch, order)
    return _report(order, seen, batch.counts, refused, batch.id)


@dataclass(frozen=True, slots=True)
class BatchWork:
    """Works on held batches. `take_refused` is told the refused rows of each piece.

    Everything raises BatchLost where somebody has told the batch to do something else.
    """

    store: Store
    holder: str
    tell: Tell
    take_refused: TakeRefused = lambda _rows: None

    async def preview(self, batch: Batch, order: ImportOrder) -> Batch:
        """Say of each row what it would do."""
        reading = _reading(batch, order)

        async def piece(batch: Batch, rows: list[ImportRow | Refused]) -> PieceDone:
            plan = await self.store.read(plan_piece, (order, rows))
            known = await _known_organisations(reading, plan)
            what = self._piece(batch, order, rows, known)
            return await self.store.write_bulk(preview_piece, (what, plan))

        return await self._through(batch, reading, piece, BatchState.PREVIEW)

    async def run(self, batch: Batch, order: ImportOrder) -> Batch:
        """Write the rows that can be written."""

        async def piece(batch: Batch, rows: list[ImportRow | Refused]) -> PieceDone:
            return await self.store.write_bulk(run_piece, self._piece(batch, order, rows))

        return await self._through(batch, _reading(batch, order), piece, BatchState.DONE)

    async def undo(self, batch: Batch, order: ImportOrder) -> Batch:
        """Take back what the rows wrote, the newest first."""
        async with self._holding(batch):
            batch = await self._undo_all(batch, order)
        return await self._finish(batch, BatchState.UNDONE)

    async def _undo_all(self, batch: Batch, order: ImportOrder) -> Batch:
        pace = Pace()
        while True:
            what = UndoPiece(batch.id, self.holder, batch.at_line, pace.rows, order.retier)
            done = await self.store.write_bulk(undo_piece, what)
            rows = done.batch.done - batch.done
            batch = done.batch
            if not rows:
                return batch
            pace.took(done.took_s)
            self.take_refused(done.outcomes)
            await self.tell(min(batch.done, batch.rows), batch.rows)

    async def _through(
        self,
        batch: Batch,
        reading: Reading,
        work: Callable[[Batch, list[ImportRow | Refused]], Awaitable[PieceDone]],
        ends_as: BatchState,
    ) -> Batch:
        async with self._holding(batch):
            batch = await self._all_pieces(batch, reading, work)
        return await self._finish(batch, ends_as)

    async def _all_pieces(
        self,
        batch: Batch,
        reading: Reading,
        work: Callable[[Batch, list[ImportRow | Refused]], Awaitable[PieceDone]],
    ) -> Batch:
        """Read the next piece while one is written."""
        pace = Pace()
        following: asyncio.Future[list[ImportRow | Refused]] | None = None
        try:
            rows = await asyncio.to_thread(reading.take, pace.rows)
            while rows:
                following = asyncio.ensure_future(asyncio.to_thread(reading.take, pace.rows))
                done = await work(batch, rows)
                batch = done.batch
                pace.took(done.took_s)
                self.take_refused([one for one in done.outcomes if one.reasons])
                await self.tell(batch.done, batch.rows)
                rows = await following
        finally:
            await asyncio.shield(asyncio.to_thread(reading.close))
            if following is not None:  # what it read is of no use where the work broke off
                await asyncio.wait([following])
        return batch

    @asynccontextmanager
    async def _holding(self, batch: Batch) -> AsyncIterator[None]:
        """Give signs of life meanwhile."""

        async def signs() -> None:
            hold = Hold(batch.id, self.holder)
            while True:
                await asyncio.sleep(HELD.total_seconds() / 3)
                with contextlib.suppress(Unavailable, DBAPIError):  # the work will say so
                    await self.store.write(hold_on, hold)

        task = asyncio.ensure_future(signs())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _piece(
        self, batch: Batch, order: ImportOrder, rows: list[ImportRow | Refused], known: int = 0
    ) -> Piece:
        return Piece(
            batch_id=batch.id,
            holder=self.holder,
            after_line=batch.at_line,
            order=order,
            rows=rows,
            known_organisations=known,
        )

    async def _finish(self, batch: Batch, state: BatchState) -> Batch:
        return await self.store.write(finish_batch, Finish(batch, self.holder, state))


@dataclass(slots=True)
class _Refused:
    """The refused rows of a report: the first of them, and all of them for `also`."""

    header: tuple[str, ...]
    also: TakeSheet | None
    first: list[Outcome] = field(default_factory=list)

    def add(self, rows: Sequence[Outcome]) -> None:
        self.first += rows[: SHOWN_REFUSED - len(self.first)]
        if self.also is not None and rows:
            self.also(self.header, rows)


async def _try(
    store: Store, order: ImportOrder, seen: LookedAt, tell: Tell, refused: _Refused
) -> Counts:
    """Plan every piece and write nothing."""
    counts, done = Counts(), 0
    reading = Reading(order.data, seen.form, seen.columns, region=order.region, tiers=order.tiers)
    try:
        while rows := await asyncio.to_thread(reading.take, ROWS_A_PIECE):
            plan = await store.read(plan_piece, (order, rows))
            known = await _known_organisations(reading, plan)
            counts += plan.counts + Counts(organisations=-known)
            refused.add([one for one in plan.outcomes if one.reasons])
            done += len(rows)
            await tell(done, seen.rows)
    finally:
        await asyncio.shield(asyncio.to_thread(reading.close))
    return counts


async def _known_organisations(reading: Reading, plan: Plan) -> int:
    """How many of the organisations that a preview would make it has counted before."""
    names = [str(row["name"]) for row in plan.organisations]
    return len(names) - await asyncio.to_thread(reading.count_new, names) if names else 0


def _reading(batch: Batch, order: ImportOrder) -> Reading:
    return Reading(
        order.data,
        batch.form,
        batch.mapping.by_place(),
        region=order.region,
        tiers=order.tiers,
        after_line=batch.at_line,
    )


def _report(
    order: ImportOrder, seen: LookedAt, counts: Counts, refused: _Refused, batch_id: str
) -> ImportReport:
    header, columns = seen.form.header, seen.columns
    shown: list[Any] = refused.first
    return ImportReport(
        dry_run=order.dry_run,
        encoding=seen.form.encoding,
        columns={header[place]: column.value for place, column in columns.items()},
        ignored_columns=[n for place, n in enumerate(header) if place not in columns and n],
        rows=seen.rows,
        created=counts.created,
        updated=counts.updated,
        unchanged=counts.unchanged,
        organisations=counts.organisations,
        refused=[RefusedView(row.line, [why.text for why in row.reasons]) for row in shown],
        refused_count=counts.refused,
        refused_csv=refused_sheet(header, shown) if shown else "",
        batch_id=batch_id,
    )
