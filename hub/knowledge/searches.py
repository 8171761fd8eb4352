"""What was looked for: kept, so that gaps are seen, and forgotten again."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update

from hub.core.errors import Unavailable
from hub.core.ids import new_id
from hub.customers.settings import load_customer_settings
from hub.storage import Store, Tx

from .tables import knowledge_searches

log = logging.getLogger(__name__)

_SAME = timedelta(seconds=20)  # who types on still looks for the same
_SOON = timedelta(minutes=10)  # what is used so soon after a search was found by it
MAX_WORDS = 200


class Search(NamedTuple):
    """`place`: console, widget, help. `hits`: how many articles were found."""

    place: str
    words: str
    language: str
    hits: int
    user_id: str | None = None
    contact_id: str | None = None


async def keep_search(store: Store, search: Search) -> None:
    """Keep a search, if the database takes it: nobody's answer waits for want of that."""
    try:
        await store.write(log_search, search)
    except Unavailable as error:
        log.info("a search is not kept: %s", error.message)


def log_search(tx: Tx, search: Search) -> None:
    """Keep a search; of words that are still being typed only the last counts."""
    words = " ".join(search.words.replace("\x00", " ").split())[:MAX_WORDS]
    if not words:
        return
    table = knowledge_searches.c
    if search.user_id is not None:
        last = tx.execute(
            select(table.id, table.words)
            .where(table.user_id == search.user_id, table.at > tx.now - _SAME)
            .order_by(table.at.desc(), table.id.desc())
            .limit(1)
        ).first()
        if last is not None and (words.startswith(last.words) or last.words.startswith(words)):
            tx.execute(
                update(knowledge_searches)
                .where(table.id == last.id)
                .values(at=tx.now, words=words, hits=search.hits, language=search.language or None)
            )
            return
    tx.execute(
        insert(knowledge_searches).values(
            id=new_id(),
            at=tx.now,
            place=search.place,
            language=search.language or None,
            words=words,
            hits=search.hits,
            contact_id=search.contact_id,
            user_id=search.user_id,
        )
    )


def note_found(tx: Tx, user_id: str | None, article_id: str) -> None:
    """The search somebody made just before using an article found it."""
    if user_id is None:
        return
    table = knowledge_searches.c
    last = tx.execute(
        select(table.id)
        .where(
            table.user_id == user_id,
            table.at > tx.now - _SOON,
            table.clicked_article_id.is_(None),
        )
        .order_by(table.at.desc(), table.id.desc())
        .limit(1)
    ).scalar()
    if last is not None:
        tx.execute(
            update(knowledge_searches).where(table.id == last).values(clicked_article_id=article_id)
        )


def forget_searches(tx: Tx, now: datetime, limit: int) -> int:
    """Remove searches that are older than the set-up says; return how many."""
    days = load_customer_settings(tx).knowledge.forget_searches_days
    table = knowledge_searches.c
    old = list(
        tx.execute(
            select(table.id)
            .where(table.at < now - timedelta(days=days))
            .order_by(table.at)
            .limit(limit)
        ).scalars()
    )
    if old:
        tx.execute(delete(knowledge_searches).where(table.id.in_(old)))
    return len(old)
