"""A person's tier is the best of their own and their organisations' (knowledge.md, Value tiers).

`customers.tier` is the one that counts. Where an organisation's is better than the person's own,
that one is kept beside it as `own_tier`; whoever changes a tier or a role calls `lift_tiers` in the
same transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, or_, select, update

from hub.core.ids import new_id
from hub.storage import Tx
from hub.storage.bulk import Statement

from .model import CustomerKind, TierSource
from .tables import customers, organisation_roles, tier_changes

_ROLE = organisation_roles.c
_AT_ONCE = 5_000


def lift_tiers(tx: Tx, customer_ids: Collection[str], order: Sequence[str]) -> list[str]:
    """Bring the tiers of these customers, and of the persons of those that are organisations, up
    to date; return the ids of those that have another one now. `order`: tier keys, the best first.
    """
    concerned = _concerned(tx, customer_ids)
    if not concerned:
        return []
    wanted = sorted({*concerned, *_persons_of(tx, concerned)})
    changed: list[str] = []
    for start in range(0, len(wanted), _AT_ONCE):
        changed += _lift(tx, wanted[start : start + _AT_ONCE], order)
    return changed


# Whoever has a part in an organisation, is one, or was lifted by one: nobody else changes.
_CONCERNED = Statement("""
SELECT DISTINCT {text 0} AS id FROM {rows} JOIN customers c ON c.id = {text 0}
WHERE c.own_tier IS NOT NULL
  OR EXISTS (SELECT 1 FROM organisation_roles r WHERE r.person_id = c.id)
  OR EXISTS (SELECT 1 FROM organisation_roles r WHERE r.organisation_id = c.id)
  OR EXISTS (SELECT 1 FROM customers m WHERE m.merged_into_id = c.id)
""")


def _concerned(tx: Tx, ids: Collection[str]) -> list[str]:
    return [row.id for row in _CONCERNED(tx, [[one] for one in sorted(set(ids))])]


def _persons_of(tx: Tx, ids: Collection[str]) -> set[str]:
    """The persons of these organisations, under the records they are merged into."""
    organisation = customers.alias("organisation")
    person = customers.alias("person")
    found = tx.execute(
        select(func.coalesce(person.c.merged_into_id, person.c.id))
        .select_from(organisation_roles)
        .join(organisation, organisation.c.id == _ROLE.organisation_id)
        .join(person, person.c.id == _ROLE.person_id)
        .where(or_(organisation.c.id.in_(ids), organisation.c.merged_into_id.in_(ids)))
    )
    return set(found.scalars())


def _lift(tx: Tx, ids: Sequence[str], order: Sequence[str]) -> list[str]:
    found = select(customers).where(customers.c.id.in_(ids)).order_by(customers.c.id)
    rows = tx.execute(found.with_for_update()).all()
    offered = _tiers_of_organisations(tx, ids)
    changes = []
    for row in rows:
        own = row.own_tier or row.tier
        best = own
        if row.kind == CustomerKind.PERSON:
            best = min((own, *offered[row.id]), key=lambda tier: _rank(order, tier))
        own_tier = None if best == own else own
        if (best, own_tier) != (row.tier, row.own_tier):
            changes.append((row, best, own_tier))
    _write(tx, changes)
    return [row.id for row, best, _ in changes if best != row.tier]


def _rank(order: Sequence[str], tier: str) -> int:
    """0 is the best; one that the set-up does not know lifts nobody."""
    return order.index(tier) if tier in order else len(order)


def _tiers_of_organisations(tx: Tx, ids: Sequence[str]) -> defaultdict[str, list[str]]:
    """Return, by person, the tiers of their organisations; merged records count as what they are
    now."""
    person = customers.alias("person")
    organisation = customers.alias("organisation")
    remaining = customers.alias("remaining")
    whose = func.coalesce(person.c.merged_into_id, person.c.id)
    rows = tx.execute(
        select(
            whose.label("person_id"),
            func.coalesce(remaining.c.tier, organisation.c.tier).label("tier"),
        )
        .select_from(organisation_roles)
        .join(person, person.c.id == _ROLE.person_id)
        .join(organisation, organisation.c.id == _ROLE.organisation_id)
        .outerjoin(remaining, remaining.c.id == organisation.c.merged_into_id)
        .where(or_(person.c.id.in_(ids), person.c.merged_into_id.in_(ids)))
    )
    tiers: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        tiers[row.person_id].append(row.tier)
    return tiers


def _write(tx: Tx, changes: Sequence[tuple[Row[Any], str, str | None]]) -> None:
    if not changes:
        return
    tx.execute(
        update(customers)
        .where(customers.c.id == bindparam("b_id"))
        .values(
            tier=bindparam("b_tier"),
            own_tier=bindparam("b_own"),
            updated_at=tx.now,
            version=customers.c.version + 1,
        ),
        [{"b_id": row.id, "b_tier": tier, "b_own": own} for row, tier, own in changes],
    )
    moved = [(row, tier) for row, tier, _ in changes if tier != row.tier]
    if moved:
        tx.execute(
            insert(tier_changes),
            [
                {
                    "id": new_id(),
                    "customer_id": row.id,
                    "before": row.tier,
                    "after": tier,
                    "source": TierSource.ORGANISATION,
                    "reason": "the best of their own and their organisations' tiers",
                    "changed_at": tx.now,
                }
                for row, tier in moved
            ],
        )
    for row, _, _ in changes:
        tx.hint("customer.changed", row.id)
