"""Names in Latin letters, for any characters there are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.core.text import stem, tokens
from hub.customers.pinyin import romanised, search_words

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
PERSONS = st.text("陈李王张刘杨黄赵周吴徐孙马朱胡林郭何高罗晓梅国明丽华伟", min_size=2, max_size=4)


@given(st.text(max_size=40))
def test_any_text_gives_tokens_of_the_search(name: str) -> None:
    for word in search_words(name):
        assert word.isascii()
        assert word.isalpha()
        assert tokens(word) == [stem(word)[:48]]


@given(st.text(HAN, min_size=1, max_size=30))
def test_words_are_few_and_each_there_once(name: str) -> None:
    words = search_words(name)
    assert len(words) == len(set(words)) <= 100


@given(PERSONS)
def test_a_persons_spelling_and_its_beginnings_are_found(name: str) -> None:
    written = romanised(name)
    assert written
    assert written <= set(search_words(name))
