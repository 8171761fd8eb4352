"""What speaks for an article, pure: its own words, similar cases, and the learned weights.

Everything is measured for a topic: an article and its translations answer the same questions. The
same functions rank what the database brings in for a console and what a refit holds in memory.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from .words import MEANING, common_words

BEST_CASES = 20  # of a topic's similar cases, so many count (knowledge.md, Suggestion)
COMMON_WEIGHT = 0.3
MEANING_WEIGHT = 1.5  # a shared meaning says more than a shared word that is as rare
SHARPNESS = 5.0  # of the learned weights' shares: measured on held-out questions
_FEWEST = 50  # documents
NOTHING = 0.2  # the learned score of what is not there: the others compete with it too
_SLOPE = 0.3  # how much a long article is held against it (Singhal 1996, pivoted normalisation)
_COMPARED = 100  # topics that the learned weights' shares are of
_COMPARED_TEXTS = 60  # articles that share most are compared in full
KEPT = 40  # topics that are compared in full

_NONE = (0, 0)

Topic = int | str
"""A number in a refit, an id in the store."""


class Signals(NamedTuple):
    """What speaks for one topic, each about 0-1.

    title, text: how much of the question its title, all its words share; nearest: the most similar
    case; share: its part of all similar cases; linear: the learned weights; chance: the same, as a
    share among all topics.
    """

    title: float = 0.0
    text: float = 0.0
    nearest: float = 0.0
    share: float = 0.0
    linear: float = 0.0
    chance: float = 0.0


class _Rarities(dict[str, float]):
    """The weight of each word that was asked for, worked out once."""

    def __init__(self, documents: int, count: Callable[[str], int]) -> None:
        self._documents = documents
        self._count = count

    def __missing__(self, word: str) -> float:
        weight = self[word] = _rarity(word, self._count(word), self._documents)
        return weight


class Vocabulary:
    """How many articles and cases hold a word. A word that is missing is in none.

    `in_articles`, `in_cases`, `anywhere`: how much a word weighs there. `norm`: the middling length
    of an article, as `length` measures it.
    """

    def __init__(
        self,
        articles: int,
        cases: int,
        counts: Mapping[str, tuple[int, int]],
        norm: float = 20.0,
    ) -> None:
        self.articles = articles
        self.cases = cases
        self.counts = counts
        self.norm = norm
        self.in_articles = _Rarities(articles, lambda word: self._count(word)[0]).__getitem__
        self.in_cases = _Rarities(cases, lambda word: self._count(word)[1]).__getitem__
        self.anywhere = _Rarities(articles + cases, lambda word: sum(self._count(word))).__getitem__

    def _count(self, word: str) -> tuple[int, int]:
        return self.counts.get(word, _NONE)


class ArticleWords(NamedTuple):
    topic: Topic
    title: Sequence[str]
    body: Sequence[str]


class CaseWords(NamedTuple):
    topic: Topic
    words: Sequence[str]


def _rarity(word: str, frequency: int, documents: int) -> float:
    """BM25's idf (Robertson & Zaragoza 2009), a meaning weighing more.

    A word that nobody used weighs as one that was used once, and no store counts as smaller than
    _FEWEST: in a small one most words are rare by chance, or common by chance.
    """
    frequency, documents = max(1, frequency), max(_FEWEST, documents)
    weight = math.log(1 + (max(documents, frequency) - frequency + 0.5) / (frequency + 0.5))
    if word in common_words():
        return weight * COMMON_WEIGHT
    return weight * MEANING_WEIGHT if word.startswith(MEANING) else weight


def length(weights: Iterable[float]) -> float:
    return math.sqrt(sum(weight * weight for weight in weights)) or 1.0


def text_signals(
    question: Sequence[str], articles: Iterable[ArticleWords], vocabulary: Vocabulary
) -> dict[Topic, tuple[float, float]]:
    """Return (title, text) of each topic: the best of its articles."""
    weights = {word: vocabulary.in_articles(word) for word in question}
    squares = {word: weight * weight for word, weight in weights.items()}
    own = length(weights.values())
    holding: list[tuple[float, float, ArticleWords]] = []
    for article in articles:
        in_title = sum([squares[word] for word in article.title if word in squares])
        extra = set(article.body).intersection(squares).difference(article.title)
        in_text = in_title + sum([squares[word] for word in extra])
        if in_text:
            holding.append((in_title, in_text, article))
    holding.sort(key=lambda one: (-one[0] - one[1], str(one[2].topic)))
    found: dict[Topic, tuple[float, float]] = {}
    for in_title, in_text, article in holding[:_COMPARED_TEXTS]:
        title = length(map(vocabulary.in_articles, article.title))
        whole = length(map(vocabulary.in_articles, {*article.title, *article.body}))
        pivoted = (1 - _SLOPE) * vocabulary.norm + _SLOPE * whole
        now = in_title / (own * title), in_text / (own * pivoted)
        before = found.get(article.topic, (0.0, 0.0))
        found[article.topic] = max(before[0], now[0]), max(before[1], now[1])
    return found


def case_signals(
    question: Sequence[str], cases: Iterable[CaseWords], vocabulary: Vocabulary
) -> dict[Topic, tuple[float, float, int]]:
    """Return (nearest, share, how many) of each topic that similar cases were resolved by."""
    weights = {word: vocabulary.in_cases(word) ** 2 for word in question}
    own = length(map(vocabulary.in_cases, question))
    likeness: defaultdict[Topic, list[float]] = defaultdict(list)
    for case in cases:
        shared = [weights[word] for word in case.words if word in weights]
        if shared:
            norm = length(map(vocabulary.in_cases, case.words))
            likeness[case.topic].append(sum(shared) / (own * norm))
    best = {topic: sorted(found, reverse=True)[:BEST_CASES] for topic, found in likeness.items()}
    sums = {topic: sum(value * value for value in found) for topic, found in best.items()}
    whole = sum(sums.values()) or 1.0
    return {topic: (best[topic][0], sums[topic] / whole, len(likeness[topic])) for topic in best}


def linear_scores(
    question: Sequence[str],
    weights: Mapping[str, Iterable[tuple[int, float]]],
    vocabulary: Vocabulary,
) -> dict[Topic, float]:
    """Return the learned score of each topic, of any size; absent: nothing is known."""
    rarities = {word: vocabulary.anywhere(word) for word in question}
    norm = length(rarities.values())
    scores: defaultdict[Topic, float] = defaultdict(float)
    for word, rarity in rarities.items():
        known = weights.get(word)
        if known is not None:
            value = rarity / norm
            for topic, weight in known:
                scores[topic] += value * weight
    return scores


def chances(scores: Mapping[Topic, float]) -> dict[Topic, float]:
    """Return each topic's share, sharpened (softmax), among the best and nothing at all."""
    best = best_of(scores, _COMPARED)
    if not best:
        return {}
    top = scores[best[0]]
    shares = {topic: math.exp(SHARPNESS * (scores[topic] - top)) for topic in best}
    whole = sum(shares.values()) + math.exp(SHARPNESS * (NOTHING - top))
    return {topic: share / whole for topic, share in shares.items()}


def best_of(scores: Mapping[Topic, float], count: int) -> list[Topic]:
    """Return the topics with the highest scores, the best first; of equals the first numbers."""
    return sorted(scores, key=lambda topic: (-scores[topic], topic))[:count]


def join_signals(
    text: Mapping[Topic, tuple[float, float]],
    cases: Mapping[Topic, tuple[float, float, int]],
    linear: Mapping[Topic, float],
    chance: Mapping[Topic, float],
    without: Collection[Topic] = (),
) -> dict[Topic, Signals]:
    """Return all signals of the topics that any of them names, at most KEPT."""
    found = {}
    for topic in {*text, *cases, *chance}.difference(without):
        title, whole = text.get(topic, (0.0, 0.0))
        nearest, share, _ = cases.get(topic, (0.0, 0.0, 0))
        score = linear.get(topic, 0.0)
        found[topic] = Signals(title, whole, nearest, share, score, chance.get(topic, 0.0))
    best = sorted(found, key=lambda topic: (-sum(found[topic]), str(topic)))
    return {topic: found[topic] for topic in best[:KEPT]}
