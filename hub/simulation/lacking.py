"""Contacts that nobody can serve, however long they wait: nobody has what they ask for. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from hub.routing.model import Demands, team_group

from .period import Agent, Visit
from .recorded import Script, takes


class Unserved(NamedTuple):
    """So many contacts of a queue in the period ask to the last for skills that no agent of it who
    serves the queue, or helps it out, and takes their channel has together; for none: nobody does.
    `changed`: under the changed rules, not those in force."""

    changed: bool
    queue: str
    demands: Demands
    contacts: int

    @property
    def in_words(self) -> str:
        """The queue, and what is asked for: support (french ≥ 3)."""
        asked = ", ".join(f"{skill} ≥ {grade}" for skill, grade in self.demands)
        return f"{self.queue} ({asked})" if asked else self.queue


def unserved_of(scripts: Sequence[Script]) -> list[Unserved]:
    """Return what nobody can serve under the rules in force, then under the changed ones."""
    found = []
    for number, script in enumerate(scripts):
        asked = Counter(_last_demands(script, visit) for visit in script.period.measured)
        waits = Counter[tuple[str, Demands]]()
        for (queue, demands, channel), contacts in asked.items():
            if not any(_serves(agent, queue, demands, channel, script) for agent in script.agents):
                waits[queue, demands] += contacts
        found += [Unserved(number > 0, *key, contacts) for key, contacts in sorted(waits.items())]
    return found


def _last_demands(script: Script, visit: Visit) -> tuple[str, Demands, str]:
    """Return what a visit asks for when all steps that end are over, and its channel."""
    _, queue, channel = visit.kind
    return queue, script.demands(visit)[len(script.steps_s[queue])], channel


def _serves(agent: Agent, queue: str, demands: Demands, channel: str, script: Script) -> bool:
    groups = {*agent.queues, *(team_group(team) for team in agent.teams)}
    helpers = {overflow.group for overflow in script.settings.queues[queue].overflow}
    if queue not in agent.queues and not groups & helpers:
        return False
    if not takes(agent, script.settings, channel):
        return False
    return all(agent.skills.get(skill, 0) >= grade for skill, grade in demands)
