"""Arms are stable and spread as their shares say; in no hour do more go out than the pace."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.campaigns.model import (
    MAX_PACE,
    Arm,
    Text,
    arm_of,
    check_arms,
    next_after,
    turn_of,
    write,
)
from hub.core.shares import difference, wilson

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MAIL = {"en": Text("Hello", "Hello")}


def arms(shares: list[int]) -> list[Arm]:
    return [Arm(f"a{place}", share, False, MAIL) for place, share in enumerate(shares)]


SHARES = st.lists(st.integers(1, 60), min_size=1, max_size=5).map(
    lambda some: [*some[:-1], 100 - sum(some[:-1])] if sum(some[:-1]) < 100 else [100]
)


@given(SHARES, st.uuids().map(str))
def test_arms_are_spread_as_the_shares_say_and_never_change(
    shares: list[int], campaign: str
) -> None:
    some = arms(shares)
    people = [f"customer-{number}" for number in range(2_000)]
    first = [arm_of(some, campaign, one).key for one in people]
    assert first == [arm_of(some, campaign, one).key for one in people]
    counts = Counter(first)
    for arm in some:
        # five standard deviations: fails by chance once in millions
        wanted = len(people) * arm.share / 100
        spread = (wanted * (1 - arm.share / 100)) ** 0.5
        assert abs(counts[arm.key] - wanted) <= 5 * spread + 1


@given(st.uuids().map(str), st.uuids().map(str))
def test_another_campaign_draws_anew(one: str, other: str) -> None:
    halves = arms([50, 50])
    people = [f"customer-{number}" for number in range(400)]
    same = sum(arm_of(halves, one, who) == arm_of(halves, other, who) for who in people)
    assert one == other or 100 < same < 300


@given(
    st.integers(1, MAX_PACE),
    st.lists(st.tuples(st.integers(0, 4_000_000), st.integers(0, 50)), min_size=1, max_size=200),
)
def test_in_no_hour_do_more_go_out_than_the_pace(pace: int, ticks: list[tuple[int, int]]) -> None:
    """Turns come at any moments, also after a long stop, and use any part of what they may."""
    now, next_at = NOON, NOON
    went: list[datetime] = []
    for milliseconds, wanted in ticks:
        now += timedelta(milliseconds=milliseconds)
        turn = turn_of(pace, next_at, now, 50)
        used = min(turn.most, wanted)
        went += [now] * used
        next_at = next_after(pace, turn, used)
    for place, begins in enumerate(went):
        within = [at for at in went[place:] if at < begins + HOUR]
        assert len(within) <= pace


@given(st.integers(1, 20_000))
def test_the_pace_is_kept_up_with(pace: int) -> None:
    """Somebody who fires twice a second loses less than a hundredth of it, and one."""
    now, next_at, count = NOON, NOON, 0
    for _ in range(1_200):  # ten minutes
        turn = turn_of(pace, next_at, now, 50)
        count += turn.most
        next_at = next_after(pace, turn, turn.most)
        now += timedelta(milliseconds=500)
    assert count >= int(pace / 6 * 0.99) - 1


def test_nothing_goes_out_before_its_time() -> None:
    assert turn_of(600, NOON, NOON - timedelta(microseconds=1), 50).most == 0
    assert turn_of(600, NOON, NOON, 50).most == 1


@given(st.text(max_size=200), st.sampled_from(["en", "zh-CN", "fr", "", None]))
def test_a_name_is_a_name_whatever_stands_in_it(name: str, language: str | None) -> None:
    texts = {"en": Text("For {name}", "{name} and {sender}"), "zh-CN": Text("给{name}", "{name}")}
    said = write(Arm("a", 100, False, texts), language, "en", name, "Shop")
    assert "\n" not in said.subject
    assert "\r" not in said.subject
    assert said.subject.startswith("给" if language == "zh-CN" else "For ")
    inert = write(Arm("a", 100, False, texts), "en", "en", "{sender}{0.__class__}", "Shop")
    assert inert.text == "{sender}{0.__class__} and Shop"


def test_what_is_wrong_with_arms() -> None:
    good = [Arm("a", 60, False, MAIL), Arm("b", 40, True, {})]
    assert check_arms(good) == []
    wrong = [
        [],
        [Arm("a", 100, True, {})],
        [Arm("a", 50, False, MAIL), Arm("a", 50, False, MAIL)],
        [Arm("a", 60, False, MAIL)],
        [Arm("a", 100, False, {})],
        [Arm("a", 50, False, MAIL), Arm("b", 50, True, MAIL)],
        [Arm("a", 100, False, {"en": Text("Hi {password}", "x")})],
        [Arm("a", 100, False, {"en": Text("Hi\nBcc: all@example.test", "x")})],
        [Arm("a", 100, False, {"en": Text(" ", "x")})],
        [Arm("a", 100, False, {"../etc": Text("Hi", "x")})],
        [Arm("a", 50, False, MAIL), Arm("b", 25, True, {}), Arm("c", 25, True, {})],
    ]
    for some in wrong:
        assert check_arms(some), some


@given(st.integers(5, 400), st.integers(5, 400), st.data())
def test_a_difference_stands_within_its_interval(n: int, m: int, data: st.DataObject) -> None:
    good, base = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    between, low, high = difference((good, n), (base, m))
    assert -1 <= low <= between <= high <= 1
    assert abs(difference((base, m), (good, n))[0] + between) < 1e-12


def test_newcombes_interval_is_that_of_the_paper() -> None:
    """Newcombe (1998), table II, method 10, without continuity correction: 56/70 and 48/80."""
    between, low, high = difference((56, 70), (48, 80))
    assert round(between, 4) == 0.2
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)
    assert wilson(56, 70)[0] < 0.8
