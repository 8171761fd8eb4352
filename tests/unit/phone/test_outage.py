"""When the provider counts as away, and when it is back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.channels.phone.outage.model import AWAY_AFTER, AWAY_FOR, WELL, Health, answered, failed

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def after(*seconds: float) -> Health:
    health = WELL
    for at in seconds:
        health = failed(health, f"at {at}", NOON + timedelta(seconds=at))
    return health


def test_three_failures_over_some_seconds_are_an_outage_since_the_first() -> None:
    health = after(0, 2, 4)
    assert (health.away, health.since, health.reason) == (True, NOON, "at 4")


def test_failures_that_come_together_are_one_event() -> None:
    assert not after(0, 0.1, 0.2, 0.3, 0.4).away


def test_two_failures_are_no_outage_however_far_apart() -> None:
    assert not after(0, 60).away


def test_any_answer_ends_it() -> None:
    assert answered(after(0, 2, 4)) == WELL


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 20)), max_size=30))
def test_away_means_that_the_last_three_failed_over_the_time_and_nothing_else(
    asked: list[tuple[bool, float]],
) -> None:
    health, now = WELL, NOON
    run: list[datetime] = []
    for well, pause_s in asked:
        now += timedelta(seconds=pause_s)
        health = answered(health) if well else failed(health, "HTTP 503", now)
        run = [] if well else [*run, now]
        expected = len(run) >= AWAY_AFTER and now - run[0] >= AWAY_FOR
        assert health.away == expected
        assert health.since == (run[0] if run else None)
