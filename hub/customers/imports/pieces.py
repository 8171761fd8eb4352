"""One piece of a batch: its preview, or its run. Each is one transaction that also says how far
the batch is.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from hub.storage import Tx

from .model import BatchState, ImportRow, Refused
from .order import ImportOrder
from .outcome import Counts, Outcome
from .plan import Plan, plan_piece
from .service import Batch, go_on, held_batch
from .write import write_outcomes, write_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Rows of a held batch that come after those it has dealt with, `after_line`."""

    batch_id: str
    holder: str
    after_line: int
    order: ImportOrder
    rows: list[ImportRow | Refused]
    known_organisations: int = 0  # of the preview: those that pieces before have counted


@dataclass(frozen=True, slots=True)
class PieceDone:
    """`took_s`: the writer's time."""

    batch: Batch
    outcomes: Sequence[Outcome]
    took_s: float


def preview_piece(tx: Tx, done: tuple[Piece, Plan]) -> PieceDone:
    """Keep what a piece would do. Raises BatchLost."""
    piece, plan = done
    began = time.perf_counter()
    batch = held_batch(tx, piece.batch_id, piece.holder, BatchState.READING, piece.after_line)
    outcomes = [_without_plans(one, plan) for one in plan.outcomes]
    write_outcomes(tx, piece.batch_id, outcomes)
    counts = plan.counts + Counts(organisations=-piece.known_organisations)
    return _went_on(tx, batch, piece, counts, outcomes, began)


def run_piece(tx: Tx, piece: Piece) -> PieceDone:
    """Plan a piece and write it. Raises BatchLost."""
    began = time.perf_counter()
    batch = held_batch(tx, piece.batch_id, piece.holder, BatchState.RUNNING, piece.after_line)
    plan = plan_piece(tx, (piece.order, piece.rows))
    write_plan(tx, piece.order, plan)
    write_outcomes(tx, piece.batch_id, plan.outcomes)
    return _went_on(tx, batch, piece, plan.counts, plan.outcomes, began)


def _went_on(
    tx: Tx,
    batch: Batch,
    piece: Piece,
    counts: Counts,
    outcomes: Sequence[Outcome],
    began: float,
) -> PieceDone:
    line = piece.rows[-1].line
    counts = batch.counts + counts
    went = go_on(tx, batch, rows=len(piece.rows), at_line=line, counts=counts)
    return PieceDone(went, outcomes, time.perf_counter() - began)


def _without_plans(one: Outcome, plan: Plan) -> Outcome:
    """What a preview keeps of a row: the customer it would complete, if there is one already."""
    held = one.before if one.before is not None and one.before.holders else None
    object_id = None if one.object_id in plan.created else one.object_id
    return msgspec.structs.replace(one, object_id=object_id, before=held)
