"""A plan begins once for each customer of its class; steps are due once; what is late is told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, update

from hub.accounts.model import SYSTEM
from hub.agent_console.allocation_news import plan_news
from hub.customers.merging.service import MergeCustomers, merge_customers
from hub.customers.plans.service import fire_due_plans, get_plan, plans_of
from hub.customers.plans.tables import customer_plans
from hub.customers.settings import PlanTemplate, Step
from hub.customers.tables import customers
from hub.storage import Tx
from hub.wiring.customers import fire_due_customers
from tests.integration.customers.house import Client, serve

from .build import SELLERS, Shop, counting

DAY_S = 86_400.0
STEPS = [
    Step(key="call", zh="致电", en="Call"),
    Step(key="visit", zh="拜访", en="Visit"),
    Step(key="quote", zh="报价", en="Quote"),
]
GOLD = PlanTemplate(
    key="gold", zh="金牌", en="Gold", when={"field": "tier", "is": ["gold"]}, steps=STEPS,
    every_days=7, within_days=30,
)  # fmt: skip
ALL = PlanTemplate(
    key="all", zh="全部", en="All", steps=STEPS[:1], every_days=1, within_days=2, owner="supervisor"
)


@pytest.fixture
async def client(shop: Shop) -> AsyncIterator[Client]:
    async with serve(shop.house) as opened:
        yield opened


async def due(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    hint = Tx.hint

    def heard(tx: Tx, topic: str, key: str) -> None:
        told.append(topic)
        hint(tx, topic, key)

    with monkeypatch.context() as patched:
        patched.setattr(Tx, "hint", heard)
        await shop.store.write(lambda tx, _: fire_due_plans(tx, tx.now, 200), None)
    return told


async def plan_ids(shop: Shop) -> list[str]:
    return await shop.store.read(
        lambda tx, _: list(tx.execute(select(customer_plans.c.id)).scalars()), None
    )


async def test_a_plan_of_the_class_begins_once(shop: Shop) -> None:
    await shop.rules(plans=(GOLD, ALL))
    await shop.lead("Gold", tier="gold")
    await shop.lead("Other")
    for _ in range(2):
        await shop.look()
    assert len(await plan_ids(shop)) == 3
    shop.clock.advance(DAY_S)
    await shop.rules(plans=(ALL,))
    await shop.look()
    assert len(await plan_ids(shop)) == 3  # what has begun goes on


async def test_each_step_is_due_once_and_ticked_by_api(
    shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.rules(SELLERS, plans=(GOLD,))
    lead = await shop.lead("Gold", tier="gold")
    await shop.look()
    shop.clock.advance(7 * DAY_S - 1)
    assert await due(shop, monkeypatch) == []
    shop.clock.advance(1)
    assert await due(shop, monkeypatch) == ["plan.step_due"]
    assert await due(shop, monkeypatch) == []
    [plan] = (await client.ask("GET", f"/customers/{lead}/plans"))[1]
    assert (plan["state"], [step["key"] for step in plan["steps"]]) == (
        "open", ["call", "visit", "quote"],
    )  # fmt: skip
    assert [step["due_at"] is not None for step in plan["steps"]] == [True, False, False]
    path = f"/customers/{lead}/plans/{plan['id']}/steps"
    for _ in range(2):  # the same again is nothing
        status, [plan] = await client.ask("PUT", f"{path}/call", {"done": True})
    assert (status, plan["steps"][0]["by_name"]) == (200, "Li")
    assert [step["due_at"] is not None for step in plan["steps"]] == [False, True, False]
    shop.clock.advance(7 * DAY_S)
    assert await due(shop, monkeypatch) == ["plan.step_due"]
    await client.ask("PUT", f"{path}/call", {"done": False})
    status, [plan] = await client.ask("PUT", f"{path}/visit", {"done": True})
    assert [step["due_at"] is not None for step in plan["steps"]] == [True, False, False]
    for step in ("call", "quote"):
        status, [plan] = await client.ask("PUT", f"{path}/{step}", {"done": True})
    assert (plan["state"], plan["done_at"] is not None) == ("done", True)
    shop.clock.advance(90 * DAY_S)
    assert await due(shop, monkeypatch) == []
    assert (await client.ask("PUT", f"{path}/none", {"done": True}))[0] == 404
    other = await shop.lead("Other")
    wrong = f"/customers/{other}/plans/{plan['id']}/steps/call"
    assert (await client.ask("PUT", wrong, {"done": False}))[0] == 404


async def test_a_later_step_done_first_leaves_the_next_one_due_as_it_is(
    shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.rules(plans=(GOLD,))
    lead = await shop.lead("Gold", tier="gold")
    await shop.look()
    shop.clock.advance(7 * DAY_S)
    assert await due(shop, monkeypatch) == ["plan.step_due"]
    [before] = (await client.ask("GET", f"/customers/{lead}/plans"))[1]
    path = f"/customers/{lead}/plans/{before['id']}/steps/visit"
    _, [after] = await client.ask("PUT", path, {"done": True})
    assert after["steps"][0] == before["steps"][0]
    shop.clock.advance(8 * DAY_S)
    assert await due(shop, monkeypatch) == []


async def test_what_is_overdue_is_told_of_once_to_who_steers(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.rules(SELLERS, plans=(GOLD,))
    await shop.lead("Gold", tier="gold")
    await shop.look()
    shop.clock.advance(40 * DAY_S)
    assert await due(shop, monkeypatch) == ["plan.overdue"]
    assert await due(shop, monkeypatch) == []
    [plan_id] = await plan_ids(shop)
    told = await shop.store.read(plan_news, ("plan.overdue", plan_id))
    assert [(one.code, one.user_ids) for one in told] == [
        ("plan_overdue", {shop.sellers["Ann"]}),
        ("plan_escalated", set()),  # nobody steers them, and there is no admin
    ]
    assert told[0].detail == "Gold: 致电 / Call"


async def test_nothing_begins_or_is_told_of_who_is_archived(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.rules(plans=(ALL,))
    one, into = await shop.lead("One"), await shop.lead("Into")
    await shop.look()
    await shop.store.write(merge_customers, MergeCustomers(SYSTEM, one, into, "same"))

    def archive(tx: Tx, _: None) -> None:
        tx.execute(update(customers).where(customers.c.id == into).values(archived_at=tx.now))

    await shop.store.write(archive, None)
    late = await shop.lead("Late", archived_at=await shop.house.now())
    await shop.look()
    assert len(await plan_ids(shop)) == 2
    shop.clock.advance(40 * DAY_S)
    assert await due(shop, monkeypatch) == []
    for customer_id in (one, into, late):
        plans = await shop.store.read(plans_of, customer_id)
        assert {plan.state for plan, _ in plans} <= {"ended"}
    assert {plan.state for plan, _ in await shop.store.read(plans_of, into)} == {"ended"}


async def test_who_becomes_another_record_takes_the_plan_along(shop: Shop, client: Client) -> None:
    await shop.rules(plans=(ALL,))
    one, other = await shop.lead("One"), await shop.lead("Other")
    await shop.look()
    await shop.store.write(merge_customers, MergeCustomers(SYSTEM, one, other, "same"))
    await shop.look()
    plans = (await client.ask("GET", f"/customers/{other}/plans"))[1]
    assert len(plans) == len(await plan_ids(shop)) == 2
    rows = [await shop.store.read(get_plan, plan["id"]) for plan in plans]
    assert {plan.today_id for plan, _ in rows} == {other}


async def test_many_begin_and_fall_due_by_as_many_statements_as_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.rules(plans=(GOLD, ALL))
    begun, fell = [], []

    def look(tx: Tx, _: None) -> int:
        act = lambda: fire_due_customers(tx, tx.now, 200)  # noqa: E731 - one call
        return counting(tx, monkeypatch, act, "INSERT INTO")

    def fall(tx: Tx, _: None) -> int:
        act = lambda: fire_due_plans(tx, tx.now, 200)  # noqa: E731 - one call
        return counting(tx, monkeypatch, act, "INSERT INTO")

    for size in (2, 1, 30):
        for n in range(size):
            await shop.lead(f"L{size}-{n}", tier="gold")
        begun.append(await shop.store.write(look, None))
        shop.clock.advance(60 * DAY_S)
        fell.append(await shop.store.write(fall, None))
    assert begun[1] == begun[2]
    assert fell[1] == fell[2] <= 4
