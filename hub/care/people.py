"""Which technician, which agent: the records that are ranked, from what was promised and said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from hub.accounts.tables import users
from hub.contacts.commitments.model import VISITS, CommitmentState
from hub.contacts.commitments.tables import (
    commitments,
    is_result,
    is_unfinished,
    specialist_skills,
)
from hub.contacts.tables import contacts
from hub.customers.tables import customers, identities
from hub.routing.tables import agents
from hub.storage import Tx
from hub.web.principal import Role

from .ranking import NotEnough, Ranked, Record, Wanted, rank_people

WINDOW = timedelta(days=365)
MAX_PEOPLE = 200
_SATISFIED = 4


class WantedVisit(NamedTuple):
    """Who is to come: able to do this, and free between these moments (UTC)."""

    skill_id: str | None
    window_from: datetime | None = None
    window_until: datetime | None = None
    grade: int = 1
    besides: str = ""  # the commitment itself keeps nobody busy


def rank_technicians(tx: Tx, wanted: WantedVisit) -> list[Ranked | NotEnough]:
    """Rank who can do it by the visits and repairs they had in the last year; without a skill, all
    specialists.
    """
    found = select(
        users.c.id, users.c.name, func.coalesce(specialist_skills.c.grade, 0).label("grade")
    )
    joined = and_(
        specialist_skills.c.user_id == users.c.id,
        specialist_skills.c.skill_id == (wanted.skill_id or ""),
    )
    who = (
        users.c.role == Role.SPECIALIST
        if wanted.skill_id is None
        else specialist_skills.c.grade >= wanted.grade
    )
    rows = tx.execute(
        found.outerjoin(specialist_skills, joined)
        .where(who, users.c.disabled_at.is_(None))
        .order_by(users.c.name, users.c.id)
        .limit(MAX_PEOPLE)
    ).all()
    ids = [row.id for row in rows]
    kept = _promises(tx, ids, commitments.c.kind.in_(sorted(VISITS)))
    busy = _busy(tx, ids, wanted)
    open_ = _open(tx, ids)
    records = [
        Record(
            user_id=row.id,
            name=row.name,
            promised=kept[row.id][0],
            kept=kept[row.id][1],
            grade=row.grade,
            busy=row.id in busy,
            open=open_[row.id],
        )
        for row in rows
    ]
    return rank_people(records, Wanted(grade=0 if wanted.skill_id is None else wanted.grade))


def rank_agents(tx: Tx, customer_id: str) -> list[Ranked | NotEnough]:
    """Rank agents for a customer by what they did in the last year for customers of the same tier:
    promises kept in time, and how satisfied these were.
    """
    tier = select(customers.c.tier).where(customers.c.id == customer_id).scalar_subquery()
    rows = tx.execute(
        select(users.c.id, users.c.name)
        .join(agents, agents.c.id == users.c.id)
        .where(users.c.disabled_at.is_(None), users.c.role != Role.SPECIALIST)
        .order_by(users.c.name, users.c.id)
        .limit(MAX_PEOPLE)
    ).all()
    ids = [row.id for row in rows]
    kept = _promises(tx, ids, customers.c.tier == tier)
    said = _satisfied(tx, ids, contacts.c.tier == tier)
    open_ = _open(tx, ids)
    records = [
        Record(
            user_id=row.id,
            name=row.name,
            promised=kept[row.id][0],
            kept=kept[row.id][1],
            asked=said[row.id][0],
            satisfied=said[row.id][1],
            open=open_[row.id],
        )
        for row in rows
    ]
    return rank_people(records, Wanted())


def _promises(
    tx: Tx, ids: Sequence[str], which: ColumnElement[bool]
) -> defaultdict[str, tuple[int, int]]:
    """Return, by user, how many promises ended or are overdue, and how many were kept in time."""
    table = commitments.c
    in_time = case(
        (and_(table.state == CommitmentState.KEPT, table.first_broken_at.is_(None)), 1), else_=0
    )
    counts: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for worker in (table.owner_id, table.taken_by):
        rows = tx.execute(
            select(
                worker.label("user_id"),
                func.count().label("promised"),
                func.sum(in_time).label("kept"),
            )
            .join(identities, identities.c.id == table.identity_id)
            .join(customers, customers.c.id == identities.c.customer_id)
            .where(
                worker.in_(ids),
                is_result,
                table.made_at > tx.now - WINDOW,
                which,
            )
            .group_by(worker)
        )
        for row in rows:
            promised, kept = counts[row.user_id]
            counts[row.user_id] = (promised + row.promised, kept + int(row.kept))
    return counts


def _satisfied(
    tx: Tx, ids: Sequence[str], which: ColumnElement[bool]
) -> defaultdict[str, tuple[int, int]]:
    """Return, by agent, how many customers said how it was, and how many were satisfied."""
    good = case((contacts.c.survey_score >= _SATISFIED, 1), else_=0)
    rows = tx.execute(
        select(contacts.c.agent_id, func.count().label("asked"), func.sum(good).label("satisfied"))
        .where(
            contacts.c.agent_id.in_(ids),
            contacts.c.survey_score.is_not(None),
            contacts.c.closed_at > tx.now - WINDOW,
            which,
        )
        .group_by(contacts.c.agent_id)
    )
    counts: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    counts.update({row.agent_id: (row.asked, int(row.satisfied)) for row in rows})
    return counts


def _works(ids: Sequence[str]) -> tuple[ColumnElement[Any], ColumnElement[bool]]:
    """Return who works on a commitment, and the condition that it is one of these."""
    table = commitments.c
    worker = func.coalesce(table.taken_by, table.owner_id)
    return worker, or_(table.owner_id.in_(ids), table.taken_by.in_(ids))


def _busy(tx: Tx, ids: Sequence[str], wanted: WantedVisit) -> set[str]:
    """Return who has promised to be elsewhere in that window."""
    if wanted.window_from is None or wanted.window_until is None or not ids:
        return set()
    worker, theirs = _works(ids)
    table = commitments.c
    rows = tx.execute(
        select(worker).where(
            theirs,
            is_unfinished,
            table.id != wanted.besides,
            table.window_from < wanted.window_until,
            table.window_until > wanted.window_from,
        )
    )
    return set(rows.scalars())


def _open(tx: Tx, ids: Sequence[str]) -> defaultdict[str, int]:
    worker, theirs = _works(ids)
    rows = tx.execute(
        select(worker.label("user_id"), func.count().label("open"))
        .where(theirs, is_unfinished)
        .group_by(worker)
    )
    counts: defaultdict[str, int] = defaultdict(int)
    counts.update({row.user_id: row.open for row in rows})
    return counts
