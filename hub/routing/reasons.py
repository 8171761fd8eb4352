"""Reasons in words that can be stored and shown: why this pair, and why one still waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final

from .bunches import Bunch
from .desk import LACKS_SKILL, Desk
from .lines import Line, LineKey
from .places import position
from .record import (
    MAX_BUSY,
    MAX_LINES,
    AgentLine,
    Obstacle,
    Rule,
    WaitReason,
    Why,
    WhyWaiting,
)
from .strategies import Head

if TYPE_CHECKING:
    from .engine import Engine
    from .matching import Choice
    from .moment import Moment


_MOST_OTHERS: Final = 4  # MAX_LINES with the chosen one; a name of this module is none to look up


def behind(engine: Engine, top: Head, desk: Desk, moment: Moment) -> list[Head]:
    """Return the most urgent contacts that this agent may take now beside `top`, the first of each
    line, four at most. It changes nothing: what is told decides nothing.
    """
    found: list[Head] = []
    channels = engine.desks.free_channels(desk, moment.now)
    for served in desk.served:
        alikes = served.alikes
        if held := served.lines.held.get(desk.id):
            alikes = alikes + [alike for alike in held.values() if desk.meets(alike.demands)]
        for alike in alikes:
            if alike.bits & channels:
                clock_s = moment.clock_s(alike.calendar_id)
                for bunch in alike.bunches:
                    if bunch.bit & channels:
                        _add_behind(found, bunch, clock_s, engine, top, desk, moment)
    return found


def _add_behind(
    found: list[Head],
    bunch: Bunch,
    clock_s: float,
    engine: Engine,
    top: Head,
    desk: Desk,
    moment: Moment,
) -> None:
    if _is_later(bunch.top_at(clock_s), found, clock_s):
        return  # then all lines of the bunch are
    for line in bunch.lines:
        if _is_later(line, found, clock_s):
            continue
        entry = line.first_for(desk.id, moment.now)
        if entry is None or entry is top.entry:
            continue
        head = Head(entry, line, clock_s)
        if engine.matching.keeps_apart(head, desk, moment) is None:
            _insert(head, found)


def _is_later(line: Line, found: list[Head], clock_s: float) -> bool:
    """Are there as many as are told, all of them as urgent as the first of a line?"""
    if len(found) < _MOST_OTHERS:
        return False
    return (clock_s - line.first_s) / line.target_s <= found[-1].urgency


def _insert(head: Head, found: list[Head]) -> None:
    """Put one more among the most urgent found so far, behind those that are as urgent."""
    index = len(found)
    while index and found[index - 1].urgency < head.urgency:
        index -= 1
    found.insert(index, head)
    if len(found) > _MOST_OTHERS:
        found.pop()


def why_chosen(
    engine: Engine,
    head: Head,
    rule: Rule,
    choice: Choice,
    others: Sequence[Head],
    moment: Moment,
) -> Why:
    """Return the decision record of one proposal, made before the pair counts as taken.

    `others`: the most urgent that were behind the chosen one.
    """
    return Why(
        chosen=head.line(),
        rule=rule,
        agent_rule=choice.rule,
        others=tuple([other.line() for other in others]),
        agents=_agent_lines(engine, head, choice, moment),
        demands=head.key.demands,
        step=head.key.step,
        over_cap=head.over_cap,
        helps_out=head.key.queue in choice.desk.helps,
    )


def _agent_lines(
    engine: Engine, head: Head, choice: Choice, moment: Moment
) -> tuple[AgentLine, ...]:
    """The chosen agent, others who could, then some who could not and why."""
    key, chosen = head.key, choice.desk
    lines = [_agent_line(chosen, key, None)]
    lines += [_agent_line(d, key, None) for d in choice.able[:MAX_LINES] if d is not chosen]
    if len(lines) < MAX_LINES:
        for desk in engine.desks.members(key.queue):
            if desk is not chosen and desk not in choice.able:
                lines.append(_agent_line(desk, key, obstacle_of(engine, head, desk, moment)))
                if len(lines) == MAX_LINES:
                    break
    return tuple(lines[:MAX_LINES])


def _agent_line(desk: Desk, key: LineKey, obstacle: Obstacle | None) -> AgentLine:
    detail = None
    if obstacle is LACKS_SKILL:
        skills = desk.row.skills
        detail = ", ".join(
            f"{skill} {skills.get(skill, 0)} of {least}"
            for skill, least in key.demands
            if skills.get(skill, 0) < least
        )
    return AgentLine(
        agent_id=desk.id,
        obstacle=obstacle,
        detail=detail,
        proficiency=desk.proficiency(key.demands),
        open=desk.open(key.channel),
    )


def obstacle_of(engine: Engine, head: Head, desk: Desk, moment: Moment) -> Obstacle | None:
    """Say what keeps this agent from this contact now; None: nothing does."""
    key = head.key
    if engine.matching.is_paused(key.queue):
        return Obstacle.PAUSED
    general = engine.desks.obstacle(desk, key.channel, key.demands, moment.now)
    if general is not None:
        return general
    if head.entry.excludes(desk.id, moment.now):
        return Obstacle.EXCLUDED
    if key.held_for is not None and key.held_for != desk.id:
        return Obstacle.HELD
    return engine.matching.keeps_apart(head, desk, moment)


def why_waiting(engine: Engine, contact_id: str, moment: Moment) -> WhyWaiting | None:
    """Explain why a contact still waits; None if the engine does not know it as waiting.

    Looks at every agent of the queue once: for a supervisor's question, not for the hot path.
    """
    entry = engine.entries.get(contact_id)
    if entry is None or entry.line is None:
        return None
    line, contact = entry.line, entry.contact
    head = engine.head(entry, line, moment)
    found = [
        (desk, obstacle_of(engine, head, desk, moment))
        for desk in chain(engine.desks.members(contact.queue), engine.desks.helpers(contact.queue))
    ]
    counts = Counter(obstacle.value for _, obstacle in found if obstacle is not None)
    held_s = 0.0
    if line.key.held_for is not None and contact.held_until is not None:
        held_s = (contact.held_until - moment.now).total_seconds()
    return WhyWaiting(
        contact=head.line(),
        reason=WaitReason.QUEUE_PAUSED
        if engine.matching.is_paused(contact.queue)
        else _reason(counts, len(found), line.key),
        obstacles=dict(counts),
        agents=tuple(_agent_line(d, line.key, o) for d, o in _nearest_first(found)[:MAX_LINES]),
        demands=line.key.demands,
        busy=tuple(desk.id for desk, obstacle in found if obstacle in _BUSY)[:MAX_BUSY],
        position=position(engine, entry, line, moment),
        held_for=line.key.held_for,
        held_s=held_s,
    )


_BUSY = frozenset({Obstacle.CAPACITY, Obstacle.CHANNEL_MAXIMUM})

# Who would be free soonest stands first: lack of room passes, lack of skill does not.
_NEARNESS: dict[Obstacle | None, int] = {
    None: 0,
    Obstacle.RESTING: 1,
    Obstacle.RESERVE: 2,
    Obstacle.KEPT: 3,
    Obstacle.HELD: 4,
    Obstacle.EXCLUDED: 5,
    Obstacle.HELPS_LATER: 6,
    Obstacle.CHANNEL_MAXIMUM: 7,
    Obstacle.CAPACITY: 8,
    Obstacle.PROVIDER_AWAY: 9,
    Obstacle.UNREACHED: 10,
    Obstacle.NOT_READY: 11,
    Obstacle.SKILL: 12,
}


def _nearest_first(
    found: Sequence[tuple[Desk, Obstacle | None]],
) -> list[tuple[Desk, Obstacle | None]]:
    return sorted(found, key=lambda pair: (_NEARNESS.get(pair[1], 13), pair[0].id))


def _reason(counts: Counter[str], members: int, key: LineKey) -> WaitReason:
    """The obstacle that, once lifted, would let it go: the nearest one that anybody has."""
    if members == counts[Obstacle.HELPS_LATER.value]:
        return WaitReason.NOBODY_SIGNED_IN
    if key.held_for is not None:
        return WaitReason.HELD_FOR_LAST_AGENT
    for obstacle, reason in (
        (Obstacle.RESERVE, WaitReason.RESERVE),
        (Obstacle.KEPT, WaitReason.KEPT),
        (Obstacle.EXCLUDED, WaitReason.EXCLUDED),
        (Obstacle.RESTING, WaitReason.ALL_BUSY),
        (Obstacle.CHANNEL_MAXIMUM, WaitReason.ALL_BUSY),
        (Obstacle.CAPACITY, WaitReason.ALL_BUSY),
        (Obstacle.PROVIDER_AWAY, WaitReason.PROVIDER_AWAY),
        (Obstacle.UNREACHED, WaitReason.NOBODY_REACHED),
        (Obstacle.NOT_READY, WaitReason.NOBODY_READY),
        (Obstacle.SKILL, WaitReason.NOBODY_SKILLED),
    ):
        if counts[obstacle.value]:
            return reason
    return WaitReason.BEING_OFFERED
