"""Answers that go out later: at their time, not before, never over the customer's new words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Row

from hub.contacts.later.meanwhile import OVERTAKEN
from hub.contacts.later.model import Answer
from hub.contacts.later.service import list_of
from hub.contacts.later.tables import answers_taken_back, scheduled_replies
from hub.contacts.later.taken_back import forget_taken_back, note_taken_back
from hub.contacts.model import Channel
from hub.contacts.tables import interactions
from hub.core.errors import Conflict, Invalid, NotFound
from hub.desk import handling
from hub.desk.commands import Note
from hub.desk.handling import Close
from hub.desk.later import (
    ChangeTime,
    OfVersion,
    SendLater,
    cancel,
    change_time,
    fire_due_replies,
    send_later,
    send_now,
    send_undoable,
    take_back,
)
from hub.desk.messages import reply
from hub.desk.notes import note
from hub.desk.uploads import Upload, keep_upload
from hub.intake import receive
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.clock import NOON, ManualClock
from tests.integration.intake.test_receive import a_mail

from .test_desk import Desk, a_desk

TOMORROW = NOON + timedelta(hours=20)


@pytest.fixture
async def desk(store: Store) -> Desk:
    return await a_desk(store)


def later(desk: Desk, client_id: str = "r1", **changes: object) -> SendLater:
    values = {"answer": Answer(text="Tomorrow."), "send_at": TOMORROW, **changes}
    return SendLater(desk.contact_id, desk.agent_id, "Li Na", client_id, **values)  # type: ignore[arg-type]  # a builder


def undoable(desk: Desk, client_id: str = "r1") -> SendLater:
    return later(desk, client_id, undo_s=8, send_at=None)


def fire(tx: Tx, _: None) -> int:
    return fire_due_replies(tx, tx.now, 10)


async def waiting(desk: Desk) -> list[Row[object]]:
    return list(await desk.store.read(list_of, desk.contact_id))


async def sent(desk: Desk) -> list[str]:
    return [
        row.text
        for row in await desk.rows(interactions)
        if row.author_id and row.direction == "out"
    ]


async def test_it_goes_out_at_its_time_and_not_before(desk: Desk, clock: ManualClock) -> None:
    await desk.store.write(send_later, later(desk))
    contact = await desk.contact()
    assert contact.scheduled_at == TOMORROW
    assert contact.unanswered_since is not None  # nobody has answered yet
    clock.advance(20 * 3600 - 1)
    assert await desk.store.write(fire, None) == 0
    assert await sent(desk) == []
    clock.advance(1)
    assert await desk.store.write(fire, None) == 1
    assert await sent(desk) == ["Tomorrow."]
    contact = await desk.contact()
    assert (contact.scheduled_at, contact.unanswered_since) == (None, None)
    assert contact.answered_at == TOMORROW
    assert await desk.store.write(fire, None) == 0


async def test_a_cancelled_one_leaves_nothing(desk: Desk) -> None:
    file = await desk.store.write(
        keep_upload, Upload(desk.agent_id, "b1", "a.pdf", "application/pdf", 3)
    )
    before = await desk.contact()
    answer = Answer(text="Tomorrow.", attachment_ids=(file,))
    row = await desk.store.write(send_later, later(desk, answer=answer))
    entries, effects = len(await desk.rows(interactions)), len(await desk.rows(outbox))
    back = await desk.store.write(cancel, OfVersion(row.id, row.version))
    assert back == answer
    assert await desk.rows(scheduled_replies) == []
    assert (len(await desk.rows(interactions)), len(await desk.rows(outbox))) == (entries, effects)
    after = await desk.contact()
    assert after.scheduled_at is None
    assert after.unanswered_since == before.unanswered_since
    assert after.version > before.version
    await desk.store.write(send_later, later(desk, "r2", answer=answer))  # the file is free again
    with pytest.raises(NotFound):
        await desk.store.write(send_now, OfVersion(row.id, row.version))


async def test_what_the_customer_says_meanwhile_holds_it(desk: Desk, clock: ManualClock) -> None:
    row = await desk.store.write(send_later, later(desk))
    clock.advance(60)
    await desk.store.write(
        receive, a_mail("m2", text="Never mind.", references=("<m1@example.test>",))
    )
    clock.advance(20 * 3600)
    assert await desk.store.write(fire, None) == 1
    assert await sent(desk) == []
    (held,) = await waiting(desk)
    assert held.held == OVERTAKEN
    assert (await desk.contact()).scheduled_held is True
    assert await desk.store.write(fire, None) == 0  # it waits for its agent's word
    with pytest.raises(Conflict):
        await desk.store.write(send_now, OfVersion(row.id, row.version))  # as it was before
    await desk.store.write(send_now, OfVersion(held.id, held.version))
    assert await sent(desk) == ["Tomorrow."]
    assert (await desk.contact()).scheduled_held is False


async def test_another_time_is_chosen_knowing_what_the_customer_said(
    desk: Desk, clock: ManualClock
) -> None:
    row = await desk.store.write(send_later, later(desk))
    await desk.store.write(receive, a_mail("m2", text="And?", references=("<m1@example.test>",)))
    at = TOMORROW + timedelta(hours=1)
    await desk.store.write(change_time, ChangeTime(OfVersion(row.id, row.version), at))
    clock.advance(20 * 3600)
    assert await desk.store.write(fire, None) == 0
    clock.advance(3600)
    await desk.store.write(fire, None)
    assert await sent(desk) == ["Tomorrow."]


async def test_it_goes_out_though_the_contact_was_closed_meanwhile(
    desk: Desk, clock: ManualClock
) -> None:
    await desk.store.write(send_later, undoable(desk))
    await desk.store.write(handling.close, Close(desk.handle()))
    clock.advance(8)
    await desk.store.write(fire, None)
    assert await sent(desk) == ["Tomorrow."]
    assert (await desk.contact()).state == "closed"


async def test_the_time_to_take_back_is_not_cut_short_by_the_customer(
    desk: Desk, clock: ManualClock
) -> None:
    await desk.store.write(send_later, undoable(desk))
    await desk.store.write(receive, a_mail("m2", text="And?", references=("<m1@example.test>",)))
    clock.advance(8)
    await desk.store.write(fire, None)
    assert await sent(desk) == ["Tomorrow."]


async def test_the_same_again_is_put_aside_once(desk: Desk) -> None:
    one = await desk.store.write(send_later, later(desk))
    two = await desk.store.write(send_later, later(desk))
    assert one.id == two.id
    assert len(await waiting(desk)) == 1
    await desk.store.write(handling.close, Close(desk.handle()))
    assert (await desk.store.write(send_later, later(desk))).id == one.id


async def test_a_copy_of_one_that_went_out_is_no_second_one(desk: Desk, clock: ManualClock) -> None:
    await desk.store.write(send_later, undoable(desk))
    clock.advance(8)
    await desk.store.write(fire, None)
    for act, asked in ((send_later, undoable(desk)), (take_back, (desk.agent_id, "r1"))):
        with pytest.raises(Conflict) as refused:
            await desk.store.write(act, asked)  # type: ignore[arg-type]  # each with its own
        assert refused.value.reason == "later.went"
    assert await sent(desk) == ["Tomorrow."]


async def test_what_was_taken_back_does_not_come_again(desk: Desk, clock: ManualClock) -> None:
    await desk.store.write(send_later, undoable(desk))
    await desk.store.write(take_back, (desk.agent_id, "r1"))
    row = await desk.store.write(send_later, undoable(desk, "r2"))
    await desk.store.write(cancel, OfVersion(row.id, row.version))  # in another tab
    await desk.store.write(take_back, (desk.agent_id, "r3"))  # before it arrived
    await desk.store.write(take_back, (desk.agent_id, "r3"))
    for client_id in ("r1", "r2", "r3"):
        with pytest.raises(Conflict) as refused:
            await desk.store.write(send_later, undoable(desk, client_id))
        assert refused.value.reason == "later.taken_back"
    clock.advance(8)
    await desk.store.write(fire, None)
    assert await sent(desk) == []
    assert (await desk.contact()).scheduled_at is None


async def test_a_late_copy_of_what_was_taken_back_is_refused_on_every_way(desk: Desk) -> None:
    for client_id in ("r1", "n1"):
        await desk.store.write(take_back, (desk.agent_id, client_id))
    words = Note(desk.contact_id, desk.agent_id, "Li Na", "n1", "Call her.")
    with pytest.raises(Conflict) as answer:
        await desk.store.write(reply, desk.answer("r1"))
    with pytest.raises(Conflict) as noted:
        await desk.store.write(note, words)
    assert {answer.value.reason, noted.value.reason} == {"later.taken_back"}
    await desk.store.write(reply, desk.answer("r2"))
    assert await sent(desk) == ["On its way."]


@pytest.mark.parametrize("at_once", [False, True])
async def test_one_put_aside_while_it_was_taken_back_is_dropped(
    desk: Desk, clock: ManualClock, at_once: bool
) -> None:
    """Two transactions of one moment: neither saw what the other wrote."""
    await desk.store.write(send_later, undoable(desk))
    await desk.store.write(lambda tx, key: note_taken_back(tx, [key]), (desk.agent_id, "r1"))
    if at_once:
        await desk.store.write(lambda tx, _: send_undoable(tx, desk.contact_id), None)
    else:
        clock.advance(8)
        assert await desk.store.write(fire, None) == 1
    assert await sent(desk) == []
    assert await waiting(desk) == []
    assert (await desk.contact()).scheduled_at is None


async def test_what_was_taken_back_is_known_for_a_day(desk: Desk, clock: ManualClock) -> None:
    await desk.store.write(take_back, (desk.agent_id, "r1"))
    clock.advance(12 * 3600)
    await desk.store.write(take_back, (desk.agent_id, "r2"))
    clock.advance(12 * 3600)
    assert await desk.store.write(lambda tx, n: forget_taken_back(tx, tx.now, n), 10) == 1
    assert [row.client_id for row in await desk.rows(answers_taken_back)] == ["r2"]


async def test_who_ends_the_contact_sends_first_what_could_be_taken_back(desk: Desk) -> None:
    await desk.store.write(send_later, undoable(desk))
    await desk.store.write(send_later, undoable(desk, "r2"))
    await desk.store.write(send_later, later(desk, "tomorrow"))
    await desk.store.write(lambda tx, _: send_undoable(tx, desk.contact_id), None)
    assert await sent(desk) == ["Tomorrow.", "Tomorrow."]
    assert [row.client_id for row in await waiting(desk)] == ["tomorrow"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"send_at": NOON - timedelta(seconds=1)}, "later.past"),
        ({"send_at": NOON + timedelta(days=400)}, "later.far"),
        ({"send_at": NOON.replace(tzinfo=None)}, "later.zone"),
        ({"send_at": None}, "later.when"),
        ({"undo_s": 5}, "later.when"),
        ({"answer": Answer(text=" ")}, "reply.empty"),
        ({"answer": Answer(text="x", attachment_ids=("nope",))}, "reply.unknown_file"),
    ],
)
async def test_what_cannot_be_put_aside_is_refused(
    desk: Desk, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await desk.store.write(send_later, later(desk, "r1", **changes))
    assert refused.value.reason == code


async def test_there_is_an_end_to_them(desk: Desk) -> None:
    for n in range(10):
        await desk.store.write(send_later, later(desk, f"r{n}"))
    with pytest.raises(Invalid):
        await desk.store.write(send_later, later(desk, "one-more"))
    await desk.store.write(send_later, undoable(desk, "at once"))


async def test_a_chat_is_answered_later_too(store: Store, clock: ManualClock) -> None:
    desk = await a_desk(store, "shop-chat", Channel.WEBCHAT)
    answer = Answer(text="Tomorrow.", instant=True)
    await store.write(send_later, later(desk, answer=answer))
    clock.advance(20 * 3600)
    await store.write(fire, None)
    entry = next(row for row in await desk.rows(interactions) if row.author_id)
    assert entry.delivery == "sent"
