"""A day of the store, played again: as it was where the model is exact, and otherwise as asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.contacts.model import Channel
from hub.core.errors import Invalid
from hub.routing.model import AgentState
from hub.simulation.changes import Staffed, Target
from hub.simulation.period import Period
from hub.simulation.recorded import Chances, Script
from hub.simulation.records import Span
from hub.simulation.replay import Question, read_from, replay, replay_period
from hub.simulation.run import play
from hub.simulation.world import ABANDONED, ANSWERED
from hub.storage import Store
from hub.testing.center import open_center
from hub.testing.clock import ManualClock

from .day import NOON_S, Change, Day, Guest, some_guests

HOURS_2 = 7200.0
SPAN = Span(NOON_S - 3600, NOON_S, NOON_S + HOURS_2, NOON_S + 2 * HOURS_2)
QUESTION = Question(from_s=NOON_S, to_s=NOON_S + HOURS_2, runs=4)


async def a_day(store: Store, clock: ManualClock, ring_s: float = 4.0) -> Period:
    """Play an hour and a half that is too much for three agents, one of whom takes a break."""
    await store.write(open_center, None)
    day = Day(store, clock, ring_s)
    guests = some_guests(90, gap_s=50, patience_s=200)
    breaks = [Change(1520, "Wu", AgentState.NOT_READY), Change(2100, "Wu", AgentState.READY)]
    await day.play(guests, ["Li", "Wang", "Wu"], breaks)
    return read_from(store.url, SPAN)


async def test_where_the_model_is_exact_everybody_waits_as_they_did(
    store: Store, clock: ManualClock
) -> None:
    period = await a_day(store, clock)
    script = Script(period, period.conditions)
    played = play(script.world(Chances(period, 1).of_run(0)))
    waited_s, outcomes = script.outcomes(played)
    assert len(period.visits) == 90
    assert {visit.outcome for visit in period.visits} == {ANSWERED, ABANDONED}
    assert outcomes == [visit.outcome for visit in period.visits]
    assert waited_s == pytest.approx([visit.wait_s for visit in period.visits], abs=0.001)
    assert max(waited_s) > 60
