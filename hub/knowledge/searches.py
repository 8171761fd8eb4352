"""What was looked for: kept, so that gaps are seen, and forgotten again."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, delete, insert, select, update

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
    """`place`: console, widget, help. `hits`: how many articles were found.

    `continues`: the search that this one goes on from, where nobody is known by a user id.
    """

    place: str
    words: str
    language: str
    hits: int
    user_id: str | None = None
    contact_id: str | None = None
    continues: str | None = None


class Opened(NamedTuple):
    """What a search led to: the article that was opened from its list."""

    search_id: str
    article_id: str


async def keep_search(store: Store, search: Search) -> str | None:
    """Keep a search, if the database takes it: nobody's answer waits for want of that.

    Returns the id of what is kept.
    """
    try:
        return await store.write(log_search, search)
    except Unavailable as error:
        log.info("a search is not kept: %s", error.message)
        return None


def log_search(tx: Tx, search: Search) -> str | None:
    """Keep a search and return its id; of words that are still being typed only the last counts."""
    words = " ".join(search.words.replace("\x00", " ").split())[:MAX_WORDS]
    if not words:
        return None
    last = _find_last(tx, search)
    if last is not None and (words.startswith(last.words) or last.words.startswith(words)):
        tx.execute(
            update(knowledge_searches)
            .where(knowledge_searches.c.id == last.id)
            .values(at=tx.now, words=words, hits=search.hits, language=search.language or None)
        )
        kept: str = last.id
        return kept
    kept = new_id()
    tx.execute(
        insert(knowledge_searches).values(
            id=kept,
            at=tx.now,
            place=search.place,
            language=search.language or None,
            words=words,
            hits=search.hits,
            contact_id=search.contact_id,
            user_id=search.user_id,
        )
    )
    return kept


def note_opened(tx: Tx, opened: Opened) -> None:
    """A customer opened an article from the list of a search: the search found it."""
    table = knowledge_searches.c
    tx.execute(
        update(knowledge_searches)
        .where(
            table.id == opened.search_id,
            table.user_id.is_(None),
            table.at > tx.now - _SOON,
            table.clicked_article_id.is_(None),
        )
        .values(clicked_article_id=opened.article_id)
    )


def _find_last(tx: Tx, search: Search) -> Row[Any] | None:
    """What the same person looked for a moment ago."""
    table = knowledge_searches.c
    recent = select(table.id, table.words).where(table.at > tx.now - _SAME)
    if search.user_id is not None:
        mine = recent.where(table.user_id == search.user_id)
        return tx.execute(mine.order_by(table.at.desc(), table.id.desc()).limit(1)).first()
    if search.continues is None:
        return None
    return tx.execute(
        recent.where(
            table.id == search.continues, table.place == search.place, table.user_id.is_(None)
        )
    ).first()


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
