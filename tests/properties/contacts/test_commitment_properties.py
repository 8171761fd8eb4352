"""Laws of promises: half of the open time, one owner, no text that breaks the reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.care.ranking import Record, Wanted, rank_people, wilson
from hub.contacts.commitments.model import back_to, half_way
from hub.contacts.commitments.quotes import Quote, price_conflicts
from hub.contacts.commitments.wishes import find_wish
from hub.hours import ALWAYS_OPEN, check_calendar, elapsed
from hub.testing.clock import NOON

OFFICE = check_calendar("Mon-Fri 09:00-12:00,13:30-18:00", "CN+workdays", "Asia/Shanghai")
MOMENTS = st.integers(0, 4 * 366 * 86_400).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
SPANS = st.integers(60, 40 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
PEOPLE = st.sampled_from(["a", "b", "c", "d"])


@given(MOMENTS, SPANS)
def test_the_reminder_comes_at_exactly_half_of_the_open_time(
    made_at: datetime, span: timedelta
) -> None:
    due_at = made_at + span
    half = half_way(made_at, due_at, OFFICE)
    assert made_at <= half <= due_at
    whole = elapsed(OFFICE, made_at, due_at)
    if whole > 0:
        assert abs(elapsed(OFFICE, made_at, half) - whole / 2) < 0.001
    else:
        assert half == made_at + span / 2


@given(MOMENTS, SPANS)
def test_where_it_is_always_open_half_of_the_time_is_half_of_the_clocks(
    made_at: datetime, span: timedelta
) -> None:
    by_clock = half_way(made_at, made_at + span, None)
    assert abs(half_way(made_at, made_at + span, ALWAYS_OPEN) - by_clock) < timedelta(
        milliseconds=1
    )


@given(PEOPLE, st.lists(st.tuples(st.booleans(), PEOPLE), max_size=30))
def test_however_it_is_handed_over_and_returned_it_has_one_owner_who_is_never_who_returned_it(
    maker: str, steps: list[tuple[bool, str]]
) -> None:
    owner, asker, handed = maker, None, list[tuple[str, str]]()
    for is_return, to in steps:
        if not is_return:
            handed.append((owner, to))
            asker = asker or (owner if owner != to else None)
            owner = to
            continue
        back = back_to(owner, [by for by, whom in handed if whom == owner], asker, maker)
        if back is None:
            assert {by for by, whom in handed if whom == owner} <= {owner}
            assert maker == owner
            continue
        assert back != owner
        owner = back


@given(st.text(max_size=400))
def test_no_text_breaks_the_reader(text: str) -> None:
    for words in (text, f"please call me {text}", f"请给我回电{text}"):
        wish = find_wish(words, NOON, "Asia/Shanghai")
        assert wish is None or wish.by is None or wish.by > NOON


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(["CNY", "EUR"]), st.booleans())
def test_two_prices_contradict_each_other_or_neither_does(
    first: int, second: int, currency: str, same_product: bool
) -> None:
    until = NOON + timedelta(days=1)
    one = Quote("1", "p", None, first, "CNY", until)
    other = Quote("2", "p" if same_product else "q", None, second, currency, until)
    there = bool(price_conflicts(one, [other], NOON))
    assert there == bool(price_conflicts(other, [one], NOON))
    assert there == (same_product and (first, "CNY") != (second, currency))


@given(st.integers(1, 500), st.integers(0, 500))
def test_the_interval_holds_the_share_and_lies_between_none_and_all(n: int, good: int) -> None:
    good = min(good, n)
    low, high = wilson(good, n)
    assert 0 <= low <= good / n + 1e-12
    assert good / n - 1e-12 <= high <= 1


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 5), st.booleans()),
        max_size=12,
    )
)
def test_everybody_able_is_listed_once_whatever_the_order(
    people: list[tuple[int, int, int, bool]],
) -> None:
    records = [
        Record(str(number), "x", n, min(kept, n), grade=grade, busy=busy)
        for number, (n, kept, grade, busy) in enumerate(people)
    ]
    ranked = rank_people(records, Wanted(grade=2))
    assert sorted(one.record.user_id for one in ranked) == sorted(
        one.user_id for one in records if one.grade >= 2
    )
    assert ranked == rank_people(records[::-1], Wanted(grade=2))
