"""An answer that did not reach its customer leaves nothing closed that was not answered."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Row, select, update

from hub.channels.sender import Settled, settle
from hub.contacts.inbound import (
    UNKNOWN_SENDER,
    DeliveryReport,
    IdentityKind,
    Inbound,
    SenderIdentity,
)
from hub.contacts.lost.tables import lost_answers
from hub.contacts.model import Channel, DeliveryState, InteractionKind
from hub.contacts.tables import contacts, conversations, interactions
from hub.core.ids import new_id
from hub.desk.handling import Close, Park, close, park
from hub.desk.lost import fire_lost_answers
from hub.desk.messages import reply
from hub.desk.spam import MarkSpam, mark_spam
from hub.desk.telling import By
from hub.intake import receive
from hub.intake.report import report
from hub.storage import Store, Tx
from hub.storage.outbox import Finish, OutboxState, outbox
from hub.testing.clock import NOON
from tests.integration.intake.test_receive import a_mail

from .test_desk import Desk, a_desk


@pytest.fixture
async def desk(store: Store) -> Desk:
    return await a_desk(store)


async def bounced(desk: Desk, entry_id: str, recipient: str = "chen@example.test") -> None:
    gone = DeliveryReport(
        new_id(), "mail", NOON, DeliveryState.FAILED, interaction_id=entry_id,
        detail="5.1.1 no such user", recipient=recipient, bad_address=True,
    )  # fmt: skip
    await desk.store.write(report, gone)


async def fire(desk: Desk) -> None:
    await desk.store.write(lambda tx, _: fire_lost_answers(tx, tx.now, 100), None)
    assert await desk.rows(lost_answers) == []


async def told(desk: Desk) -> list[tuple[str | None, dict[str, Any]]]:
    return [
        (row.contact_id, {key: row.meta[key] for key in ("address", "detail")})
        for row in await desk.rows(interactions)
        if row.meta.get("code") == "answer_lost"
    ]


async def all_contacts(desk: Desk) -> list[Row[Any]]:
    return sorted(await desk.rows(contacts), key=lambda row: row.id)


async def test_what_was_closed_is_open_again_in_its_queue_and_says_why(desk: Desk) -> None:
    written = await desk.store.write(reply, desk.answer())
    await desk.store.write(close, Close(desk.handle()))
    await bounced(desk, written.interaction_id)
    await fire(desk)
    old, new = await all_contacts(desk)
    assert (old.id, old.state) == (desk.contact_id, "closed")
    assert (new.state, new.queue_id, new.tier) == ("queued", old.queue_id, old.tier)
    assert (new.conversation_id, new.subject) == (old.conversation_id, "Leak")
    assert (new.preferred_agent_id, new.unread) == (desk.agent_id, 1)
    assert (new.preview, new.unanswered_since) == ("5.1.1 no such user", None)
    why = {"address": "chen@example.test", "detail": "5.1.1 no such user"}
    assert await told(desk) == [(new.id, why)]
    await bounced(desk, written.interaction_id)  # the server says it twice
    await fire(desk)
    assert len(await all_contacts(desk)) == 2


async def test_what_waits_for_its_customer_goes_back_to_its_agent(desk: Desk) -> None:
    written = await desk.store.write(reply, desk.answer())
    await desk.store.write(park, Park(desk.handle()))
    await bounced(desk, written.interaction_id)
    await fire(desk)
    contact = await desk.contact()
    assert (contact.state, contact.preferred_agent_id) == ("queued", desk.agent_id)
    assert contact.parked_until is None
    assert [id_ for id_, _ in await told(desk)] == [desk.contact_id]


async def test_what_is_in_hand_stays_there_with_something_new(desk: Desk) -> None:
    written = await desk.store.write(reply, desk.answer())
    before = await desk.contact()
    await bounced(desk, written.interaction_id)
    await fire(desk)
    contact = await desk.contact()
    assert (contact.state, contact.agent_id, contact.unread) == ("active", desk.agent_id, 1)
    assert contact.version > before.version
    assert len(await told(desk)) == 1


async def test_a_server_that_refuses_it_at_once_counts_as_a_bounce_does(desk: Desk) -> None:
    written = await desk.store.write(reply, desk.answer())
    await desk.store.write(close, Close(desk.handle()))
    await desk.store.write(refused, written.interaction_id)
    await fire(desk)
    _, new = await all_contacts(desk)
    assert (new.state, new.preview) == ("queued", "550 no such user")


@pytest.mark.parametrize("reason", ["fax_busy: ", "sms_unreachable"])
async def test_a_reason_that_is_but_a_code_is_shown_to_nobody(desk: Desk, reason: str) -> None:
    written = await desk.store.write(reply, desk.answer())
    await desk.store.write(close, Close(desk.handle()))
    lost = DeliveryReport(
        new_id(), "mail", NOON, DeliveryState.FAILED,
        interaction_id=written.interaction_id, detail=reason,
    )  # fmt: skip
    await desk.store.write(report, lost)
    await fire(desk)
    _, new = await all_contacts(desk)
    [answer] = [row for row in await desk.rows(interactions) if row.id == written.interaction_id]
    assert new.preview == answer.text  # which answer it was
    assert await told(desk) == [(new.id, {"address": "chen@example.test", "detail": ""})]


async def test_nothing_is_opened_for_who_was_erased(desk: Desk) -> None:
    written = await desk.store.write(reply, desk.answer())
    await desk.store.write(close, Close(desk.handle()))
    gone = update(interactions).where(interactions.c.id == written.interaction_id)
    await desk.store.write(lambda tx, _: tx.execute(gone.values(meta={"code": "erased"})), None)
    await bounced(desk, written.interaction_id)
    await fire(desk)
    assert len(await all_contacts(desk)) == 1


def refused(tx: Tx, entry_id: str) -> None:
    row = tx.execute(select(outbox).where(outbox.c.interaction_id == entry_id)).one()
    tx.execute(
        update(outbox).where(outbox.c.id == row.id).values(state="sending", lease_holder="w")
    )
    finish = Finish(row.id, "w", OutboxState.FAILED, "550 no such user")
    lost = Settled(finish, entry_id, DeliveryState.FAILED, "550 no such user", None)
    settle(tx, (lost, tx.now))


async def test_only_those_it_was_written_to_count_not_those_who_get_a_copy(desk: Desk) -> None:
    answer = desk.answer(to=("chen@example.test", "li@example.test"), cc=("boss@example.test",))
    written = await desk.store.write(reply, answer)
    await desk.store.write(close, Close(desk.handle()))
    await bounced(desk, written.interaction_id, "boss@example.test")
    await fire(desk)
    assert len(await all_contacts(desk)) == 1
    await bounced(desk, written.interaction_id, "li@example.test")
    await fire(desk)
    assert [row.state for row in await all_contacts(desk)] == ["closed", "queued"]
    assert (await told(desk))[0][1]["address"] == "li@example.test"


async def test_nothing_is_opened_for_whom_a_later_answer_has_reached(desk: Desk) -> None:
    first = await desk.store.write(reply, desk.answer())
    second = await desk.store.write(reply, desk.answer("r2", "Again."))
    await desk.store.write(close, Close(desk.handle()))
    sent = DeliveryReport(
        new_id(), "mail", NOON, DeliveryState.SENT, interaction_id=second.interaction_id
    )
    await desk.store.write(report, sent)
    await bounced(desk, first.interaction_id)
    await fire(desk)
    assert len(await all_contacts(desk)) == 1
    await bounced(desk, second.interaction_id)
    await fire(desk)
    assert len(await all_contacts(desk)) == 2


async def test_who_has_written_since_is_not_opened_twice(desk: Desk) -> None:
    written = await desk.store.write(reply, desk.answer())
    await desk.store.write(close, Close(desk.handle()))
    await desk.store.write(receive, a_mail("m2", text="And?", references=("<m1@example.test>",)))
    await bounced(desk, written.interaction_id)
    await fire(desk)
    assert len(await all_contacts(desk)) == 2  # the one that they opened
    assert await told(desk) == []


async def test_spam_stays_closed(desk: Desk) -> None:
    written = await desk.store.write(reply, desk.answer())
    await desk.store.write(
        mark_spam, MarkSpam(desk.contact_id, By(desk.agent_id, "Li"), desk.agent_id)
    )
    await bounced(desk, written.interaction_id)
    await fire(desk)
    assert len(await all_contacts(desk)) == 1


@pytest.mark.parametrize(
    "sender", [SenderIdentity(IdentityKind.EMAIL, "chen@example.test"), UNKNOWN_SENDER]
)
async def test_a_bounce_is_the_word_of_a_mail_system_not_of_the_customer(
    desk: Desk, sender: SenderIdentity
) -> None:
    written = await desk.store.write(reply, desk.answer())
    before, thread = await desk.contact(), (await desk.rows(conversations))[0]
    bounce = Inbound(
        "mail", Channel.EMAIL, new_id(),
        (sender,), NOON,
        kind=InteractionKind.SYSTEM, text="not delivered: chen@example.test: 5.1.1",
        conversation_id=before.conversation_id, answers=written.interaction_id,
        internal=True, queues=False, acknowledge=False,
    )  # fmt: skip
    await desk.store.write(receive, bounce)
    after, same = await desk.contact(), (await desk.rows(conversations))[0]
    kept = ("state", "unanswered_since", "unread", "preview", "last_message_at")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert (same.last_at, same.heard_by) == (thread.last_at, thread.heard_by)
    assert same.last_seq == thread.last_seq + 1
