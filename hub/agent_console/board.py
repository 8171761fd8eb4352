"""The wallboard, and what of it every console shows: figures of queues, agents, the most urgent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from hub.accounts.tables import team_members, users
from hub.contacts.model import WAITING
from hub.routing.levels import ChannelLevel
from hub.routing.model import AgentState
from hub.routing.queue_states import Stop
from hub.routing.reads import QueueFigures
from hub.routing.tables import agents
from hub.storage import Tx

from .desk_view import agent_views
from .lists import ContactFilter, find_contacts
from .readers import Reader
from .rows import contact_rows
from .shapes import (
    AgentView,
    Board,
    QueueStop,
    QueueView,
    ServiceLevelView,
    TierCount,
    WaitingSummary,
)

_SHOWN_WAITING = 50
_SHOWN_AGENTS = 500


def seen_figures(reader: Reader, figures: Sequence[QueueFigures]) -> list[QueueFigures]:
    """Return the figures of the queues this reader may see."""
    return [one for one in figures if reader.sight.queues is None or one.id in reader.sight.queues]


def summary_of(reader: Reader, figures: Sequence[QueueFigures]) -> WaitingSummary:
    """Return how many wait in the reader's queues, and the longest wait in seconds."""
    seen = [one for one in seen_figures(reader, figures) if one.waiting]
    return WaitingSummary(
        waiting=sum(one.waiting for one in seen),
        longest_wait_s=max((one.longest_wait_s or 0.0 for one in seen), default=None),
        at=seen[0].at if seen else reader.now,
    )


def queue_views(reader: Reader, figures: Sequence[QueueFigures]) -> list[QueueView]:
    """Show the queues of the reader, in the order of the set-up."""
    return [_queue(reader, one) for one in seen_figures(reader, figures)]


def _queue(reader: Reader, one: QueueFigures) -> QueueView:
    by_tier: defaultdict[str, int] = defaultdict(int)
    for line in one.by_tier:
        by_tier[reader.tier(line.tier)] += line.waiting
    return QueueView(
        id=one.id,
        zh=one.zh,
        en=one.en,
        waiting=one.waiting,
        by_tier=[TierCount(tier=tier, waiting=count) for tier, count in by_tier.items()],
        longest_wait_s=one.longest_wait_s,
        longest_contact_id=one.longest_contact_id,
        longest_urgency=one.longest_urgency if reader.steers else None,  # it tells a target
        handling=one.handling,
        wrapping=one.wrapping,
        parked=one.parked,
        agents_ready=one.agents_ready,
        agents_idle=one.agents_idle,
        service_level=[_level(level) for level in one.service_level],
        answered_today=one.answered_today,
        abandoned_today=one.abandoned_today,
        mean_wait_s=one.mean_wait_s,
        stop=None if one.stop is None else stop_view(one.stop),
    )


def stop_view(stop: Stop) -> QueueStop:
    """Show how a queue is stopped."""
    return QueueStop(
        state=stop.state,
        reason=stop.reason,
        since=stop.since,
        until=stop.until,
        by_name=stop.by_name,
    )


def _level(level: ChannelLevel) -> ServiceLevelView:
    return ServiceLevelView(
        channel=level.channel,
        value=level.value,
        within_s=level.within_s,
        goal=level.goal,
        answered_within=level.answered_within,
        answered=level.answered,
        abandoned=level.abandoned,
        short_abandoned=level.short_abandoned,
    )


def read_board(tx: Tx, reader: Reader, figures: Sequence[QueueFigures]) -> Board:
    """Return the wallboard as the reader may see it."""
    found = find_contacts(
        tx,
        reader.sight,
        reader.settings,
        ContactFilter(WAITING, "", "", _SHOWN_WAITING),
    )
    return Board(
        at=tx.now,
        queues=queue_views(reader, figures),
        agents=_agents(tx, reader),
        waiting=contact_rows(tx, reader, found.rows),
    )


def _agents(tx: Tx, reader: Reader) -> list[AgentView]:
    """Agents the reader may see who have been known to the queue, those at work first."""
    found = (
        select(agents.c.id)
        .join(users, users.c.id == agents.c.id)
        .where(users.c.disabled_at.is_(None))
        .order_by(agents.c.state == AgentState.OFFLINE, users.c.name, agents.c.id)
        .limit(_SHOWN_AGENTS)
    )
    if reader.sight.queues is not None:
        team_ids = sorted(reader.principal.team_ids)
        members = select(team_members.c.user_id).where(team_members.c.team_id.in_(team_ids))
        found = found.where(agents.c.id.in_(members))
    return agent_views(tx, list(tx.execute(found).scalars()))
