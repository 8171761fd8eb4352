"""Taking a batch back, newest row first: what nobody has touched since is as it was before.

What was changed since stays, and the row says why: a customer who wrote, whom somebody edited or
merged, who has a note, an order, a promise. `plan_undo` decides, one row after the other, on what
the page's reads brought; writing is one statement for each table.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, Table, select

from hub.customers.allocation.reads import allocated_by_hub
from hub.customers.changes import mark_dirty
from hub.customers.index import index_customers
from hub.customers.model import IdentityStatus, TierSource
from hub.customers.tables import (
    customer_facts,
    customer_sources,
    customers,
    identities,
    organisation_roles,
    tier_changes,
)
from hub.storage import Tx
from hub.storage.bulk import Statement, update_values

from .model import BatchState, Reason, RowClass
from .order import Retier
from .outcome import Before, Counts, Outcome
from .pieces import PieceDone
from .records import COMPLETED, TIER
from .references import customers_spoken_of, identities_spoken_of, remove_followers
from .service import go_on, held_batch
from .tables import import_rows

# In this order, for rows that speak of others go first.
_TABLES = (
    *(organisation_roles, tier_changes, customer_facts, customer_sources),
    *(identities, customers),
)
_DELETE = {
    table.name: Statement(f"DELETE FROM {table.name} WHERE id IN (SELECT {{text 0}} FROM {{rows}})")  # noqa: S608 - our own tables
    for table in _TABLES
}
_WITHDRAW = Statement("""
DELETE FROM customer_conflicts
WHERE decided_at IS NULL AND id IN (SELECT {text 0} FROM {rows})
""")
_RESTORED = (*COMPLETED, *TIER)
_READ = (
    *("id", "own_tier", "branch_id", "owner_id", "merged_into_id", "archived_at", "version"),
    *_RESTORED,
)
_TIMES = frozenset({"tier_set_at", "tier_expires_at"})


@dataclass(frozen=True, slots=True)
class UndoPiece:
    """The next rows of a held batch, at most `limit`, before those it has dealt with."""

    batch_id: str
    holder: str
    at_line: int
    limit: int
    retier: Retier | None = None


@dataclass(slots=True)
class _Page:
    """What a page of rows wrote, as it is now."""

    customers: dict[str, dict[str, Any]]
    identities: dict[str, str] = field(default_factory=dict)  # id → customer
    removed: set[str] = field(default_factory=set)  # addresses that somebody took away
    facts: dict[str, bool] = field(default_factory=dict)  # whether it was withdrawn
    tiers: dict[str, str] = field(default_factory=dict)  # the source of each change
    roles: dict[str, Row[Any]] = field(default_factory=dict)
    spoken_of: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)  # addresses
    allocated: set[str] = field(default_factory=set)  # whose owner the hub chose by itself
    held: dict[Table, defaultdict[str, set[str]]] = field(
        default_factory=lambda: {table: defaultdict(set) for table in _TABLES}
    )  # the same by customer

    def hold(self, table: Table, customer_id: str, key: str) -> None:
        self.held[table][customer_id].add(key)


@dataclass(slots=True)
class _Undo:
    """What taking a page back writes."""

    page: _Page
    gone: dict[Table, set[str]] = field(default_factory=lambda: {table: set() for table in _TABLES})
    restored: set[str] = field(default_factory=set)
    roles: dict[str, str] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    kept: list[Outcome] = field(default_factory=list)

    def left(self, table: Table, customer_id: str) -> set[str]:
        """The rows of a table that are a customer's, less those that go."""
        return self.page.held[table][customer_id] - self.gone[table]


def undo_piece(tx: Tx, piece: UndoPiece) -> PieceDone:
    """Take the next rows back. Raises BatchLost."""
    began = time.perf_counter()
    batch = held_batch(tx, piece.batch_id, piece.holder, BatchState.UNDOING, piece.at_line)
    rows = tx.execute(
        select(
            *(import_rows.c[name] for name in ("line", "row_class", "label", "object_id", "before"))
        )
        .where(import_rows.c.batch_id == piece.batch_id, import_rows.c.line < piece.at_line)
        .order_by(import_rows.c.line.desc())
        .limit(piece.limit)
    ).all()
    if not rows:
        return PieceDone(batch, [], 0.0)
    written = [
        (row, msgspec.convert(row.before, Before))
        for row in rows
        if row.before is not None and row.row_class in (RowClass.NEW, RowClass.MATCH)
    ]
    _withdraw_questions(tx, rows)  # else they would speak of those who are to go
    undo = _Undo(_read_page(tx, written))
    for row, before in written:
        _take_back(undo, row, before)
    _write(tx, undo, piece)
    counts = batch.counts + Counts(kept=len(undo.kept))
    went = go_on(tx, batch, rows=len(rows), at_line=rows[-1].line, counts=counts)
    return PieceDone(went, undo.kept, time.perf_counter() - began)


def _withdraw_questions(tx: Tx, rows: Sequence[Row[Any]]) -> None:
    """Ask no longer what was asked because of these rows; what is decided stays so."""
    asked = [
        [question]
        for row in rows
        if row.row_class == RowClass.CONFLICT and row.before is not None
        for question in msgspec.convert(row.before, Before).questions
    ]
    if asked:
        _WITHDRAW(tx, asked)


def _take_back(undo: _Undo, row: Row[Any], before: Before) -> None:
    reasons = (
        _changed_since_made(undo, row.object_id, before)
        if before.made
        else _changed_since(undo, row.object_id, before)
    )
    if before.made and not reasons:
        _remove_customer(undo, row.object_id)
    elif not before.made:
        _restore(undo, row.object_id, before, reasons)
    if not before.made or not reasons:
        _take_role_back(undo, before, reasons)
    if before.organisation is not None:
        _take_organisation_back(undo, before.organisation)
    if reasons:
        row_class = RowClass.KEPT
        undo.kept.append(
            Outcome(row.line, row_class, row.label, row.object_id, before, None, tuple(reasons))
        )


def _changed_since_made(undo: _Undo, customer_id: str, before: Before) -> list[Reason]:
    """Why a new customer stays, if anything happened to them since."""
    now, page = undo.page.customers.get(customer_id), undo.page
    if now is None:  # erased: nothing is left of what the row wrote
        return []
    reasons = []
    if now["merged_into_id"] is not None:
        reasons.append(_reason("merged", "The customer was merged into another one since."))
    if any(now[name] != value for name, value in before.now.items()):
        reasons.append(_reason("changed", "The customer was changed since."))
    owned = now["owner_id"] is not None and customer_id not in page.allocated
    if owned or now["archived_at"] is not None:
        reasons.append(_reason("owner", "Somebody looks after the customer since."))
    others = undo.left(identities, customer_id) - set(before.identities)
    others |= undo.left(customer_facts, customer_id) - set(before.facts)
    others |= undo.left(customer_sources, customer_id) - set(before.sources)
    mine_gone = not _still_held(page, customer_id, before)
    withdrawn = any(page.facts.get(one, True) for one in before.facts)
    if others or mine_gone or withdrawn:
        reasons.append(_reason("added", "Addresses or facts of the customer were changed since."))
    given = undo.left(tier_changes, customer_id) - set(before.tiers)
    if any(page.tiers[key] != TierSource.ORGANISATION for key in given):
        reasons.append(_reason("tier", "The customer was given another tier since."))
    if customer_id in page.spoken_of or page.used & set(before.identities):
        reasons.append(_reason("used", "Something came from the customer, or speaks of them."))
    role = {before.role.id} if before.role else set()
    if undo.left(organisation_roles, customer_id) - role or _role_changed(undo, before):
        reasons.append(_reason("role", "The customer has a role in an organisation since."))
    return reasons


def _changed_since(undo: _Undo, customer_id: str, before: Before) -> list[Reason]:
    """Why something stays of what a row added to an existing customer."""
    now, page = undo.page.customers.get(customer_id), undo.page
    if now is None:
        return []
    reasons = []
    changed = sorted(name for name, value in before.now.items() if now[name] != value)
    if changed:
        text = f"Changed since: {', '.join(changed)}."
        reasons.append(Reason("undo.changed", text, detail=", ".join(changed)))
    if page.used & set(before.identities):
        reasons.append(_reason("used", "Something came by one of the addresses."))
    if not _still_held(page, customer_id, before):
        reasons.append(_reason("moved", "One of the addresses was moved or taken away since."))
    if any(page.facts.get(one, False) for one in before.facts):
        reasons.append(_reason("withdrawn", "What was noted was withdrawn since."))
    return reasons


def _remove_customer(undo: _Undo, customer_id: str) -> None:
    undo.gone[customers].add(customer_id)
    for table in (identities, customer_facts, customer_sources, tier_changes):
        undo.gone[table] |= undo.page.held[table][customer_id]


def _restore(undo: _Undo, customer_id: str, before: Before, reasons: Sequence[Reason]) -> None:
    """Take back of an existing customer what nobody has touched since."""
    page, gone = undo.page, undo.gone
    now = page.customers.get(customer_id)
    if now is None:
        return
    same = all(now[name] == value for name, value in before.now.items())
    if same and before.was:
        now.update(before.was)
        undo.restored.add(customer_id)
    if same:
        gone[tier_changes] |= set(before.tiers) & set(page.tiers)
    gone[identities] |= {
        one
        for one in before.identities
        if page.identities.get(one) == customer_id
        and one not in page.used
        and one not in page.removed
    }
    gone[customer_facts] |= {one for one in before.facts if not page.facts.get(one, True)}
    gone[customer_sources] |= set(before.sources) & page.held[customer_sources][customer_id]
    undo.changed.add(customer_id)


def _take_role_back(undo: _Undo, before: Before, reasons: list[Reason]) -> None:
    role = before.role
    now = undo.page.roles.get(role.id) if role else None
    if role is None or now is None:
        return
    if _role_changed(undo, before):
        reasons.append(_reason("role", "The role in the organisation was changed since."))
    elif role.was is None:
        undo.gone[organisation_roles].add(role.id)
    else:
        undo.roles[role.id] = role.was
    undo.changed.add(now.person_id)


def _take_organisation_back(undo: _Undo, organisation_id: str) -> None:
    """Remove an organisation that a row made, unless anything is left of it or speaks of it."""
    page = undo.page
    now = page.customers.get(organisation_id)
    owned = now is not None and now["owner_id"] and organisation_id not in page.allocated
    if now is None or owned or now["merged_into_id"] or now["version"] != 1:
        return
    hanging = (identities, customer_facts, customer_sources, tier_changes, organisation_roles)
    used = any(undo.left(table, organisation_id) for table in hanging)
    if not used and organisation_id not in page.spoken_of:
        undo.gone[customers].add(organisation_id)


def _role_changed(undo: _Undo, before: Before) -> bool:
    """Say whether the role that a row wrote is another one now."""
    role = before.role
    now = undo.page.roles.get(role.id) if role else None
    if role is None or now is None:
        return False
    return bool(undo.roles.get(role.id, now.role) != role.now or now.decides)


def _still_held(page: _Page, customer_id: str, before: Before) -> bool:
    held = all(page.identities.get(one) == customer_id for one in before.identities)
    return held and not page.removed & set(before.identities)


def _reason(code: str, text: str) -> Reason:
    return Reason(f"undo.{code}", text)


def _read_page(tx: Tx, written: Sequence[tuple[Row[Any], Before]]) -> _Page:
    """Read what the rows wrote, and what hangs on it, by a fixed number of statements."""
    ids = {row.object_id for row, _ in written if row.object_id}
    ids |= {before.organisation for _, before in written if before.organisation}
    added = {one for _, before in written for one in before.identities}
    found = sorted(ids)
    columns = [customers.c[name] for name in _READ]
    people = tx.execute(select(*columns).where(customers.c.id.in_(found)).with_for_update())
    page = _Page({row.id: _as_imported(row) for row in people})
    of = identities.c
    asked = select(of.id, of.customer_id, of.status).where(of.customer_id.in_(found))
    held = tx.execute(asked).all()
    page.identities = {row.id: row.customer_id for row in held}
    page.removed = {row.id for row in held if row.status == IdentityStatus.REMOVED}
    for row in held:
        page.hold(identities, row.customer_id, row.id)
    fact = customer_facts.c
    withdrawn = fact.withdrawn_at.is_not(None).label("withdrawn")
    facts = select(fact.id, fact.customer_id, withdrawn).where(fact.customer_id.in_(found))
    for row in tx.execute(facts):
        page.facts[row.id] = row.withdrawn
        page.hold(customer_facts, row.customer_id, row.id)
    source = customer_sources.c
    for row in tx.execute(
        select(source.id, source.customer_id).where(source.customer_id.in_(found))
    ):
        page.hold(customer_sources, row.customer_id, row.id)
    tier = tier_changes.c
    tiers = select(tier.id, tier.customer_id, tier.source).where(tier.customer_id.in_(found))
    for row in tx.execute(tiers):
        page.tiers[row.id] = row.source
        page.hold(tier_changes, row.customer_id, row.id)
    role = organisation_roles.c
    columns = [role.id, role.organisation_id, role.person_id, role.role, role.decides]
    for column in (role.person_id, role.organisation_id):
        for row in tx.execute(select(*columns).where(column.in_(found))):
            page.roles[row.id] = row
            page.hold(organisation_roles, row.person_id, row.id)
            page.hold(organisation_roles, row.organisation_id, row.id)
    page.allocated = allocated_by_hub(tx, ids)
    page.spoken_of = customers_spoken_of(tx, ids)
    page.used = identities_spoken_of(tx, added | set(page.identities))
    return page


def _as_imported(row: Row[Any]) -> dict[str, Any]:
    """A customer in the words of a before-image: their own tier, times as text."""
    values = dict(row._mapping)
    values["tier"] = row.own_tier or row.tier
    return values | {name: msgspec.to_builtins(values[name]) for name in _TIMES}


def _write(tx: Tx, undo: _Undo, piece: UndoPiece) -> None:
    gone = undo.gone
    restored = sorted(undo.restored - gone[customers])
    update_values(tx, organisation_roles, ("id", "role"), list(undo.roles.items()))
    if gone[customers]:
        remove_followers(tx, gone[customers])
    for table in _TABLES:
        if gone[table]:
            _DELETE[table.name](tx, [[key] for key in sorted(gone[table])])
    update_values(
        tx,
        customers,
        ("id", *_RESTORED, "own_tier", "updated_at"),
        [
            [key, *(_value(undo.page.customers[key], name) for name in _RESTORED), None, tx.now]
            for key in restored
        ],
        also="version = version + 1",
    )
    _keep(tx, piece.batch_id, undo.kept)
    changed = undo.changed - gone[customers]
    if changed or gone[customers]:
        index_customers(tx, changed | gone[customers])
    mark_dirty(tx, changed, "import")
    for customer_id in changed:
        tx.hint("customer.changed", customer_id)
    if piece.retier is not None and changed:
        piece.retier(tx, changed)


def _value(now: dict[str, Any], name: str) -> Any:
    value = now[name]
    return datetime.fromisoformat(value) if name in _TIMES and value is not None else value


def _keep(tx: Tx, batch_id: str, kept: Sequence[Outcome]) -> None:
    update_values(
        tx,
        import_rows,
        ("batch_id", "line", "row_class", "reasons"),
        [
            [batch_id, one.line, one.row_class.value, msgspec.to_builtins(one.reasons)]
            for one in kept
        ],
        keys=2,
    )
