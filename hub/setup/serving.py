"""A queue nobody can serve: a warning, for people are hired and learn after the set-up. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .model import OverflowRule, Queue, Setup


@dataclass(frozen=True, slots=True)
class Server:
    """An active user who takes contacts, as they will be under the set-up."""

    teams: Collection[str]
    skills: Mapping[str, int]


def unserved_queues(setup: Setup, servers: Sequence[Server]) -> Iterator[str]:
    """Yield a sentence for each queue that nobody can serve, helpers by overflow counted in.

    Nothing while nobody is in any team: before the first agent there is nobody to tell it of.
    """
    teams = {team.key for team in setup.teams}
    if not any(teams & set(server.teams) for server in servers):
        return
    teams_of = {queue.key: set(queue.teams) for queue in setup.queues}
    for queue in setup.queues:
        reach = set(queue.teams)
        for rule in filter(_helps_one_alone, queue.overflow):
            reach |= {rule.team} if rule.team else teams_of[rule.queue]
        there = [server for server in servers if reach & set(server.teams)]
        if not there:
            listed = ", ".join(queue.teams)
            yield (
                f"queue {queue.key}: nobody can serve it, its teams have no active agent "
                f"({listed}); put somebody in one of them, or give it another team"
            )
        else:
            yield from _lacking(queue, there)


def _helps_one_alone(rule: OverflowRule) -> bool:
    """Does the rule bring a helper to a single contact that waits within the hours?"""
    return rule.over_waiting <= 1 and not rule.when_closed


def _lacking(queue: Queue, there: Sequence[Server]) -> Iterator[str]:
    """Yield what nobody has of the last skill step: what is demanded of whoever waits longest."""
    if not queue.requires:
        return
    demands = queue.requires[-1].skills
    if any(_meets(server, demands) for server in there):
        return
    alone = {s: g for s, g in demands.items() if not any(_meets(one, {s: g}) for one in there)}
    asked = ", ".join(f"{skill} ≥ {grade}" for skill, grade in sorted((alone or demands).items()))
    whole = "" if alone else " together"
    yield (
        f"queue {queue.key}: nobody can serve it, no agent of its teams has {asked}{whole} as its "
        f"last skill step ({len(queue.requires)}) asks; teach somebody, or add one that asks less"
    )


def _meets(server: Server, demands: Mapping[str, int]) -> bool:
    return all(server.skills.get(skill, 0) >= grade for skill, grade in demands.items())
