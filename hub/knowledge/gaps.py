"""What is missing in the knowledge store: searched for in vain, said at closing, asked by many."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from hub.contacts.tables import contacts
from hub.storage import Tx
from hub.web.shapes import View

from .model import Outcome
from .tables import articles, draft_clusters, knowledge_searches

DAYS = 30
_SHOWN = 50
_LOOKED_AT = 2_000


class SearchGap(View, frozen=True):
    """Words that were looked for `times` times and that no article has."""

    words: str
    times: int
    places: list[str]
    last_at: datetime


class ContactGap(View, frozen=True):
    """A contact whose agent said that an article is missing, and which one."""

    contact_id: str
    reference: str
    subject: str | None
    note: str | None
    closed_at: datetime


class TopicGap(View, frozen=True):
    """`contacts` customers asked alike; `article_id` is the draft that was made of it, if any.

    `words`: those that they share, cut to their stems, for the eye of nobody. `question`: that of
    the draft, as one of them asked it.
    """

    id: str
    words: str
    question: str | None
    language: str | None
    contacts: int
    article_id: str | None
    made_at: datetime


class Gaps(View, frozen=True):
    """Of the last `days` days. `searches`: how many there were; `in_vain`: found nothing."""

    days: int
    searches: int
    in_vain: int
    searched: list[SearchGap]
    missing: list[ContactGap]
    topics: list[TopicGap]


def find_gaps(tx: Tx, seen: ColumnElement[bool]) -> Gaps:
    """Return what is missing. `seen`: the condition on contacts that keeps what may be seen."""
    since = tx.now - timedelta(days=DAYS)
    table = knowledge_searches.c
    every = tx.execute(select(func.count()).where(table.at > since)).scalar_one()
    vain = tx.execute(select(func.count()).where(table.at > since, table.hits == 0)).scalar_one()
    return Gaps(
        days=DAYS,
        searches=every,
        in_vain=vain,
        searched=_searched(tx, since),
        missing=_missing(tx, since, seen),
        topics=_topics(tx),
    )


def _searched(tx: Tx, since: datetime) -> list[SearchGap]:
    table = knowledge_searches.c
    newest = (
        select(table.words, table.place, table.at)
        .where(table.at > since, table.hits == 0)
        .order_by(table.at.desc(), table.id.desc())
        .limit(_LOOKED_AT)
    )
    found: dict[str, list[tuple[str, datetime]]] = {}
    for row in tx.execute(newest):
        found.setdefault(row.words.casefold(), []).append((row.place, row.at))
    gaps = [
        SearchGap(
            words=words,
            times=len(seen),
            places=sorted({place for place, _ in seen}),
            last_at=max(at for _, at in seen),
        )
        for words, seen in found.items()
    ]
    gaps.sort(key=lambda gap: (-gap.times, -gap.last_at.timestamp(), gap.words))
    return gaps[:_SHOWN]


def _missing(tx: Tx, since: datetime, seen: ColumnElement[bool]) -> list[ContactGap]:
    table = contacts.c
    rows = tx.execute(
        select(table.id, table.reference, table.subject, table.knowledge_note, table.closed_at)
        .where(table.knowledge_outcome == Outcome.MISSING, table.closed_at > since, seen)
        .order_by(table.closed_at.desc(), table.id.desc())
        .limit(_SHOWN)
    )
    return [
        ContactGap(
            contact_id=row.id,
            reference=row.reference,
            subject=row.subject,
            note=row.knowledge_note,
            closed_at=row.closed_at,
        )
        for row in rows
    ]


def _topics(tx: Tx) -> list[TopicGap]:
    table = draft_clusters.c
    rows = tx.execute(
        select(table.id, table.words, articles.c.question, table.language, table.contacts,
               table.article_id, table.made_at)
        .outerjoin(articles, articles.c.id == table.article_id)
        .where(table.dismissed_at.is_(None))
        .order_by(table.made_at.desc(), table.id.desc())
        .limit(_SHOWN)
    )  # fmt: skip
    return [TopicGap(**row._mapping) for row in rows]
