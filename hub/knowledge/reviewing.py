"""What somebody should look at again: flagged, due, expired, out of date, proven, never used."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select, update

from hub.customers.settings import load_customer_settings
from hub.storage import Tx

from .model import USABLE, ArticleState
from .tables import article_links, articles

_VOTES = 3  # so many "did not help" more, and at least a third of all votes, flag an article
_UNUSED_DAYS = 180
_OWNED = 50
NOT_HELPFUL = "not_helpful"


class ReviewReason(StrEnum):
    FLAGGED = "flagged"
    DUE = "due"  # its day came, or enough colleagues were helped by it unchecked
    EXPIRED = "expired"
    OUT_OF_DATE = "out_of_date"  # another language was changed
    UNUSED = "unused"


class Position(msgspec.Struct, frozen=True, array_like=True):
    at: datetime
    id: str


class ListReviews(NamedTuple):
    reason: ReviewReason
    limit: int
    after: Position | None = None


def note_vote(tx: Tx, article_id: str, helpful: bool | None) -> None:
    """Flag an article that is said not to help; put one that helped unchecked on the list."""
    if helpful is None:
        return
    row = tx.execute(select(articles).where(articles.c.id == article_id)).one()
    if not helpful and votes_flag(row.helpful, row.not_helpful):
        changes: dict[str, Any] = {"flagged_at": tx.now, "flag_reason": NOT_HELPFUL}
    elif helpful and row.state == ArticleState.NOT_VALIDATED and row.review_due_at is None:
        agents = tx.execute(
            select(func.count(func.distinct(article_links.c.linked_by))).where(
                article_links.c.article_id == article_id, article_links.c.helpful.is_(True)
            )
        ).scalar_one()
        if agents < load_customer_settings(tx).knowledge.review_after_uses:
            return
        changes = {"review_due_at": tx.now}
    else:
        return
    tx.execute(update(articles).where(articles.c.id == article_id).values(**changes))
    tx.hint("article.to_review", article_id)


def votes_flag(helpful: int, not_helpful: int) -> bool:
    """Say whether the last vote, one against, flags an article: every third does so anew."""
    return not_helpful % _VOTES == 0 and not_helpful * 3 >= helpful + not_helpful > 0


def list_reviews(tx: Tx, ask: ListReviews) -> tuple[list[Any], Position | None]:
    """Return rows of articles to look at for one reason, the longest due first."""
    column, where = _due(ask.reason, tx.now)
    found = select(articles).where(where).order_by(column, articles.c.id).limit(ask.limit + 1)
    if ask.after is not None:
        at, last = ask.after.at, ask.after.id
        found = found.where(or_(column > at, and_(column == at, articles.c.id > last)))
    rows = tx.execute(found).all()
    shown = list(rows[: ask.limit])
    if len(rows) <= ask.limit:
        return shown, None
    return shown, Position(getattr(shown[-1], column.name), shown[-1].id)


def list_owned(tx: Tx, user_id: str) -> list[Any]:
    """Return rows of a user's own articles to look at for any reason but disuse, newest first."""
    due = [_due(reason, tx.now)[1] for reason in ReviewReason if reason is not ReviewReason.UNUSED]
    mine = select(articles).where(articles.c.owner_id == user_id, or_(*due))
    newest = mine.order_by(articles.c.updated_at.desc(), articles.c.id.desc())
    return list(tx.execute(newest.limit(_OWNED)).all())


def _due(reason: ReviewReason, now: datetime) -> tuple[Any, ColumnElement[bool]]:
    """(the column that says since when, which articles)."""
    table = articles.c
    usable = table.state.in_(sorted(USABLE))
    match reason:
        case ReviewReason.FLAGGED:
            return table.flagged_at, and_(table.flagged_at.is_not(None), usable)
        case ReviewReason.DUE:
            return table.review_due_at, and_(table.review_due_at <= now, usable)
        case ReviewReason.EXPIRED:
            return table.expires_at, and_(table.expires_at <= now, usable)
        case ReviewReason.OUT_OF_DATE:
            return table.updated_at, and_(table.out_of_date.is_(True), usable)
    since = now - timedelta(days=_UNUSED_DAYS)
    unused = or_(
        and_(table.last_used_at.is_(None), table.created_at <= since), table.last_used_at <= since
    )
    return table.updated_at, and_(unused, usable)
