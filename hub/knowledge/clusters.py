"""Contacts that ask alike, pure: found without a language model, each its own topic.

Questions are compared by their words' weights (cosine). A question joins the cluster whose middle
it is nearest to, if near enough; else it begins one. Twice over the questions, so that the first
ones are not stuck where nothing else was there yet. The same questions give the same clusters.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .suggesting.words import MEANING, common_words

NEAR = 0.3
FEWEST = 5  # contacts that make a topic
_MOST_WORDS = 60
_NAMED = 6
_COMPARED = 40  # clusters that share a word with a question


class Asked(NamedTuple):
    """A resolved contact: what was asked in it, as words; `id` breaks ties."""

    id: str
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Cluster:
    """`contacts`, the nearest to the middle first; `words` name it."""

    contacts: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(slots=True)
class _Heap:
    sums: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    members: dict[str, dict[str, float]] = field(default_factory=dict)

    def near(self, vector: dict[str, float]) -> float:
        length = math.sqrt(sum(weight * weight for weight in self.sums.values())) or 1.0
        return sum(weight * self.sums.get(word, 0.0) for word, weight in vector.items()) / length


def cluster(asked: Sequence[Asked], fewest: int = FEWEST) -> list[Cluster]:
    """Return topics with at least `fewest` contacts, the largest first."""
    vectors = _vectors(sorted(asked, key=lambda one: one.id))
    heaps: list[_Heap] = []
    for _ in range(2):
        middles, heaps = heaps, []
        holders: defaultdict[str, list[int]] = defaultdict(list)
        for heap in middles:
            if len(heap.members) > 1:
                for word in _named(heap):
                    holders[word].append(len(heaps))
                heaps.append(_Heap(heap.sums))
        for name, vector in vectors.items():
            _place(heaps, holders, name, vector)
    found = [heap for heap in heaps if len(heap.members) >= fewest]
    found.sort(key=lambda heap: (-len(heap.members), min(heap.members)))
    return [_named_cluster(heap) for heap in found]


def _vectors(asked: Sequence[Asked]) -> dict[str, dict[str, float]]:
    frequency = Counter(word for one in asked for word in set(one.words))
    common = common_words()
    vectors = {}
    for one in asked:
        weights = {
            word: math.log(1 + len(asked) / frequency[word])
            for word in one.words
            if word not in common
        }
        best = sorted(weights, key=lambda word: (-weights[word], word))[:_MOST_WORDS]
        length = math.sqrt(sum(weights[word] ** 2 for word in best))
        if length:
            vectors[one.id] = {word: weights[word] / length for word in best}
    return vectors


def _place(
    heaps: list[_Heap],
    holders: defaultdict[str, list[int]],
    name: str,
    vector: dict[str, float],
) -> None:
    shared: Counter[int] = Counter()
    for word in vector:
        for at in holders.get(word, ()):
            shared[at] += 1
    best, likeness = -1, NEAR
    for at, _ in sorted(shared.items(), key=lambda pair: (-pair[1], pair[0]))[:_COMPARED]:
        near = heaps[at].near(vector)
        if near > likeness:
            best, likeness = at, near
    if best < 0:
        best = len(heaps)
        heaps.append(_Heap())
        for word in vector:
            holders[word].append(best)
    heap = heaps[best]
    heap.members[name] = vector
    for word, weight in vector.items():
        heap.sums[word] += weight


def _named(heap: _Heap) -> list[str]:
    return sorted(heap.sums, key=lambda word: (-heap.sums[word], word))[:_MOST_WORDS]


def _named_cluster(heap: _Heap) -> Cluster:
    nearest = sorted(heap.members, key=lambda name: (-heap.near(heap.members[name]), name))
    words = [word for word in _named(heap) if not word.startswith(MEANING) and len(word) > 1]
    return Cluster(tuple(nearest), tuple(words[:_NAMED]))
