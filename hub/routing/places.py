"""Where a waiting contact stands among those of its queue, read off the engine's lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .estimates import Kind, Rivals, rivals_of
from .lines import Entry, Line

if TYPE_CHECKING:
    from .engine import Engine
    from .moment import Moment


def position(engine: Engine, entry: Entry, line: Line, moment: Moment) -> int:
    """Return the place of a contact in the effective order of its queue, from 1.

    Counts, line by line, those whose urgency is at least as high, and in a strict queue the better
    tiers: O(lines · log contacts).
    """
    ahead = sum(count for _, count in _ahead(engine, entry, line, moment))
    return max(ahead, 1) if line.key.held_for is None else ahead + 1


def rivals(
    engine: Engine,
    entry: Entry,
    line: Line,
    moment: Moment,
    taken: Mapping[Kind, int],
) -> list[Rivals]:
    """Return who else counts for how long a contact waits (`estimates.wait_range`).

    `taken`: so many of a tier and target were taken in the last RATE_WINDOW_S.
    """
    key, rules = line.key, engine.rules
    own = Kind(key.tier, key.target_s, key.priority)
    ahead: dict[Kind, int] = {}
    for other, count in _ahead(engine, entry, line, moment):
        kind = Kind(other.key.tier, other.key.target_s, other.key.priority)
        ahead[kind] = ahead.get(kind, 0) + count
    ahead[own] = max(ahead.get(own, 0) - 1, 0)  # itself
    strict = rules.queues[key.queue].strict
    better = rules.tiers[: rules.rank(key.tier)] if strict else None
    return rivals_of(own, ahead, taken, better)


def _ahead(engine: Engine, entry: Entry, line: Line, moment: Moment) -> Iterator[tuple[Line, int]]:
    """Yield the lines of the queue with how many of each go before a contact, itself included."""
    urgency = engine.head(entry, line, moment).urgency
    rules, own = engine.rules, line.key
    strict = rules.queues[own.queue].strict and own.priority == 0
    for other in engine.lines.common(own.queue):
        key = other.key
        if key.priority > own.priority:
            yield other, len(other)
        elif key.priority < own.priority:
            continue
        elif strict and key.tier != own.tier:
            if rules.rank(key.tier) < rules.rank(own.tier):
                yield other, len(other)
        else:
            clock = moment.clock_s(key.calendar_id)
            yield other, other.started_by(clock - urgency * key.target_s)
