"""An import is taken back though the hub gave its customers to somebody; what people did stays."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from sqlalchemy import select

from hub.accounts.model import Actor
from hub.customers.allocation.model import by_clock
from hub.customers.allocation.service import AllocateByHand, allocate_by_hand
from hub.customers.ownership.tables import ownership_moves
from hub.customers.plans.service import TickStep, plans_of, tick_step
from hub.customers.plans.tables import customer_plans, plan_steps
from hub.customers.service import ChangeCustomer, change_customer
from hub.customers.settings import PlanTemplate, Step
from hub.customers.tables import customers
from hub.storage import Tx
from tests.integration.customers.builders import count
from tests.integration.customers.imports.build import bring, take_back

from .build import SELLERS, Shop

FILE = "name,email,company\nChen,chen@x.cn,Firm\nLi,li@x.cn,Firm\n"
PLAN = PlanTemplate(
    key="new", zh="新客户", en="New", steps=[Step(key="call", zh="致电", en="Call")], every_days=7
)


async def id_of(shop: Shop, name: str) -> str:
    def read(tx: Tx, _: None) -> str:
        return str(tx.execute(select(customers.c.id).where(customers.c.name == name)).scalar_one())

    return await shop.store.read(read, None)


async def test_nothing_is_left_of_what_the_hub_did_by_itself(shop: Shop) -> None:
    await shop.rules(SELLERS, plans=(PLAN,))
    report = await bring(shop.store, FILE)
    await shop.look()
    assert await shop.who_has(await id_of(shop, "Chen")) is not None
    assert await count(shop.store, customer_plans) >= 2
    _, kept = await take_back(shop.store, report.batch_id)
    assert kept == []
    assert await shop.rows() == []
    for table in (ownership_moves, customer_plans, plan_steps, customers):
        assert await count(shop.store, table) == 0


async def _by_hand(shop: Shop, customer_id: str) -> None:
    cmd = AllocateByHand(shop.house.supervisor, customer_id, shop.sellers["Cai"], "knows them")
    await shop.store.write(lambda tx, _: allocate_by_hand(tx, cmd, by_clock), None)


async def _owned(shop: Shop, customer_id: str) -> None:
    command = ChangeCustomer(shop.house.supervisor, customer_id, owner_id=shop.sellers["Cai"])
    await shop.store.write(change_customer, command)


async def _ticked(shop: Shop, customer_id: str) -> None:
    [(plan, _)] = await shop.store.read(plans_of, customer_id)
    actor: Actor = shop.house.agent
    await shop.store.write(tick_step, TickStep(actor, customer_id, plan.id, "call", True))


@pytest.mark.parametrize("act", [_by_hand, _owned, _ticked])
async def test_what_somebody_did_is_a_reason_to_stay(
    shop: Shop, act: Callable[[Shop, str], Coroutine[Any, Any, None]]
) -> None:
    await shop.rules(SELLERS, plans=(PLAN,))
    report = await bring(shop.store, "name,email\nChen,chen@x.cn\nLi,li@x.cn\n")
    await shop.look()
    shop.clock.advance(1)
    await act(shop, await id_of(shop, "Li"))
    _, kept = await take_back(shop.store, report.batch_id)
    assert [one.label for one in kept] == ["Li"]
    assert await count(shop.store, customers) == 1
