"""What came of a campaign: replies, answers and orders of each person, and of each arm.

A reply comes on the conversation that the mail began, an answer by the link in it, an order within
the campaign's result days, whoever it was. They are collected page by page while they can still
come; what a person's own line shows is of this moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, case, func, select, update

from hub.core.shares import MIN_RESULTS, difference, wilson
from hub.storage import LIMIT, NOW, Look, Tx
from hub.storage.bulk import Statement, read_time, tx_time, update_values

from .model import Arm, PersonState, Reason
from .tables import campaign_people, campaigns

_PAGE = 200
_AGAIN = timedelta(minutes=1)
_AFTER = timedelta(days=1)  # orders are told of late
_REACHED = (PersonState.SENT, PersonState.FAILED, PersonState.HELD_OUT)


class Found(NamedTuple):
    """What became of one person: the columns of `campaign_people`, the first two its key."""

    campaign_id: str
    customer_id: str
    state: str
    reason: str | None
    replied_at: datetime | None
    answered_at: datetime | None
    score: int | None
    ordered_at: datetime | None


_RESULTS = Statement("""
SELECT {text 0} AS customer_id, o.outcome, o.reason,
    (SELECT min(i.at) FROM interactions i WHERE i.conversation_id = {text 1}
        AND i.direction = 'in' AND i.contact_id IS NOT NULL AND i.at < {time 5}) AS replied_at,
    a.at AS answered_at, a.score,
    (SELECT min(r.ordered_at) FROM customers c
        JOIN customers w ON w.id = coalesce(c.merged_into_id, c.id) OR w.merged_into_id
            = coalesce(c.merged_into_id, c.id)
        JOIN orders r ON r.customer_id = w.id
        WHERE c.id = {text 0} AND r.ordered_at >= {time 4} AND r.ordered_at < {time 5}
        AND r.state NOT IN ('cancelled', 'returned')) AS ordered_at
FROM {rows}
LEFT JOIN outreach o ON o.interaction_id = {text 3}
LEFT JOIN survey_answers a ON a.identity_id = {text 2} AND a.campaign_id = :campaign
    AND a.at < {time 5}
""")


def results_of(tx: Tx, campaign: Row[Any], people: Sequence[Row[Any]]) -> list[Found]:
    """Return what became of these people (rows of `campaign_people`) by now; one statement.

    Who is still due, or was never to be reached, has no result.
    """
    reached = [one for one in people if one.at is not None]
    span = timedelta(days=campaign.result_days)
    rows = [
        [
            one.customer_id,
            one.conversation_id,
            one.identity_id,
            one.interaction_id,
            tx_time(tx, one.at),
            tx_time(tx, one.at + span),
        ]
        for one in reached
    ]
    news = (
        {row.customer_id: row for row in _RESULTS(tx, rows, campaign=campaign.id)} if rows else {}
    )
    return [_found(campaign, one, news.get(one.customer_id)) for one in people]


def _found(campaign: Row[Any], one: Row[Any], news: Any) -> Found:
    if news is None:
        nothing = (None, None, None, None)
        return Found(campaign.id, one.customer_id, one.state, one.reason, *nothing)
    state, reason = one.state, one.reason
    if news.outcome == "failed":
        state, reason = PersonState.FAILED.value, news.reason
    elif news.outcome == "refused":
        state, reason = PersonState.SUPPRESSED.value, news.reason
    elif news.outcome == "sent":
        state, reason = PersonState.SENT.value, None
    return Found(
        campaign.id,
        one.customer_id,
        state,
        reason,
        read_time(news.replied_at),
        read_time(news.answered_at),
        news.score,
        read_time(news.ordered_at),
    )


_TO_COLLECT = Look(
    select(campaigns)
    .where(campaigns.c.collect_at.is_not(None), campaigns.c.collect_at <= NOW)
    .order_by(campaigns.c.collect_at)
    .limit(LIMIT)
    .with_for_update(skip_locked=True)
)


def fire_due_results(tx: Tx, now: datetime, limit: int) -> int:
    """Collect the results of the next page of people of a campaign; return how many were looked at.

    Once everybody was, it begins anew a while later, until nothing can come any more.
    """
    found = _TO_COLLECT(tx, now, 1)
    if not found:
        return 0
    row = found[0]
    most = min(limit, _PAGE)
    person = campaign_people.c
    people = tx.execute(
        select(campaign_people)
        .where(person.campaign_id == row.id, person.customer_id > (row.collected_to or ""))
        .order_by(person.customer_id)
        .limit(most)
    ).all()
    before = {
        one.customer_id: Found(*(getattr(one, name) for name in Found._fields)) for one in people
    }
    reached = [one for one in people if one.at is not None]
    changed = [one for one in results_of(tx, row, reached) if one != before[one.customer_id]]
    update_values(tx, campaign_people, Found._fields, changed, keys=2)
    if len(people) == most:
        values = {"collected_to": people[-1].customer_id}
    else:
        values = {"collected_to": None, "collected_at": now, "collect_at": _next_time(row, now)}
        tx.hint("campaign.changed", row.id)
    tx.execute(update(campaigns).where(campaigns.c.id == row.id).values(**values))
    return len(people)


def _next_time(row: Row[Any], now: datetime) -> datetime | None:
    """Return when to look again: None once no result can come any more."""
    over = row.finished_at
    if over is not None and now > over + timedelta(days=row.result_days) + _AFTER:
        return None
    return now + _AGAIN


# ---- the report --------------------------------------------------------------------------------


class Share(NamedTuple):
    """`good` of the arm's `n`. Under MIN_RESULTS there is no rate, and no interval."""

    good: int
    rate: float | None = None
    low: float | None = None
    high: float | None = None


class Against(NamedTuple):
    """By how much more of this arm than of the hold-out ordered, and how sure that is."""

    difference: float
    low: float
    high: float


class ArmReport(NamedTuple):
    """`n`: who was written to, arrived or not; of the hold-out who would have been."""

    key: str
    share: int
    holdout: bool
    n: int
    failed: int
    waiting: int
    suppressed: int
    replied: Share
    answered: Share
    ordered: Share
    mean_score: float | None
    against: Against | None


class Report(NamedTuple):
    """`suppressed`: how many for which reason, over all arms."""

    arms: list[ArmReport]
    suppressed: dict[str, int]
    collected_at: datetime | None


def report_of(tx: Tx, campaign: Row[Any], arms: Sequence[Arm]) -> Report:
    """Return what came of each arm, as it was collected last; one statement."""
    table = campaign_people.c
    rows = tx.execute(
        select(
            table.arm,
            table.state,
            case((table.state == PersonState.SUPPRESSED, table.reason), else_=None).label("why"),
            func.count().label("n"),
            func.count(table.replied_at).label("replied"),
            func.count(table.answered_at).label("answered"),
            func.count(table.ordered_at).label("ordered"),
            func.count(table.score).label("scores"),
            func.sum(table.score).label("total"),
        )
        .where(table.campaign_id == campaign.id)
        .group_by(table.arm, table.state, "why")
    ).all()
    suppressed: dict[str, int] = {}
    for row in rows:
        if row.state == PersonState.SUPPRESSED:
            why = row.why or Reason.STOPPED
            suppressed[why] = suppressed.get(why, 0) + row.n
    by_arm = [(arm, [row for row in rows if row.arm == arm.key]) for arm in arms]
    base = next((_ordered(of) for arm, of in by_arm if arm.holdout), None)
    return Report([_arm(arm, of, base) for arm, of in by_arm], suppressed, campaign.collected_at)


def _ordered(rows: Sequence[Row[Any]]) -> tuple[int, int]:
    """Return how many of how many ordered."""
    reached = [row for row in rows if row.state in _REACHED]
    return sum(row.ordered for row in reached), sum(row.n for row in reached)


def _arm(arm: Arm, rows: Sequence[Row[Any]], base: tuple[int, int] | None) -> ArmReport:
    def people(*states: PersonState) -> int:
        return sum(row.n for row in rows if row.state in states)

    reached = [row for row in rows if row.state in _REACHED]
    ordered, n = _ordered(rows)
    scores = sum(row.scores for row in reached)
    mean = sum(row.total or 0 for row in reached) / scores if scores >= MIN_RESULTS else None
    against = None
    if base is not None and not arm.holdout and min(n, base[1]) >= MIN_RESULTS:
        against = Against(*difference((ordered, n), base))
    return ArmReport(
        key=arm.key,
        share=arm.share,
        holdout=arm.holdout,
        n=n,
        failed=people(PersonState.FAILED),
        waiting=people(PersonState.DUE, PersonState.LISTED),
        suppressed=people(PersonState.SUPPRESSED),
        replied=share_of(sum(row.replied for row in reached), n),
        answered=share_of(sum(row.answered for row in reached), n),
        ordered=share_of(ordered, n),
        mean_score=mean,
        against=against,
    )


def share_of(good: int, n: int) -> Share:
    """Return the share with its 95 % interval; none of fewer than MIN_RESULTS."""
    return Share(good, good / n, *wilson(good, n)) if n >= MIN_RESULTS else Share(good)
