"""A real mail server hands over encrypted: what it checks, what it is refused, what its mail knows.

The bytes of STARTTLS are in tests/integration/mail/listener/test_starttls.py.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiosmtplib
import pytest
from sqlalchemy import select

from hub.channels.email import EmailChannel
from hub.channels.mailbox.tables import raw_mails
from hub.settings import Mail
from hub.storage import Tx
from hub.testing.fake_door import FakeDoor
from hub.testing.mail import SmtpSink
from hub.testing.postfix import ClientTls, PostfixMissing, PrivatePostfix, Route
from hub.vendors.mail.intake import MailIntake
from hub.vendors.mail.intake_tls import CertificateFiles, IntakeTls
from tests.conftest import skip_missing
from tests.unit.mail.samples import raw_mail

from .certificates import Issued, issue
from .conftest import POINT
from .test_imap import until as until_in_time

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("channel"),
]

REQUIRED = pytest.mark.parametrize("mail_tls", ["required"])

Serve = Callable[..., PrivatePostfix]


async def until(condition: Callable[[], bool]) -> None:
    await until_in_time(condition, timeout_s=60)


@pytest.fixture
def issued(tmp_path: Path) -> Issued:
    return issue(tmp_path, "hub.shop.example")


@pytest.fixture
def mail_tls() -> str:
    """As the setting; tests have it otherwise."""
    return "offered"


@pytest.fixture
def intake(issued: Issued, mail_tls: str) -> Iterator[MailIntake]:
    tls = IntakeTls(CertificateFiles(issued.chain), required=mail_tls == "required")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield MailIntake(listener, max_bytes=24 << 20, tls=tls)


@pytest.fixture
async def channel(door: FakeDoor, intake: MailIntake) -> AsyncIterator[None]:
    made = EmailChannel(door, [POINT], Mail(), intake, max_bytes=24 << 20)
    tasks = [asyncio.create_task(intake.run()), asyncio.create_task(made.run())]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def serve(intake: MailIntake, sink: SmtpSink) -> Iterator[Serve]:
    """Start a Postfix that hands the mail of the hub's domain over as it is told."""
    started: list[PrivatePostfix] = []

    def start(protocol: str, tls: ClientTls | None) -> PrivatePostfix:
        route = Route("shop.example", protocol, intake.port)
        try:
            server = PrivatePostfix(route, world_port=sink.port, client_tls=tls)
        except PostfixMissing as missing:
            skip_missing(str(missing))
        started.append(server.__enter__())
        return server

    yield start
    for server in started:
        server.__exit__(None, None, None)


async def hand_in(server: PrivatePostfix) -> None:
    await aiosmtplib.send(
        raw_mail("plain_english"),
        sender="jane@customer.test",
        recipients=["support@shop.example"],
        hostname="127.0.0.1",
        port=server.port,
        start_tls=False,
    )


async def known_of_it(server: PrivatePostfix, door: FakeDoor) -> tuple[object, object]:
    """By which TLS the one mail came: as its raw bytes are kept with, as its entry tells."""
    await until(lambda: len(door.inbounds) == 1 and server.waiting() == 0)

    def read(tx: Tx, _: None) -> object:
        return tx.execute(select(raw_mails.c.tls)).scalar_one()

    return await door.store.read(read, None), door.inbounds[0].meta.get("tls")


@pytest.mark.parametrize(
    ("protocol", "version"), [("smtp", "TLSv1.3"), ("lmtp", "TLSv1.3"), ("smtp", "TLSv1.2")]
)
async def test_who_checks_the_certificate_hands_over_and_the_mail_knows_by_what(
    serve: Serve, door: FakeDoor, issued: Issued, protocol: str, version: str
) -> None:
    checks = ClientTls("verify", issued.authority, "hub.shop.example", version)
    server = serve(protocol, checks)
    await hand_in(server)
    assert await known_of_it(server, door) == (version, version)
    assert "Verified TLS connection established to 127.0.0.1" in server.log()


async def test_who_does_not_encrypt_hands_over_in_clear(serve: Serve, door: FakeDoor) -> None:
    server = serve("smtp", None)
    await hand_in(server)
    assert await known_of_it(server, door) == (None, None)


@REQUIRED
async def test_what_is_not_encrypted_is_told_to_its_sender_where_that_is_required(
    serve: Serve, door: FakeDoor, sink: SmtpSink
) -> None:
    await hand_in(serve("smtp", None))
    [told] = await sink.wait_for(1)
    assert told.recipients == ("jane@customer.test",)
    assert b"530 5.7.0 Must issue a STARTTLS command first" in told.raw
    assert door.inbounds == []


@REQUIRED
@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
async def test_who_encrypts_where_it_can_does_so_where_it_must(
    serve: Serve, door: FakeDoor, protocol: str
) -> None:
    server = serve(protocol, ClientTls("may"))
    await hand_in(server)
    assert await known_of_it(server, door) == ("TLSv1.3", "TLSv1.3")


@REQUIRED
async def test_while_the_certificate_is_lost_mail_waits_at_who_sends_it(
    serve: Serve, door: FakeDoor, sink: SmtpSink, issued: Issued
) -> None:
    kept = issued.chain.rename(issued.chain.with_suffix(".kept"))
    server = serve("smtp", ClientTls("may"))
    await hand_in(server)
    await until(lambda: "451 4.7.0 TLS is not available now" in server.log())
    assert server.waiting() > 0
    kept.rename(issued.chain)
    assert await known_of_it(server, door) == ("TLSv1.3", "TLSv1.3")
    assert sink.mails == []


async def test_a_certificate_that_is_not_trusted_is_renewed_and_the_mail_comes(
    serve: Serve, door: FakeDoor, issued: Issued, tmp_path: Path
) -> None:
    trusted = tmp_path / "trusted"
    trusted.mkdir()
    good = issue(trusted, "hub.shop.example")
    server = serve("smtp", ClientTls("verify", good.authority, "hub.shop.example"))
    await hand_in(server)
    await until(lambda: "Server certificate not verified" in server.log())
    assert door.inbounds == []
    shutil.copy(good.chain, issued.chain)
    assert await known_of_it(server, door) == ("TLSv1.3", "TLSv1.3")
