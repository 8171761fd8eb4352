from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.vendors.mail.headers import (
    decode_header,
    parse_addresses,
    parse_date,
    parse_message_ids,
    parse_parameters,
)
from hub.vendors.mail.model import Address


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?Q?a=5Fb_c?= d", "a_b c d"),
        (b"=?utf-8?B?5L0=?=\r\n =?utf-8?B?oOWlvQ==?=", "你好"),
        (b"=?GBK?B?xOO6ww==?=", "你好"),
        (b"=?utf-8*zh?B?5L2g5aW9?=", "你好"),
        (b"=?utf-8?B?5L2g5aW9", "你好"),
        (b"=?nonsense?Q?caf=C3=A9?=", "café"),
        ("你好".encode("gb18030"), "你好"),
        (b"a\r\nBcc: x", "a Bcc: x"),
    ],
)
def test_header_text_is_decoded(raw: bytes, text: str) -> None:
    assert decode_header(raw) == text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'"Doe, \\"J\\" John" <j@x.com>', (Address("j@x.com", 'Doe, "J" John'),)),
        (b"a@b.c (Name)", (Address("a@b.c", "Name"),)),
        (b"Team: x@y.z, u@v.w;, q@r.s", (Address("x@y.z"), Address("u@v.w"), Address("q@r.s"))),
        (b"=?utf-8?Q?Sm,ith?= <s@t.u>", (Address("s@t.u", "Sm,ith"),)),
        (b"<@relay.example:user@host.example>", (Address("user@host.example"),)),
        (b"undisclosed-recipients:;", ()),
        (b"<>", ()),
        (b"no address here", ()),
        (b"A@EXAMPLE.COM", (Address("A@example.com"),)),
        (b'"broken <x@y.z>', (Address("x@y.z", "broken"),)),
    ],
)
def test_addresses_are_found(raw: bytes, expected: tuple[Address, ...]) -> None:
    assert parse_addresses(raw, 10) == expected


def test_parameters_of_every_dialect_are_read() -> None:
    raw = b'attachment; filename*0*=GBK\'\'%C4%E3; filename*1*=%BA%C3; filename*2=".pdf"; x="a;b"'
    assert parse_parameters(raw) == ("attachment", {"filename": "你好.pdf", "x": "a;b"})


def test_long_reference_lists_keep_the_first_and_the_newest() -> None:
    ids = parse_message_ids(" ".join(f"<{n}@x>" for n in range(1000)))
    assert len(ids) == 200
    assert (ids[0], ids[-1]) == ("<0@x>", "<999@x>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tue, 10 Mar 2026 19:30:00 +0800 (CST)", datetime(2026, 3, 10, 11, 30, tzinfo=UTC)),
        ("10 Mar 26 11:30", datetime(2026, 3, 10, 11, 30, tzinfo=UTC)),
        ("Tue, 10 Mar 2026 25:61:00 +0800", None),
        ("Tue, 10 Mar 1901 00:00:00 +0000", None),
        ("yesterday", None),
    ],
)
def test_dates_are_utc_or_nothing(text: str, expected: datetime | None) -> None:
    assert parse_date(text) == expected
