"""Who gets a new customer, and until when they have to touch them. Pure.

The first rule that holds and has somebody who is there gives: in turn, or to whoever has the fewest
to touch yet. The same question has the same answer: ties go by id. What was looked at is kept as
the trace.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from hub.customers.rules.model import Features, Rule, matches

LEADS = frozenset({"prospect", "opportunity"})  # stages of who is allocated
RETRY = timedelta(minutes=10)  # where nobody was there
_SHOWN = 50  # people of a trace


class By(StrEnum):
    ROUND_ROBIN = "round_robin"
    LEAST_LOADED = "least_loaded"


class Absence(StrEnum):
    """Why somebody of a rule gets nobody."""

    DISABLED = "disabled"
    ABSENT = "absent"
    SPECIALIST = "specialist"  # looks after no customers
    TRIED = "tried"  # had them, and did not touch them


class Cause(StrEnum):
    """Why somebody was given a customer."""

    NEW = "new"
    RECALLED = "recalled"  # who had them did not touch them in time
    RETRIED = "retried"  # nobody was there before
    BY_HAND = "by_hand"
    LEFT = "left"  # who had them left


class EndedAs(StrEnum):
    TOUCHED = "touched"
    RECALLED = "recalled"
    MOVED = "moved"  # somebody gave the customer another owner
    HANDED_OVER = "handed_over"
    TAKEN = "taken"  # nobody was there, and then somebody was
    WON = "won"  # ordered
    MERGED = "merged"  # became another record
    GONE = "gone"  # is no lead any more, or was erased


@dataclass(frozen=True, slots=True)
class LeadRule:
    """One rule of the set-up. `when` None: for all. `who`: the ids it gives to, sorted."""

    key: str
    when: Rule | None
    who: tuple[str, ...]
    by: By
    within: timedelta
    calendar_id: str | None = None


@dataclass(slots=True)
class Turns:
    """How matters stand; `give` counts on, so that one look after the other is one after the other.

    `absent`: who gets nobody, and why. `loads`: whom they have to touch yet. `last`: by rule, who
    was given the last one.
    """

    absent: Mapping[str, Absence]
    loads: Counter[str] = field(default_factory=Counter)
    last: dict[str, str] = field(default_factory=dict)

    def give(self, rule_key: str, user_id: str) -> None:
        self.loads[user_id] += 1
        self.last[rule_key] = user_id


class Given(NamedTuple):
    """`rule` None: nobody was there to take them, or no rule holds (`holds` false)."""

    rule: LeadRule | None
    to_id: str | None
    holds: bool
    trace: dict[str, Any]


class Deadlines(NamedTuple):
    """Half, all, and one and a half of the time until the first touch."""

    remind_at: datetime
    escalate_at: datetime
    recall_at: datetime


AddOpen = Callable[[datetime, float, str | None], datetime]
"""Add seconds of the open time of a calendar (None: of the clock) to a moment."""


def by_clock(start: datetime, seconds: float, _calendar_id: str | None) -> datetime:
    return start + timedelta(seconds=seconds)


def deadlines(
    start: datetime, within: timedelta, calendar_id: str | None, add: AddOpen
) -> Deadlines:
    """Return when who has a customer since `start` is reminded, and when they lose them."""
    seconds = within.total_seconds()
    return Deadlines(*(add(start, seconds * part, calendar_id) for part in (0.5, 1.0, 1.5)))


def allocate(
    rules: Sequence[LeadRule],
    features: Features,
    turns: Turns,
    now: datetime,
    tried: Collection[str] = (),
) -> Given:
    """Return who gets a customer, and count them among theirs. `tried`: who had them before."""
    lines: list[dict[str, Any]] = []
    holds = False
    for rule in rules:
        if rule.when is not None and not matches(rule.when, features, now):
            lines.append({"rule": rule.key, "why": "no_match"})
            continue
        holds = True
        left_out = {
            user_id: why for user_id in rule.who if (why := _why_not(user_id, turns, tried))
        }
        there = [user_id for user_id in rule.who if user_id not in left_out]
        line: dict[str, Any] = {
            "rule": rule.key,
            "left_out": {user_id: str(why) for user_id, why in list(left_out.items())[:_SHOWN]},
        }
        lines.append(line)
        if not there:
            line["why"] = "nobody"
            continue
        to_id = choose(rule, there, turns)
        line |= {"why": "given", "by": str(rule.by)}
        line["of"] = {user_id: turns.loads[user_id] for user_id in there[:_SHOWN]}
        turns.give(rule.key, to_id)
        return Given(rule, to_id, True, {"rules": lines})
    return Given(None, None, holds, {"rules": lines})


def choose(rule: LeadRule, there: Sequence[str], turns: Turns) -> str:
    """Return whose turn it is of those who are there (sorted, at least one).

    Of those with equally few to touch, too, it is whose turn comes next.
    """
    last = turns.last.get(rule.key, "")
    if rule.by is By.ROUND_ROBIN:
        return next((user_id for user_id in there if user_id > last), there[0])
    return min(there, key=lambda user_id: (turns.loads[user_id], user_id <= last, user_id))


def _why_not(user_id: str, turns: Turns, tried: Collection[str]) -> Absence | None:
    if user_id in tried:
        return Absence.TRIED
    return turns.absent.get(user_id)


class Open(NamedTuple):
    """An open allocation as the timer sees it."""

    id: str
    to_id: str | None
    remind_at: datetime
    reminded_at: datetime | None
    escalate_at: datetime
    escalated_at: datetime | None
    recall_at: datetime | None


class Fires(NamedTuple):
    """What becomes due of one: marked where true, told once, of the latest."""

    remind: bool
    escalate: bool
    recall: bool

    @property
    def told(self) -> str | None:
        """Return what is told of now; of what comes in the same moment only the latest."""
        if self.recall:
            return None  # who gets them is told, and so is who had them
        return "escalated" if self.escalate else "reminder" if self.remind else None


def fires(one: Open, now: datetime) -> Fires:
    """Return what is due at `now` and was not before."""
    return Fires(
        remind=one.reminded_at is None and one.remind_at <= now,
        escalate=one.escalated_at is None and one.escalate_at <= now,
        recall=one.recall_at is not None and one.recall_at <= now,
    )
