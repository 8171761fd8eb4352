"""Fax, end to end: gateway mail in, page shown, answer faxed by mail, result mail on the answer."""

from __future__ import annotations

import base64
import shutil

import pytest

from hub.agent_console.client import Refused
from hub.channels.fax.pages import PageMaker
from hub.vendors.mail.model import ParsedMail
from hub.vendors.mail.parse import parse_mail
from tests.conftest import skip_missing
from tests.unit.fax.samples import a_mail_with_document, raw_fax

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


async def test_one_that_failed_goes_to_another_number_and_both_tell_it(stage: Stage) -> None:
    async with stage.console("Li") as agent, stage.console("Wang") as stranger:
        await stage.fax(raw_fax("hylafax_received"))
        contact_id = await agent.accept(await one_offer(agent))
        pages = await agent.call("POST", f"/contacts/{contact_id}/pages", {"text": "已确认。"})
        assert pages["count"] == 1
        assert base64.b64decode(pages["images"][0]).startswith(b"\x89PNG")
        assert stage.mails.mails == []  # it was looked at only
        with pytest.raises(Refused, match="somebody else"):
            await stranger.call("POST", f"/contacts/{contact_id}/pages", {"text": "Hi"})
        await agent.reply(contact_id, "Your order is confirmed. 订单已确认。")
        await stage.mails.wait_for(1)
        answer = next(row for row in await stage.said() if row.direction == "out")
        path = f"/interactions/{answer.id}/elsewhere"
        other = {"client_id": "again-1", "number": "021 6123 9999"}
        with pytest.raises(Refused) as early:
            await agent.call("POST", path, other)
        assert early.value.code == "delivery.went"
        await stage.fax(raw_fax("hylafax_failed"))

        async def lost() -> bool:
            return any(row.delivery == "failed" for row in await stage.said())

        await settled(lost)
        with pytest.raises(Refused) as wrong:
            await agent.call("POST", path, {**other, "number": "123456789012345"})
        assert wrong.value.code == "number.invalid"
        with pytest.raises(Refused) as not_theirs:
            await stranger.call("POST", path, other)
        assert not_theirs.value.code == "contact.not_yours"
        posted = await agent.call("POST", path, other)
        assert await agent.call("POST", path, other) == posted  # the same again is no third fax
        mails = await stage.mails.wait_for(2)
        assert [mail.recipients for mail in mails] == [
            ("862161234567@fax.example.test",),
            ("862161239999@fax.example.test",),
        ]
        said = {row.id: row for row in await stage.said()}
        again, first = said[posted["interaction_id"]], said[answer.id]
        assert (again.text, again.meta["sent_on_from"]) == (answer.text, answer.id)
        assert first.meta["sent_on"] == [{"id": again.id, "to": "+862161239999"}]
        assert first.delivery_detail.startswith("fax_busy: ")


async def test_the_same_number_comes_back_to_its_conversation(stage: Stage) -> None:
    raw = raw_fax("hylafax_received")
    await stage.fax(raw)
    await stage.fax(raw.replace(b"11:59:30", b"12:30:00"))
    assert len(await stage.said()) == 2
    assert len({row.conversation_id for row in await stage.said()}) == 1
    assert len(stage.mails.mails) == 0  # never an acknowledgement to the gateway


async def test_words_of_the_last_of_many_pages_are_found(stage: Stage) -> None:
    if shutil.which("tesseract") is None:
        skip_missing("tesseract-ocr")
    text = "Purchase order" + "\n" * 640 + "Warranty certificate"
    made = await PageMaker(ocr=False).compose(["Shop"], text, [], "")
    assert made.pages > 11  # the first ten are read at once
    async with stage.console("Li") as agent:
        await stage.fax(a_mail_with_document(made.pdf))

        async def read() -> bool:
            (entry,) = await stage.said()
            return not {"reading", "reading_on"} & set(entry.meta)

        await settled(read, 120)
        (entry,) = await stage.said()
        assert entry.text.startswith("Shop")
        assert f"— {made.pages} —" in entry.text
        page = await agent.call("GET", "/interactions?q=warranty")
        assert [one["id"] for one in page["items"]] == [entry.id]
        assert "Warranty certificate" in page["items"][0]["excerpt"]
