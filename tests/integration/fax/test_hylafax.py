"""Faxes and results as HylaFAX's own `faxrcvd` and `notify` mail them, made in the test.

Where its scripts cannot be had, the captured mails of tests/fixtures/fax are what is read.
"""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image, TiffImagePlugin

from hub.channels.fax import FaxChannel
from hub.channels.fax.reading import FaxResult, ReceivedFax, read_fax_mail
from hub.channels.fax.settings import FaxSettings
from hub.contacts.effects import Done
from hub.contacts.inbound import DeliveryReport, IdentityKind
from hub.contacts.model import DeliveryState
from hub.testing.fake_door import FakeDoor
from hub.testing.hylafax import HylaFaxMissing, PrivateHylaFax
from hub.testing.mail import SmtpSink
from hub.vendors.mail.intake import MailIntake
from hub.vendors.mail.model import ParsedMail
from hub.vendors.mail.parse import parse_mail

from .test_fax import a_send, post, read, read_later


@pytest.fixture
def hylafax(tmp_path: Path) -> PrivateHylaFax:
    try:
        return PrivateHylaFax(tmp_path / "spool", "fax@shop.example")
    except HylaFaxMissing:
        # It is fetched for every clean checkout, so unlike installed parts it may be out of reach.
        pytest.skip("missing part: hylafax-server (its scripts; captured mails are read instead)")


def a_fax(pages: int, station: str) -> bytes:
    """Return what a modem leaves: a G4 TIFF with the sending machine's name and the time."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270], tags[306] = station, "2026:03:10 11:58:43"
    first, *others = (Image.new("1", (1728, 400), 1) for _ in range(pages))
    output = io.BytesIO()
    first.save(
        output,
        "TIFF",
        compression="group4",
        dpi=(204, 196),
        save_all=True,
        append_images=others,
        tiffinfo=tags,
    )
    return output.getvalue()


async def test_what_faxrcvd_mails_is_a_fax_of_its_caller_with_its_pages(
    channel: FaxChannel, intake: MailIntake, door: FakeDoor, hylafax: PrivateHylaFax
) -> None:
    document = a_fax(2, "ACME KITCHENS")
    raw = await asyncio.to_thread(hylafax.receive, document, "02161234567", "ACME")
    await post(intake, raw)
    (inbound,) = door.inbounds
    (sender,) = inbound.senders
    assert (sender.kind, sender.value) == (IdentityKind.FAX, "02161234567")
    assert sender.name == "ACME KITCHENS"
    assert inbound.meta["pages"] == 2
    assert inbound.reads is not None
    assert await door.blobs.get(inbound.reads.blob_id) == document
    found = await read_later(channel, door)
    assert [page.content_id for page in found.files] == ["paged", "page:1", "page:2"]


async def test_what_notify_mails_lands_on_the_answer_whose_tag_its_job_has(
    channel: FaxChannel,
    intake: MailIntake,
    door: FakeDoor,
    sink: SmtpSink,
    hylafax: PrivateHylaFax,
) -> None:
    first, second = a_send(), a_send()  # to one number: only the tag tells them apart
    for send in (first, second):
        assert isinstance(await channel.perform("sales-fax", send), Done)
    tags = [
        read(sunk.raw).subject.removeprefix("[Fax ").removesuffix("]")
        for sunk in await sink.wait_for(2)
    ]

    async def tell(why: str, tag: str, status: str = "") -> None:
        raw = await asyncio.to_thread(hylafax.notify, why, tag, "02161234567", 1, status)
        await post(intake, raw)

    await tell("requeued", tags[0], "No carrier detected")
    (waits,) = door.reports  # known, and not lost yet
    assert isinstance(waits, DeliveryReport)
    assert (waits.interaction_id, waits.state) == (first.interaction_id, DeliveryState.SENT)
    assert str(waits.detail).startswith("fax_retry: No carrier detected")
    await tell("failed", tags[0], "No answer from remote; too many attempts to dial")
    await tell("done", tags[1])
    _, lost, arrived = door.reports
    assert isinstance(lost, DeliveryReport)
    assert isinstance(arrived, DeliveryReport)
    assert (lost.interaction_id, lost.state) == (first.interaction_id, DeliveryState.FAILED)
    assert str(lost.detail).startswith("fax_no_answer: No answer from remote")
    assert (arrived.interaction_id, arrived.state) == (
        second.interaction_id,
        DeliveryState.DELIVERED,
    )
    assert door.inbounds == []


LANGUAGES = ["de", "es", "fr", "it", "pl", "pt", "pt_BR", "ro"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_faxrcvd_mails_in_its_other_languages_says_who_and_when(
    hylafax: PrivateHylaFax, language: str
) -> None:
    raw = hylafax.receive(a_fax(2, "ACME KITCHENS"), "02161234567", "ACME", language=language)
    mail = parse_mail(raw)
    assert isinstance(mail, ParsedMail)
    assert "Received:" not in mail.text  # it is in that language
    fax = read_fax_mail(mail, FaxSettings(time_zone="Asia/Shanghai"))
    assert isinstance(fax, ReceivedFax)
    assert (fax.gateway, fax.caller, fax.pages) == ("hylafax", "02161234567", 2)
    assert fax.station == "ACME KITCHENS"
    assert fax.at == datetime(2026, 3, 10, 3, 58, 43, tzinfo=UTC)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_notify_mails_in_its_other_languages_is_a_result(
    hylafax: PrivateHylaFax, language: str
) -> None:
    told = {}
    for why in ("done", "failed", "rejected", "removed", "blocked", "requeued"):
        raw = hylafax.notify(why, "HUB-tag", "02161234567", 2, "Busy signal", language)
        mail = parse_mail(raw)
        assert isinstance(mail, ParsedMail)
        read = read_fax_mail(mail, FaxSettings())
        assert isinstance(read, FaxResult), (why, mail.subject)
        told[why] = (read.gateway, read.delivered)
        if "02161234567" in mail.text:  # two of the Romanian ones do not name it
            assert read.number == "02161234567", (why, mail.text)
        if why in ("failed", "rejected", "requeued"):
            assert read.reason == "Busy signal", (why, mail.text)
    assert told.pop("done") == ("hylafax", True)
    assert told.pop("requeued") == ("hylafax", None)
    assert set(told.values()) == {("hylafax", False)}
