"""Finding articles: for what somebody typed, and for the contact at hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, and_, or_, select

from hub.contacts.tables import contacts
from hub.core.text import Query, keep_rarest, parse_query
from hub.storage import Tx
from hub.storage.search import (
    SearchKind,
    count_documents,
    search_documents,
    term_frequencies,
    term_matches,
)

from .cases import read_case
from .engine import Candidate, Ranked, fuse, is_worth_showing, rank_articles, rank_cases
from .model import USABLE, ArticleState, Audience, same_language
from .service import get_article_row
from .tables import article_links, article_tags, article_versions, articles
from .views import ArticleRow, ArticleView, SuggestionView, TranslationView, VersionView

_PER_TERM = 500  # candidates a term may bring in: ranking is only over a bounded set
_MAX_CANDIDATES = 300
_MAX_SUGGESTIONS = 5
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
    """Return articles for what was typed, the best first; without words the newest first."""
    if not ask.text.strip():
        return _newest(tx, ask)
    query = parse_query(ask.text, prefix=True)
    ids = [hit.ref_id for hit in search_documents(tx, SearchKind.ARTICLES, query, _MAX_CANDIDATES)]
    if not ids and query.match_all:
        query = Query(query.terms, match_all=False)  # not all words are anywhere: any of them
        ids = [h.ref_id for h in search_documents(tx, SearchKind.ARTICLES, query, _MAX_CANDIDATES)]
    rows = _load(tx, ids, ask.states, ask.language, ask.tag)
    tags = tags_of(tx, [row.id for row in rows])
    ranked = _rank(tx, rows, tags, query)
    by_id = {row.id: row for row in rows}
    # words typed only half are in no count: such hits follow in the order of the index
    order = [r.id for r in ranked] + sorted(by_id.keys() - {r.id for r in ranked}, key=ids.index)
    return [_row(tx, by_id[article_id], tags) for article_id in order[: ask.limit]], None


def suggest(tx: Tx, contact_id: str) -> list[SuggestionView]:
    """Return the articles most likely to answer a contact, the best first; perhaps none.

    The text of articles is fused with contacts that they resolved and in which customers asked
    alike. An article in another language stands for its translation.
    """
    language = tx.execute(
        select(contacts.c.language).where(contacts.c.id == contact_id)
    ).scalar_one_or_none()
    asked = parse_query(read_case(tx, contact_id).question)
    if not asked:
        return []
    rows = _load(tx, _candidates(tx, asked), USABLE)
    by_cases = _by_cases(tx, asked, contact_id)
    known = {row.id for row in rows}
    rows += _load(tx, [article for article in by_cases if article not in known], USABLE)
    usable = {row.id for row in rows}
    tags = tags_of(tx, sorted(usable))
    fused = fuse(
        _rank(tx, rows, tags, asked),
        {article: found for article, found in by_cases.items() if article in usable},
    )
    worth = [ranked for ranked in fused if is_worth_showing(ranked)]
    return _suggestions(tx, contact_id, language, worth, rows)


def show_article(tx: Tx, article_id: str) -> ArticleView:
    """Return the whole article. Raises NotFound."""
    row = get_article_row(tx, article_id)
    translations = tx.execute(
        select(articles.c.id, articles.c.language, articles.c.state, articles.c.out_of_date)
        .where(articles.c.topic_id == row.topic_id, articles.c.id != row.id)
        .order_by(articles.c.language)
    )
    brief = _row(tx, row, tags_of(tx, [row.id]))
    return ArticleView(
        **msgspec.structs.asdict(brief),
        owner_id=row.owner_id,
        source_contact_id=row.source_contact_id,
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
        ],
    )


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


def _candidates(tx: Tx, asked: Query) -> list[str]:
    """The articles that share a rare word with the question, those that share most first."""
    frequency = term_frequencies(tx, SearchKind.ARTICLES, asked.terms)
    terms = keep_rarest(asked, frequency).terms
    shared: defaultdict[str, int] = defaultdict(int)
    for _, article_id in term_matches(tx, SearchKind.ARTICLES, terms, _PER_TERM):
        shared[article_id] += 1
    return sorted(shared, key=lambda article_id: (-shared[article_id], article_id))[
        :_MAX_CANDIDATES
    ]


def _by_cases(tx: Tx, asked: Query, contact_id: str) -> dict[str, tuple[float, int]]:
    """What articles resolved contacts in which customers asked alike; not this contact itself."""
    frequency = term_frequencies(tx, SearchKind.CASES, asked.terms)
    terms = keep_rarest(asked, frequency).terms
    matches = [
        (term, case)
        for term, case in term_matches(tx, SearchKind.CASES, terms, _PER_TERM)
        if case != contact_id
    ]
    cases = sorted({case for _, case in matches})
    articles_of: defaultdict[str, list[str]] = defaultdict(list)
    if cases:
        for row in tx.execute(
            select(article_links.c.contact_id, article_links.c.article_id).where(
                article_links.c.contact_id.in_(cases), article_links.c.helpful.is_not(False)
            )
        ):
            articles_of[row.contact_id].append(row.article_id)
    return rank_cases(matches, articles_of, frequency, count_documents(tx, SearchKind.CASES))


def _rank(
    tx: Tx, rows: Sequence[Row[Any]], tags: dict[str, list[str]], query: Query
) -> list[Ranked]:
    frequency = term_frequencies(tx, SearchKind.ARTICLES, query.terms)
    terms = query.terms if query.match_all else keep_rarest(query, frequency).terms
    return rank_articles(
        [Candidate(row.id, row.question, row.answer, tags.get(row.id, ())) for row in rows],
        terms,
        frequency,
        count_documents(tx, SearchKind.ARTICLES),
        query.terms,
    )


def _load(
    tx: Tx,
    ids: Sequence[str],
    states: Collection[ArticleState],
    language: str = "",
    tag: str = "",
) -> list[Row[Any]]:
    if not ids:
        return []
    found = select(articles).where(
        articles.c.id.in_(ids[:_MAX_CANDIDATES]), articles.c.state.in_(sorted(states))
    )
    if language:
        found = found.where(_in_language(language))
    if tag:
        found = found.where(_tagged(tag))
    return list(tx.execute(found).all())


def _suggestions(
    tx: Tx,
    contact_id: str,
    language: str | None,
    ranked: Sequence[Ranked],
    rows: Sequence[Row[Any]],
) -> list[SuggestionView]:
    """One suggestion per topic, in the contact's language where there is one."""
    by_id = {row.id: row for row in rows}
    topics = {by_id[r.id].topic_id for r in ranked}
    members = defaultdict(list)
    for row in tx.execute(
        select(articles).where(
            articles.c.topic_id.in_(sorted(topics)), articles.c.state.in_(sorted(USABLE))
        )
    ):
        members[row.topic_id].append(row)
    used = set(
        tx.execute(
            select(article_links.c.article_id).where(article_links.c.contact_id == contact_id)
        ).scalars()
    )
    shown: dict[str, tuple[Row[Any], Ranked]] = {}
    for found in ranked:
        row = by_id[found.id]
        if row.topic_id not in shown and len(shown) < _MAX_SUGGESTIONS:
            shown[row.topic_id] = (_best_language(row, members[row.topic_id], language), found)
    tags = tags_of(tx, [row.id for row, _ in shown.values()])
    return [
        SuggestionView(
            article=_row(tx, row, tags),
            score=round(found.score, 4),
            cases=found.cases,
            used=row.id in used,
        )
        for row, found in shown.values()
    ]


def _best_language(
    found: Row[Any], translations: Sequence[Row[Any]], language: str | None
) -> Row[Any]:
    if language is None or same_language(found.language, language):
        return found
    return next((row for row in translations if same_language(row.language, language)), found)


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
    )


def _in_language(language: str) -> Any:  # Any: a SQLAlchemy condition
    base = language.split("-")[0]
    return or_(articles.c.language == base, articles.c.language.startswith(f"{base}-"))


def _tagged(tag: str) -> Any:  # Any: a SQLAlchemy condition
    return articles.c.id.in_(select(article_tags.c.article_id).where(article_tags.c.tag == tag))
