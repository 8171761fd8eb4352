"""Merges as a forest. Pure: no I/O, no clock.

Each live merge is an edge from a record to the one it became. An identity has a *home*: the record
it belongs to without any merge. Whose it is today is the root of its home, and nothing else: so a
merge and its undoing only add or take away an edge, and what was done between never matters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

MAX_RECORDS = 200  # records that may be one; more is a mistake, or a shared address


class MoveKind(StrEnum):
    """Why an identity went to another record."""

    MERGE = "merge"
    UNMERGE = "unmerge"
    SPLIT = "split"
    UNSPLIT = "unsplit"


class Edge(NamedTuple):
    """The record `from_id` turned out to be `into_id`; both were roots when it was made."""

    from_id: str
    into_id: str


class Repoint(NamedTuple):
    """The identity is that customer's from now on."""

    identity_id: str
    customer_id: str


Edges = Mapping[str, str]  # the live ones: from → into


def root_of(edges: Edges, customer_id: str) -> str:
    """Return the record that this one is today. Raises ValueError where the edges go in a circle,
    which `plan_merge` never makes."""
    seen = {customer_id}
    while (above := edges.get(customer_id)) is not None:
        if above in seen:
            raise ValueError(f"the merges of {customer_id} go in a circle")
        seen.add(above)
        customer_id = above
    return customer_id


def tree_of(edges: Edges, customer_id: str) -> set[str]:
    """Return this record and all that became it."""
    below: defaultdict[str, list[str]] = defaultdict(list)
    for source, target in edges.items():
        below[target].append(source)
    found: set[str] = set()
    waiting = [customer_id]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += below[one]
    return found


def plan_merge(edges: Edges, from_id: str, into_id: str) -> Edge | None:
    """Return the edge that makes both one; None where they are one already.

    Both are brought to what they are today first, so no circle can be made.
    """
    edge = Edge(root_of(edges, from_id), root_of(edges, into_id))
    return None if edge.from_id == edge.into_id else edge


def plan_undo(edges: Edges, homes: Mapping[str, str], edge: Edge) -> list[Repoint]:
    """Return which identities go back when the live `edge` is taken away: those whose home is its
    record, or one that became it."""
    without = {source: target for source, target in edges.items() if source != edge.from_id}
    back = tree_of(without, edge.from_id)
    return [Repoint(identity, edge.from_id) for identity, home in homes.items() if home in back]


def owners(edges: Edges, homes: Mapping[str, str]) -> dict[str, str]:
    """Return for each identity today's customer: the whole state."""
    return {identity: root_of(edges, home) for identity, home in homes.items()}
