"""Rows of a run: begun, the figures that changed, finished. Small pieces beside live traffic."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, func, insert, select, update

from hub.accounts.audit import audit
from hub.accounts.model import SYSTEM
from hub.core.ids import new_id
from hub.customers.tables import tier_changes
from hub.storage import Tx
from hub.storage.bulk import Statement
from hub.storage.types import from_micros, to_micros

from .deciding import Found
from .figures import place_of
from .report import MoveView, TierReport
from .tables import customer_values, tier_runs

RUNNING, DONE = "running", "done"
STORED_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class StoredPage:
    """`same`: places of customers whose row says what was found; `gone`: rows of others."""

    same: list[int]
    gone: list[str]
    after: str | None


class BeginRun(NamedTuple):
    """`report` as far as it is known: without moves."""

    report: TierReport


class Piece(NamedTuple):
    """Some customers' figures to be written."""

    run_id: str
    found: Found
    places: Sequence[int]


def last_run(tx: Tx, _: None = None) -> Row[Any] | None:
    """Return the newest run that was finished."""
    return tx.execute(
        select(tier_runs)
        .where(tier_runs.c.state == DONE)
        .order_by(tier_runs.c.at.desc(), tier_runs.c.id.desc())
        .limit(1)
    ).first()


def count_of(run: Row[Any] | None) -> int:
    """Return how many a run valued, bought lately or not; 0 where there was none."""
    report = None if run is None else run.report
    return report["customers"] + report["lapsed"] if report else 0


def begin_run(tx: Tx, cmd: BeginRun) -> str:
    """Keep that a run writes, and return its id: that of one that was broken off goes on."""
    values = _columns(cmd.report)
    broken_off = tx.execute(
        select(tier_runs.c.id)
        .where(tier_runs.c.state == RUNNING)
        .order_by(tier_runs.c.at.desc())
        .limit(1)
    ).scalar()
    run_id = str(broken_off or new_id())
    if broken_off is None:
        tx.execute(insert(tier_runs).values(id=run_id, state=RUNNING, moves=0, **values))
    else:
        tx.execute(update(tier_runs).where(tier_runs.c.id == run_id).values(**values))
    return run_id


def finish_run(tx: Tx, asked: tuple[str, TierReport]) -> TierReport:
    """Count what the run moved, keep the report and return it."""
    run_id, report = asked
    rows = tx.execute(
        select(tier_changes.c.before, tier_changes.c.after, func.count().label("moved"))
        .where(tier_changes.c.run_id == run_id)
        .group_by(tier_changes.c.before, tier_changes.c.after)
        .order_by(tier_changes.c.before, tier_changes.c.after)
    )
    moves = [MoveView(row.before, row.after, row.moved) for row in rows]
    moved = sum(move.count for move in moves)
    report = msgspec.structs.replace(report, moves=moves, moved=moved, run_id=run_id)
    tx.execute(
        update(tier_runs)
        .where(tier_runs.c.id == run_id)
        .values(
            **_columns(report),
            moves=moved,
            state=DONE,
            report=msgspec.to_builtins(report),
        )
    )
    audit(tx, SYSTEM, "tiers.run", "tier_run", run_id, {"moved": moved})
    tx.hint("tiers.run", run_id)
    return report


def compare_page(tx: Tx, asked: tuple[Found, str]) -> StoredPage:
    """Compare the next rows that are stored, after the id given, with what was found."""
    found, after = asked
    ids = found.figures.bought.ids
    rows = _COMPARED(tx, (), after=after, page=STORED_PAGE)
    same, gone = [], []
    for row in rows:
        place = place_of(ids, row.customer_id)
        if place is None:
            gone.append(row.customer_id)
        elif found.cells(place) == _stored(row):
            same.append(place)
    return StoredPage(same, gone, rows[-1].customer_id if len(rows) == STORED_PAGE else None)


def write_values(tx: Tx, piece: Piece) -> float:
    """Write figures by one statement; return how many seconds it took."""
    began = perf_counter()
    ids = piece.found.figures.bought.ids
    rows = []
    for place in piece.places:
        cells = list(piece.found.cells(place))
        if tx.dialect != "sqlite":
            for at in _TIMES:
                cells[at] = from_micros(cells[at]).isoformat()
        rows.append([ids[place], *cells])
    _UPSERT(tx, rows, run=piece.run_id)
    return perf_counter() - began


def changed_places(count: int, same: array[int]) -> list[int]:
    """Return the places whose rows have to be written."""
    return [place for place in range(count) if not same[place]]


def _stored(row: Any) -> tuple[Any, ...]:
    cells = list(row[1:])
    for at in _TIMES:
        if not isinstance(cells[at], int):
            cells[at] = to_micros(cells[at])
    return tuple(cells)


def _columns(report: TierReport) -> dict[str, Any]:
    return {
        "at": report.made_at,
        "window_from": report.window.from_,
        "window_until": report.window.until,
        "rules_version": report.rules_version,
        "customers": report.customers,
        "revenue_minor": report.revenue_minor,
        "currency": report.currency,
        "best_count": report.best.count,
        "tail_count": report.tail.count,
        "tail_top_minor": report.tail.top_value_minor,
        "loss_making": report.loss_making,
        "potential": report.potential_gold,
        "digest": report.digest,
    }


_STORED = (
    ("revenue_minor", "integer"),
    ("margin_minor", "integer"),
    ("cost_minor", "integer"),
    ("profit_minor", "integer"),
    ("newer_minor", "integer"),
    ("trend_ppm", "integer"),
    ("rank", "integer"),
    ("share_ppm", "integer"),
    ("orders", "integer"),
    ("first_at", "time"),
    ("last_at", "time"),
    ("rfm", "integer"),
    ("named_segment", "text"),
    ("computed_tier", "text"),
    ("flags", "integer"),
    ("clv_minor", "integer"),
)
_TIMES = tuple(at for at, (_, kind) in enumerate(_STORED) if kind == "time")
_NAMES = ", ".join(name for name, _ in _STORED)
_CELLS = ", ".join(f"{{{kind} {at}}}" for at, (_, kind) in enumerate(_STORED, start=1))
_SET = ", ".join(f"{name} = excluded.{name}" for name, _ in _STORED)
_COMPARED = Statement(
    f"SELECT customer_id, {_NAMES} FROM {customer_values.name}"  # noqa: S608 - names of our own columns
    " WHERE customer_id > :after ORDER BY customer_id LIMIT {integer :page}"
)
_UPSERT = Statement(
    f"INSERT INTO {customer_values.name} (customer_id, run_id, {_NAMES})"  # noqa: S608 - names of our own columns
    f" SELECT {{text 0}}, :run, {_CELLS} FROM {{rows}} WHERE true"
    f" ON CONFLICT (customer_id) DO UPDATE SET run_id = excluded.run_id, {_SET}"
)
