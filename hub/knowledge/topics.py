"""Topics that customers ask about and no article answers: many contacts become one draft."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, exists, insert, or_, select, update

from hub.accounts.model import SYSTEM
from hub.contacts.model import ContactState, Direction, EndedAs, InteractionKind
from hub.contacts.tables import contacts, interactions
from hub.core.errors import NotFound
from hub.core.ids import new_id
from hub.storage import Store, Tx

from .cases import read_case
from .clusters import Asked, Cluster, cluster
from .model import Audience, Outcome
from .service import MAX_ANSWER, MAX_QUESTION, WriteArticle, write_article
from .suggesting.lookup import Question, find_suggestions
from .suggesting.words import words_of
from .tables import article_links, draft_clusters

_DAYS = 30
_MOST = 3_000  # of the newest contacts
_PAGE = 200
_KEPT_SAMPLE = 50
_KNOWN = 2_000  # topics that are compared: years of them
_MAX_WORDS = 200
_NUMBER = re.compile(r"\d[\d -]{4,}\d")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_WRITTEN = (InteractionKind.MESSAGE, InteractionKind.FAX, InteractionKind.VOICEMAIL)


class _Page(NamedTuple):
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Topic:
    """`known`: it is one that is kept already; else the draft that is to be made."""

    found: Cluster
    known: Row[Any] | None = None
    language: str | None = None
    contact_id: str = ""
    question: str = ""
    answer: str = ""


async def draft_topics(store: Store) -> int:
    """Make drafts of topics that came up since last time; return how many."""
    ids = await store.read(_unanswered, None)
    asked: list[Asked] = []
    for start in range(0, len(ids), _PAGE):
        asked += await store.read(_questions, _Page(tuple(ids[start : start + _PAGE])))
    made = 0
    for found in await asyncio.to_thread(cluster, asked):
        topic = await store.read(_look_at, found)  # the long part, and no work for the writer
        if topic is not None:
            made += await store.write_bulk(_keep_topic, topic)
    return made


def _unanswered(tx: Tx, _: None) -> list[str]:
    """Contacts that were handled, used no article, and were not said to need none."""
    table = contacts.c
    return list(
        tx.execute(
            select(table.id)
            .where(
                table.state == ContactState.CLOSED,
                table.last_message_at > tx.now - timedelta(days=_DAYS),
                table.ended_as == EndedAs.HANDLED,
                or_(table.knowledge_outcome.is_(None), table.knowledge_outcome == Outcome.MISSING),
                ~exists().where(article_links.c.contact_id == table.id),
            )
            .order_by(table.last_message_at.desc(), table.id.desc())
            .limit(_MOST)
        ).scalars()
    )


def _questions(tx: Tx, page: _Page) -> list[Asked]:
    rows = tx.execute(
        select(contacts.c.id, contacts.c.subject, interactions.c.text)
        .join(interactions, interactions.c.conversation_id == contacts.c.conversation_id)
        .where(
            contacts.c.id.in_(page.ids),
            interactions.c.contact_id == contacts.c.id,
            interactions.c.kind.in_(_WRITTEN),
            interactions.c.direction == Direction.INBOUND,
        )
        .order_by(contacts.c.id, interactions.c.seq)
    )
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if not texts[row.id]:
            texts[row.id].append(row.subject or "")
        texts[row.id].append(row.text)
    return [Asked(name, words_of("\n".join(said))) for name, said in texts.items()]


def _look_at(tx: Tx, found: Cluster) -> _Topic | None:
    """What is to be kept of a topic; None where an article answers it."""
    before = _same_topic(tx, found)
    if before is not None:
        return _Topic(found, known=before)
    contact_id, case = found.contacts[0], None
    for contact_id in found.contacts[:3]:
        case = read_case(tx, contact_id)
        if case.answer:
            break
    language = tx.execute(
        select(contacts.c.language).where(contacts.c.id == contact_id)
    ).scalar_one_or_none()
    if case is None or find_suggestions(tx, Question(case.question, language, contact_id)).found:
        return None
    return _Topic(
        found,
        language=language,
        contact_id=contact_id,
        question=_masked(" ".join(case.question.split()))[:MAX_QUESTION],
        answer=_masked(case.answer)[:MAX_ANSWER],
    )


def _keep_topic(tx: Tx, topic: _Topic) -> int:
    """Make the draft of a new topic, or keep who asks about a known one; return how many."""
    found = topic.found
    values = {"contacts": len(found.contacts), "sample": list(found.contacts[:_KEPT_SAMPLE])}
    if topic.known is not None:
        values["contacts"] = max(topic.known.contacts, len(found.contacts))
        tx.execute(
            update(draft_clusters).where(draft_clusters.c.id == topic.known.id).values(**values)
        )
        return 0
    article_id = None
    if topic.question and topic.answer:
        article_id = write_article(
            tx,
            WriteArticle(
                actor=SYSTEM,
                language=topic.language or "en",
                question=topic.question,
                answer=topic.answer,
                audience=Audience.INTERNAL,
                source_contact_id=topic.contact_id,
            ),
        )
    tx.execute(
        insert(draft_clusters).values(
            id=new_id(),
            words=" ".join(found.words)[:_MAX_WORDS],
            language=topic.language,
            article_id=article_id,
            made_at=tx.now,
            **values,
        )
    )
    return 1


def dismiss_topic(tx: Tx, topic_id: str) -> None:
    """It needs no article. Raises NotFound."""
    changed = tx.execute(
        update(draft_clusters).where(draft_clusters.c.id == topic_id).values(dismissed_at=tx.now)
    )
    if changed.rowcount != 1:
        raise NotFound("There is no such topic.")


def _same_topic(tx: Tx, found: Cluster) -> Row[Any] | None:
    """The topic that this is, dismissed or not, however long ago it was made.

    It holds some of these contacts, which it does from night to night while they ask; or, after
    they asked no more for a while, half of the words that name it.
    """
    table = draft_clusters.c
    known: Sequence[Row[Any]] = tx.execute(
        select(table.id, table.words, table.contacts, table.sample)
        .order_by(table.made_at.desc(), table.id.desc())
        .limit(_KNOWN)
    ).all()
    ids = set(found.contacts)
    named = set(" ".join(found.words)[:_MAX_WORDS].split())
    holds = (row for row in known if ids & set(row.sample))
    return next(holds, None) or next((row for row in known if _alike(named, row.words)), None)


def _alike(named: set[str], words: str) -> bool:
    other = set(words.split())
    shared = len(named & other)
    return shared > 0 and 2 * shared >= max(len(named), len(other))


def _masked(text: str) -> str:
    """Without numbers and addresses, which are one customer's."""
    return _ADDRESS.sub("…", _NUMBER.sub("…", text))
