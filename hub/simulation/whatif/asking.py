"""From a question as it came in to a task: who may ask it, what the names mean, which days."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from hub.accounts.service import access_user
from hub.accounts.tables import team_members
from hub.contacts.access import VisibleQueues
from hub.core.errors import Forbidden, Invalid
from hub.routing.settings import RoutingSettings
from hub.routing.tables import queue_teams, skills
from hub.setup.check import check_document
from hub.setup.convert import routing_settings
from hub.setup.hidden import reveal_secrets
from hub.setup.service import secrets_in_force
from hub.simulation.changes import Skilled, Staffed, Target
from hub.simulation.records import read_settings
from hub.storage import Tx
from hub.web import Principal, Role

from .bodies import (
    MOST_DAYS,
    GoalBody,
    PeriodBody,
    ReplayBody,
    SkillBody,
    StaffBody,
    TargetBody,
)
from .task import Days, ReplayAsked, StaffAsked, Task


class BadQuestion(Invalid):
    """Something asked for cannot be; the message says the place and the remedy."""

    code = "whatif.bad_question"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, in one transaction: what they see, and the rules the question is about."""

    tx: Tx
    principal: Principal
    queues: frozenset[str] | None
    settings: RoutingSettings

    @classmethod
    def of(cls, tx: Tx, principal: Principal, visible: VisibleQueues) -> Asker:
        """Return the asker of a transaction. Raises Invalid before the first `hub apply`."""
        return cls(tx, principal, visible(tx, principal), read_settings(tx))

    @property
    def seen(self) -> list[str]:
        """The queues the asker sees, in their order."""
        return [key for key in self.settings.queues if self.queues is None or key in self.queues]

    def agents(self) -> tuple[str, ...] | None:
        """Return the agents of the asker's teams; None: all."""
        if self.principal.role is Role.ADMIN:
            return None
        found = select(team_members.c.user_id).where(
            team_members.c.team_id.in_(sorted(self.principal.team_ids))
        )
        return tuple(sorted(set(self.tx.execute(found).scalars())))


def replay_task(asker: Asker, body: ReplayBody, url: str, memory_bytes: int) -> Task:
    """Return the task of a replay. Raises BadQuestion, Forbidden, NotFound (an agent), BadSetup."""
    rules = _rules(asker, body.setup)
    targets = (_target(rules, one, f"targets[{n}]") for n, one in enumerate(body.targets))
    asked = ReplayAsked(
        targets=tuple(chain.from_iterable(targets)),
        staff=tuple(_staff(rules, one, f"staff[{n}]") for n, one in enumerate(body.staff)),
        skills=tuple(
            _skill(asker, rules, one, f"skills[{n}]") for n, one in enumerate(body.skills)
        ),
        # Entry points are not simulated, and their secrets stay here.
        setup=None if body.setup is None else {**body.setup, "entry_points": []},
        runs=body.runs,
    )
    return _task(asker, body.period, url, memory_bytes, replay=asked)


def staff_task(asker: Asker, body: GoalBody, url: str, memory_bytes: int) -> Task:
    """Return the task of the staffing helper. Raises BadQuestion."""
    _known("queue", "queue", body.queue, asker.seen)
    asked = StaffAsked(queue=body.queue, goal=body.goal, within_s=body.within_s)
    return _task(asker, body.period, url, memory_bytes, staff=asked)


def _task(
    asker: Asker,
    period: PeriodBody,
    url: str,
    memory_bytes: int,
    replay: ReplayAsked | None = None,
    staff: StaffAsked | None = None,
) -> Task:
    return Task(
        url=url,
        days=days_of(period, asker.settings.zone, asker.tx.now),
        memory_bytes=memory_bytes,
        queues=None if asker.queues is None else tuple(sorted(asker.queues)),
        agents=asker.agents(),
        replay=replay,
        staff=staff,
    )


# ---- the period ----------------------------------------------------------------------------------


def days_of(body: PeriodBody, zone: str, now: datetime) -> Days:
    """Return the spans that are read. Raises BadQuestion for a period that cannot be asked."""
    today = now.astimezone(ZoneInfo(zone)).date()
    if body.forecast is not None:
        if body.first is not None or body.last is not None:
            raise BadQuestion("period: give days or a forecast, not both.")
        asked = body.forecast
        if not today - timedelta(days=366) <= asked.day <= today + timedelta(days=366):
            raise BadQuestion("period.forecast.day: choose a day within a year from now.")
        behind = max((asked.day - today).days, 0)
        latest = asked.day - timedelta(days=7 * (behind // 7 + 1))
        days = [latest - timedelta(days=7 * back) for back in range(2 * asked.weeks)]
        spans = tuple(_span(day, day, zone) for day in days)
        return Days(zone=zone, spans=spans, weeks=asked.weeks, volume=asked.volume)
    first = body.first or body.last or today - timedelta(days=1)
    last = body.last or first
    if last < first:
        raise BadQuestion("period.last: it is before period.first; choose a later day.")
    if (last - first).days >= MOST_DAYS:
        raise BadQuestion(
            f"period: {MOST_DAYS} days at most; for longer ones there is `hub simulate --replay`."
        )
    if first > today:
        raise BadQuestion(
            f"period.first: {first} has not begun yet, so that nothing of it is recorded; choose "
            "a day that has, or a forecast."
        )
    if first.year < 1990:
        raise BadQuestion("period.first: choose a day after 1990.")
    return Days(zone=zone, spans=(_span(first, last, zone),))


def _span(first: date, last: date, zone: str) -> tuple[float, float]:
    place = ZoneInfo(zone)
    begin, end = (datetime.combine(d, time(), place) for d in (first, last + timedelta(days=1)))
    return begin.timestamp(), end.timestamp()


# ---- changes -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rules:
    """What the changes are made to, the rules in force or those of a draft: the names a question
    may speak of. `queues`: those the asker sees. `serves`: teams of the asker, with their queues.
    """

    settings: RoutingSettings
    queues: Sequence[str]
    serves: Mapping[str, Sequence[str]]
    skills: Collection[str]


def _rules(asker: Asker, draft: dict[str, Any] | None) -> _Rules:
    """Return the rules that the changes are made to. Raises Forbidden, BadSetup."""
    if draft is not None:
        return _drafted(asker, draft)
    serves: dict[str, list[str]] = {team: [] for team in asker.principal.team_ids}
    is_admin = asker.principal.role is Role.ADMIN
    for row in asker.tx.execute(select(queue_teams)):
        if is_admin or row.team_id in serves:
            serves.setdefault(row.team_id, []).append(row.queue_id)
    found = select(skills.c.id).where(~skills.c.retired)
    known = asker.tx.execute(found).scalars()
    return _Rules(asker.settings, asker.seen, serves, list(known))


def _drafted(asker: Asker, draft: dict[str, Any]) -> _Rules:
    """Return the rules of a draft as the pages have it, secrets hidden; admins see all of it."""
    if asker.principal.role is not Role.ADMIN:
        raise Forbidden(
            "A draft of the whole set-up can be tried by admins only.", code="whatif.admins"
        )
    setup = check_document(reveal_secrets(draft, secrets_in_force(asker.tx)))
    serves = {
        team.key: [queue.key for queue in setup.queues if team.key in queue.teams]
        for team in setup.teams
    }
    settings = routing_settings(setup)
    return _Rules(settings, list(settings.queues), serves, [one.key for one in setup.skills])


def _target(rules: _Rules, one: TargetBody, path: str) -> Iterator[Target]:
    queues = rules.settings.queues
    _known(f"{path}.tier", "tier", one.tier, rules.settings.tiers)
    if one.queue:
        _known(f"{path}.queue", "queue", one.queue, rules.queues)
    chosen = [one.queue] if one.queue else rules.queues
    there = [key for key in chosen if one.channel in queues[key].target_s]
    if not there:
        known = {name for key in chosen for name in queues[key].target_s}
        _known(f"{path}.channel", "channel", one.channel, known)
    for key in there:
        yield Target(key, one.tier, one.channel, one.seconds)


def _staff(rules: _Rules, one: StaffBody, path: str) -> Staffed:
    if not one.count:
        raise BadQuestion(f"{path}.count: it is 0; say how many more, or fewer (below 0).")
    if bool(one.queue) == bool(one.team):
        raise BadQuestion(f"{path}: name a queue or a team, one of both.")
    hours = _hours(one, path)
    if one.queue:
        _known(f"{path}.queue", "queue", one.queue, rules.queues)
        return Staffed(one.count, queue=one.queue, hours=hours)
    _known(f"{path}.team", "team", one.team, rules.serves)
    serves = [key for key in rules.serves[one.team] if key in rules.settings.queues]
    if not serves:
        raise BadQuestion(f"{path}.team: {one.team} serves no queue; choose another team.")
    return Staffed(one.count, team=one.team, serves=tuple(sorted(serves)), hours=hours)


def _hours(one: StaffBody, path: str) -> tuple[int, int] | None:
    if not one.begins and not one.ends:
        return None
    if not one.begins or not one.ends or one.begins == one.ends or one.begins == "24:00":
        raise BadQuestion(f"{path}: give both times, begins before ends, or none for all day.")
    begin, end = (int(text[:2]) * 60 + int(text[3:]) for text in (one.begins, one.ends))
    return begin, end


def _skill(asker: Asker, rules: _Rules, one: SkillBody, path: str) -> Skilled:
    agent = access_user(asker.tx, asker.principal, one.agent_id)
    _known(f"{path}.skill", "skill", one.skill, rules.skills)
    return Skilled(one.agent_id, one.skill, one.grade, name=agent.name)


def _known(path: str, word: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        there = ", ".join(sorted(known)) or "none"
        raise BadQuestion(f"{path}: there is no {word} {name!r} that you see; known: {there}.")
