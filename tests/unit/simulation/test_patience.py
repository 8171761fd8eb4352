"""Patience from waits that ended otherwise: Kaplan–Meier, and exponential beyond it."""

from __future__ import annotations

import math
import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.simulation.patience import Patience, patience_by_group

waits = st.lists(
    st.tuples(st.floats(min_value=0.1, max_value=1000), st.booleans()), min_size=1, max_size=60
)


def test_the_textbooks_estimate_is_met() -> None:
    # Kaplan & Meier's way by hand: 1·(1 − 1/5), then 1/3 of those left, then 1/1.
    patience = Patience([(10, True), (20, False), (30, True), (40, False), (50, True)])
    shares = [patience.longer_than(at_s) for at_s in (5, 10, 25, 30, 45, 50)]
    assert shares == pytest.approx([1, 0.8, 0.8, 0.8 * 2 / 3, 0.8 * 2 / 3, 0])
    assert patience.mean_s == pytest.approx(150 / 3)


def test_where_nobody_left_nobody_does() -> None:
    patience = Patience([(10, False), (20, False)])
    assert patience.draw_s(15, 0.5) == math.inf
    assert patience.mean_s == math.inf


def test_who_left_at_once_where_nobody_waited_tells_nothing_of_the_others() -> None:
    patience = Patience([(0.0, True), (0.0, False), (0.0, False)])
    assert patience.left == 1
    assert patience.draw_s(0.0, 0.5) == math.inf


def test_an_exponential_patience_is_found_again_although_most_were_answered() -> None:
    dice = random.Random(3)  # noqa: S311 - a test's chances, no secret
    seen = []
    for _ in range(20_000):
        patient_s, answered_s = dice.expovariate(1 / 90), dice.expovariate(1 / 40)
        seen.append((min(patient_s, answered_s), patient_s < answered_s))
    patience = Patience(seen)
    assert patience.mean_s == pytest.approx(90, rel=0.05)
    drawn = [patience.draw_s(0, dice.random()) for _ in range(20_000)]
    assert fmean(drawn) == pytest.approx(90, rel=0.06)
    later = [patience.draw_s(100, dice.random()) for _ in range(20_000)]
    assert fmean(later) == pytest.approx(190, rel=0.06)  # it has no memory


@given(waits, st.floats(min_value=0, max_value=2000), st.floats(min_value=0, max_value=0.999))
def test_a_patience_drawn_is_longer_than_what_was_waited(
    seen: list[tuple[float, bool]], beyond_s: float, chance: float
) -> None:
    drawn_s = Patience(seen).draw_s(beyond_s, chance)
    assert drawn_s >= beyond_s


@given(waits)
def test_fewer_and_fewer_wait_longer(seen: list[tuple[float, bool]]) -> None:
    patience = Patience(seen)
    shares = [patience.longer_than(at_s) for at_s in range(0, 1100, 50)]
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= share <= 1 for share in shares)


def test_a_queue_with_few_who_left_goes_by_its_channel() -> None:
    many = [("support", "phone", float(at_s), True) for at_s in range(1, 21)]
    few = [("finance", "phone", 5.0, True), ("finance", "webchat", 5.0, False)]
    found = patience_by_group([*many, *few])
    assert found["support", "phone"].waits == 20
    assert found["finance", "phone"].waits == 21
    assert found["finance", "webchat"].left == 0
