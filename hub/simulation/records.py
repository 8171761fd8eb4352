"""Reading a period from the store: pages by key, each in a short transaction of its own, so that a
hub that runs on the same database is never held up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Row, and_, or_, select

from hub.accounts.tables import team_members, users
from hub.contacts.tables import contacts, segments
from hub.core.errors import Invalid
from hub.routing.model import AgentState
from hub.routing.settings import RoutingSettings, load_settings
from hub.routing.tables import agent_intervals, agent_skills, agents, queue_teams, queues
from hub.storage import Tx

from .period import Agent, AgentTurn, Conditions, Period, Visit, Work, without_work
from .visits import Facts, Stretch, visits_of
from .world import Turn

A = TypeVar("A")
R = TypeVar("R")

MOST_SEGMENTS = 4_000_000
_PAGE = 5_000
_AGENTS_AT_ONCE = 50
_LONGEST_STATE_S = 7 * 86_400.0  # a state that began earlier is looked for only while it lasts
_TURNS = {AgentState.READY: Turn.COMES, AgentState.NOT_READY: Turn.PAUSES}


class Read:
    """Runs a reading function in a transaction of its own: what the caller's database gives."""

    def __init__(self, run: Callable[[Callable[[Tx, Any], Any], Any], Any]) -> None:
        self._run = run

    def __call__(self, function: Callable[[Tx, A], R], argument: A) -> R:
        result: R = self._run(function, argument)
        return result


class Span(NamedTuple):
    """What to read: records from `begins_s`, measured from `from_s` to `to_s`, until `until_s`."""

    begins_s: float
    from_s: float
    to_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class _Page:
    queue_id: str
    since_s: float
    until_s: float
    after: tuple[datetime, str] | None = None


class _Staff(NamedTuple):
    agents: list[Agent]
    queues_of_team: dict[str, frozenset[str]]


def read_settings(tx: Tx, _: None = None) -> RoutingSettings:
    """Return the rules in force. Raises Invalid before the first `hub apply`."""
    settings = load_settings(tx)
    if not settings.queues:
        raise Invalid("This hub has no set-up yet: run `hub apply` first.", code="replay.no_setup")
    return settings


def _read_queues(tx: Tx, _: None) -> list[str]:
    """Read every queue there ever was."""
    return list(tx.execute(select(queues.c.id)).scalars())


def read_period(read: Read, span: Span, tell: Callable[[int], None] | None = None) -> Period:
    """Read a period. `tell`: told how many segments have come. Raises Invalid where they are more
    than MOST_SEGMENTS."""
    settings = read(read_settings, None)
    queue_ids = sorted({*settings.queues, *read(_read_queues, None)})
    stretches: defaultdict[str, list[Stretch]] = defaultdict(list)
    facts: dict[str, Facts] = {}
    for count, row in enumerate(_segments(read, queue_ids, span), start=1):
        if count > MOST_SEGMENTS:
            raise Invalid(
                f"The period has more than {MOST_SEGMENTS:,} segments: choose a shorter one.",
                code="replay.too_long",
            )
        if tell is not None and count % _PAGE == 0:
            tell(count)
        stretches[row.contact_id].append(_stretch(row))
        if row.contact_id not in facts:
            facts[row.contact_id] = _facts(row)
    came = _came(stretches, facts, settings, span)
    staff = read_agents(read, span, came.work)
    return Period(
        Conditions(settings, tuple(staff)),
        came.visits,
        *span,
        left_out=came.left_out,
        own_work_s=came.own_work_s,
    )


@dataclass(slots=True)
class _Came:
    visits: list[Visit] = field(default_factory=list)
    work: list[Work] = field(default_factory=list)
    left_out: int = 0
    own_work_s: dict[str, float] = field(default_factory=dict)


def _came(
    stretches: Mapping[str, list[Stretch]],
    facts: Mapping[str, Facts],
    settings: RoutingSettings,
    span: Span,
) -> _Came:
    """Return what became of the contacts, in the order of their coming."""
    whole = {name for name, rules in settings.channels.items() if rules.cost >= settings.capacity}
    came = _Came()
    for contact_id, its_stretches in stretches.items():
        its_stretches.sort(key=lambda one: one.started_s)
        found = visits_of(its_stretches, facts[contact_id], span.until_s, whole)
        known = [one for one in found.visits if _is_known(one, settings)]
        came.left_out += len(found.visits) > len(known)
        came.visits += known
        came.work += found.work
        own_s = sum(_inside_s(one, span) for one in found.beside)
        if own_s:
            channel = its_stretches[0].channel
            came.own_work_s[channel] = came.own_work_s.get(channel, 0.0) + own_s
    came.visits.sort(key=lambda visit: visit.at_s)
    return came


def _inside_s(work: Work, span: Span) -> float:
    return max(min(work.to_s, span.to_s) - max(work.from_s, span.from_s), 0.0)


def _is_known(visit: Visit, settings: RoutingSettings) -> bool:
    _, queue, channel = visit.kind
    return queue in settings.queues and channel in settings.channels


def _segments(read: Read, queue_ids: Sequence[str], span: Span) -> Iterator[Row[Any]]:
    for queue_id in queue_ids:
        page = _Page(queue_id, span.begins_s, span.until_s)
        while rows := read(_read_page, page):
            yield from rows
            if len(rows) < _PAGE:
                break
            last = rows[-1]
            page = _Page(queue_id, page.since_s, page.until_s, (last.started_at, last.id))


def _read_page(tx: Tx, page: _Page) -> Sequence[Row[Any]]:
    """Read the next segments of a queue, in the order of (start, id), with their contacts."""
    found = (
        select(
            segments,
            contacts.c.requirements,
            contacts.c.language,
            contacts.c.priority,
            contacts.c.promise,
            contacts.c.preferred_agent_id,
            contacts.c.preferred_until,
            contacts.c.enqueued_at,
        )
        .join(contacts, contacts.c.id == segments.c.contact_id)
        .where(
            segments.c.queue_id == page.queue_id,
            segments.c.started_at >= _moment(page.since_s),
            segments.c.started_at < _moment(page.until_s),
        )
        .order_by(segments.c.started_at, segments.c.id)
        .limit(_PAGE)
    )
    if page.after is not None:
        at, id_ = page.after
        found = found.where(
            segments.c.started_at >= at,
            or_(segments.c.started_at > at, and_(segments.c.started_at == at, segments.c.id > id_)),
        )
    return tx.execute(found).all()


def _stretch(row: Row[Any]) -> Stretch:
    return Stretch(
        row.kind,
        row.queue_id,
        row.channel,
        row.tier,
        row.agent_id,
        row.started_at.timestamp(),
        None if row.ended_at is None else row.ended_at.timestamp(),
        row.ended_by,
    )


def _facts(row: Row[Any]) -> Facts:
    until = row.preferred_until
    return Facts(
        requirements=row.requirements,
        language=row.language,
        priority=row.priority,
        promise=row.promise,
        preferred_agent_id=row.preferred_agent_id,
        preferred_until_s=None if until is None else until.timestamp(),
        enqueued_s=row.enqueued_at.timestamp(),
    )


# ---- agents ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _States:
    agent_ids: Sequence[str]
    since_s: float
    until_s: float


def read_agents(read: Read, span: Span, work: Sequence[Work]) -> list[Agent]:
    """Return everybody who was signed in during the record, by id."""
    staff = read(_read_staff, None)
    own: defaultdict[str, list[Work]] = defaultdict(list)
    for one in work:
        own[one.agent_id].append(one)
    found = []
    for place in range(0, len(staff.agents), _AGENTS_AT_ONCE):
        some = staff.agents[place : place + _AGENTS_AT_ONCE]
        asked = _States([agent.id for agent in some], span.begins_s, span.until_s)
        turns = read(_read_turns, asked)
        for agent in some:
            if any(turn.turn is not Turn.GOES for turn in turns.get(agent.id, ())):
                there = _with(agent, staff.queues_of_team, tuple(turns[agent.id]))
                found.append(without_work(there, own[agent.id]))
    return found


def _with(
    agent: Agent, queues_of_team: dict[str, frozenset[str]], turns: tuple[AgentTurn, ...]
) -> Agent:
    served = frozenset[str]().union(
        *(queues_of_team.get(team, frozenset()) for team in agent.teams)
    )
    return Agent(agent.id, agent.email, agent.teams, served, agent.skills, agent.profile_id, turns)


def _read_staff(tx: Tx, _: None) -> _Staff:
    """Read who the agents are: a fixed number of statements."""
    teams: defaultdict[str, set[str]] = defaultdict(set)
    for row in tx.execute(select(team_members)):
        teams[row.user_id].add(row.team_id)
    serving = select(queue_teams).join(queues, queues.c.id == queue_teams.c.queue_id)
    of_team: defaultdict[str, set[str]] = defaultdict(set)
    for row in tx.execute(serving.where(~queues.c.retired)):
        of_team[row.team_id].add(row.queue_id)
    skills: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in tx.execute(select(agent_skills)):
        skills[row.agent_id][row.skill_id] = row.proficiency
    everybody = select(agents.c.id, agents.c.profile_id, users.c.email).join(
        users, users.c.id == agents.c.id
    )
    return _Staff(
        [
            Agent(
                row.id,
                row.email,
                frozenset(teams[row.id]),
                skills=skills[row.id],
                profile_id=row.profile_id,
            )
            for row in tx.execute(everybody.order_by(agents.c.id))
        ],
        {team: frozenset(ids) for team, ids in of_team.items()},
    )


def _read_turns(tx: Tx, asked: _States) -> dict[str, list[AgentTurn]]:
    """Read the states of some agents in a time, as comings and goings."""
    since = _moment(asked.since_s - _LONGEST_STATE_S)
    theirs = select(agent_intervals).where(agent_intervals.c.agent_id.in_(asked.agent_ids))
    started, ended = agent_intervals.c.started_at, agent_intervals.c.ended_at
    running = theirs.where(ended.is_(None), started < since)  # by the index of those that run
    lately = theirs.where(
        started >= since,
        started < _moment(asked.until_s),
        or_(ended.is_(None), ended > _moment(asked.since_s)),
    ).order_by(agent_intervals.c.agent_id, started, agent_intervals.c.id)
    states: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in (*tx.execute(running), *tx.execute(lately)):
        states[row.agent_id].append(row)
    return {agent_id: _turns(rows, asked.since_s) for agent_id, rows in states.items()}


def _turns(rows: Sequence[Row[Any]], since_s: float) -> list[AgentTurn]:
    turns: list[AgentTurn] = []
    ended_s: float | None = None
    for row in rows:
        at_s = max(row.started_at.timestamp(), since_s)
        if ended_s is not None and ended_s < at_s:
            turns.append(AgentTurn(ended_s, Turn.GOES))
        turns.append(AgentTurn(at_s, _TURNS.get(AgentState(row.state), Turn.GOES)))
        ended_s = None if row.ended_at is None else row.ended_at.timestamp()
    if ended_s is not None:
        turns.append(AgentTurn(ended_s, Turn.GOES))
    return turns


def _moment(unix_s: float) -> datetime:
    return datetime.fromtimestamp(unix_s, UTC)
