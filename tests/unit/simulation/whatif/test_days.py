"""Which days are played, and what a forecast lays together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.simulation.period import Period
from hub.simulation.recorded import Chances
from hub.simulation.records import Span
from hub.simulation.whatif.asking import days_of
from hub.simulation.whatif.bodies import ForecastBody, PeriodBody
from hub.simulation.whatif.days import Base, read_base, sample
from hub.simulation.whatif.playing import replayed
from hub.simulation.whatif.task import Days, ReplayAsked, Task
from tests.unit.simulation.past import NOON_S, a_period, came

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 10, 17, 30, tzinfo=UTC)  # in Shanghai it is the 11th already
DAY_S = 86_400.0


def begins(days: Days) -> list[date]:
    found = [datetime.fromtimestamp(from_s, SHANGHAI) for from_s, _ in days.spans]
    assert all(one.hour == 0 for one in found)
    return [one.date() for one in found]


def test_yesterday_is_that_of_the_hub_s_zone() -> None:
    days = days_of(PeriodBody(), "Asia/Shanghai", NOW)
    assert begins(days) == [date(2026, 3, 10)]
    assert not days.is_forecast


def test_days_are_whole_the_last_one_too_also_when_clocks_change() -> None:
    body = PeriodBody(first=date(2026, 3, 28), last=date(2026, 3, 29))
    days = days_of(body, "Europe/Berlin", datetime(2026, 4, 2, tzinfo=UTC))
    [(from_s, to_s)] = days.spans
    assert to_s - from_s == 47 * 3600


@given(st.integers(-300, 300), st.integers(1, 12))
def test_a_forecast_looks_at_the_same_weekdays_that_are_over(ahead: int, weeks: int) -> None:
    today = NOW.astimezone(SHANGHAI).date()
    day = date.fromordinal(today.toordinal() + ahead)
    body = PeriodBody(forecast=ForecastBody(day=day, weeks=weeks))
    found = begins(days_of(body, "Asia/Shanghai", NOW))
    assert len(found) == 2 * weeks
    assert found == sorted(found, reverse=True)
    assert {one.weekday() for one in found} == {day.weekday()}
    assert max(found) < min(today, day)
    assert (min(today, day) - max(found)).days <= 7


def read(span: Span) -> Period:
    """Each day has two calls after it begins, but for one on which nobody came."""
    after_s = span.from_s - NOON_S
    if after_s == -7 * DAY_S:
        return a_period([], from_s=after_s, to_s=after_s + DAY_S)
    visits = [came(after_s + 100 * number, wait_s=after_s / DAY_S + 100) for number in (1, 2)]
    return a_period(visits, from_s=after_s, to_s=after_s + DAY_S)


def days(weeks: int, volume: float = 1.0) -> Days:
    spans = [(NOON_S - 7 * DAY_S * back, NOON_S - 7 * DAY_S * back + DAY_S) for back in range(6)]
    return Days(zone="UTC", spans=tuple(spans), weeks=weeks, volume=volume)


def test_contacts_of_all_days_come_on_the_latest_and_empty_days_do_not_count() -> None:
    base = read_base(days(3), read)
    assert base.days == (date(2026, 3, 10), date(2026, 2, 24), date(2026, 2, 17))
    assert base.share == pytest.approx(1 / 3)
    assert [visit.at_s - NOON_S for visit in base.period.visits] == [100] * 3 + [200] * 3


@settings(deadline=None)  # many draws each
@given(st.floats(0.1, 5), st.integers(1, 6))
def test_the_mean_of_many_draws_is_the_volume_and_chances_go_with_their_contacts(
    volume: float, weeks: int
) -> None:
    base = read_base(days(min(weeks, 5), volume), read)
    drawn = Chances(base.period, 1).of_run(0)
    wait_of = dict(zip(drawn.handle_s, base.period.visits, strict=True))
    assert wait_of
    counts = []
    for seed in range(300):
        period, chances = sample(base, drawn, seed)
        assert len(period.visits) == len(chances.handle_s) == len(chances.patience_s)
        assert [one.at_s for one in period.visits] == sorted(one.at_s for one in period.visits)
        counts.append(len(period.visits))
    spread = 5 * (2 * volume / 300) ** 0.5  # five times that of a Poisson number
    assert sum(counts) / len(counts) == pytest.approx(2 * volume, abs=spread)


def test_a_period_as_it_was_is_not_drawn() -> None:
    base = Base(a_period([came(0)]), (date(2026, 3, 10),), None, (), is_over=True)
    drawn = Chances(base.period, 1).of_run(0)
    assert sample(base, drawn, 1) == (base.period, drawn)


def test_a_channel_by_which_nobody_was_answered_is_left_out_and_named() -> None:
    period = a_period([came(0), came(1, channel="webchat", left=True)])
    base = read_base(Days(zone="UTC", spans=((NOON_S, NOON_S + 3600),)), lambda _: period)
    assert base.silent == ("webchat",)
    assert [one.kind.channel for one in base.period.visits] == ["phone"]


def test_notes_of_a_forecast_are_all_of_the_mean_day() -> None:
    def some(span: Span) -> Period:
        back = round((NOON_S - span.from_s) / DAY_S / 7)
        own_work_s = {"email": 600.0 * (back + 1)} if back < 2 else {"webchat": 300.0}
        return replace(read(span), left_out=3 - back, own_work_s=own_work_s)

    asked = ReplayAsked(runs=1)
    task = Task(url="", days=days(3), memory_bytes=1, replay=asked)
    base = read_base(days(3), some)  # of this week, two and three weeks ago
    notes = replayed(base, task, asked, lambda *_: None).notes
    assert {note.name: note.count for note in notes if note.code == "own_work"} == {
        "email": 200,
        "webchat": 200,
    }
    assert [note.count for note in notes if note.code == "left_out"] == [1.3]
