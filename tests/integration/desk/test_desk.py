from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, insert, select

from hub.contacts.effects import Effect, Send
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.tables import attachments, contacts, interactions, segments
from hub.core.errors import Conflict, Invalid
from hub.core.ids import new_id
from hub.desk import handling, parked
from hub.desk.commands import Note, Reply
from hub.desk.dispositions import Disposition
from hub.desk.handling import Close, Handle, Park, Transfer
from hub.desk.messages import note, reply
from hub.intake import receive
from hub.routing.tables import agents, assignments
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.center import add_agent, give_to_agent, open_center
from hub.testing.clock import NOON, ManualClock


class Desk:
    """One agent at work on one contact, and what the database says of it."""

    def __init__(self, store: Store, agent_id: str, contact_id: str) -> None:
        self.store = store
        self.agent_id = agent_id
        self.contact_id = contact_id

    def handle(self, **changes: Any) -> Handle:
        return Handle(self.contact_id, self.agent_id, self.agent_id, "Li Na", **changes)

    def answer(self, client_id: str = "r1", text: str = "On its way.", **changes: Any) -> Reply:
        values = {"instant": False, **changes}
        return Reply(self.contact_id, self.agent_id, "Li Na", client_id, text, **values)

    async def contact(self) -> Row[Any]:
        def read(tx: Tx, _: None) -> Row[Any]:
            return tx.execute(select(contacts).where(contacts.c.id == self.contact_id)).one()

        return await self.store.read(read, None)

    async def load(self) -> int:
        def read(tx: Tx, _: None) -> int:
            row = tx.execute(select(agents).where(agents.c.id == self.agent_id)).one()
            open_ = tx.execute(
                select(assignments.c.cost).where(
                    assignments.c.agent_id == self.agent_id, assignments.c.ended_at.is_(None)
                )
            ).scalars()
            assert row.live_load + row.deferred_load == sum(open_)
            return int(row.live_load + row.deferred_load)

        return await self.store.read(read, None)

    async def rows(self, table: Any) -> list[Row[Any]]:
        return await self.store.read(lambda tx, _: list(tx.execute(select(table)).all()), None)


async def a_desk(store: Store, entry_point: str = "mail", channel: Channel = Channel.EMAIL) -> Desk:
    await store.write(open_center, None)
    agent_id = await store.write(add_agent, "Li")
    kind = IdentityKind.EMAIL if channel is Channel.EMAIL else IdentityKind.VISITOR
    receipt = await store.write(
        receive,
        Inbound(
            entry_point_id=entry_point,
            channel=channel,
            dedupe_key="m1",
            senders=(SenderIdentity(kind, "chen@example.test", "Chen"),),
            received_at=NOON,
            subject="Leak",
            text="It leaks.",
            external_id="<m1@example.test>",
        ),
    )
    assert receipt.contact_id is not None
    await store.write(give_to_agent, (receipt.contact_id, agent_id))
    return Desk(store, agent_id, receipt.contact_id)


@pytest.fixture
async def desk(store: Store) -> Desk:
    return await a_desk(store)


async def test_an_answer_is_stored_and_sent_to_where_the_customer_wrote_from(desk: Desk) -> None:
    written = await desk.store.write(reply, desk.answer())
    effects = [
        row for row in await desk.rows(outbox) if row.interaction_id == written.interaction_id
    ]
    send = msgspec.json.decode(effects[0].effect, type=Effect)
    assert isinstance(send, Send)
    assert send.to == ("chen@example.test",)
    assert send.in_reply_to == "<m1@example.test>"
    contact = await desk.contact()
    assert contact.unanswered_since is None
    assert contact.answered_at == NOON
    assert contact.unread == 0


async def test_the_same_answer_sent_twice_goes_out_once(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.store.write(reply, desk.answer()) for _ in range(5)))
    assert {answer.interaction_id for answer in answers} == {answers[0].interaction_id}
    sent = [row for row in await desk.rows(outbox) if not row.at_most_once]
    assert len(sent) == 1


async def test_a_chat_answer_needs_no_outbox(store: Store) -> None:
    desk = await a_desk(store, "shop-chat", Channel.WEBCHAT)
    written = await store.write(reply, desk.answer(instant=True))
    assert (written.seq, written.delivery) == (2, "sent")
    assert await desk.rows(outbox) == []


async def test_somebody_elses_contact_cannot_be_answered(desk: Desk) -> None:
    other = await desk.store.write(add_agent, "Wang")
    foreign = Reply(desk.contact_id, other, "Wang", "w1", "hello", instant=False)
    with pytest.raises(Conflict):
        await desk.store.write(reply, foreign)


@pytest.mark.parametrize("text", ["", "  \n "])
async def test_an_empty_answer_is_refused(desk: Desk, text: str) -> None:
    with pytest.raises(Invalid):
        await desk.store.write(reply, desk.answer(text=text))


async def test_a_file_of_somebody_else_cannot_be_attached(desk: Desk) -> None:
    file_id = await desk.store.write(_upload, "user:somebody")
    with pytest.raises(Invalid):
        await desk.store.write(reply, desk.answer(attachment_ids=(file_id,)))


async def test_an_uploaded_file_goes_out_with_the_answer(desk: Desk) -> None:
    file_id = await desk.store.write(_upload, f"user:{desk.agent_id}")
    written = await desk.store.write(reply, desk.answer(attachment_ids=(file_id,)))
    [file] = await desk.rows(attachments)
    assert file.interaction_id == written.interaction_id


async def test_a_note_is_internal_and_leaves_the_customer_waiting(desk: Desk) -> None:
    await desk.store.write(note, Note(desk.contact_id, desk.agent_id, "Li Na", "n1", "Ask Wang"))
    stored = [row for row in await desk.rows(interactions) if row.kind == "note"]
    assert [row.direction for row in stored] == ["internal"]
    assert (await desk.contact()).unanswered_since is not None


async def test_parking_frees_the_agent_and_taking_up_again_counts(desk: Desk) -> None:
    assert await desk.load() == 25
    await desk.store.write(handling.park, Park(desk.handle()))
    assert await desk.load() == 0
    await desk.store.write(handling.resume, desk.handle())
    assert await desk.load() == 25
    assert (await desk.contact()).state == "active"


async def test_a_parked_contact_comes_back_at_its_time(desk: Desk, clock: ManualClock) -> None:
    until = clock.now().replace(hour=13)
    await desk.store.write(handling.park, Park(desk.handle(), until))
    assert await desk.store.write(_fire_parked, None) == 0
    clock.set(until)
    assert await desk.store.write(_fire_parked, None) == 1
    assert await desk.store.write(_fire_parked, None) == 0
    contact = await desk.contact()
    assert (contact.state, contact.preferred_agent_id) == ("queued", desk.agent_id)


async def test_a_transfer_keeps_the_waited_time_and_frees_the_agent(
    desk: Desk, clock: ManualClock
) -> None:
    clock.advance(300)
    await desk.store.write(handling.transfer, Transfer(desk.handle(), "finance", note="An invoice"))
    contact = await desk.contact()
    assert (contact.state, contact.queue_id, contact.agent_id) == ("queued", "finance", None)
    assert await desk.load() == 0
    assert [row.text for row in await desk.rows(interactions) if row.kind == "system"] == [
        "An invoice"
    ]


async def test_a_queue_with_disposition_is_closed_only_with_one(desk: Desk) -> None:
    await desk.store.write(handling.transfer, Transfer(desk.handle(), "finance"))
    await desk.store.write(give_to_agent, (desk.contact_id, desk.agent_id))
    with pytest.raises(Invalid):
        await desk.store.write(handling.close, Close(desk.handle()))
    assert await desk.load() == 25
    done = Disposition("repair", "solved", "visit", "ok")
    await desk.store.write(handling.close, Close(desk.handle(), done))
    contact = await desk.contact()
    assert (contact.state, contact.ended_as, contact.reason_id) == ("closed", "handled", "repair")
    assert await desk.load() == 0


async def test_a_disposition_that_does_not_exist_is_refused(desk: Desk) -> None:
    with pytest.raises(Invalid):
        await desk.store.write(
            handling.close, Close(desk.handle(), Disposition("nonsense", "solved"))
        )


async def test_wrap_up_keeps_capacity_until_it_is_closed(store: Store) -> None:
    desk = await a_desk(store, "shop-chat", Channel.WEBCHAT)
    assert await store.write(handling.end, desk.handle(survey=True)) == "wrap_up"
    assert await desk.load() == 33
    until = (await desk.contact()).wrap_until
    extended = await store.write(handling.extend_wrap_up, desk.handle())
    assert (extended - until).total_seconds() == 60
    await store.write(handling.close, Close(desk.handle()))
    assert await desk.load() == 0


async def test_every_stretch_of_a_contact_is_a_segment_and_only_one_runs(
    desk: Desk, clock: ManualClock
) -> None:
    clock.advance(10)
    await desk.store.write(handling.park, Park(desk.handle()))
    clock.advance(10)
    await desk.store.write(handling.resume, desk.handle())
    clock.advance(10)
    await desk.store.write(handling.close, Close(desk.handle()))
    kinds = [(row.kind, row.ended_at is None) for row in await desk.rows(segments)]
    assert [kind for kind, _ in kinds] == [
        "waiting",
        "offered",
        "offered",
        "handling",
        "parked",
        "handling",
    ]
    assert not any(running for _, running in kinds)


async def test_a_mail_cannot_be_put_on_hold(desk: Desk) -> None:
    with pytest.raises(Conflict):
        await desk.store.write(handling.hold, desk.handle())


def _fire_parked(tx: Tx, _: None) -> int:
    return parked.fire_due_parked(tx, tx.now, 10)


def _upload(tx: Tx, uploader: str) -> str:
    file_id = new_id()
    tx.execute(
        insert(attachments).values(
            id=file_id,
            uploader=uploader,
            blob_id=new_id(),
            name="a.pdf",
            media_type="application/pdf",
            size_bytes=10,
            created_at=tx.now,
        )
    )
    return file_id


# ---- mails that nobody answered


async def test_a_mail_closed_without_an_answer_is_still_unanswered(desk: Desk) -> None:
    await desk.store.write(handling.close, Close(desk.handle()))
    assert (await desk.contact()).unanswered_since is not None


async def test_after_an_answer_closing_settles_the_rest(desk: Desk) -> None:
    await desk.store.write(reply, desk.answer())
    await desk.store.write(handling.close, Close(desk.handle()))
    assert (await desk.contact()).unanswered_since is None


async def test_an_ended_contact_can_be_settled_once_and_an_open_one_not(desk: Desk) -> None:
    with pytest.raises(Conflict):
        await desk.store.write(handling.settle, desk.handle())
    await desk.store.write(handling.close, Close(desk.handle()))
    await desk.store.write(handling.settle, desk.handle())
    assert (await desk.contact()).unanswered_since is None
    with pytest.raises(Conflict):
        await desk.store.write(handling.settle, desk.handle())


async def test_an_answer_to_the_next_contact_answers_the_one_before(desk: Desk) -> None:
    await desk.store.write(handling.close, Close(desk.handle()))
    before = await desk.contact()
    again = Inbound(
        entry_point_id="mail",
        channel=Channel.EMAIL,
        dedupe_key="m2",
        senders=(SenderIdentity(IdentityKind.EMAIL, "chen@example.test"),),
        received_at=NOON,
        conversation_id=before.conversation_id,
        text="Hello?",
    )
    next_id = str((await desk.store.write(receive, again)).contact_id)
    assert next_id != desk.contact_id
    await desk.store.write(give_to_agent, (next_id, desk.agent_id))
    answer = Reply(next_id, desk.agent_id, "Li Na", "r2", "Sorry.", instant=False)
    await desk.store.write(reply, answer)
    assert (await desk.contact()).unanswered_since is None
