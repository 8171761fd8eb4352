"""The same period with other agents, targets, another set-up."""

from __future__ import annotations

import pytest

from hub.core.errors import Invalid
from hub.setup import check_setup
from hub.simulation.changes import (
    BadChange,
    Skilled,
    Staffed,
    Target,
    parse_staffed,
    parse_target,
    under_setup,
    with_skill,
    with_staff,
    with_target,
)
from hub.simulation.period import Agent, Conditions, ready_spans
from hub.simulation.replay import Question, replay_period
from hub.simulation.world import Turn

from .past import NOON_S, a_period, an_agent, came, the_settings, waits_of

SETUP = """
organisation = "Test"
timezone = "UTC"
tiers = [{ key = "gold", zh = "金", en = "Gold" }, { key = "standard", zh = "普", en = "Std" }]
default_tier = "standard"
target_s = { phone = [5, 10], webchat = [5, 10], email = [60, 90], fax = [60, 90] }
profiles = { expert = { webchat = 5, cost_webchat = 20 } }

[[teams]]
key = "front"
zh = "前"
en = "Front"

[[teams]]
key = "back"
zh = "后"
en = "Back"

[[skills]]
key = "repair"
zh = "修"
en = "Repair"

[[queues]]
key = "support"
zh = "支"
en = "Support"
teams = ["front", "back"]

[[queues]]
key = "finance"
zh = "财"
en = "Finance"
teams = ["back"]

[agents."Li@hub.test"]
profile = "expert"
skills = { repair = 4 }
"""


@pytest.mark.parametrize(
    ("text", "asked"),
    [("+2:support", Staffed(2, "support")), ("-1:after-sales", Staffed(-1, "after-sales"))],
)
def test_agents_are_asked_for_by_number_and_queue(text: str, asked: Staffed) -> None:
    assert parse_staffed(text) == asked


@pytest.mark.parametrize("text", ["2:support", "+:support", "+0:support", "+2", "+2:", "+9999:x"])
def test_other_words_for_agents_are_refused(text: str) -> None:
    with pytest.raises(BadChange, match=r"\+2:support"):
        parse_staffed(text)


def test_a_target_is_asked_for_by_its_path() -> None:
    assert parse_target("support.gold.phone=15") == Target("support", "gold", "phone", 15)


@pytest.mark.parametrize(
    "text", ["support.gold=15", "support.gold.phone", "support.gold.phone=0", "a.b.c=-1", "a.b.c=x"]
)
def test_other_words_for_a_target_are_refused(text: str) -> None:
    with pytest.raises(BadChange, match=r"support\.gold\.phone=15"):
        parse_target(text)


def test_a_target_changes_one_tier_of_one_queue_and_channel() -> None:
    before = Conditions(the_settings(), ())
    after = with_target(before, Target("support", "gold", "phone", 99)).settings
    assert after.target_s("support", "gold", "phone") == 99
    assert after.target_s("support", "standard", "phone") == 40
    assert after.target_s("finance", "gold", "phone") == 10
    assert before.settings.target_s("support", "gold", "phone") == 10


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Target("sales", "gold", "phone", 9), "no queue 'sales'; known: finance, support"),
        (Target("support", "vip", "phone", 9), "no tier 'vip'"),
        (Target("support", "gold", "telex", 9), "no channel 'telex'"),
    ],
)
def test_unknown_names_are_refused_with_those_known(asked: Target, words: str) -> None:
    with pytest.raises(BadChange, match=words):
        with_target(Conditions(the_settings(), ()), asked)


def test_agents_more_are_there_when_others_of_the_queue_are_and_can_what_is_asked_for() -> None:
    first = an_agent("li", (0.0, Turn.COMES), (100.0, Turn.GOES))
    second = an_agent("wu", (80.0, Turn.COMES), (200.0, Turn.GOES))
    other = an_agent("ma", (0.0, Turn.COMES), queues=["finance"])
    period = a_period([came(0, requirements={"repair": 2})], first, second, other)
    changed = with_staff(period, period.conditions, Staffed(2, "support"))
    changed = with_staff(period, changed, Staffed(1, "support"))
    more = [agent for agent in changed.agents if agent.id not in {"li", "wu", "ma"}]
    assert len({agent.id for agent in more}) == 3
    for agent in more:
        assert (agent.queues, agent.skills) == (frozenset({"support"}), {"repair": 5})
        assert [(t.at_s - NOON_S, t.turn) for t in agent.turns] == [
            (0, Turn.COMES),
            (200, Turn.GOES),
        ]


def test_agents_fewer_are_first_those_who_serve_nothing_else() -> None:
    both = an_agent("li", queues=["support", "finance"])
    period = a_period([came(0)], both, an_agent("wu"), an_agent("ma", queues=["finance"]))
    changed = with_staff(period, period.conditions, Staffed(-1, "support"))
    assert [agent.id for agent in changed.agents] == ["li", "ma"]
    with pytest.raises(BadChange, match="only 2 agents served it"):
        with_staff(period, period.conditions, Staffed(-3, "support"))


def turns_of(agent: Agent) -> list[tuple[float, Turn]]:
    return [(turn.at_s - NOON_S, turn.turn) for turn in agent.turns]


def test_agents_more_in_some_hours_are_there_then_whoever_else_is() -> None:
    """Noon in London is 20:00 in Shanghai, whose hours they are."""
    period = a_period([came(0)], an_agent("ma", queues=["finance"]), to_s=7200)
    asked = Staffed(1, "support", hours=(20 * 60 + 30, 21 * 60))
    more = with_staff(period, period.conditions, asked).agents[-1]
    assert (1800, Turn.COMES) in turns_of(more)
    assert (3600, Turn.GOES) in turns_of(more)
    night = Staffed(1, "support", hours=(23 * 60, 60))
    more = with_staff(period, period.conditions, night).agents[-1]
    assert (3 * 3600, Turn.COMES) in turns_of(more)
    assert (5 * 3600, Turn.GOES) in turns_of(more)
    day = Staffed(1, "support", hours=(0, 24 * 60))
    assert len(with_staff(period, period.conditions, day).agents[-1].turns) == 2


def test_agents_fewer_in_some_hours_are_gone_only_then() -> None:
    li = an_agent("li", (-600.0, Turn.COMES), (2400.0, Turn.PAUSES), (5400.0, Turn.COMES))
    period = a_period([came(0)], li, to_s=7200)
    asked = Staffed(-1, "support", hours=(20 * 60 + 30, 21 * 60))
    [left] = with_staff(period, period.conditions, asked).agents
    assert [turn for turn in turns_of(left) if turn[0] >= -600] == [
        (-600, Turn.COMES),
        (1800, Turn.GOES),
        (3600, Turn.PAUSES),
        (5400, Turn.COMES),
    ]


def in_hours(count: int, begin: int, end: int) -> Staffed:
    """Agents of support from one hour after noon UTC to another; noon there is 20:00."""
    return Staffed(count, "support", hours=((20 + begin) * 60, (20 + end) * 60))


def test_agents_fewer_in_some_hours_are_taken_from_those_who_are_there_then() -> None:
    morning = an_agent("li", (0.0, Turn.COMES), (3600.0, Turn.GOES))
    evening = an_agent(
        "wu", (3600.0, Turn.COMES), (7200.0, Turn.GOES), queues=["support", "finance"]
    )
    period = a_period([came(0)], morning, evening, to_s=7200)
    li, wu = with_staff(period, period.conditions, in_hours(-1, 1, 2)).agents
    assert turns_of(li) == [(0, Turn.COMES), (3600, Turn.GOES)]
    assert ready_spans(wu) == []
    with pytest.raises(BadChange, match="only 1 agents who serve it were there in these hours"):
        with_staff(period, period.conditions, in_hours(-2, 1, 2))


def test_agents_fewer_in_some_hours_are_those_who_are_there_for_most_of_them() -> None:
    brief = an_agent("li", (0.0, Turn.COMES), (4000.0, Turn.GOES))
    whole = an_agent("wu", (3600.0, Turn.COMES), queues=["support", "finance"])
    period = a_period([came(0)], brief, whole, to_s=7200)
    li, wu = with_staff(period, period.conditions, in_hours(-1, 1, 2)).agents
    assert turns_of(li) == [(0, Turn.COMES), (4000, Turn.GOES)]
    assert ready_spans(wu, period.until_s) == []


def test_agents_fewer_in_some_hours_are_chosen_day_by_day() -> None:
    """On the second day somebody else is there; on the third nobody."""
    day = 86_400.0
    li = an_agent("li", (0.0, Turn.COMES), (7200.0, Turn.GOES))
    wu = an_agent("wu", (day, Turn.COMES), (day + 7200, Turn.GOES))
    period = a_period([came(0)], li, wu, to_s=3 * day)
    first, second = with_staff(period, period.conditions, in_hours(-1, 0, 1)).agents
    assert [begin - NOON_S for begin, _ in ready_spans(first)] == [3600]
    assert [begin - NOON_S for begin, _ in ready_spans(second)] == [day + 3600]


def test_who_was_there_only_the_day_before_cannot_be_taken_away() -> None:
    day = 86_400.0
    li = an_agent("li", (0.0, Turn.COMES), (7200.0, Turn.GOES))
    wu = an_agent("wu")
    period = a_period([came(day)], li, wu, from_s=day, to_s=2 * day)
    with pytest.raises(BadChange, match="only 1 agents who serve it were there in these hours"):
        with_staff(period, period.conditions, in_hours(-2, 0, 1))


def test_who_was_just_added_for_other_hours_is_not_taken_away_again() -> None:
    li = an_agent("li", (0.0, Turn.COMES), queues=["support", "finance"])
    period = a_period([came(0)], li, to_s=4 * 3600)
    changed = with_staff(period, period.conditions, in_hours(1, 0, 1))
    added = changed.agents[-1]
    old, new = with_staff(period, changed, in_hours(-1, 1, 2)).agents
    assert new == added
    assert [(b - NOON_S, e - NOON_S) for b, e in ready_spans(old, period.until_s)] == [
        (0, 3600),
        (7200, 4 * 3600),
    ]


def test_two_taken_away_one_by_one_in_some_hours_are_two() -> None:
    period = a_period([came(0)], an_agent("li"), an_agent("wu"), to_s=7200)
    changed = with_staff(period, period.conditions, in_hours(-1, 0, 1))
    changed = with_staff(period, changed, in_hours(-1, 0, 1))
    for agent in changed.agents:
        assert ready_spans(agent, period.until_s) == [(NOON_S + 3600, NOON_S + 7200)]


def test_agents_of_a_team_serve_what_it_serves_when_its_members_are_there() -> None:
    li = an_agent("li", (0.0, Turn.COMES), (100.0, Turn.GOES), teams=["front"])
    wu = an_agent("wu", teams=["back"])
    period = a_period([came(0)], li, wu)
    asked = Staffed(1, team="front", serves=("finance", "support"))
    more = with_staff(period, period.conditions, asked).agents[-1]
    assert more.queues == frozenset({"finance", "support"})
    assert turns_of(more) == [(0, Turn.COMES), (100, Turn.GOES)]
    fewer = with_staff(period, period.conditions, Staffed(-1, team="front"))
    assert [agent.id for agent in fewer.agents] == ["wu"]


def test_an_agent_s_grade_is_another_or_none_and_the_others_are_as_they_were() -> None:
    period = a_period([came(0)], an_agent("li", skills={"french": 2}), an_agent("wu"))
    li, wu = with_skill(period.conditions, Skilled("li", "french", 5)).agents
    assert (dict(li.skills), dict(wu.skills)) == ({"french": 5}, {})
    li, _ = with_skill(period.conditions, Skilled("li", "french", 0)).agents
    assert li.skills == {}
    with pytest.raises(BadChange, match="not signed in"):
        with_skill(period.conditions, Skilled("ma", "french", 1))


@pytest.mark.parametrize("queue", ["sales", "finance"])
def test_agents_of_a_queue_nobody_serves_are_refused(queue: str) -> None:
    period = a_period([came(0)])
    with pytest.raises(BadChange, match=queue):
        with_staff(period, period.conditions, Staffed(1, queue))


def test_more_agents_shorten_the_waits_of_the_same_customers() -> None:
    period = a_period([came(0), came(10), came(20)])
    changed = with_staff(period, period.conditions, Staffed(1, "support"))
    assert waits_of(period) == [0, 90, 180]
    assert waits_of(period, changed) == [0, 0, 80]


def test_another_set_up_changes_rules_teams_profiles_and_skills() -> None:
    li = an_agent("li", teams=["front"], queues=[])
    wu = an_agent("wu", teams=["back"], queues=["support"], skills={"french": 2})
    conditions = under_setup(Conditions(the_settings(), (li, wu)), check_setup(SETUP))
    first, second = conditions.agents
    assert set(first.queues) == {"support"}
    assert set(second.queues) == {"support", "finance"}
    assert (first.profile_id, first.skills) == ("expert", {"repair": 4})
    assert (second.profile_id, second.skills) == (None, {"french": 2})
    assert conditions.settings.target_s("support", "gold", "phone") == 5


def test_a_set_up_without_a_queue_that_was_used_is_refused() -> None:
    period = a_period([came(0, queue="repair")])
    with pytest.raises(Invalid, match="no queue 'repair'"):
        replay_period(period, Question(from_s=NOON_S, to_s=NOON_S + 3600, runs=1))
