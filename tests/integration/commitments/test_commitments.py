"""Promises: made, reminded of, broken once and only once, kept; through the real API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from hub.contacts.commitments import due
from hub.contacts.commitments.reads import nearest_due
from hub.contacts.commitments.service import fire_due
from hub.contacts.commitments.tables import commitments
from hub.core.bus import Bus
from hub.storage import Store
from hub.testing.clock import NOON, ManualClock
from tests.integration.customers.house import Client, House, open_house, serve


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


def a_promise(hours: float = 2, **changes: Any) -> dict[str, Any]:
    due_at = (NOON + timedelta(hours=hours)).isoformat()
    return {"kind": "callback", "text": "call back about the lamp", "due_at": due_at, **changes}


async def promised(house: House, client: Client, **changes: Any) -> Any:
    contact_id = await house.receive("my lamp is dark")
    status, made = await client.ask(
        "POST", f"/contacts/{contact_id}/commitments", a_promise(**changes)
    )
    assert status == 201, made
    return made


async def fire(store: Store) -> int:
    return await store.write(lambda tx, _: fire_due(tx, tx.now, 100), None)


async def test_a_promise_is_owned_by_who_made_it_and_stands_on_the_timeline(
    house: House, client: Client
) -> None:
    made = await promised(house, client)
    assert (made["state"], made["owner_id"], made["owner_name"]) == ("open", house.agent.id, "Li")
    _, page = await client.ask("GET", f"/customers/{made['customer_id']}/timeline")
    assert [e["text"] for e in page["items"] if e["kind"] == "commitment"] == [
        "call back about the lamp"
    ]


async def test_the_customers_page_and_my_list_show_it(house: House, client: Client) -> None:
    made = await promised(house, client)
    of_customer = f"/customers/{made['customer_id']}/commitments"
    one_of = f"/commitments?customer={made['customer_id']}"
    for path in ("/commitments", "/commitments?owner=me", one_of, of_customer):
        _, page = await client.ask("GET", path)
        assert [row["id"] for row in page["items"]] == [made["id"]]
    _, page = await client.ask("GET", "/commitments", who="outsider")
    assert page["items"] == []


async def test_a_promise_due_in_the_past_is_refused(house: House, client: Client) -> None:
    contact_id = await house.receive("hello")
    status, problem = await client.ask(
        "POST", f"/contacts/{contact_id}/commitments", a_promise(hours=0)
    )
    assert (status, problem["code"]) == (422, "commitment.past_due")


async def test_an_owner_must_be_able_to_sign_in(house: House, client: Client) -> None:
    contact_id = await house.receive("hello")
    status, _ = await client.ask(
        "POST", f"/contacts/{contact_id}/commitments", a_promise(owner_id="ghost")
    )
    assert status == 422


async def test_half_time_reminds_once_and_the_end_breaks_once(
    house: House, client: Client, clock: ManualClock, bus: Bus
) -> None:
    made = await promised(house, client)
    with bus.subscribe(["commitment.reminder", "commitment.broken"]) as hints:
        assert await fire(house.store) == 0
        clock.advance(3600)
        assert [await fire(house.store) for _ in range(2)] == [1, 0]
        clock.advance(3600)
        assert [await fire(house.store) for _ in range(2)] == [1, 0]
        seen = [(hint.topic, hint.key) for hint in await hints.next(1)]
    assert seen == [("commitment.reminder", made["id"]), ("commitment.broken", made["id"])]


async def test_a_hub_that_slept_breaks_without_a_late_reminder(
    house: House, client: Client, clock: ManualClock, bus: Bus
) -> None:
    await promised(house, client)
    clock.advance(86_400)
    with bus.subscribe(["commitment.reminder", "commitment.broken"]) as hints:
        await fire(house.store)
        assert [hint.topic for hint in await hints.next(1)] == ["commitment.broken"]


async def test_a_broken_promise_can_still_be_kept_but_a_kept_one_stays(
    house: House, client: Client, clock: ManualClock
) -> None:
    made = await promised(house, client)
    clock.advance(7200)
    await fire(house.store)
    path = f"/commitments/{made['id']}"
    status, kept = await client.ask("PATCH", path, {"state": "kept", "outcome": "called"})
    assert (status, kept["state"]) == (200, "kept")
    status, problem = await client.ask("PATCH", path, {"state": "withdrawn", "outcome": "x"})
    assert (status, problem["code"]) == (409, "commitment.illegal_move")
    _, page = await client.ask("GET", "/commitments")
    assert page["items"] == []


async def test_withdrawing_needs_a_reason(house: House, client: Client) -> None:
    path = f"/commitments/{(await promised(house, client))['id']}"
    assert (await client.ask("PATCH", path, {"state": "withdrawn"}))[0] == 422


async def test_a_new_time_starts_the_reminder_anew(
    house: House, client: Client, clock: ManualClock
) -> None:
    made = await promised(house, client)
    clock.advance(7200)
    await fire(house.store)
    later = {"due_at": (NOON + timedelta(hours=4)).isoformat()}
    _, changed = await client.ask("PATCH", f"/commitments/{made['id']}", later)
    assert changed["state"] == "open"
    clock.advance(3600)
    assert await fire(house.store) == 1
    row = await house.store.read(lambda tx, _: tx.execute(select(commitments)).one(), None)
    assert (row.state, row.reminded_at) == ("open", NOON + timedelta(hours=3))


async def test_what_was_put_off_since_the_look_is_neither_reminded_of_nor_broken(
    house: House, client: Client, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await promised(house, client)
    clock.advance(600)
    seen = SimpleNamespace(ids=lambda *_: [made["id"]])  # somebody in another process changed it
    monkeypatch.setattr(due, "_HALF_TIME", seen)
    monkeypatch.setattr(due, "_OVERDUE", seen)
    assert await fire(house.store) == 0
    row = await house.store.read(lambda tx, _: tx.execute(select(commitments)).one(), None)
    assert (row.state, row.reminded_at, row.broken_at) == ("open", None, None)


async def test_what_was_kept_since_the_look_is_not_reminded_of(
    house: House, client: Client, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await promised(house, client)
    clock.advance(3600)
    await client.ask("PATCH", f"/commitments/{made['id']}", {"state": "kept", "outcome": "called"})
    monkeypatch.setattr(due, "_HALF_TIME", SimpleNamespace(ids=lambda *_: [made["id"]]))
    assert await fire(house.store) == 0


async def test_when_it_was_broken_first_stays_whatever_is_agreed_on(
    house: House, client: Client, clock: ManualClock
) -> None:
    made = await promised(house, client)

    async def breaks() -> tuple[Any, Any]:
        found = select(commitments.c.broken_at, commitments.c.first_broken_at)
        row = await house.store.read(lambda tx, _: tx.execute(found).one(), None)
        return row.broken_at, row.first_broken_at

    assert await breaks() == (None, None)
    clock.advance(7200)
    await fire(house.store)
    first = NOON + timedelta(hours=2)
    assert await breaks() == (first, first)
    later = {"due_at": (NOON + timedelta(hours=4)).isoformat()}
    await client.ask("PATCH", f"/commitments/{made['id']}", later)
    assert await breaks() == (None, first)
    clock.advance(7200)
    await fire(house.store)
    assert await breaks() == (NOON + timedelta(hours=4), first)


async def test_a_supervisor_steers_the_teams_promises_and_strangers_see_none(
    house: House, client: Client
) -> None:
    made = await promised(house, client)
    path = f"/commitments/{made['id']}"
    assert (await client.ask("PATCH", path, {"state": "kept"}, who="outsider"))[0] == 404
    _, page = await client.ask("GET", "/commitments?owner=team", who="supervisor")
    assert [row["id"] for row in page["items"]] == [made["id"]]
    body = {"owner_id": house.supervisor.id}
    status, changed = await client.ask("PATCH", path, body, who="supervisor")
    assert (status, changed["owner_name"]) == (200, "Sun")


async def test_a_contact_of_another_team_takes_no_promise(house: House, client: Client) -> None:
    contact_id = await house.receive("hello")
    path = f"/contacts/{contact_id}/commitments"
    assert (await client.ask("POST", path, a_promise(), who="outsider"))[0] == 404


async def test_the_nearest_due_of_many_customers_is_found_at_once(
    house: House, client: Client
) -> None:
    made = await promised(house, client, hours=5)
    path = f"/customers/{made['customer_id']}/commitments"
    assert (await client.ask("POST", path, a_promise(hours=3)))[0] == 201
    due = await house.store.read(nearest_due, [made["customer_id"], "somebody else"])
    assert due == {made["customer_id"]: NOON + timedelta(hours=3)}
