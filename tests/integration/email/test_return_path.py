"""Plus addresses: our mails go out under them, answers and bounces come back to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from hub.channels.email import EmailChannel
from hub.contacts.effects import Done
from hub.contacts.inbound import UNKNOWN_SENDER, DeliveryReport
from hub.contacts.model import DeliveryState, InteractionKind
from hub.core.ids import new_id
from hub.testing.fake_door import FakeDoor
from hub.testing.mail import SmtpSink
from hub.vendors.mail.intake import MailIntake

from .conftest import POINT, mail_settings
from .test_in import a_send, post
from .test_out import read

# As a mail system tells it that returns nothing of ours, not even its Message-ID.
BARE = b"""From: MAILER-DAEMON@relay.example\r
To: %s\r
Subject: Undeliverable\r
Message-ID: <b1@relay.example>\r
\r
Your message to jane@example.com could not be delivered: 550 5.1.1 user unknown\r
"""
# One that gave our mail a Message-ID of its own on the way, and names that.
RENAMED = b"""From: MAILER-DAEMON@relay.example\r
To: %s\r
Subject: Undeliverable\r
Message-ID: <b2@relay.example>\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary=x\r
\r
--x\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; relay.example\r
\r
Final-Recipient: rfc822; jane@example.com\r
Action: failed\r
Status: 5.1.1\r
\r
--x\r
Content-Type: text/rfc822-headers\r
\r
Message-ID: <0102-renamed@relay.example>\r
\r
--x--\r
"""


# Of which nothing can be read: neither whose it is nor what became of it, in whatever language.
UNREAD = b"""From: Xyzzy <mailer-daemon@relay.example>\r
To: %s\r
Subject: Xyzzy plugh\r
Message-ID: <b3@relay.example>\r
\r
Plugh plover xyzzy.\r
"""


@pytest.fixture
async def tagging(
    door: FakeDoor, sink: SmtpSink, intake: MailIntake
) -> AsyncIterator[EmailChannel]:
    """A channel whose mail server takes `support+anything@`."""
    point = replace(POINT, settings={**POINT.settings, "plus_addressing": True})
    made = EmailChannel(door, [point], mail_settings(sink), intake, max_bytes=1_000_000)
    tasks = [asyncio.create_task(intake.run()), asyncio.create_task(made.run())]
    yield made
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def return_path(channel: EmailChannel, sink: SmtpSink, conversation_id: str) -> str:
    """Send an answer; return the address of its envelope."""
    assert isinstance(await channel.perform("support-mail", a_send(conversation_id)), Done)
    sunk = sink.mails[-1]
    assert sunk.sender.startswith("support+")
    assert [address.email for address in read(sunk.raw).reply_to] == [sunk.sender]
    return sunk.sender


async def test_an_answer_to_our_address_proves_its_conversation_by_that_alone(
    tagging: EmailChannel, intake: MailIntake, door: FakeDoor, sink: SmtpSink
) -> None:
    conversation_id = new_id()
    tagged = await return_path(tagging, sink, conversation_id)
    raw = b"From: somebody.else@example.com\r\nSubject: Re: order\r\n\r\nThank you.\r\n"
    await post(intake, raw, recipient=tagged)
    assert door.inbounds[0].conversation_id == conversation_id


@pytest.mark.parametrize("bounce", [BARE, RENAMED], ids=["names no id", "names another id"])
async def test_a_bounce_is_known_by_the_return_path_it_comes_by(
    bounce: bytes, tagging: EmailChannel, intake: MailIntake, door: FakeDoor, sink: SmtpSink
) -> None:
    conversation_id = new_id()
    tagged = await return_path(tagging, sink, conversation_id)
    await post(intake, bounce % tagged.encode(), recipient=tagged)
    [report] = door.reports
    assert isinstance(report, DeliveryReport)
    assert (report.interaction_id, report.conversation_id) == (None, conversation_id)
    assert (report.state, report.bad_address) == (DeliveryState.FAILED, True)
    assert report.recipient == "jane@example.com"
    assert door.inbounds[0].conversation_id == conversation_id
    assert door.inbounds[0].internal


async def test_a_bounce_of_which_nothing_can_be_read_is_a_line_where_its_return_path_leads(
    tagging: EmailChannel, intake: MailIntake, door: FakeDoor, sink: SmtpSink
) -> None:
    conversation_id = new_id()
    tagged = await return_path(tagging, sink, conversation_id)
    await post(intake, UNREAD % tagged.encode(), recipient=tagged)
    assert door.reports == []
    [inbound] = door.inbounds
    assert (inbound.conversation_id, inbound.kind) == (conversation_id, InteractionKind.SYSTEM)
    assert (inbound.internal, inbound.queues, inbound.quarantine_reason) == (True, False, None)
    assert inbound.senders == (UNKNOWN_SENDER,)
    assert inbound.meta["code"] == "bounce_unread"
    assert inbound.meta["sender"] == "mailer-daemon@relay.example"


async def test_a_bounce_of_which_nothing_can_be_read_waits_apart_where_no_path_leads_anywhere(
    tagging: EmailChannel, intake: MailIntake, door: FakeDoor
) -> None:
    await post(intake, UNREAD % b"support@shop.example")
    [inbound] = door.inbounds
    assert inbound.quarantine_reason == "bounce_unread: mailer-daemon@relay.example"
    assert (inbound.conversation_id, inbound.queues, inbound.acknowledge) == (None, False, False)
    assert inbound.raw_blob_id is not None
