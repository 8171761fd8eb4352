"""Who is called first: as many as free agents can take, over all queues, the urgent ones first."""

from __future__ import annotations

from itertools import combinations, permutations

from hypothesis import given
from hypothesis import strategies as st

from hub.callbacks.near import InLine, near, places_within
from hub.routing.estimates import wait_range

QUEUES = ("a", "b", "c")
LINES = st.lists(st.tuples(st.sampled_from(QUEUES), st.booleans()), max_size=6)
AGENTS = st.lists(st.frozensets(st.sampled_from(QUEUES), min_size=1), max_size=4)


def in_line(spec: list[tuple[str, bool]]) -> list[InLine]:
    places = dict.fromkeys(QUEUES, 0)
    line = []
    for number, (queue_id, to_call) in enumerate(spec):
        places[queue_id] += 1
        line.append(InLine(str(number), queue_id, places[queue_id], to_call))
    return line


def shares_out(some: tuple[InLine, ...], agents: list[frozenset[str]]) -> bool:
    """Say whether each of these can have an agent of their own, by trying every way."""
    return any(
        all(one.queue_id in agent for one, agent in zip(some, order, strict=True))
        for order in permutations(agents, len(some))
    )


@given(LINES, AGENTS)
def test_the_best_of_the_line_whom_the_agents_can_take_are_called(
    spec: list[tuple[str, bool]], agents: list[frozenset[str]]
) -> None:
    line = in_line(spec)
    taken: tuple[InLine, ...] = ()
    for one in line:  # the first in line is never left out for somebody later
        if shares_out((*taken, one), agents):
            taken = (*taken, one)
    assert near(line, agents, {}) == [one.contact_id for one in taken if one.to_call]
    largest = max(
        (len(some) for size in range(len(line) + 1) for some in combinations(line, size)
         if shares_out(some, agents)),
    )  # fmt: skip
    assert len(taken) == largest


@given(LINES, st.integers(0, 3))
def test_who_is_soon_free_is_counted_by_place(spec: list[tuple[str, bool]], reach: int) -> None:
    line = in_line(spec)
    wanted = [
        one.contact_id for one in line
        if one.to_call and one.queue_id == "a" and one.place <= reach
    ]  # fmt: skip
    assert near(line, [], {"a": reach}) == wanted


@given(st.integers(0, 900), st.integers(1, 300))
def test_places_within_are_those_whose_longest_wait_is(taken: int, seconds: int) -> None:
    reach = places_within(seconds, taken)
    for place in (reach, reach + 1):
        likely = wait_range(place, taken)
        short = likely is not None and likely.high_s <= seconds
        assert place == 0 or short == (place <= reach)
