"""What the page is told: figures by channel, only of what one sees; who was there."""

from __future__ import annotations

from datetime import date

import pytest

from hub.core.errors import Invalid
from hub.simulation.changes import BadChange, Skilled, Staffed
from hub.simulation.period import Period
from hub.simulation.whatif.days import Base
from hub.simulation.whatif.playing import replayed
from hub.simulation.whatif.shapes import GroupView, ReplayView
from hub.simulation.whatif.staffed import there_by_half_hour
from hub.simulation.whatif.task import Days, ReplayAsked, Task
from hub.simulation.world import Turn
from tests.unit.simulation.past import NOON_S, a_period, an_agent, came

HOURS_2 = 7200.0


def asked(
    period: Period,
    replay: ReplayAsked,
    queues: tuple[str, ...] | None = None,
    agents: tuple[str, ...] | None = None,
) -> ReplayView:
    base = Base(period, (date(2026, 3, 10),), None, (), is_over=True)
    days = Days(zone="UTC", spans=((period.from_s, period.to_s),))
    task = Task(url="", days=days, memory_bytes=1, queues=queues, agents=agents, replay=replay)
    return replayed(base, task, replay, lambda *_: None)


def group(view: ReplayView, channel: str, by: str, name: str = "") -> GroupView:
    [found] = [one for one in view.groups if (one.channel, one.by, one.name) == (channel, by, name)]
    return found


def test_seconds_and_hours_are_in_different_groups_and_tiers_in_their_order() -> None:
    period = a_period(
        [
            came(0, tier="standard"),
            came(10, tier="gold", wait_s=90),
            came(20, channel="email", wait_s=3600, handle_s=60),
        ]
    )
    view = asked(period, ReplayAsked(runs=1))
    keys = [(one.channel, one.by, one.name) for one in view.groups]
    assert keys == [
        ("email", "all", ""),
        ("email", "tier", "standard"),
        ("email", "queue", "support"),
        ("phone", "all", ""),
        ("phone", "tier", "gold"),
        ("phone", "tier", "standard"),
        ("phone", "queue", "support"),
    ]
    gold = group(view, "phone", "tier", "gold")
    assert gold.recorded["mean_wait_s"].value == gold.model["mean_wait_s"].value == 90
    assert (gold.changed, gold.difference) == (None, None)
    assert [one.channel for one in view.courses] == ["phone", "email"]


def test_only_what_one_sees_is_in_it_though_all_is_played() -> None:
    """The other queue's calls take the same agent, so that mine wait; they are told nowhere."""
    both = an_agent("li", queues=["support", "finance"], teams=["front"])
    other = an_agent("ma", queues=["finance"], teams=["back"])
    visits = [came(0, queue="finance"), came(1, queue="finance"), came(2, wait_s=99)]
    period = a_period(visits, both, other)
    view = asked(period, ReplayAsked(runs=1), queues=("support",), agents=("li",))
    assert {one.name for one in view.groups if one.by == "queue"} == {"support"}
    assert view.contacts == 1
    assert group(view, "phone", "all").model["mean_wait_s"].value == 99
    whole = asked(period, ReplayAsked(runs=1))
    assert whole.contacts == 3
    assert view.occupancy is not None
    assert whole.occupancy is not None
    assert view.occupancy.model.value == pytest.approx(200 / 3600, abs=0.001)
    assert whole.occupancy.model.value == pytest.approx(300 / 7200, abs=0.001)


def test_who_is_on_no_list_but_answered_is_hidden_from_other_teams_too() -> None:
    """Ma's states were never written, or are gone; what they had in hand was."""
    visits = [came(0, handle_s=900, agent_id="li"), came(1, handle_s=3599, agent_id="ma")]
    period = a_period(visits, an_agent("li"))
    view = asked(period, ReplayAsked(runs=1), queues=("support",), agents=("li",))
    assert view.occupancy is not None
    assert view.occupancy.recorded.value == pytest.approx(900 / 3600, abs=0.001)


def test_notes_are_about_what_one_sees_too() -> None:
    visits = [came(0, left=True), came(1, queue="finance", requirements={"french": 3}), came(9)]
    period = a_period(visits, an_agent("li", queues=["support", "finance"]))
    whole = {note.code: note.name for note in asked(period, ReplayAsked(runs=1)).notes}
    assert whole == {"unserved": "finance", "few": "phone", "waiting": ""}
    mine = asked(period, ReplayAsked(runs=1), queues=("support",), agents=("li",))
    assert [note.code for note in mine.notes] == ["few"]


def test_the_difference_is_that_of_the_same_customers() -> None:
    visits = [came(40.0 * n, wait_s=0, handle_s=60.0 + 7 * (n % 9)) for n in range(80)]
    period = a_period(visits, to_s=HOURS_2)
    view = asked(period, ReplayAsked(staff=(Staffed(1, "support"),), runs=8))
    whole = group(view, "phone", "all")
    assert whole.changed is not None
    assert whole.difference is not None
    difference, model = whole.difference["mean_wait_s"], whole.model["mean_wait_s"]
    assert difference.value == pytest.approx(
        (whole.changed["mean_wait_s"].value or 0) - (model.value or 0), abs=0.001
    )
    assert difference.high is not None
    assert difference.high < 0
    assert [part.contacts for part in view.courses[0].model] == [45, 35, 0, 0]


def test_what_cannot_be_says_its_place_as_it_was_asked() -> None:
    period = a_period([came(0)])
    with pytest.raises(BadChange, match=r"^staff\[1\]: only 2 agents"):
        asked(period, ReplayAsked(staff=(Staffed(1, "support"), Staffed(-3, "support")), runs=1))
    with pytest.raises(Invalid, match="No agent was ready"):
        asked(a_period([came(0)], an_agent("li", (0.0, Turn.PAUSES))), ReplayAsked(runs=1))


def test_the_skills_of_who_was_not_there_are_left_out_and_noted_by_name() -> None:
    """Ma was ready only the day before; Wu is on nobody's list that day."""
    day_s = 86_400.0
    ma = an_agent("ma", (0.0, Turn.COMES), (3600.0, Turn.GOES))
    period = a_period(
        [came(day_s), came(day_s + 1, requirements={"french": 3})],
        an_agent("li"), ma, from_s=day_s, to_s=day_s + HOURS_2,
    )  # fmt: skip
    skills = (
        Skilled("ma", "french", 5, name="Ma Li"),
        Skilled("wu", "french", 5, name="Wu Wei"),
        Skilled("wu", "german", 5, name="Wu Wei"),
    )
    view = asked(period, ReplayAsked(skills=skills, runs=1))
    assert [note.name for note in view.notes if note.code == "not_there"] == ["Ma Li", "Wu Wei"]
    assert {note.side for note in view.notes if note.code == "unserved"} == {"model", "changed"}
    served = ReplayAsked(skills=(*skills, Skilled("li", "french", 3, name="Li Na")), runs=1)
    view = asked(period, served)
    assert [note.name for note in view.notes if note.code == "not_there"] == ["Ma Li", "Wu Wei"]
    assert {note.side for note in view.notes if note.code == "unserved"} == {"model"}


def test_notes_say_who_waits_in_vain_and_who_never_leaves() -> None:
    period = a_period([came(0), came(1, requirements={"french": 3})])
    notes = asked(period, ReplayAsked(runs=1)).notes
    found = {note.code: note for note in notes}
    assert found["unserved"].skills == {"french": 3}
    assert (found["unserved"].name, found["unserved"].side) == ("support", "model")
    assert found["patience"].name == "phone"
    assert found["few"].count == 2


def test_who_was_there_is_who_could_take_it_on_the_mean_day() -> None:
    li = an_agent("li", (0.0, Turn.COMES), (2700.0, Turn.GOES))
    elsewhere = an_agent("ma", queues=["finance"])
    period = a_period([came(0)], li, elsewhere, to_s=HOURS_2)
    assert there_by_half_hour(period, "support", {"phone"}) == [1, 0.5, 0, 0]
    two_days = a_period(
        [came(0)], an_agent("li", (0.0, Turn.COMES), (86_400.0, Turn.GOES)), to_s=2 * 86_400
    )
    assert there_by_half_hour(two_days, "support", {"phone"}) == [0.5] * 48
    assert period.from_s == NOON_S
