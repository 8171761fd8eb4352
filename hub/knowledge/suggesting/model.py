"""One refit, pure: from all words of a knowledge store to a model, and what crosses processes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b

from msgspec import Struct

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
from .fusion import Fusion, Held, fit_fusion
from .learning import Labelled, Weights, count_words, fit
from .words import can_be_misspelt, meanings, spellings

HOLD_BACK = 5  # every 5th case, by its name's hash
LEAST_CASES_EACH = 3  # an article, on average: then cases decide how signals are weighed
_MOST_HELD = 800
_SIMILAR = 200  # cases a question is compared with
_POSTINGS = 20_000  # cases looked through for them
_MOST_SPELT = 50_000


class ArticleText(Struct, frozen=True, array_like=True):
    topic: int
    title: list[str]
    body: list[str]


class CaseText(Struct, frozen=True, array_like=True):
    """`topic` None: nothing fits. `key` is the case's own name: by its hash it is held back."""

    key: str
    topic: int | None
    words: list[str]


class Texts(Struct, frozen=True):
    """`precision`: the share of suggestions that are to be right (the set-up's)."""

    articles: list[ArticleText]
    cases: list[CaseText]
    topics: int
    precision: float = 0.9


class Fitted(Struct, frozen=True, kw_only=True):
    """`words`: word -> (articles that hold it, cases, [topics], [weights])."""

    order: tuple[float, ...]
    sure: tuple[float, ...]
    threshold: float
    held: int
    precision: float | None
    recall: float | None
    articles: int
    cases: int
    norm: float
    words: dict[str, tuple[int, int, list[int], list[float]]]
    spellings: dict[str, list[str]]


class Memory:
    """Words of articles and cases at hand: what a refit asks its held back questions."""

    def __init__(
        self, articles: Sequence[ArticleWords], cases: Sequence[Labelled], vocabulary: Vocabulary,
        weights: Weights,
    ) -> None:  # fmt: skip
        self._articles = articles
        self._vocabulary = vocabulary
        self._weights = weights
        self._by_topic: defaultdict[int, list[ArticleWords]] = defaultdict(list)
        self._in_articles: defaultdict[str, list[int]] = defaultdict(list)
        self._in_cases: defaultdict[str, list[int]] = defaultdict(list)
        for at, article in enumerate(articles):
            self._by_topic[int(article.topic)].append(article)
            for word in {*article.title, *article.body}:
                self._in_articles[word].append(at)
        self._cases = [case for case in cases if case.topic is not None]
        for at, case in enumerate(self._cases):
            for word in case.words:
                self._in_cases[word].append(at)

    def signals(self, words: Sequence[str]) -> dict[Topic, Signals]:
        """Return what speaks for each topic."""
        vocabulary = self._vocabulary
        linear = linear_scores(words, self._weights, vocabulary)
        texts = [
            self._articles[at]
            for at in _most_shared(words, self._in_articles, vocabulary.in_articles, 80)
        ]
        near = [
            CaseWords(self._cases[at].topic or 0, self._cases[at].words)
            for at in _most_shared(words, self._in_cases, vocabulary.in_cases, _SIMILAR)
        ]
        topics = {article.topic for article in texts}
        for topic in [*best_of(linear, 60), *{case.topic for case in near}]:
            if topic not in topics:
                topics.add(topic)
                texts += self._by_topic[int(topic)]
        return join_signals(
            text_signals(words, texts, vocabulary),
            case_signals(words, near, vocabulary),
            linear,
            chances(linear),
        )


def _most_shared(
    words: Sequence[str],
    holders: Mapping[str, Sequence[int]],
    rarity: Callable[[str], float],
    count: int,
) -> list[int]:
    """The documents that share most with `words`, looked for by the rarest words first."""
    shared: defaultdict[Topic, float] = defaultdict(float)
    seen = 0
    for word in sorted(words, key=lambda word: (len(holders.get(word, ())), word)):
        have = holders.get(word, ())
        if seen and seen + len(have) > _POSTINGS:
            break
        seen += len(have)
        weight = rarity(word) ** 2
        for at in have:
            shared[at] += weight
    return [int(at) for at in best_of(shared, count)]


def is_held_back(key: str) -> bool:
    """Say whether a case is kept from the first fit, by the hash of its name."""
    return _hash(key) % HOLD_BACK == 0


def _hash(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=4).digest(), "big")


def refit(texts: Texts) -> Fitted:
    """Fit everything anew. The same texts give the same result."""
    articles = [ArticleWords(one.topic, one.title, one.body) for one in texts.articles]
    answered = sum(case.topic is not None for case in texts.cases)
    fusion, judged, held = Fusion(), None, 0
    if answered >= LEAST_CASES_EACH * max(1, texts.topics):
        tuning, judging = _hold_back(articles, texts.cases)
        held = len(tuning) + len(judging)
        fusion, judged = fit_fusion(tuning, judging, texts.precision)
    vocabulary = count_words(articles, (case.words for case in texts.cases))
    weights = fit(articles, _labelled(texts.cases), vocabulary)
    return Fitted(
        order=fusion.order,
        sure=fusion.sure,
        threshold=fusion.threshold,
        held=held,
        precision=judged.precision if judged else None,
        recall=judged.recall if judged else None,
        articles=vocabulary.articles,
        cases=vocabulary.cases,
        norm=vocabulary.norm,
        words={
            word: (
                *vocabulary.counts.get(word, (0, 0)),
                [topic for topic, _ in weights.get(word, ())],
                [round(weight, 4) for _, weight in weights.get(word, ())],
            )
            for word in vocabulary.counts.keys() | weights.keys()
        },
        spellings=spellings(_spelt(vocabulary)),
    )


def _labelled(cases: Iterable[CaseText]) -> list[Labelled]:
    return [Labelled(case.topic, case.words) for case in cases]


def _hold_back(
    articles: Sequence[ArticleWords], cases: Sequence[CaseText]
) -> tuple[list[Held], list[Held]]:
    """Fit to four fifths of the cases and ask the last fifth: half to tune by, half to judge by."""
    rest = [case for case in cases if not is_held_back(case.key)]
    held = sorted(
        (case for case in cases if is_held_back(case.key)), key=lambda case: _hash(case.key)
    )[:_MOST_HELD]
    vocabulary = count_words(articles, (case.words for case in rest))
    labelled = _labelled(rest)
    memory = Memory(articles, labelled, vocabulary, fit(articles, labelled, vocabulary))
    asked = [Held(case.topic, memory.signals(case.words)) for case in held]
    return asked[::2], asked[1::2]


def _spelt(vocabulary: Vocabulary) -> list[str]:
    """The words that a misspelt one may have been meant to be, the commonest first."""
    counts = {word: sum(found) for word, found in vocabulary.counts.items()}
    sure = {
        word
        for word, (in_articles, in_cases) in vocabulary.counts.items()
        if (in_articles or in_cases > 1) and can_be_misspelt(word)
    }
    sure |= {word for word in meanings().words() if can_be_misspelt(word)}
    return sorted(sure, key=lambda word: (-counts.get(word, 0), word))[:_MOST_SPELT]
