"""What came of a phone list, by arm: dialled, answered, reached, results, talk, abandoned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, func, select

from hub.campaigns.model import Arm
from hub.campaigns.results import Share, share_of
from hub.storage import Tx
from hub.storage.bulk import Statement

from . import guard
from .figures import talks_under_way
from .flight import Counted, count
from .model import PersonState
from .opening import asks_first
from .reads import arms_of
from .tables import phone_list_figures, phone_list_people

_REMAINING = (PersonState.LISTED, PersonState.DUE, PersonState.QUEUED, PersonState.CALLING)


class ArmReport(NamedTuple):
    """`reached`: people who were talked to. `results`: of attempts, by code."""

    key: str
    share: int
    holdout: bool
    people: int
    remaining: int
    dialled: int
    answered_human: int
    answered_machine: int
    not_answered: int
    reached: int
    abandoned: int
    results: dict[str, int]
    talk_s: int
    reached_rate: Share


class Abandonment(NamedTuple):
    """Of the last 30 days. `room`: how many calls the hub may make by itself now."""

    counted: Counted
    rate: float | None
    limit: float
    room: int


class Report(NamedTuple):
    arms: list[ArmReport]
    total: ArmReport
    suppressed: dict[str, int]
    abandonment: Abandonment


def report_of(tx: Tx, row: Row[Any]) -> Report:
    """Return what came of a list so far; a fixed number of statements."""
    people = _people(tx, row.id)
    attempts = _attempts(tx, row.id)
    reached = {one.arm: int(one.n) for one in _REACHED(tx, [], list=row.id)}
    talks = talks_under_way(tx, row.id)
    arms = [_arm(arm, people, attempts, reached, talks) for arm in arms_of(row)]
    suppressed: dict[str, int] = {}
    for one in people:
        if one.state == PersonState.SUPPRESSED:
            why = one.reason or "stopped"
            suppressed[why] = suppressed.get(why, 0) + one.n
    return Report(arms, _total(arms), suppressed, abandonment_of(tx, row))


def abandonment_of(tx: Tx, row: Row[Any]) -> Abandonment:
    """Return how many calls of a list were abandoned, by its limit."""
    counted = count(tx, row.id)
    rate = counted.abandoned / counted.answered if counted.answered else None
    room = 0 if asks_first(tx, row.queue_id) else guard.room(*counted, row.abandon_permille)
    return Abandonment(counted, rate, row.abandon_permille / 1000, room)


def _people(tx: Tx, list_id: str) -> Sequence[Row[Any]]:
    table = phone_list_people.c
    return tx.execute(
        select(table.arm, table.state, table.reason, func.count().label("n"))
        .where(table.list_id == list_id)
        .group_by(table.arm, table.state, table.reason)
    ).all()


def _attempts(tx: Tx, list_id: str) -> Sequence[Row[Any]]:
    """Return what is kept of its attempts, by arm and result; "": none yet."""
    table = phone_list_figures.c
    found = select(phone_list_figures).where(table.list_id == list_id, table.dialled > 0)
    return tx.execute(found.order_by(table.arm, table.result)).all()


# Of each person once: who had a talk, in whatever attempt.
_REACHED = Statement("""
SELECT arm, count(*) AS n FROM (
SELECT a.arm, a.customer_id FROM phone_list_attempts a
WHERE a.list_id = :list AND a.joined_at IS NOT NULL
AND (a.result IS NULL OR a.result NOT IN ('machine', 'no_answer', 'busy', 'failed'))
AND (a.answered_by IS NULL OR a.answered_by NOT IN ('machine', 'fax') OR a.result IS NOT NULL)
GROUP BY a.arm, a.customer_id) AS people
GROUP BY arm
""")


def _arm(
    arm: Arm,
    people: Sequence[Row[Any]],
    attempts: Sequence[Row[Any]],
    reached: Mapping[str, int],
    talks: Mapping[str, int],
) -> ArmReport:
    own = [one for one in people if one.arm == arm.key]
    tried = [one for one in attempts if one.arm == arm.key]
    total = sum(one.n for one in own)
    dialled = sum(one.dialled for one in tried)
    talked_ms = talks.get(arm.key, 0) + sum(one.talked_ms for one in tried)
    heard = sum(one.heard for one in tried)
    machines = sum(one.machines for one in tried)
    # What only the agent heard to be a machine, the provider took for a person.
    by_ear = sum(one.heard - one.machines for one in tried if one.result == "machine")
    results: dict[str, int] = {one.result: one.dialled for one in tried if one.result}
    good = reached.get(arm.key, 0)
    return ArmReport(
        key=arm.key,
        share=arm.share,
        holdout=arm.holdout,
        people=total,
        remaining=sum(one.n for one in own if one.state in _REMAINING),
        dialled=dialled,
        answered_human=heard - machines - by_ear,
        answered_machine=machines + by_ear,
        not_answered=dialled - heard,
        reached=good,
        abandoned=sum(one.abandoned for one in tried),
        results=results,
        talk_s=round(talked_ms / 1000),
        reached_rate=share_of(good, total),
    )


def _total(arms: Sequence[ArmReport]) -> ArmReport:
    """Return all arms that are called as one."""
    called = [arm for arm in arms if not arm.holdout]
    results: dict[str, int] = {}
    for arm in called:
        for code, n in arm.results.items():
            results[code] = results.get(code, 0) + n
    summed = {
        name: sum(getattr(arm, name) for arm in called)
        for name in (
            "share",
            "people",
            "remaining",
            "dialled",
            "answered_human",
            "answered_machine",
            "not_answered",
            "reached",
            "abandoned",
            "talk_s",
        )
    }
    rate = share_of(summed["reached"], summed["people"])
    return ArmReport(key="", holdout=False, results=results, reached_rate=rate, **summed)


COLUMNS = (
    "key",
    "holdout",
    "people",
    "remaining",
    "dialled",
    "answered_human",
    "answered_machine",
    "not_answered",
    "reached",
    "abandoned",
    "talk_s",
)


def as_rows(report: Report) -> list[list[str]]:
    """Return a report as lines of a table: a head, one for each arm, the total."""
    codes = sorted(report.total.results)
    head = [*COLUMNS, *(f"result_{code}" for code in codes)]
    lines = [*report.arms, report.total._replace(key="total")]
    return [head, *(_line(one, codes) for one in lines)]


def _line(one: ArmReport, codes: Sequence[str]) -> list[str]:
    values = [getattr(one, name) for name in COLUMNS]
    return [str(value) for value in values] + [str(one.results.get(code, 0)) for code in codes]
