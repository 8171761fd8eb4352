"""Learned weights, pure: how much each word speaks for each topic.

A linear model. It begins with the words of the articles themselves, so that it knows every topic
from the first day, adds the mean of each topic's cases, and then corrects itself on the cases it
gets wrong (multinomial logistic regression by stochastic gradient steps, against the topics that
come near and against nothing at all). A topic with many cases counts no more than one with few:
questions about the rare one are not given to the common one. The same texts give the same weights.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .engine import NOTHING, SHARPNESS, ArticleWords, Vocabulary, length

PER_WORD = 400  # topics a word may speak for or against
_EPOCHS = 3
_STEP = 1.0
_RIVALS = 3
_NEAR = 16  # topics that rivals are chosen from
_SPOKEN_FOR = 120  # topics: a word that speaks for more finds no rivals
_TITLE, _TEXT = 2.0, 1.4  # what the words of an article weigh to begin with
_CASES = 0.6
_FEW = 3.0  # cases after which their mean counts half
_BALANCE = 0.8  # 1: all topics weigh the same, 0: all cases do
_TITLE_STEPS, _TEXT_STEPS = 1.5, 1.0
_LEAST_STEP = 0.02
_LONGEST, _LEAST_VALUE = 40, 0.04  # of a text, so many words that matter so much
_LEAST_WEIGHT = 0.01
_MOST_EXAMPLES = 20_000  # of cases that are gone through again and again
_SEED = 20_001


class Labelled(NamedTuple):
    """A case and the number of the topic that answered it; None: nothing fits."""

    topic: int | None
    words: Sequence[str]


@dataclass(slots=True)
class _Example:
    topic: int | None
    vector: list[tuple[int, float]]
    weight: float
    rivals: list[int] = field(default_factory=list)


Weights = dict[str, list[tuple[int, float]]]


def count_words(articles: Sequence[ArticleWords], cases: Iterable[Sequence[str]]) -> Vocabulary:
    """Return how many articles and cases hold each word."""
    in_articles: Counter[str] = Counter()
    for article in articles:
        in_articles.update({*article.title, *article.body})
    in_cases: Counter[str] = Counter()
    count = 0
    for words in cases:
        in_cases.update(set(words))
        count += 1
    counts = {
        word: (in_articles[word], in_cases[word]) for word in in_articles.keys() | in_cases.keys()
    }
    plain = Vocabulary(len(articles), count, counts)
    norms = sorted(
        length(map(plain.in_articles, {*article.title, *article.body})) for article in articles
    )
    middle = norms[len(norms) // 2] if norms else plain.norm
    return Vocabulary(len(articles), count, counts, middle)


def fit(
    articles: Sequence[ArticleWords], cases: Sequence[Labelled], vocabulary: Vocabulary
) -> Weights:
    """Return the weight of each word for topics; `articles` and `cases` number their topics."""
    numbers: dict[str, int] = {}
    weights: list[dict[int, float]] = []

    def vector(words: Iterable[str]) -> list[tuple[int, float]]:
        rarities = {word: vocabulary.anywhere(word) for word in words}
        norm = length(rarities.values())
        for word in rarities:
            if word not in numbers:
                numbers[word] = len(weights)
                weights.append({})
        found = [(numbers[word], rarity / norm) for word, rarity in rarities.items()]
        found.sort(key=lambda pair: (-pair[1], pair[0]))
        return [pair for pair in found[:_LONGEST] if pair[1] >= _LEAST_VALUE]

    examples = []
    for article in articles:
        topic = int(article.topic)
        for words, weight, steps in (
            (article.title, _TITLE / 2, _TITLE_STEPS),
            ([*article.title, *article.body], _TEXT / 2, _TEXT_STEPS),
        ):
            found = vector(words)
            _add(weights, found, topic, weight)
            examples.append(_Example(topic, found, steps))
    examples += _cases(cases, weights, vector)
    _correct(weights, examples)
    return {word: _strongest(weights[number]) for word, number in numbers.items()}


def _cases(
    cases: Sequence[Labelled],
    weights: list[dict[int, float]],
    vector: Callable[[Iterable[str]], list[tuple[int, float]]],
) -> list[_Example]:
    """Add the mean of each topic's cases; return those to go through again, the newest of each."""
    per_topic = Counter(case.topic for case in cases)
    most = _share(per_topic)
    taken: Counter[int | None] = Counter()
    examples = []
    for case in cases:
        found = vector(case.words)
        count = per_topic[case.topic]
        if case.topic is not None:
            _add(weights, found, case.topic, _CASES / (count + _FEW))
        if taken[case.topic] < most:
            taken[case.topic] += 1
            weight = 1.0 if case.topic is None else 1 / min(count, most) ** _BALANCE
            examples.append(_Example(case.topic, found, weight))
    return examples


def _share(per_topic: Mapping[int | None, int]) -> int:
    """How many cases of one topic may be examples, so that all together are not too many."""
    most = max(per_topic.values(), default=0)
    while most > 1 and sum(min(count, most) for count in per_topic.values()) > _MOST_EXAMPLES:
        most = max(1, most * 3 // 4)
    return most


def _add(
    weights: list[dict[int, float]], vector: list[tuple[int, float]], topic: int, weight: float
) -> None:
    for word, value in vector:
        known = weights[word]
        known[topic] = known.get(topic, 0.0) + weight * value


def _correct(weights: list[dict[int, float]], examples: list[_Example]) -> None:
    """Move the weights from what they say of each example towards what is so."""
    chance = random.Random(_SEED)  # noqa: S311 - the order of going through, always the same
    order = list(range(len(examples)))
    for epoch in range(_EPOCHS):
        chance.shuffle(order)
        step = _STEP / (1 + epoch / 2)
        for at in order:
            example = examples[at]
            if epoch % 2 == 0:
                example.rivals = _rivals(weights, example)
            scores = _scores(weights, example.vector, example.rivals)
            _step(weights, example, scores, step * example.weight)


def _rivals(weights: list[dict[int, float]], example: _Example) -> list[int]:
    """The topics that come near, found by words that speak for few, and the right one."""
    near: defaultdict[int, float] = defaultdict(float)
    for word, value in example.vector:
        known = weights[word]
        if len(known) <= _SPOKEN_FOR:
            for topic, weight in known.items():
                near[topic] += value * weight
    nearest = sorted(near, key=lambda topic: (-near[topic], topic))[:_NEAR]
    scores = _scores(weights, example.vector, nearest)
    rivals = sorted(nearest, key=lambda topic: (-scores[topic], topic))[:_RIVALS]
    if example.topic is not None and example.topic not in rivals:
        rivals.append(example.topic)
    return rivals


def _scores(
    weights: list[dict[int, float]], vector: list[tuple[int, float]], topics: Sequence[int]
) -> dict[int, float]:
    scores = dict.fromkeys(topics, 0.0)
    for word, value in vector:
        known = weights[word]
        for topic in topics:
            if topic in known:
                scores[topic] += value * known[topic]
    return scores


def _step(
    weights: list[dict[int, float]],
    example: _Example,
    scores: dict[int, float],
    step: float,
) -> None:
    top = max([NOTHING, *(scores[topic] for topic in example.rivals)])
    shares = [math.exp(SHARPNESS * (scores[topic] - top)) for topic in example.rivals]
    whole = sum(shares) + math.exp(SHARPNESS * (NOTHING - top))
    for topic, share in zip(example.rivals, shares, strict=True):
        wrong = (topic == example.topic) - share / whole
        if abs(wrong) > _LEAST_STEP:
            _add(weights, example.vector, topic, step * wrong)


def _strongest(known: Mapping[int, float]) -> list[tuple[int, float]]:
    kept = [(topic, weight) for topic, weight in known.items() if abs(weight) >= _LEAST_WEIGHT]
    kept.sort(key=lambda pair: (-abs(pair[1]), pair[0]))
    return kept[:PER_WORD]
