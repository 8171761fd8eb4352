"""Who is told when something goes wrong with a team: its supervisors, and every admin."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from hub.accounts.tables import team_members, teams, users
from hub.contacts.tables import contacts, conversations, entry_points, interactions
from hub.routing.sla.policies import OWNER, SUPERVISORS
from hub.routing.tables import queue_teams
from hub.storage import Tx
from hub.web import Role


def all_admins(tx: Tx, _: None) -> set[str]:
    """Return the ids of every admin who can sign in."""
    found = select(users.c.id).where(users.c.disabled_at.is_(None), users.c.role == Role.ADMIN)
    return set(tx.execute(found).scalars())


def supervisors_of(tx: Tx, user_id: str) -> set[str]:
    """Return the ids of who steers a team that this user is in."""
    return _who(tx, select(team_members.c.team_id).where(team_members.c.user_id == user_id))


def supervisors_of_team(tx: Tx, team_id: str) -> set[str]:
    """Return the ids of who steers this team."""
    return _who(tx, select(teams.c.id).where(teams.c.id == team_id))


def supervisors_of_teams(tx: Tx, team_ids: Collection[str]) -> set[str]:
    """Return the ids of who steers one of these teams; of none, of the admins."""
    return _who(tx, select(teams.c.id).where(teams.c.id.in_(sorted(team_ids))))


def supervisors_of_entry_point(tx: Tx, entry_point_id: str) -> set[str]:
    """Return the ids of who steers a team that serves this entry point's queue."""
    return _who(
        tx,
        select(queue_teams.c.team_id)
        .join(entry_points, entry_points.c.queue_id == queue_teams.c.queue_id)
        .where(entry_points.c.id == entry_point_id),
    )


def supervisors_of_queue(tx: Tx, queue_id: str) -> set[str]:
    """Return the ids of who steers a team that serves this queue."""
    return _who(tx, select(queue_teams.c.team_id).where(queue_teams.c.queue_id == queue_id))


class Told(NamedTuple):
    """Who is told of a deadline, and what: the code of a notice, and of which contact."""

    user_ids: set[str]
    code: str
    contact_id: str
    reference: str


def reached_deadline(tx: Tx, entry_id: str) -> Told | None:
    """Return who is to hear of what this entry of a timeline says; None where it is no more.

    The owner is who holds the contact, else who spoke with the customer last.
    """
    row = tx.execute(
        select(
            interactions.c.meta,
            contacts.c.id,
            contacts.c.reference,
            contacts.c.queue_id,
            contacts.c.agent_id,
            conversations.c.last_agent_id,
        )
        .join(contacts, contacts.c.id == interactions.c.contact_id)
        .join(conversations, conversations.c.id == contacts.c.conversation_id)
        .where(interactions.c.id == entry_id)
    ).first()
    if row is None:
        return None
    named = set(str(row.meta.get("told") or "").split())
    user_ids = set()
    if OWNER in named:
        user_ids |= {row.agent_id or row.last_agent_id} - {None}
    if SUPERVISORS in named:
        user_ids |= supervisors_of_queue(tx, row.queue_id)
    emails = named - {OWNER, SUPERVISORS}
    if emails:
        found = select(users.c.id).where(users.c.email.in_(emails), users.c.disabled_at.is_(None))
        user_ids |= set(tx.execute(found).scalars())
    return Told(user_ids, f"sla_{row.meta['step']}", row.id, row.reference)


def _who(tx: Tx, team_ids: Select[str]) -> set[str]:
    of_team: ColumnElement[bool] = exists().where(
        and_(team_members.c.user_id == users.c.id, team_members.c.team_id.in_(team_ids))
    )
    steers = and_(users.c.role == Role.SUPERVISOR, of_team)
    found = select(users.c.id).where(
        users.c.disabled_at.is_(None), or_(steers, users.c.role == Role.ADMIN)
    )
    return set(tx.execute(found).scalars())
