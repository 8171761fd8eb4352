"""Import of customers from a file: dry run or real, in small set-based pieces beside live traffic.

Each piece is planned by one function of a transaction and written by another, so that a dry run
plans exactly what a real run would do. A row that fits an existing customer (external id before
mail before number) completes that one; a row whose addresses belong to different customers is
refused.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import bindparam, insert, select, text, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.core.ids import new_id
from hub.storage import Store, Tx
from hub.storage.bulk import encode_rows, json_rows

from .import_file import CustomerFile, ImportRow, Reason, Refused, read_customer_file, refused_csv
from .index import index_customers
from .model import DEFAULT_TIER, CustomerKind, IdentityStatus, TierSource
from .tables import (
    customer_facts,
    customers,
    identities,
    organisation_roles,
    tier_changes,
)

Tell = Callable[[int, int], Awaitable[None]]  # done and total rows

ROWS_A_PIECE = 100  # about 10 ms of the writer's time (design section 4)
_SHOWN_REFUSED = 1_000


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """`region` reads numbers; `source` is recorded with each new customer; `tiers` are the keys."""

    actor: Actor
    data: bytes
    region: str
    tiers: frozenset[str]
    source: str = "import"
    dry_run: bool = False
    encoding: str | None = None


class RefusedView(msgspec.Struct, frozen=True):
    line: int
    reasons: list[str]


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, or in a dry run would be. `refused_csv`: those rows, to mend and retry."""

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


@dataclass(slots=True)
class _Plan:
    """What one piece does, as rows for each table."""

    created: list[dict[str, Any]] = field(default_factory=list)
    updated: list[dict[str, Any]] = field(default_factory=list)
    identities: list[dict[str, Any]] = field(default_factory=list)
    tiers: list[dict[str, Any]] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)
    organisations: list[dict[str, Any]] = field(default_factory=list)
    roles: list[dict[str, Any]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    unchanged: int = 0
    people: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Known:
    """`holders`: who has an address now; `notes`: (customer, text) of facts already kept."""

    holders: dict[tuple[str, str], dict[str, Any]]
    notes: set[tuple[str, str]]


async def import_customers(store: Store, order: ImportOrder, tell: Tell) -> ImportReport:
    """Import a file of customers and report row by row. Raises Invalid for an unreadable file."""
    file = read_customer_file(order.data, order.encoding)
    checked = list(file.rows(order.region, order.tiers))
    refused = [row for row in checked if isinstance(row, Refused)]
    good = [row for row in checked if isinstance(row, ImportRow)]
    total = _Plan()
    await tell(len(refused), len(checked))
    for start in range(0, len(good), ROWS_A_PIECE):
        piece = (order, good[start : start + ROWS_A_PIECE])
        if order.dry_run:
            plan = await store.read(_plan, piece)
        else:
            plan = await store.write_bulk(_import_piece, piece)
        _add(total, plan)
        await tell(len(refused) + min(start + ROWS_A_PIECE, len(good)), len(checked))
    report = _report(file, order, total, sorted(refused + total.refused, key=lambda r: r.line))
    if not order.dry_run:
        await store.write(_note_import, (order, report))
    return report


def _import_piece(tx: Tx, piece: tuple[ImportOrder, Sequence[ImportRow]]) -> _Plan:
    plan = _plan(tx, piece)
    _write(tx, plan)
    return plan


def _plan(tx: Tx, piece: tuple[ImportOrder, Sequence[ImportRow]]) -> _Plan:
    """Decide about each row of a piece: three reads whatever the number of rows."""
    order, rows = piece
    holders_now = _holders(tx, rows)
    known = _Known(holders_now, _notes(tx, holders_now))
    organisations = _organisations(tx, rows)
    plan = _Plan()
    for row in rows:
        holders = {
            holder["customer_id"]: holder
            for address in row.addresses
            if (holder := known.holders.get((address.kind.value, address.value)))
        }
        if len(holders) > 1:
            reason = Reason(
                "row.conflict",
                "Its addresses belong to different customers: merge those first, or split the row.",
            )
            plan.refused.append(Refused(row.line, (reason,), row.cells))
            continue
        customer = next(iter(holders.values()), None)
        customer_id = _plan_row(tx, order, plan, row, customer, known)
        if row.organisation:
            _plan_role(tx, order, plan, row, customer_id, organisations)
    return plan


def _plan_row(
    tx: Tx,
    order: ImportOrder,
    plan: _Plan,
    row: ImportRow,
    customer: dict[str, Any] | None,
    known: _Known,
) -> str:
    customer_id = customer["customer_id"] if customer else new_id()
    tier = _new_tier(row, customer)
    before = len(plan.identities), len(plan.facts), len(plan.updated)
    if tier is not None:
        plan.tiers.append(
            {
                "id": new_id(),
                "customer_id": customer_id,
                "before": customer["tier"] if customer else DEFAULT_TIER,
                "after": tier,
                "source": TierSource.IMPORTED,
                "reason": order.source,
                "changed_at": tx.now,
                "changed_by": order.actor.id,
            }
        )
    if customer is None:
        plan.created.append(_new_customer(tx, order, row, customer_id))
    else:
        _plan_update(plan, row, customer, tier)
    for address in row.addresses:
        if (address.kind.value, address.value) not in known.holders:
            plan.identities.append(
                {
                    "id": new_id(),
                    "customer_id": customer_id,
                    "kind": address.kind,
                    "value_norm": address.value,
                    "value_raw": address.written,
                    "status": IdentityStatus.ACTIVE,
                    "source": order.source,
                    "valid_from": tx.now,
                }
            )
    if row.note and (customer_id, row.note) not in known.notes:
        plan.facts.append(
            {
                "id": new_id(),
                "customer_id": customer_id,
                "kind": "note",
                "text": row.note,
                "source": order.source,
                "learned_at": tx.now,
                "learned_by": order.actor.id,
            }
        )
    after = len(plan.identities), len(plan.facts), len(plan.updated)
    if customer is not None and before == after:
        plan.unchanged += 1
    else:
        plan.changed.add(customer_id)
        plan.people.add(customer_id)
    return str(customer_id)


def _new_customer(tx: Tx, order: ImportOrder, row: ImportRow, customer_id: str) -> dict[str, Any]:
    return {
        "id": customer_id,
        "kind": CustomerKind.PERSON,
        "name": row.name,
        "language": row.language,
        "tier": row.tier or DEFAULT_TIER,
        "tier_source": TierSource.IMPORTED if row.tier else TierSource.DEFAULT,
        "tier_reason": order.source if row.tier else None,
        "tier_set_at": tx.now,
        "source": order.source,
        "created_at": tx.now,
        "updated_at": tx.now,
        "version": 1,
    }


def _new_tier(row: ImportRow, customer: dict[str, Any] | None) -> str | None:
    """The tier the file gives, if it is another one; a tier set by hand is not overruled."""
    now = customer["tier"] if customer else DEFAULT_TIER
    by_hand = customer is not None and customer["tier_source"] == TierSource.MANUAL
    return row.tier if row.tier and row.tier != now and not by_hand else None


def _plan_update(plan: _Plan, row: ImportRow, customer: dict[str, Any], tier: str | None) -> None:
    """Complete an existing customer: what the file says counts, what it leaves out stays."""
    values = {
        "name": row.name or customer["name"],
        "language": row.language or customer["language"],
        "tier": tier or customer["tier"],
    }
    if any(values[key] != customer[key] for key in values):
        plan.updated.append(
            {
                "b_id": customer["customer_id"],
                "b_name": values["name"],
                "b_language": values["language"],
                "b_tier": values["tier"],
            }
        )
        customer.update(values)


def _plan_role(
    tx: Tx,
    order: ImportOrder,
    plan: _Plan,
    row: ImportRow,
    person_id: str,
    organisations: dict[str, str],
) -> None:
    name = str(row.organisation)[:200]
    organisation_id = organisations.get(name)
    if organisation_id is None:
        organisation_id = organisations[name] = new_id()
        new = _new_customer(tx, order, row, organisation_id)
        plan.organisations.append(
            {
                **new,
                "kind": CustomerKind.ORGANISATION,
                "name": name,
                "tier": DEFAULT_TIER,
                "tier_source": TierSource.DEFAULT,
                "tier_reason": None,
            }
        )
        plan.changed.add(organisation_id)
    plan.roles.append(
        {
            "id": new_id(),
            "organisation_id": organisation_id,
            "person_id": person_id,
            "role": (row.role or "")[:120],
            "decides": False,
            "created_at": tx.now,
        }
    )


def _holders(tx: Tx, rows: Sequence[ImportRow]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return who has the addresses of these rows now."""
    keys = sorted({(a.kind.value, a.value) for row in rows for a in row.addresses})
    found = tx.execute(
        text(_HOLDERS.format(rows=json_rows(tx))), {"rows": encode_rows(keys)}
    ).mappings()
    owners: dict[str, dict[str, Any]] = {}
    return {
        (row["kind"], row["value_norm"]): owners.setdefault(row["customer_id"], dict(row))
        for row in found
    }


def _notes(tx: Tx, holders: dict[tuple[str, str], dict[str, Any]]) -> set[tuple[str, str]]:
    ids = sorted({holder["customer_id"] for holder in holders.values()})
    if not ids:
        return set()
    found = tx.execute(
        select(customer_facts.c.customer_id, customer_facts.c.text).where(
            customer_facts.c.customer_id.in_(ids), customer_facts.c.kind == "note"
        )
    )
    return {(row.customer_id, row.text) for row in found}


def _organisations(tx: Tx, rows: Sequence[ImportRow]) -> dict[str, str]:
    names = sorted({row.organisation[:200] for row in rows if row.organisation})
    if not names:
        return {}
    found = tx.execute(
        select(customers.c.name, customers.c.id)
        .where(
            customers.c.kind == CustomerKind.ORGANISATION,
            customers.c.name.in_(names),
            customers.c.merged_into_id.is_(None),
        )
        .order_by(customers.c.id.desc())
    )
    return {row.name: row.id for row in found}


def _write(tx: Tx, plan: _Plan) -> None:
    """Write a plan: one statement for each table that changes."""
    new = [*plan.organisations, *plan.created]
    for table, rows in (
        (customers, new),
        (identities, plan.identities),
        (tier_changes, plan.tiers),
        (customer_facts, plan.facts),
    ):
        if rows:
            tx.execute(insert(table), rows)
    if plan.updated:
        tx.execute(
            update(customers)
            .where(customers.c.id == bindparam("b_id"))
            .values(
                name=bindparam("b_name"),
                language=bindparam("b_language"),
                tier=bindparam("b_tier"),
                updated_at=tx.now,
                version=customers.c.version + 1,
            ),
            plan.updated,
        )
    _write_imported_tiers(tx, plan)
    if plan.roles:
        tx.execute(_INSERT_ROLE, plan.roles)
    if plan.changed:
        index_customers(tx, plan.changed)


def _write_imported_tiers(tx: Tx, plan: _Plan) -> None:
    updated = {row["b_id"] for row in plan.updated}
    rows = [
        {"b_id": t["customer_id"], "b_reason": t["reason"], "b_by": t["changed_by"]}
        for t in plan.tiers
        if t["customer_id"] in updated
    ]
    if rows:
        tx.execute(
            update(customers)
            .where(customers.c.id == bindparam("b_id"))
            .values(
                tier_source=TierSource.IMPORTED,
                tier_reason=bindparam("b_reason"),
                tier_set_at=tx.now,
                tier_set_by=bindparam("b_by"),
                tier_expires_at=None,
            ),
            rows,
        )


def _add(total: _Plan, plan: _Plan) -> None:
    for name in ("created", "organisations", "refused"):
        getattr(total, name).extend(getattr(plan, name))
    total.people |= plan.people
    total.unchanged += plan.unchanged


def _report(
    file: CustomerFile, order: ImportOrder, total: _Plan, refused: list[Refused]
) -> ImportReport:
    created = len(total.created)
    return ImportReport(
        dry_run=order.dry_run,
        encoding=file.encoding,
        columns={file.header[index]: column.value for index, column in file.columns.items()},
        ignored_columns=file.ignored,
        rows=created + len(total.people) - created + total.unchanged + len(refused),
        created=created,
        updated=len(total.people) - created,
        unchanged=total.unchanged,
        organisations=len({row["name"] for row in total.organisations}),
        refused=[
            RefusedView(row.line, [reason.text for reason in row.reasons])
            for row in refused[:_SHOWN_REFUSED]
        ],
        refused_count=len(refused),
        refused_csv=refused_csv(file, refused) if refused else "",
    )


def _note_import(tx: Tx, done: tuple[ImportOrder, ImportReport]) -> None:
    order, report = done
    counts = {"created": report.created, "updated": report.updated, "refused": report.refused_count}
    audit(tx, order.actor, "customer.import", "import", order.source[:64], counts)


_HOLDERS = """
SELECT i.kind, i.value_norm, i.customer_id, c.name, c.language, c.tier, c.tier_source
FROM {rows}
JOIN customer_identities i ON i.kind = j.value ->> 0 AND i.value_norm = j.value ->> 1
JOIN customers c ON c.id = i.customer_id
WHERE i.status = 'active'
"""
_INSERT_ROLE = text(
    "INSERT INTO organisation_roles (id, organisation_id, person_id, role, decides, created_at)"
    " VALUES (:id, :organisation_id, :person_id, :role, :decides, :created_at)"
    " ON CONFLICT (organisation_id, person_id) DO UPDATE SET role = excluded.role"
).bindparams(bindparam("created_at", type_=organisation_roles.c.created_at.type))
