"""The laws of when somebody may be called."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.phone_lists.hours import ALL_DAYS, COUNTRIES, Hours, Span, may_call_from

ZONES = st.sampled_from(
    ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
)
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 2 * 365 * 86_400).map(lambda s: BEGINS + timedelta(seconds=s))
SPANS = st.builds(
    Span,
    st.lists(st.sampled_from(ALL_DAYS), min_size=1, unique=True).map(tuple),
    st.just(time(9)),
    st.integers(40, 84).map(lambda quarter: time(quarter // 4, quarter % 4 * 15)),
)
HOURS = st.builds(
    Hours, SPANS, st.just((time(20), time(9))), st.sampled_from(["", "CN", *COUNTRIES])
)


@given(MOMENTS, HOURS, st.lists(ZONES, min_size=1, max_size=2, unique=True))
def test_nobody_is_called_outside_their_hours(at: datetime, hours: Hours, zones: list[str]) -> None:
    found = may_call_from(at, hours, tuple(zones))
    if found is None:
        return
    assert found >= at
    for zone in zones:
        local = found.astimezone(ZoneInfo(zone))
        assert hours.own.begins <= local.time() < min(hours.own.ends, time(20))
        assert local.isoweekday() in hours.own.days
        spans = COUNTRIES.get(hours.region, (hours.own,))
        assert any(span.has(local) for span in spans)


@given(MOMENTS, HOURS, ZONES)
def test_no_earlier_quarter_is_missed(at: datetime, hours: Hours, zone: str) -> None:
    found = may_call_from(at, hours, (zone,))
    end = found or at + timedelta(days=15)
    moment = at
    while moment < end:
        assert not hours.allow(moment.astimezone(ZoneInfo(zone)))
        moment += timedelta(minutes=15)


@pytest.mark.parametrize(
    ("region", "zone", "local", "allowed"),
    [
        ("US", "America/New_York", "2026-03-10 20:30", True),
        ("US", "America/New_York", "2026-03-10 21:00", False),
        ("FR", "Europe/Paris", "2026-03-10 13:30", False),
        ("FR", "Europe/Paris", "2026-03-14 11:00", False),  # Saturday
        ("CA", "America/Toronto", "2026-03-14 09:30", False),
        ("CA", "America/Toronto", "2026-03-14 10:00", True),
        ("AU", "Australia/Sydney", "2026-03-15 11:00", False),  # Sunday
    ],
)
def test_the_law_of_a_country(region: str, zone: str, local: str, allowed: bool) -> None:
    hours = Hours(Span(ALL_DAYS, time(0), time(23, 45)), (time(0), time(0)), region)
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
    assert (may_call_from(at, hours, (zone,)) == at) is allowed
