"""One contact of every channel, from the customer's first word to the knowledge log.

A customer of the lowest tier came first each time, so the order of the queue is seen as well.
"""

from __future__ import annotations

from hub.channels.webchat import protocol as chat
from hub.vendors.mail.model import ParsedMail
from hub.vendors.mail.parse import parse_mail
from tests.unit.fax.samples import raw_fax

from . import way
from .stage import Stage, settled


async def test_a_chat_goes_its_whole_way(stage: Stage) -> None:
    gold = await stage.known("Ms Chen", "gold", external="chen@example.test")
    await stage.known("Mr Low", "low", external="low@example.test")
    article = await way.an_article(stage)
    async with (
        stage.console("Li", ready=False) as agent,
        stage.chat() as other,
        stage.chat() as page,
    ):
        await other.hello(identity=stage.signed("low@example.test"))
        await other.write("I was first.")
        await page.hello(identity=stage.signed("chen@example.test"))
        await page.write("My washing machine leaks.")
        await stage.waited(2)
        await way.queued_in_order(agent, "webchat", ["Ms Chen", "Mr Low"])
        contact_id = await way.offered_and_accepted(agent, "Ms Chen")
        assert (await page.expect(chat.AgentJoined)).name == "Li"
        await way.answered_from_knowledge(stage, agent, contact_id, article)
        answer = await page.expect(chat.Message)
        assert (answer.text, answer.sender, answer.author) == (way.ANSWER, "agent", "Li")
        await way.wrapped_up_and_closed(agent, contact_id)
        survey = await page.expect(chat.AskSurvey)
        assert survey.contact == contact_id
        await way.on_the_timeline(agent, gold, ["My washing machine leaks.", way.ANSWER])
        draft = await way.a_draft_in_one_action(agent, contact_id)
        assert (draft["question"], draft["answer"]) == ("My washing machine leaks.", way.ANSWER)


async def test_a_mail_goes_its_whole_way(stage: Stage) -> None:
    gold = await stage.known("Ms Chen", "gold", email="chen@example.test")
    await stage.known("Mr Low", "low", email="low@example.test")
    article = await way.an_article(stage)
    async with stage.console("Li", ready=False) as agent:
        await stage.mail("I was first.", sender="low@example.test")
        sent = await stage.mail("It leaks since yesterday.", sender="chen@example.test")
        await stage.waited(2)
        await way.queued_in_order(agent, "email", ["Ms Chen", "Mr Low"])
        contact_id = await way.offered_and_accepted(agent, "Ms Chen")
        await way.answered_from_knowledge(stage, agent, contact_id, article)
        mails = [parse_mail(mail.raw) for mail in await stage.mails.wait_for(3)]
        answers = [
            mail for mail in mails if isinstance(mail, ParsedMail) and way.ANSWER in mail.text
        ]
        assert [(mail.to[0].email, mail.in_reply_to) for mail in answers] == [
            ("chen@example.test", (sent,))
        ]
        await way.wrapped_up_and_closed(agent, contact_id)
        await way.on_the_timeline(agent, gold, ["It leaks since yesterday.", way.ANSWER])
        draft = await way.a_draft_in_one_action(agent, contact_id)
        assert draft["answer"] == way.ANSWER


async def test_a_call_goes_its_whole_way(stage: Stage) -> None:
    gold = await stage.known("Ms Chen", "gold", phone="+8613800138000")
    await stage.known("Mr Low", "low", phone="+8613900139000")
    article = await way.an_article(stage)
    async with stage.console("Li", ready=False) as agent:
        other = await stage.call("+8613900139000")
        caller = await stage.call("+8613800138000")
        await stage.waited(2)
        await way.queued_in_order(agent, "phone", ["Ms Chen", "Mr Low"])
        contact_id = await way.offered_and_accepted(agent, "Ms Chen")
        await caller.until("room")
        ear = await stage.phones.agent_leg(f"client:{stage.agents['Li'].replace('-', '_')}")
        await ear.say(way.ANSWER)
        await caller.hears(way.ANSWER)
        await agent.until(lambda: agent.contacts[contact_id].state == "active")
        await way.in_knowledge_log(stage, agent, contact_id, article)
        await way.wrapped_up_and_closed(agent, contact_id)
        await caller.until("ended")
        assert other.where == "queue"
        await other.hang_up()
        await way.on_the_timeline(agent, gold, [""])


async def test_a_fax_goes_its_whole_way(stage: Stage) -> None:
    gold = await stage.known("Acme Kitchens", "gold", fax="+862161234567")
    await stage.known("Mr Low", "low", fax="+862161239999")
    article = await way.an_article(stage)
    raw = raw_fax("hylafax_received")
    async with stage.console("Li", ready=False) as agent:
        await stage.fax(raw.replace(b"61234567", b"61239999").replace(b"<2026", b"<other.2026"))
        await stage.fax(raw)
        await stage.waited(2)
        await way.queued_in_order(agent, "fax", ["Acme Kitchens", "Mr Low"])
        contact_id = await way.offered_and_accepted(agent, "Acme Kitchens")
        await way.answered_from_knowledge(stage, agent, contact_id, article)
        [sunk] = await stage.mails.wait_for(1)
        assert sunk.recipients == ("862161234567@fax.example.test",)
        await stage.fax(raw_fax("hylafax_done"))

        async def delivered() -> bool:
            return "已送达 2 页" in [row.delivery_detail for row in await stage.said()]

        await settled(delivered)
        await way.wrapped_up_and_closed(agent, contact_id)
        said = await stage.said()
        faxed = next(row.text.strip() for row in said if row.contact_id == contact_id)
        await way.on_the_timeline(agent, gold, [faxed, way.ANSWER])
