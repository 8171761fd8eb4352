"""Whose order is it? Customers by the external id that the business's systems know them by."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from hub.core.ids import new_id
from hub.customers.changes import mark_dirty
from hub.customers.identify import DefaultTier
from hub.customers.index import index_customers
from hub.customers.model import CustomerKind, IdentityKind, IdentityStatus, TierSource
from hub.customers.tables import customers, identities
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_values

_FIND = Statement("""
SELECT i.value_norm, COALESCE(i.home_id, i.customer_id) AS home, i.customer_id AS today,
       i.status, i.id
FROM {rows} JOIN customer_identities i ON i.kind = {text 1} AND i.value_norm = {text 0}
WHERE i.status <> 'removed'
""")
_LOCK = Statement("SELECT pg_advisory_xact_lock(hashtextextended({text 0}, 0)) FROM {rows}")
_MOST_TOLD = 100  # hints of one transaction; a console's queue holds a thousand
_RANK = {IdentityStatus.ACTIVE: 0, IdentityStatus.SHARED: 1, IdentityStatus.INVALID: 2}
_CUSTOMER = (
    "id",
    "kind",
    "tier",
    "tier_source",
    "tier_set_at",
    "source",
    "created_at",
    "updated_at",
    "version",
)
_IDENTITY = (
    "id",
    "customer_id",
    "kind",
    "value_norm",
    "value_raw",
    "status",
    "source",
    "valid_from",
)


class Owner(NamedTuple):
    """Whose an external id is without merges (`home`), which rows keep, and whose it is today."""

    home: str
    today: str


def tell_changed(tx: Tx, customer_ids: Collection[str], why: str) -> None:
    """Have customers looked at again, and tell who has them open, unless there are very many.

    A file of many customers would drown every other hint: who has one of them open reads it anew
    with the next change or look.
    """
    mark_dirty(tx, customer_ids, why)
    if len(customer_ids) <= _MOST_TOLD:
        for customer_id in sorted(customer_ids):
            tx.hint("customer.changed", customer_id)


def lock_rows(tx: Tx, keys: Iterable[str]) -> None:
    """PostgreSQL: one process at a time works on these; SQLite has one writer anyway."""
    if tx.dialect == "postgresql":
        _LOCK(tx, [[key] for key in sorted(set(keys))])


def customers_by_external_id(
    tx: Tx, source: str, external_ids: Collection[str], default_tier: DefaultTier
) -> tuple[dict[str, Owner], int]:
    """Return the customer of each external id, and how many were made.

    Whoever is not known becomes an unidentified customer with that id alone: the row of a customer
    who has it, or a merge, says later who it is.
    """
    known = _find(tx, external_ids)
    missing = sorted(set(external_ids) - known.keys())
    if missing and tx.dialect == "postgresql":
        lock_rows(tx, (f"{IdentityKind.EXTERNAL}:{value}" for value in missing))
        known |= _find(tx, missing)
        missing = [value for value in missing if value not in known]
    if missing:
        known |= _make(tx, source, missing, default_tier(tx))
    return known, len(missing)


def known_customers(tx: Tx, external_ids: Collection[str]) -> dict[str, Owner]:
    """Return the customers of these external ids; who is not known is left out."""
    return _find(tx, external_ids)


def unknown_customers(tx: Tx, external_ids: Collection[str]) -> list[str]:
    """Return those of these external ids that no customer has."""
    return sorted(set(external_ids) - known_customers(tx, external_ids).keys())


def _find(tx: Tx, external_ids: Collection[str]) -> dict[str, Owner]:
    rows = _FIND(tx, [[value, IdentityKind.EXTERNAL] for value in sorted(set(external_ids))])
    found: dict[str, Owner] = {}
    for row in sorted(rows, key=lambda row: (_RANK[IdentityStatus(row.status)], row.id)):
        found.setdefault(row.value_norm, Owner(row.home, row.today))
    return found


def _make(tx: Tx, source: str, external_ids: Collection[str], tier: str) -> dict[str, Owner]:
    made = {value: new_id() for value in external_ids}
    person = (CustomerKind.PERSON, tier, TierSource.DEFAULT, tx.now, source, tx.now, tx.now, 1)
    insert_values(tx, customers, _CUSTOMER, [(made_id, *person) for made_id in made.values()])
    rest = (IdentityStatus.ACTIVE, source, tx.now)
    insert_values(
        tx,
        identities,
        _IDENTITY,
        [
            (new_id(), made_id, IdentityKind.EXTERNAL, value, value, *rest)
            for value, made_id in made.items()
        ],
    )
    index_customers(tx, made.values())
    mark_dirty(tx, made.values(), "new")
    return {value: Owner(made_id, made_id) for value, made_id in made.items()}
