"""Sending by a server that wants encryption and a sign-in: Postfix, with Dovecot behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.channels.email import EmailChannel
from hub.contacts.effects import Done, Permanent, Transient
from hub.core.findings import Finding, Verdict
from hub.core.ids import new_id
from hub.settings import Mail, Mailbox, MailServer, Secret, Tls
from hub.testing.fake_door import FakeDoor
from hub.testing.mail import PASSWORD, DovecotMissing, PrivateDovecot, SmtpSink
from hub.testing.postfix import PostfixMissing, PrivatePostfix, Route, Submission
from hub.vendors.mail.check import Aim, check_mailbox
from tests.conftest import skip_missing

from .certificates import issue
from .conftest import POINT
from .test_in import a_send

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

_USER = "support@shop.example"


Serve = Callable[..., PrivatePostfix]


@pytest.fixture
def serve(sink: SmtpSink) -> Iterator[Serve]:
    """Start a Postfix that sends for who signs in; `mechanisms`: by which."""
    started: list[PrivateDovecot | PrivatePostfix] = []

    def start(certificate: Path | None, mechanisms: str = "plain, login") -> PrivatePostfix:
        try:
            users = PrivateDovecot(mechanisms="plain login")
            submission = Submission(certificate, users.auth_socket, mechanisms)
            ours = Route("shop.example", "smtp", sink.port)
            server = PrivatePostfix(ours, world_port=sink.port, submission=submission)
        except (DovecotMissing, PostfixMissing) as missing:
            skip_missing(str(missing))
        started.append(users.__enter__())
        started.append(server.__enter__())
        return server

    yield start
    for one in reversed(started):
        one.__exit__(None, None, None)


def box(server: PrivatePostfix, tls: Tls = "starttls", password: str = PASSWORD) -> Mailbox:
    port = server.tls_port if tls == "tls" else server.port
    smtp = MailServer(host="localhost", port=port, tls=tls, user=_USER, password=Secret(password))
    return Mailbox(entry_point=POINT.id, smtp=smtp)


async def sent_by(mailbox: Mailbox, door: FakeDoor) -> Done | Transient | Permanent:
    channel = EmailChannel(door, [POINT], Mail(mailboxes=(mailbox,)), None, max_bytes=1 << 20)
    outcome = await channel.perform(POINT.id, a_send(new_id(), to=("jane@relay.test",)))
    assert isinstance(outcome, Done | Transient | Permanent)
    return outcome


def checked(mailbox: Mailbox) -> Finding:
    """Return the last step of a check."""
    return list(check_mailbox(Aim(mailbox, address=_USER)))[-1]


@pytest.mark.parametrize(
    ("tls", "mechanisms", "used"),
    [
        ("starttls", "plain", "PLAIN"),
        ("starttls", "login", "LOGIN"),
        ("tls", "login, plain", "PLAIN"),
    ],
)
async def test_it_takes_mail_over_an_encrypted_line_of_who_has_signed_in(
    serve: Serve,
    door: FakeDoor,
    sink: SmtpSink,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tls: Tls,
    mechanisms: str,
    used: str,
) -> None:
    issued = issue(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(issued.authority))
    server = serve(issued.chain, mechanisms)
    found = list(check_mailbox(Aim(box(server, tls), address=_USER)))
    assert [one.verdict for one in found] == [Verdict.WELL] * 4, found
    assert [one.code for one in found][1:] == [
        "mail.encrypted",
        "mail.signed_in_as",
        "mail.may_send",
    ]
    assert isinstance(await sent_by(box(server, tls), door), Done)
    [mail] = await sink.wait_for(1)
    assert mail.recipients == ("jane@relay.test",)
    log = server.log()
    assert f"sasl_method={used}, sasl_username={_USER}" in log
    assert "TLS connection established" in log


async def test_a_wrong_password_is_told_and_nothing_goes_out(
    serve: Serve, door: FakeDoor, sink: SmtpSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = issue(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(issued.authority))
    server = serve(issued.chain)
    wrong = box(server, password="an old one")
    outcome = await sent_by(wrong, door)
    assert isinstance(outcome, Transient)
    assert f"localhost refused the sign-in of {_USER}: check user and password" in outcome.reason
    assert "535 5.7.8" in outcome.reason
    told = checked(wrong)
    assert (told.code, told.verdict) == ("mail.refused", Verdict.FAULT)
    assert "535" in told.what
    assert sink.mails == []


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_to_a_certificate_of_an_unknown_issuer_no_password_is_told(
    serve: Serve, door: FakeDoor, sink: SmtpSink, tmp_path: Path, tls: Tls
) -> None:
    server = serve(issue(tmp_path).chain)
    outcome = await sent_by(box(server, tls), door)
    assert isinstance(outcome, Transient)
    assert "localhost shows a certificate that is not trusted: " in outcome.reason
    assert "let this machine trust who issued it" in outcome.reason
    assert checked(box(server, tls)).code == "mail.certificate"
    assert "sasl_method" not in server.log()
    assert sink.mails == []


async def test_to_a_certificate_of_another_name_no_password_is_told(
    serve: Serve, door: FakeDoor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = issue(tmp_path, "mx.other.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(issued.authority))
    server = serve(issued.chain)
    outcome = await sent_by(box(server), door)
    assert isinstance(outcome, Transient)
    assert "certificate is not valid for 'localhost'" in outcome.reason
    told = checked(box(server))
    assert told.code == "mail.certificate"
    assert "localhost" in told.what
    assert "sasl_method" not in server.log()


async def test_where_encryption_is_set_and_not_offered_no_password_is_told(
    serve: Serve, door: FakeDoor, sink: SmtpSink
) -> None:
    server = serve(None)
    outcome = await sent_by(box(server), door)
    assert isinstance(outcome, Transient)
    assert "localhost cannot be used as it is set: " in outcome.reason
    assert "STARTTLS" in outcome.reason
    told = checked(box(server))
    assert (told.code, told.verdict) == ("mail.unreachable", Verdict.FAULT)
    assert "STARTTLS" in told.what
    assert "sasl_method" not in server.log()
    assert sink.mails == []


async def test_where_a_server_wants_encryption_and_none_is_set_its_words_are_told(
    serve: Serve, door: FakeDoor, sink: SmtpSink, tmp_path: Path
) -> None:
    server = serve(issue(tmp_path).chain)
    outcome = await sent_by(box(server, "none"), door)
    assert isinstance(outcome, Transient)
    assert "localhost cannot be used as it is set: The SMTP AUTH extension" in outcome.reason
    told = checked(box(server, "none"))
    assert (told.code, told.verdict) == ("mail.unreachable", Verdict.FAULT)
    assert "AUTH extension not supported" in told.what
    assert "sasl_method" not in server.log()
    assert sink.mails == []
