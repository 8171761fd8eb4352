"""Scores: zones, trend, sums, and tokens of links."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contacts.research.model import (
    RECENT,
    Trend,
    Zone,
    add_up,
    hash_token,
    make_token,
    trend_of,
    zone_of,
)

NOW = datetime(2026, 3, 10, tzinfo=UTC)
SCORES = st.lists(st.integers(1, 5), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("score", "zone"),
    [
        (1, Zone.DEFECTOR),
        (2, Zone.DEFECTOR),
        (3, Zone.INDIFFERENT),
        (4, Zone.INDIFFERENT),
        (5, Zone.LOYAL),
    ],
)
def test_each_score_has_its_zone(score: int, zone: Zone) -> None:
    assert zone_of(score) is zone


@pytest.mark.parametrize("score", [0, 6, -1])
def test_what_is_no_score_has_none(score: int) -> None:
    with pytest.raises(ValueError, match="no score"):
        zone_of(score)


@pytest.mark.parametrize(
    ("newest_first", "trend"),
    [
        ([3], Trend.STAYS),
        ([1, 5], Trend.FALLS),
        ([5, 3], Trend.RISES),
        ([4, 4, 4], Trend.STAYS),
        ([4, 5, 4, 5, 1, 1], Trend.STAYS),  # only the three before count
        ([5, 4, 4, 4], Trend.RISES),
        ([2, 5, 2, 2, 1], Trend.FALLS),
    ],
)
def test_the_last_score_is_compared_with_the_three_before(
    newest_first: list[int], trend: Trend
) -> None:
    assert trend_of(newest_first) is trend


@given(SCORES)
def test_a_trend_turned_round_is_the_other_one(scores: list[int]) -> None:
    assert trend_of([6 - score for score in scores]) == -trend_of(scores)


@given(SCORES)
def test_a_sum_says_what_its_scores_say(scores: list[int]) -> None:
    newest = [(NOW - timedelta(days=n), score) for n, score in enumerate(scores)]
    found = add_up(len(scores), sum(scores), newest)
    assert found is not None
    assert found.last == scores[0]
    assert found.last_at == NOW
    assert found.recent == tuple(scores[:RECENT])
    assert found.mean_ppm == round(1_000_000 * sum(scores) / len(scores))
    assert found.zone is zone_of(scores[0])


def test_nothing_adds_up_to_nothing() -> None:
    assert add_up(0, 0, []) is None


@given(st.binary(min_size=24, max_size=24))
def test_a_token_is_known_by_its_hash_alone(random: bytes) -> None:
    token = make_token(random)
    hashed = hash_token(token)
    assert hashed is not None
    assert token not in hashed
    assert hash_token(token) == hashed


@given(st.text(max_size=64))
def test_whatever_stands_in_a_link_is_no_error(text: str) -> None:
    found = hash_token(text)
    assert found is None or len(found) == 64
