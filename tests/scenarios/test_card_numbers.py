"""Card numbers, as customers really send them: by mail, chat and text; none is kept in full."""

from __future__ import annotations

from hub.channels.webchat import protocol as chat

from .stage import Stage, one_offer

CARD = "4111 1111 1111 1111"
HIDDEN = "**** **** **** 1111"


async def test_a_mail_is_stored_and_answered_without_the_card_number(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        await stage.mail(f"Please charge {CARD}.", subject=f"Order, card {CARD}")
        contact_id = await agent.accept(await one_offer(agent))
        await agent.until(lambda: contact_id in agent.contacts)
        row = agent.contacts[contact_id]
        assert (row.subject, row.preview) == (f"Order, card {HIDDEN}", f"Please charge {HIDDEN}.")
        [entry] = [row for row in await stage.said() if row.direction == "in"]
        assert (entry.text.strip(), entry.meta["card_hidden"]) == (
            f"Please charge {HIDDEN}.",
            True,
        )
        raw = await stage.hub.blobs.get(entry.raw_blob_id)
        assert CARD.encode() in raw  # the original is whole, for who may open it
        await agent.reply(contact_id, f"Is it {CARD}?")
        sent = await stage.mails.wait_for(2)
        assert all(b"4111" not in mail.raw for mail in sent)
        assert any(HIDDEN.encode() in mail.raw for mail in sent)


async def test_of_a_number_in_two_messages_the_open_console_shows_neither(stage: Stage) -> None:
    async with stage.console("Li") as agent, stage.chat() as page:
        await page.hello(name="Chen")
        await page.write("my card: 4111 1111")
        contact_id = await agent.accept(await one_offer(agent))
        await agent.until(lambda: contact_id in agent.contacts)
        conversation = agent.contacts[contact_id].conversation_id
        await agent.open_conversation(conversation)
        await agent.until(lambda: 1 in agent.entries[conversation])
        await agent.reply(contact_id, "And the rest?")
        await page.expect(chat.Message)
        await page.write("1111 1111")
        shown = agent.entries[conversation]
        await agent.until(lambda: 3 in shown and shown[1].text == "my card: **** ****")
        assert shown[3].text == "**** 1111"
        await agent.reply(contact_id, f"{CARD}?")
        answer = await page.expect(chat.Message)
        assert answer.text == f"{HIDDEN}?"


async def test_a_large_mail_is_looked_through_where_it_is_read(stage: Stage) -> None:
    lines = "A line that says nothing about order 12345.\n" * 12_000
    await stage.mail(f"Card ４１１１ １１１１ １１１１ １１１１\n{lines}")
    await stage.mail(lines, subject="Nothing")
    kept = {row.subject: row for row in await stage.said() if row.direction == "in"}
    assert kept["Washing machine"].text.startswith("Card **** **** **** １１１１\n")
    assert "card_hidden" not in kept["Nothing"].meta
