"""What articles and cases are found by: their words, kept and indexed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete

from hub.storage import Tx
from hub.storage.bulk import insert_values
from hub.storage.search import Document, SearchKind, index_documents, remove_documents

from .markup import readable_words
from .suggesting.words import MEANING, words_of
from .tables import article_cases, article_words

_BODY_CHARACTERS = 6_000  # of an answer that is compared with questions
_WORDS = ("article_id", "version", "title", "body")
_CASE = ("id", "ref_id", "article_id", "text", "words", "language", "source", "external_key", "at")


@dataclass(frozen=True, slots=True)
class ArticleText:
    """An article as it is now; its words are worked out here, before a transaction begins."""

    id: str
    version: int
    question: str
    answer: str
    tags: tuple[str, ...]
    created_at: datetime

    def words(self) -> tuple[list[str], list[str]]:
        title = words_of("\n".join((self.question, *self.tags)))
        return title, words_of(readable_words(self.answer), _BODY_CHARACTERS)


@dataclass(frozen=True, slots=True)
class NewCase:
    """`ref_id`: the document it is found as. `article_id` None: nothing fits."""

    id: str
    ref_id: str
    article_id: str | None
    text: str
    words: tuple[str, ...]
    language: str | None
    source: str
    external_key: str
    at: datetime


def index_articles(tx: Tx, texts: Sequence[ArticleText], *, fresh: bool = False) -> None:
    """Keep and index the words of articles by a few statements. `fresh`: none was there before."""
    if not texts:
        return
    rows, documents = [], []
    for text in texts:
        title, body = text.words()
        rows.append((text.id, text.version, " ".join(title), " ".join(body)))
        meant = tuple(word for word in {*title, *body} if word.startswith(MEANING))
        whole = "\n".join((text.question, readable_words(text.answer), *text.tags))
        documents.append(Document(text.id, whole, text.created_at, tuple(sorted(meant))))
    if not fresh:
        ids = [text.id for text in texts]
        tx.execute(delete(article_words).where(article_words.c.article_id.in_(ids)))
        remove_documents(tx, SearchKind.ARTICLES, ids)
    insert_values(tx, article_words, _WORDS, rows)
    index_documents(tx, SearchKind.ARTICLES, documents)


def forget_article(tx: Tx, article_id: str) -> None:
    """A retired article is found no more."""
    remove_documents(tx, SearchKind.ARTICLES, [article_id])
    tx.execute(delete(article_words).where(article_words.c.article_id == article_id))


def index_cases(tx: Tx, cases: Sequence[NewCase], *, fresh: bool = False) -> None:
    """Keep and index new cases; the same `ref_id` may stand for several articles.

    `fresh`: none of these was indexed before.
    """
    if not cases:
        return
    insert_values(
        tx,
        article_cases,
        _CASE,
        [
            (
                case.id,
                case.ref_id,
                case.article_id,
                case.text,
                " ".join(case.words),
                case.language,
                case.source,
                case.external_key,
                case.at,
            )
            for case in cases
        ],
    )
    documents = {
        case.ref_id: Document(
            case.ref_id,
            case.text,
            case.at,
            tuple(word for word in case.words if word.startswith(MEANING)),
        )
        for case in cases
    }
    if not fresh:
        remove_documents(tx, SearchKind.CASES, documents)
    index_documents(tx, SearchKind.CASES, list(documents.values()))


def forget_cases(tx: Tx, ref_ids: Sequence[str]) -> None:
    """Take cases away, so that nothing is learned from them and their words cannot be found."""
    tx.execute(delete(article_cases).where(article_cases.c.ref_id.in_(sorted(set(ref_ids)))))
    remove_documents(tx, SearchKind.CASES, sorted(set(ref_ids)))
