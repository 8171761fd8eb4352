from __future__ import annotations

import asyncio

import aiosmtplib
import pytest
from sqlalchemy import select

from hub.channels.email import EmailChannel
from hub.channels.mailbox.forgetting import forget
from hub.channels.mailbox.tables import raw_mails
from hub.contacts.effects import Done, Send
from hub.contacts.forgetting import Whose
from hub.contacts.inbound import DeliveryReport, IdentityKind, Inbound
from hub.contacts.model import DeliveryState, InteractionKind
from hub.core.errors import Unavailable
from hub.core.ids import new_id
from hub.storage import Tx
from hub.testing.clock import ManualClock
from hub.testing.fake_door import FakeDoor
from hub.testing.mail import SmtpSink
from hub.vendors.mail.check import make_mail_to_self
from hub.vendors.mail.intake import MailIntake
from tests.unit.mail.samples import raw_mail


async def post(
    intake: MailIntake,
    raw: bytes,
    recipient: str = "support@shop.example",
    sender: str = "someone@example.com",
) -> None:
    await aiosmtplib.send(
        raw,
        sender=sender,
        recipients=[recipient],
        hostname="127.0.0.1",
        port=intake.port,
        start_tls=False,
        local_hostname="client.test",
    )


async def states(door: FakeDoor) -> list[tuple[str, int]]:
    def read(tx: Tx, _: None) -> list[tuple[str, int]]:
        found = select(raw_mails.c.state, raw_mails.c.attempts)
        rows = tx.execute(found.order_by(raw_mails.c.received_at, raw_mails.c.id))
        return [(row.state, row.attempts) for row in rows]

    return await door.store.read(read, None)


@pytest.mark.usefixtures("channel")
async def test_a_mail_is_stored_before_the_sender_hears_yes(
    intake: MailIntake, door: FakeDoor
) -> None:
    await post(intake, raw_mail("plain_english"))
    (inbound,) = door.inbounds
    assert inbound.senders[0].kind is IdentityKind.EMAIL
    assert inbound.senders[0].value == "jane.miller@example.com"
    assert inbound.language == "en"
    assert inbound.external_id == "<CAF1@mail.example.com>"
    assert inbound.acknowledge
    assert inbound.meta["cc"] == "tom@example.com, sales@shop.example"
    assert inbound.raw_blob_id is not None
    assert await door.blobs.get(inbound.raw_blob_id) == raw_mail("plain_english")
    assert await states(door) == [("filed", 0)]


@pytest.mark.usefixtures("channel")
async def test_a_mail_to_ourselves_of_a_check_is_nobodys_request(
    intake: MailIntake, door: FakeDoor
) -> None:
    await post(intake, make_mail_to_self("support@shop.example").raw)
    assert door.inbounds == []
    assert await states(door) == [("filed", 0)]
    await post(intake, make_mail_to_self("stranger@example.com").raw)
    assert len(door.inbounds) == 1


@pytest.mark.usefixtures("channel")
async def test_bytes_on_the_envelope_that_are_no_text_keep_no_mail_out(
    intake: MailIntake, door: FakeDoor
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", intake.port)
    writer.write(
        b"EHLO test\r\nMAIL FROM:<\xff\x00li@customer.cn> SMTPUTF8\r\n"
        b"RCPT TO:<support+\xfe@shop.example>\r\nDATA\r\n"
        b"From: li@customer.cn\r\n\r\nIt leaks.\r\n.\r\nQUIT\r\n"
    )
    answers = (await reader.read()).decode()
    writer.close()
    assert "250 2.0.0 OK: stored" in answers, answers
    assert await states(door) == [("filed", 0)]


@pytest.mark.usefixtures("channel")
async def test_of_an_erased_customers_mail_no_address_stays(
    intake: MailIntake, door: FakeDoor
) -> None:
    await post(intake, raw_mail("plain_english"), "support+anna@shop.example", "anna@customer.cn")
    names = (raw_mails.c.recipient, raw_mails.c.peer, raw_mails.c.mail_from)

    def kept(tx: Tx, _: None) -> tuple[object, ...]:
        return tuple(tx.execute(select(*names)).one())

    told = await door.store.read(kept, None)
    assert told == ("support+anna@shop.example", "127.0.0.1", "anna@customer.cn")
    whose = Whose((), (), (), (door.inbounds[0].raw_blob_id or "",))
    await door.store.write(forget, whose)
    assert await door.store.read(kept, None) == ("", None, None)


@pytest.mark.usefixtures("channel")
async def test_the_same_mail_twice_is_one_and_by_another_way_too(
    intake: MailIntake, door: FakeDoor
) -> None:
    raw = raw_mail("plain_english")
    await post(intake, raw)
    await post(intake, raw, "help@shop.example")
    await post(intake, b"Received: from elsewhere\r\n" + raw)
    assert len(door.inbounds) == 1


@pytest.mark.usefixtures("channel")
async def test_the_same_message_id_with_other_content_is_a_new_mail(
    intake: MailIntake, door: FakeDoor
) -> None:
    raw = raw_mail("plain_english")
    await post(intake, raw)
    await post(intake, raw.replace(b"kettle", b"toaster"))
    assert len(door.inbounds) == 2


@pytest.mark.usefixtures("channel")
async def test_a_mail_without_message_id_gets_one_and_the_same_again(
    intake: MailIntake, door: FakeDoor
) -> None:
    await post(intake, raw_mail("no_message_id"))
    (inbound,) = door.inbounds
    assert (inbound.external_id or "").endswith("@synthetic.invalid>")


@pytest.mark.usefixtures("channel")
async def test_what_cannot_be_read_is_set_aside_and_later_mail_flows(
    intake: MailIntake, door: FakeDoor
) -> None:
    await post(intake, raw_mail("no_sender"))
    await post(intake, raw_mail("plain_english"))
    broken, good = door.inbounds
    assert broken.quarantine_reason == "no_sender: The mail names no sender address."
    assert broken.raw_blob_id is not None
    assert not broken.acknowledge
    assert good.quarantine_reason is None


@pytest.mark.usefixtures("channel")
async def test_while_nothing_can_be_stored_the_sender_keeps_the_mail(
    intake: MailIntake, door: FakeDoor
) -> None:
    door.fault = Unavailable("the database is stopped")
    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await post(intake, raw_mail("plain_english"))
    assert refused.value.code == 451
    door.fault = None
    await post(intake, raw_mail("plain_english"))
    assert len(door.inbounds) == 1
    assert await states(door) == [("filed", 0)]


async def test_a_mail_that_breaks_the_filing_is_set_aside_after_three_tries(
    channel: EmailChannel, intake: MailIntake, door: FakeDoor, clock: ManualClock
) -> None:
    tries = 0
    receive = door.receive

    async def breaks(inbound: Inbound) -> object:
        nonlocal tries
        if inbound.quarantine_reason is None:
            tries += 1
            raise RuntimeError("a bug that this mail triggers")
        return await receive(inbound)

    door.receive = breaks  # type: ignore[method-assign,assignment]  # the fault under test
    await post(intake, raw_mail("plain_english"))
    assert await states(door) == [("stored", 1)]
    for _ in range(3):
        clock.advance(120)
        await channel.sweep_once()
    assert tries == 3 + 1  # the first, made before it was kept, does not count
    assert await states(door) == [("quarantined", 3)]
    (inbound,) = door.inbounds
    assert "RuntimeError" in (inbound.quarantine_reason or "")


async def test_a_mail_that_cannot_even_be_set_aside_stops_no_other(
    channel: EmailChannel, intake: MailIntake, door: FakeDoor, clock: ManualClock
) -> None:
    receive = door.receive

    async def breaks(inbound: Inbound) -> object:
        if inbound.subject != "Second":
            raise RuntimeError("a bug that this mail triggers, read or not")
        return await receive(inbound)

    door.receive = breaks  # type: ignore[method-assign,assignment]  # the fault under test
    await post(intake, raw_mail("plain_english"))
    for _ in range(3):
        clock.advance(120)
        await channel.sweep_once()
    await post(intake, b"From: a@b.example\r\nSubject: Second\r\n\r\nHello.\r\n")
    assert await states(door) == [("stored", 4), ("filed", 0)]
    door.receive = receive  # type: ignore[method-assign]  # mended
    clock.advance(120)
    await channel.sweep_once()
    assert [state for state, _ in await states(door)] == ["filed", "filed"]


async def test_a_mail_left_by_a_crash_is_filed_by_the_sweep(
    channel: EmailChannel, intake: MailIntake, door: FakeDoor, clock: ManualClock
) -> None:
    door.fault = Unavailable("killed here")
    with pytest.raises(aiosmtplib.SMTPDataError):
        await post(intake, raw_mail("plain_english"))
    door.fault = None
    assert await channel.sweep_once() == 0  # its first owner still has time
    clock.advance(120)
    assert await channel.sweep_once() == 1
    assert len(door.inbounds) == 1


@pytest.mark.usefixtures("channel")
@pytest.mark.parametrize("name", ["out_of_office_exchange", "out_of_office_zh", "read_receipt"])
async def test_automatic_answers_are_filed_and_wake_nobody(
    intake: MailIntake, door: FakeDoor, name: str
) -> None:
    await post(intake, raw_mail(name))
    (inbound,) = door.inbounds
    assert not inbound.queues
    assert inbound.no_acknowledge_reason == "auto_mail"


@pytest.mark.usefixtures("channel")
async def test_list_mail_queues_without_acknowledgement(intake: MailIntake, door: FakeDoor) -> None:
    await post(intake, raw_mail("mailing_list"))
    (inbound,) = door.inbounds
    assert inbound.queues
    assert inbound.no_acknowledge_reason == "list"


@pytest.mark.usefixtures("channel")
async def test_flagged_spam_waits_apart(intake: MailIntake, door: FakeDoor) -> None:
    await post(intake, raw_mail("spam_flagged"))
    (inbound,) = door.inbounds
    assert inbound.quarantine_reason == "spam: x-spam-flag"


@pytest.mark.usefixtures("channel")
async def test_an_encrypted_mail_is_filed_and_called_so(intake: MailIntake, door: FakeDoor) -> None:
    head = b"From: a@b.example\nTo: support@shop.example\nContent-Type: application/pkcs7-mime\n"
    await post(intake, head + b"Content-Transfer-Encoding: base64\n\nMIAG\n")
    (inbound,) = door.inbounds
    assert inbound.meta["protection"] == "smime_encrypted"
    assert [file.media_type for file in inbound.files] == ["application/pkcs7-mime"]


@pytest.mark.usefixtures("channel")
async def test_a_large_mail_is_filed_with_its_file(intake: MailIntake, door: FakeDoor) -> None:
    size = 600_000
    head = (
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\nsee file\n--bb\n"
    )
    file = b"Content-Type: application/pdf; name=a.pdf\n\n%PDF-" + b"x" * size + b"\n--bb--\n"
    await post(intake, head + file)
    (inbound,) = door.inbounds
    assert (inbound.text, inbound.files[0].size_bytes) == ("see file", size + 5)


@pytest.mark.usefixtures("channel")
async def test_a_web_form_is_from_whom_the_answer_goes_to(
    intake: MailIntake, door: FakeDoor
) -> None:
    await post(intake, raw_mail("web_form"))
    (inbound,) = door.inbounds
    assert [sender.value for sender in inbound.senders] == [
        "chen.wei@example.cn",
        "no-reply@forms.example",
    ]
    assert inbound.senders[0].name == "Chen Wei"


@pytest.mark.usefixtures("channel")
async def test_files_are_durable_and_pictures_keep_their_place(
    intake: MailIntake, door: FakeDoor
) -> None:
    await post(intake, raw_mail("html_cid_remote"))
    (inbound,) = door.inbounds
    (file,) = inbound.files
    assert file.content_id == "lid@acme"
    assert (await door.blobs.get(file.blob_id)).startswith(b"\x89PNG")
    assert 'data-cid="lid@acme"' in (inbound.html or "")


async def test_an_answer_to_our_mail_proves_its_conversation(
    channel: EmailChannel, intake: MailIntake, door: FakeDoor, sink: SmtpSink
) -> None:
    conversation_id = new_id()
    sent = await channel.perform("support-mail", a_send(conversation_id))
    assert isinstance(sent, Done)
    answer = (
        f"From: jane@example.com\r\nTo: support@shop.example\r\nSubject: Re: x\r\n"
        f"Message-ID: <a1@example.com>\r\nIn-Reply-To: {sent.external_id}\r\n\r\nthank you\r\n"
    )
    await post(intake, answer.encode())
    assert door.inbounds[0].conversation_id == conversation_id


@pytest.mark.usefixtures("channel")
async def test_an_answer_to_a_mail_not_ours_is_a_weak_reference(
    intake: MailIntake, door: FakeDoor
) -> None:
    await post(intake, raw_mail("reply_outlook_en"))
    (inbound,) = door.inbounds
    assert inbound.conversation_id is None
    assert inbound.references == ("<reply1@shop.example>", "<CAF1@mail.example.com>")


@pytest.mark.usefixtures("channel")
async def test_a_bounce_of_a_mail_to_a_colleague_is_news_and_no_entry(
    intake: MailIntake, door: FakeDoor
) -> None:
    link = "<link-0123456789abcdef0123456789abcdef@shop.example>"
    await post(intake, raw_mail("bounce_rfc3464").replace(b"<sent-1@shop.example>", link.encode()))
    [report] = door.reports
    assert isinstance(report, DeliveryReport)
    assert (report.external_id, report.state) == (link, DeliveryState.FAILED)
    assert door.inbounds == []


async def test_a_bounce_is_news_for_the_mail_that_bounced(
    channel: EmailChannel, intake: MailIntake, door: FakeDoor
) -> None:
    conversation_id = new_id()
    send = a_send(conversation_id)
    sent = await channel.perform("support-mail", send)
    assert isinstance(sent, Done)
    assert sent.external_id is not None
    bounce = raw_mail("bounce_rfc3464").replace(b"<sent-1@shop.example>", sent.external_id.encode())
    await post(intake, bounce)
    (report,) = door.reports
    assert isinstance(report, DeliveryReport)
    assert report.interaction_id == send.interaction_id
    assert report.state is DeliveryState.FAILED
    assert report.detail == "5.1.1 no such user here"
    assert (report.recipient, report.bad_address) == ("gone@example.com", True)
    (inbound,) = door.inbounds
    assert inbound.conversation_id == conversation_id
    assert inbound.kind is InteractionKind.SYSTEM
    assert inbound.senders[0].value == "gone@example.com"
    assert inbound.internal  # a mail system said it, not the customer
    assert not inbound.queues
    said = {name: inbound.meta[name] for name in ("code", "recipient", "detail")}
    assert said == {
        "code": "bounce_hard", "recipient": "gone@example.com", "detail": "5.1.1 no such user here",
    }  # fmt: skip


@pytest.mark.usefixtures("channel")
async def test_a_delay_is_filed_and_fails_nothing(intake: MailIntake, door: FakeDoor) -> None:
    await post(intake, raw_mail("bounce_delayed"))
    assert door.reports == []  # it does not say of which mail it speaks
    assert door.inbounds[0].meta["bounce"] == "delayed"
    assert door.inbounds[0].text == "delayed: slow@example.com: 4.4.1"
    await post(intake, raw_mail("bounce_rfc3464").replace(b"Action: failed", b"Action: delayed"))
    [report] = door.reports
    assert isinstance(report, DeliveryReport)
    assert (report.delayed, report.state, report.bad_address) == (True, DeliveryState.SENT, False)


def a_send(conversation_id: str, **changes: object) -> Send:
    values: dict[str, object] = {
        "interaction_id": new_id(),
        "conversation_id": conversation_id,
        "contact_id": new_id(),
        "to": ("jane@example.com",),
        "text": "It is on its way.",
        "subject": "Where is my order?",
        "author_name": "Li Na",
        "language": "en",
    }
    return Send(**{**values, **changes})  # type: ignore[arg-type]  # a builder of mixed fields
