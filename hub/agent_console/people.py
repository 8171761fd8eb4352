"""Routes of who is best for it, and of what specialists can do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from sqlalchemy import delete, insert, select

from hub import care
from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.accounts.service import access_user
from hub.accounts.tables import teams, users
from hub.care.ranking import NotEnough, Ranked
from hub.contacts.commitments.access import access_commitment
from hub.contacts.commitments.model import VISITS, CommitmentKind
from hub.contacts.commitments.tables import specialist_skills
from hub.core.errors import Invalid
from hub.customers.access import access_customer
from hub.customers.tables import identities
from hub.routing.tables import skills
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, Role, route
from hub.web.shapes import Query, View

from .readers import scope_of

_MOST_OWNERS = 200
Grade = Annotated[int, msgspec.Meta(ge=1, le=5)]


class PersonView(View, frozen=True):
    """`place` None: there is not enough data (`results` < 5). Shares are 0-1, of the last year."""

    user_id: str
    name: str
    place: int | None
    share: float | None
    low: float | None
    high: float | None
    results: int
    promised: int
    kept: int
    asked: int
    satisfied: int
    grade: int
    busy: bool
    open: int


class TechnicianQuery(Query, frozen=True):
    """Who can come: `skill` "" for all specialists; the window says who is free then."""

    skill: Annotated[str, msgspec.Meta(max_length=64)] = ""
    grade: Grade = 1
    window_from: datetime | None = None
    window_until: datetime | None = None


class SpecialistView(View, frozen=True):
    """`skills`: grade by skill."""

    user_id: str
    name: str
    disabled: bool
    skills: dict[str, int]


class SkillName(View, frozen=True):
    id: str
    zh: str
    en: str


class Specialists(View, frozen=True):
    """`skills`: those of the set-up."""

    skills: list[SkillName]
    people: list[SpecialistView]


class SpecialistSkills(Body, frozen=True):
    """Everything they can do: what is left out they no longer can."""

    skills: dict[Key, Grade]


class OwnerTeam(View, frozen=True):
    id: str
    zh: str
    en: str


class OwnerPerson(View, frozen=True):
    id: str
    name: str
    role: str


class Owners(View, frozen=True):
    """To whom a commitment may be given: teams, and the first users by name."""

    teams: list[OwnerTeam]
    people: list[OwnerPerson]


class OwnerQuery(Query, frozen=True):
    """`q`: how the name begins."""

    q: Annotated[str, msgspec.Meta(max_length=120)] = ""


class PeopleRoutes:
    """Ranking is for who chooses: technicians by agents, agents for a customer by supervisors."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @route(
        "GET",
        "/api/v1/commitments/people",
        access=Access.AGENT,
        summary="Which technician: ranked with figures, or not enough data",
    )
    async def technicians(self, query: TechnicianQuery) -> list[PersonView]:
        wanted = care.WantedVisit(
            query.skill or None, query.window_from, query.window_until, query.grade
        )
        return await self._store.read(_technicians, wanted)

    @route(
        "GET",
        "/api/v1/commitments/owners",
        access=Access.AGENT,
        summary="Teams and users to whom a commitment may be given",
    )
    async def owners(self, query: OwnerQuery) -> Owners:
        return await self._store.read(_owners, query.q.strip())

    @route(
        "GET",
        "/api/v1/commitments/{commitment_id}/people",
        access=Access.AGENT,
        summary="Who is best for this commitment",
    )
    async def for_commitment(self, principal: Principal, commitment_id: Key) -> list[PersonView]:
        return await self._store.read(_for_commitment, (principal, commitment_id))

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/people",
        access=Access.SUPERVISOR,
        summary="Which agent for this customer",
    )
    async def for_customer(self, principal: Principal, customer_id: Key) -> list[PersonView]:
        return await self._store.read(_for_customer, (principal, customer_id))

    @route(
        "GET",
        "/api/v1/specialists",
        access=Access.AGENT,
        summary="List specialists and what they can do",
    )
    async def specialists(self) -> Specialists:
        return await self._store.read(_specialists, None)

    @route(
        "PUT",
        "/api/v1/specialists/{user_id}/skills",
        access=Access.SUPERVISOR,
        summary="Say what a specialist can do",
    )
    async def set_skills(
        self, principal: Principal, user_id: Key, body: SpecialistSkills
    ) -> Specialists:
        return await self._store.write(_set_skills, (principal, user_id, body))


def _owners(tx: Tx, begins: str) -> Owners:
    found = select(teams.c.id, teams.c.zh, teams.c.en).where(~teams.c.retired)
    people = select(users.c.id, users.c.name, users.c.role).where(users.c.disabled_at.is_(None))
    if begins:
        people = people.where(users.c.name.istartswith(begins, autoescape=True))
    return Owners(
        teams=[OwnerTeam(**row._mapping) for row in tx.execute(found.order_by(teams.c.id))],
        people=[
            OwnerPerson(**row._mapping)
            for row in tx.execute(people.order_by(users.c.name, users.c.id).limit(_MOST_OWNERS))
        ],
    )


def _technicians(tx: Tx, wanted: care.WantedVisit) -> list[PersonView]:
    return _shown(care.rank_technicians(tx, wanted))


def _for_commitment(tx: Tx, asked: tuple[Principal, str]) -> list[PersonView]:
    """Technicians for a visit; for anything else agents, who are ranked for supervisors only: by
    customers of the same tier, which others may not be told.
    """
    principal, commitment_id = asked
    row = access_commitment(tx, principal, commitment_id)
    if CommitmentKind(row.kind) in VISITS:
        wanted = care.WantedVisit(
            row.skill_id, row.window_from, row.window_until, besides=commitment_id
        )
        return _technicians(tx, wanted)
    if not principal.role.at_least(Role.SUPERVISOR):
        raise Invalid("Only for visits and repairs is there a choice of people.")
    whose = select(identities.c.customer_id).where(identities.c.id == row.identity_id)
    return _shown(care.rank_agents(tx, tx.execute(whose).scalar_one()))


def _for_customer(tx: Tx, asked: tuple[Principal, str]) -> list[PersonView]:
    principal, customer_id = asked
    access_customer(tx, scope_of(tx, principal), customer_id)
    return _shown(care.rank_agents(tx, customer_id))


def _shown(people: Sequence[Ranked | NotEnough]) -> list[PersonView]:
    return [_person(one) for one in people]


def _person(one: Ranked | NotEnough) -> PersonView:
    ranked = one if isinstance(one, Ranked) else None
    record = one.record
    return PersonView(
        user_id=record.user_id,
        name=record.name,
        place=ranked.place if ranked else None,
        share=round(ranked.share, 4) if ranked else None,
        low=round(ranked.low, 4) if ranked else None,
        high=round(ranked.high, 4) if ranked else None,
        results=record.results,
        promised=record.promised,
        kept=record.kept,
        asked=record.asked,
        satisfied=record.satisfied,
        grade=record.grade,
        busy=record.busy,
        open=record.open,
    )


def _specialists(tx: Tx, _: None) -> Specialists:
    """Who is a specialist, or has skills as one: three statements."""
    there = select(skills.c.id, skills.c.zh, skills.c.en).where(~skills.c.retired)
    skilled = select(specialist_skills.c.user_id)
    people = tx.execute(
        select(users.c.id, users.c.name, users.c.disabled_at)
        .where((users.c.role == Role.SPECIALIST) | users.c.id.in_(skilled))
        .order_by(users.c.name, users.c.id)
    ).all()
    known: dict[str, dict[str, int]] = {}
    for row in tx.execute(select(specialist_skills)):
        known.setdefault(row.user_id, {})[row.skill_id] = row.grade
    return Specialists(
        skills=[SkillName(**row._mapping) for row in tx.execute(there.order_by(skills.c.id))],
        people=[
            SpecialistView(
                user_id=row.id,
                name=row.name,
                disabled=row.disabled_at is not None,
                skills=known.get(row.id, {}),
            )
            for row in people
        ],
    )


def _set_skills(tx: Tx, asked: tuple[Principal, str, SpecialistSkills]) -> Specialists:
    principal, user_id, body = asked
    access_user(tx, principal, user_id)
    there = select(skills.c.id).where(~skills.c.retired)
    unknown = sorted(set(body.skills) - set(tx.execute(there).scalars()))
    if unknown:
        raise Invalid(f"The set-up has no skill {unknown[0]!r}.", field="skills")
    tx.execute(delete(specialist_skills).where(specialist_skills.c.user_id == user_id))
    if body.skills:
        tx.execute(
            insert(specialist_skills),
            [
                {"user_id": user_id, "skill_id": skill, "grade": grade}
                for skill, grade in sorted(body.skills.items())
            ],
        )
    detail = {"skills": ", ".join(f"{key} {grade}" for key, grade in sorted(body.skills.items()))}
    audit(tx, actor_of(principal), "specialist.skills", "user", user_id, detail)
    return _specialists(tx, None)
