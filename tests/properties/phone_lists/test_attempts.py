"""The laws of what follows of an attempt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.phone_lists.model import (
    GAPS,
    MAX_ATTEMPTS,
    Course,
    Number,
    PersonState,
    Result,
    after_attempt,
    choose_number,
)

NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)
GAP = st.dictionaries(st.sampled_from(sorted(GAPS)), st.integers(60, 86_400))
AGAIN = st.lists(st.sampled_from(sorted(GAPS - {Result.SKIPPED})), min_size=1, max_size=30)


@given(st.integers(1, MAX_ATTEMPTS), AGAIN, GAP)
def test_nobody_is_tried_more_often_than_the_list_says(
    attempts: int, results: list[Result], gaps: dict[str, int]
) -> None:
    failed, dialled = 0, 0
    for result in results:
        dialled += 1
        after = after_attempt(Course(attempts, failed), result, gaps, NOW)
        failed = after.failed
        if after.state is PersonState.GIVEN_UP:
            break
        assert after.due_at is not None
        assert after.due_at >= NOW + timedelta(seconds=60)
    assert dialled <= attempts


@given(st.sampled_from(sorted(Result)), st.integers(1, 5), st.integers(0, 4), GAP, st.booleans())
def test_who_is_not_due_has_no_time_and_who_is_has_one(
    result: Result, attempts: int, failed: int, gaps: dict[str, int], numbers_left: bool
) -> None:
    after = after_attempt(
        Course(attempts, min(failed, attempts - 1)), result, gaps, NOW, numbers_left=numbers_left
    )
    assert (after.due_at is not None) is (after.state is PersonState.DUE)
    assert after.failed >= min(failed, attempts - 1)


@given(st.integers(1, 50 * 86_400).map(lambda seconds: NOW + timedelta(seconds=seconds)))
def test_a_time_agreed_is_kept_however_often_they_were_tried(at: datetime) -> None:
    after = after_attempt(Course(1, 0), Result.CALL_LATER, {}, NOW, agreed=at)
    assert (after.state, after.due_at, after.agreed) == (PersonState.DUE, at, True)


NUMBERS = st.lists(
    st.builds(Number, st.sampled_from("abcdef"), st.just("+8613800138000"), st.booleans()),
    unique_by=lambda one: one.identity_id,
)


@given(NUMBERS, st.dictionaries(st.sampled_from("abcdef"), st.integers(-1, 5)))
def test_a_wrong_number_is_never_called_and_the_least_tried_first(
    numbers: list[Number], tried: dict[str, int]
) -> None:
    chosen = choose_number(numbers, tried)
    good = [one for one in numbers if tried.get(one.identity_id, 0) >= 0]
    assert (chosen is None) is (not good)
    if chosen is not None:
        assert chosen in good
        times = tried.get(chosen.identity_id, 0)
        assert all(times <= tried.get(one.identity_id, 0) for one in good)
