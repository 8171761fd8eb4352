"""Texts, end to end: signed webhooks in, the provider's REST API and its callbacks out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import Row, insert, select

from hub.channels.sms.channel import SmsChannel
from hub.contacts.tables import attachments, entry_points
from hub.customers.consent.tables import consent_states
from hub.storage import Tx
from hub.testing.center import an_entry_point
from hub.testing.twilio_simulator import Faults, Trouble
from hub.testing.twilio_simulator.webhooks import Delivery
from hub.vendors.twilio.check import check_texts

from .stage import Stage, a_stage, one_offer, settled

OURS = "+862155501009"
CHEN = "+8613800138000"
PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 64


def a_number(tx: Tx) -> None:
    """A number of ours that texts."""
    point = an_entry_point("texts", "sms", OURS, acknowledges=True)
    point["settings"] = {"parts_per_second": 100.0}
    tx.execute(insert(entry_points).values(**point))


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path, also=a_number) as one:
        one.phones.add_text_number(OURS, f"{one.hub.base_url}/channels/texts")
        yield one


async def text(stage: Stage, words: str, sender: str = CHEN, **more: Any) -> Delivery:
    answer = await stage.phones.texts.receive(sender, OURS, words, **more)
    assert answer is not None
    return answer


async def answered(stage: Stage, words: str, state: str) -> Row[Any]:
    """Wait until what we said with these words is in this state."""

    async def there() -> bool:
        return any(row.text == words and row.delivery == state for row in await stage.said())

    await settled(there)
    return next(row for row in await stage.said() if row.text == words)


async def consents(stage: Stage) -> dict[tuple[str, str], bool]:
    def read(tx: Tx, _: None) -> dict[tuple[str, str], bool]:
        rows = tx.execute(select(consent_states)).all()
        return {(row.channel, row.purpose): row.allowed for row in rows}

    return await stage.hub.store.read(read, None)


async def test_a_text_is_answered_and_its_delivery_told(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        answer = await text(stage, "洗衣机不转了 😀")
        assert (answer.status, answer.body) == (
            200,
            "<?xml version='1.0' encoding='UTF-8'?><Response/>",
        )
        receipt = await stage.phones.texts.until_sent(CHEN, "已收到您的短信")
        assert receipt.from_ == OURS
        contact_id = await agent.accept(await one_offer(agent))
        await agent.until(lambda: contact_id in agent.contacts)
        await text(stage, "它还漏水")  # joins the open contact
        assert [row.channel for row in await stage.contacts()] == ["sms"]
        await agent.reply(contact_id, "师傅明天上午到。")
        row = await answered(stage, "师傅明天上午到。", "delivered")
        assert row.external_id.startswith("SM")
        await agent.close(contact_id, "repair", "solved")
        await text(stage, "谢谢")
        rows = await stage.said()
        assert len({row.conversation_id for row in rows}) == 1
        assert [row.text for row in rows if row.direction == "in"] == [
            "洗衣机不转了 😀",
            "它还漏水",
            "谢谢",
        ]


async def test_of_a_card_number_in_two_texts_only_the_last_digits_are_kept(stage: Stage) -> None:
    await text(stage, "my card is 5555 5555")
    await text(stage, "5555 4444 thanks")
    await text(stage, "or ５５５５ ５５５５ ５５５５ ４４４４")
    kept = [row.text for row in await stage.said() if row.direction == "in"]
    assert kept == ["my card is **** ****", "**** 4444 thanks", "or **** **** **** ４４４４"]


async def test_the_same_text_twice_is_one_and_a_forged_one_is_none(stage: Stage) -> None:
    stage.phones.set_faults(Faults(duplicate=1.0))
    await text(stage, "Hello")
    await stage.phones.settle()
    assert [row.text for row in await stage.said() if row.direction == "in"] == ["Hello"]
    url = f"{stage.hub.base_url}/channels/texts/sms"
    form = {"AccountSid": stage.phones.account_sid, "MessageSid": "SM" + "0" * 32, "From": CHEN}
    async with aiohttp.ClientSession() as session:
        async with session.post(url, data=form) as unsigned:
            assert unsigned.status == 403
        headers = {"X-Twilio-Signature": "bm90IHJpZ2h0"}
        async with session.post(url, data=form, headers=headers) as forged:
            assert forged.status == 403
        async with session.post(url.replace("texts", "nobody"), data=form) as unknown:
            assert unknown.status == 404
        async with session.post(url, data={"Body": "x" * 70_000}) as long:
            assert long.status == 403
    assert len([row for row in await stage.said() if row.direction == "in"]) == 1


async def test_a_picture_is_stored_before_the_provider_is_answered(stage: Stage) -> None:
    await text(stage, "", media=[(PICTURE, "image/png")])

    def read(tx: Tx, _: None) -> list[Row[Any]]:
        return list(tx.execute(select(attachments)).all())

    (file,) = await stage.hub.store.read(read, None)
    assert (file.media_type, file.size_bytes) == ("image/png", len(PICTURE))
    assert stage.hub.blobs.path(file.blob_id).read_bytes() == PICTURE


async def test_a_picture_that_cannot_be_had_loses_no_words(stage: Stage) -> None:
    stage.phones.set_trouble(Trouble(status=500, path="/Media/", times=9))
    answer = await text(stage, "See here", media=[(PICTURE, "image/png")])
    assert answer.status == 200
    (row,) = [row for row in await stage.said() if row.direction == "in"]
    assert (row.text, row.meta["lost_files"]) == ("See here", 1)


async def test_who_says_stop_is_not_texted_and_who_starts_is_again(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        await text(stage, "Hello")
        contact_id = await agent.accept(await one_offer(agent))
        await agent.until(lambda: contact_id in agent.contacts)
        await text(stage, "Stop.")
        assert await consents(stage) == {
            ("sms", "marketing"): False,
            ("sms", "survey"): False,
            ("sms", "service"): False,
        }
        await agent.reply(contact_id, "Are you still there?")
        row = await answered(stage, "Are you still there?", "failed")
        assert row.delivery_detail == "sms_21610"
        await text(stage, "yes")
        assert await consents(stage) == {}  # as before: who starts again has agreed to no selling
        await agent.reply(contact_id, "Good to have you back.")
        await stage.phones.texts.until_sent(CHEN, "Good to have you back.")
        await text(stage, "yes")  # an answer now, like any other
        assert len(await stage.contacts()) == 1
        (head,) = await stage.contacts()
        assert head.preview == "yes"


async def test_a_word_the_provider_does_not_know_is_confirmed_once(stage: Stage) -> None:
    await text(stage, "退订")
    await stage.phones.texts.until_sent(CHEN, "您已退订")
    await text(stage, "退订")
    await answered(stage, "您已退订，不会再收到营销短信。", "delivered")
    ours = [one for one in stage.phones.texts.all.values() if one.direction != "inbound"]
    assert len(ours) == 1
    assert await consents(stage) == {("sms", "marketing"): False, ("sms", "survey"): False}
    assert await stage.contacts() == []  # nobody has to answer it


async def test_advanced_opt_out_is_the_provider_s_to_confirm(stage: Stage) -> None:
    stage.phones.texts.advanced = True
    await text(stage, "HELP")
    await text(stage, "STOP")
    assert await stage.contacts() == []
    assert (await consents(stage))[("sms", "service")] is False
    ours = [one for one in stage.phones.texts.all.values() if one.direction != "inbound"]
    assert ours == []


async def test_an_opt_out_that_only_the_provider_knows_is_kept_here(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        await text(stage, "Hello")
        contact_id = await agent.accept(await one_offer(agent))
        await agent.until(lambda: contact_id in agent.contacts)
        stage.phones.texts.stopped.add((OURS, CHEN))
        await agent.reply(contact_id, "Hello!")
        row = await answered(stage, "Hello!", "failed")
        assert row.delivery_detail == "sms_21610"
        assert (await consents(stage))[("sms", "service")] is False


async def test_a_lost_answer_is_looked_for_and_nothing_is_sent_twice(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        await text(stage, "Hello")
        contact_id = await agent.accept(await one_offer(agent))
        await agent.until(lambda: contact_id in agent.contacts)
        await stage.phones.texts.until_sent(CHEN, "已收到您的短信")
        stage.phones.set_trouble(Trouble(lose_answer=True, path="/Messages.json"))
        await agent.reply(contact_id, "We come tomorrow.")
        await answered(stage, "We come tomorrow.", "delivered")
        sent = [one for one in stage.phones.texts.all.values() if one.body == "We come tomorrow."]
        assert len(sent) == 1


async def test_a_refused_and_an_undelivered_text_say_why(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        await text(stage, "Hello")
        contact_id = await agent.accept(await one_offer(agent))
        await agent.until(lambda: contact_id in agent.contacts)
        stage.phones.texts.fails[CHEN] = 30003
        stage.phones.set_faults(Faults(duplicate=0.5, delay_s=0.1, path="sms-status"))
        await agent.reply(contact_id, "One")
        row = await answered(stage, "One", "failed")
        assert row.delivery_detail == "sms_30003"
        with pytest.raises(Exception, match=r"reply\.too_long|1600"):
            await agent.reply(contact_id, "x" * 1_601)


async def test_a_sender_without_a_number_is_filed_and_cannot_be_answered(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        await text(stage, "Your parcel is here", sender="PARCELS")
        contact_id = await agent.accept(await one_offer(agent))
        await agent.until(lambda: contact_id in agent.contacts)
        await agent.reply(contact_id, "Thanks")
        row = await answered(stage, "Thanks", "failed")
        assert row.delivery_detail == "sms_no_reply"


async def test_a_text_that_came_while_the_hub_was_away_is_found(stage: Stage) -> None:
    await stage.phones.texts.receive(CHEN, OURS, "Anybody there?", quietly=True)
    channel = stage.hub.registry.get("sms")
    assert isinstance(channel, SmsChannel)
    await channel.sweep()
    await channel.sweep()
    assert [row.text for row in await stage.said() if row.direction == "in"] == ["Anybody there?"]


async def test_an_agent_begins_a_text_and_it_goes_on_with_the_conversation(stage: Stage) -> None:
    await text(stage, "Hello")
    async with stage.console("Li") as agent:
        first = await agent.accept(await one_offer(agent))
        await agent.until(lambda: first in agent.contacts)
        body = {
            "channel": "sms",
            "direction": "out",
            "identities": [{"kind": "phone", "value": CHEN}],
            "text": "Your part is here.",
        }
        with pytest.raises(Exception, match=r"start\.open"):
            await agent.call("POST", "/contacts", body)
        await agent.close(first, "repair", "solved")
        begun = await agent.call("POST", "/contacts", body)
        await stage.phones.texts.until_sent(CHEN, "Your part is here.")
        rows = await stage.said()
        assert len({row.conversation_id for row in rows}) == 1
        assert begun["contact_id"] != first


async def test_the_check_finds_the_number_and_one_that_is_not_told(stage: Stage) -> None:
    settings = stage.hub.settings
    base_url = settings.server.base_url()

    def found(key: str) -> list[str]:
        return [one.code for one in check_texts(settings.twilio, base_url, key)]

    assert await asyncio.to_thread(found, "texts") == ["texts.here"]
    assert await asyncio.to_thread(found, "others") == ["texts.not_here"]
