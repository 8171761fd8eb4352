"""Finding articles: for what somebody typed, and for the contact at hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, and_, or_, select

from hub.accounts.tables import users
from hub.contacts.tables import contacts
from hub.core.text import parse_query
from hub.storage import Tx
from hub.storage.search import SearchKind, best_documents, search_documents

from .cases import read_case
from .model import ArticleState, Audience, Format
from .service import get_article_row
from .suggesting.engine import ArticleWords, Vocabulary, text_signals
from .suggesting.lookup import Question, count_words, find_suggestions, rarest
from .suggesting.words import MEANING, words_of
from .tables import article_links, article_tags, article_versions, article_words, articles
from .views import ArticleRow, ArticleView, SuggestionView, TranslationView, VersionView

_MAX_CANDIDATES = 150  # ranking is only over a bounded set
_SHOWN_VERSIONS = 100


class Position(msgspec.Struct, frozen=True, array_like=True):
    at: datetime
    id: str


class FindArticles(NamedTuple):
    """`language` "": any. `states`: which articles the reader may and wants to see."""

    text: str
    language: str
    states: frozenset[ArticleState]
    limit: int
    tag: str = ""
    after: Position | None = None


def find_articles(tx: Tx, ask: FindArticles) -> tuple[list[ArticleRow], Position | None]:
    """Return articles for what was typed, the best first; without words the newest first.

    Where all the words are nowhere together any of them will do, and then what they mean.
    """
    if not ask.text.strip():
        return _newest(tx, ask)
    query = parse_query(ask.text, prefix=True)
    asked = words_of(ask.text)
    vocabulary = count_words(tx, list(dict.fromkeys((*query.terms, *asked))))
    order: list[str] = []
    if query.match_all:
        found = search_documents(tx, SearchKind.ARTICLES, query, _MAX_CANDIDATES)
        order = _ranked(tx, ask, [hit.ref_id for hit in found], asked, vocabulary)
    for words in (query.terms, [word for word in asked if word.startswith(MEANING)]):
        if not order:  # of those that are asked for: a draft with all the words is no answer
            weights = rarest(words, vocabulary, 0)
            ids = best_documents(tx, SearchKind.ARTICLES, weights, _MAX_CANDIDATES)
            order = _ranked(tx, ask, ids, asked, vocabulary)
    order = order[: ask.limit]
    by_id = {row.id: row for row in _load(tx, order)}
    tags = tags_of(tx, order)
    return [_row(tx, by_id[article_id], tags) for article_id in order], None


def suggest(tx: Tx, contact_id: str) -> list[SuggestionView]:
    """Return the articles most likely to answer a contact, the best first.

    None where nothing is sure enough: "no good answer yet". An article in another language stands
    for its translation.
    """
    language = tx.execute(
        select(contacts.c.language).where(contacts.c.id == contact_id)
    ).scalar_one_or_none()
    asked = read_case(tx, contact_id).question
    found = find_suggestions(tx, Question(asked, language, contact_id)).found
    ids = [one.article_id for one in found]
    by_id = {row.id: row for row in _load(tx, ids)}
    used = set(
        tx.execute(
            select(article_links.c.article_id).where(article_links.c.contact_id == contact_id)
        ).scalars()
    )
    tags = tags_of(tx, ids)
    return [
        SuggestionView(
            article=_row(tx, by_id[one.article_id], tags),
            score=round(one.score, 4),
            cases=one.cases,
            used=one.article_id in used,
        )
        for one in found
    ]


def show_article(tx: Tx, article_id: str) -> ArticleView:
    """Return the whole article. Raises NotFound."""
    return show_articles(tx, [get_article_row(tx, article_id)])[0]


def show_articles(tx: Tx, rows: Sequence[Row[Any]]) -> list[ArticleView]:
    """Return whole articles, with their translations and owners, by three statements."""
    if not rows:
        return []
    table = articles.c
    others: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for other in tx.execute(
        select(table.id, table.topic_id, table.language, table.state, table.out_of_date)
        .where(table.topic_id.in_(sorted({row.topic_id for row in rows})))
        .order_by(table.language)
    ):
        others[other.topic_id].append(other)
    tags = tags_of(tx, [row.id for row in rows])
    owners = sorted({row.owner_id for row in rows if row.owner_id is not None})
    found = tx.execute(select(users.c.id, users.c.name).where(users.c.id.in_(owners)))
    names = {user.id: user.name for user in found}
    return [_whole(tx, row, tags, others[row.topic_id], names) for row in rows]


def _whole(
    tx: Tx,
    row: Row[Any],
    tags: dict[str, list[str]],
    translations: Sequence[Row[Any]],
    names: dict[str, str],
) -> ArticleView:
    return ArticleView(
        **msgspec.structs.asdict(_row(tx, row, tags)),
        owner_id=row.owner_id,
        owner_name=names.get(row.owner_id),
        source_contact_id=row.source_contact_id,
        key=row.key,
        help_path=_help_path(tx, row),
        review_due_at=row.review_due_at,
        flagged_at=row.flagged_at,
        flag_reason=row.flag_reason,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        created_at=row.created_at,
        created_by=row.created_by,
        updated_by=row.updated_by,
        translations=[
            TranslationView(
                id=other.id,
                language=other.language,
                state=ArticleState(other.state),
                out_of_date=other.out_of_date,
            )
            for other in translations
            if other.id != row.id
        ],
    )


def _help_path(tx: Tx, row: Row[Any]) -> str | None:
    """The address of its help page, where everybody may read it."""
    public = row.state == ArticleState.PUBLISHED and row.audience == Audience.PUBLIC
    if not public or (row.expires_at is not None and row.expires_at <= tx.now):
        return None
    return f"/help/{row.language.split('-')[0].casefold()}/{row.slug or row.id}"


def list_versions(tx: Tx, article_id: str) -> list[VersionView]:
    """List what an article said before, the newest first. Raises NotFound."""
    get_article_row(tx, article_id)
    rows = tx.execute(
        select(article_versions)
        .where(article_versions.c.article_id == article_id)
        .order_by(article_versions.c.version.desc())
        .limit(_SHOWN_VERSIONS)
    )
    return [
        VersionView(
            version=row.version,
            question=row.question,
            answer=row.answer,
            state=ArticleState(row.state),
            changed_at=row.changed_at,
            changed_by=row.changed_by,
            changed_by_name=row.changed_by_name,
        )
        for row in rows
    ]


def tags_of(tx: Tx, ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the tags of articles."""
    tags: defaultdict[str, list[str]] = defaultdict(list)
    if ids:
        for row in tx.execute(
            select(article_tags)
            .where(article_tags.c.article_id.in_(ids))
            .order_by(article_tags.c.article_id, article_tags.c.tag)
        ):
            tags[row.article_id].append(row.tag)
    return tags


def _newest(tx: Tx, ask: FindArticles) -> tuple[list[ArticleRow], Position | None]:
    found = (
        select(articles)
        .where(articles.c.state.in_(sorted(ask.states)))
        .order_by(articles.c.updated_at.desc(), articles.c.id.desc())
        .limit(ask.limit + 1)
    )
    if ask.language:
        found = found.where(_in_language(ask.language))
    if ask.tag:
        found = found.where(_tagged(ask.tag))
    if ask.after is not None:
        at, last = ask.after.at, ask.after.id
        found = found.where(
            or_(
                articles.c.updated_at < at,
                and_(articles.c.updated_at == at, articles.c.id < last),
            )
        )
    rows = tx.execute(found).all()
    shown = rows[: ask.limit]
    following = Position(shown[-1].updated_at, shown[-1].id) if len(rows) > ask.limit else None
    tags = tags_of(tx, [row.id for row in shown])
    return [_row(tx, row, tags) for row in shown], following


def _ranked(
    tx: Tx, ask: FindArticles, ids: Sequence[str], asked: Sequence[str], vocabulary: Vocabulary
) -> list[str]:
    """The articles among `ids` that may be seen, the best first, then as the index has them."""
    if not ids:
        return []
    wanted = (
        select(articles.c.id, article_words.c.title, article_words.c.body)
        .join(article_words, article_words.c.article_id == articles.c.id, isouter=True)
        .where(articles.c.id.in_(ids), articles.c.state.in_(sorted(ask.states)))
    )
    if ask.language:
        wanted = wanted.where(_in_language(ask.language))
    if ask.tag:
        wanted = wanted.where(_tagged(ask.tag))
    rows = tx.execute(wanted).all()
    scores = text_signals(
        asked,
        [ArticleWords(r.id, (r.title or "").split(" "), (r.body or "").split(" ")) for r in rows],
        vocabulary,
    )
    place = {article_id: at for at, article_id in enumerate(ids)}
    return sorted(
        (row.id for row in rows),
        key=lambda article_id: (
            -(2 * scores[article_id][0] + scores[article_id][1] if article_id in scores else 0.0),
            place[article_id],
        ),
    )


def _load(tx: Tx, ids: Sequence[str]) -> list[Row[Any]]:
    if not ids:
        return []
    return list(tx.execute(select(articles).where(articles.c.id.in_(ids))).all())


def _row(tx: Tx, row: Row[Any], tags: dict[str, list[str]]) -> ArticleRow:
    return ArticleRow(
        id=row.id,
        topic_id=row.topic_id,
        language=row.language,
        question=row.question,
        answer=row.answer,
        state=ArticleState(row.state),
        audience=Audience(row.audience),
        tags=tags.get(row.id, []),
        uses=row.uses,
        helpful=row.helpful,
        not_helpful=row.not_helpful,
        out_of_date=row.out_of_date,
        expired=row.expires_at is not None and row.expires_at <= tx.now,
        updated_at=row.updated_at,
        version=row.version,
        format=Format(row.format),
    )


def _in_language(language: str) -> Any:  # Any: a SQLAlchemy condition
    base = language.split("-")[0]
    return or_(articles.c.language == base, articles.c.language.startswith(f"{base}-"))


def _tagged(tag: str) -> Any:  # Any: a SQLAlchemy condition
    return articles.c.id.in_(select(article_tags.c.article_id).where(article_tags.c.tag == tag))
