"""A mail as people look at it: its head, its way, and its source."""

from __future__ import annotations

import pytest

from hub.vendors.mail import original
from hub.vendors.mail.original import MAX_TEXT_CHARACTERS, CheckResult, read_original

MAIL = b"""\
Received: from mx.shop.example (mx.shop.example [192.0.2.7])\r
\tby imap.shop.example with LMTP id 3; Sun, 29 Nov 2026 10:00:09 +0000\r
Received: from [10.0.0.5] by mx.shop.example (Postfix) with ESMTPS;\r
 Sun, 29 Nov 2026 11:00:04 +0100 (CET)\r
Received: by phone.example with HTTP; Sun, 29 Nov 2026 09:59:34 +0000\r
Authentication-Results: mx.shop.example; spf=pass smtp.mailfrom=a@b.example;\r
 dkim=fail (bad; signature); dmarc=none\r
Subject: =?utf-8?b?5Y+R56Wo?=\r
no field at all\r
From: a@b.example\r
\r
Hello\r
"""


def test_the_head_is_told_in_order_and_readable() -> None:
    original = read_original(MAIL)
    assert [line.name for line in original.headers] == (
        ["Received"] * 3 + ["Authentication-Results", "Subject", "From"]
    )
    assert original.headers[4].value == "发票"
    assert original.size_bytes == len(MAIL)


def test_the_way_begins_at_the_first_server_and_says_where_time_was_lost() -> None:
    hops = read_original(MAIL).hops
    assert [(hop.sent_by, hop.taken_by, hop.delay_s) for hop in hops] == [
        ("", "phone.example", None),
        ("[10.0.0.5]", "mx.shop.example", 30),
        ("mx.shop.example", "imap.shop.example", 5),
    ]


def test_what_servers_found_out_is_named_with_who_says_so() -> None:
    server = "mx.shop.example"
    assert read_original(MAIL).checks == (
        CheckResult(server, "spf", "pass"),
        CheckResult(server, "dkim", "fail"),
        CheckResult(server, "dmarc", "none"),
    )


def test_any_bytes_have_an_original() -> None:
    assert read_original(b"").headers == ()
    odd = read_original(b"\x00\xff" * 9 + b"\nReceived: ; nonsense\nX-\xff: 1\n" + b"Y:" * 9)
    assert [hop.at for hop in odd.hops] == [None]
    assert "\x00" not in odd.text


def test_a_large_mail_is_cut_for_the_eye_only() -> None:
    raw = MAIL + b"x" * (5 * MAX_TEXT_CHARACTERS)
    original = read_original(raw)
    assert original.text_cut
    assert len(original.text) == MAX_TEXT_CHARACTERS
    bomb = read_original(b"X: y\r\n" * 100_000 + b"Z: " + b"z" * 1_000_000)
    assert len(bomb.headers) == 500


def test_its_words_are_those_for_people_also_of_the_beginning_of_a_large_mail() -> None:
    assert read_original(MAIL).words == "Hello"
    head = MAIL.replace(b"From:", b"Content-Type: multipart/mixed; boundary=x\r\nFrom:", 1)
    body = b"--x\r\n\r\nHello\r\n--x\r\nContent-Type: application/pdf\r\n\r\n" + b"a" * 3_000_000
    assert read_original(head[: -len(b"Hello\r\n")] + body).words == "Hello"
    assert read_original(b"").words == ""


def test_a_mail_that_breaks_the_reader_is_shown_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It lies in quarantine for that, and somebody has to see why."""

    def broken(raw: bytes) -> None:
        raise RuntimeError(f"{len(raw)} bytes")

    monkeypatch.setattr(original, "parse_mail", broken)
    found = original.read_original(MAIL)
    assert (found.words, found.size_bytes) == ("", len(MAIL))
    assert "Hello" in found.text
