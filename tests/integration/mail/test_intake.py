from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import aiosmtplib
import pytest

from hub.core.errors import TooLarge, Unavailable
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
    with pytest.raises(ValueError, match="one owner"):
        intake.register("SUPPORT@shop.example", fax.deliver)


async def test_lmtp_is_spoken_where_a_mail_server_stands_in_front(support: Box) -> None:
    listener = MailIntake(socket.create_server(("127.0.0.1", 0)), max_bytes=100_000, lmtp=True)
    listener.register("support@shop.example", support.deliver)
    task = asyncio.create_task(listener.run())
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(b"LHLO mx.shop.example\r\nMAIL FROM:<a@b.c>\r\n")
    writer.write(b"RCPT TO:<support@shop.example>\r\n")
    await writer.drain()
    while not (await reader.readline()).startswith(b"250 2.1.5"):
        pass
    writer.write(b"DATA\r\n")
    assert (await reader.readline()).startswith(b"354")
    writer.write(RAW + b".\r\n")
    assert (await reader.readline()).startswith(b"250 2.0.0")
    assert support.mails[0].raw == RAW
    writer.close()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
