"""The route that calls back who left a message: who may, and what they are told of the number."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel, InteractionKind
from hub.contacts.tables import interactions
from hub.core.ids import new_id
from hub.storage import Tx
from hub.testing.center import give_to_agent
from hub.web import Role

from .conftest import Person, Place

SHOWN = SenderIdentity(IdentityKind.PHONE, "+8613800138000")
WITHHELD = SenderIdentity(IdentityKind.EXTERNAL, "call:CA1", name="Withheld number")


async def a_message(
    place: Place, sender: SenderIdentity, point: str = "hotline"
) -> tuple[str, str]:
    """Somebody leaves a message; return its contact and its entry."""
    receipt = await place.hub.door.receive(
        Inbound(
            entry_point_id="hotline",
            channel=Channel.PHONE,
            dedupe_key=new_id(),
            senders=(sender,),
            received_at=place.hub.clock.now(),
            kind=InteractionKind.VOICEMAIL,
            acknowledge=False,
        )
    )
    assert receipt.contact_id is not None
    return receipt.contact_id, await place.hub.store.read(_entry_of, receipt.contact_id)


def _entry_of(tx: Tx, contact_id: str) -> str:
    found = select(interactions.c.id).where(
        interactions.c.contact_id == contact_id,
        interactions.c.kind == InteractionKind.VOICEMAIL,
    )
    return str(tx.execute(found).scalar_one())


async def signed_in(place: Place, name: str, *teams: str) -> Person:
    agent = await place.hire(name, Role.AGENT, *teams)
    assert (await agent.ask("PUT", "/me/state", {"state": "not_ready", "reason": "break"}))[0] < 300
    return agent


async def test_an_agent_calls_back_a_number_they_do_not_see(place: Place) -> None:
    li = await signed_in(place, "li", "team")
    contact_id, entry_id = await a_message(place, SHOWN)
    path = f"/interactions/{entry_id}/call-back"
    status, begun = await li.ask("POST", path, {"dedupe_key": "once"})
    assert status == 201, begun
    assert (await li.ask("POST", path, {"dedupe_key": "once"}))[1] == begun
    page = await timeline(li, contact_id)
    [entry] = _of_kind(page, "voicemail")
    [call] = entry["meta"]["called_back"]
    assert (call["contact_id"], call["by_name"]) == (begun["contact_id"], "Li")
    assert "13800138000" not in str(page)


async def test_another_teams_message_is_not_there(place: Place) -> None:
    _, entry_id = await a_message(place, SHOWN)
    stranger = await signed_in(place, "stranger", "south")
    path = f"/interactions/{entry_id}/call-back"
    assert (await stranger.ask("POST", path, {"dedupe_key": "once"}))[0] == 404


async def test_who_has_the_message_calls_back_whatever_its_queue(place: Place) -> None:
    stranger = await signed_in(place, "stranger", "south")
    contact_id, entry_id = await a_message(place, SHOWN)
    await place.hub.store.write(give_to_agent, (contact_id, stranger.view.id))
    path = f"/interactions/{entry_id}/call-back"
    assert (await stranger.ask("POST", path, {"dedupe_key": "once"}))[0] == 201


async def test_who_withheld_their_number_is_called_at_the_one_they_said(place: Place) -> None:
    li = await signed_in(place, "li", "team")
    _, entry_id = await a_message(place, WITHHELD)
    path = f"/interactions/{entry_id}/call-back"
    status, refused = await li.ask("POST", path, {"dedupe_key": "once"})
    assert (status, refused["code"]) == (422, "voicemail.no_number")
    said = {"dedupe_key": "once", "number": "139 0013 9000"}
    assert (await li.ask("POST", path, said))[0] == 201


async def test_only_a_message_is_called_back_from(place: Place) -> None:
    li = await signed_in(place, "li", "team")
    receipt = await place.write_in("hello")
    [entry] = _of_kind(await timeline(li, receipt.contact_id), "message")
    status, refused = await li.ask(
        "POST", f"/interactions/{entry['id']}/call-back", {"dedupe_key": "once"}
    )
    assert (status, refused["code"]) == (422, "voicemail.none")


async def timeline(person: Person, contact_id: str | None) -> dict[str, Any]:
    _, page = await person.ask("GET", f"/contacts/{contact_id}")
    conversation_id = page["contact"]["conversation_id"]
    _, entries = await person.ask("GET", f"/conversations/{conversation_id}/interactions")
    return dict(entries)


def _of_kind(page: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in page["items"] if one["kind"] == kind]
