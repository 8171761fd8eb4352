"""What is shown of a customer's satisfaction, and whom a contact names besides us."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, func, select

from hub.contacts.access import Sight
from hub.contacts.model import Direction, InteractionKind
from hub.contacts.tables import contacts, interactions
from hub.customers.competitors import Mention, find_mentions, names_of
from hub.customers.fact_reads import facts_about
from hub.customers.reads import identity_ids_of, same_customer_ids
from hub.customers.settings import load_customer_settings
from hub.customers.tables import identities
from hub.customers.views import FactView
from hub.storage import Tx
from hub.web.shapes import View

from .model import RECENT, SATISFACTION, Trend, Zone, trend_of, zone_of
from .tables import customer_satisfaction, survey_answers

_SHOWN = 20
_MESSAGES = 100  # of a contact, the newest, that are looked at for names
_SAID = {Trend.FALLS: "falls", Trend.STAYS: "stays", Trend.RISES: "rises"}
# What supervisors are told of a zone; agents are told none.
_ZONES = {Zone.DEFECTOR: "at_risk", Zone.INDIFFERENT: "indifferent", Zone.LOYAL: "loyal"}


class SatisfactionBrief(View, frozen=True, kw_only=True):
    """`mean`: of all scores, 1 worst to 5 best. `trend`: the last against the three before it:
    falls, stays, rises. `zone`: for supervisors: at_risk, indifferent, loyal. All null where they
    were never asked, or never answered.
    """

    n: int
    mean: float | None
    last: int | None
    last_at: datetime | None
    trend: str | None
    zone: str | None


class AnswerView(View, frozen=True, kw_only=True):
    """`text` and `contact_id` are left out where it was said in a contact that the reader may not
    see.
    """

    id: str
    survey: str
    question: str
    score: int | None
    text: str | None
    source: str
    contact_id: str | None
    campaign_id: str | None
    at: datetime


class SatisfactionView(SatisfactionBrief, frozen=True, kw_only=True):
    """`recent`: the newest scores, newest first."""

    recent: list[int]
    answers: list[AnswerView]


class NamedCompetitor(View, frozen=True, kw_only=True):
    """A competitor that the customer names in a contact: where, in which sentence, and what is
    known of this customer and them.
    """

    competitor_id: str
    name: str
    sentence: str
    interaction_id: str
    at: datetime
    facts: list[FactView]


class ShowSatisfaction(NamedTuple):
    """`steers`: a supervisor reads."""

    sight: Sight
    customer_id: str
    steers: bool


def brief_satisfaction(tx: Tx, ids: Sequence[str], *, steers: bool) -> SatisfactionBrief:
    """Return what the scores of these addresses add up to. Two statements."""
    table = customer_satisfaction.c
    sums = tx.execute(
        select(func.sum(table.n).label("n"), func.sum(table.total).label("total")).where(
            table.identity_id.in_(ids)
        )
    ).one()
    n = int(sums.n or 0)
    newest = _newest(tx, ids) if n else []
    scores = [score for score, _ in newest]
    return SatisfactionBrief(
        n=n,
        mean=round(int(sums.total) / n, 2) if n else None,
        last=scores[0] if scores else None,
        last_at=newest[0][1] if newest else None,
        trend=_SAID[trend_of(scores)] if scores else None,
        zone=_ZONES[zone_of(scores[0])] if scores and steers else None,
    )


def show_satisfaction(tx: Tx, ask: ShowSatisfaction) -> SatisfactionView:
    """Return what all addresses of a customer add up to. Five statements."""
    ids = identity_ids_of(tx, ask.customer_id)
    brief = brief_satisfaction(tx, ids, steers=ask.steers)
    return SatisfactionView(
        **msgspec.structs.asdict(brief),
        recent=[score for score, _ in _newest(tx, ids)] if brief.n else [],
        answers=_answers(tx, ask.sight, ids),
    )


def _newest(tx: Tx, ids: Sequence[str]) -> list[tuple[int, datetime]]:
    table = survey_answers.c
    rows = tx.execute(
        select(table.score, table.at)
        .where(
            table.identity_id.in_(ids),
            table.question_key == SATISFACTION,
            table.score.is_not(None),
        )
        .order_by(table.at.desc(), table.id.desc())
        .limit(RECENT)
    )
    return [(row.score, row.at) for row in rows]


def _answers(tx: Tx, sight: Sight, ids: Sequence[str]) -> list[AnswerView]:
    table = survey_answers.c
    rows = tx.execute(
        select(survey_answers, contacts.c.queue_id, contacts.c.agent_id)
        .outerjoin(contacts, contacts.c.id == table.contact_id)
        .where(table.identity_id.in_(ids))
        .order_by(table.at.desc(), table.id.desc())
        .limit(_SHOWN)
    )
    return [_answer(row, sees=_sees(sight, row)) for row in rows]


def _sees(sight: Sight, row: Row[Any]) -> bool:
    return row.contact_id is None or sight.sees(row.queue_id, row.agent_id, row.contact_id)


def _answer(row: Row[Any], *, sees: bool) -> AnswerView:
    return AnswerView(
        id=row.id,
        survey=row.survey_key,
        question=row.question_key,
        score=row.score,
        text=row.answer if sees else None,
        source=row.source,
        contact_id=row.contact_id if sees else None,
        campaign_id=row.campaign_id,
        at=row.at,
    )


def named_in(tx: Tx, asked: tuple[str, str]) -> list[NamedCompetitor]:
    """Return whom the customer (identity) names in a contact, (contact id, identity id) of which
    the reader may see: each once, where it was named last. At most five statements.
    """
    contact_id, identity_id = asked
    names = names_of(load_customer_settings(tx).competitors)
    if not names:
        return []
    table = interactions.c
    conversation = select(contacts.c.conversation_id).where(contacts.c.id == contact_id)
    rows = tx.execute(
        select(table.id, table.at, table.subject, table.text)
        .where(
            table.conversation_id == conversation.scalar_subquery(),
            table.contact_id == contact_id,
            table.direction == Direction.INBOUND,
            table.kind.in_([InteractionKind.MESSAGE, InteractionKind.VOICEMAIL]),
        )
        .order_by(table.at.desc(), table.id.desc())
        .limit(_MESSAGES)
    ).all()
    found: dict[str, tuple[str, datetime, Mention]] = {}
    for row in rows:
        for one in find_mentions(f"{row.subject or ''}\n{row.text}", names):
            found.setdefault(one.competitor_id, (row.id, row.at, one))
    if not found:
        return []
    owner = tx.execute(
        select(identities.c.customer_id).where(identities.c.id == identity_id)
    ).scalar_one()
    known = facts_about(tx, same_customer_ids(tx, owner), found)
    return [
        NamedCompetitor(
            competitor_id=key,
            name=mention.name,
            sentence=mention.sentence,
            interaction_id=interaction_id,
            at=at,
            facts=known.get(key, []),
        )
        for key, (interaction_id, at, mention) in found.items()
    ]
