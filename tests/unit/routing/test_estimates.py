"""The wait told to customers: what the range is made of, and that it holds where theory does."""

from __future__ import annotations

import random

import pytest

from hub.routing.estimates import Kind, Rivals, WaitRange, rivals_of, wait_range

GOLD, LOW = Kind("gold", 20.0), Kind("low", 60.0)


def alone(ahead: int, taken: int) -> WaitRange:
    found = wait_range([Rivals(ahead, taken, 0.0)])
    assert found is not None
    return found


def test_too_few_were_taken_to_say_anything_honest() -> None:
    assert wait_range([]) is None
    assert wait_range([Rivals(5, 1, 0.0), Rivals(0, 1, 0.3)]) is None
    assert wait_range([Rivals(5, 1, 0.0), Rivals(0, 2, 0.3)]) is not None


@pytest.mark.parametrize(("ahead", "taken"), [(0, 90), (3, 90), (9, 20), (40, 30), (2, 4)])
def test_eight_in_ten_are_served_within_it_where_gaps_are_exponential(
    ahead: int, taken: int
) -> None:
    """The rate is only known by the same chance: both are drawn, many times over."""
    chance = random.Random(7)  # noqa: S311 - a test, no secret
    held = 0
    for _ in range(20_000):
        measured_s = chance.gammavariate(taken, 1.0)  # so long took as many as were counted
        wait_s = chance.gammavariate(ahead + 1, 1.0) * 900.0 / measured_s
        found = alone(ahead, taken)
        held += found.low_s <= wait_s <= found.high_s
    assert 0.78 < held / 20_000 < 0.91  # whole seconds, outwards, make a short one wider


def test_who_is_overtaken_waits_longer_and_who_overtakes_less() -> None:
    ahead, taken = {GOLD: 3, LOW: 3}, {GOLD: 45, LOW: 45}
    gold = wait_range(rivals_of(GOLD, ahead, taken, None))
    low = wait_range(rivals_of(LOW, ahead, taken, None))
    plain = alone(6, 90)
    assert gold is not None
    assert low is not None
    assert gold.high_s < plain.high_s < low.high_s
    assert gold.low_s < plain.low_s


def test_never_more_are_overtaken_than_stand_before() -> None:
    assert wait_range([Rivals(2, 90, -50.0)]) == alone(0, 90)


def test_in_a_strict_queue_every_better_one_who_comes_goes_first_and_a_worse_one_never() -> None:
    ahead, taken = {GOLD: 2}, {GOLD: 45, LOW: 45}
    low = rivals_of(LOW, ahead, taken, {"gold"})
    assert sorted(low) == [Rivals(0, 45, 0.0), Rivals(2, 45, 1.0)]
    gold = rivals_of(GOLD, ahead, taken, frozenset())
    assert sorted(gold) == [Rivals(0, 45, 0.0), Rivals(2, 45, 0.0)]


def test_where_all_who_are_taken_overtake_the_range_ends_all_the_same() -> None:
    found = wait_range([Rivals(9, 900, 1.0)])
    assert found is not None
    assert 0 <= found.low_s < found.high_s <= 4 * 3600


@pytest.mark.parametrize("better", [None, {"gold"}])
def test_nobody_overtakes_who_was_raised_and_who_was_raised_is_not_overtaken(
    better: set[str] | None,
) -> None:
    taken = {GOLD: 45, LOW: 45}
    raised = LOW._replace(priority=3)
    assert wait_range(rivals_of(raised, {}, taken, better)) == alone(0, 90)
    ahead = {raised: 5}
    assert wait_range(rivals_of(GOLD, ahead, taken, frozenset())) == alone(5, 90)
    plain = wait_range(rivals_of(GOLD, {LOW: 5}, taken, None))
    assert plain is not None
    assert plain.high_s < alone(5, 90).high_s
