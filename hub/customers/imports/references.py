"""Who is spoken of elsewhere: what an undo must not take away.

Every table of the hub that has a column for a customer or an address is asked, also those of
features that know nothing of imports; so a new feature need not be told of undos. What only follows
from a customer (a mark, a computed value) is no reason to stay: its table says so by
`info={"follows": "customer"}`, has a column `customer_id`, and goes with the customer. Where people
write in it, too, `by_hand` names the column that is NULL in what the hub wrote by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from sqlalchemy import Column, Table

from hub.customers.tables import (
    customer_facts,
    customer_sources,
    customers,
    identities,
    organisation_roles,
    tier_changes,
)
from hub.storage import Tx, metadata
from hub.storage.bulk import Statement

# An effect on its way out has its contact, its outreach or its promise beside it, which are asked.
_BESIDE = frozenset({"outbox"})
# Written by imports themselves, and looked at row by row.
_OWN = _BESIDE | frozenset(
    table.name
    for table in (
        customer_facts,
        customer_sources,
        identities,
        organisation_roles,
        tier_changes,
    )
)
CUSTOMER = frozenset({"customer_id", "person_id", "organisation_id", "merged_into_id"})
IDENTITY = frozenset({"identity_id"})
_OTHERS = frozenset({"contacts.merged_into_id"})  # named alike, and no customer


def customers_spoken_of(tx: Tx, ids: Collection[str]) -> set[str]:
    """Return those of these customers that a row of another feature is about; one statement."""
    return _spoken_of(tx, "customer", ids)


def identities_spoken_of(tx: Tx, ids: Collection[str]) -> set[str]:
    """Return those of these addresses by which something came, or that are spoken of."""
    return _spoken_of(tx, "identity", ids)


def remove_followers(tx: Tx, ids: Collection[str]) -> None:
    """Remove what only follows from these customers: marks, computed values."""
    for statement in _removals(len(metadata.tables)):
        statement(tx, [[key] for key in sorted(ids)])


def columns_about(target: Column[str], names: Collection[str]) -> Iterator[Column[str]]:
    """Yield the columns of all tables that hold ids of `target`; each has to have an index."""
    for table in metadata.sorted_tables:
        for column in table.c:
            points = any(key.column is target for key in column.foreign_keys)
            named = (column.name in names and str(column) not in _OTHERS) or points
            if named and table.name not in _OWN and not _only_follows(table):
                yield column


def _only_follows(table: Table) -> bool:
    return table.info.get("follows") == "customer" and "by_hand" not in table.info


def _spoken_of(tx: Tx, what: str, ids: Collection[str]) -> set[str]:
    if not ids:
        return set()
    rows = _statement(what, len(metadata.tables))(tx, [[key] for key in sorted(ids)])
    return {row.id for row in rows}


@lru_cache(maxsize=8)
def _statement(what: str, _tables: int) -> Statement:
    """Made anew where more tables are known than before, as in tests."""
    columns = (
        columns_about(customers.c.id, CUSTOMER)
        if what == "customer"
        else columns_about(identities.c.id, IDENTITY)
    )
    asked = [
        f"SELECT {one.table.name}.{one.name} AS id FROM {{rows}}"  # noqa: S608 - names of our own columns
        f" JOIN {one.table.name} ON {one.table.name}.{one.name} = {{text 0}}{_by_hand(one.table)}"
        for one in columns
    ]
    return Statement(" UNION ".join(asked))


def _by_hand(table: Table) -> str:
    column = table.info.get("by_hand")
    return "" if column is None else f" AND {table.name}.{table.c[column].name} IS NOT NULL"


@lru_cache(maxsize=8)
def _removals(_tables: int) -> list[Statement]:
    return [
        Statement(
            f"DELETE FROM {table.name} WHERE customer_id IN (SELECT {{text 0}} FROM {{rows}})"  # noqa: S608 - our own tables
        )
        for table in reversed(metadata.sorted_tables)
        if table.info.get("follows") == "customer"
    ]
