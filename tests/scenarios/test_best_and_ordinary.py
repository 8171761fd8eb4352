"""The best and an ordinary customer call together: the best first, the ordinary within the cap.

Their tiers are what the tier run made of their orders.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec
from sqlalchemy import insert, update

from hub.agent_console.client import HeadlessAgent
from hub.care.value_run import RunTiers, run_tiers
from hub.contacts.tables import contacts
from hub.core.ids import new_id
from hub.customers.business.tables import orders
from hub.customers.tables import customers
from hub.routing.settings import load_settings, save_settings
from hub.storage import Tx

from .stage import Stage
from .way import offered_and_accepted

BEST, SECOND, ORDINARY = "+8613800138000", "+8613700137000", "+8613900139000"
CAP_S = 180


def _buys(tx: Tx, asked: tuple[str, int, int]) -> None:
    """So many orders of so much each, over the last year and a half."""
    customer_id, count, amount = asked
    tx.execute(
        insert(orders),
        [
            {
                "id": (key := new_id()),
                "source": "shop",
                "external_id": key,
                "customer_id": customer_id,
                "customer_external_id": customer_id,
                "ordered_at": tx.now - timedelta(days=20 + 500 * at // count),
                "amount_minor": amount,
                "currency": "CNY",
                "state": "paid",
                "state_at": tx.now,
                "received_at": tx.now,
            }
            for at in range(count)
        ],
    )


def _as_new(tx: Tx, customer_id: str) -> None:
    """Nobody has given them a tier: the stage's customers have one by hand."""
    tx.execute(
        update(customers)
        .where(customers.c.id == customer_id)
        .values(tier="standard", tier_source="default")
    )


def _cap(tx: Tx, _: None) -> None:
    """Who has waited for three minutes has the next turn."""
    rules = load_settings(tx)
    queues = {
        key: msgspec.structs.replace(queue, cap_s={"phone": CAP_S})
        for key, queue in rules.queues.items()
    }
    save_settings(tx, msgspec.structs.replace(rules, queues=queues, cap_every=1))


def _wait(tx: Tx, asked: tuple[str, int]) -> None:
    """Who waits with this tier came so many seconds earlier."""
    tier, seconds = asked
    earlier = (
        update(contacts)
        .where(contacts.c.state == "queued", contacts.c.tier == tier)
        .values(virtual_start_us=contacts.c.virtual_start_us - seconds * 1_000_000)
        .returning(contacts.c.id)
    )
    for contact_id in tx.execute(earlier).scalars():
        tx.hint("contact.queued", contact_id)  # read anew before who is ready next is matched


async def _quiet(_done: int, _total: int) -> None:
    return


async def test_the_best_is_answered_first_and_the_ordinary_within_the_cap(stage: Stage) -> None:
    store = stage.hub.store
    await store.write(_cap, None)
    people = {}
    for name, phone, count, amount in (
        ("Best", BEST, 12, 900_000),
        ("Second", SECOND, 11, 900_000),
        ("Ordinary", ORDINARY, 3, 20_000),
    ):
        people[name] = await stage.known(name, "standard", phone=phone)
        await store.write(_as_new, people[name])
        await store.write(_buys, (people[name], count, amount))
    async with stage.console("Li", ready=False) as agent:
        # they call together, the ordinary one a moment sooner; nobody is free
        for phone in (ORDINARY, BEST, SECOND):
            await stage.call(phone)
        await stage.waited(3, minutes=0)
        # a tier run finds out who is who while they wait: it counts at once
        report = await run_tiers(store, RunTiers(), _quiet)
        assert [(m.from_, m.to, m.count) for m in report.moves] == [("standard", "gold", 2)]
        promised = sorted((row.tier, row.target_s) for row in await stage.contacts())
        assert promised == [("gold", 10), ("gold", 10), ("standard", 40)]
        await store.write(_wait, ("gold", 100))
        answered = [await _answered(agent, "Best")]
        # the second of the best is ten times over their promise, the ordinary one not five times;
        # but the ordinary one has waited for longer than anybody should
        await store.write(_wait, ("standard", CAP_S + 1))
        answered += [await _answered(agent, name) for name in ("Ordinary", "Second")]
    assert answered == ["gold", "standard", "gold"]


async def _answered(agent: HeadlessAgent, name: str) -> str:
    """It is this customer's turn: they are answered; return their tier."""
    contact_id = await offered_and_accepted(agent, name)
    await agent.until(lambda: agent.contacts[contact_id].state == "active")
    tier = agent.contacts[contact_id].tier
    await agent.close(contact_id, "repair", "solved")
    return tier
