"""Several days as one mean day by the clock on the wall, also where clocks change; days so far."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.simulation.demand import Demand, demand_of_period
from hub.simulation.period import Agent, AgentTurn, Conditions, Period, Visit
from hub.simulation.records import Span
from hub.simulation.whatif.asking import days_of
from hub.simulation.whatif.bodies import ForecastBody, PeriodBody
from hub.simulation.whatif.days import read_base
from hub.simulation.whatif.shapes import StaffView
from hub.simulation.whatif.staffed import staffed, there_by_half_hour
from hub.simulation.whatif.task import Days, StaffAsked, Task
from hub.simulation.world import ANSWERED, BIN_S, Kind, Turn
from tests.unit.simulation.past import the_settings

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, tzinfo=UTC)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # 23 and 25 hours long


def moment(day: date, clock: str, fold: int = 0) -> float:
    hour, minute = (int(part) for part in clock.split(":"))
    at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN, fold=fold)
    return at.timestamp()


def a_visit(at_s: float, channel: str = "phone", handle_s: float = 100.0) -> Visit:
    return Visit(Kind("standard", "support", channel), at_s, ANSWERED, 1.0, handle_s=handle_s)


def berlin(visits: list[Visit], span: Span, *agents: Agent) -> Period:
    here = the_settings(zone="Europe/Berlin")
    conditions = Conditions(here, agents)
    inside = [visit for visit in visits if span.begins_s <= visit.at_s < span.until_s]
    return Period(conditions, sorted(inside, key=lambda one: one.at_s), *span)


def days_from(first: date, last: date) -> Days:
    return days_of(PeriodBody(first=first, last=last), "Europe/Berlin", NOW)


def span_over(first: date, last: date) -> Span:
    [(from_s, to_s)] = days_from(first, last).spans
    return Span(from_s - 86_400, from_s, to_s, to_s)


def shift(day: date, begins: str, ends: str) -> tuple[AgentTurn, AgentTurn]:
    return AgentTurn(moment(day, begins), Turn.COMES), AgentTurn(moment(day, ends), Turn.GOES)


def counts(demand: Demand) -> dict[int, float]:
    """Return how many come in each half hour in which anybody does."""
    [stream] = demand.streams
    rates = enumerate(stream.rates_per_s)
    return {place: round(rate * BIN_S, 6) for place, rate in rates if rate}


@pytest.mark.parametrize("changes", [SPRING, AUTUMN])
def test_the_calls_of_nine_are_at_nine_whether_clocks_changed_before_or_after(
    changes: date,
) -> None:
    days = [changes + timedelta(days=back) for back in (-1, 0, 1)]
    visits = [a_visit(moment(day, "09:10")) for day in days]
    agent = Agent(
        "li",
        queues=frozenset({"support"}),
        turns=tuple(turn for day in days for turn in shift(day, "09:00", "09:30")),
    )
    period = berlin(visits, span_over(days[0], days[-1]), agent)
    demand = demand_of_period(period)
    assert counts(demand) == {18: 1}
    assert demand.bins == 48
    there = there_by_half_hour(period, "support", {"phone"})
    assert {place: share for place, share in enumerate(there) if share} == {18: 1}


def test_a_day_without_an_hour_has_no_half_hours_of_it() -> None:
    period = berlin([a_visit(moment(SPRING, "03:10"))], span_over(SPRING, SPRING))
    demand = demand_of_period(period)
    clocks = [datetime.fromtimestamp(at_s, BERLIN).strftime("%H:%M") for at_s in demand.starts_s]
    assert clocks[:6] == ["00:00", "00:30", "01:00", "01:30", "03:00", "03:30"]
    assert clocks[-1] == "23:30"
    assert counts(demand) == {4: 1}


def test_an_hour_that_comes_twice_is_the_mean_of_both() -> None:
    visits = [a_visit(moment(AUTUMN, "02:10", fold=fold)) for fold in (0, 1, 1)]
    visits.append(a_visit(moment(AUTUMN, "12:10")))
    demand = demand_of_period(berlin(visits, span_over(AUTUMN, AUTUMN)))
    assert demand.bins == 48
    assert counts(demand) == {4: 1.5, 24: 1}


@pytest.mark.parametrize("changes", [SPRING, AUTUMN])
def test_a_forecast_lays_its_days_over_each_other_by_the_clock(changes: date) -> None:
    latest = changes + timedelta(days=7)
    body = PeriodBody(forecast=ForecastBody(day=latest, weeks=2))
    asked = days_of(body, "Europe/Berlin", datetime(2026, latest.month, latest.day, tzinfo=UTC))
    visits = [
        a_visit(moment(changes - timedelta(days=7 * back), clock))
        for back in (0, 1)
        for clock in ("00:10", "09:10", "23:50")
    ]
    base = read_base(asked, lambda span: berlin(visits, span))
    assert base.days == (changes, changes - timedelta(days=7))
    at = [datetime.fromtimestamp(visit.at_s, BERLIN) for visit in base.period.measured]
    assert [one.strftime("%H:%M") for one in at] == [
        "00:10", "00:10", "09:10", "09:10", "23:50", "23:50",
    ]  # fmt: skip


def test_what_falls_into_an_hour_that_is_left_out_comes_after_it() -> None:
    body = PeriodBody(forecast=ForecastBody(day=SPRING + timedelta(days=7), weeks=2))
    asked = days_of(body, "Europe/Berlin", datetime(2026, 4, 5, tzinfo=UTC))
    visits = [a_visit(moment(SPRING, "12:00")), a_visit(moment(date(2026, 3, 22), "02:20"))]
    base = read_base(asked, lambda span: berlin(visits, span))
    at = [datetime.fromtimestamp(visit.at_s, BERLIN) for visit in base.period.measured]
    assert [one.strftime("%H:%M") for one in at] == ["03:20", "12:00"]


def asked_how_many(period: Period, days: Days) -> StaffView:
    asked = StaffAsked(queue="support", goal=0.5)
    task = Task(url="", days=days, memory_bytes=1, staff=asked)
    return staffed(read_base(days, lambda _: period), task, asked, lambda *_: None)


def test_a_week_is_one_mean_day_of_seven() -> None:
    week = [SPRING + timedelta(days=back) for back in range(-6, 1)]
    visits = [a_visit(moment(day, "09:10")) for day in week]
    visits += [a_visit(moment(day, "10:00"), "email", 700.0) for day in week[:5]]
    view = asked_how_many(
        berlin(visits, span_over(week[0], week[-1])), days_from(week[0], week[-1])
    )
    assert view.days == week
    assert view.not_staffed_s == {"email": 500.0}
    assert [one.start for one in view.half_hours if one.contacts] == ["09:00"]
    assert len(view.half_hours) == 48


def test_one_day_is_itself() -> None:
    day = date(2026, 3, 10)
    visits = [a_visit(moment(day, "09:10")), a_visit(moment(day, "10:00"), "email", 700.0)]
    view = asked_how_many(berlin(visits, span_over(day, day)), days_from(day, day))
    assert (view.days, view.not_staffed_s) == ([day], {"email": 700.0})


def test_of_the_half_hour_that_is_going_on_counts_what_was_seen() -> None:
    day = date(2026, 3, 10)
    from_s, to_s = moment(day, "00:00"), moment(day, "09:40")
    turns = (AgentTurn(moment(day, "09:00"), Turn.COMES),)
    agent = Agent("li", queues=frozenset({"support"}), turns=turns)
    for until_s, expected in ((to_s, [1, 1]), (to_s - 330, [1])):
        period = berlin(
            [a_visit(moment(day, "09:10"))], Span(from_s - 1, from_s, until_s, until_s), agent
        )
        there = there_by_half_hour(period, "support", {"phone"})
        assert len(there) == demand_of_period(period).bins
        assert there[18:] == expected
