from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.channels.email import EmailChannel
from hub.contacts.effects import (
    Done,
    EffectFile,
    Hangup,
    Permanent,
    Reached,
    RecipientFate,
    Transient,
    Unknown,
)
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.core.ids import new_id
from hub.testing.fake_door import FakeDoor
from hub.testing.mail import SmtpSink
from hub.vendors.mail.model import ParsedMail
from hub.vendors.mail.parse import parse_mail

from .conftest import POINT, mail_settings
from .test_in import a_send


def read(raw: bytes) -> ParsedMail:
    mail = parse_mail(raw)
    assert isinstance(mail, ParsedMail)
    return mail


async def a_conversation(door: FakeDoor) -> str:
    receipt = await door.receive(
        Inbound(
            entry_point_id="support-mail",
            channel=Channel.EMAIL,
            dedupe_key=new_id(),
            senders=(SenderIdentity(IdentityKind.EMAIL, "jane@example.com", "Jane"),),
            received_at=door.clock.now(),
            text="Where is my order?",
        )
    )
    return receipt.conversation_id


async def test_an_answer_arrives_with_thread_and_quotation(
    channel: EmailChannel, door: FakeDoor, sink: SmtpSink
) -> None:
    conversation_id = await a_conversation(door)
    send = a_send(
        conversation_id,
        in_reply_to="<q1@example.com>",
        references=("<q0@example.com>", "<q1@example.com>"),
        cc=("tom@example.com",),
        bcc=("boss@shop.example",),
    )
    outcome = await channel.perform("support-mail", send)
    assert isinstance(outcome, Done)
    (sunk,) = sink.mails
    mail = read(sunk.raw)
    assert sunk.recipients == ("jane@example.com", "tom@example.com", "boss@shop.example")
    assert b"boss@shop.example" not in sunk.raw
    assert mail.message_id == outcome.external_id
    assert mail.in_reply_to == ("<q1@example.com>",)
    assert mail.references == ("<q0@example.com>", "<q1@example.com>")
    assert mail.subject == "Re: Where is my order?"
    assert mail.sender.name == "Li Na (Shop Support)"
    assert mail.text.startswith("It is on its way.")
    assert "> Where is my order?" in mail.text


async def test_what_is_of_no_use_any_more_is_not_sent(
    channel: EmailChannel, door: FakeDoor, sink: SmtpSink
) -> None:
    in_time = a_send(new_id(), until=door.clock.now() + timedelta(seconds=60))
    late = a_send(new_id(), until=door.clock.now())
    assert isinstance(await channel.perform(POINT.id, in_time), Done)
    assert isinstance(await channel.perform(POINT.id, late), Permanent)
    assert len(sink.mails) == 1


async def test_the_signature_stands_below_text_and_html_in_the_customers_language(
    door: FakeDoor, sink: SmtpSink
) -> None:
    signature = {"en": "Your <team>", "zh-CN": "客服团队"}
    point = replace(POINT, settings={**POINT.settings, "signature": signature})
    channel = EmailChannel(door, [point], mail_settings(sink), None, max_bytes=1_000_000)
    await channel.perform(POINT.id, a_send(new_id(), html="<p>It is <b>on its way</b>.</p>"))
    await channel.perform(POINT.id, a_send(new_id(), language="zh-CN"))
    english, chinese = (read(sunk.raw) for sunk in sink.mails)
    assert english.text == "It is on its way.\n\n-- \nYour <team>"
    assert english.html is not None
    assert "<p>-- <br>Your &lt;team&gt;</p>" in english.html
    assert chinese.text.endswith("-- \n客服团队")


@pytest.mark.parametrize(
    ("language", "signed"),
    [
        ("zh-TW", "客服團隊"),
        ("zh-HK", "客服團隊"),
        ("zh-CN", "客服团队"),
        ("zh", "客服团队"),
        ("de-AT", "Ihr Team"),
        ("en", "Your team"),
        ("fr", "Your team"),  # the entry point's own language
    ],
)
async def test_the_signature_is_the_nearest_one(
    door: FakeDoor, sink: SmtpSink, language: str, signed: str
) -> None:
    signature = {
        "zh-CN": "客服团队",
        "zh-TW": "客服團隊",
        "de-DE": "Ihr Team",
        "en-GB": "Your team",
    }
    settings = {**POINT.settings, "signature": signature}
    point = replace(POINT, language="en", settings=settings)
    channel = EmailChannel(door, [point], mail_settings(sink), None, max_bytes=1_000_000)
    await channel.perform(POINT.id, a_send(new_id(), language=language))
    assert read(sink.mails[0].raw).text.endswith(f"-- \n{signed}")


async def test_what_is_sent_of_our_own_accord_can_be_stopped_by_a_link_and_a_button(
    door: FakeDoor, sink: SmtpSink
) -> None:
    """RFC 2369 and RFC 8058; what answers the customer has neither."""
    base = "https://hub.shop.example/"
    channel = EmailChannel(
        door, [POINT], mail_settings(sink), None, max_bytes=1_000_000, base_url=base
    )
    html = "<p>Our offer</p>"
    for language in ("en", "zh-CN"):
        offer = a_send(new_id(), html=html, opt_out="tok-en_1", language=language)
        await channel.perform(POINT.id, offer)
    await channel.perform(POINT.id, a_send(new_id(), html=html))
    english, chinese, answer = (read(sunk.raw) for sunk in sink.mails)
    link = "https://hub.shop.example/u/tok-en_1"
    assert english.header("list-unsubscribe") == f"<{link}>"
    assert english.header("list-unsubscribe-post") == "List-Unsubscribe=One-Click"
    assert english.text.rstrip().endswith(f"Unsubscribe here: {link}")
    assert english.html is not None
    assert link in english.html
    assert f"点此退订： {link}" in chinese.text  # the space keeps the link a link
    assert (answer.header("list-unsubscribe"), "/u/" in answer.text) == (None, False)


async def test_a_repeat_has_the_same_message_id(channel: EmailChannel, sink: SmtpSink) -> None:
    send = a_send(new_id())
    first = await channel.perform("support-mail", send)
    second = await channel.perform("support-mail", send)
    assert isinstance(first, Done)
    assert first == second
    assert read(sink.mails[0].raw).message_id == read(sink.mails[1].raw).message_id


async def test_an_acknowledgement_has_the_null_sender_and_says_it_is_automatic(
    channel: EmailChannel, sink: SmtpSink
) -> None:
    await channel.perform("support-mail", a_send(new_id(), automatic=True))
    (sunk,) = sink.mails
    assert sunk.sender == ""
    assert read(sunk.raw).header("auto-submitted") == "auto-replied"


async def test_where_the_null_sender_is_refused_our_own_is_used(
    channel: EmailChannel, sink: SmtpSink
) -> None:
    sink.answers["MAIL"] = ["553 5.7.1 mail from must equal authorized user"]
    outcome = await channel.perform("support-mail", a_send(new_id(), automatic=True))
    assert isinstance(outcome, Done)
    assert sink.mails[0].sender == "support@shop.example"


async def test_files_are_sent_along(channel: EmailChannel, door: FakeDoor, sink: SmtpSink) -> None:
    blob = await door.blobs.put(b"%PDF-1.4 offer")
    file = EffectFile(blob_id=blob.id, name="报价.pdf", media_type="application/pdf", size_bytes=14)
    await channel.perform("support-mail", a_send(new_id(), files=(file,)))
    (sent,) = read(sink.mails[0].raw).files
    assert (sent.name, sent.data) == ("报价.pdf", b"%PDF-1.4 offer")


async def test_a_file_that_is_gone_is_told(channel: EmailChannel) -> None:
    file = EffectFile(blob_id=new_id(), name="x.pdf", media_type="application/pdf", size_bytes=1)
    outcome = await channel.perform("support-mail", a_send(new_id(), files=(file,)))
    assert outcome == Permanent("The file x.pdf is gone: attach it again.")


async def test_refusals_become_outcomes(channel: EmailChannel, sink: SmtpSink) -> None:
    sink.answers["RCPT"] = ["450 4.2.0 greylisted", "550 5.1.1 no such user"]
    assert isinstance(await channel.perform("support-mail", a_send(new_id())), Transient)
    outcome = await channel.perform("support-mail", a_send(new_id()))
    fate = RecipientFate("jane@example.com", Reached.FAILED, "550 5.1.1 no such user", True)
    assert outcome == Permanent("550 5.1.1 no such user", fates=(fate,))


async def test_a_lost_answer_is_unknown(channel: EmailChannel, sink: SmtpSink) -> None:
    sink.drop_after_data = 1
    assert isinstance(await channel.perform("support-mail", a_send(new_id())), Unknown)


async def test_mail_does_nothing_but_send(channel: EmailChannel) -> None:
    outcome = await channel.perform("support-mail", Hangup(contact_id=new_id()))
    assert isinstance(outcome, Permanent)
