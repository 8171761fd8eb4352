"""What texts are compared by: tokens, meanings, mended spelling."""

import pytest

from hub.knowledge.suggesting.words import (
    MEANING,
    common_words,
    corrected,
    grams,
    meanings,
    spellings,
    words_of,
)


def meant(text: str) -> set[str]:
    return {word.removeprefix(MEANING) for word in words_of(text) if word.startswith(MEANING)}


@pytest.mark.parametrize(
    "text",
    [
        "我要退款",
        "把钱还我",
        "請退錢",
        "I want my money back",
        "refunds please",
        "Can you REIMBURSE me",
    ],
)
def test_one_meaning_is_found_in_many_words_and_both_languages(text: str) -> None:
    assert "refund" in meant(text)


def test_a_meaning_is_of_whole_words_only() -> None:
    assert "card" not in meant("the cardboard is wet")


def test_a_phrase_counts_only_together() -> None:
    assert "refund" not in meant("the money came from the back office")


def test_no_line_of_the_list_is_empty() -> None:
    known = meanings()
    assert () not in known.latin
    assert "" not in known.han
    assert all(len(piece) <= known.longest for piece in known.han)


@pytest.mark.parametrize(
    ("typed", "known"),
    [("pasword", "password"), ("paswsord", "password"), ("refudn", "refund"), ("invoc", "invoic")],
)
def test_a_misspelt_word_is_read_as_the_one_it_was_meant_to_be(typed: str, known: str) -> None:
    near = spellings(["password", "refund", "invoic", "passport"])
    assert corrected(typed, {gram: near.get(gram, []) for gram in grams(typed)}) == known


@pytest.mark.parametrize("typed", ["weather", "lamp", "passage"])
def test_another_word_is_left_as_it_is(typed: str) -> None:
    near = spellings(["password", "refund", "invoic"])
    assert corrected(typed, {gram: near.get(gram, []) for gram in grams(typed)}) is None


def test_words_of_every_question_are_known_as_such() -> None:
    assert {"怎么", "how", "pleas", "the"} <= common_words()
    assert not {"退款", "refund"} & common_words()


def test_a_long_text_is_read_at_its_beginning() -> None:
    assert "refund" in meant("refund " + "word " * 5_000)
    assert "refund" not in meant("word " * 5_000 + "refund")
