"""The figures are those of their definitions."""

import pytest

from hub.knowledge.evaluating import Tally


def test_the_figures_of_a_few_questions() -> None:
    tally = Tally()
    tally.add("a", ["a", "b"], 10)  # first
    tally.add("b", ["a", "b"], 20)  # second
    tally.add("c", ["a", "b"], 30)  # not shown
    tally.add("d", [], 40)  # wrongly refused
    tally.add(None, [], 50)  # rightly refused
    tally.add(None, ["a"], 60)  # wrongly answered
    figures = tally.figures()
    assert (figures.questions, figures.answerable, figures.unanswerable) == (6, 4, 2)
    assert (figures.recall_at_1, figures.recall_at_5) == (0.25, 0.5)
    assert figures.mrr == pytest.approx(1.5 / 4)
    assert (figures.refusal_precision, figures.refusal_recall) == (0.5, 0.5)
    assert (figures.p50_ms, figures.p95_ms) == (40, 60)


def test_no_questions_have_no_shares() -> None:
    figures = Tally().figures()
    assert figures.recall_at_1 is figures.refusal_recall is figures.p95_ms is None
