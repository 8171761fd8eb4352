"""A period that was: who came, what became of them, who was there to serve them. Pure.

Times are Unix seconds, durations seconds.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from hub.core.errors import Invalid
from hub.routing.settings import RoutingSettings

from .world import Kind, Turn


class Visit(NamedTuple):
    """One wait of a contact, and the work that followed. A contact that was parked or transferred
    makes several.

    `wait_s`: until answered or gone, or until the record ends. `kept_s`: waited before a transfer.
    `ring_s`: the last part of the wait, while it was offered to `agent_id`, who then served it.
    `held_s`: only `preferred_agent_id` gets it for so long. `promise`: whose targets it goes by,
    where not its channel's.
    """

    kind: Kind
    at_s: float
    outcome: int
    wait_s: float
    handle_s: float = 0.0
    ring_s: float = 0.0
    kept_s: float = 0.0
    requirements: Mapping[str, int] = {}
    language: str | None = None
    priority: int = 0
    promise: str | None = None
    preferred_agent_id: str | None = None
    held_s: float = 0.0
    agent_id: str | None = None


class Work(NamedTuple):
    """What an agent began that takes all of them: a call of ours. Nobody waited for it."""

    agent_id: str
    from_s: float
    to_s: float


class AgentTurn(NamedTuple):
    at_s: float
    turn: Turn


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent with the queues of their teams. `turns`: comings and goings in the order of time."""

    id: str
    email: str = ""
    teams: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    skills: Mapping[str, int] = field(default_factory=dict)
    profile_id: str | None = None
    turns: tuple[AgentTurn, ...] = ()


@dataclass(frozen=True, slots=True)
class Conditions:
    """What can be changed: the rules of the contact queue, and the agents."""

    settings: RoutingSettings
    agents: tuple[Agent, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """What is measured came from `from_s` to `to_s`; the record begins and ends outside it, so that
    the lines are as they were. `visits` are in the order of arrival. `left_out`: contacts of queues
    and channels that the set-up has no more. `own_work_s`: by channel, work that agents began by
    themselves beside other contacts; it is not played. `is_over`: it was when it was read, else it
    was to be longer."""

    conditions: Conditions
    visits: Sequence[Visit]
    begins_s: float
    from_s: float
    to_s: float
    until_s: float
    left_out: int = 0
    own_work_s: Mapping[str, float] = field(default_factory=dict)
    is_over: bool = True

    @property
    def measured(self) -> list[Visit]:
        return [visit for visit in self.visits if self.from_s <= visit.at_s < self.to_s]


def nobody_came() -> Invalid:
    """Return the refusal of a period in which nobody came."""
    return Invalid(
        "Nobody came in this period: choose one in which contacts were recorded.",
        code="replay.nobody",
    )


def nobody_answered(channels: Collection[str]) -> Invalid:
    """Return the refusal of a period in which nobody who came by these channels was answered."""
    return Invalid(
        f"Nobody of {', '.join(sorted(channels))} was answered in this period, so that nothing "
        "says how long they take: choose a longer period, or another one.",
        code="replay.nobody_answered",
    )


def ready_spans(agent: Agent, until_s: float = math.inf) -> list[tuple[float, float]]:
    """Return when an agent took contacts."""
    spans: list[tuple[float, float]] = []
    since_s: float | None = None
    for at_s, turn in agent.turns:
        if turn is Turn.COMES:
            since_s = at_s if since_s is None else since_s
        elif since_s is not None:
            spans.append((since_s, at_s))
            since_s = None
    if since_s is not None and since_s < until_s:
        spans.append((since_s, until_s))
    return spans


def merged(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the spans of time in order, those that touch joined."""
    joined: list[tuple[float, float]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif end > begin:
            joined.append((begin, end))
    return joined


def without_work(agent: Agent, work: Sequence[Work]) -> Agent:
    """Return the agent taking no contacts while they did work of their own."""
    return cut_out(agent, merged([(one.from_s, one.to_s) for one in work]), Turn.PAUSES)


def cut_out(agent: Agent, spans: Sequence[tuple[float, float]], instead: Turn) -> Agent:
    """Return the agent pausing or gone in these spans (in order, apart), if not more away yet."""
    if not spans:
        return agent
    moments = sorted({at for span in spans for at in span} | {turn.at_s for turn in agent.turns})
    turns: list[AgentTurn] = []
    wanted, place, span = Turn.GOES, 0, 0
    for at_s in moments:
        while place < len(agent.turns) and agent.turns[place].at_s <= at_s:
            wanted = agent.turns[place].turn
            place += 1
        while span < len(spans) and spans[span][1] <= at_s:
            span += 1
        is_inside = span < len(spans) and spans[span][0] <= at_s
        turn = max(wanted, instead) if is_inside else wanted
        if not turns or turns[-1].turn is not turn:
            turns.append(AgentTurn(at_s, turn))
    return replace(agent, turns=tuple(turns))
