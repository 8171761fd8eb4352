"""Callbacks as states, attempts and times. Pure: no I/O, no clock; every function takes `now`.

A callback waits for its time, then its contact waits in the queue (and is offered like any other),
then the phones ring. An attempt that does not reach the customer starts again at its next time,
until the last one is used (routing.md 3.10). Whoever promises something themselves makes a
commitment instead; this is the queue's own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from hub.contacts.model import CallOutcome, CallStage
from hub.core.errors import Conflict
from hub.hours import Calendar, is_open, next_closing, next_opening

_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_MOST_STEPS = 1000  # openings looked at for one that both calendars share: years


class CallbackKind(StrEnum):
    KEPT_PLACE = "kept_place"  # asked for while waiting: what was waited counts
    SCHEDULED = "scheduled"  # at a time agreed with the customer
    VOICEMAIL = "voicemail"  # who left a message
    ABANDONED = "abandoned"  # who hung up before anybody answered


class CallbackState(StrEnum):
    WAITING = "waiting"  # for its time
    QUEUED = "queued"  # its contact waits in the queue, or is offered
    DIALLING = "dialling"  # an agent has accepted: the phones ring
    DONE = "done"  # the customer was reached
    GIVEN_UP = "given_up"  # the last attempt failed
    CANCELLED = "cancelled"  # by the agent or a supervisor
    DROPPED = "dropped"  # the customer reached us first


MOVES: dict[CallbackState, frozenset[CallbackState]] = {
    CallbackState.WAITING: frozenset(
        {
            CallbackState.QUEUED,
            CallbackState.DIALLING,
            CallbackState.CANCELLED,
            CallbackState.DROPPED,
        }
    ),
    CallbackState.QUEUED: frozenset(
        {
            CallbackState.WAITING,
            CallbackState.DIALLING,
            CallbackState.DONE,
            CallbackState.CANCELLED,
            CallbackState.DROPPED,
        }
    ),
    CallbackState.DIALLING: frozenset(
        {
            CallbackState.WAITING,
            CallbackState.QUEUED,
            CallbackState.DONE,
            CallbackState.GIVEN_UP,
            CallbackState.CANCELLED,
            CallbackState.DROPPED,
        }
    ),
    CallbackState.DONE: frozenset(),
    CallbackState.GIVEN_UP: frozenset(),
    CallbackState.CANCELLED: frozenset(),
    CallbackState.DROPPED: frozenset(),
}
OPEN = frozenset({CallbackState.WAITING, CallbackState.QUEUED, CallbackState.DIALLING})

# Who writes or speaks to us by any means will be answered: these two were only our own idea.
OUR_IDEA = frozenset({CallbackKind.VOICEMAIL, CallbackKind.ABANDONED})


class IllegalMove(Conflict):
    """The callback is over, or somebody else moved it first."""

    code = "callback.illegal_move"


@dataclass(frozen=True, slots=True)
class Times:
    """When customers may be called: in the queue's hours and inside the window, in its zone."""

    hours: Calendar
    window: Calendar

    def meet(self) -> bool:
        """Say whether there is a time in both."""
        try:
            self.next_open(_ANY_DAY)
        except ValueError:
            return False
        return True

    def next_open(self, at: datetime) -> datetime:
        """Return `at` itself if customers may be called then, else the next such moment (UTC).

        Raises ValueError where hours and window never meet (`hub apply` refuses those).
        """
        moment = at
        for _ in range(_MOST_STEPS):
            moment = next_opening(self.window, next_opening(self.hours, moment))
            if is_open(self.hours, moment):
                return moment
        raise ValueError("The window lies outside the hours of the queue.")

    def closes(self, at: datetime) -> datetime | None:
        """Return until when customers may be called from `at` on; None: without an end."""
        ends = [next_closing(self.hours, at), next_closing(self.window, at)]
        return min((end for end in ends if end is not None), default=None)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a queue calls back; times between attempts are seconds."""

    times: Times
    attempts: int = 3
    gap_s: float = 900.0
    first_delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a callback stands. `due_at` is its one timer: while WAITING when its contact enters
    the queue, while QUEUED when customers may no longer be called, while DIALLING (the customer
    first) when they should be on the line; else None.

    `failed` attempts were made of at most `attempts`.
    """

    state: CallbackState
    attempts: int
    failed: int = 0
    due_at: datetime | None = None

    @property
    def attempt(self) -> int:
        """The number of the attempt that is next, or under way."""
        return min(self.failed + 1, self.attempts)


def begin(plan: Plan, now: datetime, at: datetime | None = None) -> Progress:
    """Return a new callback: in the queue now if it may be, else waiting for its time.

    `at`: not before this (a time agreed with the customer).
    """
    earliest = at or now + timedelta(seconds=plan.first_delay_s)
    progress = Progress(CallbackState.WAITING, plan.attempts)
    return _enter(progress, plan, now, plan.times.next_open(max(earliest, now)))


def fire(progress: Progress, plan: Plan, now: datetime) -> Progress:
    """The timer has come: into the queue, or out of it until customers may be called again.

    That of a customer who is called first is another one: `not_reached`.
    """
    if progress.due_at is None or progress.due_at > now:
        return progress
    if progress.state is CallbackState.DIALLING:
        return progress
    opens = plan.times.next_open(now)
    return _enter(replace(progress, state=CallbackState.WAITING), plan, now, opens)


def dial(progress: Progress, until: datetime | None = None) -> Progress:
    """An agent has accepted, or calls the customer by choice. Raises IllegalMove.

    `until`: the customer is called first, and has to be on the line by then.
    """
    return replace(_moved(progress, CallbackState.DIALLING), due_at=until)


def on_the_line(progress: Progress) -> Progress:
    """The customer was called first and waits for an agent: no timer any more."""
    return replace(progress, due_at=None)


def not_reached(
    progress: Progress, plan: Plan, at: datetime, *, counts: bool, agreed: datetime | None = None
) -> Progress:
    """The attempt failed at `at`: again after the gap, or given up after the last one.

    `counts` False: the customer was not called, the agent's own phone failed; then it goes back to
    its place at once. `agreed`: the time agreed with the customer; an attempt made before it brings
    none earlier. Raises IllegalMove.
    """
    _check(progress, CallbackState.WAITING)
    earliest = at if agreed is None else max(at, agreed)
    if not counts:
        return _enter(progress, plan, at, plan.times.next_open(earliest))
    failed = progress.failed + 1
    if failed >= progress.attempts:
        return replace(_moved(progress, CallbackState.GIVEN_UP), failed=failed)
    due_at = plan.times.next_open(max(earliest, at + timedelta(seconds=plan.gap_s)))
    return replace(progress, state=CallbackState.WAITING, failed=failed, due_at=due_at)


def reschedule(progress: Progress, plan: Plan, now: datetime, at: datetime) -> Progress:
    """Agree on another time. Raises IllegalMove while the phones ring, and once it is over."""
    if progress.state is CallbackState.DIALLING:
        raise IllegalMove("The phones ring at this moment: wait for the result.")
    if progress.state is not CallbackState.WAITING:
        _check(progress, CallbackState.WAITING)
    return _enter(progress, plan, now, plan.times.next_open(max(at, now)))


def end(progress: Progress, state: CallbackState) -> Progress:
    """It is over. Raises IllegalMove if it was already."""
    return _moved(progress, state)


def counts(stage: CallStage, outcome: CallOutcome, reason: str) -> bool:
    """Say whether a call that got as far as `stage` was an attempt to reach the customer.

    Where only the agent's own phone was rung, it was none, unless the number itself was refused.
    """
    if stage is not CallStage.AGENT:
        return True
    agents = reason.startswith("agent_") or reason == "timeout"
    return not agents and outcome is not CallOutcome.CANCELLED


def may_move(before: CallbackState, after: CallbackState) -> bool:
    return after in MOVES[before]


def _enter(progress: Progress, plan: Plan, now: datetime, opens: datetime) -> Progress:
    if opens > now:
        return replace(progress, state=CallbackState.WAITING, due_at=opens)
    return replace(progress, state=CallbackState.QUEUED, due_at=plan.times.closes(now))


def _moved(progress: Progress, state: CallbackState) -> Progress:
    _check(progress, state)
    return replace(progress, state=state, due_at=None)


def _check(progress: Progress, state: CallbackState) -> None:
    if not may_move(progress.state, state):
        raise IllegalMove(
            f"The callback is {progress.state} already and cannot become {state}.",
            state=progress.state.value,
        )
