"""Mails that their agent does not go on with: untouched, left by signing out, left behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec
import pytest
from sqlalchemy import select

from hub.accounts.model import Actor
from hub.contacts import drafts
from hub.contacts import service as contacts_service
from hub.contacts.commitments.model import CommitmentKind
from hub.contacts.commitments.service import MakeCommitment, make_commitment
from hub.contacts.model import Channel
from hub.desk import messages
from hub.desk.commands import Note, Reply
from hub.routing import service as routing
from hub.routing.model import AgentState
from hub.routing.settings import load_settings, save_settings
from hub.routing.tables import assignments, exclusions
from hub.storage import Store, Tx
from hub.testing.center import give_to_agent, open_center
from hub.testing.clock import ManualClock

from .test_interrupts import (
    a_chat_in_hand,
    a_mail_in_hand,
    close,
    in_finance,
    keep_present,
    waited_s,
)
from .test_offers import Floor

HOUR_S = 3600


@pytest.fixture
async def floor(store: Store, clock: ManualClock) -> Floor:
    await store.write(open_center, None)
    return Floor(store, clock)


async def ended_why(floor: Floor, contact_id: str) -> list[str | None]:
    def read(tx: Tx, _: None) -> list[str | None]:
        found = select(assignments.c.ended_why).where(assignments.c.contact_id == contact_id)
        return list(tx.execute(found).scalars())

    return await floor.store.read(read, None)


def a_draft(contact_id: str, agent_id: str) -> drafts.SaveDraft:
    return drafts.SaveDraft(contact_id, agent_id, "Li", 0, drafts.Words(text="Dear"))


async def draft_of(floor: Floor, contact_id: str) -> str | None:
    found = await floor.store.read(drafts.find_draft, contact_id)
    return None if found is None else found.words.text


async def test_a_mail_left_untouched_for_an_hour_returns_once_with_wait_and_draft(
    floor: Floor,
) -> None:
    li = await floor.agent("Li")
    mail = await a_mail_in_hand(floor, li)
    await floor.store.write(drafts.save_draft, a_draft(mail, li))
    assert await floor.fire(routing.fire_due_untouched) == 0  # its time begins
    await keep_present(floor, li, HOUR_S - 1)
    assert await floor.fire(routing.fire_due_untouched) == 0
    await keep_present(floor, li, 1)
    assert [await floor.fire(routing.fire_due_untouched) for _ in range(2)] == [1, 0]
    row = await floor.state(mail)
    assert (row.state, row.agent_id, row.untouched_until, row.priority) == ("queued", None, None, 0)
    assert await floor.store.write(waited_s, mail) == pytest.approx(40)
    assert await draft_of(floor, mail) == "Dear"
    assert await ended_why(floor, mail) == ["untouched"]
    agent = await floor.row(li)
    assert (agent.live_load, agent.deferred_load) == (0, 0)
    assert await rests_of(floor, mail) == [li]


async def rests_of(floor: Floor, contact_id: str) -> list[str]:
    def read(tx: Tx, _: None) -> list[str]:
        found = select(exclusions.c.agent_id).where(exclusions.c.contact_id == contact_id)
        return list(tx.execute(found).scalars())

    return await floor.store.read(read, None)


async def note(floor: Floor, mail: str, agent: str) -> None:
    await floor.store.write(messages.note, Note(mail, agent, "Li", "n1", "Asked the workshop"))


async def save(floor: Floor, mail: str, agent: str) -> None:
    await floor.store.write(drafts.save_draft, a_draft(mail, agent))


async def promise(floor: Floor, mail: str, agent: str) -> None:
    due_at = floor.clock.now() + timedelta(days=1)
    actor = Actor(agent, "Li", "session")
    await floor.store.write(
        make_commitment,
        MakeCommitment(actor, CommitmentKind.CALLBACK, "We call", due_at, contact_id=mail),
    )


@pytest.mark.parametrize("act", [note, save, promise])
async def test_an_act_of_its_agent_begins_the_hour_anew(
    floor: Floor, act: Callable[[Floor, str, str], Awaitable[None]]
) -> None:
    li = await floor.agent("Li")
    mail = await a_mail_in_hand(floor, li)
    await floor.fire(routing.fire_due_untouched)
    await keep_present(floor, li, HOUR_S - 1)
    await act(floor, mail, li)
    await floor.fire(routing.fire_due_untouched)
    await keep_present(floor, li, HOUR_S - 1)
    assert await floor.fire(routing.fire_due_untouched) == 0
    await keep_present(floor, li, 1)
    assert await floor.fire(routing.fire_due_untouched) == 1


async def test_a_colleagues_note_is_no_act_of_its_agent(floor: Floor) -> None:
    li, wang = await floor.agent("Li"), await floor.agent("Wang")
    mail = await a_mail_in_hand(floor, li)
    await floor.fire(routing.fire_due_untouched)
    await keep_present(floor, li, HOUR_S - 1)
    await note(floor, mail, wang)
    await keep_present(floor, li, 1)
    assert await floor.fire(routing.fire_due_untouched) == 1


async def test_an_answered_mail_and_a_chat_are_not_neglected(floor: Floor) -> None:
    li = await floor.agent("Li")
    mail = await a_mail_in_hand(floor, li)
    await floor.fire(routing.fire_due_untouched)
    await floor.store.write(messages.reply, Reply(mail, li, "Li", "r1", "Yes.", instant=False))
    await a_chat_in_hand(floor, li)
    await floor.fire(routing.fire_due_untouched)
    await keep_present(floor, li, HOUR_S * 3)
    assert await floor.fire(routing.fire_due_untouched) == 0


async def test_a_question_after_the_answer_has_its_own_hour(floor: Floor) -> None:
    li = await floor.agent("Li")
    mail = await a_mail_in_hand(floor, li)
    await floor.fire(routing.fire_due_untouched)
    await floor.store.write(messages.reply, Reply(mail, li, "Li", "r1", "Yes.", instant=False))
    await keep_present(floor, li, HOUR_S * 3)
    await floor.store.write(asks_again, mail)
    assert await floor.fire(routing.fire_due_untouched) == 0
    await keep_present(floor, li, HOUR_S)
    assert await floor.fire(routing.fire_due_untouched) == 1


def asks_again(tx: Tx, contact_id: str) -> None:
    contacts_service.amend(tx, contact_id, {"unanswered_since": tx.now})


async def test_a_mail_set_aside_for_a_chat_is_not_neglected_meanwhile(floor: Floor) -> None:
    li = await floor.agent("Li")
    await a_mail_in_hand(floor, li)
    await floor.fire(routing.fire_due_untouched)
    await keep_present(floor, li, HOUR_S - 60)
    chat = await a_chat_in_hand(floor, li)
    await keep_present(floor, li, 120)
    assert await floor.fire(routing.fire_due_untouched) == 0
    await floor.store.write(close, chat)
    await floor.fire(routing.fire_due_untouched)
    await keep_present(floor, li, HOUR_S - 1)
    assert await floor.fire(routing.fire_due_untouched) == 0
    await keep_present(floor, li, 1)
    assert await floor.fire(routing.fire_due_untouched) == 1


async def test_the_night_is_no_time_untouched(floor: Floor) -> None:
    """09:00–18:00 in Shanghai: taken at 17:50, it returns at 09:50 of the next working day."""
    floor.clock.set(datetime.fromisoformat("2026-03-10T17:45:00+08:00"))
    li = await floor.agent("Li")
    mail = await floor.contact(Channel.EMAIL)
    await floor.store.write(in_finance, mail)
    await floor.store.write(give_to_agent, (mail, li))
    floor.clock.set(datetime.fromisoformat("2026-03-10T17:50:00+08:00"))
    await floor.fire(routing.fire_due_untouched)
    until = (await floor.state(mail)).untouched_until
    assert until == datetime.fromisoformat("2026-03-11T09:50:00+08:00")


async def test_who_signs_out_gives_unanswered_mails_back_at_once(floor: Floor) -> None:
    li = await floor.agent("Li")
    mail, answered = await a_mail_in_hand(floor, li), await a_mail_in_hand(floor, li)
    await floor.store.write(messages.reply, Reply(answered, li, "Li", "r1", "Yes.", instant=False))
    await floor.store.write(drafts.save_draft, a_draft(mail, li))
    floor.clock.advance(5)
    await floor.store.write(routing.sign_out, li)
    row = await floor.state(mail)
    assert (row.state, row.agent_id, row.priority) == ("queued", None, 0)
    assert await floor.store.write(waited_s, mail) == pytest.approx(40)
    assert await draft_of(floor, mail) == "Dear"
    assert await ended_why(floor, mail) == ["signed_out"]
    assert (await floor.state(answered)).state == "active"
    agent = await floor.row(li)
    assert (agent.state, agent.deferred_load) == ("offline", 25)


async def test_who_signs_out_gives_an_offer_and_the_mail_in_hand_back_together(
    floor: Floor,
) -> None:
    li = await floor.agent("Li")
    mail = await a_mail_in_hand(floor, li)
    offered = await floor.contact(Channel.EMAIL)
    await floor.made(offered, li, "email")
    await floor.store.write(routing.sign_out, li)
    assert [(await floor.state(one)).state for one in (mail, offered)] == ["queued", "queued"]
    agent = await floor.row(li)
    assert (agent.live_load, agent.deferred_load) == (0, 0)


async def test_a_chat_stays_when_its_agent_signs_out(floor: Floor) -> None:
    """It has its grace time: a customer who is there is not thrown back by a wrong click."""
    li = await floor.agent("Li")
    chat = await a_chat_in_hand(floor, li)
    await floor.store.write(routing.set_agent_state, routing.SetAgentState(li, AgentState.OFFLINE))
    assert (await floor.state(chat)).state == "active"


async def test_a_mail_of_who_stays_away_returns_after_its_time_and_jumps_no_queue(
    floor: Floor,
) -> None:
    def settle(tx: Tx, _: None) -> None:
        rules = load_settings(tx)
        save_settings(tx, msgspec.structs.replace(rules, return_s={"email": 900.0}))

    await floor.store.write(settle, None)
    li = await floor.agent("Li")
    mail = await a_mail_in_hand(floor, li)
    await floor.store.write(routing.lose_presence, li)
    floor.clock.advance(899)
    await floor.fire(routing.fire_due_presence)
    assert await floor.fire(routing.fire_due_returns) == 0
    floor.clock.advance(1)
    assert [await floor.fire(routing.fire_due_returns) for _ in range(2)] == [1, 0]
    row = await floor.state(mail)
    assert (row.state, row.priority) == ("queued", 0)
    assert await floor.store.write(waited_s, mail) == pytest.approx(40)
    assert await ended_why(floor, mail) == ["lost"]
