"""A chat goes on by mail: what nobody reads, transcripts, and the links back."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from hub.contacts.by_mail.links import GOOD_FOR, find_return, forget_expired
from hub.contacts.by_mail.tables import return_links
from hub.contacts.effects import Effect, Send
from hub.contacts.tables import interactions
from hub.core.errors import Conflict, Invalid
from hub.core.ids import new_id
from hub.desk import handling
from hub.desk.handling import Handle, Transfer
from hub.intake.by_mail import (
    Transcript,
    fire_due_mails,
    mail_transcript,
)
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.center import add_agent
from hub.testing.clock import ManualClock
from tests.integration.customers.allocation.build import counting

from .chats import HERS, Chat, a_chat, reads


@pytest.fixture
async def chat(store: Store, clock: ManualClock) -> Chat:
    return await a_chat(store, clock)


# ---- what is not read goes by mail ---------------------------------------------------------------


async def test_what_is_not_read_goes_by_mail_once_all_together(
    chat: Chat, clock: ManualClock
) -> None:
    await chat.knows_address()
    await chat.answers("Since when?")
    clock.advance(60)
    await chat.answers("And where?")
    clock.advance(239)
    assert await chat.fire(fire_due_mails) == 0
    clock.advance(1)
    assert await chat.fire(fire_due_mails) == 1
    [mail] = await chat.sent()
    assert (mail.to, mail.text, mail.automatic) == ((HERS,), "Since when?\n\nAnd where?", False)
    assert mail.back is not None
    assert mail.back.startswith("channels/shop-chat/return/")
    clock.advance(10_000)
    assert await chat.fire(fire_due_mails) == 0
    assert await chat.told() == ["chat_mailed"]


async def test_what_was_read_in_time_goes_nowhere(chat: Chat, clock: ManualClock) -> None:
    await chat.knows_address()
    await chat.answers()
    clock.advance(100)
    await reads(chat)
    clock.advance(200)
    assert await chat.fire(fire_due_mails) == 1
    assert await chat.sent() == []
    assert (await chat.head()).mail_due_at is None


async def test_what_went_by_mail_is_not_mailed_again_at_the_end(
    chat: Chat, clock: ManualClock
) -> None:
    await chat.knows_address()
    await chat.answers()
    clock.advance(300)
    await chat.fire()
    await chat.fire(fire_due_mails)
    clock.advance(420)
    await chat.fire()
    assert len(await chat.sent()) == 1
    assert (await chat.told())[-1] == "chat_left_silent"


async def test_an_address_given_later_gets_what_was_said_before(
    chat: Chat, clock: ManualClock
) -> None:
    await chat.answers()
    clock.advance(1_000)
    assert await chat.fire(fire_due_mails) == 0
    await chat.knows_address()
    clock.advance(300)
    await chat.fire(fire_due_mails)
    assert [mail.text for mail in await chat.sent()] == ["Since when?"]


async def test_nothing_is_mailed_where_no_entry_point_writes_for_the_chat(
    store: Store, clock: ManualClock
) -> None:
    chat = await a_chat(store, clock, mail="")
    await chat.knows_address()
    await chat.answers()
    assert (await chat.head()).mail_due_at is None
    with pytest.raises(Conflict) as caught:
        await store.write(mail_transcript, Transcript(chat.conversation_id, HERS))
    assert caught.value.reason == "chat.no_mail"


async def test_an_answer_waits_where_the_mailbox_is_gone_and_the_timeline_tells(
    chat: Chat, clock: ManualClock
) -> None:
    await chat.knows_address()
    await chat.answers()
    await chat.retires("mail")
    clock.advance(300)
    assert await chat.fire(fire_due_mails) == 1
    assert (await chat.sent(), (await chat.head()).mailed_seq) == ([], 0)
    entries = [row for row in await chat.rows(interactions) if row.kind == "system"]
    assert [row.meta for row in entries] == [
        {"code": "chat_not_mailed", "address": HERS, "why": "no_mail"}
    ]
    assert await chat.fire(fire_due_mails) == 0  # told once
    await chat.retires("mail", retired=False)
    await chat.answers("And where?")
    clock.advance(300)
    assert await chat.fire(fire_due_mails) == 1
    assert [mail.text for mail in await chat.sent()] == ["Since when?\n\nAnd where?"]


async def test_who_answers_the_mail_is_heard_in_the_same_contact_and_answered_by_mail(
    chat: Chat, clock: ManualClock
) -> None:
    await chat.knows_address()
    await chat.answers()
    clock.advance(300)
    await chat.fire(fire_due_mails)
    before = chat.contact_id
    await chat.mails()
    assert chat.contact_id == before
    await chat.answers("You are welcome.")
    assert await chat.fire(fire_due_mails) == 1  # at once: they are not in the chat
    assert [mail.text for mail in await chat.sent()] == ["Since when?", "You are welcome."]
    await chat.writes("I am in the chat again.")
    await chat.answers("Good.")
    assert await chat.fire(fire_due_mails) == 0
    clock.advance(300)
    assert await chat.fire(fire_due_mails) == 1


async def test_a_mail_after_the_end_is_answered_at_its_own_address(
    chat: Chat, clock: ManualClock
) -> None:
    await chat.store.write(handling.end, Handle(chat.contact_id, chat.agent_id, "li", "Li"))
    await chat.mails("One more thing")
    row = await chat.contact()
    assert (row.channel, row.conversation_id) == ("email", chat.conversation_id)
    await chat.taken()
    await chat.answers("Here it is.", instant=False)
    rows = [msgspec.json.decode(row.effect, type=Effect) for row in await chat.rows(outbox)]
    sends = [one for one in rows if isinstance(one, Send) and not one.automatic]
    assert [one.to for one in sends] == [(HERS,)]
    await chat.writes("I am in the chat again.")
    await chat.answers("Here, too.", instant=False)  # they are there: it is said in the chat
    rows = [msgspec.json.decode(row.effect, type=Effect) for row in await chat.rows(outbox)]
    assert [one.text for one in rows if isinstance(one, Send) and not one.automatic] == [
        "Here it is."
    ]


# ---- transcripts and links ---------------------------------------------------------------


async def test_a_transcript_has_what_both_said_in_public_and_no_note(
    chat: Chat, clock: ManualClock
) -> None:
    await chat.answers("Since when?")
    await chat.store.write(
        handling.transfer,
        Transfer(Handle(chat.contact_id, chat.agent_id, "li", "Li"), "finance", note="rich man"),
    )
    wish = Transcript(chat.conversation_id, " Chen@Example.TEST ", language="zh-CN")
    assert await chat.store.write(mail_transcript, wish) == HERS
    [mail] = await chat.sent()
    assert "rich man" not in mail.text
    assert mail.subject == "您与shop-chat的对话记录"
    assert mail.text.index("It leaks.") < mail.text.index("Since when?")
    assert mail.html is not None


async def test_a_transcript_needs_an_address_and_something_said(chat: Chat) -> None:
    with pytest.raises(Invalid):
        await chat.store.write(mail_transcript, Transcript(chat.conversation_id, "nobody"))


async def test_a_link_leads_back_until_it_expires(chat: Chat, clock: ManualClock) -> None:
    await chat.store.write(mail_transcript, Transcript(chat.conversation_id, HERS))
    [mail] = await chat.sent()
    token = (mail.back or "").rpartition("/")[2]
    for asked, leads_to in (
        (("shop-chat", token), chat.conversation_id),
        (("mail", token), None),
        (("shop-chat", token[:-2] + "AA"), None),
        (("shop-chat", "nonsense"), None),
    ):
        assert await chat.store.read(find_return, asked) == leads_to
    [kept] = await chat.rows(return_links)
    assert token not in kept.token_hash
    clock.advance(GOOD_FOR / timedelta(seconds=1))
    assert await chat.store.read(find_return, ("shop-chat", token)) is None
    assert await chat.fire(forget_expired) == 1
    assert await chat.rows(return_links) == []


async def test_many_mails_cost_the_same_statements_as_one(
    sqlite_store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = await a_chat(sqlite_store, clock)

    async def cost(visitors: int) -> int:
        for _ in range(visitors):
            chat.agent_id = await sqlite_store.write(add_agent, new_id())
            await chat.writes(who=new_id())
            await chat.taken()
            await chat.knows_address()
            await chat.answers()
        clock.advance(300)
        mailed: list[int] = []

        def fired(tx: Tx, _: None) -> int:
            def fire() -> None:
                mailed.append(fire_due_mails(tx, tx.now, 100))

            return counting(tx, monkeypatch, fire, "INSERT INTO interactions")

        sent = await sqlite_store.write(fired, None)
        assert mailed == [visitors]
        return sent

    assert await cost(1) == await cost(5)
