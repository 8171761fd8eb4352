"""STARTTLS of the mail listener, on the socket.

With a real mail server in front: tests/integration/email/test_encrypted.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from hub.vendors.mail import intake_connection
from hub.vendors.mail.intake import IncomingMail, MailIntake
from hub.vendors.mail.intake_connection import Connection
from hub.vendors.mail.intake_tls import CertificateFiles, IntakeTls
from tests.integration.mail.bad_servers import certificate

RAW = b"From: a@b.c\r\nTo: support@shop.example\r\n\r\nhello\r\n"
BEGIN = (b"MAIL FROM:<a@b.c>", b"RCPT TO:<support@shop.example>", b"DATA")


@pytest.fixture
def files(tmp_path: Path) -> CertificateFiles:
    certificate(tmp_path, days=90)
    return CertificateFiles(tmp_path / "public.pem", tmp_path / "private.pem")


class House:
    """A listener with one address; `mails`: what it took."""

    def __init__(self, intake: MailIntake) -> None:
        self.intake = intake
        self.mails: list[IncomingMail] = []
        intake.register("support@shop.example", self._take)

    async def _take(self, mail: IncomingMail) -> None:
        self.mails.append(mail)


Open = Callable[..., House]


@pytest.fixture
async def open_house() -> AsyncIterator[Open]:
    running: list[asyncio.Task[None]] = []

    def start(tls: IntakeTls | None) -> House:
        listener = socket.create_server(("127.0.0.1", 0))
        house = House(MailIntake(listener, max_bytes=3_000_000, tls=tls))
        running.append(asyncio.create_task(house.intake.run()))
        return house

    yield start
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


class Line:
    """A client's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answer(self) -> bytes:
        """Return a whole answer; b"" once the line is closed."""
        told = b""
        async with asyncio.timeout(30):
            while line := await self.reader.readline():
                told += line
                if line[3:4] != b"-":
                    break
        return told

    async def ask(self, line: bytes) -> bytes:
        self.writer.write(line + b"\r\n")
        return await self.answer()

    async def encrypt(self, trusted: Path, newest: ssl.TLSVersion | None = None) -> ssl.SSLObject:
        """Say STARTTLS and shake hands. Raises OSError where that fails."""
        assert (await self.ask(b"STARTTLS")).startswith(b"220 2.0.0 ")
        return await self.shake_hands(trusted, newest)

    async def shake_hands(
        self, trusted: Path, newest: ssl.TLSVersion | None = None
    ) -> ssl.SSLObject:
        context = ssl.create_default_context(cafile=str(trusted))
        if newest is not None:
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = newest
        await self.writer.start_tls(context, server_hostname="localhost")
        shown: ssl.SSLObject = self.writer.get_extra_info("ssl_object")
        return shown


@contextlib.asynccontextmanager
async def client(house: House) -> AsyncIterator[Line]:
    line = Line(*await asyncio.open_connection("127.0.0.1", house.intake.port))
    assert (await line.answer()).startswith(b"220 ")
    yield line
    line.writer.close()


async def hand_over(line: Line, raw: bytes = RAW) -> bytes:
    """Hand over a mail; return the last answer, the first one that is a refusal."""
    for command in (b"EHLO client.test", *BEGIN):
        told = await line.ask(command)
        if told[:1] not in b"23":
            return told
    line.writer.write(raw)
    return await line.ask(b".")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_mail_comes_encrypted_and_it_is_known_by_which_version(
    open_house: Open, files: CertificateFiles, version: ssl.TLSVersion
) -> None:
    house = open_house(IntakeTls(files))
    async with client(house) as line:
        assert b"250-STARTTLS\r\n" in await line.ask(b"EHLO client.test")
        shown = await line.encrypt(files.certificate, version)
        assert b"STARTTLS" not in await line.ask(b"EHLO client.test")
        assert (await line.ask(b"STARTTLS")).startswith(b"503 5.5.1")
        told = await hand_over(line, RAW + (b"z" * 70 + b"\r\n") * 30_000)
    assert told.startswith(b"250 2.0.0")
    [mail] = house.mails
    assert mail.tls == shown.version() == version.name.replace("_", ".")
    assert len(mail.raw) == len(RAW) + 72 * 30_000
    assert mail.peer == "127.0.0.1"


async def test_who_does_not_encrypt_hands_over_as_well_unless_it_is_required(
    open_house: Open, files: CertificateFiles
) -> None:
    house = open_house(IntakeTls(files))
    async with client(house) as line:
        assert (await hand_over(line)).startswith(b"250 2.0.0")
    assert [mail.tls for mail in house.mails] == [""]


async def test_without_a_certificate_it_is_not_offered(open_house: Open) -> None:
    async with client(open_house(None)) as line:
        assert b"STARTTLS" not in await line.ask(b"EHLO client.test")
        assert (await line.ask(b"STARTTLS")).startswith(b"502 5.5.1")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_nothing_older_than_tls_1_2_is_spoken(
    open_house: Open, files: CertificateFiles
) -> None:
    async with client(open_house(IntakeTls(files))) as line:
        with pytest.raises(OSError):  # noqa: PT011 - an alert or a closed line, by the loop
            await line.encrypt(files.certificate, ssl.TLSVersion.TLSv1_1)


@pytest.mark.parametrize("tail", [b"EHLO evil.test\r\nMAIL FROM:<evil@b.c>\r\n", b"NOOP", b"\n"])
async def test_what_is_said_in_clear_behind_starttls_is_never_carried_out(
    open_house: Open, files: CertificateFiles, tail: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CVE-2011-0411: somebody on the way puts commands behind it, to be taken for the client's."""
    house = open_house(IntakeTls(files))
    said: list[str] = []
    obey = Connection.smtp_EHLO

    async def obeyed(connection: Connection, name: str) -> None:
        said.append(name)
        await obey(connection, name)

    monkeypatch.setattr(Connection, "smtp_EHLO", obeyed)
    async with client(house) as line:
        await line.ask(b"EHLO client.test")
        line.writer.write(b"STARTTLS\r\n" + tail)
        assert (await line.answer()).startswith(b"554 5.5.1 ")
        assert await line.answer() == b""  # and it has hung up
    assert said == ["client.test"]


async def test_what_is_said_in_clear_behind_the_answer_breaks_the_handshake(
    open_house: Open, files: CertificateFiles
) -> None:
    house = open_house(IntakeTls(files))
    async with client(house) as line:
        await line.ask(b"EHLO client.test")
        assert (await line.ask(b"STARTTLS")).startswith(b"220 ")
        line.writer.write(b"\r\n".join((*BEGIN, RAW, b".", b"")))
        async with asyncio.timeout(30):
            told = await line.reader.read()
    assert not told.startswith((b"2", b"3", b"5"))  # an alert of TLS at most
    assert house.mails == []


async def test_what_was_said_before_is_forgotten(open_house: Open, files: CertificateFiles) -> None:
    """RFC 3207 §4.2."""
    house = open_house(IntakeTls(files))
    async with client(house) as line:
        for command in (b"LHLO client.test", *BEGIN[:2]):
            assert (await line.ask(command)).startswith(b"250")
        await line.encrypt(files.certificate)
        assert (await line.ask(b"DATA")).startswith(b"503")
        assert (await line.ask(BEGIN[0])).startswith(b"503")  # who it is was forgotten, too
        assert (await line.ask(b"EHLO client.test")).startswith(b"250")
        assert (await line.ask(BEGIN[1])).startswith(b"503")
        assert (await hand_over(line)).startswith(b"250 2.0.0")
    assert len(house.mails) == 1


async def test_by_lmtp_each_recipient_is_answered_encrypted_as_well(
    open_house: Open, files: CertificateFiles
) -> None:
    house = open_house(IntakeTls(files, required=True))
    async with client(house) as line:
        assert b"250-STARTTLS\r\n" in await line.ask(b"LHLO client.test")
        await line.encrypt(files.certificate)
        for command in (b"LHLO client.test", BEGIN[0], BEGIN[1], BEGIN[1], BEGIN[2]):
            await line.ask(command)
        line.writer.write(RAW)
        assert (await line.ask(b".")).startswith(b"250 2.0.0")
        assert (await line.answer()).startswith(b"250 2.0.0")


async def test_where_it_is_required_nothing_is_taken_in_clear(
    open_house: Open, files: CertificateFiles
) -> None:
    house = open_house(IntakeTls(files, required=True))
    async with client(house) as line:
        for command in (b"NOOP", b"EHLO client.test", b"LHLO client.test"):
            assert (await line.ask(command)).startswith(b"250")
        for command in (*BEGIN, b"HELO x", b"RSET", b"VRFY support@shop.example", b"HELP"):
            assert (await line.ask(command)).startswith(b"530 5.7.0 "), command
        await line.encrypt(files.certificate)
        assert (await line.ask(b"RSET")).startswith(b"250")
        assert (await hand_over(line)).startswith(b"250 2.0.0")
        assert (await line.ask(b"QUIT")).startswith(b"221")
    assert len(house.mails) == 1


async def test_a_lost_certificate_sends_no_mail_back(
    open_house: Open, files: CertificateFiles
) -> None:
    files.certificate.unlink()
    house = open_house(IntakeTls(files, required=True))
    async with client(house) as line:
        assert (await hand_over(line)).startswith(b"451 4.7.0 ")
        assert b"STARTTLS" not in await line.ask(b"EHLO client.test")
        assert (await line.ask(b"STARTTLS")).startswith(b"454 4.7.0 ")
        certificate(files.certificate.parent, days=90)
        await line.ask(b"EHLO client.test")
        await line.encrypt(files.certificate)
        assert (await hand_over(line)).startswith(b"250 2.0.0")


async def test_a_renewed_certificate_is_shown_without_a_restart(
    open_house: Open, files: CertificateFiles, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = open_house(IntakeTls(files))
    renewed = tmp_path / "renewed"
    renewed.mkdir()
    certificate(renewed, days=60)
    before = tmp_path / "before.pem"
    shutil.copy(files.certificate, before)

    async with client(house) as first, client(house) as second, client(house) as third:
        await first.encrypt(before)
        os.replace(renewed / "public.pem", files.certificate)  # and its key not yet
        await second.encrypt(before)
        assert "the one before goes on" in caplog.text
        assert files.key is not None
        os.replace(renewed / "private.pem", files.key)
        await third.encrypt(files.certificate)
        for line in (first, second, third):
            assert (await hand_over(line)).startswith(b"250 2.0.0")


async def test_handshakes_that_fail_or_never_end_keep_nobody_out(
    open_house: Open, files: CertificateFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_connection, "_MAX_OF_ONE_PEER", 1)
    monkeypatch.setattr(intake_connection, "_HANDSHAKE_S", 0.2)
    house = open_house(IntakeTls(files))
    for said in (b"no handshake at all, but words", b"", None):
        async with client(house) as line:  # with 220: its place is free again
            await line.ask(b"STARTTLS")
            if said is None:
                line.writer.write_eof()
            elif said:
                line.writer.write(said)
            async with asyncio.timeout(30):
                await line.reader.read()
    async with client(house) as line:
        await line.encrypt(files.certificate)
        assert (await hand_over(line)).startswith(b"250 2.0.0")
