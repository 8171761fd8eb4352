"""Numbers that entries name beside their words are hidden wherever an agent reads them."""

from __future__ import annotations

from sqlalchemy import select

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.tables import contacts
from hub.core.ids import new_id
from hub.customers.tables import identities
from hub.storage import Tx
from hub.web import Role

from .conftest import Place

NUMBER = "+862161234567"
HIDDEN = "+8621****4567"
META: dict[str, str | int] = {
    "caller": NUMBER,
    "station": "86 21 6123 4567",
    "from": "chen@example.test",
    "pages": 2,
}


def customer_of(tx: Tx, contact_id: str) -> str:
    found = select(identities.c.customer_id).join(
        contacts, contacts.c.identity_id == identities.c.id
    )
    return str(tx.execute(found.where(contacts.c.id == contact_id)).scalar_one())


async def test_an_agent_reads_no_whole_number_in_what_an_entry_tells(place: Place) -> None:
    fax = Inbound(
        "mail", Channel.EMAIL, new_id(),
        (SenderIdentity(IdentityKind.FAX, NUMBER, "86 21 6123 4567"),), place.hub.clock.now(),
        text="One page", acknowledge=False, meta=META,
    )  # fmt: skip
    receipt = await place.hub.door.receive(fax)
    contact_id = str(receipt.contact_id)
    customer = await place.hub.store.read(customer_of, contact_id)
    paths = (
        f"/conversations/{receipt.conversation_id}/interactions",
        f"/customers/{customer}/timeline",
        f"/customers/{customer}/stream?source=contact",
    )
    li = await place.hire("li", Role.AGENT, "team")
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    for path in paths:
        status, mine = await li.ask("GET", path)
        told = mine["items"][0].get("entry") or mine["items"][0]
        assert status == 200
        assert told["meta"]["caller"] == HIDDEN
        assert told["meta"]["station"] == told["author_name"] == "86 21 **** 4567"
        assert (told["meta"]["from"], told["meta"]["pages"]) == ("chen@example.test", 2)
        _, theirs = await boss.ask("GET", path)
        whole = theirs["items"][0].get("entry") or theirs["items"][0]
        assert whole["meta"]["caller"] == NUMBER
    async with li.console().signed_in() as desk:
        await desk.open_conversation(receipt.conversation_id)
        await desk.until(lambda: bool(desk.entries.get(receipt.conversation_id)))
        [first, *_] = desk.entries[receipt.conversation_id].values()
        assert first.meta["caller"] == HIDDEN


async def test_an_offer_says_where_the_number_is_from(place: Place) -> None:
    li = await place.hire("li", Role.AGENT, "team")
    fax = Inbound(
        "mail", Channel.EMAIL, new_id(),
        (SenderIdentity(IdentityKind.FAX, NUMBER, "86 21 6123 4567"),), place.hub.clock.now(),
        text="One page", acknowledge=False,
    )  # fmt: skip
    async with li.console().signed_in() as desk:
        await desk.set_state("ready")
        await place.hub.door.receive(fax)
        await desk.until(lambda: len(desk.offers) == 1)
        [offer] = desk.offers.values()
        assert NUMBER not in offer.contact.customer.address
        assert offer.origin is not None
        assert (offer.origin.zh, offer.origin.en) == ("上海市", "Shanghai")
        await place.write_in("My fridge is warm")
        await desk.until(lambda: len(desk.offers) == 2)
        [mail] = [one for one in desk.offers.values() if one.id != offer.id]
        assert mail.origin is None
