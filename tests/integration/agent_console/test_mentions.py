"""Notes that speak to colleagues: who may be mentioned, who is told, what is read, what is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from hub.contacts.tables import conversations, interactions
from hub.storage import Tx
from hub.web import Role

from .conftest import Person, Place


async def say(
    person: Person, contact: str, text: str, *mentions: dict[str, str], client_id: str = "n1"
) -> tuple[int, Any]:
    body = {"client_id": client_id, "text": text, "mentions": list(mentions)}
    return await person.ask("POST", f"/contacts/{contact}/note", body)


def user(person: Person) -> dict[str, str]:
    return {"kind": "user", "id": person.view.id, "name": person.view.name}


async def mine(person: Person, query: str = "") -> list[dict[str, Any]]:
    status, page = await person.ask("GET", f"/me/mentions{query}")
    assert status == 200
    return list(page["items"])


async def test_who_is_mentioned_is_told_at_once_and_counts_it_until_it_is_read(
    place: Place,
) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    li = await place.hire("li", Role.AGENT, "team")
    contact = str((await place.write_in("Hello")).contact_id)
    async with li.console().signed_in() as console:
        status, posted = await say(chen, contact, "@Li look at this", user(li))
        assert status == 200
        await console.until(lambda: console.mentions == 1 and bool(console.notices))
        told = console.notices[0]
        assert (told.code, told.contact_id) == ("mentioned", contact)
        assert told.detail == "Chen: @Li look at this"
        assert (await say(chen, contact, "@Li look at this", user(li)))[1] == posted
        [found] = await mine(li)
        assert (found["text"], found["seq"], found["kind"]) == ("@Li look at this", 2, "user")
        assert (found["by_name"], found["contact"]["id"]) == ("Chen", contact)
        assert (await li.ask("POST", "/me/mentions/read", {"ids": [found["id"]]}))[0] < 300
        await console.until(lambda: console.mentions == 0)
    assert await mine(li, "?unread=true") == []
    assert len(await mine(li)) == 1
    assert await mine(chen) == []


async def test_what_was_said_while_one_was_away_is_there_when_one_comes(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    li = await place.hire("li", Role.AGENT, "team")
    contact = str((await place.write_in("Hello")).contact_id)
    await say(chen, contact, "@Li and @Chen", user(li), user(chen))
    async with li.console().signed_in() as console:
        assert console.mentions == 1
        await li.ask("POST", "/me/mentions/read", {"contact_id": contact})
        await console.until(lambda: console.mentions == 0)
    assert await mine(chen) == []  # nobody is told of what they say themselves


async def test_only_who_may_see_the_contact_can_be_mentioned(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    far = await place.hire("far", Role.AGENT, "south")
    gone = await place.hire("worker", Role.SPECIALIST, "team")
    contact = str((await place.write_in("Hello")).contact_id)
    for person in (far, gone):
        status, problem = await say(chen, contact, "@you", user(person))
        assert (status, problem["code"]) == (422, "mention.not_seen")
        assert person.view.name in problem["detail"]
    south = {"kind": "team", "id": "south", "name": "South"}
    status, problem = await say(chen, contact, "@South", south)
    assert (status, problem["code"]) == (422, "mention.not_seen")
    status, problem = await say(far, contact, "@Chen", user(chen))
    assert status == 404
    _, offered = await chen.ask("GET", f"/contacts/{contact}/mentionable")
    assert [team["id"] for team in offered["teams"]] == ["team"]
    assert far.view.id not in {one["id"] for one in offered["people"]}
    assert (await far.ask("GET", f"/contacts/{contact}/mentionable"))[0] == 404
    _, entries = await chen.ask("GET", f"/conversations/{await conversation(place)}/interactions")
    assert len(entries["items"]) == 1  # nothing was written


async def conversation(place: Place) -> str:
    return await place.hub.store.read(
        lambda tx, _: str(tx.execute(select(conversations.c.id)).scalar_one()), None
    )


async def test_a_team_is_everybody_in_it_who_may_see_the_contact(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    others = [await place.hire(name, Role.AGENT, "team") for name in ("li", "wang")]
    contact = str((await place.write_in("Hello")).contact_id)
    team = {"kind": "team", "id": "team", "name": "Support"}
    assert (await say(chen, contact, "@Support", team, user(others[0])))[0] == 200
    assert [one["kind"] for one in await mine(others[0])] == ["user"]
    assert [one["kind"] for one in await mine(others[1])] == ["team"]
    assert await mine(chen) == []


async def test_a_raised_hand_is_seen_by_who_steers_and_taken_down_by_the_first(
    place: Place,
) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    lead = await place.hire("lead", Role.SUPERVISOR, "team")
    other = await place.hire("other", Role.SUPERVISOR, "team")
    contact = str((await place.write_in("Hello")).contact_id)
    async with lead.console().signed_in() as console, other.console().signed_in() as second:
        assert (await say(chen, contact, "He wants to sue us", {"kind": "help"}))[0] == 200
        await console.until(lambda: bool(console.notices) and console.mentions == 1)
        await second.until(lambda: second.mentions == 1)
        assert console.notices[0].code == "help_asked"
        await lead.ask("POST", "/me/mentions/read", {"contact_id": contact})
        await second.until(lambda: second.mentions == 0)


async def test_ones_own_note_is_changed_for_a_while_and_what_it_said_is_kept(
    place: Place,
) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    li = await place.hire("li", Role.AGENT, "team")
    wang = await place.hire("wang", Role.AGENT, "team")
    receipt = await place.write_in("Hello")
    contact = str(receipt.contact_id)
    _, posted = await say(chen, contact, "@Li call her", user(li))
    note = f"/notes/{posted['interaction_id']}"
    async with chen.console().signed_in() as console:
        await console.open_conversation(receipt.conversation_id)
        await console.until(lambda: 2 in console.entries[receipt.conversation_id])
        changed = {"text": "@Wang call her", "mentions": [user(wang)]}
        assert (await li.ask("PUT", note, changed))[1]["code"] == "note.not_yours"
        assert (await chen.ask("PUT", note, {"text": " "}))[1]["code"] == "note.empty"
        assert (await chen.ask("PUT", note, changed))[0] < 300
        entries = console.entries[receipt.conversation_id]
        await console.until(lambda: entries[2].text == "@Wang call her")
        assert "edited_at" in entries[2].meta
        assert (len(await mine(li)), len(await mine(wang))) == (0, 1)
        assert (await chen.ask("DELETE", note))[0] < 300
        await console.until(lambda: entries[2].meta.get("code") == "note_deleted")
        assert (entries[2].text, await mine(wang)) == ("", [])
    _, versions = await li.ask("GET", f"{note}/versions")
    assert [one["text"] for one in versions] == ["@Li call her", "@Wang call her"]
    assert (await chen.ask("PUT", note, {"text": "again"}))[1]["code"] == "note.deleted"
    _, found = await chen.ask("GET", "/interactions?q=call")
    assert found["items"] == []


async def test_after_a_while_a_note_stays_as_it_is(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    far = await place.hire("far", Role.SUPERVISOR, "south")
    contact = str((await place.write_in("Hello")).contact_id)
    _, posted = await say(chen, contact, "Call her")
    note = f"/notes/{posted['interaction_id']}"

    def age(tx: Tx, _: None) -> None:
        old = tx.now - timedelta(minutes=16)
        tx.execute(
            update(interactions)
            .where(interactions.c.id == posted["interaction_id"])
            .values(created_at=old)
        )

    assert (await far.ask("PUT", note, {"text": "x"}))[0] == 404
    assert (await far.ask("GET", f"{note}/versions"))[0] == 404
    await place.hub.store.write(age, None)
    status, problem = await chen.ask("PUT", note, {"text": "Write to her"})
    assert (status, problem["code"]) == (409, "note.too_late")


async def test_a_list_of_mentions_goes_page_by_page(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    li = await place.hire("li", Role.AGENT, "team")
    contact = str((await place.write_in("Hello")).contact_id)
    for number in range(3):
        await say(chen, contact, f"@Li {number}", user(li), client_id=f"n{number}")
    _, page = await li.ask("GET", "/me/mentions?limit=2")
    assert [one["text"] for one in page["items"]] == ["@Li 2", "@Li 1"]
    _, rest = await li.ask("GET", f"/me/mentions?limit=2&after={page['after']}")
    assert ([one["text"] for one in rest["items"]], rest["after"]) == (["@Li 0"], None)
    assert (await li.ask("POST", "/me/mentions/read", {}))[0] == 422
    assert (await li.ask("POST", "/me/mentions/read", {"everything": True}))[0] < 300
    assert await mine(li, "?unread=true") == []
