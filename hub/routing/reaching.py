"""Whether an agent can be reached on channels that ring them: told by their console, not asked for.

A softphone that is not registered with the provider rings nowhere. Its console says so when that
changes; a short loss, as by a reload, changes nothing, a longer one (`presence.lost_s`) takes the
agent out of what is offered on these channels until the console says that they are reached again.
Nothing is known of who has no console or is rung elsewhere: they count as reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, tuple_, update

from hub.storage import LIMIT, NOW, Look, Tx

from .settings import load_settings
from .staff import ensure_agents, withdraw_offers
from .tables import JUST_LOST, agent_channels, agents

UNREACHED_REASON = "unreached"
"""Why an offer was withdrawn from an agent whose softphone had been lost for too long."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A console's word: calls can ring at its agent's, or cannot now. `channels`: those that
    ring."""

    agent_id: str
    channels: Sequence[str]
    on: bool


def note_reached(tx: Tx, cmd: Reached) -> None:
    """Keep a console's word. Said again it changes nothing. Raises NotFound for no user."""
    ensure_agents(tx, [cmd.agent_id])
    own = agent_channels.c.agent_id == cmd.agent_id
    these = own & agent_channels.c.channel.in_(sorted(cmd.channels))
    if not cmd.on:
        tx.execute(
            update(agent_channels)
            .where(these, agent_channels.c.lost_at.is_(None))
            .values(lost_at=tx.now)
        )
        return
    lost = or_(agent_channels.c.lost_at.is_not(None), agent_channels.c.unreached)
    was = tx.execute(select(agent_channels.c.unreached).where(these, lost)).scalars().all()
    if not was:
        return
    tx.execute(update(agent_channels).where(these, lost).values(lost_at=None, unreached=False))
    if any(was):
        _tell(tx, [cmd.agent_id])


_LOST = Look(
    select(agent_channels.c.agent_id, agent_channels.c.channel)
    .where(JUST_LOST, agent_channels.c.lost_at <= NOW)
    .order_by(agent_channels.c.lost_at)
    .limit(LIMIT)
)


def fire_due_lost(tx: Tx, now: datetime, limit: int) -> int:
    """Take at most `limit` agents out of the channels they have not been reached on for
    `presence.lost_s`, with what they are offered there; return on how many channels.
    """
    since = now - timedelta(seconds=load_settings(tx).lost_s)
    found = [(row.agent_id, row.channel) for row in _LOST(tx, since, limit)]
    if not found:
        return 0
    ids = sorted({agent_id for agent_id, _ in found})
    channels = sorted({channel for _, channel in found})
    withdraw_offers(tx, load_settings(tx), ids, UNREACHED_REASON, channels=channels)
    tx.execute(
        update(agent_channels)
        .where(
            tuple_(agent_channels.c.agent_id, agent_channels.c.channel).in_(found),
            agent_channels.c.lost_at <= since,  # who has just said that they are reached is
        )
        .values(unreached=True)
    )
    _tell(tx, ids)
    return len(found)


def _tell(tx: Tx, agent_ids: Sequence[str]) -> None:
    """The queue's picture of these agents is old; so is what their consoles show."""
    tx.execute(
        update(agents).where(agents.c.id.in_(agent_ids)).values(version=agents.c.version + 1)
    )
    for agent_id in agent_ids:
        tx.hint("agent.changed", agent_id)
