"""Supervisors make phone lists for the customers they see, and read what came of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, select, update

from hub.accounts.tables import audit_log, teams
from hub.customers.settings import TemplateWords, load_customer_settings, save_customer_settings
from hub.phone_lists.due import fire_due_phone_lists
from hub.routing.tables import queue_teams
from hub.storage import Store, Tx
from hub.testing.clock import ManualClock
from tests.integration.customers.branches import make_branches
from tests.integration.customers.house import Client, House, open_house, serve
from tests.integration.outreach.build import DAY

from .build import record_calls


@pytest.fixture
async def house(store: Store, clock: ManualClock) -> House:
    clock.set(DAY + timedelta(hours=4))
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


def body_of(ids: list[str], **more: Any) -> dict[str, Any]:
    return {
        "zh": "春季",
        "en": "Spring",
        "entry_point_id": "hotline",
        "queue_id": "support",
        "ends_at": (DAY + timedelta(days=7)).isoformat(),
        "customer_ids": ids,
        **more,
    }


async def made(client: Client, count: int) -> list[str]:
    ids = []
    for place in range(count):
        number = {"kind": "phone", "value": f"139001390{place:02}"}
        body = {"name": f"C{place}", "identities": [number]}
        status, one = await client.ask("POST", "/customers", body, who="supervisor")
        assert status == 201
        ids.append(one["id"])
    return ids


async def ask(client: Client, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    return await client.ask(method, f"/phone-lists{path}", body, who="supervisor")


async def turn(house: House) -> None:
    await house.store.write(lambda tx, _: fire_due_phone_lists(tx, tx.now, 200), None)


async def test_from_draft_to_report(client: Client, house: House, clock: ManualClock) -> None:
    ids = await made(client, 3)
    no = {"purpose": "marketing", "allowed": False}
    await client.ask("PUT", f"/customers/{ids[0]}/consents", no)
    status, draft = await ask(client, "PUT", "/spring", body_of(ids))
    assert (status, draft["line"]["state"], draft["line"]["people"]) == (
        200,
        "draft",
        {"listed": 3},
    )
    assert draft["arms"] == [{"key": "all", "share": 100, "holdout": False}]
    status, counts = await ask(client, "POST", "/spring/count")
    assert (status, counts["people"], counts["suppressed"]) == (200, 3, {"opted_out": 1})
    assert (await ask(client, "POST", "/spring/start", {"version": 9}))[0] == 409
    status, running = await ask(client, "POST", "/spring/start", {"version": 1})
    assert (status, running["line"]["state"], running["dials_itself"]) == (200, "running", False)
    for _ in range(3):
        await turn(house)
        clock.advance(5)
    status, people = await ask(client, "GET", "/spring/people?limit=2")
    assert (status, len(people["items"])) == (200, 2)
    status, rest = await ask(client, "GET", f"/spring/people?limit=2&after={people['after']}")
    assert (len(rest["items"]), rest["after"]) == (1, None)
    status, report = await ask(client, "GET", "/spring/report")
    assert (status, report["total"]["people"], report["total"]["dialled"]) == (200, 3, 0)
    assert report["abandonment"]["limit"] == 0.03
    for act, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        status, after = await ask(client, "POST", f"/spring/{act}")
        assert (status, after["line"]["state"]) == (200, state)
    status, refused = await ask(client, "POST", "/spring/resume")
    assert (status, refused["code"]) == (409, "phone_list.state")
    status, listed = await ask(client, "GET", "")
    assert [one["key"] for one in listed["items"]] == ["spring"]
    rows = await house.store.read(lambda tx, _: tx.execute(select(audit_log.c.action)).all(), None)
    acts = {row.action for row in rows if row.action.startswith("phone_list.")}
    assert acts == {"phone_list.put", "phone_list.running", "phone_list.paused"} | {
        "phone_list.stopped"
    }


async def test_a_draft_says_everything_that_is_wrong(client: Client) -> None:
    [one] = await made(client, 1)
    wrong = body_of(
        [one],
        entry_point_id="mail",
        queue_id="nowhere",
        window_from="20:00",
        window_until="09:00",
        gaps={"reached": 600},
        ends_at=(DAY - timedelta(days=1)).isoformat(),
        arms=[{"key": "a", "share": 50}],
    )
    status, refused = await ask(client, "PUT", "/spring", wrong)
    assert (status, refused["code"]) == (422, "phone_list.wrong")
    paths = {fault["path"] for fault in refused["problems"]}
    assert paths == {
        "entry_point_id",
        "queue_id",
        "window_until",
        "gaps.reached",
        "ends_at",
        "arms",
    }


async def test_a_started_list_is_not_changed(client: Client) -> None:
    ids = await made(client, 1)
    await ask(client, "PUT", "/spring", body_of(ids))
    await ask(client, "POST", "/spring/start", {"version": 1})
    _, now = await ask(client, "GET", "/spring")
    body = body_of(ids, version=now["line"]["version"])
    status, refused = await ask(client, "PUT", "/spring", body)
    assert (status, refused["code"]) == (409, "phone_list.begun")
    assert (await ask(client, "DELETE", "/spring"))[0] == 409


async def test_a_draft_is_forgotten(client: Client) -> None:
    await ask(client, "PUT", "/spring", body_of(await made(client, 1)))
    assert (await ask(client, "DELETE", "/spring"))[0] == 204
    assert (await ask(client, "GET", "/spring"))[0] == 404


def opening(line: str = "hotline", queue: str = "support") -> str:
    return f"/phone-list-opening?entry_point_id={line}&queue_id={queue}"


def _words(tx: Tx, _: None) -> None:
    """The set-up words the notice in its own way at the hotline, and in another at another line."""
    settings = load_customer_settings(tx)
    own = {
        "phone_recording_notice@hotline": {"en": TemplateWords(body="We keep what is said.")},
        "phone_recording_notice@other": {"zh-CN": TemplateWords(body="别处")},
    }
    save_customer_settings(tx, msgspec.structs.replace(settings, templates=own))


async def test_what_is_heard_before_the_agent_is_told_as_it_is_worded_at_the_line(
    client: Client, house: House
) -> None:
    async def heard() -> Any:
        status, found = await client.ask("GET", opening(), None, who="supervisor")
        assert status == 200
        return found

    assert await heard() == {"asks": "", "said": {}}
    await house.store.write(_words, None)
    await house.store.write(record_calls, "notice")
    notice = {"zh-CN": "为保障服务质量，本次通话将被录音。", "en": "We keep what is said."}
    assert await heard() == {"asks": "notice", "said": notice}
    await house.store.write(record_calls, "consent")
    asked = await heard()
    assert asked["asks"] == "consent"
    assert "press 1" in asked["said"]["en"]
    assert "请按1" in asked["said"]["zh-CN"]
    [one] = await made(client, 1)
    _, draft = await ask(client, "PUT", "/spring", body_of([one]))
    assert draft["asks_first"] == "consent"


async def test_what_is_heard_is_told_of_lines_and_queues_they_may_choose(
    client: Client, house: House
) -> None:
    assert (await client.ask("GET", opening("mail"), None, who="supervisor"))[0] == 404
    assert (await client.ask("GET", opening(queue="nowhere"), None, who="supervisor"))[0] == 404
    assert (await client.ask("GET", opening(), None, who="agent"))[0] == 403


async def test_agents_steer_no_lists(client: Client) -> None:
    status, _ = await client.ask("GET", "/phone-lists", None, who="agent")
    assert status == 403


async def test_lists_of_other_branches_do_not_exist(client: Client, house: House) -> None:
    ids = await made(client, 1)
    await ask(client, "PUT", "/spring", body_of(ids))
    await house.store.write(make_branches, None)
    for path in ("/spring", "/spring/report", "/spring/report.csv", "/spring/people"):
        assert (await ask(client, "GET", path))[0] == 404


async def test_numbers_nobody_calls_are_added_read_and_taken_off(client: Client) -> None:
    body = {"numbers": ["139 0013 9000", "+8613900139001", "x-y-z"], "source": "register"}
    status, added = await client.ask("POST", "/do-not-call", body, who="supervisor")
    assert (status, added) == (200, {"added": 2, "known": 0, "wrong": ["x-y-z"]})
    status, again = await client.ask("POST", "/do-not-call", body, who="supervisor")
    assert again["known"] == 2
    status, first = await client.ask("GET", "/do-not-call?limit=1", None, who="supervisor")
    after = first["after"]
    _, second = await client.ask(
        "GET", f"/do-not-call?limit=1&after={after}", None, who="supervisor"
    )
    numbers = {one["number"] for one in (*first["items"], *second["items"])}
    assert numbers == {"+8613900139000", "+8613900139001"}
    path = "/do-not-call/%2B8613900139000"
    assert (await client.ask("DELETE", path, None, who="supervisor"))[0] == 204
    assert (await client.ask("DELETE", path, None, who="supervisor"))[0] == 404


async def test_a_list_is_called_in_a_queue_that_its_maker_sees(
    client: Client, house: House
) -> None:
    """Another team's queue is no queue to them."""
    ids = await made(client, 1)
    await house.store.write(_of_team, "south")
    status, refused = await ask(client, "PUT", "/spring", body_of(ids))
    assert (status, refused["code"]) == (422, "phone_list.wrong")
    assert [one["path"] for one in refused["problems"]] == ["queue_id"]
    await house.store.write(_of_team, "team")
    assert (await ask(client, "PUT", "/spring", body_of(ids)))[0] == 200


def _of_team(tx: Tx, team_id: str) -> None:
    if team_id == "south":
        tx.execute(insert(teams).values(id=team_id, zh="南方", en="South", retired=False))
    own = update(queue_teams).where(queue_teams.c.queue_id == "support")
    tx.execute(own.values(team_id=team_id))
