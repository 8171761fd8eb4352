"""Times to choose from, also where clocks change by less than an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from hub.callbacks.model import Times
from hub.callbacks.slots import MOST, list_slots
from hub.hours import ALWAYS_OPEN

LORD_HOWE = "Australia/Lord_Howe"
HALF_AN_HOUR_TWICE = datetime(2026, 4, 4, 15, tzinfo=UTC)  # 02:00 is 01:30 again
HALF_AN_HOUR_LESS = datetime(2026, 10, 3, 15, 30, tzinfo=UTC)  # 02:00 is 02:30


@pytest.mark.timeout(20)  # it may never end
@pytest.mark.parametrize("change", [HALF_AN_HOUR_TWICE, HALF_AN_HOUR_LESS])
def test_where_half_an_hour_comes_twice_the_hours_go_on(change: datetime) -> None:
    found = list_slots(Times(ALWAYS_OPEN, ALWAYS_OPEN), LORD_HOWE, change - timedelta(hours=5))
    assert len(found) == MOST
    assert all(earlier < later for earlier, later in pairwise(found))
    local = [at.astimezone(ZoneInfo(LORD_HOWE)) for at in found if at > change + timedelta(hours=1)]
    assert {at.minute for at in local} == {0}


def test_within_a_minute_the_times_are_those_of_its_end() -> None:
    times = Times(ALWAYS_OPEN, ALWAYS_OPEN)
    full = datetime(2026, 3, 10, 6, 30, tzinfo=UTC)
    assert list_slots(times, "UTC", full)[0] == full + timedelta(minutes=30)
    later = list_slots(times, "UTC", full + timedelta(seconds=1))
    assert later[0] == full + timedelta(minutes=90)  # half an hour's notice, at the least
    assert later == list_slots(times, "UTC", full + timedelta(seconds=59))
