"""A chat whose customer leaves goes on by mail and comes back: real sockets, real SMTP."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from sqlalchemy import select, update

from hub.channels.webchat import protocol as chat
from hub.contacts.tables import entry_points
from hub.storage import Tx

from .stage import Stage, one_offer, settled

HERS = "chen@example.test"


async def test_an_answer_nobody_reads_in_the_chat_goes_by_mail_and_the_mail_comes_back(
    stage: Stage,
) -> None:
    await stage.hub.store.write(set_chat, {"mail": "mail", "mail_after_s": 1})
    async with stage.console("Li") as agent:
        page = stage.chat()
        await page.connect()
        await page.hello(name="Chen", email=HERS)
        await page.write("My kettle is broken.")
        contact_id = await agent.accept(await one_offer(agent))
        await agent.until(lambda: contact_id in agent.contacts)
        conversation = agent.contacts[contact_id].conversation_id
        await agent.open_conversation(conversation)
        await page.close()
        await agent.reply(contact_id, "Please send a photo.")
        mail = await _mail(stage, 1)
        assert "Please send a photo." in _text(mail)
        assert mail["To"] == HERS
        assert mail["Auto-Submitted"] is None
        link = next(word for word in _text(mail).split() if "/return/" in word)

        await stage.mail("Here it is.", In_Reply_To=str(mail["Message-ID"]))
        await agent.until(
            lambda: "Here it is." in {one.text for one in agent.entries[conversation].values()}
        )
        assert len(await stage.contacts()) == 1
        await agent.reply(contact_id, "Thank you, we will repair it.")
        second = await _mail(stage, 2)
        assert "we will repair it" in _text(second)
        assert str(mail["Message-ID"]) in str(second["References"])

        phone = stage.chat()
        await phone.connect()
        welcome = await phone.hello(back=link.rpartition("/")[2])
        assert welcome.conversation == conversation
        await phone.expect(chat.History)
        assert [message.text for message in phone.messages] == [
            "My kettle is broken.",
            "Please send a photo.",
            "Here it is.",
            "Thank you, we will repair it.",
        ]
        await phone.write("I am here again.")
        await agent.until(
            lambda: "I am here again." in {one.text for one in agent.entries[conversation].values()}
        )
        assert len(await stage.contacts()) == 1
        await phone.close()


async def test_a_chat_that_falls_silent_is_reminded_and_ends_with_a_transcript(
    stage: Stage,
) -> None:
    quick = {"mail": "mail", "remind_after_s": 1, "end_after_s": 3, "mail_after_s": 60}
    await stage.hub.store.write(set_chat, quick)
    async with stage.console("Li") as agent, stage.chat() as page:
        await page.hello(name="Chen", email=HERS)
        await page.write("My kettle is broken.")
        contact_id = await agent.accept(await one_offer(agent))
        await agent.until(lambda: contact_id in agent.contacts)
        await page.expect(chat.AgentJoined)
        await agent.reply(contact_id, "Please send a photo.")
        await page.expect(chat.Message)
        await page.say(chat.Read(seq=page.last_seq))
        await page.expect(chat.Reminded)
        assert (await page.expect(chat.Ended)).silent
        mail = await _mail(stage, 1)
        assert "My kettle is broken." in _text(mail)
        assert "Please send a photo." in _text(mail)

        async def ended() -> bool:
            [row] = await stage.contacts()
            return bool(row.state == "wrap_up")

        await settled(ended)
        await page.say(chat.Ping())
        await page.expect(chat.Pong)  # and no question how it was


async def _mail(stage: Stage, number: int) -> EmailMessage:
    """The mail of this number that the hub has sent to a customer."""
    sunk = (await stage.mails.wait_for(number))[number - 1]
    mail = message_from_bytes(sunk.raw, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def set_chat(tx: Tx, more: dict[str, Any]) -> None:
    """Change settings of the chat that are read at each step."""
    where = entry_points.c.id == "shop-chat"
    settings = tx.execute(select(entry_points.c.settings).where(where)).scalar_one()
    tx.execute(update(entry_points).where(where).values(settings={**settings, **more}))
