"""How many agents each half hour needs."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import Invalid
from hub.simulation.control import controlled
from hub.simulation.demand import Demand, demand_of_period, demand_of_scenario
from hub.simulation.levels import Levels, bounds, shifts_of
from hub.simulation.run import Played, play
from hub.simulation.scenario import Agents, Interval, Run, Scenario, Shift, Tier
from hub.simulation.staffing import MOST_AGENTS, first_guess, least, staff
from hub.simulation.theory import erlang_c_longer
from hub.simulation.world import BIN_S, world_of

from .build import a_center, a_stream, exponential
from .past import a_period, came

TARGET_S = 20.0


def calls(rates: list[float] | float, *, patience_s: float | None = None) -> Scenario:
    """Return a centre of calls of a minute, half hour by half hour."""
    rate: float | list[Interval] = (
        rates
        if isinstance(rates, float)
        else [Interval(for_s=BIN_S, rate_per_s=one) for one in rates]
    )
    return Scenario(
        tiers=[Tier(name="tier 1", target_s=TARGET_S)],
        arrivals=[
            a_stream(rate_per_s=rate, patience=exponential(patience_s) if patience_s else None)
        ],
        agents=[Agents(count=1)],
    )


@given(st.integers(1, 400), st.integers(1, 400))
def test_the_least_number_is_found_from_any_guess(wanted: int, guess: int) -> None:
    asked: list[int] = []

    def meets(agents: int) -> bool:
        asked.append(agents)
        return agents >= wanted

    assert least(meets, guess) == wanted
    assert min(asked) >= 1
    assert len(asked) <= 4 + 4 * math.log2(1 + abs(wanted - guess) + 1)


def test_a_goal_that_nobody_can_meet_is_refused() -> None:
    with pytest.raises(Invalid, match=str(MOST_AGENTS)):
        least(lambda _: False, 3)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=3))
def test_as_many_are_there_in_each_half_hour_as_are_asked_for(counts: list[int]) -> None:
    there = [0] * len(counts)
    for agents in shifts_of(counts, 100):
        shift = agents.shift or Shift(from_s=0, to_s=len(counts) * BIN_S)
        for place in range(int(shift.from_s / BIN_S), int(shift.to_s / BIN_S)):
            there[place] += agents.count
    assert there == counts


def test_one_half_hour_after_the_other_gets_what_theory_says() -> None:
    """Everybody waits: Erlang C holds in the steady state; a half hour is nearly one."""
    demand = demand_of_scenario(calls([0.05, 0.05, 0.2, 0.2]))
    needed = staff(demand, 0.8)
    for one, rate in zip(needed, (0.05, 0.05, 0.2, 0.2), strict=True):
        enough = next(
            agents
            for agents in range(1, 100)
            if agents > rate * 60 and erlang_c_longer(agents, rate, 60, TARGET_S) <= 0.2
        )
        assert abs(one.agents - enough) <= 1
        assert one.contacts == pytest.approx(rate * BIN_S)
        assert one.load == pytest.approx(rate * 60)
        assert one.service_level is not None
        assert one.service_level.ci95 is not None
        assert one.service_level.ci95[0] >= 0.8
    assert [one.start_s for one in needed] == [0, 1800, 3600, 5400]


def test_a_higher_goal_needs_no_fewer_and_nobody_needs_nobody() -> None:
    demand = demand_of_scenario(calls([0.05, 0.0, 0.1]))
    low, high = staff(demand, 0.5), staff(demand, 0.95)
    assert all(one.agents <= two.agents for one, two in zip(low, high, strict=True))
    assert low[1].agents == 0
    assert low[1].service_level is None


def test_who_was_left_behind_by_the_half_hour_before_counts() -> None:
    levels = Levels(demand_of_scenario(calls([0.2, 0.05], patience_s=600)), 0.8, seed=1)
    after_enough, after_few = levels.of(1, (16, 6)), levels.of(1, (8, 6))
    assert after_enough.value is not None
    assert after_few.value is not None
    assert after_few.value < after_enough.value - 0.05


def test_a_half_hour_after_a_bad_one_begins_with_who_was_left_behind() -> None:
    patient = 900.0
    alone = staff(demand_of_scenario(calls([0.02, 0.0], patience_s=patient)), 0.2)[0]
    after = staff(demand_of_scenario(calls([0.2, 0.02], patience_s=patient)), 0.2)[1]
    assert alone.service_level is not None
    assert after.service_level is not None
    assert (after.agents, alone.service_level.value or 0) >= (
        alone.agents,
        (after.service_level.value or 0) + 0.05,
    )


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_near_full_load_the_number_is_that_of_erlang_whatever_the_seed(seed: int) -> None:
    """36 agents' work: 40 of them are busy for 90 % of the time."""
    scenario = msgspec.structs.replace(
        calls(0.2), arrivals=[a_stream(rate_per_s=0.2, handle=exponential(180))]
    )
    [needed] = staff(demand_of_scenario(scenario), 0.8, seed)
    enough = next(n for n in range(37, 60) if erlang_c_longer(n, 0.2, 180, TARGET_S) <= 0.2)
    assert needed.agents == enough
    assert needed.service_level is not None
    low, high = bounds(needed.service_level)
    assert low - 1e-9 <= 1 - erlang_c_longer(enough, 0.2, 180, TARGET_S) <= high + 1e-9


def test_a_hundred_and_eighty_agents_work_needs_a_hundred_and_eighty_eight() -> None:
    scenario = msgspec.structs.replace(
        calls(1.0), arrivals=[a_stream(rate_per_s=1.0, handle=exponential(180))]
    )
    levels = Levels(demand_of_scenario(scenario), 0.8, seed=1)
    assert not levels.meets(0, (187,))
    assert levels.meets(0, (188,))
    assert levels.of(0, (187,)).value == pytest.approx(0.772, abs=0.01)
    assert levels.of(0, (188,)).value == pytest.approx(0.817, abs=0.01)


def test_a_load_that_stays_the_same_needs_the_same_half_hour_by_half_hour() -> None:
    needed = [one.agents for one in staff(demand_of_scenario(calls([0.15] * 4 + [0.0])), 0.8)]
    assert needed == [needed[0]] * 4 + [0]


def test_the_empty_beginning_is_not_measured() -> None:
    """Too few for the calls: the lines grow for hours until as many leave as come."""
    patient = demand_of_scenario(calls(0.2, patience_s=1800.0))
    level = Levels(patient, 0.8, seed=1).of(0, (9,))
    assert level.value is not None
    assert level.value < 0.002


@given(st.lists(st.floats(0, 1), min_size=2, max_size=12), st.floats(0, 1))
def test_an_interval_of_a_share_stays_between_none_and_all(
    shares: list[float], exact: float
) -> None:
    low, high = bounds(controlled(shares, shares[::-1], exact))
    assert low >= 0
    assert high <= 1


def test_what_was_luck_in_erlangs_queue_is_taken_off() -> None:
    found = controlled([0.5, 0.7, 0.9, 0.5], [0.4, 0.6, 0.8, 0.4], 0.7)
    assert found.value == pytest.approx(0.8)
    assert found.half_width == pytest.approx(0.0, abs=1e-9)


def test_a_constant_rate_is_one_half_hour_for_all() -> None:
    assert demand_of_scenario(calls(0.05)).bins == 1


@pytest.mark.parametrize("goal", [0.0, 1.0, -1.0, 80.0])
def test_a_goal_that_is_no_share_is_refused(goal: float) -> None:
    with pytest.raises(Invalid, match="--goal"):
        staff(demand_of_scenario(calls(0.05)), goal)


def test_patience_makes_the_first_guess_smaller() -> None:
    patient = demand_of_scenario(calls(0.2))
    leaving = demand_of_scenario(calls(0.2, patience_s=30))
    assert first_guess(leaving, 0, 0.8) < first_guess(patient, 0, 0.8)


def test_mails_are_not_staffed_by_the_half_hour_but_their_work_is_told() -> None:
    scenario = Scenario(
        tiers=[Tier(name="tier 1", target_s=TARGET_S)],
        arrivals=[a_stream(), a_stream(channel="email", rate_per_s=0.01)],
        agents=[Agents(count=1)],
    )
    demand = demand_of_scenario(scenario)
    assert [stream.spec.channel for stream in demand.streams] == ["phone"]
    assert demand.not_staffed is not None
    assert dict(demand.not_staffed) == pytest.approx({"email": 0.01 * BIN_S * 60})


def test_only_mails_and_unknown_queues_are_refused() -> None:
    scenario = Scenario(
        tiers=[Tier(name="tier 1", target_s=TARGET_S)],
        arrivals=[a_stream(channel="email")],
        agents=[Agents(count=1)],
    )
    with pytest.raises(Invalid, match="No calls or chats come"):
        demand_of_scenario(scenario)
    with pytest.raises(Invalid, match="no such queue; known: default"):
        demand_of_scenario(calls(0.05), ["sales"])


def test_chats_take_a_share_of_an_agent() -> None:
    chat = a_stream(channel="webchat", rate_per_s=0.05)
    scenario = Scenario(
        tiers=[Tier(name="tier 1", target_s=TARGET_S)], arrivals=[chat], agents=[Agents(count=1)]
    )
    assert demand_of_scenario(scenario).load(0) == pytest.approx(0.05 * 60 / 3)


# ---- from what was recorded --------------------------------------------------------------------


def recorded(days: int = 1) -> Demand:
    visits = [
        came(day * 86_400 + 1800 * part + 15 * number, ring_s=5.0, handle_s=100.0, wait_s=9.0)
        for day in range(days)
        for part, count in enumerate((30, 60))
        for number in range(count)
    ]
    return demand_of_period(a_period(visits, to_s=3600.0 if days == 1 else days * 86_400.0))


def test_what_was_recorded_comes_again_half_hour_by_half_hour() -> None:
    demand = recorded()
    [stream] = demand.streams
    assert stream.rates_per_s == pytest.approx((30 / BIN_S, 60 / BIN_S))
    assert stream.target_s == 35  # the ring is in the handling time
    assert stream.spec.handle.mean_s == 105
    assert stream.spec.patience is None


@pytest.mark.parametrize(
    ("to_s", "rates"),
    [
        (1800.0, [1 / 60]),
        (2000.0, [1 / 60]),  # so little of a half hour says nothing
        (2400.0, [1 / 60, 1 / 60]),
        (240.0, [1 / 60]),
        (86_400.0 + 900, [1 / 60] * 48),
        (86_400.0 + 60, [1 / 60] * 48),
    ],
)
def test_a_half_hour_of_which_a_part_was_seen_has_the_rate_of_that_part(
    to_s: float, rates: list[float]
) -> None:
    visits = [came(30 + 60.0 * n) for n in range(int(to_s / 60))]
    [stream] = demand_of_period(a_period(visits, to_s=to_s)).streams
    assert stream.rates_per_s == pytest.approx(rates)


def test_several_days_are_one_mean_day() -> None:
    demand = recorded(days=3)
    assert demand.bins == 48
    assert demand.streams[0].rates_per_s[:3] == pytest.approx((30 / BIN_S, 60 / BIN_S, 0))


def test_patience_and_handling_are_fitted() -> None:
    visits = [came(10.0 * n, handle_s=50.0 + 3 * n, wait_s=5.0) for n in range(60)]
    visits += [came(10.0 * n + 5, left=True, wait_s=30.0) for n in range(20)]
    [stream] = demand_of_period(a_period(visits)).streams
    assert stream.spec.handle.distribution == "lognormal"
    assert stream.spec.patience == exponential((60 * 5 + 20 * 30) / 20)


def test_a_target_of_a_stream_stands_for_its_tiers() -> None:
    scenario = a_center(1, [0.02, 0.02], contacts=500)
    own = Scenario(
        run=Run(contacts=500),
        tiers=scenario.tiers,
        arrivals=[a_stream("tier 1", 0.02), a_stream("tier 2", 0.02)],
        agents=scenario.agents,
    )
    changed = msgspec.structs.replace(
        own, arrivals=[own.arrivals[0], msgspec.structs.replace(own.arrivals[1], target_s=1.0)]
    )
    first, second = play(world_of(own)), play(world_of(changed))
    assert [source.target_s for source in second.sources] == [20.0, 1.0]

    def mean_wait(played: Played) -> float:
        log = played.log
        waits = [w for w, s in zip(log.waited_s, log.stream, strict=True) if s == 1]
        return sum(waits) / len(waits)

    assert mean_wait(second) < mean_wait(first)
