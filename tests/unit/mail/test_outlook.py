"""Outlook's thread marks, read and made."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from hub.vendors.mail.outlook import clean_thread_index, thread_index

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
THEIRS = base64.b64encode(b"\x01\xdc" + bytes(range(20))).decode()


def test_an_answer_goes_on_with_the_index_of_the_mail_it_answers() -> None:
    index = base64.b64decode(thread_index("c1", NOW, THEIRS))
    assert index[:22] == base64.b64decode(THEIRS)
    assert len(index) == 27


def test_all_mails_of_a_conversation_share_a_head_and_no_other_has_it() -> None:
    first, later = thread_index("c1", NOW, None), thread_index("c1", NOW + timedelta(9), None)
    other = thread_index("c2", NOW, None)
    heads = [base64.b64decode(one)[:22] for one in (first, later, other)]
    assert heads[0] == heads[1] != heads[2]
    assert heads[0][0] == 1
    assert first != later


@pytest.mark.parametrize(
    "value", [None, "", "nonsense!", base64.b64encode(b"short").decode(), "A" * 4000]
)
def test_what_is_no_index_is_left_alone(value: str | None) -> None:
    assert clean_thread_index(value) is None


def test_an_index_that_was_folded_is_read() -> None:
    assert clean_thread_index(f"{THEIRS[:10]}\r\n {THEIRS[10:]}") == THEIRS
