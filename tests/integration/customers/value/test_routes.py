"""The routes of values: supervisors look, anybody takes an objection, agents are told nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from hub import care
from hub.accounts.tables import teams
from hub.contacts.model import Channel
from hub.customers.settings import Cost, CostRate
from hub.storage import Store, Tx
from hub.testing.clock import ManualClock
from tests.integration.customers.house import Client, House, open_house, serve

from .builders import (
    a_customer,
    an_effort,
    an_order,
    everything,
    run,
    set_customer,
    set_rules,
    shop,
    tiers,
)


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


def _fill(tx: Tx, _: None) -> None:
    rates = [CostRate(channel="phone", per_minute=100)]
    set_rules(tx, cost=Cost(rates=rates))
    shop(tx, [6000, 2000, 1000, 900, 60, 40])
    address = a_customer(tx, "dear")
    an_order(tx, "dear", 5, 800)
    an_order(tx, "dear", 5, 300)
    an_effort(tx, address, 60)


async def test_a_supervisor_sees_what_a_customer_is_worth_and_why(
    house: House, client: Client
) -> None:
    await house.store.write(_fill, None)
    report = await run(house.store)
    status, found = await client.ask("GET", "/customers/c01/value", who="supervisor")
    assert status == 200
    assert (found["tier"], found["computed"], found["rule"], found["why"]) == (
        "gold",
        "gold",
        1,
        "rule",
    )
    figures = found["figures"]
    assert (figures["rank"], figures["of"]) == (1, report.customers)
    assert figures["found"] == ["best", "full_window"]
    assert found["changes"][0]["inputs"]["rank"] == 1
    _, dear = await client.ask("GET", "/customers/dear/value", who="supervisor")
    assert "loss_making" in dear["figures"]["found"]
    _, nobody = await client.ask("POST", "/customers", {"name": "New"}, who="supervisor")
    _, new = await client.ask("GET", f"/customers/{nobody['id']}/value", who="supervisor")
    assert (new["figures"], new["computed"], new["tier"]) == (None, None, "standard")


async def test_runs_and_lists_are_paged_for_supervisors(house: House, client: Client) -> None:
    await house.store.write(_fill, None)
    first = await run(house.store)

    def more(tx: Tx, _: None) -> None:
        an_order(tx, "c06", 7, 3)

    await house.store.write(more, None)
    await run(house.store)
    _, page = await client.ask("GET", "/tiers/runs?limit=1", who="supervisor")
    assert page["after"]
    _, rest = await client.ask(
        "GET", f"/tiers/runs?limit=1&after={page['after']}", who="supervisor"
    )
    assert rest["items"][0]["report"]["digest"] == first.digest
    _, loss = await client.ask("GET", "/tiers/found", who="supervisor")
    assert [row["customer_id"] for row in loss["items"]] == ["dear"]
    segment = (await client.ask("GET", "/customers/c01/value", who="supervisor"))[1]["figures"][
        "segment"
    ]
    _, called = await client.ask("GET", f"/tiers/found?called={segment}", who="supervisor")
    assert "c01" in [row["customer_id"] for row in called["items"]]
    status, _ = await client.ask("GET", "/tiers/found?called=nobody", who="supervisor")
    assert status == 422


async def test_a_preview_says_who_would_move_and_changes_nothing(
    house: House, client: Client
) -> None:
    rules = {"tiers": [{"tier": "gold", "when": {"field": "revenue", "at_least": 900}}]}
    _, before_any = await client.ask("POST", "/tiers/preview", {"rules": rules}, who="supervisor")
    assert before_any["ready"] is False
    await house.store.write(_fill, None)
    await run(house.store)
    before = await everything(house.store)
    status, preview = await client.ask("POST", "/tiers/preview", {"rules": rules}, who="supervisor")
    assert status == 200
    assert await everything(house.store) == before
    assert preview["tiers"] == {"gold": 4, "standard": 3}
    assert sum(move["count"] for move in preview["moves"]) == preview["moved"] == 3
    assert {"from": "low", "to": "standard", "count": 2} in preview["moves"]
    assert preview["sample"][0]["customer_id"] == "c04"
    # what is previewed is what a run then does
    status, _ = await client.ask(
        "PUT", "/tiers/rules", {"rules": rules, "after": 0, "note": "more gold"}, who="supervisor"
    )
    assert status == 200
    report = await run(house.store)
    assert [(m.from_, m.to, m.count) for m in report.moves] == [
        (m["from"], m["to"], m["count"]) for m in preview["moves"]
    ]
    assert report.tiers == preview["tiers"]


async def test_another_tail_previewed_is_the_one_that_a_run_cuts(
    house: House, client: Client
) -> None:
    await house.store.write(_fill, None)
    await run(house.store)
    rules = {
        "tiers": [
            {"tier": "gold", "when": {"field": "best", "is": True}},
            {"tier": "low", "when": {"field": "tail", "is": True}},
        ],
        "best_share": 0.5,
        "tail_share": 0.3,
    }
    _, preview = await client.ask("POST", "/tiers/preview", {"rules": rules}, who="supervisor")
    document = {"rules": rules, "after": 0, "note": "a longer tail"}
    status, _ = await client.ask("PUT", "/tiers/rules", document, who="supervisor")
    report = await run(house.store)
    assert (status, report.tail.count > 1) == (200, True)
    assert preview["tiers"]["low"] == report.tiers["low"] == report.tail.count
    assert report.tiers == preview["tiers"]


async def test_the_usual_rules_previewed_move_nobody(house: House, client: Client) -> None:
    await house.store.write(_fill, None)
    await run(house.store)
    _, rules = await client.ask("GET", "/tiers/rules", who="supervisor")
    counted_by = (rules["window_days"], rules["margin"], rules["currency"], rules["may_change"])
    assert counted_by == (365, 1.0, "CNY", True)
    _, preview = await client.ask(
        "POST", "/tiers/preview", {"rules": rules["usual"]}, who="supervisor"
    )
    assert (preview["moved"], preview["moves"]) == (0, [])


async def test_rules_are_versions_with_a_day_from_which_they_hold(
    house: House, client: Client, clock: ManualClock
) -> None:
    rules: dict[str, Any] = {"tiers": []}
    later = (clock.now() + timedelta(days=2)).isoformat()
    status, made = await client.ask(
        "PUT",
        "/tiers/rules",
        {"rules": rules, "after": 0, "effective_from": later},
        who="supervisor",
    )
    assert status == 200
    assert (made["newest"], made["in_force"]["version"]) == (1, 0)
    assert made["versions"][0]["in_force"] is False
    status, refused = await client.ask(
        "PUT", "/tiers/rules", {"rules": rules, "after": 0}, who="supervisor"
    )
    assert (status, refused["code"]) == (409, "tiers.stale_rules")
    clock.advance(timedelta(days=3).total_seconds())
    _, found = await client.ask("GET", "/tiers/rules", who="supervisor")
    assert found["in_force"]["version"] == 1
    past = (clock.now() - timedelta(days=1)).isoformat()
    status, _ = await client.ask(
        "PUT",
        "/tiers/rules",
        {"rules": rules, "after": 1, "effective_from": past},
        who="supervisor",
    )
    assert status == 422


async def test_every_fault_of_rules_is_named_at_its_place(client: Client) -> None:
    rules: dict[str, Any] = {
        "tiers": [
            {"tier": "platinum", "when": {"field": "orders", "at_least": 1}},
            {"tier": "gold", "when": {"field": "nothing", "is": True}},
            {"tier": "gold", "when": {"field": "tier", "is": ["gold"]}, "odd": 1},
        ],
        "best_share": 2,
    }
    for method, path, more in (
        ("POST", "/tiers/preview", {}),
        ("PUT", "/tiers/rules", {"after": 0}),
    ):
        status, told = await client.ask(method, path, {"rules": rules} | more, who="supervisor")
        assert (status, told["code"]) == (422, "tiers.bad_rules")
        for place in (
            "tiers[0].tier",
            "tiers[1].when.field",
            "tiers[2].when",
            "tiers[2].odd",
            "best_share",
        ):
            assert place in told["detail"], told["detail"]


async def test_rules_are_made_by_who_sees_every_branch(house: House, client: Client) -> None:
    def branch(tx: Tx, _: None) -> None:
        tx.execute(update(teams).where(teams.c.id == "team").values(is_branch=True))
        tx.execute(
            insert(teams).values(id="south", zh="南", en="South", retired=False, is_branch=True)
        )

    await house.store.write(branch, None)
    body = {"rules": {"tiers": []}, "after": 0}
    status, _ = await client.ask("PUT", "/tiers/rules", body, who="supervisor")
    assert status == 403
    _, rules = await client.ask("GET", "/tiers/rules", who="supervisor")
    assert not rules["may_change"]

    def fill(tx: Tx, _: None) -> None:
        _fill(tx, None)
        set_customer(tx, "c01", branch_id="south")
        set_customer(tx, "dear", branch_id="south")

    await house.store.write(fill, None)
    await run(house.store)
    rules = {"tiers": [{"tier": "low", "when": {"field": "orders", "at_least": 0}}]}
    _, preview = await client.ask("POST", "/tiers/preview", {"rules": rules}, who="supervisor")
    assert "c01" not in [one["customer_id"] for one in preview["sample"]]
    _, loss = await client.ask("GET", "/tiers/found", who="supervisor")
    assert loss["items"] == []


async def test_an_objection_gives_the_usual_tier_and_waits_for_a_person(
    house: House, client: Client
) -> None:
    await house.store.write(_fill, None)
    await run(house.store)
    assert (await tiers(house.store))["c06"] == "low"
    body = {"text": "我不同意由机器评定等级。"}
    status, made = await client.ask("POST", "/customers/c06/tier-objections", body)
    assert status == 201
    assert (await tiers(house.store))["c06"] == "standard"
    again = await client.ask("POST", "/customers/c06/tier-objections", body)
    assert again == (201, made)
    report = await run(house.store)
    assert report.moved == 0
    assert (await tiers(house.store))["c06"] == "standard"
    _, page = await client.ask("GET", "/tier-objections", who="supervisor")
    assert [(one["id"], one["tier_before"]) for one in page["items"]] == [(made["id"], "low")]
    _, why = await client.ask("GET", "/customers/c06/value", who="supervisor")
    assert (why["why"], why["computed"]) == ("objection", "low")
    assert why["objection"]["text"] == body["text"]
    path = f"/tier-objections/{made['id']}/decide"
    decision = {"upheld": False, "note": "Looked at it with them."}
    assert (await client.ask("POST", path, decision, who="agent"))[0] == 403
    assert (await client.ask("POST", path, decision, who="supervisor"))[0] == 204
    assert (await tiers(house.store))["c06"] == "low"
    assert (await client.ask("POST", path, decision, who="supervisor"))[0] == 409
    _, page = await client.ask("GET", "/tier-objections", who="supervisor")
    assert page["items"] == []


async def test_an_objection_that_was_upheld_outlives_a_tier_by_hand(
    house: House, client: Client, clock: ManualClock
) -> None:
    await house.store.write(_fill, None)
    await run(house.store)
    _, made = await client.ask("POST", "/customers/c06/tier-objections", {"text": "No."})
    decision = {"upheld": True, "note": "Right."}
    await client.ask("POST", f"/tier-objections/{made['id']}/decide", decision, who="supervisor")
    until = (clock.now() + timedelta(days=1)).isoformat()
    for customer in ("c06", "c01"):
        patch = {"tier": "potential_gold", "tier_reason": "a fair", "tier_until": until}
        status, _ = await client.ask("PATCH", f"/customers/{customer}", patch, who="supervisor")
        assert status == 200
    await run(house.store)
    clock.advance(timedelta(days=2).total_seconds())

    def fire(tx: Tx, now: datetime) -> int:
        return care.fire_due_tiers(tx, now, 10)

    assert await house.store.write(fire, clock.now()) == 2
    found = await tiers(house.store)
    assert (found["c06"], found["c01"]) == ("standard", "gold")  # no rule; what rules computed
    assert (await run(house.store)).moved == 0


WORDS = ("low", "loss", "cost_review", "at_risk", "lost", "hibernating", "defector", "churn")


async def test_agents_are_never_told_of_loss_or_of_the_lowest(
    house: House, client: Client, clock: ManualClock
) -> None:
    """A canary: everything an agent may ask of a customer who is low and makes a loss."""
    contact_id = await house.receive("Where is it?", "dear@example.test", Channel.EMAIL)
    dear = await house.customer_of(contact_id)

    def fill(tx: Tx, _: None) -> None:
        _fill(tx, None)
        an_order(tx, dear, 5, 800)
        an_order(tx, dear, 5, 300)
        address = a_customer(tx, "other")
        set_customer(tx, "other", merged_into_id=dear)
        an_effort(tx, address, 60)

    await house.store.write(fill, None)
    clock.advance(3600)
    await run(house.store)
    assert (await tiers(house.store))[dear] == "low"
    _, record = await client.ask("GET", f"/customers/{dear}")
    assert record["tier_detail"]["since"] == record["created_at"]  # not when it became low
    for path in (
        f"/customers/{dear}",
        "/customers?q=dear",
        "/customers",
        f"/customers/{dear}/timeline",
        f"/customers/{dear}/contacts",
        f"/customers/{dear}/commitments",
    ):
        status, answer = await client.ask("GET", path)
        assert status == 200, path
        told = str(_values(answer))
        assert not [word for word in WORDS if f"'{word}'" in told], (path, told)
        assert "rank" not in told
        assert "rule" not in told
    for method, path, body in (
        ("GET", f"/customers/{dear}/value", None),
        ("GET", "/tiers/runs", None),
        ("GET", "/tiers/rules", None),
        ("GET", "/tiers/found", None),
        ("GET", "/tier-objections", None),
        ("POST", "/tiers/preview", {"rules": {}}),
        ("PUT", "/tiers/rules", {"rules": {}, "after": 0}),
    ):
        status, answer = await client.ask(method, path, body)
        assert status == 403, path


def _values(answer: Any) -> list[str]:
    if isinstance(answer, dict):
        return [word for one in answer.values() for word in _values(one)]
    if isinstance(answer, list):
        return [word for one in answer for word in _values(one)]
    return [str(answer)]
