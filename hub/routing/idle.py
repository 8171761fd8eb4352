"""Who of a queue is free: for an agent who asks by phone."""

from __future__ import annotations

from sqlalchemy import select

from hub.accounts.tables import team_members
from hub.storage import Tx

from .model import AgentState
from .tables import agents, queue_teams


def idle_of_queue(tx: Tx, queue_id: str, most: int) -> list[str]:
    """Return agents of a queue who are ready and hold nothing live, the longest idle first."""
    members = (
        select(team_members.c.user_id)
        .join(queue_teams, queue_teams.c.team_id == team_members.c.team_id)
        .where(queue_teams.c.queue_id == queue_id)
    )
    found = (
        select(agents.c.id)
        .where(
            agents.c.id.in_(members),
            agents.c.state == AgentState.READY,
            agents.c.present_until > tx.now,
            agents.c.live_load == 0,
        )
        .order_by(agents.c.idle_since, agents.c.id)
        .limit(most)
    )
    return list(tx.execute(found).scalars())
