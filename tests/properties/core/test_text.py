"""Laws of the search normaliser for any text at all."""

import re

from hypothesis import given
from hypothesis import strategies as st

from hub.core.text import MAX_QUERY_TERMS, distinct_tokens, fold, keep_rarest, parse_query, tokens

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=20)
ANY = st.text(max_size=200)


@given(ANY)
def test_tokens_hold_no_character_a_database_would_read_as_syntax(text: str) -> None:
    for token in tokens(text):
        assert token
        assert not re.search(r"[\x00-\x7f\s]", re.sub("[a-z0-9]", "", token))
        token.encode("utf-8")


@given(ANY)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(HAN, st.data())
def test_any_part_of_a_han_text_finds_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert set(parse_query(text[start:end]).terms) <= set(tokens(text))


@given(st.lists(st.from_regex(r"[A-Za-z0-9]{1,12}", fullmatch=True), min_size=1, max_size=12))
def test_any_word_of_a_text_finds_it(words: list[str]) -> None:
    indexed = set(tokens(" ".join(words)))
    for word in words:
        query = parse_query(word.upper())
        assert query
        assert set(query.terms) <= indexed


@given(ANY)
def test_a_text_finds_itself(text: str) -> None:
    assert set(parse_query(text).terms) <= set(tokens(text))


@given(ANY, st.integers(0, 5))
def test_the_rarest_terms_are_few_and_known(text: str, ceiling: int) -> None:
    query = parse_query(text)
    frequency = {term: index % (ceiling + 1) for index, term in enumerate(query.terms)}
    kept = keep_rarest(query, frequency)
    assert len(kept.terms) <= MAX_QUERY_TERMS
    assert all(frequency[term] > 0 for term in kept.terms)


@given(ANY)
def test_distinct_tokens_are_the_tokens_once(text: str) -> None:
    assert sorted(set(tokens(text))) == sorted(distinct_tokens(text))
