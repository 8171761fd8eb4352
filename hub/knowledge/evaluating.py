"""How good suggestions are, pure figures: what was asked for against what was shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Shares are 0-1; None where there was nothing to take a share of.

    recall@1, recall@5: of the questions that an article answers, those whose article was shown
    first, was shown at all; mrr: the mean of 1 ÷ its place, 0 where it was not shown. A question
    to which nothing is shown is refused: refusal_precision, of the refused, those that nothing
    fits; refusal_recall, of those that nothing fits, the refused.
    """

    questions: int
    answerable: int
    unanswerable: int
    refused_questions: int
    recall_at_1: float | None = msgspec.field(name="recall@1")
    recall_at_5: float | None = msgspec.field(name="recall@5")
    mrr: float | None
    refusal_precision: float | None
    refusal_recall: float | None
    p50_ms: float | None
    p95_ms: float | None


@dataclass(slots=True)
class Tally:
    """Adds up answers one by one."""

    answerable: int = 0
    unanswerable: int = 0
    first: int = 0
    among: int = 0
    reciprocal: float = 0.0
    refused: int = 0
    rightly: int = 0
    took_ms: list[float] = field(default_factory=list)

    def add(self, wanted: str | None, shown: Sequence[str], took_ms: float) -> None:
        """`wanted`: the topic that answers; None: none does. `shown`: topics, the best first."""
        self.took_ms.append(took_ms)
        self.refused += not shown
        if wanted is None:
            self.unanswerable += 1
            self.rightly += not shown
            return
        self.answerable += 1
        if wanted in shown:
            place = shown.index(wanted) + 1
            self.first += place == 1
            self.among += 1
            self.reciprocal += 1 / place

    def figures(self) -> Figures:
        ordered = sorted(self.took_ms)
        return Figures(
            questions=len(ordered),
            answerable=self.answerable,
            unanswerable=self.unanswerable,
            refused_questions=self.refused,
            recall_at_1=_share(self.first, self.answerable),
            recall_at_5=_share(self.among, self.answerable),
            mrr=_share(self.reciprocal, self.answerable),
            refusal_precision=_share(self.rightly, self.refused),
            refusal_recall=_share(self.rightly, self.unanswerable),
            p50_ms=_percentile(ordered, 50),
            p95_ms=_percentile(ordered, 95),
        )


def _share(part: float, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _percentile(ordered: Sequence[float], percent: int) -> float | None:
    """Nearest rank."""
    if not ordered:
        return None
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 2)
