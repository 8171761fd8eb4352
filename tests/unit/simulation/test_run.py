"""The simulated world: who comes, who serves whom, who leaves; the same each time."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import pytest

from hub.routing.engine import Engine
from hub.routing.record import NOT_RECORDED
from hub.simulation.chance import Clockwork, draw_of, numbers_of
from hub.simulation.run import Ran, run
from hub.simulation.scenario import (
    Agents,
    Arrivals,
    Distribution,
    Interval,
    Run,
    Scenario,
    Shift,
    Tier,
)
from hub.simulation.statistics import results_of
from hub.simulation.world import ABANDONED, ANSWERED, streams_of
from tests.unit.routing.build import a_contact, an_agent, changed, queued, rules

from .build import a_center, a_stream, exponential, fixed, simulated


def waits(ran: Ran, tier: str) -> list[float]:
    of_tier = {i for i, stream in enumerate(ran.streams) if stream.kind.tier == tier}
    return [w for w, s in zip(ran.log.waited_s, ran.log.stream, strict=True) if s in of_tier]


def a_scenario(*agents: Agents, arrivals: Sequence[Arrivals] = (), contacts: int = 400) -> Scenario:
    return Scenario(
        run=Run(contacts=contacts),
        tiers=[Tier(name="gold", target_s=20), Tier(name="low", target_s=60)],
        arrivals=list(arrivals) or [a_stream("gold"), a_stream("low")],
        agents=list(agents),
    )


def test_the_same_seed_gives_the_same_figures_and_another_seed_others() -> None:
    first, again = simulated(a_center(2, [0.02])), simulated(a_center(2, [0.02]))
    other = simulated(a_center(2, [0.02], seed=2))
    assert first.groups == again.groups
    assert first.groups != other.groups


def test_another_staff_or_rule_meets_the_same_customers() -> None:
    few, many = run(a_center(2, [0.01, 0.02])), run(a_center(9, [0.01, 0.02], rule="strict"))
    assert few.log.stream == many.log.stream


def test_a_stream_more_changes_no_other() -> None:
    first, second = a_stream("gold", 0.01), a_stream("low", 0.01)
    [alone] = streams_of(a_scenario(Agents(count=1), arrivals=[first]))
    _, beside = streams_of(a_scenario(Agents(count=1), arrivals=[second, first]))
    assert [alone.handle() for _ in range(5)] == [beside.handle() for _ in range(5)]
    assert alone.clockwork.next_after(0.0) == beside.clockwork.next_after(0.0)


def test_every_contact_is_answered_or_gone() -> None:
    ran = run(a_center(1, [0.02], patience=exponential(30)))
    assert len(ran.log) == 2_000
    assert set(ran.log.outcome) == {ANSWERED, ABANDONED}


def test_one_agent_serves_one_after_the_other() -> None:
    scenario = a_scenario(
        Agents(count=1), arrivals=[a_stream("gold", 0.1, handle=fixed(100))], contacts=50
    )
    ran = run(scenario)
    assert ran.simulated_s >= 49 * 100
    assert max(ran.log.waited_s) == pytest.approx(49 * 100 - 500, rel=0.2)


def test_agents_of_a_tier_serve_no_other() -> None:
    reserved = run(a_scenario(Agents(count=5, tiers=["gold"]), Agents(count=1)))
    assert max(waits(reserved, "gold")) < 1e-6
    assert max(waits(reserved, "low")) > 1


def test_agents_without_a_skill_or_a_queue_serve_those_who_ask_for_none() -> None:
    french = a_stream("gold", 0.01, skills={"french": 3})
    other = a_stream("low", 0.01, queue="sales")
    agents = (Agents(count=30, queues=["sales"]), Agents(count=1, skills={"french": 3}))
    ran = run(a_scenario(*agents, arrivals=[french, other]))
    assert max(waits(ran, "low")) < 1e-6
    assert max(waits(ran, "gold")) > 1


def test_who_comes_before_the_shift_waits_for_it() -> None:
    late = Agents(count=9, shift=Shift(from_s=3600, to_s=7200))
    ran = run(a_scenario(late, arrivals=[a_stream("gold", 0.01)], contacts=30))
    first_s = ran.log.waited_s[0]
    assert 2000 < first_s < 3600


def test_a_shift_over_the_end_of_the_day_is_there_at_its_beginning() -> None:
    night = Agents(count=9, shift=Shift(from_s=80_000, to_s=10_000))
    ran = run(a_scenario(night, arrivals=[a_stream("gold", 0.001)], contacts=60))
    assert ran.log.waited_s[0] < 1e-6
    assert max(ran.log.waited_s) > 1000


def test_what_is_in_hand_at_the_end_of_a_shift_is_finished_and_counts_as_signed_in() -> None:
    agents = Agents(count=1, shift=Shift(from_s=0, to_s=1000))
    stream = a_stream("gold", 0.01, handle=fixed(5000))
    results = results_of(run(a_scenario(agents, arrivals=[stream], contacts=30)))
    assert results.occupancy.value is not None
    assert 0.9 < results.occupancy.value <= 1


def test_three_chats_are_served_at_once_and_mails_stand_still_during_a_call() -> None:
    chat = a_stream("gold", 1.0, channel="webchat", handle=fixed(1000))
    ran = run(a_scenario(Agents(count=1), arrivals=[chat], contacts=9))
    rounds = [round(waited_s, -3) for waited_s in ran.log.waited_s]
    assert rounds == [0, 0, 0, 1000, 1000, 1000, 2000, 2000, 2000]

    mail = a_stream("low", 0.0005, channel="email", handle=fixed(100))
    call = a_stream("gold", 0.02, handle=fixed(45))
    busy = results_of(run(a_scenario(Agents(count=1), arrivals=[mail, call], contacts=4000)))
    assert busy.occupancy.value == pytest.approx(0.02 * 45 + 0.0005 * 100, abs=0.03)


def test_rates_change_by_interval_and_begin_anew() -> None:
    stream = a_stream(
        rate_per_s=[
            Interval(for_s=100, rate_per_s=1.0),
            Interval(for_s=100, rate_per_s=0.0),
            Interval(for_s=200, rate_per_s=0.1),
        ]
    )
    clockwork, now_s, came = Clockwork(stream, numbers_of(1)), 0.0, [0, 0, 0, 0]
    while (now_s := clockwork.next_after(now_s)) < 400 * 50:
        came[int(now_s % 400 // 100)] += 1
    assert came[0] == pytest.approx(5000, rel=0.05)
    assert came[1] == 0
    assert came[2] == pytest.approx(500, rel=0.15)
    assert came[3] == pytest.approx(500, rel=0.15)


@pytest.mark.parametrize("distribution", ["exponential", "lognormal", "fixed"])
def test_a_distribution_has_its_mean(distribution: str) -> None:
    sigma = 0.5 if distribution == "lognormal" else None
    chosen = Distribution(distribution=distribution, mean_s=50, sigma=sigma)
    draw = draw_of(chosen, numbers_of(3))
    assert fmean(draw() for _ in range(20_000)) == pytest.approx(50, rel=0.03)


def test_the_staff_is_looked_at_only_where_a_course_is_wanted() -> None:
    scenario = a_center(2, [0.02], contacts=300)
    assert run(scenario).played.looks == []
    looks = run(scenario, looks=True).played.looks
    assert [look.at_s for look in looks[:3]] == [0, 1800, 3600]


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    run(a_center(2, [0.02], contacts=5_000), lambda done, of: told.append((done, of)))
    assert told == [(0, 5_000), (2_000, 5_000), (4_000, 5_000)]


def test_the_engine_keeps_no_record_where_it_is_told_so() -> None:
    engine = Engine(rules(), record=False)
    changed(engine, an_agent("ann"))
    [made] = queued(engine, a_contact("one"))
    assert made.agent_id == "ann"
    assert made.why is NOT_RECORDED
