"""Ranking: what should come first does."""

from hub.knowledge.engine import (
    Candidate,
    Ranked,
    fuse,
    is_worth_showing,
    rank_articles,
    rank_cases,
    rarity,
)

LAMP = Candidate("lamp", "How do I change the lamp?", "Turn it to the left.", ("lamp",))
REFUND = Candidate("refund", "How do I get a refund?", "Send the lamp back first.")


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    assert rarity(1, 1000) > rarity(500, 1000) > 0


def test_a_word_in_the_question_outweighs_one_in_the_answer() -> None:
    ranked = rank_articles([REFUND, LAMP], ["lamp"], {"lamp": 2}, 10)
    assert [r.id for r in ranked] == ["lamp", "refund"]


def test_an_article_without_any_of_the_words_is_not_ranked() -> None:
    assert rank_articles([LAMP], ["invoic"], {}, 10) == []


def test_all_the_words_together_beat_one_of_them_repeated() -> None:
    both = Candidate("both", "lamp invoice", "")
    one = Candidate("one", "lamp lamp lamp lamp", "")
    ranked = rank_articles([one, both], ["lamp", "invoic"], {"lamp": 2, "invoic": 1}, 10)
    assert ranked[0].id == "both"
    assert ranked[0].coverage == 1.0


def test_cases_that_share_one_word_of_many_do_not_count() -> None:
    matches = [("lamp", "c1"), ("dark", "c1"), ("lamp", "c2")]
    found = rank_cases(matches, {"c1": ["a"], "c2": ["b"]}, {"lamp": 2, "dark": 1}, 50)
    assert set(found) == {"a"}
    assert found["a"][1] == 1


def test_experience_lifts_an_article_whose_words_differ() -> None:
    by_text = [Ranked("words", 3.0, coverage=0.4), Ranked("other", 1.0, coverage=0.3)]
    fused = fuse(by_text, {"resolves": (9.0, 4)})
    assert [r.id for r in fused] == ["resolves", "words", "other"]
    assert fused[0].cases == 4


def test_without_experience_the_text_alone_decides() -> None:
    fused = fuse([Ranked("a", 2.0), Ranked("b", 1.0)], {})
    assert [(r.id, r.score) for r in fused] == [("a", 1.0), ("b", 0.5)]


def test_a_poor_match_is_not_worth_showing() -> None:
    assert not is_worth_showing(Ranked("a", 1.0, coverage=0.03))
    assert is_worth_showing(Ranked("a", 0.1, cases=1))
