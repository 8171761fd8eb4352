"""Nothing goes before its days are over, by either clock, and nothing stays an hour and a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from hub.contacts.keeping.model import Kept, cutoff, is_due, kept_as

ZONES = st.sampled_from(
    ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]
)
_FIRST = datetime(2015, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 20 * 365 * 86_400).map(lambda s: _FIRST + timedelta(seconds=s))
DAYS = st.integers(1, 3650)
LONGEST_SHIFT = timedelta(hours=2)


def wall(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@given(MOMENTS, DAYS, ZONES)
def test_both_clocks_have_seen_all_days(now: datetime, days: int, zone: str) -> None:
    ended = cutoff(now, days, zone)
    assert now - ended >= timedelta(days=days)
    assert wall(now, zone) - wall(ended, zone) >= timedelta(days=days)


@given(MOMENTS, DAYS, ZONES)
def test_it_is_never_much_later_than_that(now: datetime, days: int, zone: str) -> None:
    assert now - cutoff(now, days, zone) <= timedelta(days=days) + LONGEST_SHIFT


@given(MOMENTS, DAYS, ZONES)
def test_a_longer_rule_never_lets_go_sooner(now: datetime, days: int, zone: str) -> None:
    assert cutoff(now, days + 1, zone) < cutoff(now, days, zone)


def test_a_night_with_an_hour_more() -> None:
    """Closed at noon before the clocks go back: by the wall it is noon one hour later."""
    closed = datetime(2025, 10, 25, 10, 0, tzinfo=UTC)  # 12:00 in Berlin
    same_elapsed = closed + timedelta(days=2)  # 11:00 in Berlin
    assert cutoff(same_elapsed, 2, "Europe/Berlin") < closed
    assert cutoff(same_elapsed + timedelta(hours=1), 2, "Europe/Berlin") == closed


def test_a_night_with_an_hour_less() -> None:
    """The wall says so an hour before the days are over."""
    closed = datetime(2025, 3, 29, 11, 0, tzinfo=UTC)  # 12:00 in Berlin
    by_the_wall = closed + timedelta(days=2) - timedelta(hours=1)
    assert cutoff(by_the_wall, 2, "Europe/Berlin") < closed
    assert cutoff(closed + timedelta(days=2), 2, "Europe/Berlin") == closed


@given(st.integers(1, 3650), st.integers(1, 3650), st.booleans(), st.booleans())
def test_a_chat_goes_by_its_own_rule_or_by_the_later_one(
    anonymous_days: int, chats_days: int, first: bool, later: bool
) -> None:
    """Who they are may become known, or unknown, between the two walks: none is left by both, and
    none goes by the sooner one that is not its own.
    """
    of = {Kept.ANONYMOUS_CHATS: anonymous_days, Kept.CHATS: chats_days}
    other = {Kept.ANONYMOUS_CHATS: chats_days, Kept.CHATS: anonymous_days}

    def due(kept: Kept, *, anonymous: bool) -> bool:
        return is_due(kept, anonymous=anonymous, days=of[kept], other_days=other[kept])

    sooner = min(of, key=lambda kept: of[kept])
    own = first is (sooner is Kept.ANONYMOUS_CHATS)
    last = next(kept for kept in of if kept is not sooner)
    assert due(last, anonymous=later) or due(sooner, anonymous=later)
    if of[sooner] < of[last]:
        assert due(sooner, anonymous=first) is own
        assert due(last, anonymous=later)


@given(st.integers(1, 3650), st.booleans())
def test_a_chat_that_is_kept_without_end_by_its_own_rule_does_not_go_by_the_other(
    days: int, anonymous: bool
) -> None:
    other = Kept.CHATS if anonymous else Kept.ANONYMOUS_CHATS
    assert not is_due(other, anonymous=anonymous, days=days, other_days=0)


def test_each_channel_has_its_rule() -> None:
    assert kept_as("webchat", anonymous=True) is Kept.ANONYMOUS_CHATS
    assert kept_as("webchat", anonymous=False) is Kept.CHATS
    assert {kept_as("email", anonymous=one) for one in (True, False)} == {Kept.MAILS}
    assert {kept_as("phone", anonymous=one) for one in (True, False)} == {Kept.CALLS}
    assert kept_as("carrier pigeon", anonymous=True) is None
