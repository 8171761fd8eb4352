"""What was merged and split around a customer, when, by whom and why: to read and to undo."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import Row, or_, select

from hub.accounts.tables import users
from hub.customers.access import Scope, access_customer, seen_customers
from hub.customers.tables import customers, identities, identity_moves
from hub.customers.views import IdentityView, Reader
from hub.storage import Tx
from hub.web.shapes import View

from .links import records_of
from .model import MoveKind
from .tables import customer_merges

_SHOWN = 100
_M = customer_merges.c


class MergeView(View, frozen=True):
    """One merge or split. `addresses` went from the one record to the other; `by` None is the hub.

    `undone_at` None: it counts. Of a record that the reader may not see there is the id only,
    and no address.
    """

    id: str
    kind: Literal["merge", "split"]
    from_id: str
    from_name: str | None
    into_id: str
    into_name: str | None
    addresses: list[IdentityView]
    at: datetime
    by: str | None
    reason: str
    undone_at: datetime | None
    undone_by: str | None


class ShowMerges(NamedTuple):
    reader: Reader
    scope: Scope
    customer_id: str


class _Entry(NamedTuple):
    id: str
    kind: Literal["merge", "split"]
    from_id: str
    into_id: str
    at: datetime
    by: str | None
    reason: str
    undone_at: datetime | None
    undone_by: str | None


def show_merges(tx: Tx, ask: ShowMerges) -> list[MergeView]:
    """List merges and splits of a customer and of all records that became it, the newest first.

    At most 100. Raises NotFound.
    """
    row = access_customer(tx, ask.scope, ask.customer_id)
    records = {row.id, *records_of(tx, row.merged_into_id or row.id)}
    entries = [*_merges(tx, sorted(records)), *_splits(tx, sorted(records))]
    entries.sort(key=lambda entry: (entry.at, entry.id), reverse=True)
    return _views(tx, ask, entries[:_SHOWN])


def _merges(tx: Tx, records: Sequence[str]) -> list[_Entry]:
    rows = tx.execute(
        select(customer_merges)
        .where(or_(_M.from_id.in_(records), _M.into_id.in_(records)))
        .order_by(_M.merged_at.desc(), _M.id.desc())
        .limit(_SHOWN)
    )
    return [
        _Entry(
            id=r.id,
            kind="merge",
            from_id=r.from_id,
            into_id=r.into_id,
            at=r.merged_at,
            by=r.merged_by,
            reason=r.reason,
            undone_at=r.undone_at,
            undone_by=r.undone_by,
        )
        for r in rows
    ]


def _splits(tx: Tx, records: Sequence[str]) -> list[_Entry]:
    moves = identity_moves.c
    kinds = [MoveKind.SPLIT, MoveKind.UNSPLIT]
    rows = tx.execute(
        select(identity_moves)
        .where(
            moves.kind.in_(kinds),
            or_(moves.from_customer_id.in_(records), moves.to_customer_id.in_(records)),
        )
        .order_by(moves.id)
    ).all()
    undone = {row.operation_id: row for row in rows if row.kind == MoveKind.UNSPLIT}
    splits: dict[str, _Entry] = {}
    for r in rows:
        if r.kind == MoveKind.SPLIT:
            back = undone.get(r.operation_id)
            splits.setdefault(
                r.operation_id,
                _Entry(
                    id=r.operation_id,
                    kind="split",
                    from_id=r.from_customer_id,
                    into_id=r.to_customer_id,
                    at=r.moved_at,
                    by=r.moved_by,
                    reason=r.reason,
                    undone_at=back.moved_at if back else None,
                    undone_by=back.moved_by if back else None,
                ),
            )
    return list(splits.values())


def _views(tx: Tx, ask: ShowMerges, entries: Sequence[_Entry]) -> list[MergeView]:
    wanted = {e.from_id for e in entries} | {e.into_id for e in entries}
    seen = seen_customers(tx, ask.scope, wanted)
    names = _names(tx, customers, seen)
    people = _names(tx, users, {who for e in entries for who in (e.by, e.undone_by) if who})
    shown = [entry.id for entry in entries if {entry.from_id, entry.into_id} <= seen]
    addresses = _addresses(tx, ask.reader, shown)
    return [
        MergeView(
            id=e.id,
            kind=e.kind,
            from_id=e.from_id,
            from_name=names.get(e.from_id),
            into_id=e.into_id,
            into_name=names.get(e.into_id),
            addresses=addresses[e.id],
            at=e.at,
            by=people.get(e.by or ""),
            reason=e.reason,
            undone_at=e.undone_at,
            undone_by=people.get(e.undone_by or ""),
        )
        for e in entries
    ]


def _names(tx: Tx, table: Any, ids: set[str]) -> dict[str, str | None]:
    rows = tx.execute(select(table.c.id, table.c.name).where(table.c.id.in_(sorted(ids))))
    return {row.id: row.name for row in rows}


def _addresses(
    tx: Tx, reader: Reader, operation_ids: Sequence[str]
) -> defaultdict[str, list[IdentityView]]:
    moves = identity_moves.c
    rows: Sequence[Row[Any]] = tx.execute(
        select(identities, moves.operation_id)
        .join(identity_moves, moves.identity_id == identities.c.id)
        .where(
            moves.operation_id.in_(operation_ids),
            moves.kind.in_([MoveKind.MERGE, MoveKind.SPLIT]),
            identities.c.kind != "record",
        )
        .order_by(identities.c.id)
    ).all()
    found: defaultdict[str, list[IdentityView]] = defaultdict(list)
    for row in rows:
        found[row.operation_id].append(reader.identity(row))
    return found
