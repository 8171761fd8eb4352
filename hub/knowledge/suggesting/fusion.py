"""From signals to an order and a decision, pure: which topic is first, and whether to say so.

Both are small logistic models. They come with weights measured on our own questions and are fitted
to a shop's cases that were held back from the learned weights: never to those that trained them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .engine import Signals, Topic

SHOWN = 5
FEWEST_HELD = 100  # questions held back, or the weights we come with stay
_ORDER: tuple[float, ...] = (3.5, 3.0, 1.0, 0.5, 5.0, 1.5)
_SURE: tuple[float, ...] = (-2.9, 0.7, 0.8, 4.6, 2.7, 1.1)
_THRESHOLD = 0.38
_KEPT = 0.95  # of the right answers
_NOTHING = 1.5  # what is not there weighs as much
_ROUNDS = 30
_NEAR = 12  # topics
_TAKEN_AWAY = 0.125  # what a question counts whose topic is taken away: it is a hard one
_HOLD = 4.0  # how many questions the weights we come with count as


class Scored(NamedTuple):
    topic: Topic
    score: float  # 0-1, its share among these and nothing at all


@dataclass(frozen=True, slots=True)
class Fusion:
    """`order`: of the signals; `sure`: of the evidence; below `threshold` nothing is said."""

    order: tuple[float, ...] = _ORDER
    sure: tuple[float, ...] = _SURE
    threshold: float = _THRESHOLD


class Held(NamedTuple):
    """A question that was held back: its topic (None: nothing fits) and the signals of all."""

    topic: int | None
    signals: Mapping[Topic, Signals]


class Decided(NamedTuple):
    """Whether the answer was among what would be shown, and what could be known of it."""

    evidence: tuple[float, ...]
    right: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What the threshold does on questions that nothing was fitted to, as shares 0-1."""

    questions: int
    precision: float
    recall: float


def put_in_order(signals: Mapping[Topic, Signals], order: Sequence[float]) -> list[Scored]:
    """Return the topics, the best first; ties by name."""
    values = {topic: _dot(order, found) for topic, found in signals.items()}
    if not values:
        return []
    top = max(values.values())
    shares = {topic: math.exp(value - top) for topic, value in values.items()}
    whole = sum(shares.values()) + math.exp(_NOTHING - top)
    ranked = sorted(values, key=lambda topic: (-values[topic], str(topic)))
    return [Scored(topic, shares[topic] / whole) for topic in ranked]


def certainty(
    signals: Mapping[Topic, Signals], ranked: Sequence[Scored], sure: Sequence[float]
) -> float:
    """Return how certain it is (0-1) that the answer is among the first."""
    return _logistic(_dot(sure, evidence(signals, ranked))) if ranked else 0.0


def evidence(signals: Mapping[Topic, Signals], ranked: Sequence[Scored]) -> tuple[float, ...]:
    """Return what the decision is made by."""
    first = signals[ranked[0].topic]
    best = Signals(*map(max, zip(*(signals[one.topic] for one in ranked[:SHOWN]), strict=True)))
    return (1.0, best.title + best.text, best.nearest, best.linear, ranked[0].score, first.chance)


def fit_fusion(
    tuning: Sequence[Held], judging: Sequence[Held], precision: float
) -> tuple[Fusion, Judged | None]:
    """Fit order and decision to `tuning`, choose the threshold on `judging`, no part of it.

    `precision`: the share of suggestions that are to be right, among as many questions that nothing
    fits as that shop has; where none are known, each question counts once more with its own topic
    taken away. With too few questions the weights we come with stay.
    """
    if min(len(tuning), len(judging)) < FEWEST_HELD // 2:
        return Fusion(), None
    order = _fit_order(tuning)
    sure = _fit_sure(_cases_of(tuning, order))
    threshold, judged = _choose(_cases_of(judging, order), sure, precision)
    return Fusion(order, sure, threshold), judged


def _fit_order(held: Sequence[Held]) -> tuple[float, ...]:
    """Conditional logistic regression: the right topic's share is to be large."""
    order = list(_ORDER)
    asked = [_nearest(one) for one in held if one.topic in one.signals]
    for round_ in range(_ROUNDS):
        step = 0.5 / (1 + round_ / 10)
        for one in asked:
            ranked = put_in_order(one.signals, order)
            shares = {found.topic: found.score for found in ranked}
            for at in range(len(order)):
                mean = sum(shares[topic] * found[at] for topic, found in one.signals.items())
                gain = one.signals[one.topic][at] - mean if one.topic is not None else 0.0
                pull = _HOLD / len(asked) * (order[at] - _ORDER[at]) / 10
                order[at] += step * (gain - pull)
    return tuple(max(0.0, weight) for weight in order)


def _nearest(held: Held) -> Held:
    """The right topic and those that come near: the others teach nothing."""
    near = [one.topic for one in put_in_order(held.signals, _ORDER)[:_NEAR]]
    kept = {topic: held.signals[topic] for topic in near}
    if held.topic is not None:
        kept[held.topic] = held.signals[held.topic]
    return Held(held.topic, kept)


def _cases_of(held: Sequence[Held], order: Sequence[float]) -> list[Decided]:
    """What is to be decided, and how it should be."""
    known = any(one.topic is None for one in held)
    found = []
    for one in held:
        found.append(_case_of(one.signals, one.topic, order, 1.0))
        if one.topic is not None and not known:
            rest = {topic: value for topic, value in one.signals.items() if topic != one.topic}
            found.append(_case_of(rest, None, order, _TAKEN_AWAY))
    return found


def _case_of(
    signals: Mapping[Topic, Signals],
    topic: int | None,
    order: Sequence[float],
    weight: float,
) -> Decided:
    ranked = put_in_order(signals, order)
    if not ranked:
        return Decided((1.0, *(0.0 for _ in _SURE[1:])), False, weight)
    shown = {one.topic for one in ranked[:SHOWN]}
    return Decided(evidence(signals, ranked), topic in shown, weight)


def _fit_sure(cases: Sequence[Decided]) -> tuple[float, ...]:
    sure = list(_SURE)
    for round_ in range(_ROUNDS):
        step = 0.5 / (1 + round_ / 10)
        for values, right, weight in cases:
            wrong = right - _logistic(_dot(sure, values))
            for at, value in enumerate(values):
                moved = sure[at] + step * weight * wrong * value
                sure[at] = max(0.0, moved) if at else moved  # no evidence speaks against
    return tuple(sure)


def _choose(
    cases: Sequence[Decided], sure: Sequence[float], precision: float
) -> tuple[float, Judged]:
    """Return the threshold that tells right from wrong best (Youden 1950), or the higher one from
    which `precision` is reached; but none that refuses more right answers than _KEPT allows: where
    questions are hard, a list that may be wrong is worth more to a colleague than none.
    """
    scored = sorted((_logistic(_dot(sure, one.evidence)), one.right, one.weight) for one in cases)
    every = sum(weight for _, right, weight in scored if right) or 1.0
    wrong = sum(weight for _, right, weight in scored if not right) or 1.0
    right_above, wrong_above = every, wrong
    chosen, judged, best = _THRESHOLD, Judged(0, 0.0, 0.0), 0.0
    reached = False
    for certain, right, weight in scored:
        above = right_above + wrong_above
        share, recall = right_above / above if above else 0.0, right_above / every
        if recall < _KEPT:
            break
        told_apart = recall - wrong_above / wrong
        if told_apart > best or not judged.questions or (share >= precision and not reached):
            best = max(best, told_apart)
            chosen, judged = _between(certain, scored), Judged(len(scored), share, recall)
        reached = reached or share >= precision
        right_above -= weight if right else 0.0
        wrong_above -= 0.0 if right else weight
    return chosen, judged


def _between(certain: float, scored: Sequence[tuple[float, bool, float]]) -> float:
    """Half way to the next lower certainty: the threshold is not to hang on one question."""
    lower = [value for value, _, _ in scored if value < certain]
    return (certain + lower[-1]) / 2 if lower else certain


def _dot(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, values, strict=True))


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))
