"""Ranking, pure: words in, scores out. BM25 with fields, and the fusion of text and experience.

Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", §3.6 (fields as
weighted term frequencies). Only a bounded set of candidates is ever ranked (design section 4).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hub.core.text import MAX_QUERY_TERMS, tokens

_K1 = 1.2
_B = 0.5
QUESTION_WEIGHT = 3.0
TAG_WEIGHT = 2.0
BEST_CASES = 20  # of an article's similar contacts, so many count (knowledge.md, Suggestion)
# On customers' questions, resolved contacts add 30-50 points of recall to article text alone.
_CASE_WEIGHT = 2.0
_ALL_WORDS_BONUS = 0.25
LEAST_COVERAGE = 0.05  # one rare word of a long question is enough, one common word is not


@dataclass(frozen=True, slots=True)
class Candidate:
    """One article to rank, with its words by field."""

    id: str
    question: str
    answer: str
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Ranked:
    """`score` is 0 or more; `cases` are the similar contacts this article resolved.

    `coverage`: the share (0-1) of the question's weight that the article's own words answer.
    """

    id: str
    score: float
    cases: int = 0
    coverage: float = 0.0


def rarity(frequency: int, documents: int) -> float:
    """Return the weight of a term that so many of all documents hold (BM25's idf, never < 0)."""
    return math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))


def rank_articles(
    candidates: Sequence[Candidate],
    terms: Sequence[str],
    frequency: Mapping[str, int],
    documents: int,
    question: Sequence[str] = (),
) -> list[Ranked]:
    """Order candidates by how well their words answer `terms`, the best first; ties by id.

    `frequency`: how many of `documents` articles hold each term. `question`: all its terms, also
    those that no article holds; they lower the coverage.
    """
    counts = [_weighted_counts(candidate) for candidate in candidates]
    lengths = [sum(count.values()) for count in counts]
    mean = sum(lengths) / len(lengths) if lengths else 1.0
    weights = {term: rarity(frequency.get(term, 0), max(documents, 1)) for term in terms}
    heaviest = sorted(
        (rarity(frequency.get(term, 0), max(documents, 1)) for term in {*question, *terms}),
        reverse=True,
    )
    whole = sum(heaviest[: max(MAX_QUERY_TERMS, len(weights))]) or 1.0
    ranked = []
    for candidate, count, length in zip(candidates, counts, lengths, strict=True):
        norm = _K1 * (1 - _B + _B * length / (mean or 1.0))
        score = sum(
            weight * count[term] * (_K1 + 1) / (count[term] + norm)
            for term, weight in weights.items()
            if term in count
        )
        if weights and all(term in count for term in weights):
            score *= 1 + _ALL_WORDS_BONUS
        if score > 0:
            found = sum(weight for term, weight in weights.items() if term in count)
            ranked.append(Ranked(candidate.id, score, coverage=found / whole))
    return sorted(ranked, key=lambda r: (-r.score, r.id))


def rank_cases(
    matches: Iterable[tuple[str, str]],
    articles_of: Mapping[str, Iterable[str]],
    frequency: Mapping[str, int],
    documents: int,
) -> dict[str, tuple[float, int]]:
    """Return for each article (the sum of its best similar cases, how many there are).

    `matches`: (term, contact) pairs; `articles_of`: the articles that resolved a contact. A case
    must share more than one term, or the only one asked for, to count as similar.
    """
    terms_of: defaultdict[str, set[str]] = defaultdict(set)
    asked: set[str] = set()
    for term, contact_id in matches:
        terms_of[contact_id].add(term)
        asked.add(term)
    least = min(2, len(asked))
    scores: defaultdict[str, list[float]] = defaultdict(list)
    for contact_id, terms in terms_of.items():
        if len(terms) < least:
            continue
        score = sum(rarity(frequency.get(term, 0), max(documents, 1)) for term in terms)
        for article_id in articles_of.get(contact_id, ()):
            scores[article_id].append(score * len(terms) / len(asked))
    return {
        article_id: (sum(sorted(found, reverse=True)[:BEST_CASES]), len(found))
        for article_id, found in scores.items()
    }


def fuse(by_text: Sequence[Ranked], by_cases: Mapping[str, tuple[float, int]]) -> list[Ranked]:
    """Join both rankings, each scaled by its best, experience counting double; the best first."""
    best_text = max((ranked.score for ranked in by_text), default=0.0) or 1.0
    best_case = max((score for score, _ in by_cases.values()), default=0.0) or 1.0
    text = {ranked.id: ranked for ranked in by_text}
    whole = 1.0 + (_CASE_WEIGHT if by_cases else 0.0)
    fused = []
    for article_id in text.keys() | by_cases.keys():
        own = text.get(article_id, Ranked(article_id, 0.0))
        case, count = by_cases.get(article_id, (0.0, 0))
        score = (own.score / best_text + _CASE_WEIGHT * case / best_case) / whole
        fused.append(Ranked(article_id, score, count, own.coverage))
    return sorted(fused, key=lambda r: (-r.score, r.id))


def is_worth_showing(ranked: Ranked) -> bool:
    """Say whether a suggestion is better than none: below this it is "no good answer yet"."""
    return ranked.cases > 0 or ranked.coverage >= LEAST_COVERAGE


def _weighted_counts(candidate: Candidate) -> dict[str, float]:
    counts: defaultdict[str, float] = defaultdict(float)
    for text, weight in (
        (candidate.question, QUESTION_WEIGHT),
        (candidate.answer, 1.0),
        (" ".join(candidate.tags), TAG_WEIGHT),
    ):
        for token in tokens(text):
            counts[token] += weight
    return counts
