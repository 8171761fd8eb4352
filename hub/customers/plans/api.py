"""Routes of plans: what is to be done with a customer, and what of it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from hub.accounts.model import actor_of
from hub.customers.access import Scope, SeesMore, access_customer
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, View, route

from .service import TickStep, plans_of, tick_step


class PlanStepView(View, frozen=True):
    """`due_at`: of the next one alone."""

    key: str
    zh: str
    en: str
    due_at: datetime | None
    done_at: datetime | None
    by_id: str | None
    by_name: str | None


class PlanView(View, frozen=True):
    """`state`: open, done, ended. `owner`: owner, supervisor. `late_since`: it was not done by
    `due_at`, and supervisors were told.
    """

    id: str
    key: str
    zh: str
    en: str
    state: str
    owner: str
    made_at: datetime
    due_at: datetime
    late_since: datetime | None
    done_at: datetime | None
    steps: list[PlanStepView]


class TickBody(Body, frozen=True):
    """`done` False: it was ticked by mistake."""

    done: bool


class PlanRoutes:
    def __init__(self, store: Store, sees_more: SeesMore) -> None:
        self._store = store
        self._sees_more = sees_more

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/plans",
        access=Access.AGENT,
        summary="What is done with a customer of this class, step by step",
    )
    async def plans_of(self, principal: Principal, customer_id: Key) -> list[PlanView]:
        return await self._store.read(self._list, (principal, customer_id))

    @route(
        "PUT",
        "/api/v1/customers/{customer_id}/plans/{plan_id}/steps/{step}",
        access=Access.AGENT,
        summary="Tick a step of a plan, or take that back",
    )
    async def tick_step(
        self, principal: Principal, customer_id: Key, plan_id: Key, step: Key, body: TickBody
    ) -> list[PlanView]:
        asked = (principal, customer_id, plan_id, step, body.done)
        return await self._store.write(self._tick, asked)

    def _list(self, tx: Tx, asked: tuple[Principal, str]) -> list[PlanView]:
        principal, customer_id = asked
        access_customer(tx, Scope.of(tx, principal, self._sees_more), customer_id)
        return [_view(*one) for one in plans_of(tx, customer_id)]

    def _tick(self, tx: Tx, asked: tuple[Principal, str, str, str, bool]) -> list[PlanView]:
        principal, customer_id, plan_id, step, done = asked
        scope = Scope.of(tx, principal, self._sees_more)
        access_customer(tx, scope, customer_id, for_change=True)
        tick_step(tx, TickStep(actor_of(principal), customer_id, plan_id, step, done))
        return [_view(*one) for one in plans_of(tx, customer_id)]


def _view(plan: Row[Any], steps: Sequence[Row[Any]]) -> PlanView:
    return PlanView(
        id=plan.id,
        key=plan.plan_key,
        zh=plan.zh,
        en=plan.en,
        state=plan.state,
        owner=plan.owner_role,
        made_at=plan.made_at,
        due_at=plan.due_at,
        late_since=plan.escalated_at,
        done_at=plan.done_at,
        steps=[
            PlanStepView(
                key=step.step,
                zh=step.zh,
                en=step.en,
                due_at=plan.next_step_at if step.step == plan.next_step else None,
                done_at=step.done_at,
                by_id=step.by,
                by_name=step.by_name,
            )
            for step in steps
        ],
    )
