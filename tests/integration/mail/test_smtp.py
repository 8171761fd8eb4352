from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from hub.settings import MailServer, Secret
from hub.testing.mail import SmtpSink
from hub.vendors.mail.smtp import Envelope, SmtpFate, SmtpResult, send_smtp

RAW = b"From: a@shop.example\r\nTo: b@example.com\r\n\r\nhello\r\n.\r\n..dots\r\n"


@pytest.fixture
async def sink() -> AsyncIterator[SmtpSink]:
    async with SmtpSink() as opened:
        yield opened


async def send(sink: SmtpSink, *recipients: str, sender: str = "a@shop.example") -> SmtpResult:
    server = MailServer(host="127.0.0.1", port=sink.port, tls="none")
    return await send_smtp(server, Envelope(sender, recipients or ("b@example.com",)), RAW)


async def test_a_mail_arrives_byte_for_byte(sink: SmtpSink) -> None:
    assert (await send(sink)).fate is SmtpFate.SENT
    assert sink.mails[0].raw == RAW
    assert sink.mails[0].recipients == ("b@example.com",)


async def test_the_null_sender_is_sent_as_such(sink: SmtpSink) -> None:
    assert (await send(sink, sender="")).reason == ""
    assert sink.mails[0].sender == ""


@pytest.mark.parametrize(
    ("command", "answer", "fate"),
    [
        ("MAIL", "451 4.3.0 later", SmtpFate.TRANSIENT),
        ("MAIL", "550 5.7.1 not you", SmtpFate.PERMANENT),
        ("RCPT", "450 4.2.0 greylisted", SmtpFate.TRANSIENT),
        ("RCPT", "550 5.1.1 no such user", SmtpFate.PERMANENT),
        ("DATA", "452 4.3.1 full", SmtpFate.TRANSIENT),
        ("DATA", "554 5.7.1 spam", SmtpFate.PERMANENT),
    ],
)
async def test_every_refusal_has_its_fate(
    sink: SmtpSink, command: str, answer: str, fate: SmtpFate
) -> None:
    sink.answers[command] = [answer]
    result = await send(sink)
    assert result.fate is fate
    assert answer in result.reason
    assert sink.mails == []


async def test_a_line_cut_after_the_dot_is_unknown(sink: SmtpSink) -> None:
    sink.drop_after_data = 1
    assert (await send(sink)).fate is SmtpFate.UNKNOWN
    assert len(sink.mails) == 1


async def test_one_refused_recipient_does_not_stop_the_others(sink: SmtpSink) -> None:
    sink.answers["RCPT"] = ["550 5.1.1 no such user"]
    result = await send(sink, "gone@example.com", "b@example.com")
    assert result.fate is SmtpFate.SENT
    assert [(one.address, one.later) for one in result.refused] == [("gone@example.com", False)]
    assert sink.mails[0].recipients == ("b@example.com",)


async def test_nobody_there_is_transient() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = MailServer(host="127.0.0.1", port=port, tls="none")
    result = await send_smtp(server, Envelope("a@b.c", ("d@e.f",)), RAW)
    assert result.fate is SmtpFate.TRANSIENT


async def test_a_refused_sign_in_says_what_to_check_and_hides_the_password(sink: SmtpSink) -> None:
    server = MailServer(
        host="127.0.0.1", port=sink.port, tls="none", user="me", password=Secret("hunter22")
    )
    result = await send_smtp(server, Envelope("a@b.c", ("d@e.f",)), RAW)
    assert result.fate is SmtpFate.TRANSIENT
    assert "hunter22" not in repr(result)


async def test_no_recipient_is_permanent(sink: SmtpSink) -> None:
    result = await send(sink, "nobody")
    assert result.fate is SmtpFate.PERMANENT


@pytest.mark.parametrize("closes", [False, True])
async def test_an_answer_amid_a_large_mail_counts_at_once(closes: bool) -> None:
    """A server that has enough says so and reads no further: it waits, or closes the line."""
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx.example\r\n")
        while not (await reader.readline()).startswith(b"DATA"):
            writer.write(b"250 ok\r\n")
        writer.write(b"354 go on\r\n")
        await reader.read(1000)
        writer.write(b"552 5.3.4 too large\r\n")
        if closes:
            writer.write_eof()
        await done.wait()
        writer.close()

    large = (b"x" * 76 + b"\r\n") * 200_000
    async with await asyncio.start_server(serve, "127.0.0.1", 0, limit=1024) as opened:
        server = MailServer(host="127.0.0.1", port=opened.sockets[0].getsockname()[1], tls="none")
        result = await send_smtp(server, Envelope("a@b.c", ("d@e.f",)), large, data_timeout_s=60)
        done.set()
    assert (result.fate, result.reason) == (SmtpFate.PERMANENT, "552 5.3.4 too large")
