from __future__ import annotations

import shutil

import aiosmtplib
import pytest

from hub.channels.fax import FaxChannel
from hub.contacts.effects import Done, EffectFile, Permanent, ReadFile, Send
from hub.contacts.inbound import BeingRead, DeliveryReport, FileRead, IdentityKind
from hub.contacts.model import DeliveryState, InteractionKind
from hub.core.ids import new_id
from hub.testing.fake_door import FakeDoor
from hub.testing.mail import SmtpSink
from hub.vendors.mail.intake import MailIntake
from hub.vendors.mail.model import ParsedMail
from hub.vendors.mail.parse import parse_mail
from tests.conftest import skip_missing
from tests.unit.fax.samples import raw_fax


async def post(intake: MailIntake, raw: bytes) -> None:
    await aiosmtplib.send(
        raw,
        sender="fax@gw.shop.example",
        recipients=["fax@shop.example"],
        hostname="127.0.0.1",
        port=intake.port,
        start_tls=False,
        local_hostname="gateway.test",
        timeout=60,
    )


def a_send(**changes: object) -> Send:
    values: dict[str, object] = {
        "interaction_id": new_id(),
        "conversation_id": new_id(),
        "contact_id": new_id(),
        "to": ("+862161234567",),
        "text": "您好，货物周五送到。\nKind regards",
        "language": "en",
    }
    return Send(**{**values, **changes})  # type: ignore[arg-type]  # a builder of mixed fields


def read(raw: bytes) -> ParsedMail:
    mail = parse_mail(raw)
    assert isinstance(mail, ParsedMail)
    return mail


async def read_later(channel: FaxChannel, door: FakeDoor) -> FileRead:
    """Do what the hub asks for with the newest fax once it is filed."""
    file = door.inbounds[-1].reads
    assert file is not None
    what = EffectFile(
        blob_id=file.blob_id,
        name=file.name,
        media_type=file.media_type,
        size_bytes=file.size_bytes,
    )
    effect = ReadFile(interaction_id=new_id(), file=what)
    assert await channel.perform("sales-fax", effect) == Done()
    report = door.reports[-1]
    assert isinstance(report, FileRead)
    assert report.interaction_id == effect.interaction_id
    return report


@pytest.mark.usefixtures("channel")
async def test_a_fax_is_accepted_before_anything_is_made_of_it(
    intake: MailIntake, door: FakeDoor
) -> None:
    await post(intake, raw_fax("hylafax_received"))
    (inbound,) = door.inbounds
    assert inbound.kind is InteractionKind.FAX
    assert (inbound.senders[0].kind, inbound.senders[0].value) == (IdentityKind.FAX, "02161234567")
    assert inbound.senders[0].name == "ACME KITCHENS"
    assert inbound.meta["pages"] == 2
    assert inbound.text == "Fax, 2 pages"
    assert not inbound.acknowledge
    (original,) = inbound.files
    assert inbound.reads is original
    assert original.name == "fax000000017.tif"


async def test_its_pages_and_previews_come_afterwards(
    channel: FaxChannel, intake: MailIntake, door: FakeDoor
) -> None:
    await post(intake, raw_fax("hylafax_received"))
    found = await read_later(channel, door)
    document, *pages = found.files
    assert (document.name, document.content_id) == ("fax000000017.pdf", "paged")
    assert [page.content_id for page in pages] == ["page:1", "page:2"]
    assert found.meta["pages"] == 2
    assert (await door.blobs.get(document.blob_id)).startswith(b"%PDF-")
    assert (await door.blobs.get(pages[0].blob_id)).startswith(b"\x89PNG")


async def test_words_on_the_page_can_be_searched(
    channel: FaxChannel, intake: MailIntake, door: FakeDoor
) -> None:
    if shutil.which("tesseract") is None:
        skip_missing("tesseract-ocr")
    await post(intake, raw_fax("hylafax_received"))
    found = await read_later(channel, door)
    assert "Purchase order" in found.text
    assert found.language == "en"
    told = [one for one in door.reports if isinstance(one, BeingRead)]
    assert [(one.before, one.page, one.of) for one in told] == [(0, 1, 2), (0, 2, 2)]


async def test_without_caller_id_the_number_on_the_page_says_who_it_is(
    channel: FaxChannel, intake: MailIntake, door: FakeDoor
) -> None:
    if shutil.which("tesseract") is None:
        skip_missing("tesseract-ocr")
    await post(intake, raw_fax("hylafax_received_no_caller"))
    assert door.inbounds[0].senders[0].value == ""
    found = await read_later(channel, door)
    assert found.sender is not None
    assert found.sender.value == "+862161234567"


async def test_a_broken_document_is_kept_without_a_preview(
    channel: FaxChannel, intake: MailIntake, door: FakeDoor
) -> None:
    await post(intake, raw_fax("broken_document"))
    (inbound,) = door.inbounds
    assert [file.name for file in inbound.files] == ["fax000000019.tif"]
    found = await read_later(channel, door)
    assert found.files == ()
    assert str(found.meta["no_preview"]).startswith("fax_unreadable: ")


@pytest.mark.usefixtures("channel")
async def test_the_same_fax_mail_twice_is_one_fax(intake: MailIntake, door: FakeDoor) -> None:
    await post(intake, raw_fax("efax_received"))
    await post(intake, raw_fax("efax_received"))
    assert len(door.inbounds) == 1


@pytest.mark.usefixtures("channel")
async def test_what_is_no_fax_waits_apart(intake: MailIntake, door: FakeDoor) -> None:
    await post(intake, raw_fax("advertising"))
    (inbound,) = door.inbounds
    assert inbound.quarantine_reason == "not_a_fax: It is not a mail of a fax gateway."


async def test_an_answer_is_faxed_and_its_result_lands_on_it(
    channel: FaxChannel, intake: MailIntake, door: FakeDoor, sink: SmtpSink
) -> None:
    send = a_send()
    outcome = await channel.perform("sales-fax", send)
    assert isinstance(outcome, Done)
    assert outcome.detail == "fax_handed_over: 1"
    (sunk,) = sink.mails
    assert sunk.recipients == ("862161234567@gateway.example",)
    mail = read(sunk.raw)
    (file,) = mail.files
    assert file.data.startswith(b"%PDF-")
    await post(intake, raw_fax("hylafax_done"))
    (report,) = door.reports
    assert isinstance(report, DeliveryReport)
    assert report.interaction_id == send.interaction_id
    assert (report.state, report.detail) == (DeliveryState.DELIVERED, "2 pages delivered")
    assert door.inbounds == []


async def test_a_tag_in_the_result_beats_the_number(
    channel: FaxChannel, intake: MailIntake, door: FakeDoor, sink: SmtpSink
) -> None:
    first, second = a_send(), a_send()
    await channel.perform("sales-fax", first)
    await channel.perform("sales-fax", second)
    tag = read(sink.mails[0].raw).subject.removeprefix("[Fax ").removesuffix("]")
    await post(intake, raw_fax("efax_sent").replace(b"@TAG@", tag.encode()))
    (report,) = door.reports
    assert isinstance(report, DeliveryReport)
    assert report.interaction_id == first.interaction_id


async def test_a_failure_is_told_with_the_gateways_reason(
    channel: FaxChannel, intake: MailIntake, door: FakeDoor
) -> None:
    await channel.perform("sales-fax", a_send())
    await post(intake, raw_fax("hylafax_requeued"))
    (waits,) = door.reports
    assert isinstance(waits, DeliveryReport)
    assert (waits.state, waits.delayed) == (DeliveryState.SENT, True)
    assert str(waits.detail).startswith("fax_retry_busy: ")
    await post(intake, raw_fax("hylafax_failed"))
    _, report = door.reports
    assert isinstance(report, DeliveryReport)
    assert report.state is DeliveryState.FAILED
    assert report.detail == "fax_busy: Busy signal detected; too many attempts to dial"


@pytest.mark.usefixtures("channel")
async def test_a_result_of_no_fax_of_ours_waits_apart(intake: MailIntake, door: FakeDoor) -> None:
    await post(intake, raw_fax("hylafax_done"))
    assert (
        door.inbounds[0].quarantine_reason
        == "unknown_fax: It is the result of a fax that is not known."
    )


async def test_attachments_become_pages(
    channel: FaxChannel, door: FakeDoor, sink: SmtpSink
) -> None:
    fax = read(raw_fax("efax_received")).files[0]
    blob = await door.blobs.put(fax.data)
    file = EffectFile(blob_id=blob.id, name="order.pdf", media_type="application/pdf", size_bytes=1)
    outcome = await channel.perform("sales-fax", a_send(files=(file,)))
    assert isinstance(outcome, Done)
    assert outcome.detail == "fax_handed_over: 2"
    assert len(sink.mails) == 1


async def test_what_cannot_be_faxed_is_told(channel: FaxChannel, door: FakeDoor) -> None:
    blob = await door.blobs.put(b"PK\x03\x04")
    file = EffectFile(
        blob_id=blob.id, name="offer.docx", media_type="application/zip", size_bytes=4
    )
    outcome = await channel.perform("sales-fax", a_send(files=(file,)))
    assert isinstance(outcome, Permanent)
    assert outcome.reason == "fax_file_kind: offer.docx"


async def test_a_sender_without_a_number_cannot_be_faxed(channel: FaxChannel) -> None:
    assert isinstance(await channel.perform("sales-fax", a_send(to=("",))), Permanent)
