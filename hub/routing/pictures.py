"""What the engine knows, read from the store: waiting contacts and agents, all or some."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, Table, and_, func, select

from hub.accounts.tables import team_members, users
from hub.contacts.model import ContactState
from hub.contacts.outages.service import list_outages
from hub.contacts.tables import contacts
from hub.storage import Tx
from hub.storage.bulk import Statement, read_json, read_time, tx_time

from .model import AgentPicture, AgentState, Demands, Rules, WaitingContact
from .queue_states import paused_queues
from .settings import RoutingSettings, load_settings, rules_of
from .tables import agent_channels, agent_skills, agents, exclusions, queue_teams, queues

# Who is to be called before anybody is offered them keeps a place in the line, and no more.
_WAITS = and_(contacts.c.state == ContactState.QUEUED, contacts.c.to_call_since.is_(None))


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything an engine starts from. `agents` are those who are signed in."""

    rules: Rules
    contacts: tuple[WaitingContact, ...]
    agents: tuple[AgentPicture, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Rows to read again."""

    contact_ids: frozenset[str]
    agent_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fresh:
    """What was found of what was wanted: an id that is missing waits (or is signed in) no more."""

    contacts: dict[str, WaitingContact]
    agents: dict[str, AgentPicture]


class Sum(NamedTuple):
    """How many rows, the sum of their versions, and the newest id: what a picture is checked by."""

    rows: int
    versions: int
    newest: str


def sum_of(versions: Mapping[str, int]) -> Sum:
    """Return the sum of rows that are known by id and version."""
    return Sum(len(versions), sum(versions.values()), max(versions, default=""))


def read_sums(tx: Tx, _: None = None) -> tuple[Sum, Sum]:
    """Return the sums of those who wait and of those who are signed in and present."""
    return _sum(tx, _WAITS, contacts), _sum(tx, _present(tx), agents)


def _sum(tx: Tx, where: ColumnElement[bool], table: Table) -> Sum:
    found = select(
        func.count().label("rows"),
        func.sum(table.c.version).label("versions"),
        func.max(table.c.id).label("newest"),
    )
    row = tx.execute(found.where(where)).one()
    return Sum(row.rows, int(row.versions or 0), row.newest or "")


@dataclass(frozen=True, slots=True)
class Marks:
    """The versions of all rows a picture is made of, to find which ones a lost hint left stale."""

    contacts: dict[str, int]
    agents: dict[str, int]


def read_marks(tx: Tx, _: None = None) -> Marks:
    """Read the versions of everybody who waits and everybody who is signed in and present."""
    waiting = tx.execute(select(contacts.c.id, contacts.c.version).where(_WAITS))
    present = tx.execute(select(agents.c.id, agents.c.version).where(_present(tx)))
    return Marks({row.id: row.version for row in waiting}, {row.id: row.version for row in present})


def _present(tx: Tx) -> ColumnElement[bool]:
    return and_(agents.c.state != AgentState.OFFLINE, agents.c.present_until > tx.now)


def read_picture(tx: Tx, _: None = None) -> Picture:
    """Read the whole picture in a fixed number of statements."""
    settings = load_settings(tx)
    return Picture(
        rules=rules_of(settings, paused_queues(tx), [one.channel for one in list_outages(tx)]),
        contacts=tuple(_contacts(tx, settings, None).values()),
        agents=tuple(_agents(tx, settings, None).values()),
    )


def read_fresh(tx: Tx, wanted: Wanted) -> Fresh:
    """Read some contacts and agents again."""
    settings = load_settings(tx)
    return Fresh(
        contacts=_contacts(tx, settings, wanted.contact_ids) if wanted.contact_ids else {},
        agents=_agents(tx, settings, wanted.agent_ids) if wanted.agent_ids else {},
    )


def _contacts(
    tx: Tx, settings: RoutingSettings, ids: Collection[str] | None
) -> dict[str, WaitingContact]:
    resting = select(exclusions).where(exclusions.c.until > tx.now)
    if ids is not None:
        resting = resting.where(exclusions.c.contact_id.in_(ids))
    excluded: defaultdict[str, dict[str, datetime]] = defaultdict(dict)
    for row in tx.execute(resting):
        excluded[row.contact_id][row.agent_id] = row.until
    steps = {
        key: tuple(step.demands for step in queue.steps) for key, queue in settings.queues.items()
    }
    return {
        row.id: _waiting(steps[row.queue_id], row, excluded.get(row.id, _NOBODY))
        for row in _rows_waiting(tx, ids)
        if row.queue_id in settings.queues and row.channel in settings.channels
    }


# Of the many columns of a contact what the engine needs, past the expression language, which would
# take as long again: a new router reads all who wait.
_COLUMNS = """
SELECT c.id, c.queue_id, c.tier, c.channel, c.calendar_id, c.target_s, c.virtual_start_us,
  NULLIF(c.requirements, '{}') AS requirements, c.skill_step, c.priority,
  c.preferred_agent_id, c.preferred_until, c.version
"""
_WAITING = Statement(
    f"{_COLUMNS} FROM contacts c WHERE c.state = :queued AND c.to_call_since IS NULL"
)
# By their ids: with the bare state SQLite would walk everybody who waits, for each one who came.
_WAITING_OF = Statement(f"""{_COLUMNS} FROM {{rows}} JOIN contacts c ON c.id = {{text 0}}
WHERE c.state || '' = :queued AND c.to_call_since IS NULL""")


def _rows_waiting(tx: Tx, ids: Collection[str] | None) -> Sequence[Any]:
    if ids is None:
        return _WAITING(tx, (), queued=ContactState.QUEUED)
    return _WAITING_OF(tx, [[contact_id] for contact_id in ids], queued=ContactState.QUEUED)


_NOBODY: Mapping[str, datetime] = MappingProxyType({})


def _waiting(
    steps: tuple[Demands, ...], row: Any, excluded: Mapping[str, datetime]
) -> WaitingContact:
    if row.requirements is not None:
        own: dict[str, int] = read_json(row.requirements)
        steps = tuple(_with(demands, own) for demands in steps)
    return WaitingContact(
        id=row.id,
        queue=row.queue_id,
        tier=row.tier,
        channel=row.channel,
        calendar_id=row.calendar_id,
        target_s=max(row.target_s, 1),
        virtual_start_s=row.virtual_start_us / 1_000_000,
        steps=steps,
        step=min(row.skill_step, len(steps) - 1),
        priority=row.priority,
        preferred_agent_id=row.preferred_agent_id,
        held_until=read_time(row.preferred_until),
        excluded=excluded,
        version=row.version,
    )


def _with(demands: Demands, own: dict[str, int]) -> Demands:
    """Return the queue's demands with the contact's own: the higher of both."""
    both = dict(demands)
    for skill, least in own.items():
        both[skill] = max(least, both.get(skill, 0))
    return tuple(sorted(both.items()))


def _agents(
    tx: Tx, settings: RoutingSettings, ids: Collection[str] | None
) -> dict[str, AgentPicture]:
    """Signed-in agents who are present; a console that went away counts as offline at once."""
    rows = _present_agents(tx, ids)
    serving = _serving(tx, ids)
    lent = _teams(tx, ids) if settings.has_overflow else {}
    skills: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in tx.execute(_only(select(agent_skills), agent_skills.c.agent_id, ids)):
        skills[row.agent_id][row.skill_id] = row.proficiency
    channels: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in tx.execute(_only(select(agent_channels), agent_channels.c.agent_id, ids)):
        channels[row.agent_id].append(row)
    return {
        row.id: _picture(
            row,
            serving.get(row.id, frozenset()),
            frozenset(lent.get(row.id, ())),
            skills[row.id],
            channels[row.id],
        )
        for row in rows
    }


# Some are found by a list of ids, and whether they are disabled is asked of each: PostgreSQL takes
# those of a young table who are not for a handful, and goes through all users for each id.
_AGENTS_OF = Statement("""
SELECT a.id, a.state, a.capacity, a.live_load, a.deferred_load, a.idle_since, a.version
FROM {rows} JOIN agents a ON a.id = {text 0}
WHERE a.state <> :offline AND a.present_until > {time :now}
  AND (SELECT users.disabled_at FROM users WHERE users.id = a.id) IS NULL
""")
_SERVING_OF = Statement("""
SELECT m.user_id, q.queue_id
FROM {rows} JOIN team_members m ON m.user_id = {text 0}
JOIN queue_teams q ON q.team_id = m.team_id JOIN queues ON queues.id = q.queue_id
WHERE NOT queues.retired
""")


def _present_agents(tx: Tx, ids: Collection[str] | None) -> Sequence[Any]:
    if ids is not None:
        wanted = [[agent_id] for agent_id in ids]
        return _AGENTS_OF(tx, wanted, now=tx_time(tx, tx.now), offline=AgentState.OFFLINE)
    found = select(agents).join(users, users.c.id == agents.c.id)
    return tx.execute(found.where(_present(tx), users.c.disabled_at.is_(None))).all()


def _only(found: Select[Any], column: Any, ids: Collection[str] | None) -> Select[Any]:
    return found if ids is None else found.where(column.in_(ids))


def _serving(tx: Tx, ids: Collection[str] | None) -> dict[str, frozenset[str]]:
    """Return the queues each user serves through their teams."""
    served: defaultdict[str, set[str]] = defaultdict(set)
    for row in _served(tx, ids):
        served[row.user_id].add(row.queue_id)
    return {user_id: frozenset(names) for user_id, names in served.items()}


def _served(tx: Tx, ids: Collection[str] | None) -> Sequence[Any]:
    if ids is not None:
        return _SERVING_OF(tx, [[agent_id] for agent_id in ids])
    found = (
        select(team_members.c.user_id, queue_teams.c.queue_id)
        .join(queue_teams, queue_teams.c.team_id == team_members.c.team_id)
        .join(queues, queues.c.id == queue_teams.c.queue_id)
        .where(~queues.c.retired)
    )
    return tx.execute(found).all()


def _teams(tx: Tx, ids: Collection[str] | None) -> dict[str, set[str]]:
    """Return the teams of each user: some help out queues that are not their own."""
    teams: defaultdict[str, set[str]] = defaultdict(set)
    for row in tx.execute(_only(select(team_members), team_members.c.user_id, ids)):
        teams[row.user_id].add(row.team_id)
    return teams


def _picture(
    row: Any,  # of either query
    serving: frozenset[str],
    teams: frozenset[str],
    skills: dict[str, int],
    channels: Sequence[Row[Any]],
) -> AgentPicture:
    return AgentPicture(
        id=row.id,
        state=AgentState(row.state),
        queues=serving,
        teams=teams,
        skills=skills,
        capacity=row.capacity,
        # Who is not reached on a channel is as somebody who does not take it: nothing is looked at
        # beside it where agents are chosen.
        maxima={c.channel: 0 if c.unreached else c.maximum for c in channels},
        costs={channel.channel: channel.cost for channel in channels},
        live_load=row.live_load,
        deferred_load=row.deferred_load,
        open={channel.channel: channel.open for channel in channels},
        idle_since=read_time(row.idle_since),
        rest_until={c.channel: c.rest_until for c in channels if c.rest_until is not None},
        unreached=frozenset([c.channel for c in channels if c.unreached]),
        version=row.version,
    )
