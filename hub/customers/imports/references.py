"""Who is spoken of elsewhere: what an undo must not take away.

Every table of the hub that has a column for a customer or an address is asked, also those of
features that know nothing of imports; so a new feature need not be told of undos.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import Column, select, union_all

from hub.customers.tables import (
    customer_facts,
    customers,
    dirty_customers,
    identities,
    organisation_roles,
    tier_changes,
)
from hub.storage import Tx, metadata

# Written by imports themselves and looked at row by row, or only a mark.
_OWN = frozenset(
    table.name
    for table in (customer_facts, dirty_customers, identities, organisation_roles, tier_changes)
)
CUSTOMER = frozenset({"customer_id", "person_id", "organisation_id", "merged_into_id"})
IDENTITY = frozenset({"identity_id"})


def customers_spoken_of(tx: Tx, ids: Collection[str]) -> set[str]:
    """Return those of these customers that a row of another feature is about; one statement."""
    return _spoken_of(tx, list(columns_about(customers.c.id, CUSTOMER)), ids)


def identities_spoken_of(tx: Tx, ids: Collection[str]) -> set[str]:
    """Return those of these addresses by which something came, or that are spoken of."""
    return _spoken_of(tx, list(columns_about(identities.c.id, IDENTITY)), ids)


def columns_about(target: Column[str], names: Collection[str]) -> Iterator[Column[str]]:
    """Yield the columns of all tables that hold ids of `target`; each has to have an index."""
    for table in metadata.sorted_tables:
        for column in table.c:
            named = column.name in names or any(key.column is target for key in column.foreign_keys)
            if named and table.name not in _OWN:
                yield column


def _spoken_of(tx: Tx, columns: Collection[Column[str]], ids: Collection[str]) -> set[str]:
    wanted = sorted(set(ids))
    if not wanted or not columns:
        return set()
    asked = [select(column).where(column.in_(wanted)).distinct() for column in columns]
    return set(tx.execute(union_all(*asked)).scalars())
