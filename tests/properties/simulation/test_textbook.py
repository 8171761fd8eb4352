"""The real engine, simulated, serves every single contact when the textbook's queue does.

The textbook's queue is a list and a rule, written down once more and in another way: equal agents,
who take from those waiting the one with the greatest waited ÷ target, or the best tier's first.
Same customers, same times, whatever the parameters.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.simulation.run import run
from hub.simulation.scenario import Scenario
from hub.simulation.world import streams_of
from tests.unit.simulation.build import HANDLE_S, a_center

Customer = tuple[float, int, float]
"""When they come, which tier from 0, how long their handling takes."""


def customers_of(scenario: Scenario) -> list[Customer]:
    streams = streams_of(scenario)
    coming = [(stream.clockwork.next_after(0.0), tier) for tier, stream in enumerate(streams)]
    found = []
    for _ in range(scenario.run.contacts):
        at_s, tier = min(coming)
        found.append((at_s, tier, streams[tier].handle()))
        coming[tier] = (streams[tier].clockwork.next_after(at_s), tier)
    return found


def textbook_waits_s(
    customers: Sequence[Customer], agents: int, targets_s: Sequence[float], *, strict: bool
) -> list[float]:
    """Return how long each waits."""
    free_s = [0.0] * agents
    waiting: list[int] = []
    waits_s = [0.0] * len(customers)

    def turn(now_s: float, number: int) -> tuple[float, float]:
        came_s, tier, _ = customers[number]
        return (-tier if strict else 0, (now_s - came_s) / targets_s[tier])

    def serve_until(end_s: float) -> None:
        while waiting and free_s[0] <= end_s:
            now_s = heapq.heappop(free_s)
            first = max(waiting, key=lambda number: turn(now_s, number))
            waiting.remove(first)
            waits_s[first] = now_s - customers[first][0]
            heapq.heappush(free_s, now_s + customers[first][2])

    for number, (came_s, _, handle_s) in enumerate(customers):
        serve_until(came_s)
        if free_s[0] <= came_s:
            heapq.heapreplace(free_s, came_s + handle_s)
        else:
            waiting.append(number)
    serve_until(float("inf"))
    return waits_s


@settings(max_examples=30, deadline=None)
@given(
    agents=st.integers(1, 30),
    load=st.floats(0.3, 1.3),
    shares=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    targets_s=st.permutations([20.0, 45.0, 110.0, 300.0]),
    rule=st.sampled_from(["urgency", "strict"]),
    seed=st.integers(0, 2**32),
)
def test_everybody_waits_as_long_as_in_the_textbook(
    agents: int,
    load: float,
    shares: list[int],
    targets_s: list[float],
    rule: str,
    seed: int,
) -> None:
    rates = [load * agents / HANDLE_S * share / sum(shares) for share in shares]
    targets_s = targets_s[: len(rates)]
    center = a_center(agents, rates, targets_s, rule=rule, contacts=400, seed=seed)
    expected = textbook_waits_s(customers_of(center), agents, targets_s, strict=rule == "strict")
    assert list(run(center).log.waited_s) == pytest.approx(expected, abs=1e-4)
