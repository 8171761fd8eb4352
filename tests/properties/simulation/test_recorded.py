"""A period played again gives what a list and a rule, written once more, give: whatever came."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.simulation.period import Visit
from hub.simulation.recorded import Chances, Drawn, Script
from hub.simulation.replay import Question, replay_period
from hub.simulation.run import play
from hub.simulation.world import ABANDONED, ANSWERED
from tests.unit.simulation.past import NOON_S, a_period, an_agent, came, waits_of


class Call(NamedTuple):
    gap_s: int
    handle_s: int
    ring_s: int
    patience_s: int
    gold: bool


calls = st.lists(
    st.builds(
        Call,
        st.integers(1, 120),
        st.integers(1, 300),
        st.integers(0, 9),
        st.integers(1, 400),
        st.booleans(),
    ),
    min_size=1,
    max_size=40,
)


def visits_of(given_calls: list[Call]) -> list[Visit]:
    """Return the calls as recorded by a centre in which everybody was answered at once."""
    at_s, visits = 0.0, []
    for call in given_calls:
        at_s += call.gap_s
        visits.append(
            came(at_s, tier="standard", handle_s=float(call.handle_s), ring_s=float(call.ring_s),
                 wait_s=float(call.ring_s))
        )  # fmt: skip
    return visits


def textbook(given_calls: list[Call], agents: int) -> list[tuple[float, bool]]:
    """Return (waited, answered) of each: first come, first served; who loses patience leaves."""
    free_s, at_s, found = [0.0] * agents, 0.0, []
    for call in given_calls:
        at_s += call.gap_s
        free_s.sort()
        begins_s = max(free_s[0], at_s)
        if begins_s - at_s >= call.patience_s:
            found.append((float(call.patience_s), False))
            continue
        waited_s = begins_s - at_s + call.ring_s
        if waited_s > call.patience_s:
            found.append((float(call.patience_s), False))
            free_s[0] = at_s + call.patience_s
        else:
            found.append((waited_s, True))
            free_s[0] = begins_s + call.ring_s + call.handle_s
    return found


@settings(deadline=None)
@given(calls, st.integers(1, 4))
def test_everybody_waits_and_leaves_as_the_textbook_says(
    given_calls: list[Call], agents: int
) -> None:
    period = a_period(
        visits_of(given_calls), *(an_agent(f"agent-{n}") for n in range(agents)), to_s=1e5
    )
    script = Script(period, period.conditions)
    drawn = Chances(period, 1).of_run(0)
    patience = [float(call.patience_s) for call in given_calls]
    waited_s, outcomes = script.outcomes(
        play(script.world(Drawn(drawn.handle_s, patience, drawn.ring_s)))
    )
    found = textbook(given_calls, agents)
    assert waited_s == pytest.approx([waited for waited, _ in found])
    assert outcomes == [ANSWERED if answered else ABANDONED for _, answered in found]


@settings(deadline=None, max_examples=30)
@given(calls, st.integers(1, 3))
def test_one_agent_more_shortens_the_wait_where_nobody_leaves(
    given_calls: list[Call], agents: int
) -> None:
    team = [an_agent(f"agent-{n}") for n in range(agents)]
    period = a_period(visits_of(given_calls), *team, to_s=1e5)
    more = replace(period.conditions, agents=(*team, an_agent("one-more")))
    before, after = waits_of(period), waits_of(period, more)
    assert all(b <= a + 1e-6 for a, b in zip(before, after, strict=True))


@settings(deadline=None, max_examples=30)
@given(calls, st.integers(1, 5))
def test_nothing_asked_changes_nothing_and_the_same_question_has_the_same_answer(
    given_calls: list[Call], seed: int
) -> None:
    period = a_period(visits_of(given_calls), to_s=1e5)
    question = Question(from_s=NOON_S, to_s=NOON_S + 1e5, runs=2, seed=seed)
    first = replay_period(period, question)
    again = replay_period(period, question, period.conditions)
    assert first == again
    total = sum(group.contacts for group in first.recorded.figures.groups["tiers"].values())
    assert total == first.contacts == len(given_calls)
    assert not math.isnan(first.in_force.waiting)
