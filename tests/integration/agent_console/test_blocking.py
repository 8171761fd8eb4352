"""Routes of the block list, and blocking the sender of a contact at the desk and at the socket."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from hub.accounts.tables import audit_log
from hub.channels.webchat import protocol as p
from hub.contacts.tables import contacts
from hub.storage import Tx
from hub.testing.chat_page import ChatPage, MessageRefused
from hub.web import Role

from .conftest import Person, Place


async def take(person: Person) -> str:
    """Accept what is offered; return the contact."""
    async with person.console().signed_in() as console:
        await console.set_state("ready")
        await console.until(lambda: bool(console.offers))
        offer = next(iter(console.offers.values()))
        await console.accept(offer.id)
        await console.until(lambda: offer.contact.id in console.contacts)
        return str(offer.contact.id)


def page_of(place: Place) -> ChatPage:
    url = f"{place.hub.settings.server.chat_socket_url()}/channels/shop-chat/chat"
    return ChatPage(url, "shop-chat", place.hub.base_url)


async def closed_with(page: ChatPage) -> int | None:
    assert page.socket is not None
    await page.socket.wait_closed()
    return page.socket.close_code


async def test_an_agent_blocks_a_visitor_who_is_told_and_nothing_more(place: Place) -> None:
    ann = await place.hire("ann", Role.AGENT, "team")
    bob = await place.hire("bob", Role.AGENT, "team")
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    async with page_of(place) as page:
        await page.hello(name="Rude")
        await page.write("@!#?")
        contact_id = await take(ann)
        path = f"/contacts/{contact_id}/block"
        assert (await bob.ask("POST", path, {"reason": "rude"}))[0] == 403
        assert (await ann.ask("POST", path, {"reason": ""}))[0] == 422
        status, made = await ann.ask("POST", path, {"reason": "rude"})
        assert status == 200
        row = await place.hub.store.read(_contact, contact_id)
        assert row == ("closed", "spam")
        await page.expect(p.Ended)
        with pytest.raises(MessageRefused) as refused:
            await page.write("and again")
        assert refused.value.code == "blocked"
        assert "rude" not in str(refused.value)
        assert "Ann" not in str(refused.value)
        assert await closed_with(page) == 1008
        await page.close()
        await page.connect()
        await page.say(p.Hello(entry_point="shop-chat", token=page.token))
        assert (await page.expect(p.Problem)).code == "blocked"
        assert await closed_with(page) == 1008

        status, listed = await boss.ask("GET", "/blocks?q=rude")
        [entry] = listed["items"]
        assert (entry["id"], entry["kind"], entry["by"]) == (made["id"], "visitor", "Ann")
        assert (entry["contact_id"], entry["in_force"]) == (contact_id, True)
        assert (await boss.ask("DELETE", f"/blocks/{made['id']}"))[0] == 204
        await page.connect()
        await page.hello()
        await page.write("sorry")
    acts = await place.hub.store.read(_acts, None)
    assert acts == ["block.add", "block.remove"]


async def test_only_who_steers_sees_and_changes_the_list(place: Place) -> None:
    ann = await place.hire("ann", Role.AGENT, "team")
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    new = {"kind": "email", "value": "x@bad.example", "reason": "spam"}
    for method, path, body in (
        ("GET", "/blocks", None),
        ("POST", "/blocks", new),
        ("DELETE", "/blocks/b-1", None),
    ):
        assert (await ann.ask(method, path, body))[0] == 403
    status, made = await boss.ask("POST", "/blocks", new)
    assert (status, set(made)) == (201, {"id"})
    for wrong in (
        {**new, "value": "nobody"},
        {**new, "until": "2020-01-01T00:00:00Z"},
        {**new, "kind": "colour"},
        {**new, "reason": " "},
    ):
        assert (await boss.ask("POST", "/blocks", wrong))[0] == 422
    assert (await boss.ask("DELETE", "/blocks/nothing"))[0] == 404


async def test_a_network_is_turned_away_before_it_writes(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    new = {"kind": "network", "value": "127.0.0.1", "reason": "flood"}
    assert (await boss.ask("POST", "/blocks", new))[0] == 201
    async with page_of(place) as page:
        await page.say(p.Hello(entry_point="shop-chat"))
        assert (await page.expect(p.Problem)).code == "blocked"


def _contact(tx: Tx, contact_id: str) -> tuple[str, str]:
    row = tx.execute(
        select(contacts.c.state, contacts.c.ended_as).where(contacts.c.id == contact_id)
    ).one()
    return row.state, row.ended_as


def _acts(tx: Tx, _: None) -> list[str]:
    found = select(audit_log.c.action).where(audit_log.c.action.startswith("block."))
    return list(tx.execute(found.order_by(audit_log.c.at)).scalars())
