"""A period played again under the hub's own rules: calendars, steps, rests, breaks, chances."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.core.errors import Invalid
from hub.routing.model import Overflow, SkillStep, team_group
from hub.simulation.period import Visit, Work, merged, ready_spans, without_work
from hub.simulation.recorded import Chances, Script, demands_of, lasting_s, on_clock_s
from hub.simulation.replay import Question, replay_period
from hub.simulation.run import play
from hub.simulation.world import ABANDONED, WAITING, Turn

from .past import (
    CHANNELS,
    NOON_S,
    a_period,
    a_queue,
    an_agent,
    came,
    the_settings,
    waits_of,
)


def test_one_after_the_other_in_the_time_their_handling_took() -> None:
    calls = [came(0, handle_s=100), came(10, handle_s=50), came(20, handle_s=50)]
    assert waits_of(a_period(calls)) == [0, 90, 130]


def test_the_ring_is_part_of_the_wait_and_takes_the_agent() -> None:
    calls = [came(0, wait_s=5, ring_s=5, handle_s=100), came(10, ring_s=5)]
    assert waits_of(a_period(calls)) == [5, 105 - 10 + 5]


def test_the_better_tier_goes_first_by_the_targets_of_its_queue() -> None:
    calls = [came(0), came(1), came(50, tier="gold"), came(60)]
    assert waits_of(a_period(calls))[2] == 50
    even = {channel: {"gold": 40, "standard": 40} for channel in CHANNELS}
    settings = the_settings(queues={"support": a_queue(target_s=even), "finance": a_queue()})
    assert waits_of(a_period(calls, settings=settings))[2] == 150


def test_an_agent_rests_after_a_call_as_the_set_up_says() -> None:
    channels = {**CHANNELS, "phone": replace(CHANNELS["phone"], gap_s=7.0)}
    calls = [came(0), came(10)]
    waits_s = waits_of(a_period(calls, settings=the_settings(channels=channels)))
    assert waits_s == pytest.approx([0, 97])


def test_a_skill_step_ends_after_its_time_and_then_anybody_serves() -> None:
    steps = (SkillStep((("repair", 3),), 60.0), SkillStep(()))
    settings = the_settings(queues={"support": a_queue(steps=steps), "finance": a_queue()})
    able = an_agent("wu", skills={"repair": 3})
    calls = [came(0, handle_s=500), came(1)]
    period = a_period(calls, an_agent("li"), able, settings=settings)
    assert waits_of(period) == pytest.approx([0, 60])


def test_what_only_absent_agents_could_do_is_not_asked_for() -> None:
    steps = (SkillStep((("repair", 3),), 60.0), SkillStep(()))
    settings = the_settings(queues={"support": a_queue(steps=steps), "finance": a_queue()})
    assert waits_of(a_period([came(0)], an_agent("li"), settings=settings)) == [0]


def test_another_team_helps_out_after_the_time_the_set_up_says() -> None:
    helped = a_queue(overflow=(Overflow(team_group("back"), after_s=30.0),))
    settings = the_settings(queues={"support": helped, "finance": a_queue()})
    calls = [came(0, handle_s=500), came(1), came(2)]
    helper = an_agent("wu", queues=["finance"], teams=["back"])
    stranger = an_agent("ma", queues=["finance"], teams=["front"])
    period = a_period(calls, an_agent("li"), helper, stranger, settings=settings)
    assert waits_of(period) == pytest.approx([0, 30, 129], abs=0.01)


def test_steps_last_until_the_one_that_is_for_good() -> None:
    steps = [SkillStep((), 5), SkillStep((), 7), SkillStep(()), SkillStep((), 3), SkillStep(())]
    assert lasting_s(steps) == [5, 7]


def test_who_is_on_a_break_takes_nothing_and_ends_what_is_in_hand() -> None:
    turns = ((0.0, Turn.COMES), (50.0, Turn.PAUSES), (400.0, Turn.COMES))
    calls = [came(0, handle_s=100), came(10)]
    assert waits_of(a_period(calls, an_agent("li", *turns))) == [0, 390]


def test_who_still_waits_when_nobody_comes_any_more_is_told_apart() -> None:
    turns = ((0.0, Turn.COMES), (50.0, Turn.GOES))
    period = a_period([came(0), came(60)], an_agent("li", *turns))
    script = Script(period, period.conditions)
    played = play(script.world(Chances(period, 1).of_run(0)))
    assert script.outcomes(played)[1][1] == WAITING


def test_a_preferred_agent_is_waited_for_as_long_as_held() -> None:
    chats = [
        came(0, handle_s=100),
        came(10, preferred_agent_id="li", held_s=30.0),
        came(11, preferred_agent_id="li", held_s=500.0),
    ]
    period = a_period(chats, an_agent("li"), an_agent("wu", (5.0, Turn.COMES)))
    assert waits_of(period) == pytest.approx([0, 30, 89])


def test_a_mail_waits_in_the_open_time_of_its_queue() -> None:
    settings = the_settings(queues={"support": a_queue(calendar_id="office"), "finance": a_queue()})
    late = came(5.5 * 3600, channel="email")  # 17:30; the agent comes at 10:00 of the next day
    there = an_agent("li", (22 * 3600.0, Turn.COMES))
    period = a_period([late], there, settings=settings, to_s=86_400.0)
    assert waits_of(period) == pytest.approx([5400])
    script = Script(period, period.conditions)
    assert on_clock_s(script.rules, "wall", late.at_s, 60.0) == 60.0


@pytest.mark.parametrize(
    ("came_s", "waits_s"),
    [
        (5.5 * 3600, [5400 + 100, 5 * 3600]),  # at 17:30: it has waited 1.5 open hours
        (0.5 * 3600, [6.5 * 3600, 5 * 3600 + 100]),  # at 12:30: it has waited 6.5
    ],
)
def test_a_mail_of_yesterday_is_as_urgent_as_its_open_time_says(
    came_s: float, waits_s: list[float]
) -> None:
    one_at_once = {**CHANNELS, "email": replace(CHANNELS["email"], maximum=1)}
    settings = the_settings(
        queues={"support": a_queue(calendar_id="office"), "finance": a_queue()},
        channels=one_at_once,
    )
    yesterday = came(came_s, channel="email")
    today = came(17 * 3600.0, channel="email", queue="finance")  # at 5:00, always open: 5 hours
    there = an_agent("li", (22 * 3600.0, Turn.COMES), queues=["support", "finance"])
    period = a_period([yesterday, today], there, settings=settings, to_s=86_400.0)
    assert waits_of(period) == pytest.approx(waits_s)


def test_the_language_is_demanded_as_the_set_up_asked_about_says() -> None:
    recorded = the_settings(languages={"fr": "french"})
    visit = came(0, language="fr-CA", requirements={"french": 2, "repair": 4})
    strict = the_settings(
        languages={"fr": "french"},
        queues={
            "support": a_queue(language_grade=5, steps=(SkillStep((("repair", 1),)),)),
            "finance": a_queue(),
        },
    )
    assert demands_of(strict, recorded, visit) == ((("french", 5), ("repair", 4)),)
    assert demands_of(recorded, recorded, visit) == ((("repair", 4),),)


def test_a_call_of_ours_takes_its_agent_from_the_line() -> None:
    agent = without_work(an_agent("li"), [Work("li", NOON_S + 50, NOON_S + 80)])
    assert [(t.at_s - NOON_S, t.turn) for t in agent.turns] == [
        (0, Turn.COMES),
        (50, Turn.PAUSES),
        (80, Turn.COMES),
    ]
    assert waits_of(a_period([came(60)], agent)) == [20]


def test_spans_that_touch_are_one() -> None:
    assert merged([(5, 6), (1, 3), (2, 4), (4, 5), (9, 9)]) == [(1, 6)]
    turns = ((0.0, Turn.COMES), (5.0, Turn.PAUSES), (6.0, Turn.GOES), (9.0, Turn.COMES))
    spans = ready_spans(an_agent("li", *turns), NOON_S + 20)
    assert [(begin - NOON_S, end - NOON_S) for begin, end in spans] == [(0, 5), (9, 20)]


# ---- chances -----------------------------------------------------------------------------------


def some_calls() -> list[Visit]:
    return [came(10.0 * n, handle_s=50.0 + n, left=n % 4 == 3, wait_s=5.0) for n in range(40)]


def test_the_first_run_is_as_it_was_and_the_others_hand_the_same_work_out_anew() -> None:
    period = a_period(some_calls())
    chances = Chances(period, 1)
    first, second = chances.of_run(0), chances.of_run(1)
    answered = [n for n, visit in enumerate(period.visits) if visit.outcome != ABANDONED]
    assert [first.handle_s[n] for n in answered] == [period.visits[n].handle_s for n in answered]
    assert [second.handle_s[n] for n in answered] != [first.handle_s[n] for n in answered]
    assert sorted(second.handle_s[n] for n in answered) == sorted(
        first.handle_s[n] for n in answered
    )
    left = [n for n, visit in enumerate(period.visits) if visit.outcome == ABANDONED]
    assert all(second.patience_s[n] == 5.0 for n in left)
    assert all(second.patience_s[n] >= 5.0 for n in answered)
    assert chances.of_run(1) == second
    assert Chances(period, 2).of_run(1) != second


def test_a_channel_of_which_nobody_was_answered_is_refused() -> None:
    with pytest.raises(Invalid, match="Nobody of webchat was answered"):
        Chances(a_period([came(0), came(1, channel="webchat", left=True)]), 1)


def test_a_period_in_which_nobody_came_is_refused() -> None:
    period = a_period([came(4000)], to_s=3600.0)
    with pytest.raises(Invalid, match="Nobody came"):
        replay_period(period, Question(from_s=NOON_S, to_s=NOON_S + 3600))


def test_a_period_without_agents_is_refused_for_the_record_lacks_them() -> None:
    period = a_period([came(0)], an_agent("li", (9000.0, Turn.COMES)))
    with pytest.raises(Invalid, match="No agent"):
        replay_period(period, Question(from_s=NOON_S, to_s=NOON_S + 3600))
