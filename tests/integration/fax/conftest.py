"""A fax channel on a real store with a door without a hub, its intake, and an SMTP server to send
by."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from hub.channels.base import EntryPoint
from hub.channels.fax import FaxChannel
from hub.contacts.model import Channel
from hub.settings import Mail, Mailbox, MailServer
from hub.storage import DirectoryBlobs, Store
from hub.testing.clock import ManualClock
from hub.testing.fake_door import FakeDoor
from hub.testing.mail import SmtpSink
from hub.vendors.mail.intake import MailIntake

POINT = EntryPoint(
    id="sales-fax",
    channel=Channel.FAX,
    address="+862188880000",
    queue_id="sales",
    language="en",
    settings={
        "mail_address": "fax@shop.example",
        "reply_to": "{number}@gateway.example",
        "time_zone": "Asia/Shanghai",
    },
    display_name="Shop Sales",
)


@pytest.fixture
def door(store: Store, blobs: DirectoryBlobs, clock: ManualClock) -> FakeDoor:
    return FakeDoor(store, blobs, clock)


@pytest.fixture
async def sink() -> AsyncIterator[SmtpSink]:
    async with SmtpSink() as opened:
        yield opened


@pytest.fixture
def intake() -> MailIntake:
    return MailIntake(socket.create_server(("127.0.0.1", 0)), max_bytes=5_000_000)


@pytest.fixture
async def channel(door: FakeDoor, sink: SmtpSink, intake: MailIntake) -> AsyncIterator[FaxChannel]:
    smtp = MailServer(host="127.0.0.1", port=sink.port, tls="none")
    mail = Mail(poll_s=1, mailboxes=(Mailbox(entry_point=POINT.id, smtp=smtp),))
    made = FaxChannel(door, [POINT], mail, intake, max_bytes=5_000_000)
    tasks = [asyncio.create_task(intake.run()), asyncio.create_task(made.run())]
    yield made
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
