"""Whose job a dissatisfied customer is: a supervisor of the team that serves them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, or_, select

from hub.accounts.tables import team_members, users
from hub.contacts.commitments.commands import BusinessHours, Owner
from hub.contacts.commitments.model import CommitmentKind, OwnerKind
from hub.contacts.commitments.tables import commitments, is_unfinished
from hub.contacts.research.recovery import Aim, Low
from hub.contacts.tables import contacts
from hub.customers.tables import customers, identities
from hub.storage import Tx
from hub.web.principal import Role

from .business import business_calendar
from .settings import RoutingSettings, calendar_of, load_settings
from .tables import queue_teams


def recovery_aims(tx: Tx, lows: Sequence[Low]) -> list[Aim | None]:
    """Return, for each, whose job it is: of the supervisors of the teams that serve the queue of
    the contact (without a contact: of the customer's branch) who has the fewest such jobs; without
    any, of all supervisors, else of the admins. A fixed number of statements.
    """
    settings = load_settings(tx)
    queues = _queues(tx, {low.contact_id for low in lows if low.contact_id})
    branches = _branches(tx, {low.identity_id for low in lows if not low.contact_id})
    of_queue = _teams(tx, set(queues.values()))
    by_team, everybody = _supervisors(tx)
    jobs = _jobs(tx)
    aims: list[Aim | None] = []
    for low in lows:
        queue_id = queues.get(low.contact_id or "")
        teams = of_queue.get(queue_id or "", set()) | branches.get(low.identity_id, set())
        candidates = {user_id for team in teams for user_id in by_team.get(team, ())}
        owner_id = min(candidates or everybody, key=lambda id_: (jobs[id_], id_), default=None)
        if owner_id is None:
            aims.append(None)
            continue
        jobs[owner_id] += 1
        aims.append(Aim(Owner(OwnerKind.USER, owner_id), _hours(settings, queue_id)))
    return aims


def _hours(settings: RoutingSettings, queue_id: str | None) -> BusinessHours | None:
    key = business_calendar(settings, queue_id)
    return None if key is None else BusinessHours(key, calendar_of(settings.calendars[key]))


def _queues(tx: Tx, contact_ids: Collection[str]) -> dict[str, str]:
    found = select(contacts.c.id, contacts.c.queue_id).where(contacts.c.id.in_(sorted(contact_ids)))
    return {row.id: row.queue_id for row in tx.execute(found)}


def _branches(tx: Tx, identity_ids: Collection[str]) -> dict[str, set[str]]:
    if not identity_ids:
        return {}
    found = (
        select(identities.c.id, customers.c.branch_id)
        .join(customers, customers.c.id == identities.c.customer_id)
        .where(identities.c.id.in_(sorted(identity_ids)), customers.c.branch_id.is_not(None))
    )
    return {row.id: {row.branch_id} for row in tx.execute(found)}


def _teams(tx: Tx, queue_ids: Collection[str]) -> dict[str, set[str]]:
    teams: defaultdict[str, set[str]] = defaultdict(set)
    found = select(queue_teams).where(queue_teams.c.queue_id.in_(sorted(queue_ids)))
    for row in tx.execute(found):
        teams[row.queue_id].add(row.team_id)
    return teams


def _supervisors(tx: Tx) -> tuple[dict[str, list[str]], set[str]]:
    """Return supervisors by team, and who steers anything at all: they are few.

    Nobody of them leaves before this job is theirs, and is found by who gives theirs away.
    """
    rows: Sequence[Any] = tx.execute(
        select(users.c.id, users.c.role, team_members.c.team_id)
        .outerjoin(team_members, team_members.c.user_id == users.c.id)
        .where(
            users.c.disabled_at.is_(None),
            or_(users.c.role == Role.SUPERVISOR, users.c.role == Role.ADMIN),
        )
        .order_by(users.c.id)
        .with_for_update(read=True, of=users)
    ).all()
    by_team: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.role == Role.SUPERVISOR and row.team_id is not None:
            by_team[row.team_id].append(row.id)
    supervisors = {row.id for row in rows if row.role == Role.SUPERVISOR}
    return by_team, supervisors or {row.id for row in rows}


def _jobs(tx: Tx) -> Counter[str]:
    found = (
        select(commitments.c.owner_id, func.count().label("jobs"))
        .where(commitments.c.kind == CommitmentKind.RECOVERY, is_unfinished)
        .group_by(commitments.c.owner_id)
    )
    return Counter({row.owner_id: row.jobs for row in tx.execute(found)})
