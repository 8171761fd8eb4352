"""From a contact's segments to its visits: each wait, and the work that followed. Pure.

Segments are read in the order of time. Offers that came to nothing are part of the wait; the last
one before the answer is the ring. Handling, hold and wrap-up are work; a contact that returns to a
queue, or that its customer answers after it was parked, waits anew.

Work that nobody waited for keeps its agent from everything else only where one contact takes the
whole agent (calls). Of other channels it lengthens the visit before it (a mail taken up again after
it was parked); what no visit came before cannot be played.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hub.contacts.model import ContactState, SegmentKind

from .period import Visit, Work
from .world import ABANDONED, ANSWERED, WAITING, Kind

_WORK = frozenset({SegmentKind.HANDLING, SegmentKind.HOLD, SegmentKind.WRAP_UP})
_OVER = frozenset({ContactState.ABANDONED, ContactState.CLOSED})
_SAME_MOMENT_S = 0.001


class Stretch(NamedTuple):
    """One segment. `ended_s` None: it still runs."""

    kind: str
    queue_id: str
    channel: str
    tier: str
    agent_id: str | None
    started_s: float
    ended_s: float | None
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the contact's row says. `enqueued_s`: when its last wait began, which is the one that
    `preferred_agent_id` is about."""

    requirements: Mapping[str, int]
    language: str | None
    priority: int
    promise: str | None
    preferred_agent_id: str | None
    preferred_until_s: float | None
    enqueued_s: float


class Found(NamedTuple):
    """What became of a contact. `work`: nobody waited for it, and it took the whole agent.
    `beside`: nobody waited for it, and the agent could do something else meanwhile; it is not
    played."""

    visits: list[Visit]
    work: list[Work]
    beside: list[Work]


@dataclass(slots=True)
class _Wait:
    """A visit under construction. `parked`: what comes next is a new wait from 0."""

    first: Stretch
    kept_s: float
    last: Stretch
    ring_since_s: float | None = None
    ringing: str | None = None
    answered: Stretch | None = None
    handle_s: float = 0.0
    parked: bool = False


def visits_of(
    stretches: Sequence[Stretch], facts: Facts, until_s: float, whole: Collection[str]
) -> Found:
    """Return the visits of one contact, and the work on it that nobody waited for.

    `until_s`: when the record ends. `whole`: the channels that take the whole agent.
    """
    found = Found([], [], [])
    visits = found.visits
    wait: _Wait | None = None
    for stretch in stretches:
        if stretch.kind == SegmentKind.WAITING:
            if wait is None or wait.answered is not None:
                kept_s = 0.0
                if wait is not None:
                    visits.append(_visit(wait, facts, until_s))
                    kept_s = 0.0 if wait.parked else wait.kept_s + visits[-1].wait_s
                wait = _Wait(stretch, kept_s, stretch)
            wait.last, wait.ringing = stretch, None
        elif stretch.kind == SegmentKind.PARKED:
            if wait is not None:
                wait.parked = True
        elif wait is None or wait.parked:
            if stretch.channel in whole:
                found.work.extend(_own(stretch, until_s))
            elif wait is not None and wait.answered is not None:
                wait.handle_s += _worked_s(stretch, until_s)
            elif stretch.kind in _WORK:
                found.beside.extend(_own(stretch, until_s))
        else:
            _go_on(wait, stretch, until_s)
    if wait is not None:
        visits.append(_visit(wait, facts, until_s))
    return found


def _go_on(wait: _Wait, stretch: Stretch, until_s: float) -> None:
    """It is offered, or worked on."""
    if stretch.kind == SegmentKind.OFFERED:
        if wait.answered is None:
            if wait.ringing != stretch.agent_id:
                wait.ring_since_s, wait.ringing = stretch.started_s, stretch.agent_id
            wait.last = stretch
    elif stretch.kind in _WORK:
        if wait.answered is None:
            wait.answered = stretch
        wait.handle_s += _worked_s(stretch, until_s)


def _worked_s(stretch: Stretch, until_s: float) -> float:
    if stretch.kind not in _WORK:
        return 0.0
    return (until_s if stretch.ended_s is None else stretch.ended_s) - stretch.started_s


def _own(stretch: Stretch, until_s: float) -> list[Work]:
    if stretch.agent_id is None or stretch.kind not in {*_WORK, SegmentKind.OFFERED}:
        return []
    return [Work(stretch.agent_id, stretch.started_s, stretch.ended_s or until_s)]


def _visit(wait: _Wait, facts: Facts, until_s: float) -> Visit:
    first, answered = wait.first, wait.answered
    ring_s, end_s = 0.0, wait.last.ended_s or until_s
    outcome = ABANDONED if wait.last.ended_by in _OVER else WAITING
    if answered is not None:
        outcome, end_s = ANSWERED, answered.started_s
    agent_id = wait.ringing if answered is None else answered.agent_id
    if wait.ring_since_s is not None and wait.ringing is not None and wait.ringing == agent_id:
        ring_s = end_s - wait.ring_since_s
    preferred, held_s = None, 0.0
    if abs(first.started_s - facts.enqueued_s) < _SAME_MOMENT_S:
        preferred = facts.preferred_agent_id
        held_s = max((facts.preferred_until_s or 0.0) - first.started_s, 0.0)
    return Visit(
        kind=Kind(first.tier, first.queue_id, first.channel),
        at_s=first.started_s,
        outcome=outcome,
        wait_s=max(end_s - first.started_s, 0.0),
        handle_s=wait.handle_s,
        ring_s=ring_s,
        kept_s=wait.kept_s,
        requirements=facts.requirements,
        language=facts.language,
        priority=facts.priority,
        promise=facts.promise,
        preferred_agent_id=preferred,
        held_s=held_s,
        agent_id=agent_id,
    )
