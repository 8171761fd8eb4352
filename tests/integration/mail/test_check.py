"""A mailbox checked step by step, against Dovecot and against servers that behave badly."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.core.findings import Finding, Verdict
from hub.core.ids import new_id
from hub.settings import Mailbox, MailServer, OAuth, Secret, Tls
from hub.testing.mail import PASSWORD, DovecotMissing, PrivateDovecot, SmtpSink
from hub.vendors.mail.check import Aim, check_mailbox, make_mail_to_self
from hub.vendors.mail.check.aim import TokenRefused
from hub.vendors.mail.check.live import check_live
from tests.conftest import skip_missing

from .bad_servers import Answer, certificate, imap_answers, server

HELLO = "* OK ready\r\n"


@pytest.fixture(scope="module")
def dovecot() -> Iterator[PrivateDovecot]:
    try:
        opened = PrivateDovecot()
    except DovecotMissing as missing:
        skip_missing(str(missing))
    with opened:
        yield opened


def imap_box(port: int, *, tls: Tls = "none", folder: str = "", user: str = "li") -> Mailbox:
    imap = MailServer(host="127.0.0.1", port=port, tls=tls, user=user, password=Secret(PASSWORD))
    return Mailbox(entry_point="mail", imap=imap, processed_folder=folder)


def codes(found: list[Finding]) -> list[str]:
    return [one.code.removeprefix("mail.") for one in found]


def last(port: int, *, tls: Tls = "none", folder: str = "") -> Finding:
    return list(check_mailbox(Aim(imap_box(port, tls=tls, folder=folder))))[-1]


async def test_every_step_of_a_good_mailbox_is_told_and_its_folder_is_made(
    dovecot: PrivateDovecot,
) -> None:
    user = f"checked-{new_id()}"
    async with SmtpSink() as sink:
        box = Mailbox(
            entry_point="mail",
            imap=imap_box(dovecot.port, user=user).imap,
            smtp=MailServer(host="127.0.0.1", port=sink.port, tls="none"),
            processed_folder="已处理",
        )
        aim = Aim(box, address="support@shop.example", make_folder=True)
        found = [one async for one in check_live(aim, None)]
        steps = ["connects", "signed_in_as", "named", "able", "reads"]
        assert codes(found) == [*steps, "made", "connects", "answers", "may_send"]
        assert {one.verdict for one in found} == {Verdict.WELL}
        again = [one async for one in check_live(aim, None)]
        assert "processed" in codes(again)
        assert sink.mails == []
    assert await asyncio.to_thread(dovecot.count, user) == 0


def to_self(imap: int, user: str, sink: SmtpSink, seen_s: float) -> Aim:
    box = Mailbox(
        entry_point="mail",
        imap=imap_box(imap, user=user).imap,
        smtp=MailServer(host="127.0.0.1", port=sink.port, tls="none"),
        processed_folder="Filed",
    )
    address = "support@shop.example"
    return Aim(box, address=address, test=make_mail_to_self(address, seen_s))


@pytest.mark.parametrize("folder", ["INBOX", "Filed"])
async def test_a_mail_to_oneself_is_sent_and_seen_wherever_it_was_filed(
    dovecot: PrivateDovecot, folder: str
) -> None:
    user = f"self-{new_id()}"
    with dovecot.connect(user) as session:
        session.create("Filed")
    async with SmtpSink() as sink:
        aim = to_self(dovecot.port, user, sink, 30)
        found = []
        async for one in check_live(aim, None):
            found.append(one)
            if one.code == "mail.test_sent":
                [sent] = await sink.wait_for(1)
                await asyncio.to_thread(dovecot.put, user, sent.raw, folder=folder)
        assert codes(found) == [
            "connects", "answers", "test_sent", "connects", "signed_in_as", "test_seen",
        ]  # fmt: skip
        assert found[-1].facts["folder"] == folder
        assert (sent.sender, *sent.recipients) == ("support@shop.example",) * 2
        assert b"Auto-Submitted: auto-generated" in sent.raw
        wire = aim.test.raw if aim.test else b""
        assert wire.isascii()
        assert wire.count(b"\n") == wire.count(b"\r\n") > 0


async def test_a_mail_to_oneself_that_does_not_come_or_is_not_taken_is_told(
    dovecot: PrivateDovecot,
) -> None:
    async with SmtpSink() as sink:
        aim = to_self(dovecot.port, f"self-{new_id()}", sink, 1)
        found = [one async for one in check_live(aim, None)]
        assert (codes(found)[-1], found[-1].verdict) == ("test_late", Verdict.WARNING)
        sink.answers["DATA"] = ["554 5.7.1 no"]
        found = [one async for one in check_live(aim, None)]
    assert codes(found) == ["connects", "answers", "no_sender"]
    assert "554 5.7.1 no" in found[-1].what


async def test_a_wrong_password_ends_imap_and_smtp_is_looked_at_all_the_same(
    dovecot: PrivateDovecot,
) -> None:
    async with SmtpSink() as sink:
        sink.answers["RCPT"] = ["550 5.7.1 not yours"]
        imap = MailServer(
            host="127.0.0.1", port=dovecot.port, tls="none", user="li", password=Secret("geheim-1")
        )
        smtp = MailServer(host="127.0.0.1", port=sink.port, tls="none")
        aim = Aim(Mailbox(entry_point="mail", imap=imap, smtp=smtp), address="a@shop.example")
        found = [one async for one in check_live(aim, None)]
    assert codes(found) == ["connects", "refused", "connects", "answers", "no_sender"]
    assert "授权码" in found[1].mend
    assert found[1].what.endswith(
        "refused the sign-in: [AUTHENTICATIONFAILED] Authentication failed."
    )
    assert "550 5.7.1 not yours" in found[-1].what
    assert "geheim-1" not in repr(found)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (imap_answers(told={"LOGIN": "NO [AUTHENTICATIONFAILED] no"}), "refused"),
        (imap_answers(told={"SELECT": "NO Unsafe Login. Please contact kefu"}), "no_folder"),
        (imap_answers(told={"STATUS": "NO none", "CREATE": "NO not here"}), "no_folder"),
        (lambda tag, _: f"{tag} OK \x1b[2J" + "x" * 2_000_000, "unreachable"),
    ],
)
def test_what_a_server_refuses_is_the_last_step(answer: Answer, code: str) -> None:
    with server(HELLO, answer) as (port, _):
        box = imap_box(port, folder="Done")
        found = list(check_mailbox(Aim(box, make_folder=True)))
    assert found[-1].code == f"mail.{code}"
    assert found[-1].verdict is Verdict.FAULT
    assert all(len(one.what) < 400 and one.what.isprintable() for one in found)


def test_netease_is_told_our_name_before_a_folder_is_opened() -> None:
    with server(HELLO, imap_answers("IMAP4rev1 ID")) as (port, heard):
        found = list(check_mailbox(Aim(imap_box(port, folder="Done"))))
    said = [line.split(" ")[1] for line in heard]
    assert said.index("ID") < said.index("SELECT")
    assert codes(found) == [
        "connects",
        "signed_in_as",
        "named",
        "no_idle",
        "no_move",
        "able",
        "reads",
    ]


def test_a_certificate_is_judged_and_its_end_foreseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = certificate(tmp_path, days=90)
    with server(HELLO, imap_answers(), context) as (port, _):
        assert last(port, tls="tls").code == "mail.certificate"
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        found = list(check_mailbox(Aim(imap_box(port, tls="tls"))))
    assert codes(found)[1] == "encrypted"
    assert found[-1].code == "mail.reads"
    (tmp_path / "soon").mkdir()
    soon, trusted = certificate(tmp_path / "soon", days=3)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with server(HELLO, imap_answers(), soon) as (port, _):
        found = list(check_mailbox(Aim(imap_box(port, tls="tls"))))
    assert (found[1].code, found[1].verdict) == ("mail.certificate_ends", Verdict.WARNING)


def test_a_certificate_of_another_name_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = certificate(tmp_path, days=90, name="mail.other.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with server(HELLO, imap_answers(), context) as (port, _):
        found = last(port, tls="tls")
    assert found.code == "mail.certificate"
    assert "127.0.0.1" in found.what


@pytest.mark.parametrize(
    ("host", "code"),
    [("no-such-name.invalid", "no_name"), ("169.254.169.254", "barred"), ("224.0.0.1", "barred")],
)
def test_a_name_that_leads_nowhere_is_not_connected_to(host: str, code: str) -> None:
    box = Mailbox(entry_point="mail", imap=MailServer(host=host, port=993, user="li"))
    found = list(check_mailbox(Aim(box)))
    assert codes(found) == [code]


async def test_a_server_that_trickles_is_cut_off_and_the_loop_goes_on() -> None:
    def trickle(_tag: str, _line: str) -> str:
        time.sleep(30)
        return ""

    with server(HELLO, trickle) as (port, _):
        began = time.monotonic()
        found = [one async for one in check_live(Aim(imap_box(port)), None, step_s=0.5)]
    assert codes(found) == ["connects", "too_slow"]
    assert time.monotonic() - began < 5


def test_a_grant_that_has_ended_is_told_with_its_cure() -> None:
    def no_grant() -> str:
        raise TokenRefused("https://login.example/token: invalid_grant", ended=True)

    oauth = OAuth(token_url="https://login.example/token", client_id="hub")
    with server(HELLO, imap_answers("IMAP4rev1 AUTH=XOAUTH2")) as (port, _):
        imap = MailServer(host="127.0.0.1", port=port, tls="none", user="li")
        aim = Aim(Mailbox(entry_point="mail", imap=imap, oauth=oauth), token=no_grant)
        found = list(check_mailbox(aim))
    assert codes(found) == ["connects", "token_ended"]
    assert "grant access anew" in found[-1].mend
