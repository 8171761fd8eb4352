"""What indicators count: a statement for each numerator and denominator, over the live tables.

Each gives the rows behind the figure: `id`, `at`, `customer_id` (who they are today), and what a
list of them shows: `label`, `amount_minor`, `currency`. The figure is how many rows there are, or
the sum of their amounts (of pages, whose "currency" is "pages").
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    String,
    Subquery,
    Table,
    and_,
    cast,
    func,
    literal_column,
    not_,
    null,
    or_,
    select,
)

from hub.contacts.commitments.model import VISITS, CommitmentKind, CommitmentState
from hub.contacts.commitments.tables import commitments
from hub.contacts.complaints.tables import complaints
from hub.contacts.model import InteractionKind
from hub.contacts.research.model import SATISFACTION
from hub.contacts.research.tables import survey_answers
from hub.contacts.tables import interactions
from hub.customers.business.model import CaseKind, OrderState
from hub.customers.business.tables import orders, service_cases
from hub.customers.lifecycle.model import Axis, Stage, Standing
from hub.customers.lifecycle.tables import stage_moves
from hub.customers.tables import customer_facts, customers, identities, organisation_roles
from hub.storage import in_words

from .model import Period

Side = Callable[[Period, datetime], Select[Any]]
"""Of the period and of now."""

SIGN_DAYS = 365
_LOW_SCORE = 2
SHOWN = 120  # characters of a text in a list
_AWAY = (Standing.DORMANT, Standing.LOST)
_NOT_SOLD = (OrderState.CANCELLED, OrderState.RETURNED)


def row_behind(
    row_id: Any, at: Any, customer_id: Any, label: Any = None, amount: Any = None, unit: Any = None
) -> Select[Any]:
    """Return a row behind a figure, as the head of this file has it."""
    return select(
        row_id.label("id"),
        at.label("at"),
        customer_id.label("customer_id"),
        cast(null() if label is None else label, String).label("label"),
        cast(null() if amount is None else amount, BigInteger).label("amount_minor"),
        cast(null() if unit is None else unit, String).label("currency"),
    )


def within(moment: Any, period: Period) -> ColumnElement[bool]:
    """Whether a moment is in the period."""
    return and_(moment >= period.begin, moment < period.end)


def _today(record: FromClause) -> Any:
    """Who a record is today."""
    return func.coalesce(record.c.merged_into_id, record.c.id)


def is_word(moment: Any, word: str) -> Any:
    """A condition in words and not by a parameter: SQLite uses indexes of some rows for these."""
    return moment == literal_column(f"'{word}'")


def known_customers(period: Period, _now: datetime) -> Select[Any]:
    """Customers of today at the end of the period."""
    who = customers.alias("who")
    return row_behind(who.c.id, who.c.created_at, who.c.id, who.c.source).where(
        who.c.merged_into_id.is_(None), who.c.archived_at.is_(None), who.c.created_at < period.end
    )


def new_customers(period: Period, _now: datetime) -> Select[Any]:
    """Customers of today who came in the period."""
    who = customers.alias("who")
    return row_behind(who.c.id, who.c.created_at, who.c.id, who.c.source).where(
        who.c.merged_into_id.is_(None), within(who.c.created_at, period)
    )


def _moved(axis: Axis, into: tuple[str, ...], period: Period) -> Select[Any]:
    """Customers who came to one of these states in the period, each with the first time.

    A first look finds where somebody stands already, so it is no move; but whoever came in the
    period came to their stage with it, too.
    """
    record = customers.alias("record")
    today = _today(record)
    before = stage_moves.c.before
    if axis is Axis.STAGE:
        came = or_(before.is_not(None), within(record.c.created_at, period))
    else:
        came = and_(before.is_not(None), before.not_in(into))
    return (
        row_behind(today, func.min(stage_moves.c.at), today, func.min(stage_moves.c.after))
        .select_from(stage_moves.join(record, record.c.id == stage_moves.c.customer_id))
        .where(
            stage_moves.c.axis == axis,
            stage_moves.c.after.in_(into),
            within(stage_moves.c.at, period),
            came,
        )
        .group_by(today)
    )


def _of_record(table: Table, who: Subquery, *conditions: ColumnElement[bool]) -> Any:
    """Whether a table of records has such a row of these customers, of today or merged."""
    merged = customers.alias("merged")
    own = select(table.c.customer_id).where(table.c.customer_id == who.c.customer_id, *conditions)
    others = (
        select(table.c.customer_id)
        .select_from(merged.join(table, table.c.customer_id == merged.c.id))
        .where(merged.c.merged_into_id == who.c.customer_id, *conditions)
    )
    return or_(own.correlate(who).exists(), others.correlate(who).exists())


def _of_address(table: Table, who: Subquery, *conditions: ColumnElement[bool]) -> Any:
    """Whether a table of addresses has such a row of these customers."""
    found = (
        select(table.c.identity_id)
        .select_from(identities.join(table, table.c.identity_id == identities.c.id))
        .where(identities.c.customer_id == who.c.customer_id, *conditions)
    )
    return found.correlate(who).exists()


def _same(who: Subquery) -> Select[Any]:
    return select(*who.c)


def entered(stage: Stage) -> Side:
    """Customers who came to a stage in the period."""
    return lambda period, _now: _moved(Axis.STAGE, (stage,), period)


def went_on(stage: Stage, then: Stage) -> Side:
    """Those of them who have come to the next since."""

    def side(period: Period, now: datetime) -> Select[Any]:
        who = entered(stage)(period, now).subquery("who")
        moved = stage_moves.c
        return _same(who).where(
            _of_record(
                stage_moves,
                who,
                moved.axis == Axis.STAGE,
                moved.after == then,
                moved.at >= who.c.at,
            )
        )

    return side


def _quoted(period: Period) -> ColumnElement[bool]:
    made = commitments.c
    return and_(
        is_word(made.kind, CommitmentKind.QUOTE),
        made.state != CommitmentState.WITHDRAWN,
        within(made.made_at, period),
    )


_PROMISES = commitments.join(identities, identities.c.id == commitments.c.identity_id)


def quotes(period: Period, _now: datetime) -> Select[Any]:
    """Quotes made in the period and not withdrawn."""
    made = commitments.c
    label = func.coalesce(made.product_name, func.substr(made.text, 1, SHOWN))
    row = row_behind(
        made.id, made.made_at, identities.c.customer_id, label, made.price_minor, made.currency
    )
    return row.select_from(_PROMISES).where(_quoted(period))


def quoted_customers(period: Period, _now: datetime) -> Select[Any]:
    """Customers who were given a quote in the period, each with the first time."""
    whose = identities.c.customer_id
    row = row_behind(whose, func.min(commitments.c.made_at), whose)
    return row.select_from(_PROMISES).where(_quoted(period)).group_by(whose)


def _ordered_since(who: Subquery) -> Any:
    sold = orders.c.state.not_in(_NOT_SOLD)
    return _of_record(orders, who, sold, orders.c.ordered_at >= who.c.at)


def quoted_who_ordered(period: Period, now: datetime) -> Select[Any]:
    """Those of them who have ordered since."""
    who = quoted_customers(period, now).subquery("who")
    return _same(who).where(_ordered_since(who))


_VISIT = is_word(interactions.c.kind, InteractionKind.VISIT)


def visits(period: Period, _now: datetime) -> Select[Any]:
    """Visits that were logged, made in the period."""
    met = interactions.c
    row = row_behind(met.id, met.at, identities.c.customer_id, func.substr(met.text, 1, SHOWN))
    joined = interactions.join(identities, identities.c.id == met.identity_id)
    return row.select_from(joined).where(_VISIT, within(met.at, period))


def due_visits(period: Period, now: datetime) -> Select[Any]:
    """Visits and repairs that were promised for a time in the period which has come."""
    made = commitments.c
    row = row_behind(
        made.id, made.due_at, identities.c.customer_id, func.substr(made.text, 1, SHOWN)
    )
    return row.select_from(_PROMISES).where(
        in_words(made.kind, sorted(VISITS)),
        made.state != CommitmentState.WITHDRAWN,
        within(made.due_at, period),
        or_(made.due_at <= now, made.state == CommitmentState.KEPT),
    )


def visits_in_time(period: Period, now: datetime) -> Select[Any]:
    """Those of them that were kept before they were due, and never missed before that."""
    made = commitments.c
    kept = made.state == CommitmentState.KEPT
    return due_visits(period, now).where(kept, made.first_broken_at.is_(None))


def deciders(period: Period, _now: datetime) -> Select[Any]:
    """Persons who decide in an organisation, known so by the end of the period."""
    record = customers.alias("record")
    today, role = _today(record), organisation_roles.c
    return (
        row_behind(today, func.min(role.created_at), today, func.min(role.role))
        .select_from(organisation_roles.join(record, record.c.id == role.person_id))
        .where(role.decides, role.created_at < period.end)
        .group_by(today)
    )


def deciders_met(period: Period, now: datetime) -> Select[Any]:
    """Those of them whom somebody visited in the period."""
    who = deciders(period, now).subquery("who")
    visited = _of_address(interactions, who, _VISIT, within(interactions.c.at, period))
    return _same(who).where(visited)


def scored(score: int) -> Side:
    """Customers whose last answer in the period is this score."""

    def side(period: Period, _now: datetime) -> Select[Any]:
        said = survey_answers.c
        newest = (
            func.row_number()
            .over(partition_by=identities.c.customer_id, order_by=[said.at.desc(), said.id.desc()])
            .label("place")
        )
        answers = (
            select(identities.c.customer_id, said.at, said.score, newest)
            .select_from(survey_answers.join(identities, identities.c.id == said.identity_id))
            .where(
                said.question_key == SATISFACTION,
                said.score.is_not(None),
                within(said.at, period),
            )
            .subquery("answers")
        )
        last = answers.c
        return row_behind(last.customer_id, last.at, last.customer_id).where(
            last.place == 1, last.score == score
        )

    return side


def scored_who_ordered(score: int) -> Side:
    """Those of them who have ordered again since."""

    def side(period: Period, now: datetime) -> Select[Any]:
        who = scored(score)(period, now).subquery("who")
        return _same(who).where(_ordered_since(who))

    return side


def went_away(period: Period, _now: datetime) -> Select[Any]:
    """Customers who became dormant or lost in the period."""
    return _moved(Axis.STANDING, _AWAY, period)


Sign = Callable[[Subquery, datetime], Any]


def _complained(who: Subquery, since: datetime) -> Any:
    at = complaints.c.opened_at
    return _of_address(complaints, who, at >= since, at <= who.c.at)


def _dissatisfied(who: Subquery, since: datetime) -> Any:
    said = survey_answers.c
    low = and_(said.question_key == SATISFACTION, said.score <= _LOW_SCORE)
    return _of_address(survey_answers, who, low, said.at >= since, said.at <= who.c.at)


def _broken(who: Subquery, since: datetime) -> Any:
    """For the first time or, after another time was agreed on, again."""
    times = (commitments.c.first_broken_at, commitments.c.broken_at)
    broken = or_(*(and_(at >= since, at <= who.c.at) for at in times))
    return _of_address(commitments, who, broken)


def _defect(who: Subquery, since: datetime) -> Any:
    told = service_cases.c
    defect = told.kind == CaseKind.DEFECT
    return _of_record(
        service_cases, who, defect, told.received_at >= since, told.received_at <= who.c.at
    )


def _competitor(who: Subquery, since: datetime) -> Any:
    fact = customer_facts.c
    named = and_(fact.competitor_id.is_not(None), fact.withdrawn_at.is_(None))
    return _of_record(
        customer_facts, who, named, fact.learned_at >= since, fact.learned_at <= who.c.at
    )


SIGNS: dict[str, Sign] = {
    "complaint": _complained,
    "dissatisfied": _dissatisfied,
    "broken": _broken,
    "defect": _defect,
    "competitor": _competitor,
}


def away_with(sign: str) -> Side:
    """Who went away, and had this sign before; "": who had none of them."""

    def side(period: Period, now: datetime) -> Select[Any]:
        who = went_away(period, now).subquery("who")
        since = period.begin - timedelta(days=SIGN_DAYS)
        if sign:
            return _same(who).where(SIGNS[sign](who, since))
        return _same(who).where(not_(or_(*(one(who, since) for one in SIGNS.values()))))

    return side
