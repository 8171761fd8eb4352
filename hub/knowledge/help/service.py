"""What customers may read: published, for the public, not expired; and what they say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, or_, select, update

from hub.knowledge.files import find_public_file
from hub.knowledge.model import ArticleState, Audience, same_language
from hub.knowledge.reviewing import NOT_HELPFUL, votes_flag
from hub.knowledge.search import FindArticles, find_articles
from hub.knowledge.suggesting.lookup import Question, find_suggestions
from hub.knowledge.tables import articles
from hub.storage import Tx

from .render import LANGUAGES, Listed, Shown, body_html, excerpt

MOST_FOUND = 10
_NEWEST = 20
_STATES = frozenset({ArticleState.PUBLISHED})


class AskHelp(NamedTuple):
    """`language`: zh or en. `words` "": the newest."""

    language: str
    words: str = ""


class AskPage(NamedTuple):
    language: str
    path: str


class VotePage(NamedTuple):
    language: str
    path: str
    helpful: bool


class AskLanguages(NamedTuple):
    """`languages`: in which to look, the asker's first."""

    languages: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Found:
    id: str
    listed: Listed
    language: str


@dataclass(frozen=True, slots=True)
class Readable:
    """An article that everybody may read. `page`: its address at this hub, "" where it has none."""

    id: str
    path: str
    title: str
    language: str
    body: str  # harmless HTML
    updated: str
    page: str


def readable(tx: Tx) -> ColumnElement[bool]:
    """The condition on articles that keeps what everybody may read."""
    table = articles.c
    return and_(
        table.state == ArticleState.PUBLISHED,
        table.audience == Audience.PUBLIC,
        or_(table.expires_at.is_(None), table.expires_at > tx.now),
    )


def find_help(tx: Tx, ask: AskHelp) -> list[Found]:
    """Return what answers the words, the best first; without words the newest."""
    return find_help_in(tx, AskLanguages((ask.language,), ask.words))


def find_help_in(tx: Tx, ask: AskLanguages) -> list[Found]:
    """Return what answers the words, the best first; without words the newest.

    Suggestions are of any language, in the asker's where they are written in it; beside them
    stands what was found in the first of the languages that has something.
    """
    if not ask.words.strip():
        newest = (_newest(tx, language) for language in ask.languages)
        return next((found for found in newest if found), [])
    public = frozenset({Audience.PUBLIC})
    question = Question(ask.words, ask.languages[0], None, public, _STATES)
    suggested = [one.article_id for one in find_suggestions(tx, question).found]
    for language in ask.languages:
        wanted = FindArticles(ask.words, language, _STATES, 3 * MOST_FOUND)
        ids = suggested + [row.id for row in find_articles(tx, wanted)[0]]
        if found := _readable_of(tx, ids):
            return found
    return []


def _newest(tx: Tx, language: str) -> list[Found]:
    rows = tx.execute(
        select(articles)
        .where(readable(tx), _in_language(language))
        .order_by(articles.c.updated_at.desc(), articles.c.id.desc())
        .limit(_NEWEST)
    ).all()
    return [_found(row) for row in rows]


def _readable_of(tx: Tx, ids: Sequence[str]) -> list[Found]:
    """Return those that everybody may read, each once, in the order given."""
    if not ids:
        return []
    rows = tx.execute(select(articles).where(articles.c.id.in_(ids), readable(tx))).all()
    by_id = {row.id: row for row in rows}
    order = [by_id[article_id] for article_id in dict.fromkeys(ids) if article_id in by_id]
    return [_found(row) for row in order[:MOST_FOUND]]


def has_help(tx: Tx, _: None) -> bool:
    """Say whether there is anything that everybody may read."""
    return tx.execute(select(articles.c.id).where(readable(tx)).limit(1)).first() is not None


def find_readable(tx: Tx, article_id: str) -> Readable | None:
    """Return an article that everybody may read, in whatever language it is."""
    row = tx.execute(select(articles).where(articles.c.id == article_id, readable(tx))).first()
    if row is None:
        return None
    return Readable(
        id=row.id,
        path=_path(row),
        title=row.question,
        language=row.language,
        body=body_html(row.answer, row.format),
        updated=row.updated_at.date().isoformat(),
        page=f"/help/{_base(row)}/{_path(row)}" if _base(row) in LANGUAGES else "",
    )


def titles_of(tx: Tx, ids: tuple[str, ...]) -> list[str]:
    """Return the titles of those of the articles that everybody may read, in the order given."""
    found = select(articles.c.id, articles.c.question).where(articles.c.id.in_(ids), readable(tx))
    titles = {row.id: row.question for row in tx.execute(found)}
    return [titles[article_id] for article_id in ids if article_id in titles]


def vote_helped(tx: Tx, article_id: str) -> None:
    """Count that an article helped a customer."""
    tx.execute(
        update(articles)
        .where(articles.c.id == article_id, readable(tx))
        .values(helpful=articles.c.helpful + 1)
    )


def find_page(tx: Tx, ask: AskPage) -> Shown | None:
    """Return an article that everybody may read, by its address."""
    row = _row(tx, ask)
    if row is None:
        return None
    others = tx.execute(
        select(articles).where(
            articles.c.topic_id == row.topic_id, articles.c.id != row.id, readable(tx)
        )
    ).all()
    other = next((one for one in others if not same_language(one.language, row.language)), None)
    return Shown(
        path=_path(row),
        title=row.question,
        body=body_html(row.answer, row.format),
        updated=row.updated_at.date().isoformat(),
        other_path=None if other is None else _path(other),
    )


def find_picture(tx: Tx, file_id: str) -> Row[Any] | None:
    """Return a picture that stands in an article everybody may read."""
    return find_public_file(tx, file_id, readable(tx))


def vote_on_page(tx: Tx, ask: VotePage) -> bool:
    """Count a customer's vote; False where there is no such page."""
    row = _row(tx, AskPage(ask.language, ask.path))
    if row is None:
        return False
    column = articles.c.helpful if ask.helpful else articles.c.not_helpful
    changes: dict[str, Any] = {column.name: column + 1}
    if not ask.helpful and votes_flag(row.helpful, row.not_helpful + 1):
        changes |= {"flagged_at": tx.now, "flag_reason": NOT_HELPFUL}
        tx.hint("article.to_review", row.id)
    tx.execute(update(articles).where(articles.c.id == row.id).values(**changes))
    return True


def _row(tx: Tx, ask: AskPage) -> Row[Any] | None:
    if "\x00" in ask.path:  # PostgreSQL takes none
        return None
    found: Sequence[Row[Any]] = tx.execute(
        select(articles).where(
            or_(articles.c.slug == ask.path, articles.c.id == ask.path),
            readable(tx),
            _in_language(ask.language),
        )
    ).all()
    return found[0] if found else None


def _found(row: Row[Any]) -> Found:
    listed = Listed(_base(row), _path(row), row.question, excerpt(row.answer))
    return Found(row.id, listed, row.language)


def _path(row: Row[Any]) -> str:
    path: str = row.slug or row.id
    return path


def _base(row: Row[Any]) -> str:
    language: str = row.language
    return language.split("-")[0].casefold()


def _in_language(language: str) -> ColumnElement[bool]:
    return or_(articles.c.language == language, articles.c.language.startswith(f"{language}-"))
