"""What an answer says of a period besides its figures: that it is not over, what was left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.core.errors import Invalid
from hub.routing.model import Overflow, SkillStep, team_group
from hub.routing.settings import Profile
from hub.simulation.lacking import Unserved
from hub.simulation.page import page_of_answer
from hub.simulation.period import Agent, Period, Visit
from hub.simulation.replay import LEAD_S, Answer, Question, replay_period, span_of
from hub.simulation.replay_report import answer_json, notes_of, period_of
from hub.simulation.world import Turn

from .past import NOON_S, a_period, a_queue, an_agent, came, the_settings

HOUR_S = 3600.0
QUESTION = Question(from_s=NOON_S, to_s=NOON_S + HOUR_S, runs=2)


def answered(period: Period) -> Answer:
    return replay_period(period, QUESTION)


# ---- a period that is not over -----------------------------------------------------------------


def test_what_is_measured_ends_now_at_the_latest() -> None:
    for now_s, to_s, until_s in (
        (1.0, 1.0, 1.0),
        (HOUR_S, HOUR_S, HOUR_S),
        (2 * HOUR_S, HOUR_S, 2 * HOUR_S),
        (9 * LEAD_S, HOUR_S, HOUR_S + LEAD_S),
    ):
        span = span_of(QUESTION, NOON_S + now_s)
        assert (span.from_s, span.begins_s) == (NOON_S, NOON_S - LEAD_S)
        assert (span.to_s, span.until_s) == (NOON_S + to_s, NOON_S + until_s)


@pytest.mark.parametrize("before_s", [0.0, 1.0, 1e6])
def test_a_period_in_the_future_is_refused(before_s: float) -> None:
    with pytest.raises(Invalid, match="has not begun"):
        span_of(QUESTION, NOON_S - before_s)


def steady(to_s: float) -> Period:
    """Return one agent who is busy for half the time, from noon on, for ever."""
    visits = [came(10 + 100.0 * n, handle_s=50.0, agent_id="li") for n in range(int(to_s / 100))]
    return a_period(visits, an_agent("li", (-HOUR_S, Turn.COMES)), to_s=to_s)


@pytest.mark.parametrize("to_s", [600.0, 2400.0])
def test_until_now_agents_are_as_busy_as_they_are(to_s: float) -> None:
    answer = answered(steady(to_s))
    for side in (answer.recorded, answer.in_force):
        assert side.figures.occupancy.value == pytest.approx(0.5)
        for part in side.course.bins:
            assert part.signed_in == pytest.approx(1)
            assert part.busy == pytest.approx(0.5, abs=0.04)


def test_what_happens_at_the_very_end_does_not_hide_who_is_there() -> None:
    held = came(570, preferred_agent_id="li", held_s=30.0)
    agents = an_agent("li", (0.0, Turn.COMES)), an_agent("wu", (0.0, Turn.COMES))
    answer = answered(a_period([came(0, handle_s=900.0), held], *agents, to_s=600.0))
    [part] = answer.in_force.course.bins
    assert part.signed_in == pytest.approx(2)


def test_the_heading_says_that_it_is_not_over() -> None:
    over = answered(steady(600.0))
    assert over.question.to_s == NOON_S + 600
    assert period_of(over) == "2026-03-10 20:00 – 2026-03-10 20:10 (Asia/Shanghai)"
    answer = answered(replace(steady(600.0), is_over=False))
    assert period_of(answer) == "2026-03-10 20:00 – 2026-03-10 20:10 (Asia/Shanghai, so far)"
    assert answer_json(answer)["period"]["is_over"] is False
    assert "（" not in period_of(answer)
    assert "尚未结束" in page_of_answer(answer, "zh-CN")
    assert "尚未结束" not in page_of_answer(over, "zh-CN")


# ---- who is never answered ---------------------------------------------------------------------


def unserved(visits: list[Visit], *agents: Agent, **queue: object) -> tuple[Unserved, ...]:
    settings = the_settings(queues={"support": a_queue(**queue), "finance": a_queue()})
    return answered(a_period(visits, *agents, settings=settings)).unserved


def french(*, grade: int = 3) -> list[Visit]:
    return [came(0), *(came(10.0 * n, requirements={"french": grade}) for n in range(1, 4))]


def test_who_asks_for_a_skill_that_nobody_has_is_told() -> None:
    lacking = Unserved(False, "support", (("french", 3),), 3)
    few = an_agent("li", skills={"french": 2})
    assert unserved(french(), few) == (lacking,)
    assert unserved(french(), few, an_agent("wu", skills={"french": 3})) == ()
    elsewhere = an_agent("wu", skills={"french": 5}, queues=["finance"])
    assert unserved(french(), few, elsewhere) == (lacking,)


def test_who_helps_a_queue_out_can_serve_it() -> None:
    helps = (Overflow(team_group("back"), after_s=30.0),)
    able = an_agent("wu", skills={"french": 5}, queues=["finance"], teams=["back"])
    assert unserved(french(), an_agent("li"), able, overflow=helps) == ()
    helps = (Overflow("finance"),)
    able = an_agent("wu", skills={"french": 5}, queues=["finance"])
    assert unserved(french(), an_agent("li"), able, overflow=helps) == ()


def test_only_the_step_that_holds_for_good_counts() -> None:
    steps = (SkillStep((("repair", 3),), 60.0), SkillStep(()), SkillStep((("never", 1),), 5.0))
    assert unserved([came(0)], an_agent("li"), steps=steps) == ()


def test_a_queue_that_nobody_serves_is_told() -> None:
    visits = [came(0), came(1, queue="finance"), came(9000, queue="finance")]
    assert unserved(visits, an_agent("li")) == (Unserved(False, "finance", (), 1),)


def test_who_has_the_skill_and_no_room_for_the_channel_serves_nobody_there() -> None:
    writer = replace(an_agent("wu", skills={"french": 5}), profile_id="writers")
    settings = the_settings(profiles={"writers": Profile(maxima={"phone": 0})})
    period = a_period(french(), an_agent("li"), writer, settings=settings)
    assert answered(period).unserved == (Unserved(False, "support", (("french", 3),), 3),)


def test_notes_and_page_say_what_is_missing_in_the_model() -> None:
    period = a_period(french(), an_agent("li"))
    answer = answered(replace(period, own_work_s={"email": 5400.0}))
    notes = "\n".join(notes_of(answer))
    assert "simulated: no agent of the period can serve 3 contacts of support (french ≥ 3)" in notes
    assert "Not played: 1.5 hours of email that agents began themselves." in notes
    page = page_of_answer(answer, "en")
    assert "no agent of the period can serve 3 contacts of support (french ≥ 3)" in page
    assert "Not played: 1.5 hours of email" in page
    assert "始终无人处理" in page_of_answer(answer, "zh-CN")
    shown = answer_json(answer)
    assert shown["period"]["own_work_s"] == {"email": 5400.0}
    assert shown["unserved"] == [
        {"side": "in_force", "queue": "support", "skills": {"french": 3}, "contacts": 3}
    ]
