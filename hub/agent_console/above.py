"""Who is told when something goes wrong with a team: its supervisors, and every admin."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from hub.accounts.tables import team_members, users
from hub.contacts.tables import entry_points
from hub.routing.tables import queue_teams
from hub.storage import Tx
from hub.web import Role


def supervisors_of(tx: Tx, user_id: str) -> set[str]:
    """Return the ids of who steers a team that this user is in."""
    return _who(tx, select(team_members.c.team_id).where(team_members.c.user_id == user_id))


def supervisors_of_entry_point(tx: Tx, entry_point_id: str) -> set[str]:
    """Return the ids of who steers a team that serves this entry point's queue."""
    return _who(
        tx,
        select(queue_teams.c.team_id)
        .join(entry_points, entry_points.c.queue_id == queue_teams.c.queue_id)
        .where(entry_points.c.id == entry_point_id),
    )


def _who(tx: Tx, team_ids: Select[str]) -> set[str]:
    of_team: ColumnElement[bool] = exists().where(
        and_(team_members.c.user_id == users.c.id, team_members.c.team_id.in_(team_ids))
    )
    steers = and_(users.c.role == Role.SUPERVISOR, of_team)
    found = select(users.c.id).where(
        users.c.disabled_at.is_(None), or_(steers, users.c.role == Role.ADMIN)
    )
    return set(tx.execute(found).scalars())
