"""A delivery of rows by a system: each checked and answered, kept in pieces on the bulk lane."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import Raw, field

from hub.customers.identify import DefaultTier
from hub.storage import Store, Tx
from hub.web.shapes import View

from .feed_rows import FeedKind
from .orders import PutDone
from .versions import RowOutcome

Zone = Callable[[Tx], str]
MAX_ROWS = 1_000
_PIECE = 100  # rows with their lines: about 10 ms of the writer's time (design section 4)


class RowReason(View, frozen=True, kw_only=True):
    """Why a row is refused: `code` for programs, `text` for people."""

    code: str
    text: str
    field: str | None = None


class RowAnswer(View, frozen=True, kw_only=True):
    """What came of the row at `index`. `id`: of the order, product, case, or the customer."""

    index: int
    outcome: RowOutcome
    id: str | None = None
    reasons: list[RowReason] = field(default_factory=list)


class Delivered(View, frozen=True, kw_only=True):
    rows: list[RowAnswer]
    created: int
    updated: int
    unchanged: int
    stale: int
    refused: int
    made_customers: int


class _Piece(NamedTuple):
    kind: FeedKind[Any]
    source: str
    rows: list[Any]
    default_tier: DefaultTier


class Delivery:
    """Keeps what systems deliver. `zone`: whose clock times without an offset are by."""

    def __init__(self, store: Store, zone: Zone, default_tier: DefaultTier) -> None:
        self._store = store
        self._zone = zone
        self._default_tier = default_tier

    async def keep(self, source: str, kind: FeedKind[Any], raw: Sequence[Raw]) -> Delivered:
        """Keep the rows that are right, in their order, and answer for each.

        What was answered is committed. Broken off in between, the same again changes nothing.
        """
        zone = await self._store.read(_zone, self._zone)
        read = [kind.read(row, zone) for row in raw]
        answers = [_refused(at, row) for at, row in enumerate(read) if isinstance(row, tuple)]
        good = [(at, row) for at, row in enumerate(read) if not isinstance(row, tuple)]
        made = 0
        for part in _pieces(good):
            piece = _Piece(kind, source, [row for _, row in part], self._default_tier)
            done = await self._store.write_bulk(_put, piece)
            made += done.made_customers
            answers += [
                RowAnswer(index=at, outcome=put.outcome, id=put.id, reasons=_reasons(put.reasons))
                for (at, _), put in zip(part, done.results, strict=True)
            ]
        return _told(sorted(answers, key=lambda answer: answer.index), made)


def _pieces(good: Sequence[tuple[int, Any]]) -> Iterator[list[tuple[int, Any]]]:
    """Part rows so that none takes the writer long: an order with many lines is many rows."""
    part: list[tuple[int, Any]] = []
    weight = 0
    for at, row in good:
        lines = len(getattr(row, "lines", None) or ())
        if part and weight + 1 + lines > _PIECE:
            yield part
            part, weight = [], 0
        part.append((at, row))
        weight += 1 + lines
    if part:
        yield part


def _zone(tx: Tx, zone: Zone) -> str:
    return zone(tx)


def _put(tx: Tx, piece: _Piece) -> PutDone:
    return piece.kind.put(tx, piece.source, piece.rows, piece.default_tier)


def _refused(at: int, reasons: Sequence[Any]) -> RowAnswer:
    return RowAnswer(index=at, outcome=RowOutcome.REFUSED, reasons=_reasons(reasons))


def _reasons(reasons: Sequence[Any]) -> list[RowReason]:
    return [RowReason(code=one.code, text=one.text, field=one.column) for one in reasons]


def _told(rows: list[RowAnswer], made: int) -> Delivered:
    count = [row.outcome for row in rows].count
    return Delivered(
        rows=rows,
        created=count(RowOutcome.CREATED),
        updated=count(RowOutcome.UPDATED),
        unchanged=count(RowOutcome.UNCHANGED),
        stale=count(RowOutcome.STALE),
        refused=count(RowOutcome.REFUSED),
        made_customers=made,
    )
