"""Commitments: promises to a customer. Pure: no I/O, no clock; every function takes `now` (UTC)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


class CommitmentKind(StrEnum):
    CALLBACK = "callback"
    VISIT = "visit"
    REPAIR = "repair"
    QUOTE = "quote"
    OTHER = "other"


class CommitmentState(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"  # the customer does not want it any longer


# A broken one stays to be done: late is still better than never.
MOVES: dict[CommitmentState, frozenset[CommitmentState]] = {
    CommitmentState.OPEN: frozenset(
        {CommitmentState.KEPT, CommitmentState.BROKEN, CommitmentState.WITHDRAWN}
    ),
    CommitmentState.BROKEN: frozenset({CommitmentState.KEPT, CommitmentState.WITHDRAWN}),
    CommitmentState.KEPT: frozenset(),
    CommitmentState.WITHDRAWN: frozenset(),
}
# What somebody still has to do something about.
UNFINISHED = frozenset({CommitmentState.OPEN, CommitmentState.BROKEN})


def may_move(before: CommitmentState, after: CommitmentState) -> bool:
    """Say whether the table lists this pair."""
    return after in MOVES[before]


def reminder_at(made_at: datetime, due_at: datetime) -> datetime:
    """Half of the promised time used: the moment to remind the owner (knowledge.md)."""
    return made_at + (due_at - made_at) / 2
