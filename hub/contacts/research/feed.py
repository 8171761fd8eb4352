"""Answers that other systems collected: shops' own surveys, market research, campaigns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any, NamedTuple

from msgspec import Meta

from hub.customers.business import check
from hub.customers.business.feed_rows import FeedKind, Moment, Refused, reader
from hub.customers.business.feeds import note_rows
from hub.customers.business.orders import Put, PutDone
from hub.customers.business.people import ERASED, customers_by_external_id, lock_rows
from hub.customers.business.rows import MAX_TEXT
from hub.customers.business.versions import RowOutcome
from hub.customers.card_numbers import hider
from hub.customers.identify import DefaultTier
from hub.customers.imports.model import Reason
from hub.customers.model import IdentityKind
from hub.storage import Tx
from hub.storage.bulk import Statement, read_time, update_values
from hub.web.shapes import Body

from .model import BEST, SATISFACTION, WORST
from .recovery import AimOf
from .service import NewAnswer, add_up_again, keep_answers, open_lows, tell_customers
from .tables import survey_answers

MAX_KEY = 64
MOST_SCORE = 1_000  # of questions of one's own


class AnswerBody(Body, frozen=True, kw_only=True):
    """One answer to one question. `question` "satisfaction" (1 worst to 5 best) is what counts as
    satisfaction; others have scales of their own. A score, words, or both.
    """

    external_id: str
    customer_external_id: str
    survey: str
    answered_at: Moment
    question: str = SATISFACTION
    score: Annotated[int, Meta(ge=-MOST_SCORE, le=MOST_SCORE)] | None = None
    text: str | None = None
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A row of AnswerBody, checked."""

    external_id: str
    customer: str
    survey: str
    question: str
    score: int | None
    text: str | None
    campaign: str | None
    answered_at: datetime


class PutAnswers(NamedTuple):
    """Rows of one source, in the order they came."""

    source: str
    rows: Sequence[Answer]
    default_tier: DefaultTier
    aim_of: AimOf


def answers_kind(aim_of: AimOf) -> FeedKind[Answer]:
    """Return the kind of rows; `aim_of`: whose job a dissatisfied customer is."""
    return FeedKind(
        "answers",
        reader(AnswerBody, _answer),
        lambda tx, source, rows, tier: put_answers(tx, PutAnswers(source, rows, tier, aim_of)),
    )


def _answer(row: AnswerBody, zone: str) -> Answer | Refused:
    checks = check.Checks()
    answered_at = checks.take(check.check_time(row.answered_at, zone, "answered_at"))
    answer = Answer(
        external_id=checks.take(check.check_id(row.external_id, "external_id")) or "",
        customer=checks.take(check.check_customer(row.customer_external_id)) or "",
        survey=checks.take(check.check_id(row.survey, "survey", MAX_KEY)) or "",
        question=checks.take(check.check_id(row.question, "question", MAX_KEY)) or "",
        score=row.score,
        text=checks.maybe(row.text, lambda text: check.check_text(text, "text", MAX_TEXT)),
        campaign=checks.maybe(row.campaign, partial(check.check_id, column="campaign", limit=64)),
        answered_at=answered_at or datetime.min.replace(tzinfo=UTC),
    )
    if row.score is None and not answer.text:
        checks.reasons.append(Reason("answer.empty", "An answer has a score or words.", "score"))
    scored = row.question == SATISFACTION and row.score is not None
    if scored and not WORST <= (row.score or 0) <= BEST:
        checks.reasons.append(
            Reason("score.not_one", f"Satisfaction is {WORST} (worst) to {BEST} (best).", "score")
        )
    return tuple(checks.reasons) or answer


_FIND = Statement("""
SELECT a.id, a.external_id, a.identity_id, a.survey_key, a.question_key, a.score, a.answer,
       a.campaign_id, a.at
FROM {rows} JOIN survey_answers a ON a.source = {text 1} AND a.external_id = {text 0}
""")
_IDENTITIES = Statement("""
SELECT i.value_norm, i.customer_id, i.id
FROM {rows} JOIN customer_identities i ON i.kind = {text 1} AND i.value_norm = {text 0}
WHERE i.status <> 'removed' ORDER BY i.id
""")
_CHANGED = ("id", "identity_id", "survey_key", "question_key", "score", "answer", "at")
# Clocks differ, and a date alone is read by our zone: what is further ahead has not been answered.
_AHEAD = timedelta(days=1)
_TO_COME = Reason("answered_at.to_come", "`answered_at` lies in the future.", "answered_at")


def put_answers(tx: Tx, cmd: PutAnswers) -> PutDone:
    """Keep answers, each known by its external id: the same again changes nothing, another of that
    name corrects it, and what is of somebody who was erased is refused. What they add up to, and
    recoveries, as of every answer.
    """
    lock_rows(tx, [f"business:answers:{cmd.source}"])
    past = [row for row in cmd.rows if row.answered_at <= tx.now + _AHEAD]
    wanted = {row.customer for row in past}
    people, made = customers_by_external_id(tx, cmd.source, wanted, cmd.default_tier)
    of_customer = _identities(tx, {key: owner.today for key, owner in people.items()})
    before = {row.external_id: row for row in _FIND(tx, _keys(cmd))}
    hide = hider(tx)
    rows = {
        row.external_id: _new(cmd.source, row, of_customer[row.customer], hide)
        for row in past
        if row.customer in people
    }
    new = [one for key, one in rows.items() if key not in before]
    changed = [
        (before[key], one)
        for key, one in rows.items()
        if key in before and _differs(before[key], one)
    ]
    ids = {row.external_id: row.id for row in before.values()}
    kept = keep_answers(tx, new, cmd.aim_of)
    ids |= {str(one.external_id): id_ for one, id_ in zip(new, kept, strict=True)}
    _correct(tx, changed, cmd.aim_of)
    note_rows(tx, cmd.source, len(cmd.rows))
    corrected = {one.external_id for _, one in changed}
    results: list[Put] = []
    seen: set[str] = set()
    for row in cmd.rows:
        key = row.external_id
        if row.answered_at > tx.now + _AHEAD:
            results.append(Put(RowOutcome.REFUSED, None, (_TO_COME,)))
            continue
        if row.customer not in people:
            results.append(Put(RowOutcome.REFUSED, None, (ERASED,)))
            continue
        outcome = RowOutcome.CREATED if key not in before else RowOutcome.UNCHANGED
        if key in seen:
            outcome = RowOutcome.UNCHANGED  # twice in one delivery: the last one counts
        elif key in corrected:
            outcome = RowOutcome.UPDATED
        seen.add(key)
        results.append(Put(outcome, ids[key]))
    return PutDone(results, made)


def _keys(cmd: PutAnswers) -> list[list[str]]:
    return [[key, cmd.source] for key in sorted({row.external_id for row in cmd.rows})]


def _identities(tx: Tx, people: dict[str, str]) -> dict[str, str]:
    """Return, by external id, the address itself: what was answered belongs to it."""
    rows = _IDENTITIES(tx, [[value, IdentityKind.EXTERNAL] for value in sorted(people)])
    found: dict[str, str] = {}
    for row in rows:
        if people.get(row.value_norm) == row.customer_id:
            found.setdefault(row.value_norm, row.id)
    return found


def _new(source: str, row: Answer, identity_id: str, hide: Callable[[str], str]) -> NewAnswer:
    return NewAnswer(
        identity_id=identity_id,
        survey_key=row.survey,
        question_key=row.question,
        score=row.score,
        answer=hide(row.text) if row.text else row.text,
        at=row.answered_at,
        source=source,
        campaign_id=row.campaign,
        external_id=row.external_id,
    )


def _differs(row: Any, one: NewAnswer) -> bool:  # Any: a row of _FIND
    known = (
        row.survey_key,
        row.question_key,
        row.score,
        row.answer,
        row.campaign_id,
        read_time(row.at),
    )
    return known != (
        one.survey_key,
        one.question_key,
        one.score,
        one.answer,
        one.campaign_id,
        one.at,
    )


def _correct(tx: Tx, changed: Sequence[tuple[Any, NewAnswer]], aim_of: AimOf) -> None:
    if not changed:
        return
    update_values(
        tx,
        survey_answers,
        (*_CHANGED, "campaign_id"),
        [
            (
                row.id,
                one.identity_id,
                one.survey_key,
                one.question_key,
                one.score,
                one.answer,
                one.at,
                one.campaign_id,
            )
            for row, one in changed
        ],
    )
    touched = {row.identity_id for row, _ in changed} | {one.identity_id for _, one in changed}
    add_up_again(tx, touched)
    open_lows(tx, [one for _, one in changed], aim_of)
    tell_customers(tx, touched)
