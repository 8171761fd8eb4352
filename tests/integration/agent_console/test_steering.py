"""What supervisors do with contacts that wait, over a whole hub."""

from __future__ import annotations

import json

import aiosmtplib
import msgspec
import pytest
from sqlalchemy import update

from hub.contacts.tables import contacts
from hub.core.bus import Hint
from hub.routing.queue_states import QueueState, SetQueueState, set_queue_state
from hub.routing.settings import Pulling, load_settings, save_settings
from hub.storage import Tx
from hub.web import Role
from tests.integration.routing.test_router import until

from .conftest import Place


async def test_a_supervisor_takes_a_waiting_contact_without_being_ready(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    receipt = await place.write_in("Hello")
    async with boss.console().signed_in() as desk:
        status, taken = await boss.ask("POST", f"/contacts/{receipt.contact_id}/pull")
        assert (status, taken["connects"]) == (200, False)
        await desk.until(lambda: receipt.contact_id in desk.contacts)
        assert desk.contacts[str(receipt.contact_id)].state == "active"
        assert desk.me is not None
        assert desk.me.state == "offline"
        await desk.reply(str(receipt.contact_id), "I take this myself")
    _, detail = await boss.ask("GET", f"/contacts/{receipt.contact_id}")
    assert "taken from the list" in detail["why"]["en"]


async def test_a_contact_is_taken_once(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    other = await place.hire("other", Role.SUPERVISOR, "team")
    receipt = await place.write_in("Hello")
    path = f"/contacts/{receipt.contact_id}/pull"
    assert (await boss.ask("POST", path))[0] == 200
    status, problem = await other.ask("POST", path)
    assert (status, problem["code"]) == (409, "contact.taken")
    assert problem["details"] == {"name": "Boss"}
    assert problem["detail"] == "Already taken by Boss."


@pytest.mark.parametrize(
    ("who", "answers"),
    [
        (Pulling.NOBODY, {"chen": 403, "boss": 403}),
        (Pulling.SUPERVISORS, {"chen": 403, "boss": 200}),
        (Pulling.AGENTS, {"chen": 200, "boss": 200}),
    ],
)
async def test_who_takes_contacts_from_the_list_is_a_setting(
    place: Place, who: Pulling, answers: dict[str, int]
) -> None:
    """And agents only what waits for their own team."""

    def allow(tx: Tx, _: None) -> None:
        save_settings(tx, msgspec.structs.replace(load_settings(tx), pull=who))

    await place.hub.store.write(allow, None)
    people = {
        "chen": await place.hire("chen", Role.AGENT, "team"),
        "boss": await place.hire("boss", Role.SUPERVISOR, "team"),
    }
    for name, expected in answers.items():
        receipt = await place.write_in("Hello", who=f"visitor-{name}")
        path = f"/contacts/{receipt.contact_id}/pull"
        assert (await people[name].ask("POST", path))[0] == expected
        _, shown = await people[name].ask("GET", "/setup")
        assert shown["may_pull"] is (expected == 200)
    theirs = str((await place.write_in("Hello", "finance-mail", "a@example.test")).contact_id)
    assert (await people["chen"].ask("POST", f"/contacts/{theirs}/pull"))[0] == 404


async def test_from_a_paused_queue_only_who_steers_takes_one(place: Place) -> None:
    def stop(tx: Tx, _: None) -> None:
        save_settings(tx, msgspec.structs.replace(load_settings(tx), pull=Pulling.AGENTS))
        set_queue_state(tx, SetQueueState("support", QueueState.PAUSED, "boss"))

    chen = await place.hire("chen", Role.AGENT, "team")
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    path = f"/contacts/{(await place.write_in('Hello')).contact_id}/pull"
    await place.hub.store.write(stop, None)
    status, problem = await chen.ask("POST", path)
    assert (status, problem["code"]) == (409, "queue.paused")
    assert (await boss.ask("POST", path))[0] == 200


async def test_nobody_takes_more_than_there_is_room_for(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    answers = []
    for number in range(4):  # three chats are the most at once
        receipt = await place.write_in("Hello", who=f"visitor-{number}")
        answers.append((await boss.ask("POST", f"/contacts/{receipt.contact_id}/pull"))[0])
    assert answers == [200, 200, 200, 409]


async def test_a_raised_contact_goes_before_more_urgent_ones(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    chen = await place.hire("chen", Role.AGENT, "team")
    await place.write_in("first", who="visitor-1")
    second = await place.write_in("second", who="visitor-2")
    path = f"/contacts/{second.contact_id}/priority"
    assert (await boss.ask("POST", path, {"priority": 10}))[0] == 422
    assert (await boss.ask("POST", path, {"priority": 5}))[0] == 204
    async with chen.console().signed_in() as agent:
        await agent.set_state("ready")
        await agent.until(lambda: bool(agent.offers))
        assert next(iter(agent.offers.values())).contact.preview == "second"


async def test_a_quarantined_contact_is_let_in_or_closed_as_spam(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    found = await quarantined(place, 2)
    for contact_id, as_spam in zip(found, (False, True), strict=True):
        path = f"/contacts/{contact_id}/release"
        assert (await boss.ask("POST", path, {"as_spam": as_spam}))[0] == 204
    states = [
        (await boss.ask("GET", f"/contacts/{contact_id}"))[1]["contact"]["state"]
        for contact_id in found
    ]
    assert states == ["queued", "closed"]


async def quarantined(place: Place, count: int) -> list[str]:
    found = []
    for number in range(count):
        receipt = await place.write_in("Odd", who=f"visitor-{number}")
        found.append(str(receipt.contact_id))

    def quarantine(tx: Tx, _: None) -> None:
        tx.execute(update(contacts).values(state="quarantined", quarantine_reason="broken"))

    await place.hub.store.write(quarantine, None)
    return found


async def test_a_mail_without_a_sender_is_listed_with_what_can_be_read_of_it(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    await aiosmtplib.send(
        b"Subject: =?utf-8?b?5Y+R56Wo?=\r\n\r\nno sender",
        sender="someone@example.com",
        recipients=["support@example.test"],
        hostname="127.0.0.1",
        port=place.hub.settings.server.mail_port,
        start_tls=False,
    )
    _, page = await boss.ask("GET", "/quarantine")
    [item] = page["items"]
    assert item["reason"] == "no_sender: The mail names no sender address."
    assert (item["subject"], item["sender"]) == ("发票", "")
    assert item["raw_url"] == f"/api/v1/contacts/{item['contact']['id']}/raw"
    status, again = await boss.ask("POST", f"/contacts/{item['contact']['id']}/reprocess")
    assert (status, again["read"]) == (200, False)
    assert again["reason"] == item["reason"]
    assert len((await boss.ask("GET", "/quarantine"))[1]["items"]) == 1


async def test_the_quarantine_pages(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    found = await quarantined(place, 3)
    _, first = await boss.ask("GET", "/quarantine?limit=2")
    _, second = await boss.ask("GET", f"/quarantine?limit=2&after={first['after']}")
    ids = [item["contact"]["id"] for item in [*first["items"], *second["items"]]]
    assert sorted(ids) == sorted(found)
    assert second["after"] is None


STEERING = [
    ("POST", "/contacts/move", {"contact_ids": ["{contact}"], "queue_id": "finance"}),
    ("POST", "/contacts/{contact}/priority", {"priority": 1}),
    ("POST", "/contacts/{contact}/pull", None),
    ("POST", "/contacts/{contact}/complete", None),
    ("POST", "/contacts/{contact}/reprocess", None),
    ("POST", "/contacts/{contact}/release", {"as_spam": True}),
    ("GET", "/contacts/{contact}/raw", None),
    ("GET", "/contacts/{contact}/why", None),
    ("GET", "/agents/{agent}/contacts", None),
    ("PUT", "/agents/{agent}/state", {"state": "not_ready", "reason": "break"}),
    ("POST", "/agents/{agent}/sign-out", None),
]


async def test_agents_do_not_steer_and_supervisors_only_their_teams(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    stranger = await place.hire("stranger", Role.SUPERVISOR, "south")
    receipt = await place.write_in("Hello")
    for method, path, body in STEERING:
        names = {"contact": receipt.contact_id, "agent": chen.view.id}
        address = path.format(**names)
        sent = None if body is None else json.loads(json.dumps(body).replace(
            "{contact}", str(receipt.contact_id)
        ))  # fmt: skip
        assert (await chen.ask(method, address, sent))[0] == 403, path
        assert (await stranger.ask(method, address, sent))[0] == 404, path
    assert (await stranger.ask("GET", "/quarantine"))[1]["items"] == []
    assert (await chen.ask("GET", "/quarantine"))[0] == 403


async def test_one_of_another_team_among_many_moves_nothing(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    mine = str((await place.write_in("Hello")).contact_id)
    theirs = str((await place.write_in("Hello", "finance-mail", "a@example.test")).contact_id)
    body = {"contact_ids": [mine, theirs], "queue_id": "finance"}
    assert (await boss.ask("POST", "/contacts/move", body))[0] == 404
    assert (await boss.ask("GET", f"/contacts/{mine}"))[1]["contact"]["queue_id"] == "support"


async def test_moved_contacts_say_where_they_were_and_who_moved_them(place: Place) -> None:
    admin = await place.hire("admin", Role.ADMIN)
    ids = [str((await place.write_in("Hello", who=f"v{n}")).contact_id) for n in range(3)]
    status, done = await admin.ask(
        "POST", "/contacts/move", {"contact_ids": ids, "queue_id": "finance"}
    )
    assert (status, done["refused"]) == (200, [])
    assert {one["queue_id"] for one in done["moved"]} == {"support"}
    _, log = await admin.ask("GET", f"/audit?object={ids[0]}")
    assert [line["action"] for line in log["items"]] == ["contact.move"]
    assert (await admin.ask("POST", "/contacts/move", {"contact_ids": [], "queue_id": "x"}))[
        0
    ] == 422


async def test_an_agents_state_is_changed_and_nobody_absent_is_made_ready(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    chen = await place.hire("chen", Role.AGENT, "team")
    path = f"/agents/{chen.view.id}/state"
    status, problem = await boss.ask("PUT", path, {"state": "ready"})
    assert (status, problem["code"]) == (409, "transfer.agent_away")
    async with chen.console().signed_in() as desk:
        await desk.set_state("ready")
        _, shown = await boss.ask("PUT", path, {"state": "not_ready", "reason": "meeting"})
        assert (shown["state"], shown["reason"]) == ("not_ready", "meeting")
        await desk.until(lambda: desk.me is not None and desk.me.state == "not_ready")
        assert (await boss.ask("PUT", path, {"state": "ready"}))[0] == 200


async def test_a_signed_out_agent_is_out_at_once(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    chen = await place.hire("chen", Role.AGENT, "team")
    browser = await place.browser_of(chen)
    assert (await browser.ask("GET", "/api/v1/me"))[0] == 200
    status, shown = await boss.ask("POST", f"/agents/{chen.view.id}/sign-out")
    assert (status, shown["state"]) == (200, "offline")
    assert (await browser.ask("GET", "/api/v1/me"))[0] == 401


async def test_nobody_steers_somebody_of_a_higher_role(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    admin = await place.hire("admin", Role.ADMIN, "team")
    assert (await boss.ask("POST", f"/agents/{admin.view.id}/sign-out"))[0] == 403


async def test_what_an_agent_holds_is_listed(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    receipt = await place.write_in("Hello")
    await boss.ask("POST", f"/contacts/{receipt.contact_id}/pull")
    _, page = await boss.ask("GET", f"/agents/{boss.view.id}/contacts")
    assert [row["id"] for row in page["items"]] == [receipt.contact_id]


async def test_one_that_rings_is_among_the_longest_waiting(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team", "south")
    chen = await place.hire("chen", Role.AGENT, "team")
    async with chen.console().signed_in() as agent:
        await agent.set_state("ready")
        first = await place.write_in("first", who="visitor-1")
        await agent.until(lambda: bool(agent.offers))
        second = await place.write_in("second", "finance-mail", "b@example.test")
        _, page = await boss.ask("GET", "/contacts?state=queued&state=offered&limit=1")
        assert [row["id"] for row in page["items"]] == [first.contact_id]
        assert page["items"][0]["state"] == "offered"
        after = f"/contacts?state=queued&state=offered&limit=1&after={page['after']}"
        _, rest = await boss.ask("GET", after)
        assert [row["id"] for row in rest["items"]] == [second.contact_id]
        _, queued = await boss.ask("GET", "/contacts?state=queued")
        assert [row["id"] for row in queued["items"]] == [second.contact_id]


async def test_a_paused_queue_offers_nothing_until_it_is_opened(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    chen = await place.hire("chen", Role.AGENT, "team")
    pause = {"state": "paused", "reason": "fire drill"}
    assert (await boss.ask("POST", "/queues/support/state", pause))[0] == 204
    receipt = await place.write_in("Hello")
    async with chen.console().signed_in() as agent:
        await agent.set_state("ready")

        async def says_paused() -> bool:
            status, why = await boss.ask("GET", f"/contacts/{receipt.contact_id}/why")
            return status == 200 and "its queue is paused" in why["en"]

        await until(says_paused)
        assert not agent.offers
        queues = (await boss.ask("GET", "/queues"))[1]["items"]
        [support] = [one for one in queues if one["id"] == "support"]
        assert (support["stop"]["state"], support["stop"]["by_name"]) == ("paused", "Boss")
        assert support["stop"]["reason"] == "fire drill"
        assert (await boss.ask("POST", "/queues/support/state", {"state": "open"}))[0] == 204
        await agent.until(lambda: bool(agent.offers))


async def test_only_who_leads_a_queue_stops_it(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    boss = await place.hire("boss", Role.SUPERVISOR, "south")
    stop = {"state": "closed"}
    assert (await chen.ask("POST", "/queues/support/state", stop))[0] == 403
    assert (await boss.ask("POST", "/queues/support/state", stop))[0] == 404
    chief = await place.hire("chief", Role.ADMIN, "team")
    assert (await chief.ask("POST", "/queues/nowhere/state", stop))[0] == 404
    assert (await chief.ask("POST", "/queues/support/state", {"state": "shut"}))[0] == 422


async def test_supervisors_hear_of_a_queue_that_nobody_is_ready_in(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    other = await place.hire("other", Role.SUPERVISOR, "south")
    async with boss.console().signed_in() as desk, other.console().signed_in() as elsewhere:
        place.hub.bus.publish(Hint("queue.deserted", "support"))
        await desk.until(lambda: bool(desk.notices))
        assert (desk.notices[0].code, desk.notices[0].detail) == ("queue_deserted", "support")
        assert elsewhere.notices == []
