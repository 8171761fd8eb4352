"""Calls in a PBX that ring at the phone of whoever asks: who it is, before they pick up."""

from __future__ import annotations

from datetime import datetime

from hub.contacts.commitments.reads import nearest_due
from hub.contacts.pbx.reads import Ringing, ringing_at
from hub.contacts.pbx.service import RINGS
from hub.customers.access import seen_customers
from hub.customers.model import IdentityKind
from hub.customers.reads import customers_of_identities
from hub.storage import Store, Tx
from hub.web import Access, Principal, View, route

from .others import others_of
from .readers import Reader, reader_of, scope_of
from .rows import customer_brief
from .shapes import CustomerBrief

RINGING_TOPICS = (RINGS,)


class RingingView(View, frozen=True):
    """A call that rings. `customer` null: a withheld number, or somebody out of sight. `open`: ids
    of what else of theirs is open, as far as it is in sight. `due_at`: the next commitment.
    """

    id: str
    entry_point_id: str
    extension: str
    since: datetime
    number: str
    customer: CustomerBrief | None
    open: list[str]
    due_at: datetime | None


class RingingRoutes:
    def __init__(self, store: Store, *, mask_numbers: bool) -> None:
        self._store = store
        self._masks = mask_numbers

    @route("GET", "/api/v1/ringing", access=Access.AGENT, summary="Calls that ring at my own phone")
    async def ringing(self, principal: Principal) -> list[RingingView]:
        return await self._store.read(read_ringing, (principal, self._masks))


def read_ringing(tx: Tx, asked: tuple[Principal, bool]) -> list[RingingView]:
    """Return what rings at this user's phone, the oldest first: a fixed number of statements."""
    principal, masks = asked
    ringing = ringing_at(tx, principal.user_id)
    if not ringing:
        return []
    reader = reader_of(tx, principal, mask_numbers=masks)
    whose = customers_of_identities(tx, [one.identity_id for one in ringing])
    ids = {row.customer_id for row in whose.values()}
    seen = seen_customers(tx, scope_of(tx, principal), ids)
    others = others_of(tx, reader.sight, seen).seen
    due = nearest_due(tx, sorted(seen))

    def view(one: Ringing) -> RingingView:
        row = whose[one.identity_id]
        known = row.customer_id in seen and row.kind == IdentityKind.PHONE
        return RingingView(
            id=one.call_id,
            entry_point_id=one.entry_point_id,
            extension=one.extension,
            since=one.since,
            number=_number(reader, row.kind, row.value_raw),
            customer=customer_brief(reader, row) if known else None,
            open=sorted(line.id for line in others.get(row.customer_id, ())) if known else [],
            due_at=due.get(row.customer_id) if known else None,
        )

    return [view(one) for one in ringing]


def _number(reader: Reader, kind: str, value: str) -> str:
    return reader.address(kind, value) if kind == IdentityKind.PHONE else ""
