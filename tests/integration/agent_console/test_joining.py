"""Merging, splitting, linking and asking over a whole hub: rights, refusals, consoles, audit."""

from __future__ import annotations

from typing import Any

from hub.accounts.model import SYSTEM
from hub.customers.addresses import NewAddress
from hub.customers.model import IdentityKind
from hub.customers.service import CreateCustomer, create_customer
from hub.web import Role

from .conftest import Person, Place

MAIL = "chen@example.test"
SOON_S = 12.0  # sooner than a console looks by itself


async def chen(place: Place) -> str:
    addresses = (
        NewAddress(IdentityKind.VISITOR, "visitor-1"),
        NewAddress(IdentityKind.EMAIL, MAIL),
    )
    return await place.hub.store.write(
        create_customer, CreateCustomer(SYSTEM, "CN", name="Chen", addresses=addresses)
    )


async def two(place: Place) -> tuple[str, str]:
    """Ms Chen's chat and mail, waiting."""
    await chen(place)
    chat = await place.write_in("In the chat")
    mail = await place.write_in("By mail", "mail", MAIL)
    return str(chat.contact_id), str(mail.contact_id)


async def pulled(boss: Person, contact_id: str) -> None:
    status, answer = await boss.ask("POST", f"/contacts/{contact_id}/pull")
    assert status == 200, answer


async def actions(place: Place, contact_id: str) -> list[str]:
    admin = await place.hire("admin", Role.ADMIN)
    _, log = await admin.ask("GET", f"/audit?object={contact_id}")
    return [line["action"] for line in log["items"]]


def codes(page: Any) -> list[str]:
    return [one["meta"]["code"] for one in page["items"] if "code" in one["meta"]]


async def test_the_same_customers_contact_is_proposed_merged_and_taken_apart(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    chat, mail = await two(place)
    async with boss.console().signed_in() as desk:
        await pulled(boss, chat)
        await desk.until(lambda: chat in desk.contacts)
        _, found = await boss.ask("GET", f"/contacts/{chat}/merge-candidates")
        [one] = found["items"]
        assert (one["contact"]["id"], one["same_customer"]) == (mail, True)
        status, done = await boss.ask("POST", f"/contacts/{chat}/merge", {"other_id": mail})
        assert (status, done["kept_id"], done["merged_id"]) == (200, chat, mail)
        await desk.until(lambda: desk.contacts[chat].unread == 2, SOON_S)
        _, detail = await boss.ask("GET", f"/contacts/{chat}")
        [merged] = detail["merged"]
        assert (merged["contact_id"], merged["channel"], merged["may_undo"]) == (
            mail,
            "email",
            True,
        )
        assert merged["recipients"]["to"] == [MAIL]
        _, other = await boss.ask("GET", f"/contacts/{mail}")
        assert (other["merged_into"]["contact_id"], other["merged_into"]["seen"]) == (chat, True)
        _, entries = await boss.ask(
            "GET", f"/conversations/{detail['contact']['conversation_id']}/interactions"
        )
        assert "merged_in" in codes(entries)
        # What comes by mail from now on is seen here, on the conversation that is followed.
        await desk.open_conversation(merged["conversation_id"])
        await place.hub.door.receive(place.mail("Still there?", merged["conversation_id"]))
        await desk.until(
            lambda: any(
                entry.text == "Still there?"
                for entry in desk.entries.get(merged["conversation_id"], {}).values()
            ),
            SOON_S,
        )
        status, undone = await boss.ask("DELETE", f"/merges/{done['merge_id']}")
        assert (status, undone["state"], undone["kept"]) == (200, "queued", [])
        assert (await boss.ask("DELETE", f"/merges/{done['merge_id']}"))[0] == 409
    assert {"contact.merge", "contact.unmerge"} <= set(await actions(place, mail))


async def test_nobody_takes_a_colleagues_contact_by_merging(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    li = await place.hire("li", Role.AGENT, "team")
    lu = await place.hire("lu", Role.AGENT, "south")
    chat, mail = await two(place)
    async with boss.console().signed_in(), li.console().signed_in() as desk:
        await pulled(boss, mail)
        body = {"other_id": mail}
        status, why = await li.ask("POST", f"/contacts/{chat}/merge", body)
        assert (status, why["code"]) == (403, "contact.not_yours")
        await desk.set_state("ready")
        await desk.until(lambda: bool(desk.offers))
        [offer] = desk.offers
        assert (await li.ask("POST", f"/offers/{offer}/accept"))[0] == 200
        status, why = await li.ask("POST", f"/contacts/{chat}/merge", body)
        assert (status, why["code"]) == (403, "merge.held_elsewhere")
        assert (await lu.ask("POST", f"/contacts/{chat}/merge", body))[0] == 404
        status, done = await li.ask("POST", f"/contacts/{chat}/merge", {**body, "keep": "other"})
        assert (status, done["kept_id"]) == (200, mail)


async def test_two_customers_are_asked_about_first(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    one = str((await place.write_in("One")).contact_id)
    other = str((await place.write_in("Two", "mail", MAIL)).contact_id)
    async with boss.console().signed_in():
        await pulled(boss, one)
        status, why = await boss.ask("POST", f"/contacts/{one}/merge", {"other_id": other})
        assert (status, why["code"]) == (409, "merge.other_customer")
        body = {"other_id": other, "other_customer": True}
        assert (await boss.ask("POST", f"/contacts/{one}/merge", body))[0] == 200


async def test_links_show_what_may_be_seen_and_no_more(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team", "south")
    li = await place.hire("li", Role.AGENT, "team")
    await chen(place)
    chat = str((await place.write_in("In the chat")).contact_id)
    bill = str((await place.write_in("The bill", "finance-mail", MAIL)).contact_id)
    body = {"kind": "follow_up_of", "contact_id": bill}
    assert (await li.ask("POST", f"/contacts/{chat}/links", body))[0] == 404
    status, link = await boss.ask("POST", f"/contacts/{chat}/links", body)
    assert (status, link["kind"], link["contact"]["id"]) == (200, "follow_up_of", bill)
    status, why = await boss.ask(
        "POST", f"/contacts/{bill}/links", {"kind": "related", "contact_id": chat}
    )
    assert (status, why["code"]) == (409, "link.exists")
    _, joined = await boss.ask("GET", f"/contacts/{bill}/joined")
    assert [one["kind"] for one in joined["links"]] == ["followed_up_by"]
    _, joined = await li.ask("GET", f"/contacts/{chat}/joined")
    assert [one["contact"] for one in joined["links"]] == [None]
    assert (await boss.ask("DELETE", f"/contacts/{chat}/links/{link['id']}"))[0] < 300
    assert {"contact.link", "contact.unlink"} <= set(await actions(place, bill))


async def test_messages_are_split_off_and_come_back(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    first = await place.write_in("It leaks", "mail", MAIL)
    mail = str(first.contact_id)
    second = await place.hub.door.receive(place.mail("And the bill", first.conversation_id))
    async with boss.console().signed_in():
        await pulled(boss, mail)
        every = {"entry_ids": [first.interaction_id, second.interaction_id]}
        status, why = await boss.ask("POST", f"/contacts/{mail}/split", every)
        assert (status, why["code"]) == (422, "split.all"), why
        body = {"entry_ids": [second.interaction_id], "subject": "The bill", "take": True}
        status, made = await boss.ask("POST", f"/contacts/{mail}/split", body)
        assert status == 200, made
        _, new = await boss.ask("GET", f"/contacts/{made['contact_id']}")
        assert (new["contact"]["state"], new["contact"]["subject"]) == ("active", "The bill")
        assert [one["text"] for one in new["brought"]] == ["And the bill"]
        assert (await boss.ask("DELETE", f"/splits/{made['split_id']}"))[0] < 300
        _, new = await boss.ask("GET", f"/contacts/{made['contact_id']}")
        assert (new["contact"]["state"], new["brought"]) == ("closed", [])
        assert (await boss.ask("DELETE", f"/splits/{made['split_id']}"))[0] == 409
        chat = str((await place.write_in("In the chat")).contact_id)
        await pulled(boss, chat)
        status, why = await boss.ask("POST", f"/contacts/{chat}/split", body)
        assert (status, why["code"]) == (409, "split.live")


async def test_who_is_asked_reads_notes_and_takes_over(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    lu = await place.hire("lu", Role.AGENT, "south")
    chat, _ = await two(place)
    async with boss.console().signed_in() as asks, lu.console().signed_in() as told:
        await pulled(boss, chat)
        assert (await lu.ask("GET", f"/contacts/{chat}"))[0] == 404
        question = {"words": "Is this covered?", "agent_id": lu.view.id}
        assert (await lu.ask("POST", f"/contacts/{chat}/consults", question))[0] == 404
        status, asked = await boss.ask("POST", f"/contacts/{chat}/consults", question)
        assert status == 200, asked
        status, why = await boss.ask("POST", f"/contacts/{chat}/consults", question)
        assert (status, why["code"]) == (409, "consult.again")
        await told.until(lambda: any(n.code == "consult_asked" for n in told.notices), SOON_S)
        _, mine = await lu.ask("GET", "/me/consults")
        assert [(one["words"], one["to_me"]) for one in mine["items"]] == [
            ("Is this covered?", True)
        ]
        assert (await lu.ask("GET", f"/contacts/{chat}"))[0] == 200
        _, rows = await lu.ask("GET", f"/contact-rows?id={chat}")
        assert [row["id"] for row in rows["items"]] == [chat]
        note = {"client_id": "n1", "text": "It is."}
        assert (await lu.ask("POST", f"/contacts/{chat}/note", note))[0] == 200
        assert (await lu.ask("POST", f"/contacts/{chat}/transfer", {"queue_id": "finance"}))[
            0
        ] == 403
        done = f"/consults/{asked['id']}/done"
        assert (await lu.ask("POST", done, {"words": "Covered until May"}))[0] < 300
        await asks.until(lambda: any(n.code == "consult_done" for n in asks.notices), SOON_S)
        assert (await lu.ask("POST", done, {}))[0] == 409
        assert (await lu.ask("GET", f"/contacts/{chat}"))[0] == 404
        _, again = await boss.ask("POST", f"/contacts/{chat}/consults", question)
        await told.set_state("ready")
        status, taken = await lu.ask("POST", f"/consults/{again['id']}/take-over")
        assert (status, taken["contact_id"]) == (200, chat), taken
        await told.until(lambda: chat in told.contacts, SOON_S)
        await asks.until(lambda: chat not in asks.contacts, SOON_S)
    assert "contact.take_over" in await actions(place, chat)


async def test_a_note_goes_along_with_a_transfer_and_is_on_the_offer(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    li = await place.hire("li", Role.AGENT, "team")
    chat, _ = await two(place)
    async with boss.console().signed_in(), li.console().signed_in() as desk:
        await pulled(boss, chat)
        body = {"queue_id": "support", "note": "Wants a refund, order 12"}
        assert (await boss.ask("POST", f"/contacts/{chat}/transfer", body))[0] < 300
        await desk.set_state("ready")
        await desk.until(
            lambda: any(one.contact.id == chat for one in desk.offers.values()), SOON_S
        )
        [offer] = [one for one in desk.offers.values() if one.contact.id == chat]
        assert offer.handed is not None
        assert (offer.handed.by_name, offer.handed.note) == ("Boss", "Wants a refund, order 12")
