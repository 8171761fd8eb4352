"""Codes that prove a mailbox: what is typed, what is kept, how often they go out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.contacts.proving.letter import code_letter
from hub.contacts.proving.model import HOUR, digest_of, free_at, read_code
from hub.testing.clock import NOON


@pytest.mark.parametrize(
    "written", ["012345", " 012 345 ", "012-345", "０１２３４５", "012\u00a0345\n"]
)
def test_a_code_is_read_however_it_was_copied(written: str) -> None:
    assert read_code(written) == "012345"


@pytest.mark.parametrize("written", ["", "12345", "1234567", "12345a", "½12345", "一二三四五六"])
def test_what_is_no_six_digits_is_no_code(written: str) -> None:
    assert read_code(written) is None


def test_the_same_digits_have_another_digest_in_another_code_and_under_another_key() -> None:
    kept = {
        digest_of(b"key", "first", "012345"),
        digest_of(b"key", "second", "012345"),
        digest_of(b"other", "first", "012345"),
    }
    assert len(kept) == 3
    assert all("012345" not in one for one in kept)


def test_the_next_is_free_once_the_oldest_that_fill_the_hour_are_over() -> None:
    made = [NOON - timedelta(minutes=minutes) for minutes in (90, 50, 20, 10)]
    assert free_at(made, 3, HOUR, NOON) == NOON + timedelta(minutes=10)
    assert free_at(made, 4, HOUR, NOON) == NOON
    assert free_at([], 1, HOUR, NOON) == NOON


def test_the_mail_has_the_code_in_both_languages_and_no_markup_of_a_name() -> None:
    for language, word in (("zh-CN", "验证码"), ("en", "10 minutes"), ("fr", "10 minutes")):
        letter = code_letter({}, language, "A & <b>", "012345")
        for part in (letter.subject, letter.text, letter.html):
            assert "012345" in part
        assert word in letter.text
        assert "<b>," not in letter.html
        assert "A &amp; &lt;b&gt;" in letter.html
