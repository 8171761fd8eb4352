"""Laws of merges: exact, in any order, whatever was done between."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hub.customers.merging.model import Edge, owners, plan_merge, plan_undo, root_of, tree_of

RECORDS = [f"c{number}" for number in range(8)]
HOMES = {f"{record}.{number}": record for record in RECORDS for number in range(2)}
PAIRS = st.lists(st.tuples(st.sampled_from(RECORDS), st.sampled_from(RECORDS)), max_size=12)


def merged(pairs: list[tuple[str, str]]) -> dict[str, str]:
    edges: dict[str, str] = {}
    for one, other in pairs:
        edge = plan_merge(edges, one, other)
        if edge:
            edges[edge.from_id] = edge.into_id
    return edges


def partition(edges: dict[str, str]) -> set[frozenset[str]]:
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for identity, customer in owners(edges, HOMES).items():
        parts[customer].add(identity)
    return {frozenset(part) for part in parts.values()}


@given(PAIRS, st.sampled_from(RECORDS), st.sampled_from(RECORDS))
def test_an_undone_merge_has_never_been(pairs: list[tuple[str, str]], one: str, other: str) -> None:
    edges = merged(pairs)
    before = owners(edges, HOMES)
    edge = plan_merge(edges, one, other)
    if edge is None:
        assert root_of(edges, one) == root_of(edges, other)
        return
    joined = edges | {edge.from_id: edge.into_id}
    state = owners(joined, HOMES)
    assert root_of(joined, one) == root_of(joined, other)
    state |= {step.identity_id: step.customer_id for step in plan_undo(joined, HOMES, edge)}
    assert state == before


@given(PAIRS, st.data())
def test_any_order_of_merges_makes_the_same_of_them(
    pairs: list[tuple[str, str]], data: st.DataObject
) -> None:
    assert partition(merged(pairs)) == partition(merged(data.draw(st.permutations(pairs))))


@given(PAIRS, st.data())
def test_any_order_of_undoing_gives_everything_back(
    pairs: list[tuple[str, str]], data: st.DataObject
) -> None:
    edges = merged(pairs)
    state = owners(edges, HOMES)
    for source in data.draw(st.permutations(sorted(edges))):
        for step in plan_undo(edges, HOMES, Edge(source, edges[source])):
            state[step.identity_id] = step.customer_id
        del edges[source]
        assert state == owners(edges, HOMES)
    assert state == HOMES


@given(PAIRS, st.data())
def test_of_several_undone_only_which_matters_not_the_order(
    pairs: list[tuple[str, str]], data: st.DataObject
) -> None:
    edges = merged(pairs)
    undone = data.draw(st.lists(st.sampled_from(RECORDS), unique=True))
    ends = []
    for order in (undone, data.draw(st.permutations(undone))):
        state, live = owners(edges, HOMES), dict(edges)
        for source in order:
            if source in live:
                steps = plan_undo(live, HOMES, Edge(source, live[source]))
                state |= {step.identity_id: step.customer_id for step in steps}
                del live[source]
        ends.append(state)
    assert ends[0] == ends[1]


def test_a_circle_in_the_rows_is_named_not_followed_for_ever() -> None:
    with pytest.raises(ValueError, match="circle"):
        root_of({"a": "b", "b": "a"}, "a")
    assert tree_of({"a": "b", "b": "a"}, "a") == {"a", "b"}


class Walk(RuleBasedStateMachine):
    """Merge, undo, split, new address in any order, by steps; compared with the whole state."""

    def __init__(self) -> None:
        super().__init__()
        self.edges: dict[str, str] = {}
        self.homes = dict(HOMES)
        self.state = dict(HOMES)

    @rule(one=st.sampled_from(RECORDS), other=st.sampled_from(RECORDS))
    def merge(self, one: str, other: str) -> None:
        edge = plan_merge(self.edges, one, other)
        if edge:
            for identity, customer in self.state.items():
                if customer == edge.from_id:
                    self.state[identity] = edge.into_id
            self.edges[edge.from_id] = edge.into_id

    @precondition(lambda self: self.edges)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        source = data.draw(st.sampled_from(sorted(self.edges)))
        for step in plan_undo(self.edges, self.homes, Edge(source, self.edges[source])):
            self.state[step.identity_id] = step.customer_id
        del self.edges[source]

    @rule(data=st.data(), record=st.sampled_from(RECORDS))
    def split(self, data: st.DataObject, record: str) -> None:
        identity = data.draw(st.sampled_from(sorted(self.homes)))
        self.homes[identity] = record
        self.state[identity] = root_of(self.edges, record)

    @rule(record=st.sampled_from(RECORDS))
    def learn_address(self, record: str) -> None:
        """A new address belongs to who they are today."""
        today = root_of(self.edges, record)
        identity = f"new.{len(self.homes)}"
        self.homes[identity] = self.state[identity] = today

    @invariant()
    def every_identity_is_with_the_root_of_its_home(self) -> None:
        assert self.state == owners(self.edges, self.homes)


TestWalk = Walk.TestCase
