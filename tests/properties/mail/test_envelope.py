"""An address of the envelope, read by its plain form, is what aiosmtpd reads it as."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import cast

import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import given
from hypothesis import strategies as st

from hub.vendors.mail.intake_connection import plain_address

_WORDS = st.sampled_from([
    "<", ">", "a", "b1", "+tag", ".", "..", "@", "d-e", "test", "'", "=", "_", " ", "\t",
    "(c)", '"', "SIZE=3", "BODY=8BITMIME", "é", ",", "[", "\\",
])  # fmt: skip


@given(st.lists(_WORDS, max_size=12).map("".join))
def test_what_is_read_at_once_is_what_the_parser_of_all_forms_reads(argument: str) -> None:
    plain = plain_address(argument)
    if plain is not None:
        whole = SMTP._getaddr(cast("SMTP", SimpleNamespace(local_part_limit=0)), argument)
        assert whole[1] is not None
        assert plain[0] == whole[0]
        assert plain[1].split() == whole[1].split()


@pytest.mark.parametrize(
    ("argument", "found"),
    [
        ("<support@example.test>", ("support@example.test", "")),
        ("<a.b+c=d@mail-1.example.test> SIZE=10", ("a.b+c=d@mail-1.example.test", "SIZE=10")),
        ("<>", None),
        ('<"a b"@example.test>', None),
        ("<@relay.test:a@example.test>", None),
        ("<a..b@example.test>", None),
    ],
)
def test_plain_forms_are_read_and_others_left(argument: str, found: tuple[str, str] | None) -> None:
    assert plain_address(argument) == found


def test_a_long_line_takes_no_time() -> None:
    began = time.process_time()
    for hostile in ("<" + "a." * 200_000, "<a@b>" + " " * 400_000 + "(", "<" + "a" * 400_000):
        assert plain_address(hostile) is None
    assert time.process_time() - began < 1
