"""What happened with one customer: the timeline over all channels, and their contacts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import Row, and_, or_, select

from hub.accounts.model import actor_of
from hub.contacts.logged import LogEntry, log_entry
from hub.contacts.model import Direction, InteractionKind
from hub.contacts.tables import contacts
from hub.contacts.timeline import Filters, ListTimeline, list_timeline
from hub.contacts.timeline import Position as TimelinePosition
from hub.core.errors import Invalid
from hub.core.text import parse_query
from hub.customers.access import access_customer
from hub.customers.reads import identity_ids_of
from hub.storage import Store, Tx
from hub.web import (
    Access,
    Body,
    Key,
    Page,
    PageQuery,
    Principal,
    View,
    decode_cursor,
    encode_cursor,
    route,
)

from .readers import reader_of, scope_of
from .rows import contact_rows
from .shapes import ContactRow, InteractionView
from .timeline import entry_views

Kinds = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[a-z,_]*$")]
Moment = Annotated[str, msgspec.Meta(max_length=40)]


class TimelineQuery(PageQuery, frozen=True):
    """`channel`, `kind`: of these only, divided by commas. `since`, `until`: ISO 8601 times with a
    zone, `until` itself is left out. `q`: words that are in the text or the subject.
    """

    channel: Kinds = ""
    kind: Kinds = ""
    since: Moment = ""
    until: Moment = ""
    q: Annotated[str, msgspec.Meta(max_length=200)] = ""


class NewEntry(Body, frozen=True):
    """`kind`: visit or letter; `direction`: "in" where they came or wrote to us. `at`: when it was,
    now if nothing is said. `client_id`: the same again is the same entry.
    """

    kind: Literal["visit", "letter"]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]
    direction: Literal["in", "out"] = "out"
    at: datetime | None = None
    client_id: Annotated[str, msgspec.Meta(max_length=80)] | None = None


class Logged(View, frozen=True):
    id: str


Ask = tuple[Principal, str, TimelineQuery]


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
        self, principal: Principal, customer_id: Key, query: TimelineQuery
    ) -> Page[TimelineEntry]:
        return await self._store.read(self._timeline, (principal, customer_id, query))

    @route(
        "POST",
        "/api/v1/customers/{customer_id}/entries",
        access=Access.AGENT,
        summary="Log a visit or a letter",
        status=201,
    )
    async def log(self, principal: Principal, customer_id: Key, body: NewEntry) -> Logged:
        return Logged(id=await self._store.write(_log, (principal, customer_id, body)))

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
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        rows, following = list_timeline(
            tx,
            ListTimeline(
                sight=reader.sight,
                customer_id=customer_id,
                limit=query.limit,
                before=decode_cursor(query.after, TimelinePosition),
                only=_filters(query),
            ),
        )
        return Page(
            items=[
                timeline_entry(view, row)
                for view, row in zip(entry_views(tx, rows, masks=reader.masks), rows, strict=True)
            ],
            after=encode_cursor(following) if following else None,
        )


def _log(tx: Tx, asked: tuple[Principal, str, NewEntry]) -> str:
    principal, customer_id, body = asked
    access_customer(tx, scope_of(tx, principal), customer_id)
    entry = LogEntry(
        actor=actor_of(principal),
        customer_id=customer_id,
        kind=InteractionKind(body.kind),
        direction=Direction(body.direction),
        text=body.text,
        at=body.at or tx.now,
        client_id=body.client_id,
    )
    return log_entry(tx, entry)


def _filters(query: TimelineQuery) -> Filters:
    words = parse_query(query.q, prefix=True) if query.q.strip() else None
    return Filters(
        channels=frozenset(filter(None, query.channel.split(","))),
        kinds=frozenset(filter(None, query.kind.split(","))),
        since=moment_of(query.since, "since"),
        until=moment_of(query.until, "until"),
        words=words,
    )


def moment_of(text: str, field: str) -> datetime | None:
    """Return the time that a query names; None for none. Raises Invalid."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid(
            f"`{field}` is a time with its zone, for example 2026-03-10T15:00:00+08:00.",
            field=field,
        )
    return moment


def timeline_entry(view: InteractionView, row: Row[Any]) -> TimelineEntry:
    """Show a row of `list_timeline`."""
    waits = row.unanswered_since is not None and row.at >= row.unanswered_since
    return TimelineEntry(
        **msgspec.structs.asdict(view),
        contact_reference=row.reference,
        entry_point_name=row.display_name,
        unanswered=waits and row.direction == Direction.INBOUND,
    )
