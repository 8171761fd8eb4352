"""What views show, on both databases: order, paging, sight; no combination reads all there is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import event, insert, select, text, update

from hub.agent_console.readers import Reader
from hub.agent_console.views import due, find
from hub.agent_console.views.find import ViewAfter, ViewPosition, count_view, list_view
from hub.agent_console.views.model import BUILT_IN, Order, ViewFilter
from hub.contacts.access import Sight
from hub.contacts.model import OPEN, Channel, ContactState
from hub.contacts.tables import contacts
from hub.contacts.tags.tables import contact_tags, tags
from hub.core.ids import new_id
from hub.routing.settings import load_settings
from hub.routing.sla.tables import deadlines
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock
from hub.web import Principal, Role, Via, decode_cursor, encode_cursor
from tests.integration.agent_console.test_lists import mails

BOSS = Principal(
    user_id="boss",
    name="Boss",
    role=Role.ADMIN,
    via=Via.SESSION,
    credential_id="",
    team_ids=frozenset(),
)
CHEN = Principal(
    user_id="chen",
    name="Chen",
    role=Role.AGENT,
    via=Via.SESSION,
    credential_id="",
    team_ids=frozenset(),
)


def reader(tx: Tx, principal: Principal, queues: frozenset[str] | None) -> Reader:
    steers = principal.role.at_least(Role.SUPERVISOR)
    sight = Sight(principal.user_id, queues, steers)
    return Reader(principal, sight, load_settings(tx), tx.now, False)


async def page(
    store: Store,
    wanted: ViewFilter,
    limit: int = 200,
    after: ViewAfter | None = None,
    who: tuple[Principal, frozenset[str] | None] = (BOSS, None),
) -> tuple[list[str], ViewAfter | None]:
    def read(tx: Tx, _: None) -> tuple[list[str], ViewAfter | None]:
        found = list_view(tx, reader(tx, *who), wanted, limit, after)
        return found.ids, found.after

    return await store.read(read, None)


async def walk(
    store: Store,
    wanted: ViewFilter,
    limit: int,
    who: tuple[Principal, frozenset[str] | None] = (BOSS, None),
) -> list[str]:
    """Return the ids of the whole view, cursors going through their text."""
    seen: list[str] = []
    after: ViewAfter | None = None
    while True:
        ids, after = await page(store, wanted, limit, after, who)
        seen += ids
        if after is None:
            return seen
        position = decode_cursor(encode_cursor(ViewPosition(after)), ViewPosition)
        assert position is not None
        after = position.at


async def rows(store: Store) -> dict[str, Any]:
    def read(tx: Tx, _: None) -> dict[str, Any]:
        return {row.id: row for row in tx.execute(select(contacts))}

    return await store.read(read, None)


def spread(tx: Tx, _: None) -> None:
    """Put the contacts into all kinds of states, some with deadlines, all different."""
    states = [
        ("queued", None),
        ("active", "chen"),
        ("parked", "chen"),
        ("closed", "chen"),
        ("closed", "li"),
        ("wrap_up", "li"),
        ("queued", None),
        ("abandoned", None),
    ]
    tx.execute(insert(tags).values(id="vip", zh="贵宾", en="VIP", colour="blue", position=0))
    ids = tx.execute(select(contacts.c.id).order_by(contacts.c.id)).scalars().all()
    for number, id_ in enumerate(ids):
        state, agent = states[number % len(states)]
        tx.execute(
            update(contacts)
            .where(contacts.c.id == id_)
            .values(
                state=state,
                agent_id=agent,
                language=("en", "zh-CN", None)[number % 3],
                priority=number % 4,
                last_message_at=contacts.c.opened_at,
                unanswered_since=None if number % 2 else contacts.c.opened_at,
                tags=["vip"] if number % 5 == 0 else None,
                # One conversation each: what is open of it is unique.
            )
        )
        if number % 5 == 0:
            put = {"contact_id": id_, "tag_id": "vip", "at": tx.now, "by_id": None}
            tx.execute(insert(contact_tags), [put])
        if state in OPEN and number % 3 == 0:
            tx.execute(insert(deadlines), [_deadline(tx, id_, number)])


def _deadline(tx: Tx, contact_id: str, number: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "contact_id": contact_id,
        "conversation_id": contact_id,
        "kind": "next_reply",
        "policy_id": "p",
        "calendar_id": "wall",
        "target_us": 1,
        "since_at": tx.now,
        "used_us": 0,
        "fired_us": 0,
        "due_at": tx.now + timedelta(minutes=number * 7 % 90 - 20),
    }


@pytest.fixture
async def center(store: Store, clock: ManualClock) -> Store:
    await store.write(open_center, None)
    await mails(store, clock, 24)
    await store.write(spread, None)
    return store


EVERY_ORDER: Sequence[ViewFilter] = (
    ViewFilter(order=Order.NEWEST),
    ViewFilter(order=Order.OLDEST),
    ViewFilter(order=Order.DUE),
    ViewFilter(order=Order.DUE, due_within_s=1800),
    ViewFilter(unanswered=True, order=Order.OLDEST),
    ViewFilter(unanswered=True, order=Order.NEWEST),
    ViewFilter(states=[ContactState.QUEUED], order=Order.URGENCY),
    ViewFilter(agent="chen", order=Order.NEWEST),
    ViewFilter(queues=["finance"], order=Order.OLDEST),
    ViewFilter(languages=["en"], least_priority=2),
    ViewFilter(tags=["vip"], order=Order.OLDEST),
    ViewFilter(tags=["vip"], order=Order.DUE),
)


@pytest.mark.parametrize("wanted", EVERY_ORDER)
@pytest.mark.parametrize("limit", [1, 3, 7])
async def test_pages_lose_and_repeat_nothing(center: Store, wanted: ViewFilter, limit: int) -> None:
    whole, after = await page(center, wanted)
    assert after is None
    assert whole
    assert await walk(center, wanted, limit) == whole
    assert len(set(whole)) == len(whole)


async def test_a_filter_keeps_exactly_what_it_says(center: Store) -> None:
    everything = await rows(center)
    for wanted, fits in (
        (ViewFilter(channels=[Channel.WEBCHAT]), lambda row: row.channel == "webchat"),
        (ViewFilter(agent="nobody"), lambda row: row.agent_id is None),
        (ViewFilter(agent="chen"), lambda row: row.agent_id == "chen"),
        (ViewFilter(least_priority=2), lambda row: row.priority >= 2),
        (ViewFilter(languages=["zh-CN"]), lambda row: row.language == "zh-CN"),
        (ViewFilter(queues=["support"]), lambda row: row.queue_id == "support"),
        (
            ViewFilter(states=[ContactState.PARKED, ContactState.CLOSED], agent="chen"),
            lambda row: row.state in ("parked", "closed") and row.agent_id == "chen",
        ),
        (ViewFilter(tags=["vip", "gone"]), lambda row: row.tags == ["vip"]),
        (ViewFilter(tags=["gone"]), lambda row: False),
        (ViewFilter(queues=["nowhere"]), lambda row: False),
    ):
        ids, _ = await page(center, wanted)
        assert set(ids) == {row.id for row in everything.values() if fits(row)}


async def test_a_tag_that_many_have_is_met_on_the_way(
    center: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ViewFilter(tags=["vip"], order=Order.OLDEST)
    read_by_tag = await walk(center, wanted, 2)
    monkeypatch.setattr(find, "_FEW", 1)
    assert await walk(center, wanted, 2) == read_by_tag
    assert len(read_by_tag) == 5


async def test_newest_and_oldest_are_each_other_turned_round(center: Store) -> None:
    newest, _ = await page(center, ViewFilter())
    oldest, _ = await page(center, ViewFilter(order=Order.OLDEST))
    assert newest == oldest[::-1]


async def test_what_is_due_soonest_comes_first_once_and_then_the_rest(center: Store) -> None:
    wanted = ViewFilter(order=Order.DUE)
    ids, _ = await page(center, wanted)
    assert set(ids) == set(await rows(center))

    def due(tx: Tx, _: None) -> dict[str, Any]:
        found = tx.execute(select(deadlines.c.contact_id, deadlines.c.due_at))
        return {row.contact_id: row.due_at for row in found}

    by_deadline = await center.read(due, None)
    # Neither waits, so nothing else is due of them.
    held = [id_ for id_ in ids if (await rows(center))[id_].state not in ("queued", "offered")]
    of_some = [id_ for id_ in held if id_ in by_deadline]
    assert of_some == sorted(of_some, key=lambda id_: by_deadline[id_])
    assert of_some == held[: len(of_some)]
    soon, _ = await page(center, ViewFilter(order=Order.DUE, due_within_s=0))
    assert set(soon) <= set(ids[: len(soon) + 1])


@pytest.mark.parametrize("within", [None, 1800])
async def test_what_is_due_of_one_agent_is_that_part_of_the_whole(
    center: Store, within: int | None
) -> None:
    everything = await rows(center)
    whole, _ = await page(center, ViewFilter(order=Order.DUE, due_within_s=within))
    theirs = [id_ for id_ in whole if everything[id_].agent_id == "chen"]
    assert theirs
    asked = ViewFilter(order=Order.DUE, due_within_s=within, agent="chen")
    assert await walk(center, asked, 1) == theirs
    assert await walk(center, asked, 1, (CHEN, frozenset())) == theirs


async def test_a_rare_deadline_is_found_over_pages_that_stay_small(
    center: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ViewFilter(order=Order.DUE, languages=["en"])
    whole, _ = await page(center, wanted)
    monkeypatch.setattr(due, "_ROUNDS", (1, 2))
    first, after = await page(center, wanted, 20)
    assert (len(first) < len(whole), isinstance(after, due.ByDue)) == (True, True)
    assert await walk(center, wanted, 20) == whole


async def test_an_agent_sees_their_queues_and_what_they_hold(center: Store) -> None:
    everything = await rows(center)
    sight = frozenset({"finance"})
    expected = {
        row.id for row in everything.values() if row.queue_id == "finance" or row.agent_id == "chen"
    }
    for wanted in (ViewFilter(), ViewFilter(order=Order.DUE), ViewFilter(order=Order.OLDEST)):
        assert set(await walk(center, wanted, 4, (CHEN, sight))) == expected
    mine, _ = await page(center, ViewFilter(agent="me"), who=(CHEN, sight))
    assert {everything[id_].agent_id for id_ in mine} == {"chen"}
    other, _ = await page(center, ViewFilter(agent="li"), who=(CHEN, sight))
    assert all(everything[id_].queue_id == "finance" for id_ in other)


async def test_what_an_agent_is_asked_about_is_in_their_views(center: Store) -> None:
    everything = await rows(center)
    asked = next(
        row.id for row in everything.values() if row.queue_id == "support" and row.agent_id == "li"
    )

    def of_chen(tx: Tx, wanted: ViewFilter) -> list[str]:
        sight = Sight("chen", frozenset({"finance"}), asked=frozenset({asked}))
        return list_view(tx, Reader(CHEN, sight, load_settings(tx), tx.now, False), wanted, 99).ids

    for wanted in (ViewFilter(), ViewFilter(agent="li"), ViewFilter(order=Order.DUE)):
        found = await center.read(of_chen, wanted)
        assert found.count(asked) == 1
        assert {id_ for id_ in found if everything[id_].queue_id == "support"} <= {
            asked,
            *(row.id for row in everything.values() if row.agent_id == "chen"),
        }
    assert asked not in await center.read(of_chen, ViewFilter(queues=["finance"]))


async def test_a_count_is_exact_up_to_its_limit(center: Store) -> None:
    def count(tx: Tx, asked: tuple[ViewFilter, int]) -> tuple[int, bool]:
        return count_view(tx, reader(tx, BOSS, None), *asked)

    assert await center.read(count, (ViewFilter(), 99)) == (24, False)
    assert await center.read(count, (ViewFilter(), 10)) == (10, True)
    waiting = ViewFilter(states=[ContactState.QUEUED], order=Order.URGENCY)
    assert await center.read(count, (waiting, 99)) == (6, False)


def plan_of(tx: Tx, run: Any) -> str:
    """Return how the database reads what this asks."""
    connection: Any = tx._connection
    seen: list[tuple[str, Any]] = []

    def note(*args: Any) -> None:
        if "contacts" in args[2] and not args[2].startswith("EXPLAIN"):
            seen.append((args[2], args[3]))

    event.listen(connection, "before_cursor_execute", note)
    run(tx)
    event.remove(connection, "before_cursor_execute", note)
    prefix = "EXPLAIN QUERY PLAN" if tx.dialect == "sqlite" else "EXPLAIN"
    found = []
    for sql, parameters in seen:
        made = connection.exec_driver_sql(f"{prefix} {sql}", parameters)
        found += [str(row[-1]) for row in made]
    return "\n".join(found)


COMBINED: Sequence[ViewFilter] = (
    *(view.filter for view in BUILT_IN),
    *EVERY_ORDER,
    ViewFilter(agent="nobody", tiers=["gold"], languages=["en"], attachment=True),
    ViewFilter(agent="li", reasons=["r"], opened_within_s=86_400),
    ViewFilter(agent="me", states=[ContactState.CLOSED], order=Order.OLDEST),
    ViewFilter(queues=["support", "finance"], channels=[Channel.EMAIL], least_priority=1),
    ViewFilter(teams=["team"], unanswered=True, order=Order.DUE),
    ViewFilter(customer="chen"),
)


@pytest.mark.parametrize("sight", [None, frozenset({"support"})])
@pytest.mark.parametrize("wanted", COMBINED)
async def test_every_combination_is_read_by_an_index(
    center: Store, wanted: ViewFilter, sight: frozenset[str] | None
) -> None:
    def explain(tx: Tx, _: None) -> str:
        if tx.dialect == "postgresql":
            tx.execute(text("SET LOCAL enable_seqscan = off"))  # so few rows are read at once
        who = reader(tx, BOSS if sight is None else CHEN, sight)
        return plan_of(tx, lambda tx: list_view(tx, who, wanted, 50))

    plan = await center.write(explain, None)
    for table in ("contacts", "sla_deadlines"):
        bare = [
            line
            for line in plan.splitlines()
            if (line.startswith(f"SCAN {table}") and " USING " not in line)
            or f"Seq Scan on {table}" in line
        ]
        assert bare == []


async def test_a_rare_one_among_many_is_found_over_pages_that_stay_small(
    center: Store, clock: ManualClock
) -> None:
    """The walk ends before it has read everything, and goes on where it ended."""

    def many(tx: Tx, _: None) -> None:
        one = tx.execute(select(contacts).where(contacts.c.state == "closed").limit(1)).one()
        copies = [
            {
                **one._mapping,
                "id": f"x{number:06}",
                "reference": f"x{number:06}",
                "language": "fr" if number in (5, 3_000) else "en",
                "last_message_at": tx.now + timedelta(seconds=number),
            }
            for number in range(9_000)
        ]
        for start in range(0, len(copies), 500):
            tx.execute(insert(contacts), copies[start : start + 500])

    await center.write(many, None)
    wanted = ViewFilter(languages=["fr"], states=[ContactState.CLOSED])
    first, after = await page(center, wanted, 10)
    assert (first, after is None) == (["x003000"], False)
    assert await walk(center, wanted, 10) == ["x003000", "x000005"]


def test_a_filter_refuses_what_nobody_knows() -> None:
    for document in ({"colour": "red"}, {"states": ["asleep"]}, {"least_priority": 12}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(document, ViewFilter)
