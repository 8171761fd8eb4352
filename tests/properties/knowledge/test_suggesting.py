"""Laws of suggestions for any texts: nothing breaks them, no order of things changes them."""

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from hub.knowledge.clusters import Asked, cluster
from hub.knowledge.lines import MAX_LINE_BYTES, parse_line, parse_question
from hub.knowledge.suggesting.engine import (
    ArticleWords,
    CaseWords,
    Signals,
    Vocabulary,
    case_signals,
    chances,
    text_signals,
)
from hub.knowledge.suggesting.fusion import Fusion, certainty, put_in_order
from hub.knowledge.suggesting.learning import Labelled, count_words, fit
from hub.knowledge.suggesting.words import corrected, grams, spellings, words_of

WORDS = st.sampled_from(["lamp", "dark", "refund", "order", "退款", "发票", "ørefund", "the"])
BAG = st.lists(WORDS, max_size=8, unique=True)  # as words_of gives them
ARTICLES = st.lists(st.tuples(st.integers(0, 3), BAG, BAG), min_size=1, max_size=6).map(
    lambda rows: [ArticleWords(topic, title, body) for topic, title, body in rows]
)
CASES = st.lists(st.tuples(st.integers(0, 3), BAG), max_size=12)
SHARE = st.floats(0, 2)
SIGNALS = st.dictionaries(
    st.integers(0, 9), st.builds(Signals, SHARE, SHARE, SHARE, SHARE, SHARE, SHARE), max_size=8
)
WORD = st.text("abcdefghij", min_size=4, max_size=12)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading_of_a_line(raw: bytes) -> None:
    parse_line(1, raw)
    parse_question(2, raw)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda part: st.lists(part) | st.dictionaries(st.text(), part),
        max_leaves=9,
    )
)
def test_no_json_breaks_it_either(told: object) -> None:  # fmt: skip
    for name in ("article", "case"):
        raw = json.dumps({name: told}).encode("utf-8", "surrogatepass")
        if len(raw) < MAX_LINE_BYTES:
            parse_line(1, raw)


@given(st.text(max_size=300))
def test_the_words_of_a_text_are_distinct(text: str) -> None:
    words = words_of(text)
    assert len(words) == len(set(words))
    assert all(words)


@given(ARTICLES, BAG)
def test_the_order_of_articles_changes_no_signal(
    articles: list[ArticleWords], asked: list[str]
) -> None:
    words = count_words(articles, [])
    forward = text_signals(asked, articles, words)
    assert forward == text_signals(asked, articles[::-1], words)
    assert all(0 <= title <= 1.000001 and text > 0 for title, text in forward.values())


@given(CASES, BAG)
def test_shares_of_similar_cases_are_of_one(
    rows: list[tuple[int, list[str]]], asked: list[str]
) -> None:
    cases = [CaseWords(topic, words) for topic, words in rows]
    found = case_signals(asked, cases, Vocabulary(5, len(cases), {}))
    assert all(0 < nearest <= 1.000001 for nearest, _, _ in found.values())
    assert not found or math.isclose(sum(share for _, share, _ in found.values()), 1)


@given(ARTICLES, CASES)
def test_weights_are_finite_and_of_known_topics(
    articles: list[ArticleWords], rows: list[tuple[int, list[str]]]
) -> None:
    known = {int(article.topic) for article in articles}
    cases = [Labelled(topic if topic in known else None, words) for topic, words in rows]
    weights = fit(articles, cases, count_words(articles, [case.words for case in cases]))
    for topics in weights.values():
        assert all(topic in known and math.isfinite(weight) for topic, weight in topics)


@given(SIGNALS)
def test_an_order_is_of_all_and_certainty_a_share(signals: dict[int | str, Signals]) -> None:
    fusion = Fusion()
    ranked = put_in_order(signals, fusion.order)
    assert {one.topic for one in ranked} == signals.keys()
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)
    assert sum(one.score for one in ranked) <= 1.000001
    assert 0 <= certainty(signals, ranked, fusion.sure) <= 1


@given(st.dictionaries(st.integers(0, 9), st.floats(-3, 3), max_size=9))
def test_chances_never_make_more_than_one(scores: dict[int | str, float]) -> None:
    assert sum(chances(scores).values()) <= 1.000001


@given(WORD, st.integers(0, 20), st.sampled_from("abcdefghij"))
def test_one_wrong_letter_is_mended_or_left(word: str, at: int, letter: str) -> None:
    """Never to a word that is further away than the one that was meant."""
    place = at % len(word)
    typed = word[:place] + letter + word[place + 1 :]
    near = spellings([word])
    found = corrected(typed, {gram: near.get(gram, []) for gram in grams(typed)})
    assert found in (word, None)
    assert found == word or len(word) < 7


@given(st.lists(BAG, max_size=25))
def test_every_contact_is_in_one_topic_at_most(bags: list[list[str]]) -> None:
    asked = [Asked(f"c{n:02}", words) for n, words in enumerate(bags)]
    found = [name for one in cluster(asked, 2) for name in one.contacts]
    assert len(found) == len(set(found))
    assert cluster(asked, 2) == cluster(asked[::-1], 2)
