"""The tier run on a database: what it finds, whom it moves, and whom it never does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from hub.care import value_run
from hub.care.value_run import TierRunGoesOn
from hub.contacts.model import Channel
from hub.core.bus import Bus
from hub.customers.business.tables import orders
from hub.customers.tables import organisation_roles
from hub.customers.value import moving
from hub.customers.value.model import Flag
from hub.customers.value.report import MoveView
from hub.customers.value.tables import tier_rule_sets, tier_runs
from hub.storage import Store, Tx
from hub.storage.leases import AskLease, take_lease
from tests.integration.customers.house import House, open_house

from .builders import (
    a_customer,
    an_order,
    changes,
    complaints_of,
    everything,
    run,
    set_customer,
    shop,
    tiers,
    values,
)


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


async def test_the_best_the_tail_and_the_figures_are_found(house: House) -> None:
    # 10,000 in all: 6,000 + 2,000 make 80 %; the last 100 are the last 1 %.
    await house.store.write(shop, [6000, 2000, 1000, 900, 60, 40])
    report = await run(house.store)
    assert (report.customers, report.revenue_minor, report.revenue) == (6, 10_000, 100.0)
    assert (report.best.count, report.best.share_of_revenue) == (2, 0.8)
    assert report.best.share_of_customers == pytest.approx(1 / 3, abs=1e-6)
    assert (report.tail.count, report.tail.top_value_minor, report.tail.top_value) == (2, 60, 0.6)
    assert (report.loss_making, report.potential_gold, report.moved) == (0, 0, 4)
    assert report.moves == [MoveView("standard", "gold", 2), MoveView("standard", "low", 2)]
    found = await tiers(house.store)
    assert found == {
        "c01": "gold",
        "c02": "gold",
        "c03": "standard",
        "c04": "standard",
        "c05": "low",
        "c06": "low",
    }
    assert report.tiers == {"gold": 2, "low": 2, "standard": 2}


async def test_a_second_run_writes_nothing_at_all(house: House) -> None:
    await house.store.write(shop, [6000, 2000, 1000, 900, 60, 40])
    first = await run(house.store)
    before = await everything(house.store)
    commits = house.store.writer.commits
    again = await run(house.store)
    assert await everything(house.store) == before
    assert (again.unchanged, again.moves, again.run_id) == (True, [], first.run_id)
    assert house.store.writer.commits - commits == 2  # the lease, taken and given back
    same = {"unchanged", "moves", "moved"}
    assert {k: getattr(again, k) for k in again.__struct_fields__ if k not in same} == {
        k: getattr(first, k) for k in first.__struct_fields__ if k not in same
    }


async def test_each_move_keeps_its_inputs_and_is_told(house: House, bus: Bus) -> None:
    await house.store.write(shop, [9000, 900, 60, 40])
    with bus.subscribe(["customer.tier_moved", "tiers.run"]) as told:
        report = await run(house.store)
        heard = await told.next(0)
    assert {one.key for one in heard if one.topic == "customer.tier_moved"} == {"c01", "c03", "c04"}
    [gold] = [row for row in await changes(house.store) if row.customer_id == "c01"]
    assert (gold.before, gold.after, gold.source) == ("standard", "gold", "rule")
    assert (gold.run_id, gold.rules_version) == (report.run_id, 0)
    assert (gold.inputs["rank"], gold.inputs["revenue_minor"], gold.inputs["rule"]) == (1, 9000, 1)
    assert gold.inputs["why"] == "rule"
    assert "rank 1 of 4" in gold.reason


async def test_what_waits_gets_the_new_tier_at_once(house: House) -> None:
    contact_id = await house.receive("Hello?", "ann@example.test", Channel.EMAIL)
    ann = await house.customer_of(contact_id)
    was = await house.contact(contact_id)

    def buys(tx: Tx, _: None) -> None:
        an_order(tx, ann, 900_000)

    await house.store.write(buys, None)
    await run(house.store)
    now = await house.contact(contact_id)
    assert (was.tier, now.tier) == ("standard", "gold")
    assert now.target_s < was.target_s


async def test_who_is_new_or_unknown_is_never_low(house: House) -> None:
    def fill(tx: Tx, _: None) -> None:
        shop(tx, [9000, 990])
        a_customer(tx, "new")  # a small first order within the window
        an_order(tx, "new", 5, 20)
        a_customer(tx, "old")
        an_order(tx, "old", 5, 500)
        an_order(tx, "old", 5, 20)
        a_customer(tx, "visitor")

    await house.store.write(fill, None)
    await run(house.store)
    found = await tiers(house.store)
    assert (found["new"], found["old"], found["visitor"]) == ("standard", "low", "standard")
    stored = await values(house.store)
    assert "visitor" not in stored
    assert stored["new"].flags & Flag.TAIL
    assert not stored["new"].flags & Flag.FULL_WINDOW


async def test_nobody_is_lowered_while_a_complaint_is_open(house: House) -> None:
    await house.store.write(shop, [9000, 900, 60, 40])
    await run(house.store)

    def others_buy(tx: Tx, _: None) -> None:
        an_order(tx, "c02", 9_000_000, 5)

    await house.store.write(others_buy, None)
    held = await run(house.store, complaints=complaints_of("c01"))
    assert held.held_back == 1
    assert (await tiers(house.store))["c01"] == "gold"
    assert (await run(house.store, complaints=complaints_of("c01"))).unchanged
    settled = await run(house.store)  # the complaint is closed
    assert settled.moved == 1
    assert (await tiers(house.store))["c01"] != "gold"


async def test_who_complains_during_the_run_is_not_lowered_either(house: House) -> None:
    await house.store.write(shop, [9000, 900, 60, 40])
    asked: list[Sequence[str]] = []

    def later(_tx: Tx, ids: Sequence[str]) -> Collection[str]:
        asked.append(ids)
        return ["c04"] if len(asked) > 1 else []

    report = await run(house.store, complaints=later)
    assert report.held_back == 1
    found = await tiers(house.store)
    assert (found["c03"], found["c04"]) == ("low", "standard")


async def test_a_tier_set_by_hand_wins(house: House) -> None:
    def fill(tx: Tx, _: None) -> None:
        shop(tx, [9000, 900, 60, 40])
        set_customer(tx, "c04", tier="gold", tier_source="manual")

    await house.store.write(fill, None)
    report = await run(house.store)
    assert (await tiers(house.store))["c04"] == "gold"
    assert (await values(house.store))["c04"].computed_tier == "low"
    assert report.moves == [MoveView("standard", "gold", 1), MoveView("standard", "low", 1)]


async def test_an_imported_tier_stands_against_a_guess_only(house: House) -> None:
    def fill(tx: Tx, _: None) -> None:
        shop(tx, [9000, 400, 300])
        a_customer(tx, "known", tier="gold", source="imported")
        an_order(tx, "known", 200, 700)
        an_order(tx, "known", 200)
        a_customer(tx, "guess", tier="gold", source="imported")
        an_order(tx, "guess", 200)
        a_customer(tx, "rises", tier="standard", source="imported")
        an_order(tx, "rises", 30_000)

    await house.store.write(fill, None)
    await run(house.store)
    found = await tiers(house.store)
    assert found["known"] != "gold"
    assert (found["guess"], found["rises"]) == ("gold", "gold")


async def test_a_person_has_the_best_of_their_own_and_their_organisations(house: House) -> None:
    def fill(tx: Tx, _: None) -> None:
        shop(tx, [900, 50, 50])
        a_customer(tx, "firm", kind="organisation")
        an_order(tx, "firm", 90_000)
        a_customer(tx, "buyer")
        tx.execute(
            insert(organisation_roles).values(
                id="r",
                organisation_id="firm",
                person_id="buyer",
                role="buyer",
                decides=True,
                created_at=tx.now,
            )
        )

    await house.store.write(fill, None)
    await run(house.store)
    found = await tiers(house.store)
    assert (found["firm"], found["buyer"]) == ("gold", "gold")
    assert (await run(house.store)).unchanged


async def test_who_has_no_orders_any_more_has_no_tier_by_rule(house: House) -> None:
    await house.store.write(shop, [9000, 900, 60, 40])
    await run(house.store)

    def given_away(tx: Tx, _: None) -> None:
        tx.execute(update(orders).where(orders.c.customer_id == "c01").values(customer_id="c02"))

    await house.store.write(given_away, None)
    await run(house.store)
    found = await tiers(house.store)
    assert (found["c01"], found["c02"]) == ("standard", "gold")
    assert "c01" not in await values(house.store)
    assert (await run(house.store)).unchanged


async def test_hysteresis_keeps_who_is_just_below_the_cut(house: House) -> None:
    await house.store.write(shop, [5000, 3000, 1900, 100])
    await run(house.store)
    assert (await tiers(house.store))["c02"] == "gold"

    def first_buys(tx: Tx, _: None) -> None:
        an_order(tx, "c01", 6000, 5)  # 11,000 of 16,000; then 14,000: c03 begins at 87 %

    await house.store.write(first_buys, None)
    await run(house.store)
    assert (await tiers(house.store))["c02"] == "gold"  # 68 % above it: still within

    def and_more(tx: Tx, _: None) -> None:
        an_order(tx, "c01", 14_000, 5)  # 25,000 of 30,000: c02 begins at 83 %

    await house.store.write(and_more, None)
    await run(house.store)
    assert (await tiers(house.store))["c02"] == "gold"

    def most(tx: Tx, _: None) -> None:
        an_order(tx, "c01", 20_000, 5)  # 90 %

    await house.store.write(most, None)
    await run(house.store)
    assert (await tiers(house.store))["c02"] == "standard"


async def test_rules_as_data_decide_and_are_named(house: House) -> None:
    document = {
        "tiers": [{"tier": "low", "when": {"field": "orders", "at_least": 1}}],
        "short_history": "not_lower",
    }

    def fill(tx: Tx, _: None) -> None:
        shop(tx, [9000, 1])
        tx.execute(
            insert(tier_rule_sets).values(
                version=1,
                effective_from=tx.now,
                document=document,
                made_at=tx.now,
                note="",
            )
        )

    await house.store.write(fill, None)
    report = await run(house.store)
    assert report.rules_version == 1
    assert set((await tiers(house.store)).values()) == {"low"}


async def test_one_run_at_a_time(house: House) -> None:
    await house.store.write(take_lease, AskLease("tiers", "another process", 60))
    with pytest.raises(TierRunGoesOn):
        await run(house.store)


async def test_a_run_that_was_broken_off_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.store.write(shop, [9000, 900, 60, 40])
    real = moving.move_tiers
    monkeypatch.setattr(value_run, "_FIRST_PIECE", 1)

    def broken(tx: Tx, piece: Any) -> Any:
        if piece.moves[0].customer_id != "c01":
            raise RuntimeError("the power went")
        return real(tx, piece)

    monkeypatch.setattr(value_run, "move_tiers", broken)
    with pytest.raises(RuntimeError):
        await run(house.store)
    assert (await tiers(house.store))["c01"] == "gold"
    monkeypatch.setattr(value_run, "move_tiers", real)
    report = await run(house.store)
    assert report.moved == 3  # those of before the break too
    assert (await run(house.store)).unchanged

    def runs(tx: Tx, _: None) -> list[Any]:
        return list(tx.execute(select(tier_runs)))

    [kept] = await house.store.read(runs, None)
    assert (kept.state, kept.moves) == ("done", 3)


async def test_who_was_changed_meanwhile_is_left_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.store.write(shop, [9000, 900, 60, 40])
    real = moving.move_tiers

    def just_before(tx: Tx, piece: Any) -> Any:
        set_customer(tx, "c01", tier="low", tier_source="manual")
        return real(tx, piece)

    monkeypatch.setattr(value_run, "move_tiers", just_before)
    await run(house.store)
    assert (await tiers(house.store))["c01"] == "low"
