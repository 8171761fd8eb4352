"""What is asked: the same period under another set-up, with other agents or targets. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from hub.core.errors import Invalid
from hub.routing.settings import RoutingSettings
from hub.setup import Setup
from hub.setup.convert import routing_settings

from .period import Agent, AgentTurn, Conditions, Period, cut_out, merged, ready_spans
from .recorded import demands_of
from .scenario import BEST_GRADE, LONGEST_S
from .world import Turn

MOST_AGENTS = 1_000
_DAY_MINUTES = 1_440
_QUARTER_S = 900.0


class BadChange(Invalid):
    """What is asked cannot be simulated; the message says how to write it."""

    code = "replay.bad_change"


class Staffed(msgspec.Struct, frozen=True, omit_defaults=True):
    """So many agents more (or fewer, below 0) who serve a queue, or those of a `team`, which serves
    `serves`. `hours`: only then, from one minute of the day to another (over midnight where the
    second is not the later one), in the organisation's zone."""

    count: int
    queue: str = ""
    team: str = ""
    serves: tuple[str, ...] = ()
    hours: tuple[int, int] | None = None

    @property
    def where(self) -> str:
        return self.queue or self.team

    @property
    def queues(self) -> frozenset[str]:
        return frozenset({self.queue} if self.queue else self.serves)

    def is_met_by(self, agent: Agent) -> bool:
        return self.queue in agent.queues if self.queue else self.team in agent.teams


class Skilled(msgspec.Struct, frozen=True):
    """An agent (by id) with another grade in a skill; 0: without it. `name`: the agent's, for who
    reads what became of it."""

    agent: str
    skill: str
    grade: int
    name: str = ""


class Target(msgspec.Struct, frozen=True):
    """Another answer time promised to a tier of a queue on a channel."""

    queue: str
    tier: str
    channel: str
    seconds: int


def parse_staffed(text: str) -> Staffed:
    """Read "+2:QUEUE" or "-1:QUEUE". Raises BadChange."""
    found = re.fullmatch(r"([+-]\d{1,4}):(\S+)", text)
    if found is None or not 1 <= abs(int(found[1])) <= MOST_AGENTS:
        raise BadChange(
            f"--agents {text}: write how many more and the queue they serve, +2:support (or "
            f"-1:support for one fewer; {MOST_AGENTS} at most)."
        )
    return Staffed(int(found[1]), found[2])


def parse_target(text: str) -> Target:
    """Read "QUEUE.TIER.CHANNEL=SECONDS". Raises BadChange."""
    found = re.fullmatch(r"([^.=\s]+)\.([^.=\s]+)\.([^.=\s]+)=(\d{1,9})", text)
    if found is None or not 1 <= int(found[4]) <= LONGEST_S:
        raise BadChange(
            f"--target {text}: write queue, tier and channel and whole seconds, "
            "support.gold.phone=15."
        )
    return Target(found[1], found[2], found[3], int(found[4]))


def under_setup(conditions: Conditions, setup: Setup) -> Conditions:
    """Return the conditions that `hub apply` would put in force: rules, teams of queues, and the
    profiles and skills of the agents it names."""
    settings = routing_settings(setup)
    named = {email.lower(): agent for email, agent in setup.agents.items()}
    agents = []
    for agent in conditions.agents:
        queues = frozenset(
            queue.key for queue in setup.queues if not agent.teams.isdisjoint(queue.teams)
        )
        wanted = named.get(agent.email.lower())
        if wanted is None:
            agents.append(replace(agent, queues=queues))
        else:
            agents.append(
                replace(
                    agent,
                    queues=queues,
                    skills=dict(wanted.skills),
                    profile_id=wanted.profile or None,
                )
            )
    return Conditions(settings, tuple(agents))


def with_target(conditions: Conditions, asked: Target) -> Conditions:
    """Return the conditions with another target. Raises BadChange for unknown names."""
    settings = conditions.settings
    queue = settings.queues.get(asked.queue)
    path = f"--target {asked.queue}.{asked.tier}.{asked.channel}"
    if queue is None:
        raise BadChange(_unknown(path, "queue", asked.queue, list(settings.queues)))
    if asked.tier not in settings.tiers:
        raise BadChange(_unknown(path, "tier", asked.tier, settings.tiers))
    if asked.channel not in queue.target_s:
        raise BadChange(_unknown(path, "channel", asked.channel, list(queue.target_s)))
    by_tier = {**queue.target_s[asked.channel], asked.tier: asked.seconds}
    changed = msgspec.structs.replace(queue, target_s={**queue.target_s, asked.channel: by_tier})
    queues = {**settings.queues, asked.queue: changed}
    return replace(conditions, settings=msgspec.structs.replace(settings, queues=queues))


def with_skill(conditions: Conditions, asked: Skilled) -> Conditions:
    """Return the conditions with one agent's grade in one skill changed. Raises BadChange for an
    agent who was not there."""
    if not any(agent.id == asked.agent for agent in conditions.agents):
        raise BadChange(
            f"The agent {asked.agent} was not signed in in the period, so that their skills change "
            "nothing: choose somebody who was."
        )
    grade = {asked.skill: asked.grade} if asked.grade else {}
    agents = tuple(
        replace(
            agent,
            skills={key: own for key, own in agent.skills.items() if key != asked.skill} | grade,
        )
        if agent.id == asked.agent
        else agent
        for agent in conditions.agents
    )
    return replace(conditions, agents=agents)


def was_there(period: Period, agent_id: str) -> bool:
    """Whether an agent took contacts in what is measured, so that their skills matter."""
    return any(
        begin < period.to_s and end > period.from_s
        for agent in period.conditions.agents
        if agent.id == agent_id
        for begin, end in ready_spans(agent, period.until_s)
    )


def with_staff(period: Period, conditions: Conditions, asked: Staffed) -> Conditions:
    """Return the conditions with agents more or fewer.

    More: they serve what is asked alone, have every skill asked for there at the best grade, and
    are there in the hours asked for, or else whenever somebody else who serves it is. Fewer: first
    those who serve the fewest queues besides, then those who were there for the longest. In some
    hours they are chosen day by day: first who was there for the most of them, to the quarter of
    an hour. Raises BadChange.
    """
    path = f"--agents {asked.count:+d}:{asked.where}"
    for queue in asked.queues:
        if queue not in conditions.settings.queues:
            raise BadChange(_unknown(path, "queue", queue, list(conditions.settings.queues)))
    serving = [agent for agent in conditions.agents if asked.is_met_by(agent)]
    if asked.count > 0:
        if not serving and asked.hours is None:
            raise BadChange(
                f"{path}: nobody served this in the period, so that nothing says when the new ones "
                "would be there."
            )
        return replace(conditions, agents=(*conditions.agents, *_more(period, conditions, asked)))
    if asked.hours is not None:
        return _fewer_in_hours(period, conditions, asked, serving)
    if -asked.count > len(serving):
        raise BadChange(f"{path}: only {len(serving)} agents served it in the period.")

    def first(agent: Agent) -> tuple[int, float, str]:
        there_s = sum(end - begin for begin, end in ready_spans(agent, period.until_s))
        return (len(agent.queues), -there_s, agent.id)

    gone = {agent.id for agent in sorted(serving, key=first)[: -asked.count]}
    kept = [agent for agent in conditions.agents if agent.id not in gone]
    return replace(conditions, agents=tuple(kept))


def _fewer_in_hours(
    period: Period, conditions: Conditions, asked: Staffed, serving: Sequence[Agent]
) -> Conditions:
    """Take the agents away day by day; on a day on which fewer were there, all of them."""
    ready = {agent.id: ready_spans(agent, period.until_s) for agent in serving}
    away: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    most = 0
    for span in _spans_of(asked, period, conditions) or ():
        inside = [(agent, _inside_s(ready[agent.id], span)) for agent in serving]
        there = sorted(
            (-round(inside_s / _QUARTER_S), len(agent.queues), -inside_s, agent.id)
            for agent, inside_s in inside
            if inside_s > 0
        )
        for *_, agent_id in there[: -asked.count]:
            away[agent_id].append(span)
        if span[0] < period.to_s and span[1] > period.from_s:
            most = max(most, len(there))
    if most < -asked.count:
        raise BadChange(
            f"--agents {asked.count:+d}:{asked.where}: only {most} agents who serve it were there "
            "in these hours."
        )
    agents = (cut_out(one, merged(away[one.id]), Turn.GOES) for one in conditions.agents)
    return replace(conditions, agents=tuple(agents))


def _inside_s(spans: Sequence[tuple[float, float]], within: tuple[float, float]) -> float:
    return sum(max(min(end, within[1]) - max(begin, within[0]), 0.0) for begin, end in spans)


def _spans_of(
    asked: Staffed, period: Period, conditions: Conditions
) -> list[tuple[float, float]] | None:
    """Return the hours asked for on each day of the record; None: all the time."""
    if asked.hours is None:
        return None
    zone = ZoneInfo(conditions.settings.zone)
    begin, end = asked.hours
    day = datetime.fromtimestamp(period.begins_s, zone).date() - timedelta(days=1)
    spans = []
    while day <= datetime.fromtimestamp(period.until_s, zone).date():
        next_day = day + timedelta(days=1)
        from_s, to_s = (
            datetime.combine(on, time(minute // 60 % 24, minute % 60), zone).timestamp()
            for on, minute in (
                (day, begin),
                (next_day if end <= begin or end == _DAY_MINUTES else day, end),
            )
        )
        if from_s < to_s:  # not where clocks leave the hours out
            spans.append((from_s, to_s))
        day = next_day
    return spans


def _more(period: Period, conditions: Conditions, asked: Staffed) -> list[Agent]:
    skills = dict[str, int]()
    for queue in sorted(asked.queues):
        skills |= _skills_asked(period, conditions.settings, queue)
    spans = _spans_of(asked, period, conditions)
    if spans is None:
        spans = [
            span
            for agent in conditions.agents
            if asked.is_met_by(agent)
            for span in ready_spans(agent, period.until_s)
        ]
    turns = tuple(
        AgentTurn(at_s, turn)
        for begin, end in merged(spans)
        for at_s, turn in ((begin, Turn.COMES), (end, Turn.GOES))
    )
    taken = Counter(agent.id.rpartition(" ")[0] for agent in conditions.agents)
    name = f"more {asked.where}"
    return [
        Agent(
            f"{name} {taken[name] + number:04d}",
            teams=frozenset({asked.team} if asked.team else ()),
            queues=asked.queues,
            skills=skills,
            turns=turns,
        )
        for number in range(1, asked.count + 1)
    ]


def _skills_asked(period: Period, settings: RoutingSettings, queue: str) -> dict[str, int]:
    asked = {
        skill
        for visit in period.visits
        if visit.kind.queue == queue
        for demands in demands_of(settings, period.conditions.settings, visit)
        for skill, _ in demands
    }
    return dict.fromkeys(sorted(asked), BEST_GRADE)


def _unknown(path: str, word: str, name: str, known: Sequence[str]) -> str:
    return f"{path}: there is no {word} {name!r}; known: {', '.join(sorted(known)) or 'none'}."
