"""Profile and skills of the agents that the set-up names, and who takes contacts at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, or_, select

from hub.accounts.tables import team_members, users
from hub.routing.service import SetAgentProfile, set_agent_profiles
from hub.routing.tables import agent_skills, agents
from hub.storage import Tx
from hub.web.principal import Role

from .changes import Changes
from .model import AgentSetup, Setup
from .serving import Server


class Person(NamedTuple):
    """A user who takes contacts: every agent, and who else was ever signed in as one.

    `is_known`: the queue has a row of them; `profile` "": the usual one.
    """

    id: str
    email: str
    name: str
    is_active: bool
    is_known: bool
    profile: str
    skills: Mapping[str, int]
    teams: Collection[str]


class ListPeople(NamedTuple):
    """Active ones in the order of name and id, and in any case those with the addresses of `also`.

    `limit` None: all; `after`: the last (name, id) already seen.
    """

    limit: int | None = None
    after: tuple[str, str] | None = None
    also: Collection[str] = ()


def list_people(tx: Tx, query: ListPeople) -> list[Person]:
    """List who takes contacts, with teams and skills as they are now. Three statements for all."""
    takes_contacts = and_(
        users.c.disabled_at.is_(None),
        or_(users.c.role == Role.AGENT.value, agents.c.id.is_not(None)),
    )
    found = (
        select(
            users.c.id,
            users.c.email,
            users.c.name,
            users.c.disabled_at,
            agents.c.id.label("known"),
            agents.c.profile_id,
        )
        .select_from(users.outerjoin(agents, agents.c.id == users.c.id))
        .where(or_(takes_contacts, users.c.email.in_(query.also)))
        .order_by(users.c.name, users.c.id)
        .limit(query.limit)
    )
    if query.after is not None:
        name, user_id = query.after
        found = found.where(
            or_(users.c.name > name, and_(users.c.name == name, users.c.id > user_id))
        )
    rows = tx.execute(found).all()
    ids = [row.id for row in rows]
    skills: dict[str, dict[str, int]] = {}
    for row in tx.execute(select(agent_skills).where(agent_skills.c.agent_id.in_(ids))):
        skills.setdefault(row.agent_id, {})[row.skill_id] = row.proficiency
    teams: dict[str, list[str]] = {}
    members = select(team_members).where(team_members.c.user_id.in_(ids))
    for row in tx.execute(members.order_by(team_members.c.team_id)):
        teams.setdefault(row.user_id, []).append(row.team_id)
    return [_person(row, skills.get(row.id, {}), teams.get(row.id, ())) for row in rows]


def _person(row: Row[Any], skills: Mapping[str, int], teams: Collection[str]) -> Person:
    return Person(
        id=row.id,
        email=row.email,
        name=row.name,
        is_active=row.disabled_at is None,
        is_known=row.known is not None,
        profile=row.profile_id or "",
        skills=skills,
        teams=teams,
    )


def sync_agents(
    tx: Tx, setup: Setup, named_before: Collection[str], changes: Changes, *, dry_run: bool
) -> list[Server]:
    """Give the agents that the set-up names their profile and skills; return who then serves.

    Who was named in the version before and is no more loses both; who was never named keeps what
    they have.
    """
    wanted = {email.lower(): agent for email, agent in setup.agents.items()}
    gone = {email.lower() for email in named_before} - wanted.keys()
    people = {one.email: one for one in list_people(tx, ListPeople(also=[*wanted, *gone]))}
    for email in sorted(wanted.keys() - people.keys()):
        changes.warnings.append(f"agent {email}: no such user yet, `hub user add` makes one")
    given = {**wanted, **dict.fromkeys(gone, AgentSetup())}
    profiles = []
    for email in sorted(given.keys() & people.keys()):
        person, agent = people[email], given[email]
        people[email] = person._replace(skills=agent.skills)
        same = person.profile == agent.profile and person.skills == agent.skills
        if same and (person.is_known or email in gone):
            continue
        changes.changed.append(f"agent {email}" + (" (named no more)" if email in gone else ""))
        profiles.append(SetAgentProfile(person.id, agent.profile, agent.skills))
    if profiles and not dry_run:
        set_agent_profiles(tx, profiles)
    return [Server(one.teams, one.skills) for one in people.values() if one.is_active]
