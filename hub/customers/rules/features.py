"""What rules may ask of customers, read for many at once: a fixed number of statements a part.

The customer's record gives the first part. Features above (contacts, orders, stages, answers) make
a part of their own: the fields they know, how they are read, and the same as SQL.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select

from hub.customers.model import IdentityKind
from hub.customers.tables import customer_sources, customers, identities
from hub.storage import Tx
from hub.storage.bulk import Statement, read_time

from .model import FIELDS, Features, Value
from .where import Column, Sql

Load = Callable[[Tx, Sequence[str]], Mapping[str, Mapping[str, Value]]]
"""Return, by customer, the fields that are known of them."""

MAX_CUSTOMERS = 1_000  # of one reading: who looks at more goes page by page


@dataclass(frozen=True, slots=True)
class FeaturePart:
    """`fields` of Features, read by `load`; `sql` has the same fields for to_where."""

    name: str
    fields: frozenset[str]
    load: Load
    sql: Sql

    def __post_init__(self) -> None:
        unknown = self.fields - FIELDS.keys() or self.fields ^ self.sql.keys()
        if unknown:
            raise ValueError(f"part {self.name}: {sorted(unknown)} are not its fields")


def load_features(
    tx: Tx, customer_ids: Sequence[str], parts: Sequence[FeaturePart]
) -> dict[str, Features]:
    """Return the features of these customers, at most MAX_CUSTOMERS; who is not there is left out.

    A merged record has none of its own: ask for the one it became. Nor has who was erased.
    """
    if len(customer_ids) > MAX_CUSTOMERS:
        raise ValueError(f"features of at most {MAX_CUSTOMERS} customers are read at once")
    wanted = sorted(set(customer_ids))
    if not wanted:
        return {}
    values: dict[str, dict[str, Value]] = {
        customer_id: dict(known) for customer_id, known in _load_record(tx, wanted).items()
    }
    for part in parts:
        if part is RECORD:
            continue
        for customer_id, known in part.load(tx, wanted).items():
            if customer_id in values:
                values[customer_id].update(known)
    return {
        customer_id: Features(**known)  # type: ignore[arg-type] # each part names its fields only
        for customer_id, known in values.items()
    }


def sql_of(parts: Sequence[FeaturePart]) -> Sql:
    """Return the SQL of every field that these parts have. Raises ValueError if two have one."""
    sql: dict[str, Column | Callable[[frozenset[str] | None], ColumnElement[bool]]] = {}
    for part in parts:
        if twice := sql.keys() & part.sql.keys():
            raise ValueError(f"part {part.name}: {sorted(twice)} have a part already")
        sql.update(part.sql)
    return sql


_RECORD = Statement("""
SELECT c.id, c.kind, c.tier, c.language, c.branch_id, c.owner_id, c.source, c.name, c.created_at
FROM {rows} JOIN customers c ON c.id = {text 0}
WHERE c.merged_into_id IS NULL AND c.archived_at IS NULL
""")
_SOURCES = Statement("""
SELECT COALESCE(c.merged_into_id, c.id) AS customer_id, c.source, s.source AS later
FROM {rows} JOIN customers c ON c.id = {text 0} OR c.merged_into_id = {text 0}
LEFT JOIN customer_sources s ON s.customer_id = c.id
""")
_ADDRESSES = Statement("""
SELECT DISTINCT i.customer_id, i.kind FROM {rows}
JOIN customer_identities i ON i.customer_id = {text 0}
WHERE i.status IN ('active', 'shared') AND i.kind <> 'record'
""")


def _load_record(tx: Tx, ids: Sequence[str]) -> dict[str, dict[str, Value]]:
    rows = [[customer_id] for customer_id in ids]
    sources: defaultdict[str, set[str]] = defaultdict(set)
    for row in _SOURCES(tx, rows):
        sources[row.customer_id] |= {row.source, row.later} - {None}
    reached_by: defaultdict[str, set[str]] = defaultdict(set)
    for row in _ADDRESSES(tx, rows):
        reached_by[row.customer_id].add(row.kind)
    return {
        row.id: {
            "kind": row.kind,
            "tier": row.tier,
            "language": row.language,
            "branch": row.branch_id,
            "owner": row.owner_id,
            "first_source": row.source,
            "sources": frozenset(sources[row.id]) or None,
            "reached_by": frozenset(reached_by[row.id]) or None,
            "named": row.name is not None,
            "known_since": read_time(row.created_at),
        }
        for row in _RECORD(tx, rows)
    }


def _has_source(words: frozenset[str] | None) -> ColumnElement[bool]:
    same = customers.alias("same")
    found = (
        select(same.c.id)
        .outerjoin(customer_sources, customer_sources.c.customer_id == same.c.id)
        .where(or_(same.c.id == customers.c.id, same.c.merged_into_id == customers.c.id))
    )
    if words is not None:
        wanted = sorted(words)
        found = found.where(or_(same.c.source.in_(wanted), customer_sources.c.source.in_(wanted)))
    return found.correlate(customers).exists()


def _is_reached_by(words: frozenset[str] | None) -> ColumnElement[bool]:
    table = identities.c
    found = select(table.id).where(
        table.customer_id == customers.c.id,
        table.status.in_(["active", "shared"]),
        table.kind != IdentityKind.RECORD,
    )
    if words is not None:
        found = found.where(table.kind.in_(sorted(words)))
    return found.correlate(customers).exists()


_RECORD_SQL: Sql = {
    "kind": Column(customers.c.kind),
    "tier": Column(customers.c.tier),
    "language": Column(customers.c.language),
    "branch": Column(customers.c.branch_id),
    "owner": Column(customers.c.owner_id),
    "first_source": Column(customers.c.source),
    "sources": _has_source,
    "reached_by": _is_reached_by,
    "named": Column(customers.c.name.is_not(None)),
    "known_since": Column(customers.c.created_at),
}
RECORD = FeaturePart("record", frozenset(_RECORD_SQL), _load_record, _RECORD_SQL)
"""What the customer's record itself says: always the first part."""
