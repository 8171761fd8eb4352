"""Who answers for an article: counted, and given to somebody else when they leave."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, select, update

from hub.storage import Tx

from .model import ArticleState
from .tables import articles


def count_owned_articles(tx: Tx, user_id: str) -> int:
    """Count the articles that a user answers for; who had a retired one is history."""
    found = select(func.count()).select_from(articles).where(_owned_by(user_id))
    number: int = tx.execute(found).scalar_one()
    return number


def hand_over_articles(tx: Tx, from_id: str, to_id: str) -> int:
    """Give the articles that one user answers for to another one; return how many.

    One statement: what an article says stays as it is, so its version does too.
    """
    given = update(articles).where(_owned_by(from_id)).values(owner_id=to_id)
    return tx.execute(given).rowcount


def _owned_by(user_id: str) -> ColumnElement[bool]:
    return and_(articles.c.owner_id == user_id, articles.c.state != ArticleState.RETIRED)
