"""Reading customers: one record, and who identities belong to today."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, select

from hub.core.errors import NotFound
from hub.storage import Tx
from hub.storage.bulk import Statement
from hub.web.principal import Role

from .access import Scope, access_customer
from .fact_reads import fact_view
from .merging.claims import list_claims
from .model import IdentityKind
from .tables import (
    customer_facts,
    customer_notes,
    customers,
    identities,
    organisation_roles,
)
from .views import (
    CustomerView,
    FactView,
    IdentityView,
    NoteView,
    Reader,
    RoleView,
    TierDetail,
)

_SHOWN_FACTS = 200
_SHOWN_NOTES = 100


class ShowCustomer(NamedTuple):
    """`as_left`: the reader just made or changed it and is shown what became of it, also where that
    took it out of their sight.
    """

    reader: Reader
    scope: Scope
    customer_id: str
    as_left: bool = False


def get_customer_row(tx: Tx, customer_id: str, *, for_change: bool = False) -> Row[Any]:
    """Return a customer's row, locked if it is to be changed. Raises NotFound."""
    found = select(customers).where(customers.c.id == customer_id)
    row = tx.execute(found.with_for_update() if for_change else found).first()
    if row is None:
        raise NotFound("There is no such customer.")
    return row


def show_customer(tx: Tx, ask: ShowCustomer) -> CustomerView:
    """Return the whole record as `ask.reader` may see it. Raises NotFound.

    Other customers are named on it only where the reader may see those too.
    """
    reader = ask.reader
    if ask.as_left:
        row = get_customer_row(tx, ask.customer_id)
    else:
        row = access_customer(tx, ask.scope, ask.customer_id)
    same = same_customer_ids(tx, row.id)
    hides = reader.tier(row.tier) != row.tier
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
            # Of a tier that is not told, neither is when it came.
            since=row.created_at if hides else row.tier_set_at,
            expires_at=None if hides else row.tier_expires_at,
            own=row.own_tier if may_know_why else None,
        ),
        owner_id=row.owner_id,
        branch_id=row.branch_id,
        source=row.source,
        merged_into_id=row.merged_into_id,
        identities=_identities(tx, reader, row.id),
        facts=_facts(tx, same),
        notes=_notes(tx, same),
        persons=_roles(tx, ask.scope, same, of_organisation=True),
        organisations=_roles(tx, ask.scope, same, of_organisation=False),
        claims=list_claims(tx, reader, ask.scope, same),
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )


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
    return [fact_view(tx, row) for row in rows]


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


def _roles(tx: Tx, scope: Scope, ids: Sequence[str], *, of_organisation: bool) -> list[RoleView]:
    table = organisation_roles.c
    mine, other = table.organisation_id, table.person_id
    if not of_organisation:
        mine, other = other, mine
    rows = tx.execute(
        select(table.id, other.label("customer_id"), customers.c.name, table.role, table.decides)
        .join(customers, customers.c.id == other)
        .where(mine.in_(ids), scope.customers())
        .order_by(table.decides.desc(), table.created_at, table.id)
    )
    return [RoleView(**row._mapping) for row in rows]
