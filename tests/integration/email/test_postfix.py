"""With a real mail server in front and behind: Postfix's own queue, tries, limits and reports."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator

import aiosmtplib
import pytest
from sqlalchemy import select

from hub.channels.email import EmailChannel
from hub.channels.mailbox.tables import raw_mails
from hub.contacts.effects import Done, EffectFile, Permanent, Reached
from hub.core.errors import Unavailable
from hub.core.ids import new_id
from hub.settings import Mail, Mailbox, MailServer
from hub.storage import Tx
from hub.testing.fake_door import FakeDoor
from hub.testing.mail import SmtpSink
from hub.testing.postfix import PostfixMissing, PrivatePostfix, Route
from hub.vendors.mail.intake import IncomingMail, MailIntake
from hub.vendors.mail.parse import parse_mail
from tests.conftest import skip_missing
from tests.unit.mail.samples import raw_mail

from .conftest import POINT
from .test_disk_full import full_database, full_files
from .test_imap import until as until_in_time
from .test_in import a_send

_OURS = 24 << 20  # bytes of the largest mail that the hub takes, and Postfix of the hub
_SUPPORT = "support@shop.example"

# Of tests in which the database plays no part.
_ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Serve = Callable[..., PrivatePostfix]


async def until(condition: Callable[[], bool]) -> None:
    """A minute for what takes seconds: Postfix shares the machine with the other tests."""
    await until_in_time(condition, timeout_s=60)


@pytest.fixture
def intake() -> Iterator[MailIntake]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield MailIntake(listener, max_bytes=_OURS)


@pytest.fixture
def serve(intake: MailIntake, sink: SmtpSink) -> Iterator[Serve]:
    """Start a Postfix that has mail for the hub's domain by this protocol; all else to the sink."""
    started: list[PrivatePostfix] = []

    def start(protocol: str = "lmtp", size_limit: int = 50 << 20, port: int = 0) -> PrivatePostfix:
        route = Route("shop.example", protocol, port or intake.port)
        try:
            server = PrivatePostfix(route, world_port=sink.port, size_limit=size_limit)
        except PostfixMissing as missing:
            skip_missing(str(missing))
        started.append(server.__enter__())
        return server

    yield start
    for server in started:
        server.__exit__(None, None, None)


@pytest.fixture
async def channel(door: FakeDoor, intake: MailIntake) -> AsyncIterator[EmailChannel]:
    made = EmailChannel(door, [POINT], Mail(), intake, max_bytes=_OURS)
    tasks = [asyncio.create_task(intake.run()), asyncio.create_task(made.run())]
    yield made
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def hand_in(
    server: PrivatePostfix, raw: bytes, *recipients: str, sender: str = "jane@customer.test"
) -> None:
    """A customer's program gives Postfix a mail."""
    await aiosmtplib.send(
        raw,
        sender=sender,
        recipients=list(recipients or (_SUPPORT,)),
        hostname="127.0.0.1",
        port=server.port,
        start_tls=False,
    )


async def envelopes(door: FakeDoor) -> list[tuple[str, str, str]]:
    def read(tx: Tx, _: None) -> list[tuple[str, str, str]]:
        found = select(raw_mails.c.mail_from, raw_mails.c.recipient, raw_mails.c.state)
        return [tuple(row) for row in tx.execute(found)]

    return await door.store.read(read, None)


@pytest.mark.usefixtures("channel")
@_ONE_DATABASE
@pytest.mark.parametrize("protocol", ["lmtp", "smtp"])
async def test_it_delivers_envelope_and_bytes_as_they_are(
    serve: Serve, door: FakeDoor, protocol: str
) -> None:
    server = serve(protocol)
    path, _, raw = raw_mail("plain_english").partition(b"\r\n")
    assert path.startswith(b"Return-Path:")  # which Postfix takes away, as it should
    tagged = "support+c-17@shop.example"
    sender = "bounces+jane=customer.test@lists.test"
    await hand_in(server, raw, tagged, sender=sender)
    await until(lambda: len(door.inbounds) == 1 and server.waiting() == 0)
    [inbound] = door.inbounds
    kept = await door.blobs.get(inbound.raw_blob_id or "")
    assert kept.endswith(raw)
    assert b"by mx.relay.test (Postfix)" in kept[: -len(raw)]
    assert await envelopes(door) == [(sender, tagged, "filed")]


@pytest.mark.usefixtures("channel")
@pytest.mark.parametrize(
    ("database_url", "protocol", "where"),
    [
        ("sqlite", "lmtp", "database"),
        ("sqlite", "smtp", "files"),
        ("postgresql", "smtp", "database"),
    ],
    indirect=["database_url"],
)
async def test_what_cannot_be_stored_waits_in_its_queue_until_it_is_filed_once(
    serve: Serve, door: FakeDoor, monkeypatch: pytest.MonkeyPatch, protocol: str, where: str
) -> None:
    server = serve(protocol)
    full = full_database(door.store) if where == "database" else full_files(monkeypatch)
    before = len(await envelopes(door))
    async with full:
        filler = len(await envelopes(door)) - before
        await hand_in(server, raw_mail("plain_english"))
        await until(lambda: server.log().count("said: 451 4.3.0") == 2)
        assert server.waiting() > 0
        assert door.inbounds == []
    await until(lambda: door.inbounds != [] and server.waiting() == 0)
    assert len(door.inbounds) == 1
    assert len(await envelopes(door)) == filler + 1
    assert "status=bounced" not in server.log()


@pytest.mark.usefixtures("channel")
@pytest.mark.parametrize(
    ("database_url", "protocol"),
    [("sqlite", "lmtp"), ("postgresql", "smtp")],
    indirect=["database_url"],
)
async def test_what_was_stored_and_its_answer_lost_comes_again_and_is_filed_once(
    serve: Serve, door: FakeDoor, intake: MailIntake, protocol: str
) -> None:
    cut = 0

    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass everything on both ways, and cut the line before the first "stored"."""
        nonlocal cut
        from_hub, to_hub = await asyncio.open_connection("127.0.0.1", intake.port)

        async def onwards() -> None:
            while piece := await reader.read(65_536):
                to_hub.write(piece)
            to_hub.close()

        sending = asyncio.create_task(onwards())
        while answer := await from_hub.readline():
            if b"stored" in answer and cut == 0:
                cut += 1
                writer.transport.abort()
                break
            writer.write(answer)
        sending.cancel()
        to_hub.close()
        writer.close()

    async with await asyncio.start_server(between, "127.0.0.1", 0) as line:
        server = serve(protocol, port=line.sockets[0].getsockname()[1])
        await hand_in(server, raw_mail("plain_english"))
        await until(lambda: "status=sent" in server.log() and server.waiting() == 0)
    assert (cut, server.log().count("status=deferred")) == (1, 1)
    assert len(door.inbounds) == 1
    assert [state for *_, state in await envelopes(door)] == ["filed"]


@pytest.mark.usefixtures("channel")
@_ONE_DATABASE
async def test_of_two_recipients_only_who_could_not_be_served_is_tried_again(
    serve: Serve, door: FakeDoor, intake: MailIntake
) -> None:
    """RFC 2033: by LMTP each has an answer after the data."""
    came: list[str] = []

    async def busy_once(mail: IncomingMail) -> None:
        came.append(mail.recipient)
        if len(came) == 1:
            raise Unavailable("not now")

    intake.register("sales@shop.example", busy_once)
    server = serve("lmtp")
    await hand_in(server, raw_mail("plain_english"), _SUPPORT, "sales@shop.example")
    await until(lambda: server.waiting() == 0 and len(came) == 2)
    assert len(door.inbounds) == 1
    assert server.log().count(f"to=<{_SUPPORT}>") == 1


@pytest.mark.usefixtures("channel")
@_ONE_DATABASE
@pytest.mark.parametrize("protocol", ["lmtp", "smtp"])
async def test_of_two_recipients_the_one_that_is_none_is_told_to_the_sender(
    serve: Serve, door: FakeDoor, sink: SmtpSink, protocol: str
) -> None:
    server = serve(protocol)
    await hand_in(server, raw_mail("plain_english"), _SUPPORT, "nobody@shop.example")
    [told] = await sink.wait_for(1)
    await until(lambda: len(door.inbounds) == 1 and server.waiting() == 0)
    assert (told.sender, told.recipients) == ("", ("jane@customer.test",))
    assert b"550 5.1.1 There is no such address here" in told.raw
    assert b"Final-Recipient: rfc822; nobody@shop.example" in told.raw
    assert b"Final-Recipient: rfc822; support" not in told.raw


def large(size_bytes: int) -> bytes:
    """Return a mail with a file, of about this size."""
    head = (
        f"From: jane@customer.test\r\nTo: {_SUPPORT}\r\nSubject: The plans\r\n"
        f"Message-ID: <{new_id()}@customer.test>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n"
        'Content-Disposition: attachment; filename="plans.zip"\r\n\r\n'
    )
    return head.encode() + (b"A" * 76 + b"\r\n") * (size_bytes // 78)


@pytest.mark.usefixtures("channel")
@_ONE_DATABASE
async def test_a_mail_above_our_limit_goes_back_and_one_below_comes_in(
    serve: Serve, door: FakeDoor, sink: SmtpSink
) -> None:
    server = serve("smtp")
    too_large, fits = large(26 << 20), large(22 << 20)
    assert len(too_large) > 25 << 20
    assert 20 << 20 < len(fits) < _OURS
    await hand_in(server, too_large)
    [told] = await sink.wait_for(1)
    assert told.recipients == ("jane@customer.test",)
    assert b"Status: 5.3.4" in told.raw
    assert door.inbounds == []
    await hand_in(server, fits)
    await until(lambda: len(door.inbounds) == 1 and server.waiting() == 0)
    [file] = door.inbounds[0].files
    assert file.name == "plans.zip"
    assert len(sink.mails) == 1


def by(server: PrivatePostfix, door: FakeDoor) -> EmailChannel:
    """A channel that sends by this server."""
    smtp = MailServer(host="127.0.0.1", port=server.port, tls="none")
    mail = Mail(mailboxes=(Mailbox(entry_point=POINT.id, smtp=smtp),))
    return EmailChannel(door, [POINT], mail, None, max_bytes=_OURS)


@_ONE_DATABASE
async def test_what_is_sent_by_it_arrives_but_for_whom_it_does_not_know(
    serve: Serve, door: FakeDoor, sink: SmtpSink
) -> None:
    send = a_send(new_id(), to=("jane@relay.test",), cc=("nobody@relay.test",))
    outcome = await by(serve(), door).perform(POINT.id, send)
    [mail] = await sink.wait_for(1)
    assert mail.recipients == ("jane@relay.test",)
    assert isinstance(outcome, Done)
    fates = {fate.address: fate for fate in outcome.fates}
    assert fates["jane@relay.test"].state is Reached.SENT
    assert fates["nobody@relay.test"].state is Reached.FAILED
    assert fates["nobody@relay.test"].bad_address
    assert "User unknown in local recipient table" in fates["nobody@relay.test"].detail


@_ONE_DATABASE
async def test_what_is_larger_than_it_takes_is_told_at_once(
    serve: Serve, door: FakeDoor, sink: SmtpSink
) -> None:
    blob = await door.blobs.put(bytes(19 << 20))
    file = EffectFile(blob_id=blob.id, name="p.zip", media_type="application/zip", size_bytes=1)
    send = a_send(new_id(), to=("jane@relay.test",), files=(file,))
    server = serve(size_limit=_OURS)
    outcome = await by(server, door).perform(POINT.id, send)
    assert isinstance(outcome, Permanent)
    assert "552 5.3.4 Message size exceeds fixed limit" in outcome.reason
    assert (sink.mails, server.waiting()) == ([], 0)


@_ONE_DATABASE
async def test_a_line_that_begins_with_a_dot_and_long_ones_arrive_as_they_were(
    serve: Serve, door: FakeDoor, sink: SmtpSink
) -> None:
    text = "...\n.\n" + "a long line " * 200 + "and\n.end"  # ASCII: base64 has no dots
    await by(serve(), door).perform(POINT.id, a_send(new_id(), text=text))
    [mail] = await sink.wait_for(1)
    parsed = parse_mail(mail.raw)
    assert not hasattr(parsed, "code")
    assert getattr(parsed, "text", "").replace("\r\n", "\n").strip() == text
