from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.vendors.mail.acknowledge import NoAcknowledgement, why_not_acknowledge
from hub.vendors.mail.authentication import Verdict, trusted_verdict
from hub.vendors.mail.automail import AutoKind, judge
from hub.vendors.mail.bounces import find_bounces
from hub.vendors.mail.model import ParsedMail
from hub.vendors.mail.spam import spam_evidence

from .samples import a_mail, mail_of, raw_mail

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
OWN = {"support@shop.example"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("plain_english", AutoKind.PERSONAL),
        ("reply_qq", AutoKind.PERSONAL),
        ("out_of_office_exchange", AutoKind.OUT_OF_OFFICE),
        ("out_of_office_zh", AutoKind.OUT_OF_OFFICE),
        ("mailing_list", AutoKind.LIST),
        ("newsletter", AutoKind.BULK),
        ("bounce_rfc3464", AutoKind.BOUNCE),
        ("bounce_qmail", AutoKind.BOUNCE),
        ("bounce_netease_zh", AutoKind.BOUNCE),
        ("read_receipt", AutoKind.READ_RECEIPT),
    ],
)
def test_automatic_mail_is_told_from_personal(name: str, kind: AutoKind) -> None:
    assert judge(a_mail(name)).kind is kind


def test_who_writes_about_automatic_replies_is_a_person() -> None:
    mail = mail_of("From: a@b.c\nSubject: Question about your automatic reply\n\nhello")
    assert judge(mail).kind is AutoKind.PERSONAL


def why_not(mail: ParsedMail, dmarc: Verdict = Verdict.NONE) -> NoAcknowledgement | None:
    answer_to = (mail.reply_to or (mail.sender,))[0].email
    return why_not_acknowledge(mail, judge(mail), dmarc, OWN, answer_to, NOW)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("plain_english", None),
        ("gbk_raw_headers", None),
        ("out_of_office_exchange", NoAcknowledgement.AUTO_MAIL),
        ("mailing_list", NoAcknowledgement.LIST),
        ("newsletter", NoAcknowledgement.BULK),
        ("bounce_rfc3464", NoAcknowledgement.BOUNCE),
        ("web_form", NoAcknowledgement.NO_REPLY),
    ],
)
def test_acknowledgements_go_to_people_only(name: str, reason: NoAcknowledgement | None) -> None:
    assert why_not(a_mail(name)) is reason


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("From: support+x@shop.example", NoAcknowledgement.OWN_ADDRESS),
        ("From: a@b.c\nReply-To: support@shop.example", NoAcknowledgement.OWN_ADDRESS),
        ("From: do-not-reply@b.c", NoAcknowledgement.NO_REPLY),
        ("From: users-request@b.c", NoAcknowledgement.NO_REPLY),
        ("From: a@b.c\nReturn-Path: <>", NoAcknowledgement.NULL_SENDER),
        ("From: a@b.c\nX-Auto-Response-Suppress: All", NoAcknowledgement.ASKED_NOT_TO),
        ("From: a@b.c\nDate: Tue, 3 Mar 2020 10:00:00 +0000", NoAcknowledgement.OLD),
        ("From: noreen@b.c", None),
    ],
)
def test_each_rule_names_its_reason(head: str, reason: NoAcknowledgement | None) -> None:
    assert why_not(mail_of(f"{head}\n\nhello")) is reason


def test_a_disowned_sender_is_not_acknowledged() -> None:
    assert why_not(a_mail("plain_english"), Verdict.FAIL) is NoAcknowledgement.DMARC_FAILED


def test_only_the_trusted_server_is_believed() -> None:
    mail = mail_of(
        "Authentication-Results: evil.example; dmarc=pass\n"
        "Authentication-Results: mx.shop.example (x); spf=pass; dmarc=fail (p=reject) "
        "header.from=b.c\nFrom: a@b.c\n\nhello"
    )
    assert trusted_verdict(mail, "mx.shop.example") is Verdict.FAIL
    assert trusted_verdict(mail, "evil.example") is Verdict.PASS
    assert trusted_verdict(mail, "") is None
    assert trusted_verdict(mail, "other.example") is None


def test_a_standard_bounce_names_recipient_status_and_our_mail() -> None:
    (bounce,) = find_bounces(a_mail("bounce_rfc3464"), raw_mail("bounce_rfc3464"))
    assert bounce.recipient == "gone@example.com"
    assert bounce.permanent
    assert bounce.detail == "5.1.1 no such user here"
    assert bounce.original_message_id == "<sent-1@shop.example>"


def test_a_delay_is_not_a_failure() -> None:
    (bounce,) = find_bounces(a_mail("bounce_delayed"), raw_mail("bounce_delayed"))
    assert not bounce.permanent
    assert bounce.status == "4.4.1"


@pytest.mark.parametrize(
    ("name", "recipient", "detail"),
    [
        ("bounce_qmail", "nobody@example.org", "5.1.1 not delivered"),
        ("bounce_netease_zh", "nouser@163.com", "550 not delivered"),
    ],
)
def test_bounces_of_their_own_form_are_read(name: str, recipient: str, detail: str) -> None:
    (bounce,) = find_bounces(a_mail(name), raw_mail(name))
    assert (bounce.recipient, bounce.permanent, bounce.detail) == (recipient, True, detail)


@pytest.mark.parametrize(
    "subject",
    [
        "Unzustellbar: Ihre Bestellung",
        "Échec de remise : votre commande",
        "No se pudo entregar: su pedido",
        "Mancata consegna",
        "Não entregue: seu pedido",
        "Onbestelbaar: uw bestelling",
        "Niedoręczona wiadomość",
        "Сообщение не доставлено",
        "配信できませんでした",
        "메일 반송",
        "郵件無法傳遞",
    ],
)
def test_a_report_in_another_language_is_one_where_nobody_sent_it(subject: str) -> None:
    sent = f"From: mail@relay.example\nSubject: {subject}\n\nx"
    assert judge(mail_of(f"Return-Path: <>\n{sent}")).kind is AutoKind.BOUNCE
    assert judge(mail_of(sent)).kind is AutoKind.PERSONAL


@pytest.mark.parametrize(
    "rest",
    [
        "Content-Type: text/plain\n\nXyzzy: 550 5.7.1 xyzzy",
        "Content-Type: text/plain\n\nXyzzy SMTP xyzzy RCPT: 421 xyzzy",
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nxyzzy\n--b\n"
        "Content-Type: message/rfc822\n\nFrom: support@shop.example\nSubject: Order\n\nHi\n--b--\n",
    ],
)
def test_a_report_in_no_language_is_known_by_its_code_or_what_it_brings_back(rest: str) -> None:
    sent = f"From: mail@relay.example\nSubject: Xyzzy\n{rest}"
    assert judge(mail_of(f"Return-Path: <>\n{sent}")).kind is AutoKind.BOUNCE
    assert judge(mail_of(sent)).kind is AutoKind.PERSONAL


def test_a_form_that_sends_for_no_return_path_is_no_report() -> None:
    form = "Return-Path: <>\nFrom: form@shop.example\nSubject: Question\n\nDoes firmware 5.1.2 fit?"
    assert judge(mail_of(form)).kind is AutoKind.PERSONAL


def test_a_filters_verdict_is_read() -> None:
    assert spam_evidence(a_mail("spam_flagged")) == "x-spam-flag"
    assert spam_evidence(a_mail("plain_english")) is None


def test_old_is_three_days() -> None:
    date = (NOW - timedelta(days=2)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    assert why_not(mail_of(f"From: a@b.c\nDate: {date}\n\nhello")) is None
