"""What is known of the customers that a piece of an import speaks of: a fixed number of reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import exists, func, select

from hub.customers.consent.erased import erased_of
from hub.customers.model import CustomerKind, IdentityKind, IdentityStatus
from hub.customers.tables import (
    customer_facts,
    customer_sources,
    customers,
    identities,
    organisation_roles,
)
from hub.storage import Tx
from hub.storage.bulk import Statement, read_time

from .model import ImportRow
from .order import ImportOrder

Key = tuple[str, str]  # kind and value of an address


class KnownOrganisation(NamedTuple):
    id: str
    tier: str


class KnownRole(NamedTuple):
    id: str
    role: str


@dataclass(slots=True)
class Known:
    """A customer as they are now, or will be once the rows before have been written."""

    customer_id: str
    name: str | None
    language: str | None
    tier: str  # their own
    tier_source: str
    tier_reason: str | None
    tier_set_at: datetime
    tier_set_by: str | None
    tier_expires_at: datetime | None
    branch_id: str | None
    owner_id: str | None
    source: str = ""  # the first
    sources: set[str] = field(default_factory=set)  # the later ones
    external_ids: set[str] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)
    roles: dict[str, KnownRole] = field(default_factory=dict)  # by organisation


@dataclass(slots=True)
class Everybody:
    """Whom a piece is about. `holders`: who has an address, alone; `sharing`: who share it;
    `bare`: by name and source, who was imported without any address; `organisations`: ids by name;
    `erased`: addresses of whoever was erased.
    """

    holders: dict[Key, Known]
    sharing: dict[Key, list[Known]]
    bare: dict[tuple[str, str], Known]
    organisations: dict[str, KnownOrganisation]
    erased: set[Key] = field(default_factory=set)


_HOLDERS = Statement("""
SELECT i.kind, i.value_norm, i.status, c.id AS customer_id, c.name, c.language,
       COALESCE(c.own_tier, c.tier) AS tier, c.tier_source, c.tier_reason, c.tier_set_at,
       c.tier_set_by, c.tier_expires_at, c.branch_id, c.owner_id, c.source
FROM {rows}
JOIN customer_identities i ON i.kind = {text 0} AND i.value_norm = {text 1}
JOIN customers c ON c.id = i.customer_id
WHERE i.status <> 'removed'
""")


def load_everybody(tx: Tx, order: ImportOrder, rows: Sequence[ImportRow]) -> Everybody:
    """Return everybody whom these rows may be about."""
    people: dict[str, Known] = {}
    holders: dict[Key, Known] = {}
    invalid: dict[Key, Known] = {}
    sharing: defaultdict[Key, list[Known]] = defaultdict(list)
    keys = sorted({(a.kind.value, a.value) for row in rows for a in row.addresses})
    for found in _HOLDERS(tx, keys):
        person = people.setdefault(found.customer_id, _known(found))
        key = (found.kind, found.value_norm)
        if found.status == IdentityStatus.SHARED:
            sharing[key].append(person)
        else:
            (holders if found.status == IdentityStatus.ACTIVE else invalid)[key] = person
    bare = _bare(tx, order, rows, people)
    _add_details(tx, people)
    organisations = _organisations(tx, order, rows)
    erased = erased_of(tx, keys)
    return Everybody({**invalid, **holders}, dict(sharing), bare, organisations, erased)


def _known(row: Any) -> Known:  # Any: a row of either of two statements
    expires = row.tier_expires_at
    return Known(
        row.customer_id,
        row.name,
        row.language,
        row.tier,
        row.tier_source,
        row.tier_reason,
        read_time(row.tier_set_at),
        row.tier_set_by,
        None if expires is None else read_time(expires),
        row.branch_id,
        row.owner_id,
        row.source,
    )


def _bare(
    tx: Tx, order: ImportOrder, rows: Sequence[ImportRow], people: dict[str, Known]
) -> dict[tuple[str, str], Known]:
    """Return, by name and source, who came from one before without an address: the same file
    again makes nobody twice."""
    bare = [row for row in rows if row.name and not row.addresses]
    names = sorted({str(row.name) for row in bare})
    sources = sorted({row.source or order.source for row in bare})
    if not names:
        return {}
    has_address = exists().where(identities.c.customer_id == customers.c.id)
    found = tx.execute(
        select(
            *(column for column in customers.c if column.name not in {"id", "tier"}),
            customers.c.id.label("customer_id"),
            func.coalesce(customers.c.own_tier, customers.c.tier).label("tier"),
        )
        .where(
            customers.c.kind == CustomerKind.PERSON,
            customers.c.name.in_(names),
            customers.c.source.in_(sources),
            customers.c.merged_into_id.is_(None),
            ~has_address,
            order.sight.scope().customers(),
        )
        .order_by(customers.c.id.desc())
    )
    return {
        (row.name, row.source): people.setdefault(row.customer_id, _known(row)) for row in found
    }


def _add_details(tx: Tx, people: dict[str, Known]) -> None:
    """Add ids of business systems, notes, sources and roles."""
    if not people:
        return
    ids = sorted(people)
    kept = tx.execute(
        select(identities.c.customer_id, identities.c.value_norm).where(
            identities.c.customer_id.in_(ids),
            identities.c.kind == IdentityKind.EXTERNAL,
            identities.c.status == IdentityStatus.ACTIVE,
        )
    )
    for row in kept:
        people[row.customer_id].external_ids.add(row.value_norm)
    notes = tx.execute(
        select(customer_facts.c.customer_id, customer_facts.c.text).where(
            customer_facts.c.customer_id.in_(ids), customer_facts.c.kind == "note"
        )
    )
    for row in notes:
        people[row.customer_id].notes.add(row.text)
    later = tx.execute(
        select(customer_sources.c.customer_id, customer_sources.c.source).where(
            customer_sources.c.customer_id.in_(ids)
        )
    )
    for row in later:
        people[row.customer_id].sources.add(row.source)
    roles = tx.execute(select(organisation_roles).where(organisation_roles.c.person_id.in_(ids)))
    for row in roles:
        people[row.person_id].roles[row.organisation_id] = KnownRole(row.id, row.role)


def _organisations(
    tx: Tx, order: ImportOrder, rows: Sequence[ImportRow]
) -> dict[str, KnownOrganisation]:
    """Return the organisations that these rows name, by name; of several the oldest."""
    names = sorted({row.organisation[:200] for row in rows if row.organisation})
    if not names:
        return {}
    found = tx.execute(
        select(customers.c.name, customers.c.id, customers.c.tier)
        .where(
            customers.c.kind == CustomerKind.ORGANISATION,
            customers.c.name.in_(names),
            customers.c.merged_into_id.is_(None),
            order.sight.scope().customers(),
        )
        .order_by(customers.c.id.desc())
    )
    return {row.name: KnownOrganisation(row.id, row.tier) for row in found}
