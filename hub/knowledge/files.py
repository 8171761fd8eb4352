"""Pictures of articles: kept, listed, taken out, and who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, delete, func, insert, select

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.core.errors import Conflict, NotFound
from hub.core.ids import new_id
from hub.storage import Tx

from .markup import pictured
from .service import check_may_change, get_article_row
from .tables import article_files, articles

MAX_BYTES = 5 * 1_048_576
MAX_FILES = 40


class TooManyPictures(Conflict):
    """An article has only so many."""

    code = "article.too_many_pictures"


@dataclass(frozen=True, slots=True)
class KeepPicture:
    """A picture that was written anew and stored as `blob_id`."""

    actor: Actor
    article_id: str
    reviews: bool
    blob_id: str
    name: str
    media_type: str
    size_bytes: int
    width: int
    height: int


class TakeOut(NamedTuple):
    actor: Actor
    article_id: str
    file_id: str
    reviews: bool


def check_picture(tx: Tx, asked: tuple[str, bool]) -> None:
    """Raise unless one more picture may come to the article: NotFound, Forbidden, Conflict."""
    article_id, reviews = asked
    check_may_change(get_article_row(tx, article_id), reviews=reviews)
    count = tx.execute(
        select(func.count()).where(article_files.c.article_id == article_id)
    ).scalar_one()
    if count >= MAX_FILES:
        raise TooManyPictures(
            f"An article has at most {MAX_FILES} pictures: take one out first.", limit=MAX_FILES
        )


def keep_picture(tx: Tx, cmd: KeepPicture) -> str:
    """Keep the picture and return its id. Raises as `check_picture` does."""
    get_article_row(tx, cmd.article_id, for_change=True)
    check_picture(tx, (cmd.article_id, cmd.reviews))
    file_id = new_id()
    tx.execute(
        insert(article_files).values(
            id=file_id,
            article_id=cmd.article_id,
            blob_id=cmd.blob_id,
            name=cmd.name,
            media_type=cmd.media_type,
            size_bytes=cmd.size_bytes,
            width=cmd.width,
            height=cmd.height,
            created_at=tx.now,
            created_by=cmd.actor.id,
        )
    )
    audit(tx, cmd.actor, "article.picture", "article", cmd.article_id, {"file": file_id})
    return file_id


def take_out(tx: Tx, cmd: TakeOut) -> str:
    """Take a picture out and return its blob, which is nobody's now. Raises NotFound, Forbidden,
    Conflict where the text of the topic still shows it.
    """
    row = get_article_row(tx, cmd.article_id, for_change=True)
    check_may_change(row, reviews=cmd.reviews)
    file = tx.execute(
        select(article_files).where(
            article_files.c.id == cmd.file_id, article_files.c.article_id == cmd.article_id
        )
    ).first()
    if file is None:
        raise NotFound("This article has no such picture.")
    texts = tx.execute(select(articles.c.answer).where(articles.c.topic_id == row.topic_id))
    if any(cmd.file_id in pictured(text) for text in texts.scalars()):
        raise Conflict(
            "The text still shows this picture: take it out of the text first.",
            code="article.picture_shown",
        )
    tx.execute(delete(article_files).where(article_files.c.id == cmd.file_id))
    audit(tx, cmd.actor, "article.picture_out", "article", cmd.article_id, {"file": cmd.file_id})
    blob_id: str = file.blob_id
    return blob_id


def list_files(tx: Tx, article_id: str) -> Sequence[Row[Any]]:
    """List the pictures of an article and of its translations, the oldest first. Raises NotFound"""
    topic_id = get_article_row(tx, article_id).topic_id
    return tx.execute(
        select(article_files)
        .join(articles, articles.c.id == article_files.c.article_id)
        .where(articles.c.topic_id == topic_id)
        .order_by(article_files.c.id)
    ).all()


def find_file(tx: Tx, file_id: str) -> Row[Any]:
    """Return a picture's row, for colleagues. Raises NotFound."""
    row = tx.execute(select(article_files).where(article_files.c.id == file_id)).first()
    if row is None:
        raise NotFound("There is no such picture.")
    return row


def find_public_file(tx: Tx, file_id: str, readable: ColumnElement[bool]) -> Row[Any] | None:
    """Return a picture that an article shows which everybody may read; None for any other.

    `readable`: the condition on such articles.
    """
    file = tx.execute(select(article_files).where(article_files.c.id == file_id)).first()
    if file is None:
        return None
    topic = select(articles.c.topic_id).where(articles.c.id == file.article_id).scalar_subquery()
    texts = tx.execute(select(articles.c.answer).where(articles.c.topic_id == topic, readable))
    return file if any(file_id in pictured(text) for text in texts.scalars()) else None
