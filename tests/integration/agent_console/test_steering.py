"""What supervisors do with contacts that wait, over a whole hub."""

from __future__ import annotations

from sqlalchemy import update

from hub.contacts.tables import contacts
from hub.storage import Tx
from hub.web import Role

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
    assert (status, problem["code"]) == (409, "contact.not_waiting")


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
    chen = await place.hire("chen", Role.AGENT, "team")
    found = []
    for number in range(2):
        receipt = await place.write_in("Odd", who=f"visitor-{number}")
        found.append(str(receipt.contact_id))

    def quarantine(tx: Tx, _: None) -> None:
        tx.execute(update(contacts).values(state="quarantined", quarantine_reason="broken"))

    await place.hub.store.write(quarantine, None)
    for contact_id, as_spam in zip(found, (False, True), strict=True):
        path = f"/contacts/{contact_id}/release"
        assert (await chen.ask("POST", path, {"as_spam": as_spam}))[0] == 204
    states = [
        (await chen.ask("GET", f"/contacts/{contact_id}"))[1]["contact"]["state"]
        for contact_id in found
    ]
    assert states == ["queued", "closed"]
