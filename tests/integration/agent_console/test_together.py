"""A customer who waits on several channels, over a whole hub; queues that are stopped."""

from __future__ import annotations

import pytest

from hub.accounts.model import SYSTEM
from hub.customers.addresses import NewAddress
from hub.customers.model import IdentityKind
from hub.customers.service import CreateCustomer, create_customer
from hub.web import Role

from .conftest import Person, Place

MAIL = "chen@example.test"
PHONE = "+8613800138000"
SOON_S = 12.0  # sooner than a console looks by itself


async def chen(place: Place) -> str:
    """Ms Chen, known by her chat, her mail and her phone; return the customer."""
    addresses = (
        NewAddress(IdentityKind.VISITOR, "visitor-1"),
        NewAddress(IdentityKind.EMAIL, MAIL),
        NewAddress(IdentityKind.PHONE, PHONE),
    )
    return await place.hub.store.write(
        create_customer, CreateCustomer(SYSTEM, "CN", name="Chen", addresses=addresses)
    )


async def two_ways(place: Place) -> tuple[str, str]:
    """Ms Chen waits in the chat and has written a mail; return both contacts."""
    await chen(place)
    chat = await place.write_in("In the chat")
    mail = await place.write_in("By mail", "mail", MAIL)
    return str(chat.contact_id), str(mail.contact_id)


async def hired(place: Place) -> Person:
    return await place.hire("li", Role.AGENT, "team")


async def test_an_offer_is_accepted_together_and_audited(place: Place) -> None:
    li = await hired(place)
    chat, mail = await two_ways(place)
    async with li.console().signed_in() as desk:
        await desk.set_state("ready")
        await desk.until(lambda: any(one.contact.id == chat for one in desk.offers.values()))
        await desk.until(lambda: {*desk.offers} and desk.gaps == 0)
        [offer] = [one.id for one in desk.offers.values() if one.contact.id == chat]
        status, done = await li.ask("POST", f"/offers/{offer}/accept-together")
        assert (status, done["contact_id"], done["left"]) == (200, chat, [])
        assert [one["contact_id"] for one in done["taken"]] == [mail]
        await desk.until(lambda: {chat, mail} <= set(desk.contacts))
    admin = await place.hire("admin", Role.ADMIN)
    _, log = await admin.ask("GET", f"/audit?object={mail}")
    assert [line["action"] for line in log["items"]] == ["contact.take_along"]
    assert (await li.ask("POST", "/offers/nothing/accept-together"))[0] == 404


async def test_who_writes_on_another_way_appears_on_the_offer_and_is_told(place: Place) -> None:
    li = await hired(place)
    customer = await chen(place)
    boss = await place.hire("boss", Role.SUPERVISOR, "team", "south")
    chat = str((await place.write_in("In the chat")).contact_id)
    async with boss.console().signed_in() as desk:
        await boss.ask("POST", f"/contacts/{chat}/pull")
        await desk.until(lambda: chat in desk.contacts)
        mail = str((await place.write_in("By mail", "finance-mail", MAIL)).contact_id)
        await desk.until(lambda: any(one.code == "others_changed" for one in desk.notices), SOON_S)
        [notice] = [one for one in desk.notices if one.code == "others_changed"]
        assert notice.customer_id == customer
        _, detail = await boss.ask("GET", f"/contacts/{chat}")
        assert [one["id"] for one in detail["other_open"]] == [mail]
        assert (await li.ask("POST", f"/contacts/{chat}/take-along", {}))[0] == 409
        body = {"contact_ids": [mail]}
        assert (await li.ask("POST", f"/contacts/{chat}/take-along", body))[0] == 404
        status, done = await boss.ask("POST", f"/contacts/{chat}/take-along", body)
        assert (status, [one["contact_id"] for one in done["taken"]]) == (200, [mail])


async def test_nothing_is_told_of_what_waits_out_of_sight(place: Place) -> None:
    """A mail to another team is theirs: this console hears nothing of it, not even that it came."""
    lu = await place.hire("lu", Role.SUPERVISOR, "team")
    customer = await chen(place)
    chat = str((await place.write_in("In the chat")).contact_id)
    async with lu.console().signed_in() as desk:
        await lu.ask("POST", f"/contacts/{chat}/pull")
        await desk.until(lambda: chat in desk.contacts)
        await place.write_in("By mail", "finance-mail", MAIL)
        await desk.set_state("ready")  # what was heard before is told with this at the latest
        await desk.until(lambda: desk.me is not None and desk.me.state == "ready")
        assert desk.notices == []
        mail = str((await place.write_in("By mail", "mail", MAIL)).contact_id)
        await desk.until(lambda: desk.notices != [], SOON_S)
        assert {(one.code, one.customer_id) for one in desk.notices} == {
            ("others_changed", customer)
        }
        _, detail = await lu.ask("GET", f"/contacts/{chat}")
        assert [one["id"] for one in detail["other_open"]] == [mail]


async def test_what_becomes_of_the_others_is_told_to_who_has_one_in_hand(place: Place) -> None:
    """Taken by a colleague, woken by its customer, moved into sight and out of it, closed."""
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    lu = await place.hire("lu", Role.SUPERVISOR, "team", "south")
    chat, mail = await two_ways(place)
    async with boss.console().signed_in() as desk:
        await boss.ask("POST", f"/contacts/{mail}/pull")
        await desk.until(lambda: mail in desk.contacts)

        async def told(state: str | None, path: str = "", body: object = None) -> None:
            before = len(desk.notices)
            if path:
                status, answer = await lu.ask("POST", f"/contacts/{chat}/{path}", body or {})
                assert status < 300, answer
            else:
                await place.write_in("Are you there?")
            await desk.until(lambda: len(desk.notices) > before, SOON_S)
            _, detail = await boss.ask("GET", f"/contacts/{mail}")
            states = {one["id"]: one["state"] for one in detail["other_open"]}
            assert states.get(chat) == state
            assert {one.code for one in desk.notices} == {"others_changed"}

        await told("active", "pull")
        await told("parked", "park")
        await told("queued")  # the customer wrote
        await told("active", "pull")
        await told(None, "transfer", {"queue_id": "finance"})
        await lu.ask("POST", f"/contacts/{chat}/pull")
        await told("queued", "transfer", {"queue_id": "support"})
        await told("active", "pull")
        await told(None, "close", {})


@pytest.mark.parametrize(
    ("channel", "address"), [("email", ("email", MAIL)), ("phone", ("phone", PHONE))]
)
async def test_what_a_colleague_begins_is_told(
    place: Place, channel: str, address: tuple[str, str]
) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    lu = await place.hire("lu", Role.SUPERVISOR, "team")
    await chen(place)
    chat = str((await place.write_in("In the chat")).contact_id)
    async with boss.console().signed_in() as desk, lu.console().signed_in() as other:
        await boss.ask("POST", f"/contacts/{chat}/pull")
        await desk.until(lambda: chat in desk.contacts)
        await other.set_state("ready")
        kind, value = address
        whom = {"identities": [{"kind": kind, "value": value}], "direction": "out"}
        status, begun = await lu.ask("POST", "/contacts", {**whom, "channel": channel})
        assert status == 201, begun
        await desk.until(lambda: desk.notices != [], SOON_S)
        assert desk.notices[0].code == "others_changed"
        _, detail = await boss.ask("GET", f"/contacts/{chat}")
        assert [one["id"] for one in detail["other_open"]] == [begun["contact_id"]]


async def test_closing_asks_and_names_what_stays(place: Place) -> None:
    li = await hired(place)
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    chat, mail = await two_ways(place)
    await boss.ask("POST", f"/contacts/{chat}/pull")
    await boss.ask("POST", f"/contacts/{mail}/pull")
    body = {"contact_ids": [mail]}
    assert (await li.ask("POST", f"/contacts/{chat}/close-together", body))[0] == 403
    status, done = await boss.ask("POST", f"/contacts/{chat}/close-together", body)
    assert (status, done["taken"]) == (200, [])
    assert [(one["contact_id"], one["code"]) for one in done["left"]] == [
        (mail, "contact.not_waiting")
    ]
    many = {"contact_ids": [mail] * 21}
    assert (await boss.ask("POST", f"/contacts/{chat}/close-together", many))[0] == 422


async def test_the_setup_says_which_queues_are_mine_and_which_are_stopped(place: Place) -> None:
    li = await hired(place)
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    stop = {"state": "paused", "reason": "Fire alarm", "for_s": 900}
    assert (await boss.ask("POST", "/queues/support/state", stop))[0] == 204
    _, setup = await li.ask("GET", "/setup")
    queues = {one["id"]: one for one in setup["queues"]}
    assert (queues["support"]["mine"], queues["finance"]["mine"]) == (True, False)
    assert queues["finance"]["stop"] is None
    shown = queues["support"]["stop"]
    assert (shown["state"], shown["reason"], shown["by_name"]) == ("paused", "Fire alarm", "Boss")
    assert shown["until"] is not None
    assert (await boss.ask("POST", "/queues/support/state", {"state": "open"}))[0] == 204
    _, setup = await li.ask("GET", "/setup")
    assert all(one["stop"] is None for one in setup["queues"])
