"""Where a chain of merges ends."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.contacts.joining.model import Edge, end_of_chain
from hub.testing.clock import NOON

NEVER = (NOON - timedelta(days=1), "")


def edge(number: int, source: str, target: str) -> Edge:
    return Edge(f"{number:03}", source, target, NOON + timedelta(minutes=number))


def test_a_chain_is_followed_to_its_end() -> None:
    edges = [edge(1, "a", "b"), edge(2, "b", "c"), edge(3, "c", "d")]
    assert end_of_chain("a", NEVER, edges) == "d"
    assert end_of_chain("d", NEVER, edges) == "d"
    assert end_of_chain("a", NEVER, [edges[0], edges[2]]) == "b"


def test_what_was_merged_before_counts_no_more() -> None:
    """`b` went into `c` before `a` came into `b`: a new contact of `b` was meant."""
    assert end_of_chain("b", (NOON + timedelta(minutes=5), "005"), [edge(2, "b", "c")]) == "b"


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), max_size=12))
def test_a_ring_ends_and_ends_where_the_last_merge_led(pairs: list[tuple[str, str]]) -> None:
    edges = [edge(number, *pair) for number, pair in enumerate(pairs) if pair[0] != pair[1]]
    for start in "abcd":
        end = end_of_chain(start, NEVER, edges)
        assert end == start or end in {one.target for one in edges}
    if edges:
        assert end_of_chain(edges[-1].source, (edges[-1].at, ""), edges) == edges[-1].target
