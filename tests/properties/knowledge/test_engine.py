"""Laws of ranking for any articles and any question."""

from hypothesis import given
from hypothesis import strategies as st

from hub.knowledge.engine import Candidate, Ranked, fuse, rank_articles, rank_cases, rarity

WORDS = st.sampled_from(["lamp", "dark", "refund", "order", "退款", "发票"])
TEXT = st.lists(WORDS, max_size=8).map(" ".join)
CANDIDATES = st.lists(st.tuples(TEXT, TEXT), max_size=6).map(
    lambda pairs: [Candidate(f"a{n}", q, a) for n, (q, a) in enumerate(pairs)]
)
TERMS = st.lists(WORDS, min_size=1, max_size=4, unique=True)
SCORES = st.dictionaries(
    st.sampled_from("abcdef"), st.tuples(st.floats(0.01, 100), st.integers(1, 50)), max_size=6
)


@given(CANDIDATES, TERMS, st.integers(0, 500))
def test_ranking_is_an_order_of_a_part_of_the_candidates(
    candidates: list[Candidate], terms: list[str], documents: int
) -> None:
    ranked = rank_articles(candidates, terms, dict.fromkeys(terms, 3), documents)
    assert {r.id for r in ranked} <= {c.id for c in candidates}
    assert len({r.id for r in ranked}) == len(ranked)
    assert [r.score for r in ranked] == sorted((r.score for r in ranked), reverse=True)
    assert all(r.score > 0 and 0 < r.coverage <= 1.000001 for r in ranked)


@given(CANDIDATES, TERMS)
def test_the_order_of_candidates_changes_nothing(
    candidates: list[Candidate], terms: list[str]
) -> None:
    frequency = dict.fromkeys(terms, 2)
    forward = rank_articles(candidates, terms, frequency, 20)
    backward = rank_articles(candidates[::-1], terms, frequency, 20)
    assert [r.id for r in forward] == [r.id for r in backward]


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_no_term_ever_counts_against_an_article(one: int, other: int) -> None:
    frequency, documents = sorted((one, other))
    assert rarity(frequency, documents) > 0


@given(SCORES, SCORES)
def test_fused_scores_stay_between_0_and_1(
    text: dict[str, tuple[float, int]], cases: dict[str, tuple[float, int]]
) -> None:
    fused = fuse([Ranked(key, score) for key, (score, _) in text.items()], cases)
    assert {r.id for r in fused} == text.keys() | cases.keys()
    assert all(0 <= r.score <= 1.000001 for r in fused)


@given(st.lists(st.tuples(WORDS, st.sampled_from(["c1", "c2", "c3"])), max_size=20))
def test_only_articles_that_resolved_something_get_cases(pairs: list[tuple[str, str]]) -> None:
    found = rank_cases(pairs, {"c1": ["a"]}, {}, 10)
    assert set(found) <= {"a"}
