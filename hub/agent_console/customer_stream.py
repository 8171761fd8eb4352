"""Everything of one customer in one list: what passed between us, and what other sources tell."""

from __future__ import annotations

from typing import Annotated

import msgspec
from sqlalchemy import or_, select

from hub.contacts.stream import NAMES, Span, StreamItem, Whose, items_of, newest_keys
from hub.contacts.timeline import Filters, ListTimeline, Position, list_timeline
from hub.core.errors import Invalid
from hub.customers.access import access_customer
from hub.customers.tables import customers, identities
from hub.storage import Store, Tx
from hub.web import (
    Access,
    Key,
    Page,
    PageQuery,
    Principal,
    View,
    decode_cursor,
    encode_cursor,
    route,
)

from .customer_history import Moment, TimelineEntry, moment_of, timeline_entry
from .readers import reader_of, scope_of
from .timeline import entry_views

_CONTACT = "contact"
_SOURCES = frozenset({_CONTACT, *NAMES})


class StreamQuery(PageQuery, frozen=True):
    """`source`: of these only, divided by commas: contact, order, case, fact, answer, tier.
    `since`, `until`: ISO 8601 times with a zone, `until` itself is left out.
    """

    source: Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[a-z,]*$")] = ""
    since: Moment = ""
    until: Moment = ""


class StreamEntry(View, frozen=True, kw_only=True):
    """One of the two: `entry` is what passed between us, `item` what another source tells."""

    entry: TimelineEntry | None = None
    item: StreamItem | None = None


class CustomerStreamRoutes:
    def __init__(self, store: Store, *, mask_numbers: bool) -> None:
        self._store = store
        self._mask_numbers = mask_numbers

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/stream",
        access=Access.AGENT,
        summary="Everything of a customer from all sources, newest first",
    )
    async def stream(
        self, principal: Principal, customer_id: Key, query: StreamQuery
    ) -> Page[StreamEntry]:
        return await self._store.read(self._stream, (principal, customer_id, query))

    def _stream(self, tx: Tx, asked: tuple[Principal, str, StreamQuery]) -> Page[StreamEntry]:
        principal, customer_id, query = asked
        access_customer(tx, scope_of(tx, principal), customer_id)
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        names = _names(query.source)
        before = decode_cursor(query.after, Position)
        since, until = moment_of(query.since, "since"), moment_of(query.until, "until")
        more = query.limit + 1
        entries: dict[str, StreamEntry] = {}
        places: list[tuple[Position, str]] = []
        if _CONTACT in names:
            only = Filters(since=since, until=until)
            ask = ListTimeline(reader.sight, customer_id, more, before, only)
            rows, _ = list_timeline(tx, ask)
            for view, row in zip(entry_views(tx, rows, masks=reader.masks), rows, strict=True):
                entries[row.id] = StreamEntry(entry=timeline_entry(view, row))
                places.append((Position(row.at, row.id), _CONTACT))
        whose = _whose(tx, customer_id)._replace(tier=reader.tier)
        keys = newest_keys(tx, whose, Span(more, before, since, until), names)
        places += [(Position(key.at, key.id), key.source) for key in keys]
        places.sort(key=lambda place: (place[0].at, place[0].id), reverse=True)
        shown = {place.id for place, _ in places[: query.limit]}
        items = items_of(tx, whose, [key for key in keys if key.id in shown])
        entries |= {id_: StreamEntry(item=item) for id_, item in items.items()}
        following = places[query.limit - 1][0] if len(places) > query.limit else None
        return Page(
            items=[entries[one.id] for one, _ in places[: query.limit] if one.id in entries],
            after=encode_cursor(following) if following else None,
        )


def _names(source: str) -> frozenset[str]:
    names = frozenset(filter(None, source.split(",")))
    if unknown := names - _SOURCES:
        raise Invalid(
            f"There is no source {min(unknown)!r}: {', '.join(sorted(_SOURCES))}.", field="source"
        )
    return names or _SOURCES


def _whose(tx: Tx, customer_id: str) -> Whose:
    found = (
        select(customers.c.id.label("customer_id"), identities.c.id)
        .outerjoin(identities, identities.c.customer_id == customers.c.id)
        .where(or_(customers.c.id == customer_id, customers.c.merged_into_id == customer_id))
    )
    rows = tx.execute(found).all()
    return Whose(
        sorted({row.customer_id for row in rows}),
        sorted({row.id for row in rows if row.id is not None}),
        str,
    )
