"""Routes of allocation: new customers and until when they have to be touched, why, by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import Row

from hub.accounts.model import actor_of
from hub.accounts.service import access_user
from hub.core.errors import Forbidden
from hub.customers.access import Scope, SeesMore, access_customer
from hub.customers.settings import AllocationRule, load_customer_settings
from hub.storage import Store, Tx
from hub.web import (
    Access,
    Body,
    Key,
    Page,
    PageQuery,
    Principal,
    Role,
    decode_cursor,
    encode_cursor,
    route,
)

from .people import Outside, Since
from .reads import ListLeads, get_lead, leads_of, list_leads, names_of
from .service import MAX_REASON, AllocateByHand, allocate_by_hand
from .views import LeadTraceView, LeadView, lead_view, named_in, trace_view

OutsideOf = Callable[[Tx], Outside]


class LeadQuery(PageQuery, frozen=True, kw_only=True):
    """`whose`: one's own; for supervisors also their teams' and whom nobody could take, or all."""

    whose: Literal["mine", "team", "all"] = "mine"


class AllocateBody(Body, frozen=True):
    """`within_minutes` None: the usual time until the first touch."""

    to_id: Key
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_REASON)]
    within_minutes: Annotated[int, msgspec.Meta(ge=5, le=527_040)] | None = None


class _Position(msgspec.Struct, frozen=True, array_like=True):
    due_at: datetime
    id: str


class AllocationRoutes:
    def __init__(self, store: Store, outside: OutsideOf, sees_more: SeesMore) -> None:
        self._store = store
        self._outside = outside
        self._sees_more = sees_more

    @route(
        "GET",
        "/api/v1/allocations",
        access=Access.AGENT,
        summary="New customers that wait for a first touch, the earliest due first",
    )
    async def allocations(self, principal: Principal, query: LeadQuery) -> Page[LeadView]:
        return await self._store.read(self._list, (principal, query))

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/allocations",
        access=Access.AGENT,
        summary="Who was given a new customer, the newest first, and why",
    )
    async def allocations_of(self, principal: Principal, customer_id: Key) -> list[LeadTraceView]:
        return await self._store.read(self._history, (principal, customer_id))

    @route(
        "POST",
        "/api/v1/customers/{customer_id}/allocations",
        access=Access.SUPERVISOR,
        summary="Give a new customer to somebody by hand",
        status=201,
    )
    async def allocate(
        self, principal: Principal, customer_id: Key, body: AllocateBody
    ) -> LeadTraceView:
        return await self._store.write(self._allocate, (principal, customer_id, body))

    def _list(self, tx: Tx, asked: tuple[Principal, LeadQuery]) -> Page[LeadView]:
        principal, query = asked
        if query.whose != "mine" and not principal.role.at_least(Role.SUPERVISOR):
            raise Forbidden("Supervisors see the new customers of others.")
        position = decode_cursor(query.after, _Position)
        ask = ListLeads(
            Scope.of(tx, principal, self._sees_more),
            query.limit + 1,
            principal.user_id if query.whose == "mine" else None,
            principal.team_ids if query.whose == "team" else None,
            None if position is None else (position.due_at, position.id),
        )
        rows = list_leads(tx, ask)
        shown = rows[: query.limit]
        touched, rules = self._touched(tx, shown), _rules(tx)
        after = None
        if len(rows) > query.limit:
            after = encode_cursor(_Position(shown[-1].escalate_at, shown[-1].id))
        items = [lead_view(row, rules, touched.get(row.id)) for row in shown]
        return Page(items=items, after=after)

    def _history(self, tx: Tx, asked: tuple[Principal, str]) -> list[LeadTraceView]:
        principal, customer_id = asked
        access_customer(tx, Scope.of(tx, principal, self._sees_more), customer_id)
        return self._traced(tx, leads_of(tx, customer_id))

    def _allocate(self, tx: Tx, asked: tuple[Principal, str, AllocateBody]) -> LeadTraceView:
        """To whom is somebody whom this supervisor knows of."""
        principal, customer_id, body = asked
        access_customer(tx, Scope.of(tx, principal, self._sees_more), customer_id)
        access_user(tx, principal, body.to_id)
        within = None if body.within_minutes is None else timedelta(minutes=body.within_minutes)
        command = AllocateByHand(actor_of(principal), customer_id, body.to_id, body.reason, within)
        made = allocate_by_hand(tx, command, self._outside(tx).add)
        return self._traced(tx, [get_lead(tx, made)])[0]

    def _traced(self, tx: Tx, rows: Sequence[Row[Any]]) -> list[LeadTraceView]:
        touched, rules = self._touched(tx, rows), _rules(tx)
        names = names_of(tx, named_in(rows))
        return [trace_view(row, rules, touched.get(row.id), names) for row in rows]

    def _touched(self, tx: Tx, rows: Sequence[Row[Any]]) -> Mapping[str, datetime]:
        """Who was touched and is not entered so yet: the timer enters it when something is due."""
        asked = [
            Since(row.id, row.customer_id, row.to_id, row.made_at)
            for row in rows
            if row.ended_as is None and row.to_id is not None
        ]
        return self._outside(tx).touches(tx, asked)


def _rules(tx: Tx) -> Mapping[str, AllocationRule]:
    return {rule.key: rule for rule in load_customer_settings(tx).allocation.rules}
