"""The laws of how many calls of a list may go out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.phone_lists.guard import room, to_release

COUNTS = st.integers(0, 5_000)


@given(COUNTS, COUNTS, st.integers(0, 60), st.integers(0, 30))
def test_all_calls_under_way_abandoned_leave_the_share_within_the_limit(
    talked: int, abandoned: int, in_flight: int, permille: int
) -> None:
    answered = talked + abandoned
    more = room(answered, abandoned, in_flight, permille)
    assert more >= 0
    if more:
        worst = abandoned + in_flight + more
        assert worst * 1000 <= permille * (answered + in_flight + more)


@given(COUNTS, COUNTS, st.integers(0, 60), st.integers(0, 30))
def test_no_room_is_left_unused(talked: int, abandoned: int, in_flight: int, permille: int) -> None:
    answered = talked + abandoned
    more = room(answered, abandoned, in_flight, permille) + 1
    worst = abandoned + in_flight + more
    assert worst * 1000 > permille * (answered + in_flight + more)


@given(
    st.integers(0, 30),
    st.lists(st.tuples(st.sampled_from(["dial", "abandon", "talk", "nobody"])), max_size=300),
)
def test_whatever_happens_the_share_never_passes_the_limit(
    permille: int, acts: list[tuple[str]]
) -> None:
    """As the hub runs it: what it dials by itself it dials only while there is room; calls by hand
    are answered in between.
    """
    answered = abandoned = in_flight = 0
    for (act,) in acts * 3:
        if act == "dial":
            in_flight += 1 if room(answered, abandoned, in_flight, permille) else 0
        elif act == "talk":
            answered += 1
            in_flight = max(in_flight - 1, 0)
        elif in_flight:
            in_flight -= 1
            if act == "abandon":
                answered, abandoned = answered + 1, abandoned + 1
        assert abandoned * 1000 <= permille * answered


def test_the_first_call_by_itself_comes_after_33_answers_at_three_percent() -> None:
    assert [room(answered, 0, 0, 30) for answered in (0, 32, 33, 66)] == [0, 0, 1, 2]


@given(COUNTS, COUNTS)
def test_never_more_wait_than_agents_are_free(free: int, waiting: int) -> None:
    more = to_release(free, waiting)
    assert more >= 0
    assert more == 0 or waiting + more <= free
