"""The routes of callbacks, over a whole hub: who sees them, what may be changed, how it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, select

from hub.accounts.tables import audit_log
from hub.contacts.tables import entry_points
from hub.routing.settings import CallbackRules, load_settings, save_settings
from hub.storage import Tx
from hub.testing.center import an_entry_point
from hub.web import Role

from .conftest import Person, Place

CHEN = {"identities": [{"kind": "phone", "value": "138 0013 8000"}]}


def _call_back(tx: Tx, window: str) -> None:
    settings = load_settings(tx)
    rules = CallbackRules(window=window)
    queues = {
        key: msgspec.structs.replace(queue, callback=rules, calendar_id="always")
        for key, queue in settings.queues.items()
    }
    save_settings(tx, msgspec.structs.replace(settings, queues=queues))


@pytest.fixture
async def calling(place: Place) -> Place:
    await place.hub.store.write(_call_back, "00:00-24:00")
    return place


def in_hours(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


async def agreed(person: Person, **more: Any) -> dict[str, Any]:
    status, made = await person.ask("POST", "/callbacks", {**CHEN, "at": in_hours(2), **more})
    assert status == 201, made
    return dict(made)


async def test_an_agreed_time_is_listed_with_a_masked_number_for_agents(calling: Place) -> None:
    li = await calling.hire("li", Role.AGENT, "team")
    boss = await calling.hire("boss", Role.SUPERVISOR, "team")
    made = await agreed(li, note="after the delivery")
    assert (made["kind"], made["state"], made["attempt"]) == ("scheduled", "waiting", 1)
    assert made["number"] == "138 **** 8000"
    _, page = await boss.ask("GET", "/callbacks")
    [shown] = page["items"]
    assert (shown["number"], shown["made_by_name"]) == ("138 0013 8000", "Li")
    assert shown["note"] == "after the delivery"
    for filtered, count in (
        ("state=waiting", 1), ("state=done", 0), ("kind=abandoned", 0), ("queue=support", 1),
    ):  # fmt: skip
        _, page = await boss.ask("GET", f"/callbacks?{filtered}")
        assert len(page["items"]) == count, filtered


async def test_another_teams_callbacks_are_not_there(calling: Place) -> None:
    li = await calling.hire("li", Role.AGENT, "team")
    south = await calling.hire("wang", Role.SUPERVISOR, "south")
    made = await agreed(li)
    _, page = await south.ask("GET", "/callbacks?state=all")
    assert page["items"] == []
    path = f"/callbacks/{made['id']}"
    assert (await south.ask("GET", path))[0] == 404
    assert (await south.ask("POST", f"{path}/cancel", {}))[0] == 404
    assert (await south.ask("POST", f"{path}/reschedule", {"at": in_hours(3)}))[0] == 404
    body = {**CHEN, "at": in_hours(2), "entry_point_id": "hotline"}
    assert (await south.ask("POST", "/callbacks", body))[0] == 404
    assert (await li.ask("GET", path))[1]["state"] == "waiting"


async def test_now_puts_it_into_the_queue_and_cancelling_ends_it_once(calling: Place) -> None:
    li = await calling.hire("li", Role.AGENT, "team")
    made = await agreed(li)
    path = f"/callbacks/{made['id']}"
    _, now = await li.ask("POST", f"{path}/reschedule", {"at": in_hours(-1)})
    assert (now["state"], now["contact_state"]) == ("queued", "queued")
    _, contact = await li.ask("GET", f"/contacts/{now['contact_id']}")
    assert contact["contact"]["callback"]["attempts"] == 3
    assert contact["contact"]["callback"]["number"] == "138 **** 8000"
    _, over = await li.ask("POST", f"{path}/cancel", {"note": "solved by mail"})
    assert (over["state"], over["note"]) == ("cancelled", "solved by mail")
    status, problem = await li.ask("POST", f"{path}/cancel", {})
    assert (status, problem["code"]) == (409, "callback.illegal_move")

    def acts(tx: Tx, _: None) -> list[str]:
        found = select(audit_log.c.action).where(audit_log.c.object_kind == "callback")
        return list(tx.execute(found.order_by(audit_log.c.id)).scalars())

    told = await calling.hub.store.read(acts, None)
    assert told == ["callback.schedule", "callback.reschedule", "callback.cancel"]


async def test_a_second_one_of_the_same_customer_is_refused(calling: Place) -> None:
    li = await calling.hire("li", Role.AGENT, "team")
    await agreed(li)
    status, problem = await li.ask("POST", "/callbacks", {**CHEN, "at": in_hours(5)})
    assert (status, problem["code"]) == (409, "callback.pending")


def _second_line(tx: Tx, _: None) -> None:
    tx.execute(insert(entry_points), [an_entry_point("south", "phone", "+862155502000", "finance")])


async def test_another_teams_callback_keeps_ours_out_and_is_left_alone(calling: Place) -> None:
    """A customer is called back once: who may not see by whom can neither move nor cancel it."""
    li = await calling.hire("li", Role.AGENT, "team")
    south = await calling.hire("wang", Role.SUPERVISOR, "south")
    boss = await calling.hire("boss", Role.ADMIN)
    await calling.hub.store.write(_second_line, None)
    made = await agreed(li)
    again = {**CHEN, "at": in_hours(5), "entry_point_id": "south"}
    status, problem = await south.ask("POST", "/callbacks", again)
    assert (status, problem["code"]) == (409, "callback.pending_elsewhere")
    status, problem = await boss.ask("POST", "/callbacks", again)
    assert (status, problem["code"]) == (409, "callback.pending")
    async with south.console().signed_in() as desk:
        await desk.set_state("ready")
        call = {**CHEN, "channel": "phone", "direction": "out", "entry_point_id": "south"}
        assert (await south.ask("POST", "/contacts", call))[0] == 201
    assert (await li.ask("GET", f"/callbacks/{made['id']}"))[1] == made


async def test_a_time_outside_the_window_is_refused_with_the_next_one(calling: Place) -> None:
    li = await calling.hire("li", Role.AGENT, "team")
    later = datetime.now(UTC) + timedelta(hours=8 + 12)  # Shanghai, and half a day from now
    await calling.hub.store.write(_call_back, f"{later:%H}:00-{later:%H}:01")
    body = {**CHEN, "at": in_hours(2)}
    status, problem = await li.ask("POST", "/callbacks", body)
    assert (status, problem["code"]) == (422, "callback.closed")
    assert "or later" in problem["detail"]


async def test_a_hub_without_the_rules_agrees_on_nothing(place: Place) -> None:
    li = await place.hire("li", Role.AGENT, "team")
    status, problem = await li.ask("POST", "/callbacks", {**CHEN, "at": in_hours(2)})
    assert (status, problem["code"]) == (422, "callback.off")


async def test_pages_go_on_where_the_last_one_ended(calling: Place) -> None:
    li = await calling.hire("li", Role.AGENT, "team")
    for place in range(5):
        number = {"identities": [{"kind": "phone", "value": f"+86138001380{place:02}"}]}
        await agreed(li, **number)
    seen: list[str] = []
    after = ""
    while after is not None:
        _, page = await li.ask("GET", f"/callbacks?limit=2&after={after}")
        seen += [item["id"] for item in page["items"]]
        after = page["after"]
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)


async def test_who_may_see_a_callback_is_told_when_it_changes_and_nobody_else(
    calling: Place,
) -> None:
    li = await calling.hire("li", Role.AGENT, "team")
    south = await calling.hire("wang", Role.SUPERVISOR, "south")
    async with li.console().signed_in() as near, south.console().signed_in() as far:
        made = await agreed(li)
        told = ("callback_changed", made["customer_id"])
        await near.until(lambda: told in [(one.code, one.customer_id) for one in near.notices])
        before = len(near.notices)
        assert (await li.ask("POST", f"/callbacks/{made['id']}/cancel", {}))[0] == 200
        await near.until(lambda: len(near.notices) > before)
        await far.set_state("ready")  # what was heard before is told with this at the latest
        await far.until(lambda: far.me is not None and far.me.state == "ready")
        assert far.notices == []
