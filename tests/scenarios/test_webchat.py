"""Web chat, end to end: customer in → queued → offered → answered → arrives → closed → filed."""

from __future__ import annotations

from hub.channels.webchat import protocol as chat

from .stage import Stage, one_offer


async def test_a_chat_from_hello_to_survey(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        async with stage.chat() as page:
            await page.hello(name="Chen")
            ack = await page.write("My kettle is broken.")
            assert ack.seq == 1
            offer_id = await one_offer(agent)
            offer = agent.offers[offer_id]
            assert offer.contact.channel == "webchat"
            assert offer.why.en
            contact_id = await agent.accept(offer_id)
            joined = await page.expect(chat.AgentJoined)
            assert joined.name == "Li"
            await agent.until(lambda: contact_id in agent.contacts)
            conversation = agent.contacts[contact_id].conversation_id
            await agent.open_conversation(conversation)
            await agent.until(lambda: 1 in agent.entries[conversation])
            await agent.reply(contact_id, "Please send a photo.")
            answer = await page.expect(chat.Message)
            assert (answer.text, answer.sender) == ("Please send a photo.", "agent")
            await page.write("Here it is.")
            await agent.until(lambda: 3 in agent.entries[conversation])
            await agent.close(contact_id, "repair", "solved")
            survey = await page.expect(chat.AskSurvey)
            await page.say(chat.Survey(contact=survey.contact, score=5))
            await agent.until(lambda: contact_id not in agent.contacts)
        [contact] = await stage.contacts()
        assert (contact.state, contact.ended_as, contact.reason_id) == (
            "closed",
            "handled",
            "repair",
        )
        assert agent.gaps == 0


async def test_a_page_that_was_away_gets_what_it_missed_once(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        page = stage.chat()
        await page.connect()
        await page.hello()
        await page.write("Hello?")
        contact_id = await agent.accept(await one_offer(agent))
        await page.close()
        await agent.until(lambda: contact_id in agent.contacts)
        await agent.reply(contact_id, "I am here.")
        await agent.reply(contact_id, "Are you?")
        await page.connect()
        await page.hello()
        await page.expect(chat.History)
        assert [message.text for message in page.messages if message.sender == "agent"] == [
            "I am here.",
            "Are you?",
        ]
        await page.close()


async def test_nobody_takes_a_contact_twice(stage: Stage) -> None:
    async with (
        stage.console("Li") as one,
        stage.console("Wang") as other,
        stage.chat() as page,
    ):
        await page.hello()
        await page.write("Hello?")
        await one.until(lambda: bool(one.offers or other.offers))
        assert len(one.offers) + len(other.offers) == 1


async def test_an_address_the_site_signed_finds_the_customer_and_one_the_page_says_does_not(
    stage: Stage,
) -> None:
    gold = await stage.known("Chen Li", "gold", email="chen@example.test")
    async with stage.chat() as page:
        await page.hello(identity=stage.signed("Chen@example.test"))
        await page.write("I am signed in.")
    async with stage.chat() as page:
        await page.hello(email="chen@example.test", identity=stage.signed("somebody@example.test"))
        await page.write("I am somebody else.")
    async with stage.chat() as page:
        await page.hello(email="chen@example.test")
        await page.write("I say who I am.")
    signed, other, said = await stage.contacts()
    assert (await stage.owner(signed.identity_id), signed.tier) == (gold, "gold")
    assert gold not in {await stage.owner(row.identity_id) for row in (other, said)}


async def test_a_chat_begun_before_signing_in_goes_to_the_customer_of_the_signed_address(
    stage: Stage,
) -> None:
    gold = await stage.known("Chen Li", "gold", email="chen@example.test")
    page = stage.chat()
    await page.connect()
    await page.hello()
    await page.write("Not signed in yet.")
    await page.close()
    await page.connect()
    await page.hello(identity=stage.signed("chen@example.test"))
    await page.write("Now I am.")
    await page.close()
    # a later page brings its token only: what the site has said of this visitor still holds
    await page.connect()
    await page.hello()
    await page.write("Still me.")
    await page.close()
    assert {await stage.owner(row.identity_id) for row in await stage.contacts()} == {gold}
