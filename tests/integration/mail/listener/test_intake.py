from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosmtplib
import pytest

from hub.core.errors import Invalid, TooLarge, Unavailable
from hub.vendors.mail.intake import IncomingMail, MailIntake

RAW = b"From: a@b.c\r\nTo: support@shop.example\r\n\r\nhello\r\n"


class Box:
    """Takes mail; raises `fault` instead while it is set."""

    def __init__(self) -> None:
        self.mails: list[IncomingMail] = []
        self.fault: Exception | None = None

    async def deliver(self, mail: IncomingMail) -> None:
        if self.fault is not None:
            raise self.fault
        self.mails.append(mail)


@pytest.fixture
def support() -> Box:
    return Box()


@pytest.fixture
def fax() -> Box:
    return Box()


@pytest.fixture
async def intake(support: Box, fax: Box) -> AsyncIterator[MailIntake]:
    listener = MailIntake(socket.create_server(("127.0.0.1", 0)), max_bytes=100_000)
    listener.register("support@shop.example", support.deliver)
    listener.register("fax@shop.example", fax.deliver)
    task = asyncio.create_task(listener.run())
    yield listener
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def send(intake: MailIntake, *recipients: str, raw: bytes = RAW) -> None:
    await aiosmtplib.send(
        raw,
        sender="a@b.c",
        recipients=list(recipients),
        hostname="127.0.0.1",
        port=intake.port,
        start_tls=False,
        local_hostname="client.test",
    )


async def test_the_recipient_decides_who_gets_it(
    intake: MailIntake, support: Box, fax: Box
) -> None:
    await send(intake, "Support@shop.example")
    await send(intake, "fax+job7@shop.example")
    assert [mail.recipient for mail in support.mails] == ["Support@shop.example"]
    assert [mail.recipient for mail in fax.mails] == ["fax+job7@shop.example"]
    assert support.mails[0].raw == RAW
    assert support.mails[0].sender == "a@b.c"


async def test_an_entry_point_addressed_twice_gets_one_copy(
    intake: MailIntake, support: Box, fax: Box
) -> None:
    await send(intake, "support@shop.example", "support+x@shop.example", "fax@shop.example")
    assert (len(support.mails), len(fax.mails)) == (1, 1)


async def test_a_bounce_with_the_null_sender_is_taken(intake: MailIntake, support: Box) -> None:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=intake.port, start_tls=False)
    async with client:
        await client.mail("")
        await client.rcpt("support@shop.example")
        await client.data(RAW)
    assert support.mails[0].sender == ""


async def test_an_unknown_recipient_is_refused_for_good(intake: MailIntake) -> None:
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await send(intake, "nobody@shop.example")
    assert refused.value.recipients[0].code == 550


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Unavailable("the database is stopped"), 451),
        (RuntimeError("a bug"), 451),
        (TooLarge("too large"), 552),
    ],
)
async def test_what_was_not_stored_is_never_acknowledged(
    intake: MailIntake, support: Box, fault: Exception, code: int
) -> None:
    support.fault = fault
    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await send(intake, "support@shop.example")
    assert refused.value.code == code


async def test_a_mail_above_the_limit_is_refused(intake: MailIntake, support: Box) -> None:
    with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
        await send(intake, "support@shop.example", raw=RAW + b"x" * 70 + b"\r\n" * 100_000)
    assert refused.value.code == 552
    assert support.mails == []


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b".",
        b"..\r\n.x\r\n",
        b"\r\n.\n.\r\n\r\r\n",
        RAW + b"y" * 99_000,
        b"\r\n" * 49_000,
    ],
)
async def test_bytes_are_kept_as_they_were_sent(
    intake: MailIntake, support: Box, mail: bytes
) -> None:
    """With the next command right behind the mail (RFC 2920)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", intake.port)
    writer.write(b"EHLO x\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<support@shop.example>\r\nDATA\r\n")
    await reader.readuntil(b"354 End")
    lines = mail.split(b"\r\n")
    sent = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)
    sent = sent if not sent or sent.endswith(b"\r\n") else sent + b"\r\n"
    writer.write(sent + b".\r\nQUIT\r\n")
    answers = await reader.read()
    assert b"250 2.0.0" in answers
    assert b"\r\n221 " in answers
    assert support.mails[0].raw.removesuffix(b"\r\n") == mail.removesuffix(b"\r\n")
    writer.close()


async def test_an_address_that_is_taken_away_amid_a_mail_is_not_said_to_be_stored(
    intake: MailIntake, support: Box
) -> None:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=intake.port, start_tls=False)
    async with client:
        await client.mail("a@b.c")
        await client.rcpt("support@shop.example")
        intake.unregister("support@shop.example")
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await client.data(RAW)
    assert refused.value.code == 450
    assert support.mails == []


async def test_commands_hold_nothing_of_the_room_for_mails(support: Box) -> None:
    intake = MailIntake(
        socket.create_server(("127.0.0.1", 0)), max_bytes=100_000, held_bytes=100_000
    )
    intake.register("support@shop.example", support.deliver)
    running = asyncio.create_task(intake.run())
    reader, writer = await asyncio.open_connection("127.0.0.1", intake.port)
    writer.write(b"EHLO x\r\n")
    for _ in range(30):
        writer.write(b"NOOP " + b"x" * 5_000 + b"\r\n")
        await reader.readuntil(b"500 Command line too long\r\n")
    await send(intake, "support@shop.example")
    assert len(support.mails) == 1
    writer.close()
    running.cancel()


async def test_lines_longer_than_the_standard_are_taken(intake: MailIntake, support: Box) -> None:
    raw = RAW + b"y" * 50_000 + b"\r\n"
    await send(intake, "support@shop.example", raw=raw)
    assert support.mails[0].raw == raw


async def test_a_flood_without_end_is_cut_off(intake: MailIntake) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", intake.port)
    writer.write(b"EHLO x\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<support@shop.example>\r\nDATA\r\n")
    with pytest.raises(ConnectionError):
        await _flood(writer)
    writer.close()


async def _flood(writer: asyncio.StreamWriter) -> None:
    for _ in range(400):
        writer.write(b"z" * 65_536)
        await writer.drain()


async def test_two_owners_of_one_address_are_a_mistake(intake: MailIntake, fax: Box) -> None:
    with pytest.raises(Invalid, match="one owner"):
        intake.register("SUPPORT@shop.example", fax.deliver)


async def talk(port: int, *lines: bytes, answers: int) -> list[bytes]:
    """Send `lines` in one go, as who pipelines does; return the final lines of so many answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"".join(line + b"\r\n" for line in lines))
    told: list[bytes] = []
    async with asyncio.timeout(30):
        while len(told) < answers + 1:  # and the greeting
            line = await reader.readline()
            if not line:
                break
            if line[3:4] != b"-":
                told.append(line)
    writer.close()
    return told[1:]


SUPPORT, FAX = b"RCPT TO:<support@shop.example>", b"RCPT TO:<fax@shop.example>"
MAIL = [*RAW.split(b"\r\n")[:-1], b"."]


async def test_by_lmtp_each_recipient_is_answered_by_itself(
    intake: MailIntake, support: Box, fax: Box
) -> None:
    fax.fault = Unavailable("no room for pages")
    told = await talk(
        intake.port, b"LHLO mx", b"MAIL FROM:<a@b.c>", SUPPORT, FAX, b"DATA", *MAIL, b"NOOP",
        answers=8,
    )  # fmt: skip
    assert [line[:3] for line in told] == [
        b"250", b"250", b"250", b"250", b"354", b"250", b"451", b"250"
    ]  # fmt: skip
    assert [mail.raw for mail in support.mails] == [RAW]


async def test_by_lmtp_a_mail_above_the_limit_is_refused_for_each_recipient(
    intake: MailIntake,
) -> None:
    told = await talk(
        intake.port, b"LHLO mx", b"MAIL FROM:<a@b.c>", SUPPORT, FAX, b"DATA",
        *[b"x" * 900] * 150, b".", b"NOOP", answers=8,
    )  # fmt: skip
    assert [line[:3] for line in told[4:]] == [b"354", b"552", b"552", b"250"]


async def test_by_smtp_there_is_one_answer_and_the_extensions_are_named(
    intake: MailIntake, support: Box
) -> None:
    told = await talk(
        intake.port, b"EHLO mx", b"MAIL FROM:<a@b.c> BODY=8BITMIME SMTPUTF8", SUPPORT, FAX,
        b"DATA", b"Subject: \xe4\xbd\xa0\xe5\xa5\xbd", b"", b".", b"NOOP", answers=7,
    )  # fmt: skip
    assert [line[:3] for line in told] == [b"250"] * 4 + [b"354", b"250", b"250"]
    assert support.mails[0].raw == "Subject: 你好\r\n\r\n".encode()
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=intake.port, start_tls=False) as client:
        await client.ehlo()
        named = ("pipelining", "8bitmime", "smtputf8", "size", "enhancedstatuscodes")
        assert [name for name in named if not client.supports_extension(name)] == []


async def test_the_hundred_and_first_recipient_goes_in_the_next_transaction(
    intake: MailIntake, support: Box
) -> None:
    many = [b"RCPT TO:<support+%d@shop.example>" % number for number in range(102)]
    told = await talk(intake.port, b"EHLO mx", b"MAIL FROM:<a@b.c>", *many, answers=104)
    assert [line[:3] for line in told[2:]] == [b"250"] * 100 + [b"452"] * 2


@asynccontextmanager
async def listening(
    support: Box, *, per_minute: int = 0, held_bytes: int = 1 << 28
) -> AsyncIterator[MailIntake]:
    bound = socket.create_server(("127.0.0.1", 0))
    listener = MailIntake(bound, max_bytes=100_000, per_minute=per_minute, held_bytes=held_bytes)
    listener.register("support@shop.example", support.deliver)
    task = asyncio.create_task(listener.run())
    yield listener
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_who_sends_too_many_in_a_minute_is_asked_to_come_later(support: Box) -> None:
    async with listening(support, per_minute=2) as intake:
        for _ in range(2):
            await send(intake, "support@shop.example")
        with pytest.raises(aiosmtplib.SMTPSenderRefused) as refused:
            await send(intake, "support@shop.example")
        assert refused.value.code == 450
    assert len(support.mails) == 2


async def test_more_mail_at_once_than_there_is_room_for_comes_later(support: Box) -> None:
    begin = (b"EHLO mx", b"MAIL FROM:<a@b.c>", SUPPORT, b"DATA")
    async with listening(support, held_bytes=60_000) as intake:
        _, first = await asyncio.open_connection("127.0.0.1", intake.port)
        first.write(b"\r\n".join((*begin, b"z" * 40_000)))  # and no end yet
        await first.drain()
        await send(intake, "support@shop.example")  # a small one beside it is taken
        told = await talk(intake.port, *begin, b"z" * 40_000, b".", answers=9)
        assert told[-1].startswith(b"421 4.3.1")
        first.close()
        await first.wait_closed()
        await send(intake, "support@shop.example", raw=RAW + b"z" * 40_000 + b"\r\n")
    assert len(support.mails) == 2


async def test_one_peer_does_not_hold_all_connections(intake: MailIntake) -> None:
    held = [await asyncio.open_connection("127.0.0.1", intake.port) for _ in range(101)]
    greetings = [await reader.readline() for reader, _ in held]
    assert [line[:3] for line in greetings] == [b"220"] * 100 + [b"421"]
    for _, writer in held:
        writer.close()
