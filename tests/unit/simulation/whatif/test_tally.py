"""Figures by group, with intervals that can be."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from hub.simulation.recorded import Script
from hub.simulation.whatif.shapes import GroupView, Measure
from hub.simulation.whatif.tally import Sides, Tally, groups_of
from hub.simulation.world import ABANDONED, ANSWERED
from tests.unit.simulation.past import NOON_S, a_period, came

CALLS = 4
EDGES = [NOON_S, NOON_S + 3600]


def tally_of(runs: Sequence[int]) -> Tally:
    """Return a side of which in each run so many of four calls were answered at once, and the
    others gave up after a second."""
    period = a_period([came(60.0 * number) for number in range(CALLS)])
    script, tally = Script(period, period.conditions), Tally(EDGES, None)
    for count in runs:
        answered = [number < count for number in range(CALLS)]
        tally.add(
            script,
            [0.0 if one else 1.0 for one in answered],
            [ANSWERED if one else ABANDONED for one in answered],
        )
    return tally


def whole(model: Sequence[int], changed: Sequence[int]) -> GroupView:
    sides = Sides(tally_of([CALLS]), tally_of(model), tally_of(changed))
    return groups_of(sides, ["standard"], ["support"])[0]


def ends(one: Measure) -> list[float]:
    return [end for end in (one.low, one.high) if end is not None]


Runs = st.lists(st.integers(0, CALLS), min_size=3, max_size=3)


@given(Runs, Runs)
def test_intervals_of_shares_stay_between_none_and_all(
    model: list[int], changed: list[int]
) -> None:
    group = whole(model, changed)
    assert group.changed is not None
    assert group.difference is not None
    for name in ("service_level", "abandoned"):
        assert all(
            0 <= end <= 1 for side in (group.model, group.changed) for end in ends(side[name])
        )
        assert all(-1 <= end <= 1 for end in ends(group.difference[name]))
    assert all(end >= 0 for end in ends(group.model["mean_wait_s"]))


def test_differences_keep_their_signs_and_seconds_their_size() -> None:
    group = whole([4, 4, 4], [0, 1, 0])
    assert group.difference is not None
    assert ends(group.difference["service_level"])[0] < -0.9
    assert (group.difference["mean_wait_s"].high or 0) > 1
