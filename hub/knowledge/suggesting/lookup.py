"""The one way to a suggestion: behind the console's panel, `hub knowledge evaluate`, the widget.

A fixed number of statements for a question: the model's words, what the two indexes bring in, and
the kept words of those articles and cases. Only a bounded set is ever compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Row, or_, select

from hub.core.text import tokens
from hub.knowledge.model import USABLE, ArticleState, same_language
from hub.knowledge.tables import article_cases, article_words, articles
from hub.storage import Tx
from hub.storage.search import SearchKind, best_documents, count_documents, term_frequencies

from .engine import (
    ArticleWords,
    CaseWords,
    Signals,
    Topic,
    Vocabulary,
    best_of,
    case_signals,
    chances,
    join_signals,
    linear_scores,
    text_signals,
)
from .fusion import SHOWN, Fusion, Scored, certainty, put_in_order
from .stored import Model, WordWeights, find_model, spelt_alike, topics_of, weights_of
from .words import MAX_CHARACTERS, can_be_misspelt, corrected, grams, with_meanings, words_of

_POSTINGS = 20_000  # documents looked through in each index, rarest words first
_TEXTS = 80
_SIMILAR = 200
_LEARNED = 60
_UNSURE = 0.8  # what an article counts that nobody has checked, or that has expired


class Question(NamedTuple):
    """`language` None: not known. `contact_id`: its own case is no evidence.

    `audience`: of which articles; None: all.
    """

    text: str
    language: str | None = None
    contact_id: str | None = None
    audience: Collection[str] | None = None
    states: Collection[ArticleState] = USABLE


class Found(NamedTuple):
    """One suggestion: `score` is its share (0-1), `cases` similar ones that it resolved."""

    article_id: str
    topic_id: str
    score: float
    cases: int


@dataclass(frozen=True, slots=True)
class Answer:
    """`found` is empty where nothing is sure enough; `certain` (0-1) says how sure it was."""

    found: Sequence[Found]
    certain: float


def find_suggestions(tx: Tx, question: Question) -> Answer:
    """Return the articles most likely to answer, the best first; none where nothing is sure."""
    model = find_model(tx)
    asked, known = _read(tx, model, question.text)
    if not asked:
        return Answer((), 0.0)
    vocabulary = _vocabulary(tx, model, asked, known)
    linear = _linear(tx, model, asked, known, vocabulary)
    near = _near_cases(tx, asked, vocabulary, question.contact_id)
    rows = _articles(tx, asked, vocabulary, question, [*linear, *(case.topic for case in near)])
    texts = text_signals(asked, (words for _, words in rows), vocabulary)
    cases = case_signals(asked, near, vocabulary)
    there = {row.topic_id for row, _ in rows}
    if model is None:
        linear = _before_the_first_fit(texts, cases)
    signals = join_signals(
        texts,
        {topic: found for topic, found in cases.items() if topic in there},
        linear,
        {topic: chance for topic, chance in chances(linear).items() if topic in there},
    )
    fusion = model.fusion if model else Fusion()
    ranked = _checked_first(put_in_order(signals, fusion.order), [row for row, _ in rows], tx)
    certain = certainty(signals, ranked, fusion.sure)
    if certain < fusion.threshold:
        return Answer((), certain)
    shown = [one for one in ranked[:SHOWN] if _speaks(signals[one.topic])]
    article_of = _in_language(tx, question, rows, [str(one.topic) for one in shown])
    found = [
        Found(
            article_of[str(one.topic)],
            str(one.topic),
            one.score,
            cases[one.topic][2] if one.topic in cases else 0,
        )
        for one in shown
    ]
    return Answer(found, certain)


def _read(tx: Tx, model: Model | None, text: str) -> tuple[list[str], dict[str, WordWeights]]:
    """Return the question's words, misspelt ones mended, and what the model knows of them."""
    text = text[:MAX_CHARACTERS]
    said = tokens(text)
    asked = with_meanings(text, said)
    if model is None:
        return asked, {}
    known = weights_of(tx, model.version, asked)
    strange = {word for word in said if word not in known and can_be_misspelt(word)}
    near = spelt_alike(tx, model.version, {gram for word in strange for gram in grams(word)})
    meant = {word: corrected(word, near) for word in strange}
    if any(meant.values()):
        asked = with_meanings(text, [meant.get(word) or word for word in said])
        known |= weights_of(tx, model.version, [word for word in asked if word not in known])
    return asked, known


def count_words(tx: Tx, words: Sequence[str]) -> Vocabulary:
    """Return how rare words are, by the last refit where there was one."""
    model = find_model(tx)
    known = weights_of(tx, model.version, words) if model is not None else {}
    return _vocabulary(tx, model, words, known)


def _vocabulary(
    tx: Tx, model: Model | None, asked: Sequence[str], known: Mapping[str, WordWeights]
) -> Vocabulary:
    """How rare each word is; words that came after the last refit are counted now."""
    new = [word for word in asked if word not in known]
    in_articles = term_frequencies(tx, SearchKind.ARTICLES, new)
    in_cases = term_frequencies(tx, SearchKind.CASES, new)
    counts = {word: (held.articles, held.cases) for word, held in known.items()}
    counts |= {word: (in_articles.get(word, 0), in_cases.get(word, 0)) for word in new}
    if model is not None:
        return Vocabulary(model.articles, model.cases, counts, model.norm)
    return Vocabulary(
        count_documents(tx, SearchKind.ARTICLES), count_documents(tx, SearchKind.CASES), counts
    )


def _linear(
    tx: Tx,
    model: Model | None,
    asked: Sequence[str],
    known: Mapping[str, WordWeights],
    vocabulary: Vocabulary,
) -> dict[Topic, float]:
    """The learned scores of the best topics."""
    if model is None:
        return {}
    scores = linear_scores(asked, {word: held.weights for word, held in known.items()}, vocabulary)
    names = topics_of(tx, model.version, [int(number) for number in best_of(scores, _LEARNED)])
    return {name: scores[number] for number, name in names.items()}


def _before_the_first_fit(
    texts: Mapping[Topic, tuple[float, float]],
    cases: Mapping[Topic, tuple[float, float, int]],
) -> dict[Topic, float]:
    """What the weights begin with, worked out for these alone."""
    found = {}
    for topic in {*texts, *cases}:
        title, text = texts.get(topic, (0.0, 0.0))
        nearest, _, count = cases.get(topic, (0.0, 0.0, 0))
        found[topic] = title + 0.7 * text + nearest * (count + 1) / (count + 2)
    return found


def _near_cases(
    tx: Tx, asked: Sequence[str], vocabulary: Vocabulary, contact_id: str | None
) -> list[CaseWords]:
    """Cases in which customers asked alike, with the topics that answered them."""
    weights = rarest(asked, vocabulary, 1)
    refs = best_documents(tx, SearchKind.CASES, weights, _SIMILAR)
    if not refs:
        return []
    rows = tx.execute(
        select(article_cases.c.words, article_cases.c.ref_id, articles.c.topic_id)
        .join(articles, articles.c.id == article_cases.c.article_id)
        .where(article_cases.c.ref_id.in_(refs))
        .order_by(article_cases.c.id)
    )
    return [
        CaseWords(row.topic_id, row.words.split(" ")) for row in rows if row.ref_id != contact_id
    ]


def _articles(
    tx: Tx,
    asked: Sequence[str],
    vocabulary: Vocabulary,
    question: Question,
    topics: Iterable[Topic],
) -> list[tuple[Row[Any], ArticleWords]]:
    """The articles to compare: those whose words fit, and all of the topics that came up."""
    ids = best_documents(tx, SearchKind.ARTICLES, rarest(asked, vocabulary, 0), _TEXTS)
    named = sorted({str(topic) for topic in topics})
    table = articles.c
    wanted = select(
        table.id,
        table.topic_id,
        table.language,
        table.state,
        table.expires_at,
        article_words.c.title,
        article_words.c.body,
    ).join(article_words, article_words.c.article_id == table.id, isouter=True)
    wanted = wanted.where(
        table.state.in_(sorted(question.states)),
        or_(table.id.in_(ids), table.topic_id.in_(named)),
    ).order_by(table.id)
    if question.audience is not None:
        wanted = wanted.where(table.audience.in_(sorted(question.audience)))
    rows = tx.execute(wanted).all()
    unread = _unread(tx, [row.id for row in rows if row.title is None])
    return [
        (
            row,
            ArticleWords(row.topic_id, *unread[row.id])
            if row.title is None
            else ArticleWords(row.topic_id, row.title.split(" "), row.body.split(" ")),
        )
        for row in rows
    ]


def _unread(tx: Tx, ids: Sequence[str]) -> dict[str, tuple[list[str], list[str]]]:
    """The words of articles written before words were kept; a refit keeps them."""
    if not ids:
        return {}
    rows = tx.execute(
        select(articles.c.id, articles.c.question, articles.c.answer).where(articles.c.id.in_(ids))
    )
    return {row.id: (words_of(row.question), words_of(row.answer)) for row in rows}


def rarest(asked: Sequence[str], vocabulary: Vocabulary, kind: int) -> dict[str, float]:
    """The rarest words, as many as bring in no more documents than can be looked through."""
    counts = {word: vocabulary.counts.get(word, (0, 0))[kind] for word in asked}
    rarity = vocabulary.in_cases if kind else vocabulary.in_articles
    chosen: dict[str, float] = {}
    seen = 0
    for word in sorted(counts, key=lambda word: (counts[word], word)):
        if not counts[word]:
            continue
        if chosen and seen + counts[word] > _POSTINGS:
            break
        seen += counts[word]
        chosen[word] = rarity(word) ** 2
    return chosen


def _checked_first(ranked: Sequence[Scored], rows: Sequence[Row[Any]], tx: Tx) -> list[Scored]:
    """What nobody has checked, or what has expired, steps back behind what is nearly as good."""
    checked = {
        row.topic_id
        for row in rows
        if row.state != ArticleState.NOT_VALIDATED
        and (row.expires_at is None or row.expires_at > tx.now)
    }
    weighed = [
        one if one.topic in checked else Scored(one.topic, one.score * _UNSURE) for one in ranked
    ]
    return sorted(weighed, key=lambda one: (-one.score, str(one.topic)))


def _in_language(
    tx: Tx,
    question: Question,
    rows: Sequence[tuple[Row[Any], ArticleWords]],
    topics: Sequence[str],
) -> dict[str, str]:
    """The article of each topic in the asker's language; else the one that was found."""
    found: dict[str, str] = {}
    for row, _ in rows:
        found.setdefault(row.topic_id, row.id)
    if question.language is None or not topics:
        return found
    wanted = select(articles.c.id, articles.c.topic_id, articles.c.language).where(
        articles.c.topic_id.in_(topics), articles.c.state.in_(sorted(question.states))
    )
    if question.audience is not None:
        wanted = wanted.where(articles.c.audience.in_(sorted(question.audience)))
    for row in tx.execute(wanted.order_by(articles.c.id.desc())):
        if same_language(row.language, question.language):
            found[row.topic_id] = row.id
    return found


def _speaks(signals: Signals) -> bool:
    """Say whether anything but the learned weights' noise speaks for it."""
    return signals.text > 0 or signals.nearest > 0 or signals.linear > 0
