"""Routes of the lifecycle: where a customer stands and why, moved by hand, by whose word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import Row

from hub.accounts.model import actor_of
from hub.customers.access import Scope, SeesMore, access_customer, seen_customers
from hub.customers.settings import load_customer_settings
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, Role, View, route

from . import service
from .model import Axis, Stages, Standing, by_hand
from .service import MoveStage, SetReferrer

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=service.MAX_REASON)]


class StageMoveView(View, frozen=True):
    """`before` None: looked at for the first time. `evidence`: figures it was made by."""

    axis: str
    before: str | None
    after: str
    cause: str
    reason: str
    at: datetime
    by_id: str | None
    by_name: str | None
    evidence: dict[str, bool | int | float | str]


class ReferrerView(View, frozen=True):
    id: str
    name: str | None
    source: str
    at: datetime


class StepView(View, frozen=True):
    key: str
    zh: str
    en: str


class LifecycleView(View, frozen=True):
    """None: nobody has looked at this customer yet, which takes moments.

    `steps`: the set-up's ladder of loyalty, lowest first. `by_hand`: where one may put them now,
    by axis.
    """

    stage: str | None
    since: datetime | None
    standing: str | None
    standing_since: datetime | None
    loyalty: str | None
    loyalty_since: datetime | None
    referrer: ReferrerView | None
    moves: list[StageMoveView]
    steps: list[StepView]
    by_hand: dict[str, list[str]]


class MoveBody(Body, frozen=True):
    axis: Literal["stage", "loyalty"]
    to: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    reason: Reason


class ReferrerBody(Body, frozen=True):
    """`referrer_id` None: they came by nobody's word."""

    referrer_id: Key | None
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] = "customer"


class LifecycleRoutes:
    def __init__(self, store: Store, sees_more: SeesMore) -> None:
        self._store = store
        self._sees_more = sees_more

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/lifecycle",
        access=Access.AGENT,
        summary="Where a customer stands, and what brought them there",
    )
    async def lifecycle(self, principal: Principal, customer_id: Key) -> LifecycleView:
        return await self._store.read(self._show, (principal, customer_id))

    @route(
        "POST",
        "/api/v1/customers/{customer_id}/lifecycle",
        access=Access.AGENT,
        summary="Say where a customer stands: what only people can judge",
    )
    async def move(self, principal: Principal, customer_id: Key, body: MoveBody) -> LifecycleView:
        return await self._store.write(self._move, (principal, customer_id, body))

    @route(
        "PUT",
        "/api/v1/customers/{customer_id}/referrer",
        access=Access.AGENT,
        summary="Say by whose word a customer came",
    )
    async def refer(
        self, principal: Principal, customer_id: Key, body: ReferrerBody
    ) -> LifecycleView:
        return await self._store.write(self._refer, (principal, customer_id, body))

    def _scope(self, tx: Tx, principal: Principal) -> Scope:
        return Scope.of(tx, principal, self._sees_more)

    def _show(self, tx: Tx, asked: tuple[Principal, str]) -> LifecycleView:
        principal, customer_id = asked
        scope = self._scope(tx, principal)
        access_customer(tx, scope, customer_id)
        return _view(tx, principal, scope, customer_id)

    def _move(self, tx: Tx, asked: tuple[Principal, str, MoveBody]) -> LifecycleView:
        principal, customer_id, body = asked
        scope = self._scope(tx, principal)
        access_customer(tx, scope, customer_id)
        actor = actor_of(principal)
        service.move_stage(tx, MoveStage(actor, customer_id, Axis(body.axis), body.to, body.reason))
        return _view(tx, principal, scope, customer_id)

    def _refer(self, tx: Tx, asked: tuple[Principal, str, ReferrerBody]) -> LifecycleView:
        principal, customer_id, body = asked
        scope = self._scope(tx, principal)
        access_customer(tx, scope, customer_id)
        if body.referrer_id is not None:
            access_customer(tx, scope, body.referrer_id)
        command = SetReferrer(actor_of(principal), customer_id, body.referrer_id, body.source)
        service.set_referrer(tx, command)
        return _view(tx, principal, scope, customer_id)


def _view(tx: Tx, principal: Principal, scope: Scope, customer_id: str) -> LifecycleView:
    """Show it as this user may see it: agents are not told who is lost (knowledge.md)."""
    row = service.get_stages(tx, customer_id)
    shown = _shown_to(principal)
    moves = [
        one
        for one in service.list_moves(tx, customer_id)
        if shown(one.before or "") != shown(one.after)
    ]
    return LifecycleView(
        stage=row.stage if row else None,
        since=row.since if row else None,
        standing=shown(row.standing) if row else None,
        standing_since=_standing_since(row, moves, shown) if row else None,
        loyalty=row.loyalty if row else None,
        loyalty_since=row.loyalty_since if row else None,
        referrer=_referrer(tx, scope, customer_id),
        moves=[_move_view(one, principal) for one in moves],
        steps=[
            StepView(key=step.key, zh=step.zh, en=step.en)
            for step in load_customer_settings(tx).lifecycle.loyalty
        ],
        by_hand=_by_hand(tx, row),
    )


def _standing_since(
    row: Row[Any], moves: Sequence[Row[Any]], shown: Callable[[str], str]
) -> datetime | None:
    """Since when they stand as is shown: the day on which a dormant one was lost would tell it."""
    came = [
        one.at
        for one in moves
        if one.axis == Axis.STANDING
        and one.customer_id == row.customer_id
        and shown(one.after) == shown(row.standing)
    ]
    since: datetime | None = came[0] if came else row.standing_since
    return since


def _by_hand(tx: Tx, row: Row[Any] | None) -> dict[str, list[str]]:
    if row is None:
        return {}
    stands, rules = Stages(row.stage, row.standing, row.loyalty), service.load_rules(tx)
    return {str(axis): list(by_hand(stands, axis, rules)) for axis in (Axis.STAGE, Axis.LOYALTY)}


def _referrer(tx: Tx, scope: Scope, customer_id: str) -> ReferrerView | None:
    found = service.get_referrer(tx, customer_id)
    if found is None or not seen_customers(tx, scope, [found.referrer_id]):
        return None
    return ReferrerView(
        id=found.referrer_id, name=found.referrer_name, source=found.source, at=found.at
    )


def _shown_to(principal: Principal) -> Callable[[str], str]:
    if principal.role.at_least(Role.SUPERVISOR):
        return str
    return lambda state: str(Standing.DORMANT) if state == Standing.LOST else str(state)


def _move_view(row: Row[Any], principal: Principal) -> StageMoveView:
    shown = _shown_to(principal)
    may_know = principal.role.at_least(Role.SUPERVISOR)
    return StageMoveView(
        axis=row.axis,
        before=None if row.before is None else shown(row.before),
        after=shown(row.after),
        cause=row.cause,
        reason=row.reason,
        at=row.at,
        by_id=row.by,
        by_name=row.by_name,
        evidence={
            name: value
            for name, value in row.evidence.items()
            if may_know or name != "satisfaction"
        },
    )
