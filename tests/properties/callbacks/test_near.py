"""Who is called first: as many as free agents can take, over all queues, the urgent ones first."""

from __future__ import annotations

from itertools import combinations, permutations

from hypothesis import given
from hypothesis import strategies as st

from hub.callbacks.near import InLine, near

QUEUES = ("a", "b", "c")
LINES = st.lists(st.tuples(st.sampled_from(QUEUES), st.booleans()), max_size=6)
AGENTS = st.lists(st.frozensets(st.sampled_from(QUEUES), min_size=1), max_size=4)


def in_line(spec: list[tuple[str, bool]]) -> list[InLine]:
    return [
        InLine(str(number), queue_id, to_call) for number, (queue_id, to_call) in enumerate(spec)
    ]


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
    assert near(line, agents) == [one.contact_id for one in taken if one.to_call]
    largest = max(
        (len(some) for size in range(len(line) + 1) for some in combinations(line, size)
         if shares_out(some, agents)),
    )  # fmt: skip
    assert len(taken) == largest


@given(LINES)
def test_who_will_be_taken_very_soon_is_called_without_a_free_agent(
    spec: list[tuple[str, bool]],
) -> None:
    line = [one._replace(soon=one.queue_id == "a") for one in in_line(spec)]
    wanted = [one.contact_id for one in line if one.to_call and one.queue_id == "a"]
    assert near(line, []) == wanted
