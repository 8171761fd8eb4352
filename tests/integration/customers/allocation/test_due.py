"""Half of the time, all of it, half as much again: each once, and nothing of who was touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from hub.accounts.model import Actor
from hub.accounts.tables import team_members, users
from hub.agent_console.allocation_news import lead_news
from hub.contacts.inbound import CallEvent, CallMoment
from hub.contacts.logged import LogEntry, log_entry
from hub.contacts.model import CallOutcome, Channel, Direction, InteractionKind
from hub.contacts.tables import entry_points
from hub.core.ids import new_id
from hub.customers.settings import AllocationRule
from hub.customers.tables import customers
from hub.desk.calling import StartCall, start_call
from hub.intake.report import report
from hub.storage import Tx
from hub.wiring.customers import fire_due_leads
from tests.integration.customers.house import Client, serve
from tests.integration.intake.test_incoming_calls import ring

from .build import HOUR_S, SELLERS, Shop, counting


@pytest.fixture
async def client(shop: Shop) -> AsyncIterator[Client]:
    async with serve(shop.house) as opened:
        yield opened


class Told:
    """The hints of leads that were published, by topic."""

    def __init__(self, shop: Shop) -> None:
        self.topics: Counter[str] = Counter()
        self._shop = shop

    async def due(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The timekeeper goes by; return what it told of."""
        told: list[str] = []
        hint = Tx.hint

        def heard(tx: Tx, topic: str, key: str) -> None:
            told.append(topic)
            hint(tx, topic, key)

        with monkeypatch.context() as patched:
            patched.setattr(Tx, "hint", heard)
            await self._shop.due()
        return [topic for topic in told if topic.startswith("lead.")]


async def touch(shop: Shop, name: str, customer_id: str, kind: InteractionKind) -> None:
    actor = Actor(shop.sellers[name], name, "session")
    entry = LogEntry(actor, customer_id, kind, Direction.OUTBOUND, "hello", await shop.house.now())
    await shop.store.write(log_entry, entry)


async def test_each_moment_fires_once_and_the_next_one_gets_the_customer(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.rules(SELLERS)
    lead = await shop.lead("L")
    await shop.look()
    told = Told(shop)
    for wait, expected in (
        (2 * HOUR_S - 1, []),
        (1, ["lead.reminder"]),
        (0, []),
        (2 * HOUR_S - 1, []),
        (1, ["lead.escalated"]),
        (0, []),
        (2 * HOUR_S - 1, []),
        (1, ["lead.recalled", "lead.given"]),
        (0, []),
    ):
        shop.clock.advance(wait)
        assert await told.due(monkeypatch) == expected
    assert await shop.who_has(lead) == "Ben"
    was, now = await shop.rows(lead)
    assert (was.ended_as, now.trace["cause"], now.trace["before"]) == (
        "recalled", "recalled", shop.sellers["Ann"],
    )  # fmt: skip
    assert now.trace["rules"][0]["left_out"] == {shop.sellers["Ann"]: "tried"}
    assert now.recall_at - now.made_at == timedelta(hours=6)


async def test_what_comes_due_while_the_hub_is_down_is_told_of_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.rules(SELLERS)
    await shop.lead("L")
    await shop.look()
    shop.clock.advance(5 * HOUR_S)
    assert await Told(shop).due(monkeypatch) == ["lead.escalated"]
    shop.clock.advance(10 * HOUR_S)
    assert await Told(shop).due(monkeypatch) == ["lead.recalled", "lead.given"]
    shop.clock.advance(7 * HOUR_S)  # all three at once
    assert await Told(shop).due(monkeypatch) == ["lead.recalled", "lead.given"]
    was = (await shop.rows())[-2]
    assert was.reminded_at == was.escalated_at == was.ended_at


async def test_after_the_last_one_they_stay_and_supervisors_hear_of_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.rules(SELLERS)
    lead = await shop.lead("L")
    await shop.look()
    had = []
    for _ in range(5):
        had.append(await shop.who_has(lead))
        shop.clock.advance(6 * HOUR_S)
        told = await Told(shop).due(monkeypatch)
    assert had == ["Ann", "Ben", "Cai", "Cai", "Cai"]
    assert told == []
    *_, last = await shop.rows(lead)
    assert (last.recall_at, last.ended_as) == (None, None)
    assert set(last.trace["stuck"][0]["left_out"].values()) == {"tried"}


@pytest.mark.parametrize("kind", [InteractionKind.VISIT, InteractionKind.LETTER])
async def test_a_touch_of_the_owner_ends_it_and_others_do_not(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, kind: InteractionKind
) -> None:
    await shop.rules(SELLERS)
    lead, other = await shop.lead("L"), await shop.lead("M")
    await shop.look()
    shop.clock.advance(HOUR_S)
    await touch(shop, "Ann", lead, kind)
    await touch(shop, "Cai", other, kind)  # Ben's
    shop.clock.advance(HOUR_S)
    assert await Told(shop).due(monkeypatch) == ["lead.reminder"]
    [row], [still] = await shop.rows(lead), await shop.rows(other)
    assert (row.ended_as, row.touched_at - row.made_at) == ("touched", timedelta(hours=1))
    assert still.ended_as is None
    assert await shop.who_has(lead) == "Ann"  # for good


async def test_an_answer_by_mail_is_a_touch(shop: Shop) -> None:
    await shop.rules(SELLERS)
    contact_id = await shop.house.receive("hello", "new@x.test")
    customer_id = await shop.house.customer_of(contact_id)
    await shop.look()
    ann = Actor(shop.sellers["Ann"], "Ann", "session")
    shop.clock.advance(60)
    shop.house.agent = ann
    await shop.house.answer(contact_id, "good day")
    shop.clock.advance(9 * HOUR_S)
    await shop.due()
    assert [row.ended_as for row in await shop.rows(customer_id)] == ["touched"]


async def told_of_call(shop: Shop, contact_id: str, moment: CallMoment, **more: Any) -> None:
    event = CallEvent(new_id(), "hotline", contact_id, moment, await shop.house.now(), **more)
    await shop.store.write(report, event)


def start(tx: Tx, asked: tuple[str, str]) -> str:
    """(agent id, number): a call of ours begins; return the contact."""
    agent_id, number = asked
    point = tx.execute(select(entry_points).where(entry_points.c.id == "hotline")).one()
    return start_call(tx, StartCall(agent_id, "Ann", point, number)).contact_id


async def test_a_call_that_the_owner_answers_is_a_touch(shop: Shop) -> None:
    await shop.rules(SELLERS)
    calls = [await shop.house.receive("", f"1380013800{n}", Channel.PHONE) for n in (1, 2)]
    lead, other = [await shop.house.customer_of(one) for one in calls]
    await shop.look()
    assert await shop.who_has(lead) == "Ann"
    shop.clock.advance(60)
    await shop.store.write(ring, (calls[0], shop.sellers["Ann"]))
    await shop.store.write(ring, (calls[1], shop.sellers["Cai"]))  # Ben's
    shop.clock.advance(5)
    for call in calls:
        await told_of_call(shop, call, CallMoment.AGENT_JOINED)
    shop.clock.advance(9 * HOUR_S)
    await shop.due()
    [row], [theirs, _] = await shop.rows(lead), await shop.rows(other)
    assert (row.ended_as, row.touched_at - row.made_at) == ("touched", timedelta(seconds=65))
    assert theirs.ended_as == "recalled"


async def test_a_call_that_only_rings_is_no_touch(shop: Shop) -> None:
    await shop.rules(SELLERS)
    call = await shop.house.receive("", "13800138001", Channel.PHONE)
    lead = await shop.house.customer_of(call)
    await shop.look()
    await shop.store.write(ring, (call, shop.sellers["Ann"]))
    shop.clock.advance(9 * HOUR_S)
    await shop.due()
    assert [row.ended_as for row in await shop.rows(lead)] == ["recalled", None]


@pytest.mark.parametrize("outcome", [CallOutcome.BUSY, CallOutcome.NO_ANSWER, None])
async def test_a_call_of_ours_is_a_touch_where_it_is_answered(
    shop: Shop, outcome: CallOutcome | None
) -> None:
    await shop.rules(SELLERS)
    call = await shop.house.receive("", "13800138001", Channel.PHONE)
    lead = await shop.house.customer_of(call)
    await told_of_call(shop, call, CallMoment.CUSTOMER_LEFT)
    await shop.look()
    shop.clock.advance(60)
    ours = await shop.store.write(start, (shop.sellers["Ann"], "+8613800138001"))
    await told_of_call(shop, ours, CallMoment.DIALLING)
    if outcome is None:
        await told_of_call(shop, ours, CallMoment.AGENT_JOINED)
        await told_of_call(shop, ours, CallMoment.CUSTOMER_LEFT)
    else:
        await told_of_call(shop, ours, CallMoment.NOT_REACHED, outcome=outcome)
    shop.clock.advance(9 * HOUR_S)
    await shop.due()
    expected = ["touched"] if outcome is None else ["recalled", None]
    assert [row.ended_as for row in await shop.rows(lead)] == expected


async def test_who_was_given_another_owner_meanwhile_is_not_recalled(shop: Shop) -> None:
    await shop.rules(SELLERS)
    lead = await shop.lead("L")
    await shop.look()

    def moved(tx: Tx, _: None) -> None:  # another process, which has ended nothing yet
        mine = update(customers).where(customers.c.id == lead)
        tx.execute(mine.values(owner_id=shop.sellers["Cai"]))

    await shop.store.write(moved, None)
    shop.clock.advance(6 * HOUR_S)
    await shop.due()
    assert [row.ended_as for row in await shop.rows(lead)] == ["moved"]
    assert await shop.who_has(lead) == "Cai"


async def test_deadlines_go_by_the_hours_that_the_rule_names(shop: Shop) -> None:
    hours = AllocationRule(
        key="slow", zh="慢", en="Slow", team="sales", touch_within_minutes=240, hours="office"
    )
    unknown = AllocationRule(
        key="gone", zh="无", en="Gone", team="sales", touch_within_minutes=240, hours="gone",
        when={"field": "first_source", "is": ["fair"]},
    )  # fmt: skip
    await shop.rules(unknown, hours)
    shop.clock.advance(5 * HOUR_S)  # 17:00 of a day that ends at 18:00, see testing/center
    lead, other = await shop.lead("L"), await shop.lead("M", source="fair")
    await shop.look()
    [row], [by_clock] = await shop.rows(lead), await shop.rows(other)
    assert by_clock.escalate_at - by_clock.made_at == timedelta(hours=4)
    assert row.calendar_id == "office"
    assert row.remind_at <= row.escalate_at <= row.recall_at


async def test_a_timer_that_was_cut_off_goes_by_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.rules(SELLERS)
    lead = await shop.lead("L")
    await shop.look()
    shop.clock.advance(6 * HOUR_S)

    def die(tx: Tx, _: None) -> None:
        fire_due_leads(tx, tx.now, 200)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await shop.store.write(die, None)
    assert len(await shop.rows(lead)) == 1
    assert await Told(shop).due(monkeypatch) == ["lead.recalled", "lead.given"]
    assert await Told(shop).due(monkeypatch) == []
    assert len(await shop.rows(lead)) == 2


async def test_many_fall_due_by_as_many_statements_as_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.rules(SELLERS)
    costs = []

    def due(tx: Tx, _: None) -> int:
        act = lambda: fire_due_leads(tx, tx.now, 200)  # noqa: E731 - one call
        return counting(tx, monkeypatch, act, "INSERT INTO")

    for size in (2, 1, 30):
        for name in shop.sellers:
            await shop.away(name, 0)
        for n in range(size):
            await shop.lead(f"L{size}-{n}")
        await shop.look()
        shop.clock.advance(4 * HOUR_S)
        await shop.due()
        shop.clock.advance(2 * HOUR_S)
        costs.append(await shop.store.write(due, None))
        for _ in range(6):  # those of before are over for good
            shop.clock.advance(6 * HOUR_S)
            await shop.due()
    assert costs[1] == costs[2]
    assert await shop.store.write(due, None) == 1  # nothing is due


async def test_who_is_told_what(shop: Shop) -> None:
    await shop.rules(SELLERS)
    await shop.lead("Lee")
    await shop.look()
    [row] = await shop.rows()

    def steer(tx: Tx, user_id: str) -> None:
        tx.execute(update(users).where(users.c.id == user_id).values(role="supervisor"))
        tx.execute(insert(team_members).values(team_id="sales", user_id=user_id))

    assert shop.house.supervisor.id is not None
    await shop.store.write(steer, shop.house.supervisor.id)
    ann, sun = {shop.sellers["Ann"]}, {shop.house.supervisor.id}

    async def told(topic: str) -> list[tuple[Any, ...]]:
        found = await shop.store.read(lead_news, (topic, row.id))
        return [(one.code, one.user_ids, one.detail) for one in found]

    assert await told("lead.given") == [("lead_given", ann, "Lee")]
    assert await told("lead.reminder") == [("lead_reminder", ann, "Lee")]
    assert await told("lead.escalated") == [
        ("lead_due", ann, "Lee"),
        ("lead_escalated", sun, "Ann: Lee"),
    ]
    assert await told("lead.recalled") == [("lead_recalled", ann, "Lee")]
    assert await told("lead.stuck") == [("lead_stuck", sun, "Ann: Lee")]


async def test_lists_and_trace_by_api_and_given_by_hand(shop: Shop, client: Client) -> None:
    await shop.rules(SELLERS)
    leads = [await shop.lead(f"L{n}") for n in range(4)]
    await shop.look()
    status, page = await client.ask("GET", "/allocations?whose=all&limit=3", who="supervisor")
    assert (status, len(page["items"])) == (200, 3)
    status, rest = await client.ask(
        "GET", f"/allocations?whose=all&limit=3&after={page['after']}", who="supervisor"
    )
    found = [one["customer_id"] for one in (*page["items"], *rest["items"])]
    assert (sorted(found), rest["after"]) == (sorted(leads), None)
    assert (await client.ask("GET", "/allocations?whose=all"))[0] == 403
    assert (await client.ask("GET", "/allocations"))[1]["items"] == []  # none of them is Li's
    assert (await client.ask("GET", "/allocations?whose=team", who="supervisor"))[1]["items"] == []
    path = f"/customers/{leads[0]}/allocations"
    body = {"to_id": shop.house.agent.id, "reason": "knows them", "within_minutes": 60}
    assert (await client.ask("POST", path, body))[0] == 403
    status, made = await client.ask("POST", path, body, who="supervisor")
    assert (status, made["to_name"], made["cause"], made["before_name"]) == (
        201, "Li", "by_hand", "Ann",
    )  # fmt: skip
    again = await client.ask("POST", path, body, who="supervisor")
    assert (again[0], again[1]["code"]) == (409, "allocation.has_them")
    status, mine = await client.ask("GET", "/allocations")
    assert [one["customer_name"] for one in mine["items"]] == ["L0"]
    status, traced = await client.ask("GET", path)
    assert [(one["cause"], one["ended_as"]) for one in traced] == [
        ("by_hand", None), ("new", "moved"),
    ]  # fmt: skip
    [rule] = traced[1]["rules"]
    assert (rule["en"], rule["why"]) == ("Sellers", "given")
    assert [(one["name"], one["leads"]) for one in rule["considered"]] == [
        ("Ann", 0), ("Ben", 0), ("Cai", 0),
    ]  # fmt: skip
    await touch(shop, "Ann", leads[3], InteractionKind.VISIT)
    status, page = await client.ask("GET", f"/customers/{leads[3]}/allocations")
    assert page[0]["touched_at"] is not None
    nobody = await client.ask("POST", path, {**body, "to_id": "x"}, who="supervisor")
    assert nobody[0] == 404
    buyer = await shop.lead("Buyer")
    refused = await client.ask("POST", f"/customers/{buyer}/allocations", body, who="supervisor")
    assert (refused[0], refused[1]["code"]) == (409, "allocation.no_lead")  # nobody has looked yet
