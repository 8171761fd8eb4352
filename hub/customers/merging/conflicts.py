"""Are these two the same? The list of what a person has to decide, and the decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Row, and_, func, or_, select, update

from hub.accounts.model import Actor
from hub.core.errors import Conflict, Invalid, NotFound
from hub.customers.access import Scope
from hub.customers.addresses import AddIdentity, NewAddress, add_identity
from hub.customers.changes import note_change
from hub.customers.finding import customer_rows
from hub.customers.model import IdentityKind
from hub.customers.tables import customers, identities
from hub.customers.views import CustomerRow, IdentityView, Reader
from hub.storage import Tx
from hub.web.shapes import View

from .links import today_of
from .service import MergeCustomers
from .tables import customer_conflicts

_C = customer_conflicts.c
_MERGED = "decided to be the same"


class Decision(StrEnum):
    MERGED = "merged"  # they are the same
    APART = "apart"  # they are not; the address stays whose it is
    SHARED = "shared"  # they are not, and both use the address


class RecordConflictView(View, frozen=True):
    """`one` and `other` are what the two records are today. `identity`: the address that made us
    ask, which is `other`'s. `score`: 0 to 100, how much speaks for one person."""

    id: str
    kind: str
    score: int
    found_at: datetime
    identity: IdentityView | None
    one: CustomerRow
    other: CustomerRow


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where the list goes on."""

    at: datetime
    id: str


class ListConflicts(NamedTuple):
    reader: Reader
    scope: Scope
    limit: int
    after: Position | None = None


@dataclass(frozen=True, slots=True)
class DecideConflict:
    """`keep_id`: which of the two stays when they are merged; `other` where nothing is said.
    `region` reads the address where both are to have it."""

    actor: Actor
    conflict_id: str
    decision: Decision
    region: str
    keep_id: str | None = None
    reason: str = ""


def list_conflicts(tx: Tx, ask: ListConflicts) -> tuple[list[RecordConflictView], Position | None]:
    """List what is open, the newest first. Records that became one meanwhile ask nothing.

    Both records have to be the reader's to see.
    """
    one, other = customers.alias("one"), customers.alias("other")
    one_id = func.coalesce(one.c.merged_into_id, one.c.id)
    other_id = func.coalesce(other.c.merged_into_id, other.c.id)
    found = (
        select(customer_conflicts, one_id.label("one_today"), other_id.label("other_today"))
        .join(one, one.c.id == _C.customer_id)
        .join(other, other.c.id == _C.other_id)
        .where(_C.decided_at.is_(None), one_id != other_id, *_both_seen(ask.scope))
        .order_by(_C.found_at.desc(), _C.id.desc())
        .limit(ask.limit + 1)
    )
    if ask.after is not None:
        at, last = ask.after.at, ask.after.id
        found = found.where(or_(_C.found_at < at, and_(_C.found_at == at, _C.id < last)))
    rows = tx.execute(found).all()
    shown = rows[: ask.limit]
    following = None
    if len(rows) > ask.limit:
        following = Position(shown[-1].found_at, shown[-1].id)
    return _views(tx, ask.reader, shown), following


def _both_seen(scope: Scope) -> list[ColumnElement[bool]]:
    if scope.everything:
        return []
    return [
        select(customers.c.id).where(customers.c.id == named, scope.customers()).exists()
        for named in (_C.customer_id, _C.other_id)
    ]


def parties_of(tx: Tx, conflict_id: str) -> list[str]:
    """Return the two records of a question. Raises NotFound."""
    found = select(_C.customer_id, _C.other_id).where(_C.id == conflict_id)
    row = tx.execute(found).first()
    if row is None:
        raise NotFound("There is no such question.")
    return [row.customer_id, row.other_id]


def decide_conflict(
    tx: Tx, cmd: DecideConflict, merge: Callable[[Tx, MergeCustomers], object]
) -> None:
    """Answer the question; `merge` makes two records one (hub.care).

    Raises NotFound, Invalid, and Conflict where it is answered already.
    """
    row = tx.execute(
        select(customer_conflicts).where(_C.id == cmd.conflict_id).with_for_update()
    ).first()
    if row is None:
        raise NotFound("There is no such question.")
    if row.decided_at is not None:
        raise Conflict(
            "Somebody has decided this already: load the list again.", code="merging.decided"
        )
    roots = today_of(tx, [row.customer_id, row.other_id])
    one, other = roots[row.customer_id], roots[row.other_id]
    if cmd.decision is Decision.MERGED:
        _merge(tx, cmd, one, other, merge)
    elif cmd.decision is Decision.SHARED:
        _share(tx, cmd, one, row.identity_id)
    tx.execute(
        update(customer_conflicts)
        .where(_C.id == cmd.conflict_id)
        .values(decided_at=tx.now, decided_by=cmd.actor.id, decision=cmd.decision)
    )
    note_change(tx, cmd.actor, f"customer.{cmd.decision}", sorted({one, other}), searched=False)


def _merge(
    tx: Tx,
    cmd: DecideConflict,
    one: str,
    other: str,
    merge: Callable[[Tx, MergeCustomers], object],
) -> None:
    keep = cmd.keep_id or other
    if keep not in (one, other):
        raise Invalid(
            "Only one of the two can stay: choose it again.",
            code="merging.one_stays",
            field="keep_id",
        )
    if one != other:
        gone = one if keep == other else other
        merge(tx, MergeCustomers(cmd.actor, gone, keep, cmd.reason.strip() or _MERGED))


def _share(tx: Tx, cmd: DecideConflict, one: str, identity_id: str | None) -> None:
    found = select(identities).where(identities.c.id == identity_id)
    row = tx.execute(found).first() if identity_id else None
    if row is None:
        raise Invalid(
            "There is no address to share: say that they are the same, or not.",
            code="merging.no_address",
        )
    # What is compared reads the same in any region; a short number only in its own.
    value = row.value_raw if row.value_norm.startswith("short:") else row.value_norm
    address = NewAddress(IdentityKind(row.kind), value)
    add_identity(tx, AddIdentity(cmd.actor, one, address, cmd.region, shared=True))


def _views(tx: Tx, reader: Reader, rows: Sequence[Row[Any]]) -> list[RecordConflictView]:
    wanted = {row.one_today for row in rows} | {row.other_today for row in rows}
    shown = {one.id: one for one in customer_rows(tx, reader, sorted(wanted))}
    asked_by = [row.identity_id for row in rows if row.identity_id]
    found = tx.execute(select(identities).where(identities.c.id.in_(asked_by)))
    addresses = {row.id: reader.identity(row) for row in found}
    return [
        RecordConflictView(
            id=row.id,
            kind=row.kind,
            score=row.score,
            found_at=row.found_at,
            identity=addresses.get(row.identity_id),
            one=shown[row.one_today],
            other=shown[row.other_today],
        )
        for row in rows
    ]
