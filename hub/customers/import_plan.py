"""One piece of an import: what it would do, and doing it. Both cost a fixed number of statements.

A row that fits an existing customer completes that one; a row whose addresses belong to different
customers is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, insert, select, text, update

from hub.accounts.model import Actor
from hub.core.ids import new_id
from hub.storage import Tx
from hub.storage.bulk import encode_rows, json_rows

from .import_file import ImportRow, Reason, Refused
from .import_known import organisations_by_name, people_without_address
from .index import index_customers
from .model import DEFAULT_TIER, CustomerKind, IdentityStatus, TierSource
from .normalise import Address
from .tables import (
    customer_facts,
    customers,
    identities,
    organisation_roles,
    tier_changes,
)

Retier = Callable[[Tx, Collection[str]], None]


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """`region` reads numbers; `source` is recorded with each new customer; `tiers` are the keys."""

    actor: Actor
    data: bytes
    region: str
    tiers: frozenset[str]
    default_tier: str = DEFAULT_TIER  # of who is new, where the file gives none
    source: str = "import"
    dry_run: bool = False
    encoding: str | None = None
    retier: Retier | None = None  # lets organisations' tiers count, and moves what waits


@dataclass(slots=True)
class Plan:
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
    """`holders`: who has an address now; `notes`: (customer, text) of facts already kept;
    `bare`: by name, who was imported from the same source without any address.
    """

    holders: dict[tuple[str, str], dict[str, Any]]
    notes: set[tuple[str, str]]
    bare: dict[str, dict[str, Any]]


def import_piece(tx: Tx, piece: tuple[ImportOrder, Sequence[ImportRow]]) -> Plan:
    """Plan a piece and write it."""
    plan = plan_piece(tx, piece)
    _write(tx, plan)
    order, _ = piece
    if order.retier is not None:
        order.retier(tx, plan.changed | {role["person_id"] for role in plan.roles})
    return plan


def plan_piece(tx: Tx, piece: tuple[ImportOrder, Sequence[ImportRow]]) -> Plan:
    """Decide about each row of a piece: three reads whatever the number of rows."""
    order, rows = piece
    holders_now = _holders(tx, rows)
    bare = people_without_address(tx, order.source, rows)
    owners = [*holders_now.values(), *bare.values()]
    known = _Known(holders_now, _notes(tx, owners), bare)
    organisations = organisations_by_name(tx, rows)
    plan = Plan()
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
        if customer is None and not row.addresses:
            customer = known.bare.get(row.name or "")
        customer_id = _plan_row(tx, order, plan, row, customer, known)
        if row.organisation:
            _plan_role(tx, order, plan, row, customer_id, organisations)
    return plan


def _plan_row(
    tx: Tx,
    order: ImportOrder,
    plan: Plan,
    row: ImportRow,
    customer: dict[str, Any] | None,
    known: _Known,
) -> str:
    """Plan one row for a new or an existing customer; return the customer's id."""
    customer_id = str(customer["customer_id"]) if customer else new_id()
    before = len(plan.identities), len(plan.facts), len(plan.updated)
    tier = _new_tier(order, row, customer)
    if tier is not None:
        was = customer["tier"] if customer else order.default_tier
        plan.tiers.append(_tier_change(tx, order, customer_id, was, tier))
    if customer is None:
        plan.created.append(_new_customer(tx, order, row, customer_id))
    else:
        _plan_update(plan, row, customer, tier)
    plan.identities += [
        _new_identity(tx, order, customer_id, address)
        for address in row.addresses
        if (address.kind.value, address.value) not in known.holders
    ]
    if row.note and (customer_id, row.note) not in known.notes:
        plan.facts.append(_new_fact(tx, order, customer_id, row.note))
    after = len(plan.identities), len(plan.facts), len(plan.updated)
    if customer is not None and before == after:
        plan.unchanged += 1
    else:
        plan.changed.add(customer_id)
        plan.people.add(customer_id)
    return customer_id


def _tier_change(
    tx: Tx, order: ImportOrder, customer_id: str, before: str, after: str
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "customer_id": customer_id,
        "before": before,
        "after": after,
        "source": TierSource.IMPORTED,
        "reason": order.source,
        "changed_at": tx.now,
        "changed_by": order.actor.id,
    }


def _new_identity(tx: Tx, order: ImportOrder, customer_id: str, address: Address) -> dict[str, Any]:
    return {
        "id": new_id(),
        "customer_id": customer_id,
        "kind": address.kind,
        "value_norm": address.value,
        "value_raw": address.written,
        "status": IdentityStatus.ACTIVE,
        "source": order.source,
        "valid_from": tx.now,
    }


def _new_fact(tx: Tx, order: ImportOrder, customer_id: str, note: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "customer_id": customer_id,
        "kind": "note",
        "text": note,
        "source": order.source,
        "learned_at": tx.now,
        "learned_by": order.actor.id,
    }


def _new_customer(tx: Tx, order: ImportOrder, row: ImportRow, customer_id: str) -> dict[str, Any]:
    return {
        "id": customer_id,
        "kind": CustomerKind.PERSON,
        "name": row.name,
        "language": row.language,
        "tier": row.tier or order.default_tier,
        "tier_source": TierSource.IMPORTED if row.tier else TierSource.DEFAULT,
        "tier_reason": order.source if row.tier else None,
        "tier_set_at": tx.now,
        "source": order.source,
        "created_at": tx.now,
        "updated_at": tx.now,
        "version": 1,
    }


def _new_tier(order: ImportOrder, row: ImportRow, customer: dict[str, Any] | None) -> str | None:
    """The tier the file gives, if it is another one; a tier set by hand is not overruled."""
    now = customer["tier"] if customer else order.default_tier
    by_hand = customer is not None and customer["tier_source"] == TierSource.MANUAL
    return row.tier if row.tier and row.tier != now and not by_hand else None


def _plan_update(plan: Plan, row: ImportRow, customer: dict[str, Any], tier: str | None) -> None:
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
    plan: Plan,
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
                "tier": order.default_tier,
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


def _notes(tx: Tx, owners: Sequence[dict[str, Any]]) -> set[tuple[str, str]]:
    ids = sorted({owner["customer_id"] for owner in owners})
    if not ids:
        return set()
    found = tx.execute(
        select(customer_facts.c.customer_id, customer_facts.c.text).where(
            customer_facts.c.customer_id.in_(ids), customer_facts.c.kind == "note"
        )
    )
    return {(row.customer_id, row.text) for row in found}


def _write(tx: Tx, plan: Plan) -> None:
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
                own_tier=None,
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


def _write_imported_tiers(tx: Tx, plan: Plan) -> None:
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


_HOLDERS = """
SELECT i.kind, i.value_norm, i.customer_id, c.name, c.language, c.tier_source,
       COALESCE(c.own_tier, c.tier) AS tier
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
