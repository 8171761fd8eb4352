"""How a call stands, folded from all that was told of it. Pure.

What is told of a call is a set: the order in which it came, and that something came twice, change
nothing. An end is an end; what happened before it only fills in.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from .events import Direction, EventKind, PbxEvent


class CallState(NamedTuple):
    """`ringing`: extensions that ring now. `talked`: those that have answered, in order; the last
    has the call, unless `ended_at`. `known`: extensions that were named at all.
    """

    direction: Direction
    number: str
    line: str
    ref: str
    started_at: datetime
    ringing: tuple[str, ...]
    talked: tuple[str, ...]
    answered_at: datetime | None
    held: bool
    ended_at: datetime | None
    recording_url: str
    cause: str
    known: tuple[str, ...]

    @property
    def talker(self) -> str:
        """The extension that has, or had, the call; "" where nobody answered or none was named."""
        if self.answered_at is None:
            return ""
        if self.talked:
            return self.talked[-1]
        return self.known[0] if len(self.known) == 1 else ""


def fold(events: Iterable[PbxEvent]) -> CallState | None:
    """Return how the call of these events stands; None of no events."""
    told = sorted(set(events), key=_place)
    if not told:
        return None
    answers = [one for one in told if one.kind is EventKind.ANSWERED]
    ends = [one for one in told if one.kind is EventKind.ENDED]
    talked = _in_turn(answers)
    ended_at = ends[0].at if ends else None
    talked_s = next((one.talked_s for one in ends if one.talked_s), 0)
    answered_at = answers[0].at if answers else None
    if answered_at is None and ended_at is not None and talked_s:  # the answer itself was lost
        answered_at = max(told[0].at, ended_at - timedelta(seconds=talked_s))
    return CallState(
        direction=next((one.direction for one in told if one.direction), Direction.IN),
        number=_said(told, "number"),
        line=_said(told, "line"),
        ref=_said(told, "ref"),
        started_at=told[0].at,
        ringing=() if ends else _ringing(told, answers),
        talked=talked,
        answered_at=answered_at,
        held=not ends and bool(answers) and _held(told),
        ended_at=ended_at,
        recording_url=_said(list(reversed(told)), "recording_url"),
        cause=_said(ends, "cause"),
        known=tuple(dict.fromkeys(one.extension for one in told if one.extension)),
    )


_RANK = {kind: rank for rank, kind in enumerate(EventKind)}


def _place(event: PbxEvent) -> tuple[object, ...]:
    """Where an event stands among those of its call, whenever it came."""
    return (
        event.at,
        _RANK[event.kind],
        event.extension,
        event.number,
        event.line,
        event.ref,
        event.recording_url,
        event.direction or "",
        -1 if event.talked_s is None else event.talked_s,
        event.cause,
        event.timed,
    )


def _said(told: list[PbxEvent], name: str) -> str:
    """Return the first that was said of it."""
    return next((value for one in told if (value := str(getattr(one, name)))), "")


def _in_turn(answers: list[PbxEvent]) -> tuple[str, ...]:
    """Return who answered, one after the other: "801, 802, 801" where it came back."""
    turns: list[str] = []
    for one in answers:
        if one.extension and turns[-1:] != [one.extension]:
            turns.append(one.extension)
    return tuple(turns)


def _ringing(told: list[PbxEvent], answers: list[PbxEvent]) -> tuple[str, ...]:
    """Return the extensions that ring: since the last answer only what the PBX has a time for, else
    the ringing of a group that is told late would go on for ever.
    """
    last_answer = answers[-1].at if answers else None
    since: dict[str, datetime] = {}
    for one in told:
        if not one.extension:
            continue
        if one.kind is EventKind.RINGING:
            if last_answer is None or (one.timed and one.at > last_answer):
                since[one.extension] = one.at
        elif one.kind is EventKind.STOPPED and one.extension in since:
            del since[one.extension]
    return tuple(sorted(since))


_MARKS = frozenset({EventKind.HELD, EventKind.RESUMED, EventKind.ANSWERED})


def _held(told: list[PbxEvent]) -> bool:
    """Whether the caller is on hold: who answers afterwards has taken them from it."""
    return [one.kind for one in told if one.kind in _MARKS][-1:] == [EventKind.HELD]
