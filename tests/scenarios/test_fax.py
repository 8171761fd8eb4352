"""Fax, end to end: gateway mail in, page shown, answer faxed by mail, result mail on the answer."""

from __future__ import annotations

from hub.vendors.mail.model import ParsedMail
from hub.vendors.mail.parse import parse_mail
from tests.unit.fax.samples import raw_fax

from .stage import Stage, one_offer, settled


async def test_a_fax_is_shown_answered_and_its_delivery_reported(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        await stage.fax(raw_fax("hylafax_received"))
        contact_id = await agent.accept(await one_offer(agent))
        await agent.until(lambda: contact_id in agent.contacts)
        await agent.reply(contact_id, "Your order is confirmed. 订单已确认。")
        (sunk,) = await stage.mails.wait_for(1)
        assert sunk.recipients == ("862161234567@fax.example.test",)
        mail = parse_mail(sunk.raw)
        assert isinstance(mail, ParsedMail)
        assert mail.files[0].data.startswith(b"%PDF-")
        await stage.fax(raw_fax("hylafax_done"))

        async def delivered() -> bool:
            return any(row.delivery == "delivered" for row in await stage.said())

        await settled(delivered)
        answer = next(row for row in await stage.said() if row.delivery == "delivered")
        assert answer.delivery_detail == "已送达 2 页"
        await agent.close(contact_id, "repair", "solved")
        assert [row.state for row in await stage.contacts()] == ["closed"]


async def test_pages_and_words_come_to_an_open_console_after_the_fax(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        await stage.fax(raw_fax("hylafax_received"))
        (entry,) = await stage.said()  # the gateway was answered: it is there, read or not
        contact_id = await agent.accept(await one_offer(agent))
        await agent.until(lambda: contact_id in agent.contacts)
        await agent.open_conversation(entry.conversation_id)

        def shown() -> bool:
            (seen,) = agent.entries[entry.conversation_id].values()
            return "reading" not in seen.meta and len(seen.files[0].preview_urls) == 2

        await agent.until(lambda: bool(agent.entries.get(entry.conversation_id)) and shown())
        (seen,) = agent.entries[entry.conversation_id].values()
        assert [file.name for file in seen.files] == ["fax000000017.pdf", "fax000000017.tif"]


async def test_the_same_number_comes_back_to_its_conversation(stage: Stage) -> None:
    raw = raw_fax("hylafax_received")
    await stage.fax(raw)
    await stage.fax(raw.replace(b"11:59:30", b"12:30:00"))
    assert len(await stage.said()) == 2
    assert len({row.conversation_id for row in await stage.said()}) == 1
    assert len(stage.mails.mails) == 0  # never an acknowledgement to the gateway
