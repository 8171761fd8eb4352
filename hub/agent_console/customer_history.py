"""What happened with one customer: the timeline over all channels, and their contacts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, and_, or_, select

from hub.contacts.model import Direction
from hub.contacts.tables import contacts
from hub.contacts.timeline import ListTimeline, list_timeline
from hub.contacts.timeline import Position as TimelinePosition
from hub.customers.access import access_customer
from hub.customers.reads import identity_ids_of
from hub.storage import Store, Tx
from hub.web import Access, Key, Page, PageQuery, Principal, decode_cursor, encode_cursor, route

from .readers import reader_of, scope_of, sight_of
from .rows import contact_rows
from .shapes import ContactRow, InteractionView
from .timeline import entry_views

Ask = tuple[Principal, str, PageQuery]


class TimelineEntry(InteractionView, frozen=True):
    """An entry with where it belongs. `unanswered`: the customer still waits for an answer."""

    contact_reference: str | None
    entry_point_name: str | None
    unanswered: bool


class CustomerContactsQuery(PageQuery, frozen=True):
    """`unanswered`: only those whose customer waits for an answer, also closed ones."""

    unanswered: bool = False


class _ContactPosition(msgspec.Struct, frozen=True, array_like=True):
    opened_at: datetime
    id: str


class CustomerHistoryRoutes:
    def __init__(self, store: Store, *, mask_numbers: bool) -> None:
        self._store = store
        self._mask_numbers = mask_numbers

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/timeline",
        access=Access.AGENT,
        summary="Everything that passed between this customer and us, newest first",
    )
    async def timeline(
        self, principal: Principal, customer_id: Key, query: PageQuery
    ) -> Page[TimelineEntry]:
        return await self._store.read(self._timeline, (principal, customer_id, query))

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/contacts",
        access=Access.AGENT,
        summary="A customer's contacts, newest first",
    )
    async def contacts(
        self, principal: Principal, customer_id: Key, query: CustomerContactsQuery
    ) -> Page[ContactRow]:
        return await self._store.read(self._contacts, (principal, customer_id, query))

    def _contacts(
        self, tx: Tx, asked: tuple[Principal, str, CustomerContactsQuery]
    ) -> Page[ContactRow]:
        principal, customer_id, query = asked
        access_customer(tx, scope_of(tx, principal), customer_id)
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        found = (
            select(contacts)
            .where(
                contacts.c.identity_id.in_(identity_ids_of(tx, customer_id)),
                reader.sight.contacts(),
            )
            .order_by(contacts.c.opened_at.desc(), contacts.c.id.desc())
            .limit(query.limit + 1)
        )
        if query.unanswered:
            found = found.where(contacts.c.unanswered_since.is_not(None))
        after = decode_cursor(query.after, _ContactPosition)
        if after is not None:
            earlier = contacts.c.opened_at < after.opened_at
            same = and_(contacts.c.opened_at == after.opened_at, contacts.c.id < after.id)
            found = found.where(or_(earlier, same))
        rows = tx.execute(found).all()
        shown = rows[: query.limit]
        more = len(rows) > query.limit
        last = _ContactPosition(shown[-1].opened_at, shown[-1].id) if more else None
        return Page(
            items=contact_rows(tx, reader, shown), after=encode_cursor(last) if last else None
        )

    def _timeline(self, tx: Tx, asked: Ask) -> Page[TimelineEntry]:
        principal, customer_id, query = asked
        access_customer(tx, scope_of(tx, principal), customer_id)
        rows, following = list_timeline(
            tx,
            ListTimeline(
                sight=sight_of(tx, principal),
                customer_id=customer_id,
                limit=query.limit,
                before=decode_cursor(query.after, TimelinePosition),
            ),
        )
        return Page(
            items=[
                _entry(view, row) for view, row in zip(entry_views(tx, rows), rows, strict=True)
            ],
            after=encode_cursor(following) if following else None,
        )


def _entry(view: InteractionView, row: Row[Any]) -> TimelineEntry:
    waits = row.unanswered_since is not None and row.at >= row.unanswered_since
    return TimelineEntry(
        **msgspec.structs.asdict(view),
        contact_reference=row.reference,
        entry_point_name=row.display_name,
        unanswered=waits and row.direction == Direction.INBOUND,
    )
