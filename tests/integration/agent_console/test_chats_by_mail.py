"""What agents see and do of chats that go on by mail, over a whole hub."""

from __future__ import annotations

import msgspec
from sqlalchemy import update

from hub.agent_console.shapes import ContactRow
from hub.contacts.tables import entry_points
from hub.intake.by_mail import Address, note_address
from hub.routing.settings import NextReply, load_settings, save_settings
from hub.storage import Tx
from hub.web import Role

from .conftest import Person, Place

HERS = "chen@example.test"


def _set_up(tx: Tx, _: None) -> None:
    chat = entry_points.c.id == "shop-chat"
    tx.execute(update(entry_points).where(chat).values(settings={"mail": "mail"}))
    rules = load_settings(tx)
    reply = {"webchat": NextReply(warn=60, late=120)}
    save_settings(tx, msgspec.structs.replace(rules, next_reply=reply))


async def _in_hand(place: Place) -> tuple[Person, str, str]:
    await place.hub.store.write(_set_up, None)
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    receipt = await place.write_in("It leaks.")
    status, _ = await boss.ask("POST", f"/contacts/{receipt.contact_id}/pull")
    assert status == 200
    return boss, str(receipt.contact_id), receipt.conversation_id


async def test_the_conversation_goes_to_the_known_address_or_the_one_named(place: Place) -> None:
    boss, contact_id, conversation_id = await _in_hand(place)
    path = f"/contacts/{contact_id}/transcript"
    assert await boss.ask("GET", path) == (200, {"to": None})
    await place.hub.store.write(note_address, Address(conversation_id, HERS))
    assert await boss.ask("GET", path) == (200, {"to": HERS})
    assert await boss.ask("POST", path, {"to": HERS}) == (200, {"to": HERS})
    status, problem = await boss.ask("POST", path, {"to": "nobody"})
    assert (status, problem["code"]) == (422, "email.wrong")
    _, page = await boss.ask("GET", f"/conversations/{conversation_id}/interactions")
    [told] = [one for one in page["items"] if one["kind"] == "system"]
    assert told["meta"]["code"] == "chat_transcript"
    assert told["author_name"] == "Boss"


async def test_nobody_mails_the_conversation_of_another_team(place: Place) -> None:
    _, contact_id, _ = await _in_hand(place)
    other = await place.hire("other", Role.AGENT, "south")
    mate = await place.hire("mate", Role.AGENT, "team")
    path = f"/contacts/{contact_id}/transcript"
    assert (await other.ask("GET", path))[0] == 404
    assert (await other.ask("POST", path, {"to": HERS}))[0] == 404
    assert (await mate.ask("POST", path, {"to": HERS}))[0] == 403


async def test_who_is_spoken_to_and_waits_for_an_answer_is_timed(place: Place) -> None:
    boss, contact_id, _ = await _in_hand(place)
    _, detail = await boss.ask("GET", f"/contacts/{contact_id}")
    urgency = msgspec.convert(detail["contact"], ContactRow).urgency
    assert (urgency.running, urgency.target_s, urgency.warn_from) == (True, 120, 0.5)
    answer = {"client_id": "reply-1", "text": "Since when?"}
    assert (await boss.ask("POST", f"/contacts/{contact_id}/reply", answer))[0] in {200, 201}
    _, detail = await boss.ask("GET", f"/contacts/{contact_id}")
    assert not detail["contact"]["urgency"]["running"]
