"""Topics that customers ask about and no article answers: many contacts become one draft."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
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
_NUMBER = re.compile(r"\d[\d -]{4,}\d")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_WRITTEN = (InteractionKind.MESSAGE, InteractionKind.FAX, InteractionKind.VOICEMAIL)


class _Page(NamedTuple):
    ids: tuple[str, ...]


async def draft_topics(store: Store) -> int:
    """Make drafts of topics that came up since last time; return how many."""
    ids = await store.read(_unanswered, None)
    asked: list[Asked] = []
    for start in range(0, len(ids), _PAGE):
        asked += await store.read(_questions, _Page(tuple(ids[start : start + _PAGE])))
    made = 0
    for found in cluster(asked):
        made += await store.write_bulk(make_topic, found)
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


def make_topic(tx: Tx, found: Cluster) -> int:
    """Make the draft of one topic; return 0 where it is known already or an article answers it."""
    before = _same_topic(tx, found)
    if before is not None:
        count = max(before.contacts, len(found.contacts))
        tx.execute(
            update(draft_clusters).where(draft_clusters.c.id == before.id).values(contacts=count)
        )
        return 0
    for contact_id in found.contacts[:3]:
        case = read_case(tx, contact_id)
        if case.answer:
            break
    contact = tx.execute(select(contacts).where(contacts.c.id == contact_id)).one()
    if find_suggestions(tx, Question(case.question, contact.language, contact_id)).found:
        return 0
    article_id = None
    question = _masked(" ".join(case.question.split()))[:MAX_QUESTION]
    if question and case.answer:
        article_id = write_article(
            tx,
            WriteArticle(
                actor=SYSTEM,
                language=contact.language or "en",
                question=question,
                answer=_masked(case.answer)[:MAX_ANSWER],
                audience=Audience.INTERNAL,
                source_contact_id=contact_id,
            ),
        )
    tx.execute(
        insert(draft_clusters).values(
            id=new_id(),
            words=" ".join(found.words)[:200],
            language=contact.language,
            contacts=len(found.contacts),
            sample=list(found.contacts[:_KEPT_SAMPLE]),
            article_id=article_id,
            made_at=tx.now,
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
    """The topic that holds some of these contacts already, dismissed or not."""
    recent: Sequence[Row[Any]] = tx.execute(
        select(draft_clusters)
        .where(draft_clusters.c.made_at > tx.now - timedelta(days=3 * _DAYS))
        .order_by(draft_clusters.c.made_at.desc(), draft_clusters.c.id.desc())
        .limit(500)
    ).all()
    ids = set(found.contacts)
    words = " ".join(found.words)[:200]
    return next((row for row in recent if row.words == words or ids & set(row.sample)), None)


def _masked(text: str) -> str:
    """Without numbers and addresses, which are one customer's."""
    return _ADDRESS.sub("…", _NUMBER.sub("…", text))
