"""What is wrong with the overflow rules of a set-up: who helps which queue, and when. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from hub.core.errors import Fault

from .hours import named_hours
from .model import OverflowRule, Queue, Setup, Team
from .naming import refer

_ALWAYS = ("24x7",)


def overflow_problems(setup: Setup, path: str, queue: Queue) -> Iterator[Fault]:
    """Yield what is wrong with the rules of one queue, each with its place and the remedy."""
    for index, rule in enumerate(queue.overflow):
        here = f"{path}.overflow[{index}]"
        if bool(rule.team) == bool(rule.queue):
            yield Fault(here, "name a team or a queue whose agents help, one of the two")
            continue
        yield from refer(f"{here}.team", "team", filter(None, [rule.team]), _keys(setup.teams))
        yield from refer(f"{here}.queue", "queue", filter(None, [rule.queue]), _keys(setup.queues))
        if rule.queue == queue.key:
            yield Fault(f"{here}.queue", "a queue cannot help itself out")
        if not _says_when(rule):
            yield Fault(
                here,
                "says not when to help; give after_s, over_waiting, when_closed or "
                "when_nobody, or name the team under teams",
            )
        spec = named_hours(setup).get(queue.hours)
        if rule.when_closed and spec is not None and spec.hours in _ALWAYS:
            yield Fault(
                f"{here}.when_closed", f"the hours {queue.hours!r} never close; leave it out"
            )


def _says_when(rule: OverflowRule) -> bool:
    return bool(rule.after_s or rule.over_waiting or rule.when_closed or rule.when_nobody)


def _keys(things: list[Queue] | list[Team]) -> list[str]:
    return [thing.key for thing in things]


def overflow_circles(setup: Setup) -> Iterator[Fault]:
    """Yield each circle of queues that help each other: when all are busy, none of them helps."""
    helped = {
        queue.key: [rule.queue for rule in queue.overflow if rule.queue] for queue in setup.queues
    }
    told: set[frozenset[str]] = set()
    for start in helped:
        circle = _circle(helped, start)
        if circle and frozenset(circle) not in told:
            told.add(frozenset(circle))
            yield Fault(
                _helps_at(setup, circle[0], circle[1]),
                f"{' → '.join([*circle, circle[0]])} help each other in a circle; take one "
                "of these overflow rules out, or let a team that serves neither help both",
            )


def _helps_at(setup: Setup, helped: str, helper: str) -> str:
    """Return the path of the rule by which one queue's agents help another."""
    for index, queue in enumerate(setup.queues):
        for number, rule in enumerate(queue.overflow):
            if queue.key == helped and rule.queue == helper:
                return f"queues[{index}].overflow[{number}].queue"
    raise LookupError(f"no rule by which {helper} helps {helped}")


def _circle(helped: dict[str, list[str]], start: str) -> list[str]:
    """Return the queues on a way from `start` back to it; none: []."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop()
        for queue in helped.get(way[-1], ()):
            if queue == start and len(way) > 1:
                return way
            if queue not in seen:
                seen.add(queue)
                ways.append([*way, queue])
    return []
