"""Who could be given a new customer by the rules in force, and how matters stand with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from hub.accounts.tables import team_members, users
from hub.customers.rules.model import check_rule
from hub.customers.settings import Allocation
from hub.storage import Tx
from hub.storage.bulk import Statement
from hub.web.principal import Role

from .model import Absence, AddOpen, By, LeadRule, Turns


class Since(NamedTuple):
    """An open allocation: has `to_id` touched the customer since `made_at`?"""

    id: str
    customer_id: str
    to_id: str
    made_at: datetime


Touches = Callable[[Tx, Sequence[Since]], Mapping[str, datetime]]
"""Return, by allocation, when its user first wrote to, called or visited the customer."""
Away = Callable[[Tx, Collection[str], datetime], Collection[str]]
"""Return which of these users were not at their desk since a moment."""


class Outside(NamedTuple):
    """What is known above this layer: what passed, who is at work, when the business is open."""

    touches: Touches
    away: Away
    add: AddOpen


class Desk(NamedTuple):
    """The rules that somebody can be given by, and how matters stand."""

    rules: Sequence[LeadRule]
    turns: Turns


_LAST = Statement("""
SELECT {text 0} AS rule_key, (
  SELECT a.to_id FROM lead_allocations a WHERE a.rule_key = {text 0} ORDER BY a.id DESC LIMIT 1
) AS to_id FROM {rows}
""")
# By its index alone: it is asked at every look, and what is touched is entered when it falls due.
_LOADS = Statement("""
SELECT a.to_id, COUNT(*) AS leads FROM {rows}
JOIN lead_allocations a ON a.to_id = {text 0} AND a.ended_as IS NULL
GROUP BY a.to_id
""")


def load_desk(tx: Tx, settings: Allocation, outside: Outside, now: datetime) -> Desk:
    """Return rules and people; a fixed number of statements, however many there are."""
    people = _People(tx, settings)
    rules = []
    for one in settings.rules:
        when = None if one.when is None else check_rule(one.when)
        if isinstance(when, list):  # on a field that is there no longer: it holds for nobody
            continue
        who = people.of_team(one.team) if one.team else people.of_user(one.user)
        within = timedelta(minutes=one.touch_within_minutes)
        rules.append(LeadRule(one.key, when, who, By(one.by), within, one.hours))
    away = outside.away(tx, people.ids, now - timedelta(hours=settings.absent_after_hours))
    absent = dict.fromkeys(away, Absence.ABSENT) | people.absent
    last = {
        row.rule_key: row.to_id for row in _LAST(tx, [[rule.key] for rule in rules]) if row.to_id
    }
    return Desk(rules, Turns(absent, _loads(tx, people.ids), last))


class _People:
    """The users that rules name, by mail address and by team."""

    def __init__(self, tx: Tx, settings: Allocation) -> None:
        emails = {rule.user.strip().lower() for rule in settings.rules if rule.user}
        teams = {rule.team for rule in settings.rules if rule.team}
        away = {email.strip().lower() for email in settings.absent}
        columns = (users.c.id, users.c.email, users.c.role, users.c.disabled_at)
        named = tx.execute(select(*columns).where(users.c.email.in_(sorted(emails)))).all()
        members = tx.execute(
            select(team_members.c.team_id, *columns)
            .join(users, users.c.id == team_members.c.user_id)
            .where(team_members.c.team_id.in_(sorted(teams)))
            .order_by(users.c.id)
        ).all()
        self._by_email = {row.email: str(row.id) for row in named}
        self._by_team: defaultdict[str, list[str]] = defaultdict(list)
        for row in members:
            self._by_team[row.team_id].append(row.id)
        self.ids = {str(row.id) for row in (*named, *members)}
        self.absent: dict[str, Absence] = {}
        for row in (*named, *members):
            if row.disabled_at is not None:
                self.absent[row.id] = Absence.DISABLED
            elif row.role == Role.SPECIALIST:
                self.absent[row.id] = Absence.SPECIALIST
            elif row.email in away:
                self.absent[row.id] = Absence.ABSENT

    def of_user(self, email: str | None) -> tuple[str, ...]:
        found = self._by_email.get((email or "").strip().lower())
        return () if found is None else (found,)

    def of_team(self, team_id: str) -> tuple[str, ...]:
        return tuple(self._by_team[team_id])


def _loads(tx: Tx, user_ids: Collection[str]) -> Counter[str]:
    """How many customers each has to touch yet; who is touched counts until that is entered."""
    rows = _LOADS(tx, [[user_id] for user_id in sorted(user_ids)])
    return Counter({row.to_id: int(row.leads) for row in rows})
