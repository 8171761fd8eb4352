from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Row, func, select, update

from hub.contacts import service as contact_service
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel, ContactState
from hub.contacts.references import find_references
from hub.contacts.service import Move
from hub.contacts.tables import (
    contacts,
    conversations,
    entry_points,
    inbound_keys,
    interactions,
    segments,
)
from hub.core.errors import Invalid
from hub.customers.tables import customers
from hub.desk.commands import Reply
from hub.desk.messages import reply
from hub.intake import receive
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.center import add_agent, give_to_agent, open_center
from hub.testing.clock import NOON, ManualClock


def a_mail(key: str = "m1", sender: str = "chen@example.test", **changes: Any) -> Inbound:
    mail = Inbound(
        entry_point_id="mail",
        channel=Channel.EMAIL,
        dedupe_key=key,
        senders=(SenderIdentity(IdentityKind.EMAIL, sender, "Chen Li", verified=True),),
        received_at=NOON,
        subject="Washing machine",
        text="It leaks.",
        external_id=f"<{key}@example.test>",
    )
    return replace(mail, **changes)


def a_chat(key: str, visitor: str = "v1", **changes: Any) -> Inbound:
    chat = Inbound(
        entry_point_id="shop-chat",
        channel=Channel.WEBCHAT,
        dedupe_key=key,
        senders=(SenderIdentity(IdentityKind.VISITOR, visitor),),
        received_at=NOON,
        text=f"message {key}",
        continues_latest=True,
        client_id=key,
    )
    return replace(chat, **changes)


def rows_of(table: Any) -> Any:
    def read(tx: Tx, _: None) -> list[Row[Any]]:
        return list(tx.execute(select(table)).all())

    return read


@pytest.fixture
async def center(store: Store) -> Store:
    await store.write(open_center, None)
    return store


async def test_a_mail_becomes_a_waiting_contact_of_a_new_customer(center: Store) -> None:
    receipt = await center.write(receive, a_mail())
    [contact] = await center.read(rows_of(contacts), None)
    [customer] = await center.read(rows_of(customers), None)
    assert (contact.id, contact.state, contact.tier) == (receipt.contact_id, "queued", "standard")
    assert (contact.target_s, contact.unread, contact.preview) == (14_400, 1, "It leaks.")
    assert customer.name == "Chen Li"
    assert receipt.seq == 1
    [segment] = await center.read(rows_of(segments), None)
    assert (segment.kind, segment.ended_at) == ("waiting", None)


async def test_the_same_thing_twice_is_stored_once_and_answered_alike(center: Store) -> None:
    first = await center.write(receive, a_mail())
    again = await center.write(receive, a_mail())
    assert again == replace(first, duplicate=True)
    assert len(await center.read(rows_of(interactions), None)) == 2  # it and its acknowledgement


async def test_the_same_thing_twice_in_one_batch_is_stored_once(center: Store) -> None:
    receipts = await asyncio.gather(*(center.write(receive, a_chat("c1")) for _ in range(20)))
    assert {receipt.interaction_id for receipt in receipts} == {receipts[0].interaction_id}
    assert len(await center.read(rows_of(inbound_keys), None)) == 1


async def test_many_messages_of_one_visitor_make_one_contact_in_dense_order(center: Store) -> None:
    receipts = await asyncio.gather(*(center.write(receive, a_chat(f"c{n:02}")) for n in range(40)))
    assert [receipt.seq for receipt in receipts] == list(range(1, 41))
    assert len({receipt.contact_id for receipt in receipts}) == 1
    [conversation] = await center.read(rows_of(conversations), None)
    assert conversation.last_seq == 40
    [contact] = await center.read(rows_of(contacts), None)
    assert contact.unread == 40


async def test_a_new_mail_is_acknowledged_once_with_a_promise(center: Store) -> None:
    await center.write(receive, a_mail())
    [effect] = await center.read(rows_of(outbox), None)
    assert effect.at_most_once
    assert "It leaks" not in effect.effect
    [conversation] = await center.read(rows_of(conversations), None)
    assert conversation.promised_at is not None
    stored = await center.read(rows_of(interactions), None)
    assert {row.direction for row in stored} == {"in", "out"}
    assert next(row for row in stored if row.direction == "in").meta["acknowledged"] is True


async def test_why_a_mail_was_not_acknowledged_is_kept_on_it(center: Store) -> None:
    await center.write(receive, a_mail(acknowledge=False, no_acknowledge_reason="list"))
    [stored] = await center.read(rows_of(interactions), None)
    assert stored.meta["why_not_acknowledged"] == "list"
    assert await center.read(rows_of(outbox), None) == []


async def test_a_second_mail_to_an_open_request_says_why_it_is_not_acknowledged(
    center: Store,
) -> None:
    await center.write(receive, a_mail("m1"))
    await center.write(receive, a_mail("m2", references=("<m1@example.test>",)))
    stored = await center.read(rows_of(interactions), None)
    second = next(row for row in stored if row.external_id == "<m2@example.test>")
    assert second.meta["why_not_acknowledged"] == "once_per_conversation"
    assert len(await center.read(rows_of(outbox), None)) == 1


async def test_an_address_gets_at_most_three_acknowledgements_a_day(center: Store) -> None:
    for number in range(5):
        await center.write(receive, a_mail(f"m{number}"))
    assert len(await center.read(rows_of(outbox), None)) == 3


def with_limit(tx: Tx, limit: int) -> None:
    tx.execute(
        update(entry_points)
        .where(entry_points.c.id == "mail")
        .values(settings={"acknowledge_limit": limit})
    )


async def burst(center: Store, count: int, prefix: str) -> list[str | None]:
    """So many mails of different senders at once; return why each was not acknowledged."""
    mails = [a_mail(f"{prefix}{n}", f"{prefix}{n}@example.test") for n in range(count)]
    await asyncio.gather(*(center.write(receive, mail) for mail in mails))
    stored = await center.read(rows_of(interactions), None)
    mine = [row for row in stored if (row.external_id or "").startswith(f"<{prefix}")]
    return [row.meta.get("why_not_acknowledged") for row in mine]


async def test_a_burst_of_acknowledgements_trips_the_breaker_and_it_resets(
    center: Store, clock: ManualClock
) -> None:
    await center.write(with_limit, 5)
    first = await burst(center, 8, "a")
    assert sorted(map(str, first)) == ["None"] * 5 + ["too_many_at_once"] * 3
    clock.advance(60)
    assert await burst(center, 2, "b") == ["too_many_at_once"] * 2
    waiting = [row for row in await center.read(rows_of(contacts), None) if row.state == "queued"]
    assert len(waiting) == 10, "what is not acknowledged still waits for an answer"
    clock.advance(30 * 60)
    assert await burst(center, 2, "c") == [None, None]


async def test_a_slow_stream_never_trips_the_breaker(center: Store, clock: ManualClock) -> None:
    await center.write(with_limit, 5)
    for hour in "defg":
        assert await burst(center, 4, hour) == [None] * 4
        clock.advance(600)


async def test_the_breaker_of_one_mailbox_is_not_anothers(center: Store) -> None:
    await center.write(with_limit, 1)
    await burst(center, 3, "h")
    other = a_mail("other", "x@example.test", entry_point_id="finance-mail")
    await center.write(also_acknowledges, "finance-mail")
    await center.write(receive, other)
    stored = await center.read(rows_of(interactions), None)
    (row,) = [row for row in stored if row.external_id == "<other@example.test>"]
    assert row.meta["acknowledged"] is True


def also_acknowledges(tx: Tx, key: str) -> None:
    tx.execute(update(entry_points).where(entry_points.c.id == key).values(acknowledges=True))


async def reference_of(center: Store, contact_id: str | None) -> str:
    rows = await center.read(rows_of(contacts), None)
    return next(str(row.reference) for row in rows if row.id == contact_id)


async def test_our_reference_in_the_subject_joins_who_takes_part(center: Store) -> None:
    first = await center.write(receive, a_mail())
    reference = await reference_of(center, first.contact_id)
    subject = f"About {reference.lower()}, again"
    again = a_mail("m2", subject=subject, subject_references=find_references(subject))
    joined = await center.write(receive, again)
    assert joined.conversation_id == first.conversation_id
    stored = await center.read(rows_of(interactions), None)
    assert next(r for r in stored if r.id == joined.interaction_id).meta["joined_by"] == "subject"


@pytest.mark.parametrize("mark", ["references", "subject_references"])
async def test_a_stranger_joins_by_nothing_and_the_trace_says_why(center: Store, mark: str) -> None:
    first = await center.write(receive, a_mail())
    known = {
        "references": ("<m1@example.test>",),
        "subject_references": (await reference_of(center, first.contact_id),),
    }
    forged = a_mail("m2", "mallory@evil.test", **{mark: known[mark]})
    apart = await center.write(receive, forged)
    assert apart.conversation_id != first.conversation_id
    stored = await center.read(rows_of(interactions), None)
    meta = next(row for row in stored if row.id == apart.interaction_id).meta
    assert meta["not_joined"].endswith("_no_part")


async def test_a_reference_of_another_medium_joins_nothing(center: Store) -> None:
    chat = await center.write(receive, a_chat("c1"))
    mail = a_mail("m2", subject_references=(await reference_of(center, chat.contact_id),))
    assert (await center.write(receive, mail)).conversation_id != chat.conversation_id


async def test_an_agents_address_forged_as_sender_does_not_join(center: Store) -> None:
    """The agent answered in this thread: that makes nobody who writes as them a participant."""
    first = await center.write(receive, a_mail())
    li = await center.write(add_agent, "Li")
    contact_id = str(first.contact_id)
    await center.write(give_to_agent, (contact_id, li))
    answer = Reply(contact_id, li, "Li", "r1", "On its way.", instant=False)
    await center.write(reply, answer)
    forged = a_mail("m2", "li@hub.test", references=("<m1@example.test>",))
    assert (await center.write(receive, forged)).conversation_id != first.conversation_id


async def test_a_reply_by_a_participant_joins_its_thread(center: Store) -> None:
    first = await center.write(receive, a_mail("m1"))
    second = await center.write(receive, a_mail("m2", references=("<m1@example.test>",)))
    assert second.conversation_id == first.conversation_id
    assert second.contact_id == first.contact_id


async def test_a_stranger_who_knows_a_message_id_does_not_join(center: Store) -> None:
    first = await center.write(receive, a_mail("m1"))
    foreign = a_mail("m2", "evil@example.test", references=("<m1@example.test>",))
    second = await center.write(receive, foreign)
    assert second.conversation_id != first.conversation_id


async def test_what_must_not_queue_is_filed_without_a_contact(center: Store) -> None:
    receipt = await center.write(receive, a_mail(queues=False))
    assert receipt.contact_id is None
    assert len(await center.read(rows_of(interactions), None)) == 1
    assert await center.read(rows_of(contacts), None) == []


async def test_what_cannot_be_parsed_waits_in_quarantine(center: Store) -> None:
    receipt = await center.write(
        receive, a_mail(quarantine_reason="too many parts", raw_blob_id="b1", text="")
    )
    [contact] = await center.read(rows_of(contacts), None)
    assert (contact.id, contact.state) == (receipt.contact_id, "quarantined")
    assert contact.raw_blob_id == "b1"
    assert await center.read(rows_of(segments), None) == []


async def test_an_unknown_entry_point_is_refused_alone(center: Store) -> None:
    results = await asyncio.gather(
        center.write(receive, a_chat("c1")),
        center.write(receive, a_chat("c2", entry_point_id="gone")),
        center.write(receive, a_chat("c3")),
        return_exceptions=True,
    )
    assert isinstance(results[1], Invalid)
    assert len(await center.read(rows_of(interactions), None)) == 2


async def test_the_customers_answer_wakes_a_parked_contact_and_waits_from_zero(
    center: Store, clock: ManualClock
) -> None:
    agent = await center.write(add_agent, "Li")
    first = await center.write(receive, a_chat("c1"))
    assert first.contact_id is not None
    await center.write(_park, (first.contact_id, agent))
    clock.advance(600)
    second = await center.write(receive, a_chat("c2", received_at=clock.now()))
    assert second.contact_id == first.contact_id
    [contact] = await center.read(rows_of(contacts), None)
    assert contact.state == "queued"
    assert contact.preferred_agent_id == agent
    assert contact.virtual_start_us == int(clock.now().timestamp() * 1_000_000)


async def test_after_the_end_the_next_message_opens_a_new_contact_on_the_same_conversation(
    center: Store,
) -> None:
    first = await center.write(receive, a_chat("c1"))
    assert first.contact_id is not None
    await center.write(contact_service.move, Move(first.contact_id, ContactState.CLOSED))
    second = await center.write(receive, a_chat("c2"))
    assert second.conversation_id == first.conversation_id
    assert second.contact_id != first.contact_id
    count = await center.read(
        lambda tx, _: tx.execute(select(func.count()).select_from(contacts)).scalar_one(), None
    )
    assert count == 2


def _park(tx: Tx, cmd: tuple[str, str]) -> None:
    contact_id, agent_id = cmd
    for state in (
        ContactState.OFFERED,
        ContactState.CONNECTING,
        ContactState.ACTIVE,
        ContactState.PARKED,
    ):
        contact_service.move(tx, Move(contact_id, state, changes={"agent_id": agent_id}))
    tx.execute(update(contacts).where(contacts.c.id == contact_id).values(unread=0))
