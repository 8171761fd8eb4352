"""Laws of scores for any text at all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.customers.matching.model import Known, score_names

TEXT = st.text(max_size=30)
TEXTS = st.frozensets(TEXT, max_size=3)
KNOWN = st.builds(Known, st.none() | TEXT, TEXTS, TEXTS, TEXTS)


@given(KNOWN, KNOWN)
def test_a_score_is_a_share_and_has_its_reasons(one: Known, other: Known) -> None:
    score = score_names(one, other)
    assert 0 <= score.points <= 100
    assert (score.points == 0) == (score.reasons == ())


@given(KNOWN, KNOWN)
def test_who_is_named_first_does_not_matter(one: Known, other: Known) -> None:
    assert score_names(one, other) == score_names(other, one)


@given(KNOWN)
def test_nobody_is_less_like_themselves_than_like_another(one: Known) -> None:
    own = score_names(one, one)
    bare = Known()
    assert own.points >= score_names(one, bare).points == 0
