"""An email channel on a real store with a door without a hub, and real mail servers around it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from hub.channels.base import EntryPoint
from hub.channels.email import EmailChannel
from hub.contacts.model import Channel
from hub.settings import Mail, Mailbox, MailServer, Secret
from hub.storage import DirectoryBlobs, Store
from hub.testing.clock import ManualClock
from hub.testing.fake_door import FakeDoor
from hub.testing.mail import PASSWORD, DovecotMissing, PrivateDovecot, SmtpSink
from hub.vendors.mail.intake import MailIntake
from tests.conftest import skip_missing

POINT = EntryPoint(
    id="support-mail",
    channel=Channel.EMAIL,
    address="support@shop.example",
    queue_id="support",
    language="en",
    settings={"aliases": ["help@shop.example"], "time_zone": "Asia/Shanghai"},
    display_name="Shop Support",
)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[PrivateDovecot]:
    try:
        server = PrivateDovecot()
    except DovecotMissing as missing:
        skip_missing(str(missing))
    with server:
        yield server


@pytest.fixture
async def sink() -> AsyncIterator[SmtpSink]:
    async with SmtpSink() as opened:
        yield opened


@pytest.fixture
def door(store: Store, blobs: DirectoryBlobs, clock: ManualClock) -> FakeDoor:
    return FakeDoor(store, blobs, clock)


@pytest.fixture
def intake() -> MailIntake:
    return MailIntake(socket.create_server(("127.0.0.1", 0)), max_bytes=1_000_000)


def mail_settings(
    sink: SmtpSink,
    imap: PrivateDovecot | None = None,
    user: str = "",
    check_limit_s: float = 30.0,
) -> Mail:
    reading = MailServer()
    if imap is not None:
        reading = MailServer(
            host="127.0.0.1", port=imap.port, tls="none", user=user, password=Secret(PASSWORD)
        )
    return Mail(
        poll_s=1,
        check_limit_s=check_limit_s,
        mailboxes=(
            Mailbox(
                entry_point=POINT.id,
                imap=reading,
                smtp=MailServer(host="127.0.0.1", port=sink.port, tls="none"),
                processed_folder="Processed" if user.startswith("moving") else "",
            ),
        ),
    )


@pytest.fixture
async def channel(
    door: FakeDoor, sink: SmtpSink, intake: MailIntake
) -> AsyncIterator[EmailChannel]:
    """The channel with its SMTP intake running and an SMTP server to send by."""
    made = EmailChannel(door, [POINT], mail_settings(sink), intake, max_bytes=1_000_000)
    tasks = [asyncio.create_task(intake.run()), asyncio.create_task(made.run())]
    yield made
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
