"""Periods: days of the set-up's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from hub.core.errors import Invalid
from hub.reporting.model import period_of

NOW = datetime(2026, 3, 10, 17, tzinfo=UTC)  # the 11th in Shanghai


def test_the_usual_period_is_thirty_days_with_today() -> None:
    period = period_of("", "", "Asia/Shanghai", NOW)
    assert (period.first, period.last) == (date(2026, 2, 10), date(2026, 3, 11))
    assert period.begin == datetime(2026, 2, 9, 16, tzinfo=UTC)
    assert period.end == datetime(2026, 3, 11, 16, tzinfo=UTC)


def test_a_day_on_which_clocks_change_has_23_hours() -> None:
    period = period_of("2026-03-29", "2026-03-29", "Europe/Berlin", NOW)
    assert (period.end.astimezone(UTC) - period.begin.astimezone(UTC)).total_seconds() == 23 * 3600


@pytest.mark.parametrize(
    ("since", "until"),
    [("1 March", ""), ("", "2026-13-01"), ("2026-03-02", "2026-03-01"), ("1900-01-01", "")],
)
def test_what_is_no_period_is_refused(since: str, until: str) -> None:
    with pytest.raises(Invalid):
        period_of(since, until, "UTC", NOW)
