"""Live figures of queues, and where one waiting contact stands. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, and_, func, or_, select

from hub.accounts.tables import team_members, users
from hub.contacts.model import ContactState
from hub.contacts.tables import contacts
from hub.storage import Tx

from .intervals import Intervals, day_so_far
from .levels import ChannelLevel, Count, levels_of
from .model import AgentState
from .queue_states import Stop, stop_of
from .settings import RoutingSettings, clock_us, load_settings
from .tables import UNREACHED, agent_channels, agents, queue_teams, queues

_WAITING = (ContactState.QUEUED, ContactState.OFFERED)
_RATE_WINDOW_S = 900  # the recent service rate is that of the last quarter of an hour
_RATE_LEAST = 3  # fewer assignments than this say nothing honest


class TierWaiting(msgspec.Struct, frozen=True, kw_only=True):
    tier: str
    waiting: int
    longest_wait_s: float


class QueueFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One queue now, and its day so far. Waits are of the contact's own clock, in seconds."""

    id: str
    zh: str
    en: str
    waiting: int
    by_tier: list[TierWaiting]
    by_channel: dict[str, int]
    longest_wait_s: float | None
    longest_contact_id: str | None
    longest_urgency: float | None
    handling: int
    wrapping: int
    parked: int
    agents_ready: int
    agents_idle: int
    agents_not_ready: int
    service_level: list[ChannelLevel]
    answered_today: int
    abandoned_today: int
    mean_wait_s: float | None
    at: datetime
    stop: Stop | None = None


class AskQueues(NamedTuple):
    """`day`: what is kept of it between two reads. `queue_ids` None: all queues."""

    day: Intervals
    queue_ids: Sequence[str] | None = None


def queue_figures(tx: Tx, asked: AskQueues) -> list[QueueFigures]:
    """Return the live figures of these queues, in the order of the set-up."""
    queue_ids = asked.queue_ids
    settings = load_settings(tx)
    found = (
        select(queues, users.c.name.label("by_name"))
        .outerjoin(users, users.c.id == queues.c.state_by)
        .where(~queues.c.retired)
        .order_by(queues.c.position, queues.c.id)
    )
    if queue_ids is not None:
        found = found.where(queues.c.id.in_(queue_ids))
    rows = tx.execute(found).all()
    ids = [row.id for row in rows]
    waiting = _waiting(tx, settings, ids)
    counts = _counts(tx, ids)
    people = staff(tx, ids)
    levels = _levels(tx, settings, asked.day, ids)
    return [
        _figures(
            row,
            waiting[row.id],
            counts[row.id],
            people[row.id],
            levels.get(row.id, []),
            settings,
            tx.now,
        )
        for row in rows
    ]


def _levels(
    tx: Tx, settings: RoutingSettings, day: Intervals, queue_ids: Sequence[str]
) -> dict[str, list[ChannelLevel]]:
    """Return the service levels of today."""
    sums: defaultdict[str, defaultdict[str, Count]] = defaultdict(lambda: defaultdict(Count))
    for _, lines in day_so_far(tx, day, frozenset(queue_ids)):
        for (queue_id, channel), count in lines.items():
            sums[queue_id][channel].add(count)
    return {
        queue_id: levels_of(settings.queues[queue_id], sums[queue_id])
        for queue_id in queue_ids
        if queue_id in settings.queues
    }


class _Line(msgspec.Struct):
    """The contacts of one (tier, channel, clock, target) of a queue: how many, and the first."""

    tier: str
    channel: str
    count: int
    longest_s: float
    urgency: float
    contact_id: str


def _figures(
    row: Row[Any],
    lines: Sequence[_Line],
    counts: Mapping[str, int],
    staff: Mapping[str, int],
    levels: Sequence[ChannelLevel],
    settings: RoutingSettings,
    now: datetime,
) -> QueueFigures:
    by_channel: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        by_channel[line.channel] += line.count
    longest = max(lines, key=lambda line: line.longest_s, default=None)
    answered = sum(level.answered for level in levels)
    waits = sum(level.wait_s for level in levels)
    return QueueFigures(
        id=row.id,
        zh=row.zh,
        en=row.en,
        waiting=sum(line.count for line in lines),
        by_tier=_by_tier(lines, settings),
        by_channel=dict(by_channel),
        longest_wait_s=round(longest.longest_s, 1) if longest else None,
        longest_contact_id=longest.contact_id if longest else None,
        longest_urgency=round(max(line.urgency for line in lines), 4) if lines else None,
        handling=sum(counts.get(state, 0) for state in ("connecting", "active", "hold")),
        wrapping=counts.get(ContactState.WRAP_UP, 0),
        parked=counts.get(ContactState.PARKED, 0),
        agents_ready=staff.get("ready", 0),
        agents_idle=staff.get("idle", 0),
        agents_not_ready=staff.get("not_ready", 0),
        service_level=list(levels),
        answered_today=answered,
        abandoned_today=sum(level.abandoned for level in levels),
        mean_wait_s=round(waits / answered, 1) if answered else None,
        at=now,
        stop=stop_of(row),
    )


def _by_tier(lines: Sequence[_Line], settings: RoutingSettings) -> list[TierWaiting]:
    """Best tier first; tiers in which nobody waits are there with 0."""
    names = [*settings.tiers, *sorted({line.tier for line in lines} - set(settings.tiers))]
    return [
        TierWaiting(
            tier=tier,
            waiting=sum(line.count for line in lines if line.tier == tier),
            longest_wait_s=max((x.longest_s for x in lines if x.tier == tier), default=0.0),
        )
        for tier in names
    ]


def _waiting(
    tx: Tx, settings: RoutingSettings, queue_ids: Sequence[str]
) -> defaultdict[str, list[_Line]]:
    """Count waiting contacts by line; the first of a line is the one that waits longest in it."""
    keys = (
        contacts.c.queue_id,
        contacts.c.tier,
        contacts.c.channel,
        contacts.c.calendar_id,
        contacts.c.target_s,
    )
    first = func.min(contacts.c.virtual_start_us)
    rows = tx.execute(
        select(*keys, func.count().label("number"), first.label("first"))
        .where(contacts.c.queue_id.in_(queue_ids), contacts.c.state.in_(_WAITING))
        .group_by(*keys)
    ).all()
    lines: defaultdict[str, list[_Line]] = defaultdict(list)
    heads = _heads(tx, [(row.queue_id, row.tier, row.first) for row in rows])
    for row in rows:
        waited = max(clock_us(settings, row.calendar_id, tx.now) - row.first, 0) / 1_000_000
        lines[row.queue_id].append(
            _Line(
                tier=row.tier,
                channel=row.channel,
                count=row.number,
                longest_s=waited,
                urgency=waited / max(row.target_s, 1),
                contact_id=heads.get((row.queue_id, row.tier, row.first), ""),
            )
        )
    return lines


def _heads(tx: Tx, firsts: Sequence[tuple[str, str, int]]) -> dict[tuple[str, str, int], str]:
    """Find the contacts that stand first, by queue, tier and virtual start."""
    if not firsts:
        return {}
    is_first = [
        and_(
            contacts.c.queue_id == queue_id,
            contacts.c.tier == tier,
            contacts.c.virtual_start_us == start,
        )
        for queue_id, tier, start in firsts
    ]
    rows = tx.execute(
        select(
            contacts.c.id, contacts.c.queue_id, contacts.c.tier, contacts.c.virtual_start_us
        ).where(contacts.c.state.in_(_WAITING), or_(*is_first))
    )
    return {(row.queue_id, row.tier, row.virtual_start_us): row.id for row in rows}


def _counts(tx: Tx, queue_ids: Sequence[str]) -> defaultdict[str, dict[str, int]]:
    held = (
        ContactState.CONNECTING,
        ContactState.ACTIVE,
        ContactState.HOLD,
        ContactState.WRAP_UP,
        ContactState.PARKED,
    )
    rows = tx.execute(
        select(contacts.c.queue_id, contacts.c.state, func.count().label("number"))
        .where(contacts.c.queue_id.in_(queue_ids), contacts.c.state.in_(held))
        .group_by(contacts.c.queue_id, contacts.c.state)
    )
    counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        counts[row.queue_id][row.state] = row.number
    return counts


def staff(tx: Tx, queue_ids: Sequence[str]) -> defaultdict[str, dict[str, int]]:
    """Count the present agents of each queue: ready, of them idle, and not ready."""
    counts: defaultdict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in _present(tx, queue_ids):
        counts[row.queue_id][row.state] += 1
        if _is_idle(row):
            counts[row.queue_id]["idle"] += 1
    return counts


class Floor(NamedTuple):
    """`ready_at`: queues at which somebody is ready. `idle`: by agent with nothing to do, which of
    the queues they serve.
    """

    ready_at: frozenset[str]
    idle: Mapping[str, frozenset[str]]


def floor_of(tx: Tx, queue_ids: Sequence[str]) -> Floor:
    """Return who is there for calls of these queues: who is not reached on a channel is not."""
    lost = select(agent_channels.c.agent_id).where(UNREACHED)
    unreached = set(tx.execute(lost).scalars())
    rows = [row for row in _present(tx, queue_ids) if row.id not in unreached]
    idle: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        if _is_idle(row):
            idle[row.id].add(row.queue_id)
    ready_at = frozenset(row.queue_id for row in rows if row.state == AgentState.READY)
    return Floor(ready_at, {agent_id: frozenset(served) for agent_id, served in idle.items()})


def _is_idle(row: Row[Any]) -> bool:
    return bool(row.state == AgentState.READY and row.live_load + row.deferred_load == 0)


def _present(tx: Tx, queue_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """Return the present agents of these queues, once for each that they serve."""
    return tx.execute(
        select(
            queue_teams.c.queue_id,
            agents.c.id,
            agents.c.state,
            agents.c.live_load,
            agents.c.deferred_load,
        )
        .join(team_members, team_members.c.team_id == queue_teams.c.team_id)
        .join(agents, agents.c.id == team_members.c.user_id)
        .where(
            queue_teams.c.queue_id.in_(queue_ids),
            agents.c.state != AgentState.OFFLINE,
            agents.c.present_until > tx.now,
        )
        .distinct()
    ).all()
