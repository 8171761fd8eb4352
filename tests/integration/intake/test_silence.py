"""The chat that falls silent (routing.md 3.6): reminded, at no cost, ended, gone on by mail."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, select, update

from hub.contacts.by_mail.links import GOOD_FOR, find_return, forget_expired
from hub.contacts.by_mail.tables import return_links
from hub.contacts.effects import Effect, Send
from hub.contacts.inbound import IdentityKind, Inbound, ReadReport, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.tables import contacts, conversations, entry_points, interactions
from hub.core.bus import Bus
from hub.core.errors import Conflict, Invalid
from hub.core.ids import new_id
from hub.desk import handling
from hub.desk.commands import Reply
from hub.desk.handling import Close, Handle, Park, Transfer
from hub.desk.messages import reply
from hub.intake import receive
from hub.intake.by_mail import (
    Address,
    Transcript,
    fire_due_mails,
    mail_transcript,
    note_address,
)
from hub.intake.report import report
from hub.intake.silence import fire_due_silences
from hub.routing.tables import agent_channels, agents, assignments
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.center import add_agent, give_to_agent, open_center
from hub.testing.clock import ManualClock

HERS = "chen@example.test"


class Chat:
    """Chen writes in the chat, Li answers; the set-up has it that `mail` writes for the chat."""

    def __init__(self, store: Store, clock: ManualClock, agent_id: str) -> None:
        self.store = store
        self.clock = clock
        self.agent_id = agent_id
        self.contact_id = ""
        self.conversation_id = ""

    async def writes(self, text: str = "It leaks.", who: str = "visitor-1") -> None:
        receipt = await self.store.write(
            receive,
            Inbound(
                entry_point_id="shop-chat",
                channel=Channel.WEBCHAT,
                dedupe_key=new_id(),
                senders=(SenderIdentity(IdentityKind.VISITOR, who, "Chen", verified=True),),
                received_at=self.clock.now(),
                text=text,
                continues_latest=True,
                language="en",
            ),
        )
        assert receipt.contact_id is not None
        self.contact_id, self.conversation_id = receipt.contact_id, receipt.conversation_id

    async def mails(self, text: str = "Thank you.") -> None:
        """Chen answers a mail of ours: the token in it names the conversation."""
        receipt = await self.store.write(
            receive,
            Inbound(
                entry_point_id="mail",
                channel=Channel.EMAIL,
                dedupe_key=new_id(),
                senders=(SenderIdentity(IdentityKind.EMAIL, HERS, "Chen"),),
                received_at=self.clock.now(),
                text=text,
                subject="Re: Your chat",
                external_id=f"<{new_id()}@example.test>",
                conversation_id=self.conversation_id,
            ),
        )
        assert receipt.contact_id is not None
        self.contact_id = receipt.contact_id

    async def answers(self, text: str = "Since when?", *, instant: bool = True) -> None:
        await self.store.write(
            reply,
            Reply(self.contact_id, self.agent_id, "Li Na", new_id(), text, instant=instant),
        )

    async def taken(self) -> None:
        await self.store.write(give_to_agent, (self.contact_id, self.agent_id))

    async def knows_address(self, address: str = HERS) -> None:
        await self.store.write(note_address, Address(self.conversation_id, address))

    async def fire(self, fire: Any = fire_due_silences) -> int:
        return await self.store.write(lambda tx, _: int(fire(tx, tx.now, 100)), None)

    async def contact(self) -> Row[Any]:
        [row] = [row for row in await self.rows(contacts) if row.id == self.contact_id]
        return row

    async def head(self) -> Row[Any]:
        [row] = [row for row in await self.rows(conversations) if row.id == self.conversation_id]
        return row

    async def rows(self, table: Any) -> list[Row[Any]]:
        return await self.store.read(lambda tx, _: list(tx.execute(select(table)).all()), None)

    async def told(self) -> list[str]:
        """What the timeline says of the hub's own doing, in order."""
        rows = sorted(await self.rows(interactions), key=lambda row: row.seq)
        return [row.meta["code"] for row in rows if row.kind == "system"]

    async def sent(self) -> list[Send]:
        rows = sorted(await self.rows(outbox), key=lambda row: row.created_at)
        effects = [msgspec.json.decode(row.effect, type=Effect) for row in rows]
        return [one for one in effects if isinstance(one, Send) and one.back is not None]

    async def load(self) -> tuple[int, int]:
        """What the agent holds: in capacity units, in chats; both are what the rows add up to."""

        def read(tx: Tx, _: None) -> tuple[int, int]:
            agent = tx.execute(select(agents).where(agents.c.id == self.agent_id)).one()
            chats = tx.execute(
                select(agent_channels.c.open).where(
                    agent_channels.c.agent_id == self.agent_id,
                    agent_channels.c.channel == "webchat",
                )
            ).scalar_one()
            held = tx.execute(
                select(assignments).where(
                    assignments.c.agent_id == self.agent_id, assignments.c.ended_at.is_(None)
                )
            ).all()
            assert agent.live_load + agent.deferred_load == sum(row.cost for row in held)
            assert chats == sum(row.channel == "webchat" and not row.aside for row in held)
            return agent.live_load, chats

        return await self.store.read(read, None)


async def a_chat(store: Store, clock: ManualClock, **settings: Any) -> Chat:
    await store.write(open_center, None)
    await store.write(_set, {"mail": "mail", **settings})
    chat = Chat(store, clock, await store.write(add_agent, "Li"))
    await chat.writes()
    await chat.taken()
    return chat


def _set(tx: Tx, settings: dict[str, Any]) -> None:
    tx.execute(
        update(entry_points).where(entry_points.c.id == "shop-chat").values(settings=settings)
    )


@pytest.fixture
async def chat(store: Store, clock: ManualClock) -> Chat:
    return await a_chat(store, clock)


# ---- the reminder ---------------------------------------------------------------


async def test_a_silent_customer_is_reminded_once_and_costs_nothing(
    chat: Chat, clock: ManualClock
) -> None:
    await chat.answers()
    assert await chat.load() == (33, 1)
    clock.advance(179)
    assert await chat.fire() == 0
    clock.advance(1)
    before = (await chat.contact()).version
    assert await chat.fire() == 1
    assert await chat.fire() == 0
    row = await chat.contact()
    assert (row.state, row.agent_id, row.version > before) == ("active", chat.agent_id, True)
    assert row.reminded_at == clock.now()
    assert await chat.load() == (0, 0)
    assert await chat.told() == ["chat_reminded"]


async def test_each_step_fires_once_for_two_that_look_at_the_same_time(
    chat: Chat, clock: ManualClock, database_url: str
) -> None:
    await chat.answers()
    async with Store(database_url, Bus(), clock) as one, Store(database_url, Bus(), clock) as other:

        async def fire(store: Store) -> int:
            return await store.write(lambda tx, _: fire_due_silences(tx, tx.now, 100), None)

        for after_s, codes in (
            (180, ["chat_reminded"]),
            (420, ["chat_reminded", "chat_left_silent"]),
        ):
            clock.advance(after_s)
            await asyncio.gather(*(fire(store) for store in (one, other, one, other)))
            assert await chat.told() == codes


async def test_who_waits_for_us_is_not_silent(chat: Chat, clock: ManualClock) -> None:
    await chat.answers()
    clock.advance(100)
    await chat.writes("Since Monday.")
    clock.advance(10_000)
    assert await chat.fire() == 0
    assert (await chat.contact()).state == "active"


async def test_the_time_counts_from_our_last_word(chat: Chat, clock: ManualClock) -> None:
    await chat.answers()
    clock.advance(170)
    await chat.answers("Are there any drops?")
    clock.advance(179)
    assert await chat.fire() == 0
    clock.advance(1)
    assert await chat.fire() == 1


async def test_their_next_word_brings_it_back_to_the_same_agent_beyond_the_most(
    chat: Chat, clock: ManualClock
) -> None:
    first = chat.contact_id, chat.conversation_id
    await chat.answers()
    clock.advance(180)
    await chat.fire()
    for number in range(3):  # three others meanwhile: the most that this agent takes
        await chat.writes("Hello?", f"other-{number}")
        await chat.taken()
    assert await chat.load() == (99, 3)
    await chat.writes("I am back.")
    assert (chat.contact_id, chat.conversation_id) == first
    row = await chat.contact()
    assert (row.state, row.agent_id, row.reminded_at) == ("active", chat.agent_id, None)
    assert row.unanswered_since == clock.now()
    assert await chat.load() == (100, 4)  # what room was left, of the 33 it costs
    handle = Handle(chat.contact_id, chat.agent_id, "li", "Li")
    await chat.store.write(handling.close, Close(handle))
    assert await chat.load() == (99, 3)


async def test_what_is_parked_or_passed_on_takes_no_step(chat: Chat, clock: ManualClock) -> None:
    await chat.answers()
    handle = Handle(chat.contact_id, chat.agent_id, chat.agent_id, "Li")
    await chat.store.write(handling.park, Park(handle))
    clock.advance(700)
    assert await chat.fire() == 0
    await chat.store.write(handling.resume, handle)
    assert (await chat.contact()).quiet_until is None
    await chat.answers()
    clock.advance(180)
    await chat.fire()
    await chat.store.write(handling.transfer, Transfer(handle, "finance"))
    clock.advance(700)
    assert await chat.fire() == 0
    assert await chat.load() == (0, 0)
    await chat.taken()
    assert (await chat.contact()).reminded_at is None
    assert await chat.load() == (33, 1)


async def test_nobody_is_reminded_where_the_entry_point_says_never(
    store: Store, clock: ManualClock
) -> None:
    chat = await a_chat(store, clock, remind_after_s=0, end_after_s=0)
    await chat.answers()
    assert (await chat.contact()).quiet_until is None


# ---- the end ---------------------------------------------------------------


async def test_a_chat_that_stays_silent_ends_without_a_survey_and_goes_on_by_mail(
    chat: Chat, clock: ManualClock
) -> None:
    await chat.knows_address()
    await chat.answers("Since when?")
    await _reads(chat)  # read in the chat: nothing of it is owed by mail
    clock.advance(180)
    await chat.fire()
    clock.advance(420)
    assert await chat.fire() == 1
    row = await chat.contact()
    assert row.state == "wrap_up"
    [mail] = await chat.sent()
    assert mail.to == (HERS,)
    assert mail.automatic
    assert "It leaks." in mail.text
    assert "Since when?" in mail.text
    assert [row for row in await chat.rows(outbox) if '"ask_survey"' in row.effect] == []
    assert await chat.told() == ["chat_reminded", "chat_silent"]
    assert await chat.load() == (0, 0)


async def test_without_an_address_it_waits_for_their_return(chat: Chat, clock: ManualClock) -> None:
    await chat.answers()
    clock.advance(600)
    await chat.fire()
    clock.advance(420)
    await chat.fire()
    assert (await chat.contact()).state == "wrap_up"
    assert await chat.sent() == []
    old = chat.conversation_id
    await chat.writes("I am back.")
    assert chat.conversation_id == old
    assert (await chat.contact()).state == "queued"


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
    await _reads(chat)
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


async def _reads(chat: Chat) -> None:
    head = await chat.head()
    read = ReadReport(chat.conversation_id, head.last_seq, chat.clock.now())
    await chat.store.write(report, read)
