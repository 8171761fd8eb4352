"""Mails made to burn time: each is opened or refused within the bound that holds for any mail."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import pytest

from hub.vendors.mail.bounces import find_bounces
from hub.vendors.mail.looks import keep_looks
from hub.vendors.mail.model import Refusal
from hub.vendors.mail.opened import open_mail

HEAD = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n"
MARKUP = b"From: a@b.example\nContent-Type: text/html\n\n"
PLAIN = b"From: a@b.example\n\n"
FLOWED = b"From: a@b.example\nContent-Type: text/plain; format=flowed\n\n"
BASE64 = b"From: a@b.example\nContent-Transfer-Encoding: base64\n\n"
UNBOUND = b"From: a@b.example\nContent-Type: multipart/mixed\n\n"
HTML = b"Content-Type: text/html\n"
BYTES = bytes(range(128, 256))
MAX_S = 2.0  # CPU, so that other load of the machine counts nothing


def many(head: bytes, body: bytes, count: int) -> bytes:
    return HEAD + (b"--x\n" + head + b"\n" + body + b"\n") * count


def numbered(tag: str, count: int) -> bytes:
    return "".join(tag % number for number in range(count)).encode()


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: many(b"", BYTES * 180, 990), id="texts of unknown charset"),
        pytest.param(lambda: many(HTML, b"<div><p>hello</p>\n" * 1_400, 990), id="HTML parts"),
        pytest.param(lambda: many(HTML, b"<" * (2 << 20), 12), id="parts of angles"),
        pytest.param(lambda: many(b"X: y\n" * 1_900, b"x", 900), id="heads of parts"),
        pytest.param(lambda: MARKUP + b"<blockquote>a</blockquote>b" * 14_000, id="blocks"),
        pytest.param(lambda: MARKUP + b"<blockquote>a" * 29_000, id="blocks in blocks"),
        pytest.param(lambda: MARKUP + b"<div>" * 29_000 + b"a<blockquote type=cite>b", id="divs"),
        pytest.param(lambda: MARKUP + b"<p class=gmail_signature>a</p>b" * 14_000, id="signatures"),
        pytest.param(
            lambda: many(b"", b"begin 644 x\n#86%A\n`\nend\n" * 900_000, 1), id="uuencode"
        ),
        pytest.param(lambda: HEAD + b"--x\n" + b"--x--\n" * 4_000_000, id="delimiters"),
        pytest.param(lambda: MARKUP + numbered("<b id=%d><p>x", 14_000), id="open formatting"),
        pytest.param(lambda: MARKUP + numbered("<font color=%d>", 29_000), id="open fonts"),
        pytest.param(lambda: b"Subject: =?" + b" " * 60_000 + HEAD, id="blanks in a word"),
        pytest.param(lambda: BASE64 + b"AAA=" + b"\n" * (5 << 20), id="lines behind padding"),
        pytest.param(lambda: MARKUP + b"<meta charset=" + b" " * 4_000, id="blanks in a charset"),
        pytest.param(lambda: UNBOUND + b"--x" + b" " * (5 << 20), id="blanks behind a boundary"),
        pytest.param(lambda: FLOWED + b"a \n" * 700_000, id="one flowed line"),
        pytest.param(
            lambda: PLAIN + b"begin 644 x\n\xff\n" * 200 + b"ab\n" * 5_000_000 + b"end\n",
            id="uuencode that is none",
        ),
    ],
)
def test_no_mail_burns_more_than_its_bound(make: Callable[[], bytes]) -> None:
    raw = make()
    started = time.process_time()
    open_mail(raw)
    assert time.process_time() - started <= MAX_S


def test_no_report_burns_more_than_its_bound() -> None:
    raw = b"From: mailer-daemon@b.example\nSubject: failure notice\n" + b"\n" * (1 << 20)
    opened = open_mail(raw)
    assert not isinstance(opened, Refusal)
    started = time.process_time()
    find_bounces(opened.mail, raw)
    assert time.process_time() - started <= MAX_S


def test_what_is_remembered_of_looks_is_bounded() -> None:
    tracemalloc.start()
    for number in range(40):
        keep_looks(f"color:red;x:{number}" + "y" * 1_000_000)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 4_000_000
