"""Names people write in many ways: which are the same, which are alike, which are not."""

from __future__ import annotations

import pytest

from hub.customers.matching.model import OFFERED_FROM, Known, Reason, score_names


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("Ann Lee", "ANN LEE", Reason.SAME_NAME),
        ("Ann Lee", "Lee, Ann", Reason.SAME_NAME),
        ("Ａｎｎ Lee", "Ann Lee", Reason.SAME_NAME),
        ("王 芳", "王芳", Reason.SAME_NAME),
        ("A. Lee", "Ann Lee", Reason.LIKE_NAME),
        ("Ann L.", "Ann Lee", Reason.LIKE_NAME),
        ("A. L.", "Ann Lee", None),  # nothing is whole in both
        ("Ann Lee", "Bob Lee", None),
        ("Ann", "Ann Lee", None),
        ("王芳", "王方", None),
        ("", "", None),
        (None, "Ann", None),
        ("!?", "!?", None),
    ],
)
def test_names(one: str | None, other: str | None, reason: Reason | None) -> None:
    score = score_names(Known(one), Known(other))
    assert score.reasons == ((reason,) if reason else ())


def test_a_name_alike_is_offered_only_with_something_else() -> None:
    one = Known("A. Lee", frozenset({"Acme"}))
    assert score_names(one, Known("Ann Lee")).points < OFFERED_FROM
    assert score_names(one, Known("Ann Lee", frozenset({"ACME"}))).points >= OFFERED_FROM


def test_the_end_of_a_number_counts_and_an_extension_does_not() -> None:
    one = Known(numbers=frozenset({"+862012345678;ext=8"}))
    other = Known(numbers=frozenset({"+861012345678"}))
    assert score_names(one, other).reasons == (Reason.SAME_NUMBER_END,)


def test_withheld_and_short_numbers_have_no_end() -> None:
    withheld = Known(numbers=frozenset({"anonymous:01a2-3456789012", "short:12345678"}))
    assert score_names(withheld, withheld).points == 0


def test_a_mailbox_that_many_have_says_nothing() -> None:
    one, other = Known(mails=frozenset({"info@a.test"})), Known(mails=frozenset({"info@b.test"}))
    assert score_names(one, other).points == 0
    one, other = (
        Known(mails=frozenset({"ann.lee@a.test"})),
        Known(mails=frozenset({"ann.lee@b.test"})),
    )
    assert score_names(one, other).reasons == (Reason.SAME_MAILBOX_NAME,)
