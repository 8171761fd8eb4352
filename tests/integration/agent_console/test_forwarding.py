"""A mail is forwarded to somebody else, whose answer joins and is shown to no customer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from aiohttp import FormData
from sqlalchemy import select, update

from hub.contacts.effects import Effect, Reached, RecipientFate, Send
from hub.contacts.history import HistoryBefore, list_history_before
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel, InteractionKind
from hub.contacts.tables import (
    attachments,
    contacts,
    conversations,
    entry_points,
    interactions,
)
from hub.contacts.undeliverable import note_bad_addresses
from hub.core.ids import new_id
from hub.customers.tables import customers, identities
from hub.storage import Tx
from hub.storage.outbox import outbox
from hub.web import Role

from .conftest import Person, Place

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + b"\0" * 64
WANG, MAKER = "wang@example.test", "maker@factory.test"


@pytest.fixture
async def held(place: Place) -> Any:
    """Wang's mail in Chen's hands: (Chen, receipt)."""
    chen = await place.hire("chen", Role.AGENT, "team")
    receipt = await place.write_in("Is the pump <broken>?", "mail", WANG)
    agent = chen.console().signed_in()
    console = await agent.__aenter__()
    await console.set_state("ready")
    await console.until(lambda: bool(console.offers))
    await console.accept(next(iter(console.offers)))
    yield chen, receipt
    await agent.__aexit__(None, None, None)


async def forward(chen: Person, receipt: Any, **changes: Any) -> tuple[int, Any]:
    body = {"client_id": new_id(), "text": "Please look.", "to": [MAKER], "subject": "Fwd: pump",
            "aside_of": receipt.interaction_id, **changes}  # fmt: skip
    return await chen.ask("POST", f"/contacts/{receipt.contact_id}/reply", body)


async def test_a_forward_answers_nobody_and_its_answer_comes_back_unseen_by_the_customer(
    place: Place, held: Any
) -> None:
    chen, receipt = held
    before = await place.hub.store.read(contact, receipt.contact_id)
    status, posted = await forward(chen, receipt, html="<p>Please <b>look</b>.</p>")
    assert status == 200
    [send] = await place.hub.store.read(sends, None)
    assert (send.to, send.in_reply_to, send.references) == ((MAKER,), None, ())
    assert send.text.startswith("Please look.\n\n---------- 转发的邮件 ----------")
    assert "Is the pump <broken>?" in send.text
    assert send.html is not None
    assert "Is the pump &lt;broken&gt;?" in send.html
    after = await place.hub.store.read(contact, receipt.contact_id)
    assert after.unanswered_since == before.unanswered_since is not None
    assert after.answered_at is None
    answer = await place.hub.door.receive(
        Inbound(
            "mail", Channel.EMAIL, new_id(), (SenderIdentity(IdentityKind.EMAIL, MAKER),),
            place.hub.clock.now(), text="It is; 40 euros for you.", acknowledge=False,
            external_id="<m1@factory.test>", conversation_id=receipt.conversation_id,
            answers=posted["interaction_id"],
        )
    )  # fmt: skip
    assert answer.contact_id == receipt.contact_id
    public = await place.hub.store.read(
        list_history_before, HistoryBefore(receipt.conversation_id, 99, 30)
    )
    assert [entry.text for entry in public] == ["Is the pump <broken>?"]
    _, detail = await chen.ask("GET", f"/contacts/{receipt.contact_id}")
    assert detail["recipients"]["to"] == [WANG]
    said = {"client_id": new_id(), "text": "It can be mended."}
    assert (await chen.ask("POST", f"/contacts/{receipt.contact_id}/reply", said))[0] == 200
    to_wang = (await place.hub.store.read(sends, None))[-1]
    assert to_wang.to == (WANG,)
    assert "<m1@factory.test>" not in (to_wang.in_reply_to, *to_wang.references)
    on = {"text": "Thanks.", "aside_of": answer.interaction_id}
    assert (await forward(chen, receipt, **on))[0] == 200
    to_maker = (await place.hub.store.read(sends, None))[-1]
    assert (to_maker.in_reply_to, to_maker.aside) == ("<m1@factory.test>", True)
    more = msgspec.structs.replace(
        from_maker(place, receipt, "Sent."), answers=posted["interaction_id"]
    )
    await place.hub.door.receive(more)
    told = await place.hub.store.read(contact, receipt.contact_id)
    assert (told.unanswered_since, told.preview) == (None, "Sent.")  # Wang waits for nothing


async def test_an_answer_to_a_forward_opens_what_is_its_customers_and_is_not_acknowledged(
    place: Place, held: Any
) -> None:
    chen, receipt = held
    posted = (await forward(chen, receipt))[1]
    await place.hub.store.write(as_closed, receipt.contact_id)
    before = len(await place.hub.store.read(sends, None))
    answer = msgspec.structs.replace(
        from_maker(place, receipt, "It is."), answers=posted["interaction_id"]
    )
    opened = await place.hub.store.read(
        contact, (await place.hub.door.receive(answer)).contact_id or ""
    )
    closed = await place.hub.store.read(contact, receipt.contact_id)
    assert opened.id != closed.id
    assert (opened.identity_id, opened.tier) == (closed.identity_id, closed.tier)
    assert len(await place.hub.store.read(sends, None)) == before


async def test_that_a_forward_did_not_arrive_is_told_to_no_customer(
    place: Place, held: Any
) -> None:
    chen, receipt = held
    posted = (await forward(chen, receipt))[1]
    bounce = msgspec.structs.replace(
        from_maker(place, receipt, "not delivered"), kind=InteractionKind.SYSTEM, queues=False,
        answers=posted["interaction_id"],
    )  # fmt: skip
    came = await place.hub.door.receive(bounce)
    entry = await place.hub.store.read(entry_of, came.interaction_id)
    assert (entry.kind, entry.direction) == ("system", "internal")


async def test_an_answer_that_names_no_mail_is_known_by_who_was_forwarded_one(
    place: Place, held: Any
) -> None:
    chen, receipt = held
    assert (await forward(chen, receipt))[0] == 200
    kinds = []
    for who in (MAKER, WANG, "stranger@example.test"):
        sender = (SenderIdentity(IdentityKind.EMAIL, who.upper()),)
        said = msgspec.structs.replace(from_maker(place, receipt, "Well."), senders=sender)
        came = await place.hub.door.receive(said)
        kinds.append((await place.hub.store.read(entry_of, came.interaction_id)).kind)
    assert kinds == ["aside", "message", "message"]


def from_maker(place: Place, receipt: Any, text: str) -> Inbound:
    return Inbound(
        "mail", Channel.EMAIL, new_id(), (SenderIdentity(IdentityKind.EMAIL, MAKER),),
        place.hub.clock.now(), text=text, external_id=f"<{new_id()}@factory.test>",
        conversation_id=receipt.conversation_id,
    )  # fmt: skip


def as_closed(tx: Tx, contact_id: str) -> None:
    closed = {"state": "closed", "ended_as": "handled", "closed_at": tx.now, "tier": "gold"}
    tx.execute(update(contacts).where(contacts.c.id == contact_id).values(closed))
    customer = select(identities.c.customer_id).where(identities.c.value_norm == WANG)
    of_wang = customers.c.id == customer.scalar_subquery()
    tx.execute(update(customers).where(of_wang).values(tier="gold"))
    tx.execute(update(conversations).values(acknowledged_at=None))
    tx.execute(update(entry_points).values(acknowledges=True))


def entry_of(tx: Tx, interaction_id: str) -> Any:
    return tx.execute(select(interactions).where(interactions.c.id == interaction_id)).one()


async def test_what_cannot_be_forwarded_is_refused(place: Place, held: Any) -> None:
    chen, receipt = held
    status, problem = await forward(chen, receipt, to=None)
    assert (status, problem["code"]) == (422, "reply.no_forward_to")
    other = await place.write_in("Another's", "mail", "li@example.test")
    status, _ = await forward(chen, receipt, aside_of=other.interaction_id)
    assert status == 404
    chat = await place.write_in("Hello")
    body = {"client_id": "c1", "text": "x", "aside_of": receipt.interaction_id}
    status, problem = await chen.ask("POST", f"/contacts/{chat.contact_id}/reply", body)
    assert (status, problem["code"]) == (422, "reply.no_forward")


async def test_a_picture_stands_in_the_words_and_files_go_along(place: Place, held: Any) -> None:
    chen, receipt = held
    picture = await upload(chen, "?inline=true", "plan.png", PNG)
    assert picture["content_id"] == f"{picture['id']}@hub"
    html = f'<p>See <img data-cid="{picture["content_id"]}" alt="plan"></p>'
    path = f"/contacts/{receipt.contact_id}/draft"
    words = {"version": 0, "text": "See [plan]", "html": html, "attachments": [picture["id"]]}
    assert (await chen.ask("PUT", path, words))[0] == 200
    kept = (await chen.ask("GET", path))[1]["draft"]
    assert f'data-cid="{picture["content_id"]}"' in kept["html"]
    body = {"client_id": "c1", "html": kept["html"], "attachments": [picture["id"]]}
    status, posted = await chen.ask("POST", f"/contacts/{receipt.contact_id}/reply", body)
    assert status == 200
    [send] = await place.hub.store.read(sends, None)
    assert send.text == "See [plan]"
    assert send.files[0].content_id == picture["content_id"]
    _, copies = await chen.ask("POST", f"/interactions/{posted['interaction_id']}/copies")
    [copy] = copies["items"]
    assert copy["id"] != picture["id"]
    blobs = await place.hub.store.read(blobs_of, {copy["id"], picture["id"]})
    assert len(blobs) == 2  # an erasure of one leaves the other
    assert (copy["content_id"], copy["name"]) == (picture["content_id"], "plan.png")
    assert (await forward(chen, receipt, attachments=[copy["id"]]))[0] == 200
    with pytest.raises(AssertionError, match=r"file\.no_picture"):
        await upload(chen, "?inline=true", "plan.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")


async def test_all_who_got_the_mail_are_proposed_and_nobody_of_ours(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    named = {"from": WANG, "to": "support@example.test, li@example.test", "cc": MAKER}
    receipt = await place.hub.door.receive(
        Inbound(
            "mail", Channel.EMAIL, new_id(), (SenderIdentity(IdentityKind.EMAIL, WANG),),
            place.hub.clock.now(), text="Hello", acknowledge=False, meta=named,
        )
    )  # fmt: skip
    path = f"/contacts/{receipt.contact_id}"
    found = (await chen.ask("GET", path))[1]["recipients"]
    assert (found["to"], found["cc"]) == ([WANG], [])
    assert found["others"] == ["li@example.test", MAKER]
    assert found["known"] == [WANG, "li@example.test", MAKER]
    assert found["undeliverable"] == []
    await place.hub.store.write(as_bad, WANG)
    [bad] = (await chen.ask("GET", path))[1]["recipients"]["undeliverable"]
    assert (bad["address"], bad["why"]) == (WANG, "5.1.1 no such user")


def as_bad(tx: Tx, address: str) -> None:
    fate = RecipientFate(address, Reached.FAILED, "5.1.1 no such user", bad_address=True)
    note_bad_addresses(tx, [fate])


async def test_nobody_copies_or_sends_again_what_they_do_not_see(place: Place, held: Any) -> None:
    _, receipt = held
    stranger = await place.hire("li", Role.AGENT, "south")
    await place.hub.store.write(as_failed, receipt.interaction_id)
    for path in ("copies", "resend", "arrived"):
        body: dict[str, str] | None = {} if path == "resend" else None
        address = f"/interactions/{receipt.interaction_id}/{path}"
        assert (await stranger.ask("POST", address, body))[0] == 404


async def upload(person: Person, query: str, name: str, data: bytes) -> Any:
    form = FormData()
    form.add_field("file", data, filename=name)
    address = f"{person.hub.base_url}/api/v1/attachments{query}"
    headers = {"Authorization": f"Bearer {person.key}"}
    async with person.session.post(address, data=form, headers=headers) as answer:
        told = await answer.json(content_type=None)
        assert answer.status == 201, told["code"]
        return told


def blobs_of(tx: Tx, attachment_ids: set[str]) -> set[str]:
    chosen = attachments.c.id.in_(attachment_ids)
    return set(tx.execute(select(attachments.c.blob_id).where(chosen)).scalars())


def contact(tx: Tx, contact_id: str) -> Any:
    return tx.execute(select(contacts).where(contacts.c.id == contact_id)).one()


def as_failed(tx: Tx, interaction_id: str) -> None:
    failed = {"direction": "out", "delivery": "failed", "author_id": "somebody"}
    tx.execute(update(interactions).where(interactions.c.id == interaction_id).values(failed))


def sends(tx: Tx, _: None) -> list[Send]:
    effects = tx.execute(select(outbox.c.effect).order_by(outbox.c.id)).scalars()
    decoded = [msgspec.json.decode(effect, type=Effect) for effect in effects]
    return [effect for effect in decoded if isinstance(effect, Send)]


async def test_a_mail_of_the_same_subject_is_proposed_and_never_joined(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    ids: list[Any] = []
    for subject, days_before in (("Pump", 1), ("Re: PUMP ", 8), ("Another", 0), ("答复：pump", 0)):
        inbound = Inbound(
            "mail", Channel.EMAIL, new_id(), (SenderIdentity(IdentityKind.EMAIL, WANG),),
            place.hub.clock.now(), text="Hello", acknowledge=False, subject=subject,
        )  # fmt: skip
        ids.append((await place.hub.door.receive(inbound)).contact_id)
        await place.hub.store.write(age, timedelta(days=days_before))
    assert len(set(ids)) == 4
    detail = (await chen.ask("GET", f"/contacts/{ids[1]}"))[1]
    assert detail["same_subject"] == [ids[0]]


def age(tx: Tx, by: timedelta) -> None:
    """As if what is there had come so much earlier."""
    for row in tx.execute(select(contacts.c.id, contacts.c.opened_at)).all():
        earlier = {"opened_at": row.opened_at - by}
        tx.execute(update(contacts).where(contacts.c.id == row.id).values(earlier))
