"""Who becomes a prospect is given to somebody, once, by the rules, and the trace says why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from hub import care
from hub.accounts.model import SYSTEM
from hub.accounts.tables import users
from hub.care import HandOver, LeaveUser
from hub.care.erasing import Erase, erase_customer
from hub.care.leaving import StillHolds
from hub.contacts.logged import LogEntry, log_entry
from hub.contacts.model import Direction, InteractionKind
from hub.customers.allocation.giving import Gift, give
from hub.customers.allocation.model import Cause, by_clock
from hub.customers.allocation.service import AllocateByHand, allocate_by_hand
from hub.customers.changes import mark_dirty
from hub.customers.merging.service import (
    MergeCustomers,
    UnmergeCustomer,
    merge_customers,
    unmerge_customer,
)
from hub.customers.ownership.tables import ownership_moves
from hub.customers.plans.tables import customer_plans
from hub.customers.service import ChangeCustomer, change_customer
from hub.customers.settings import AllocationRule, PlanTemplate, Step
from hub.storage import Tx
from hub.wiring.customers import fire_due_customers

from .build import HOUR_S, SELLERS, Shop, counting

FEWEST = AllocationRule(key="fewest", zh="最少", en="Fewest", team="sales", by="least_loaded")


async def test_new_customers_go_round_and_each_is_given_once(shop: Shop) -> None:
    await shop.rules(SELLERS)
    leads = [await shop.lead(f"L{n}") for n in range(4)]
    await shop.look()
    assert [await shop.who_has(one) for one in leads] == ["Ann", "Ben", "Cai", "Ann"]
    await shop.look()  # the owner's mark
    await shop.look()
    assert len(await shop.rows()) == 4
    [row] = await shop.rows(leads[1])
    assert (row.rule_key, row.trace["cause"], row.made_by) == ("sellers", "new", None)
    [line] = row.trace["rules"]
    assert (line["why"], line["by"], line["left_out"]) == ("given", "round_robin", {})
    assert row.escalate_at - row.made_at == timedelta(hours=4)

    def moves(tx: Tx, _: None) -> list[tuple[str | None, str | None, str | None, str]]:
        found = select(ownership_moves).where(ownership_moves.c.customer_id == leads[1])
        return [(one.from_id, one.to_id, one.by, one.reason) for one in tx.execute(found)]

    assert await shop.store.read(moves, None) == [(None, shop.sellers["Ben"], None, "allocated")]


async def test_whose_turn_it_was_counts_over_looks(shop: Shop) -> None:
    await shop.rules(SELLERS)
    got = []
    for n in range(5):
        lead = await shop.lead(f"L{n}")
        await shop.look()
        got.append(await shop.who_has(lead))
    assert got == ["Ann", "Ben", "Cai", "Ann", "Ben"]


async def test_who_has_fewest_to_touch_gets_the_next(shop: Shop) -> None:
    await shop.rules(FEWEST)
    leads = [await shop.lead(f"L{n}") for n in range(3)]
    await shop.look()
    assert [await shop.who_has(one) for one in leads] == ["Ann", "Ben", "Cai"]
    shop.clock.advance(60)
    ben = await shop.store.read(
        lambda tx, key: tx.execute(select(users).where(users.c.id == key)).one(),
        shop.sellers["Ben"],
    )
    entry = LogEntry(
        SYSTEM.__class__(ben.id, ben.name, "session"), leads[1], InteractionKind.VISIT,
        Direction.OUTBOUND, "was there", await shop.house.now(),
    )  # fmt: skip
    await shop.store.write(log_entry, entry)
    shop.clock.advance(2 * HOUR_S)
    await shop.due()  # enters who was touched
    last = await shop.lead("L9")
    await shop.look()
    assert await shop.who_has(last) == "Ben"


@pytest.mark.parametrize("why", ["absent", "named", "disabled", "specialist"])
async def test_nobody_who_is_not_there_is_given_anybody(shop: Shop, why: str) -> None:
    ann = shop.sellers["Ann"]

    def change(tx: Tx, values: dict[str, Any]) -> None:
        tx.execute(update(users).where(users.c.id == ann).values(**values))

    absent: list[str] = []
    match why:
        case "absent":
            await shop.away("Ann", 100)
        case "named":
            absent = ["ANN@hub.test"]

            def rename(tx: Tx, _: None) -> None:
                tx.execute(update(users).where(users.c.email == "ann@hub.test").values(email="z@z"))
                tx.execute(update(users).where(users.c.id == ann).values(email="ann@hub.test"))

            await shop.store.write(rename, None)
        case "disabled":
            await shop.store.write(change, {"disabled_at": await shop.house.now()})
        case _:
            await shop.store.write(change, {"role": "specialist"})
    await shop.rules(SELLERS, absent=absent)
    leads = [await shop.lead(f"L{n}") for n in range(4)]
    await shop.look()
    assert {await shop.who_has(one) for one in leads} == {"Ben", "Cai"}
    [row] = await shop.rows(leads[0])
    expected = "absent" if why == "named" else why
    assert row.trace["rules"][0]["left_out"] == {ann: expected}


async def test_rules_say_who_and_who_matches_none_stays(shop: Shop) -> None:
    gold = AllocationRule(
        key="gold",
        zh="金",
        en="Gold",
        user="Nobody@hub.test",
        when={"field": "tier", "is": ["gold"]},
    )
    web = AllocationRule(
        key="web", zh="网", en="Web", team="sales", when={"field": "first_source", "is": ["web"]}
    )
    await shop.rules(gold, web)
    best = await shop.lead("Best", tier="gold")
    fair = await shop.lead("Fair", source="fair")
    owned = await shop.lead("Owned", owner_id=shop.sellers["Cai"])
    await shop.look()
    [row] = await shop.rows(best)
    assert [line["why"] for line in row.trace["rules"]] == ["nobody", "given"]
    assert await shop.who_has(fair) is None
    assert await shop.rows(fair) == await shop.rows(owned) == []


async def test_an_owner_who_was_taken_away_by_hand_is_not_given_back(shop: Shop) -> None:
    await shop.rules(SELLERS)
    lead = await shop.lead("L")
    await shop.look()
    shop.clock.advance(1)
    await shop.store.write(change_customer, ChangeCustomer(SYSTEM, lead, owner_id=""))
    await shop.look()
    await shop.look()
    assert await shop.who_has(lead) is None
    assert [row.ended_as for row in await shop.rows(lead)] == ["moved"]


async def test_where_nobody_is_there_they_wait_and_get_whoever_comes(shop: Shop) -> None:
    await shop.rules(SELLERS)
    for name in shop.sellers:
        await shop.away(name, 100)
    lead = await shop.lead("L")
    await shop.look()
    [row] = await shop.rows(lead)
    assert (row.to_id, row.rule_key) == (None, None)
    assert set(row.trace["rules"][0]["left_out"].values()) == {"absent"}
    shop.clock.advance(11 * 60)
    await shop.due()
    assert await shop.who_has(lead) is None
    await shop.away("Cai", 1)
    shop.clock.advance(11 * 60)
    await shop.due()
    assert await shop.who_has(lead) == "Cai"
    assert [one.ended_as for one in await shop.rows(lead)] == ["taken", None]


async def test_who_orders_or_becomes_another_record_waits_no_more(shop: Shop) -> None:
    await shop.rules(SELLERS)
    one, other = await shop.lead("One"), await shop.lead("Other")
    await shop.look()
    await shop.store.write(merge_customers, MergeCustomers(SYSTEM, one, other, "same"))
    await shop.look()
    assert [row.ended_as for row in await shop.rows(one)] == ["merged"]
    assert [row.ended_as for row in await shop.rows(other)] == [None]


async def test_an_owner_chosen_meanwhile_is_not_overwritten(shop: Shop) -> None:
    lead = await shop.lead("L", owner_id=shop.sellers["Cai"])
    ann, ben = shop.sellers["Ann"], shop.sellers["Ben"]

    async def given(cause: Cause, had_by: str | None = None) -> int:
        gift = Gift(lead, ann, cause, None, timedelta(hours=1), None, {}, had_by=had_by)
        return len(await shop.store.write(lambda tx, _: give(tx, [gift], by_clock), None))

    for cause in (Cause.NEW, Cause.RETRIED):
        assert await given(cause) == 0
    assert await given(Cause.RECALLED, ben) == 0
    assert (await shop.who_has(lead), await shop.rows(lead)) == ("Cai", [])
    assert await given(Cause.RECALLED, shop.sellers["Cai"]) == 1
    assert await shop.who_has(lead) == "Ann"


async def test_a_new_customer_who_becomes_an_older_one_has_to_be_touched_still(shop: Shop) -> None:
    older = await shop.lead("Older")
    await shop.look()
    await shop.rules(SELLERS)
    new = await shop.lead("New")
    await shop.look()
    [given] = await shop.rows(new)
    shop.clock.advance(HOUR_S)
    await shop.store.write(merge_customers, MergeCustomers(SYSTEM, new, older, "same"))
    await shop.look()
    assert (await shop.rows(new), await shop.who_has(older)) == ([], "Ann")
    [followed] = await shop.rows(older)
    assert followed.id == given.id
    assert followed.escalate_at == given.escalate_at
    await shop.store.write(unmerge_customer, UnmergeCustomer(SYSTEM, new))
    await shop.look()
    assert (await shop.who_has(new), await shop.who_has(older)) == ("Ann", None)
    [back], rest = await shop.rows(new), await shop.rows(older)
    assert (back.id, back.ended_as, rest) == (given.id, None, [])
    shop.clock.advance(5 * HOUR_S)
    await shop.due()
    assert await shop.who_has(new) == "Ben"  # recalled in its time


async def test_of_two_that_become_one_only_one_is_waited_for(shop: Shop) -> None:
    older = await shop.lead("Older")
    await shop.look()
    await shop.rules(SELLERS)
    for name in ("Ben", "Cai"):
        await shop.away(name, 100)
    one, other = await shop.lead("One"), await shop.lead("Other")
    await shop.look()
    for new in (one, other):
        await shop.store.write(merge_customers, MergeCustomers(SYSTEM, new, older, "same"))
    await shop.look()
    assert await shop.who_has(older) == "Ann"
    assert sorted(str(row.ended_as) for row in await shop.rows()) == ["None", "merged"]
    [followed] = await shop.rows(older)
    back, apart = (one, other) if followed.trace["home"] == one else (other, one)
    await shop.store.write(unmerge_customer, UnmergeCustomer(SYSTEM, apart))
    assert [row.id for row in await shop.rows(older)] == [followed.id]  # it was never theirs
    await shop.store.write(unmerge_customer, UnmergeCustomer(SYSTEM, back))
    assert await shop.who_has(back) == "Ann"
    assert await shop.rows(older) == []


async def test_who_is_erased_waits_for_nothing_and_no_words_are_left(shop: Shop) -> None:
    step = Step(key="call", zh="致电", en="Call")
    await shop.rules(SELLERS, plans=(PlanTemplate(key="all", zh="全", en="All", steps=[step]),))
    lead = await shop.lead("L")
    await shop.look()
    by_hand = AllocateByHand(shop.house.supervisor, lead, shop.sellers["Cai"], "a secret")
    await shop.store.write(lambda tx, _: allocate_by_hand(tx, by_hand, by_clock), None)
    await shop.store.write(erase_customer, Erase(shop.house.supervisor, lead))
    await shop.look()
    rows = await shop.rows(lead)
    assert [(row.ended_as, row.trace) for row in rows] == [("moved", {}), ("gone", {})]

    def rest(tx: Tx, _: None) -> tuple[list[str], list[str]]:
        states = tx.execute(select(customer_plans.c.state)).scalars()
        return list(states), list(tx.execute(select(ownership_moves.c.reason)).scalars())

    states, reasons = await shop.store.read(rest, None)
    assert (states, set(reasons)) == (["ended"], {""})


async def test_nobody_leaves_with_new_customers(shop: Shop) -> None:
    await shop.rules(SELLERS)
    lead = await shop.lead("L")
    await shop.look()
    ann, ben = shop.sellers["Ann"], shop.sellers["Ben"]
    held = await shop.store.read(care.holdings_of, ann)
    assert (held.leads, held.customers) == (1, 0)
    with pytest.raises(StillHolds) as refused:
        await shop.store.write(care.leave_user, LeaveUser(SYSTEM, ann))
    assert "1 new customer to touch" in refused.value.message
    shop.clock.advance(3 * HOUR_S)
    left = await shop.store.write(care.leave_user, LeaveUser(SYSTEM, ann, ben))
    assert (left.handed_over.leads, left.handed_over.customers) == (1, 0)
    assert await shop.who_has(lead) == "Ben"
    was, now = await shop.rows(lead)
    assert (was.ended_as, now.trace["cause"], now.trace["before"]) == ("handed_over", "left", ann)
    assert now.escalate_at - now.made_at == timedelta(hours=4)  # with time of their own


async def test_handing_over_takes_new_customers_along(shop: Shop) -> None:
    await shop.rules(SELLERS)
    leads = [await shop.lead(f"L{n}") for n in range(4)]
    await shop.look()
    ann, cai = shop.sellers["Ann"], shop.sellers["Cai"]
    assert await shop.store.write(care.hand_over, HandOver(SYSTEM, ann, cai)) == 2
    assert [await shop.who_has(one) for one in leads] == ["Cai", "Ben", "Cai", "Cai"]


async def test_a_look_that_was_cut_off_is_made_again_and_gives_once(shop: Shop) -> None:
    await shop.rules(SELLERS)
    lead = await shop.lead("L")

    def die(tx: Tx, _: None) -> None:
        fire_due_customers(tx, tx.now, 200)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await shop.store.write(die, None)
    assert (await shop.rows(lead), await shop.who_has(lead)) == ([], None)
    await shop.look()
    await shop.look()
    assert [row.to_id for row in await shop.rows(lead)] == [shop.sellers["Ann"]]


async def test_many_are_given_by_as_many_statements_as_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.rules(SELLERS, FEWEST)
    costs = []

    def look(tx: Tx, _: None) -> int:
        act = lambda: fire_due_customers(tx, tx.now, 200)  # noqa: E731 - one call
        return counting(tx, monkeypatch, act, "INSERT INTO")

    for size in (2, 1, 30):
        for n in range(size):
            await shop.lead(f"L{size}-{n}")
        costs.append(await shop.store.write(look, None))
        await shop.look()
    assert costs[1] == costs[2]
    assert len(await shop.rows()) == 33


async def test_without_rules_nothing_is_given(shop: Shop) -> None:
    lead = await shop.lead("L")
    await shop.look()
    assert await shop.who_has(lead) is None
    await shop.rules(SELLERS)
    await shop.look()
    assert await shop.who_has(lead) is None  # nobody goes over all of them
    await shop.store.write(lambda tx, _: mark_dirty(tx, [lead], "note"), None)
    await shop.look()
    assert await shop.who_has(lead) == "Ann"  # but something happens to them
