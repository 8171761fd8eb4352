"""Reading customers: one record, search by name, number or mail, and the newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, and_, or_, select

from hub.core.errors import NotFound
from hub.core.text import parse_query
from hub.storage import Tx
from hub.storage.bulk import Statement
from hub.storage.search import SearchKind, search_documents
from hub.web.principal import Role

from .merging.claims import list_claims
from .model import IdentityKind
from .normalise import Address, parse_email, parse_number
from .tables import (
    customer_facts,
    customer_notes,
    customers,
    identities,
    organisation_roles,
)
from .views import (
    CustomerRow,
    CustomerView,
    FactView,
    IdentityView,
    NoteView,
    Reader,
    RoleView,
    TierDetail,
)

_SHOWN_ADDRESSES = 3
_SHOWN_FACTS = 200
_SHOWN_NOTES = 100


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a list of customers goes on: a document number (search) or a time and id (newest)."""

    doc: int | None
    at: datetime | None = None
    id: str = ""


class FindCustomers(NamedTuple):
    """`text` "" lists the newest. `region` reads a number somebody typed."""

    reader: Reader
    text: str
    region: str
    limit: int
    after: Position | None = None


class ShowCustomer(NamedTuple):
    reader: Reader
    customer_id: str


def get_customer_row(tx: Tx, customer_id: str, *, for_change: bool = False) -> Row[Any]:
    """Return a customer's row, locked if it is to be changed. Raises NotFound."""
    found = select(customers).where(customers.c.id == customer_id)
    row = tx.execute(found.with_for_update() if for_change else found).first()
    if row is None:
        raise NotFound("There is no such customer.")
    return row


def show_customer(tx: Tx, ask: ShowCustomer) -> CustomerView:
    """Return the whole record as `ask.reader` may see it. Raises NotFound."""
    reader, row = ask.reader, get_customer_row(tx, ask.customer_id)
    same = same_customer_ids(tx, row.id)
    may_know_why = reader.role.at_least(Role.SUPERVISOR)
    return CustomerView(
        id=row.id,
        kind=row.kind,
        name=row.name,
        language=row.language,
        tier=reader.tier(row.tier),
        tier_detail=TierDetail(
            tier=reader.tier(row.tier),
            source=row.tier_source if may_know_why else None,
            reason=row.tier_reason if may_know_why else None,
            since=row.tier_set_at,
            expires_at=row.tier_expires_at,
            own=row.own_tier if may_know_why else None,
        ),
        owner_id=row.owner_id,
        source=row.source,
        merged_into_id=row.merged_into_id,
        identities=_identities(tx, reader, row.id),
        facts=_facts(tx, same),
        notes=_notes(tx, same),
        persons=_roles(tx, same, of_organisation=True),
        organisations=_roles(tx, same, of_organisation=False),
        claims=list_claims(tx, reader, same),
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )


def find_customers(tx: Tx, ask: FindCustomers) -> tuple[list[CustomerRow], Position | None]:
    """Return customers that match what was typed, and where to go on.

    A whole number or mail address finds its holders at once, also those of invalid ones; anything
    else searches names, addresses and the last four digits, newest first.
    """
    typed = ask.text.strip()
    if not typed:
        return _newest(tx, ask)
    if ask.after is None:
        exact = _by_address(tx, typed, ask.region)
        if exact:
            return customer_rows(tx, ask.reader, exact[: ask.limit]), None
    before = ask.after.doc if ask.after else None
    query = parse_query(typed, prefix=True)
    hits = search_documents(tx, SearchKind.CUSTOMERS, query, ask.limit + 1, before)
    shown = hits[: ask.limit]
    following = Position(shown[-1].doc) if len(hits) > ask.limit else None
    return customer_rows(tx, ask.reader, [hit.ref_id for hit in shown]), following


def _by_address(tx: Tx, typed: str, region: str) -> list[str]:
    addresses = [
        address
        for address in (
            parse_email(typed) if "@" in typed else None,
            *(parse_number(kind, typed, region) for kind in (IdentityKind.PHONE, IdentityKind.FAX)),
            Address(IdentityKind.EXTERNAL, typed, typed),
        )
        if isinstance(address, Address) and not address.is_anonymous
    ]
    rows = tx.execute(
        select(identities.c.customer_id)
        .where(
            or_(
                *(
                    and_(identities.c.kind == a.kind, identities.c.value_norm == a.value)
                    for a in addresses
                )
            ),
            identities.c.status != "removed",
        )
        .order_by(identities.c.id)
    ).scalars()
    return list(dict.fromkeys(rows))


def _newest(tx: Tx, ask: FindCustomers) -> tuple[list[CustomerRow], Position | None]:
    found = (
        select(customers.c.id, customers.c.created_at)
        .where(customers.c.merged_into_id.is_(None))
        .order_by(customers.c.created_at.desc(), customers.c.id.desc())
        .limit(ask.limit + 1)
    )
    if ask.after is not None and ask.after.at is not None:
        at, last = ask.after.at, ask.after.id
        found = found.where(
            or_(
                customers.c.created_at < at,
                and_(customers.c.created_at == at, customers.c.id < last),
            )
        )
    rows = tx.execute(found).all()
    shown = rows[: ask.limit]
    following = None
    if len(rows) > ask.limit:
        following = Position(None, shown[-1].created_at, shown[-1].id)
    return customer_rows(tx, ask.reader, [row.id for row in shown]), following


def customer_rows(tx: Tx, reader: Reader, ids: Sequence[str]) -> list[CustomerRow]:
    """Show customers in the order of `ids`."""
    if not ids:
        return []
    rows = {
        row.id: row for row in tx.execute(select(customers).where(customers.c.id.in_(ids))).all()
    }
    addresses: defaultdict[str, list[IdentityView]] = defaultdict(list)
    found = tx.execute(
        select(identities)
        .where(identities.c.customer_id.in_(ids), identities.c.status != "removed")
        .order_by(identities.c.customer_id, identities.c.id)
    )
    for row in found:
        shown = addresses[row.customer_id]
        if row.kind != IdentityKind.RECORD and len(shown) < _SHOWN_ADDRESSES:
            shown.append(reader.identity(row))
    return [
        CustomerRow(
            id=row.id,
            kind=row.kind,
            name=row.name,
            tier=reader.tier(row.tier),
            language=row.language,
            addresses=addresses[row.id],
            created_at=row.created_at,
        )
        for row in (rows[customer_id] for customer_id in ids if customer_id in rows)
    ]


def customers_of_identities(tx: Tx, identity_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Return for each identity id its row with the customer of today.

    Columns: id, kind, value_norm, value_raw, customer_id, name, tier, language, customer_kind.
    """
    if not identity_ids:
        return {}
    wanted = [[identity_id] for identity_id in sorted(set(identity_ids))]
    return {row.id: row for row in _OF_IDENTITIES(tx, wanted)}


_OF_IDENTITIES = Statement("""
SELECT i.id, i.kind, i.value_norm, i.value_raw, i.customer_id,
       c.name, c.tier, c.language, c.kind AS customer_kind
FROM {rows}
JOIN customer_identities i ON i.id = {text 0}
JOIN customers c ON c.id = i.customer_id
""")


def same_customer_ids(tx: Tx, customer_id: str) -> list[str]:
    """List a customer's id and those of the records that were merged into it."""
    rows = tx.execute(select(customers.c.id).where(customers.c.merged_into_id == customer_id))
    return [customer_id, *rows.scalars()]


def identity_ids_of(tx: Tx, customer_id: str) -> list[str]:
    """List the ids of all identities a customer has or had: everything on their timeline."""
    rows = tx.execute(select(identities.c.id).where(identities.c.customer_id == customer_id))
    return list(rows.scalars())


def _identities(tx: Tx, reader: Reader, customer_id: str) -> list[IdentityView]:
    rows = tx.execute(
        select(identities)
        .where(
            identities.c.customer_id == customer_id,
            identities.c.status != "removed",
            identities.c.kind != IdentityKind.RECORD,
        )
        .order_by(identities.c.id)
    )
    return [reader.identity(row) for row in rows]


def _facts(tx: Tx, ids: Sequence[str]) -> list[FactView]:
    table = customer_facts.c
    rows = tx.execute(
        select(customer_facts)
        .where(table.customer_id.in_(ids))
        .order_by(table.learned_at.desc(), table.id.desc())
        .limit(_SHOWN_FACTS)
    )
    return [
        FactView(
            id=row.id,
            kind=row.kind,
            text=row.text,
            source=row.source,
            contact_id=row.contact_id,
            learned_at=row.learned_at,
            learned_by=row.learned_by,
            expires_at=row.expires_at,
            current=row.withdrawn_at is None
            and (row.expires_at is None or row.expires_at > tx.now),
        )
        for row in rows
    ]


def _notes(tx: Tx, ids: Sequence[str]) -> list[NoteView]:
    table = customer_notes.c
    rows = tx.execute(
        select(table.id, table.text, table.pinned, table.author_id, table.author_name)
        .add_columns(table.created_at)
        .where(table.customer_id.in_(ids))
        .order_by(table.pinned.desc(), table.created_at.desc(), table.id.desc())
        .limit(_SHOWN_NOTES)
    )
    return [NoteView(**row._mapping) for row in rows]


def _roles(tx: Tx, ids: Sequence[str], *, of_organisation: bool) -> list[RoleView]:
    table = organisation_roles.c
    mine, other = table.organisation_id, table.person_id
    if not of_organisation:
        mine, other = other, mine
    rows = tx.execute(
        select(table.id, other.label("customer_id"), customers.c.name, table.role, table.decides)
        .join(customers, customers.c.id == other)
        .where(mine.in_(ids))
        .order_by(table.decides.desc(), table.created_at, table.id)
    )
    return [RoleView(**row._mapping) for row in rows]
