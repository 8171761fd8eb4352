"""Commitments: promises to a customer. Pure: no I/O, no clock; every function takes `now` (UTC)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from hub.hours import Calendar, add_open, elapsed


class CommitmentKind(StrEnum):
    CALLBACK = "callback"
    VISIT = "visit"
    REPAIR = "repair"
    QUOTE = "quote"
    RECOVERY = "recovery"  # a dissatisfied customer is to be won back
    OTHER = "other"


class CommitmentState(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"  # the customer does not want it any longer


class OwnerKind(StrEnum):
    """Who has to keep it: one user (also a specialist), or a team until one of it takes it."""

    USER = "user"
    TEAM = "team"


class TellCustomer(StrEnum):
    """When the customer hears of it by themselves."""

    NO = "no"
    DONE = "done"  # when it is kept
    LATE = "late"  # when it is kept, and when it becomes late


class EntryKind(StrEnum):
    """What stands in the record of a commitment."""

    COMMENT = "comment"
    TAKEN = "taken"  # by one of the team that owns it
    HAND_OVER = "hand_over"
    RETURN = "return"
    POSTPONED = "postponed"
    CHANGED = "changed"  # what a quote says
    DONE = "done"
    WITHDRAWN = "withdrawn"
    TOLD = "told"  # the customer was written to; the text is what they were told
    NOT_TOLD = "not_told"  # they were to be, and nothing reaches them


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
# Somebody comes to the customer, who waits at home for it.
VISITS = frozenset({CommitmentKind.VISIT, CommitmentKind.REPAIR})
# When nothing is said: who waits at home is told that nobody comes.
TELLS: Mapping[CommitmentKind, TellCustomer] = dict.fromkeys(VISITS, TellCustomer.LATE)


def may_move(before: CommitmentState, after: CommitmentState) -> bool:
    """Say whether the table lists this pair."""
    return after in MOVES[before]


def half_way(made_at: datetime, due_at: datetime, calendar: Calendar | None) -> datetime:
    """Return when half of the promised time is used: of the time it is open, where `calendar` is
    given and it opens before `due_at`; else of all time.
    """
    if calendar is not None:
        open_s = elapsed(calendar, made_at, due_at)
        if open_s > 0:
            return min(add_open(calendar, made_at, open_s / 2), due_at)
    return made_at + (due_at - made_at) / 2


def reminder_at(made_at: datetime, due_at: datetime, calendar: Calendar | None = None) -> datetime:
    """Half of the promised time used: the moment to remind the owner (knowledge.md)."""
    return half_way(made_at, due_at, calendar)


def back_to(
    owner: str, handed_by: Sequence[str], asked_by: str | None, made_by: str | None
) -> str | None:
    """Return to whom an owner gives a commitment back: who handed it to them last, else who asked
    for it, else who promised it. None: there is nobody but the owner.

    `handed_by`: who gave it to its present owner, the newest last.
    """
    for candidate in (*reversed(handed_by), asked_by, made_by):
        if candidate and candidate != owner:
            return candidate
    return None
