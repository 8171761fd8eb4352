"""Routes of views: which there are, what they show, how many that is; search by the same filter."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from sqlalchemy import Row, select

from hub.accounts.tables import teams
from hub.agent_console.readers import Reader, reader_of
from hub.agent_console.rows import contact_rows
from hub.agent_console.search import found_entries
from hub.agent_console.shapes import ContactRow, FoundEntry
from hub.storage import Store, Tx
from hub.web import (
    Access,
    Body,
    Key,
    Page,
    Principal,
    Query,
    Role,
    View,
    decode_cursor,
    encode_cursor,
    route,
)

from .find import ViewPosition, count_view, list_view, rows_in_order, scope_of_filter
from .model import BUILT_IN, ViewFilter, check_filter
from .said import ByDoc, Said, entries_said
from .service import (
    MOST_ORDERED,
    Draft,
    SaveView,
    add_view,
    list_saved,
    may_edit,
    order_of,
    order_views,
    remove_view,
    save_view,
)

MOST_COUNTED = 99
_MOST_COUNTS = 60
_MOST_ROWS = 200


class SavedView(View, frozen=True):
    """`built_in`: one that everybody has; its name is the console's. `team_id`: shared with it."""

    id: str
    built_in: bool
    name: str
    filter: ViewFilter
    team_id: str | None = None
    may_edit: bool = False
    version: int = 0


class ViewsView(View, frozen=True):
    """The views in the user's own order. `teams`: with whom they may share one, by id."""

    views: list[SavedView]
    teams: list[TeamLabel]


class TeamLabel(View, frozen=True):
    """`may_share`: views may be shared with it; else it is only one to filter by."""

    id: str
    zh: str
    en: str
    may_share: bool


class ViewBody(Body, frozen=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    filter: ViewFilter
    team_id: Key | None = None


class ViewChange(ViewBody, frozen=True, kw_only=True):
    version: Annotated[int, msgspec.Meta(ge=1)]


class OrderBody(Body, frozen=True):
    ids: Annotated[list[Key], msgspec.Meta(max_length=MOST_ORDERED)]


class FindBody(Body, frozen=True):
    filter: ViewFilter
    after: Annotated[str, msgspec.Meta(max_length=1024)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class RowsQuery(Query, frozen=True):
    """`id` is repeated: of contacts that a list shows."""

    id: Annotated[list[Key], msgspec.Meta(min_length=1, max_length=_MOST_ROWS)]


class CountsQuery(Query, frozen=True):
    """`id` is repeated: of built-in and saved views."""

    id: Annotated[list[Key], msgspec.Meta(min_length=1, max_length=_MOST_COUNTS)]


class ViewCount(View, frozen=True):
    """Exact up to 99. `more`: there are, or may be, more than `count`."""

    id: str
    count: int
    more: bool


class ViewRoutes:
    def __init__(self, store: Store, *, mask_numbers: bool) -> None:
        self._store = store
        self._mask_numbers = mask_numbers

    @route("GET", "/api/v1/views", access=Access.AGENT, summary="My views of the list of contacts")
    async def views(self, principal: Principal) -> ViewsView:
        return await self._store.read(_views, principal)

    @route("POST", "/api/v1/views", access=Access.AGENT, summary="Save a view", status=201)
    async def add(self, principal: Principal, body: ViewBody) -> SavedView:
        row = await self._store.write(add_view, (principal, _draft(body)))
        return _saved(principal, row)

    @route("PUT", "/api/v1/views/{view_id}", access=Access.AGENT, summary="Change a saved view")
    async def save(self, principal: Principal, view_id: Key, body: ViewChange) -> SavedView:
        cmd = SaveView(principal, view_id, _draft(body), body.version)
        return _saved(principal, await self._store.write(save_view, cmd))

    @route("DELETE", "/api/v1/views/{view_id}", access=Access.AGENT, summary="Delete a saved view")
    async def remove(self, principal: Principal, view_id: Key) -> None:
        await self._store.write(remove_view, (principal, view_id))

    @route("PUT", "/api/v1/me/view-order", access=Access.AGENT, summary="Put my views in order")
    async def order(self, principal: Principal, body: OrderBody) -> None:
        await self._store.write(order_views, (principal, body.ids))

    @route("GET", "/api/v1/view-counts", access=Access.AGENT, summary="How many each view shows")
    async def counts(self, principal: Principal, query: CountsQuery) -> Page[ViewCount]:
        return Page(items=await self._store.read(self._counts, (principal, query)))

    @route(
        "POST",
        "/api/v1/contacts/find",
        access=Access.AGENT,
        summary="List contacts by a filter, in its order",
    )
    async def find(self, principal: Principal, body: FindBody) -> Page[ContactRow]:
        """A page can be short, or empty, and still not be the last: `after` says whether it is."""
        return await self._store.read(self._find, (principal, body))

    @route("GET", "/api/v1/contact-rows", access=Access.AGENT, summary="Show contacts by their ids")
    async def rows(self, principal: Principal, query: RowsQuery) -> Page[ContactRow]:
        """Those one may not see, or that are gone, are left out."""
        return await self._store.read(self._rows, (principal, query))

    @route(
        "POST",
        "/api/v1/interactions/find",
        access=Access.AGENT,
        summary="Find what was said on the contacts of a filter, newest first",
    )
    async def said(self, principal: Principal, body: FindBody) -> Page[FoundEntry]:
        """`words` or a `phrase` is needed. A page can be short, and still not be the last."""
        return await self._store.read(self._said, (principal, body))

    def _reader(self, tx: Tx, principal: Principal) -> Reader:
        return reader_of(tx, principal, mask_numbers=self._mask_numbers)

    def _find(self, tx: Tx, asked: tuple[Principal, FindBody]) -> Page[ContactRow]:
        principal, body = asked
        reader = self._reader(tx, principal)
        place = decode_cursor(body.after, ViewPosition)
        wanted = check_filter(body.filter)
        found = list_view(tx, reader, wanted, body.limit, None if place is None else place.at)
        return Page(
            items=contact_rows(tx, reader, rows_in_order(tx, found.ids)),
            after=None if found.after is None else encode_cursor(ViewPosition(found.after)),
        )

    def _rows(self, tx: Tx, asked: tuple[Principal, RowsQuery]) -> Page[ContactRow]:
        principal, query = asked
        reader = self._reader(tx, principal)
        rows = rows_in_order(tx, list(dict.fromkeys(query.id)))
        seen = [row for row in rows if reader.sight.sees(row.queue_id, row.agent_id, row.id)]
        return Page(items=contact_rows(tx, reader, seen))

    def _said(self, tx: Tx, asked: tuple[Principal, FindBody]) -> Page[FoundEntry]:
        principal, body = asked
        reader = self._reader(tx, principal)
        place = decode_cursor(body.after, ViewPosition)
        before = place.at.doc if place is not None and isinstance(place.at, ByDoc) else None
        wanted = check_filter(body.filter)
        scope = scope_of_filter(tx, reader, wanted)
        if scope.is_empty or not wanted.searches:
            return Page(items=[])
        words, phrase = wanted.words, wanted.phrase
        asked_for = Said(reader.sight, words, phrase, scope.rest, body.limit, before)
        entries, after = entries_said(tx, asked_for)
        return Page(
            items=found_entries(tx, reader, [entry.id for entry in entries], phrase or words),
            after=None if after is None else encode_cursor(ViewPosition(after)),
        )

    def _counts(self, tx: Tx, asked: tuple[Principal, CountsQuery]) -> list[ViewCount]:
        principal, query = asked
        reader = self._reader(tx, principal)
        filters = {view.id: view.filter for view in BUILT_IN}
        filters |= {row.id: _filter_of(row) for row in list_saved(tx, principal)}
        counted = []
        for view_id in dict.fromkeys(query.id):
            if view_id in filters:
                count, more = count_view(tx, reader, filters[view_id], MOST_COUNTED)
                counted.append(ViewCount(id=view_id, count=count, more=more))
        return counted


def _views(tx: Tx, principal: Principal) -> ViewsView:
    order = {view_id: place for place, view_id in enumerate(order_of(tx, principal))}
    views = [
        *(SavedView(id=one.id, built_in=True, name="", filter=one.filter) for one in BUILT_IN),
        *(_saved(principal, row) for row in list_saved(tx, principal)),
    ]
    return ViewsView(
        views=sorted(views, key=lambda view: order.get(view.id, len(order))),
        teams=_teams(tx, principal),
    )


def _teams(tx: Tx, principal: Principal) -> list[TeamLabel]:
    found = select(teams).where(teams.c.retired.is_(False)).order_by(teams.c.id)
    if principal.role is not Role.ADMIN:
        found = found.where(teams.c.id.in_(sorted(principal.team_ids)))
    shares = principal.role.at_least(Role.SUPERVISOR)
    return [
        TeamLabel(id=row.id, zh=row.zh, en=row.en, may_share=shares) for row in tx.execute(found)
    ]


def _draft(body: ViewBody) -> Draft:
    return Draft(body.name, body.filter, body.team_id)


def _filter_of(row: Row[Any]) -> ViewFilter:
    return msgspec.convert(row.filter, ViewFilter)


def _saved(principal: Principal, row: Row[Any]) -> SavedView:
    return SavedView(
        id=row.id,
        built_in=False,
        name=row.name,
        filter=_filter_of(row),
        team_id=row.team_id,
        may_edit=may_edit(principal, row),
        version=row.version,
    )
