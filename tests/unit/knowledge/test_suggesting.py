"""Signals, learned weights, the decision to say nothing: what should come first does."""

from collections.abc import Sequence

from hub.knowledge.suggesting.engine import (
    ArticleWords,
    CaseWords,
    Signals,
    Vocabulary,
    case_signals,
    chances,
    text_signals,
)
from hub.knowledge.suggesting.fusion import (
    FEWEST_HELD,
    Fusion,
    Held,
    certainty,
    fit_fusion,
    put_in_order,
)
from hub.knowledge.suggesting.learning import Labelled, count_words, fit
from hub.knowledge.suggesting.model import (
    HOLD_BACK,
    ArticleText,
    CaseText,
    Memory,
    Texts,
    is_held_back,
    refit,
)
from hub.knowledge.suggesting.words import words_of

LAMP = ArticleText(0, words_of("How to change the lamp"), words_of("Turn it to the left."))
MONEY = ArticleText(1, words_of("Refunds"), words_of("Send the goods back. Lamps too."))
TYPES = [ArticleWords(one.topic, one.title, one.body) for one in (LAMP, MONEY)]


def vocabulary(*cases: Sequence[str]) -> Vocabulary:
    return count_words(TYPES, cases)


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    words = Vocabulary(1000, 0, {"lamp": (2, 0), "order": (500, 0)})
    assert words.in_articles("lamp") > words.in_articles("order") > 0


def test_a_word_of_every_question_weighs_less_than_one_as_rare() -> None:
    words = Vocabulary(100, 0, {"how": (1, 0), "lamp": (1, 0)})
    assert words.in_articles("how") < words.in_articles("lamp")


def test_a_word_in_the_title_outweighs_one_in_the_text() -> None:
    found = text_signals(["lamp"], TYPES, vocabulary())
    assert found[0][0] > found[1][0]
    assert found[1][1] > 0


def test_an_article_without_any_of_the_words_is_not_there() -> None:
    assert text_signals(["invoic"], TYPES, vocabulary()) == {}


def test_similar_cases_speak_for_the_topic_that_resolved_them() -> None:
    cases = [CaseWords(0, ["red", "light"]), CaseWords(0, ["red", "smell"]), CaseWords(1, ["box"])]
    words = vocabulary(*(case.words for case in cases))
    found = case_signals(["red", "light"], cases, words)
    assert found[0][2] == 2
    assert found[0][0] > 0.99
    assert 1 not in found


def test_of_many_cases_only_the_best_count() -> None:
    many = [CaseWords(0, ["red", "box", f"x{n}"]) for n in range(500)]
    few = [CaseWords(1, ["red", "light"]) for _ in range(20)]
    words = vocabulary(*(case.words for case in [*many, *few]))
    found = case_signals(["red", "light"], [*many, *few], words)
    assert found[1][1] > found[0][1]


def test_chances_are_shares_of_one() -> None:
    shares = chances({1: 0.4, 2: 0.1, 3: -0.3})
    assert 0.5 < sum(shares.values()) < 1  # the rest is for nothing at all
    assert shares[1] > shares[2] > shares[3] > 0
    assert chances({}) == {}


def test_weights_know_every_topic_before_there_is_a_case() -> None:
    weights = fit(TYPES, [], vocabulary())
    assert dict(weights["lamp"])[0] > dict(weights["lamp"]).get(1, 0.0)


def test_cases_teach_words_that_no_article_has() -> None:
    cases = [Labelled(0, words_of("it is dark here")) for _ in range(4)]
    words = count_words(TYPES, [case.words for case in cases])
    weights = fit(TYPES, cases, words)
    assert dict(weights["dark"])[0] > 0


def test_a_common_topic_does_not_take_the_questions_of_a_rare_one() -> None:
    articles = [ArticleWords(0, ["lamp"], ["lamp"]), ArticleWords(1, ["filter"], ["filter"])]
    cases = [Labelled(0, ["red", "lamp"])] * 300 + [Labelled(1, ["red", "smell"])] * 3
    weights = fit(articles, cases, count_words(articles, [case.words for case in cases]))
    score = dict.fromkeys((0, 1), 0.0)
    for word in ("red", "smell"):
        for topic, weight in weights[word]:
            score[topic] += weight
    assert score[1] > score[0]


def test_the_same_texts_give_the_same_model() -> None:
    texts = Texts([LAMP, MONEY], [CaseText(str(n), n % 2, ["red", f"x{n}"]) for n in range(30)], 2)
    assert refit(texts) == refit(texts)


def test_no_question_that_judges_the_threshold_is_one_that_trained() -> None:
    """The held back fifth is fitted to by nothing; of it one half tunes, the other half judges."""
    keys = [str(n) for n in range(3_000)]
    held = [key for key in keys if is_held_back(key)]
    assert abs(len(held) - len(keys) / HOLD_BACK) < 120
    strange = [CaseText(key, 0, ["onlyhere" + key]) for key in held]
    usual = [CaseText(key, n % 2, ["red"]) for n, key in enumerate(keys) if not is_held_back(key)]
    asked: list[Sequence[str]] = []
    original = Memory.signals

    def spy(self: Memory, words: Sequence[str]) -> dict[int | str, Signals]:
        asked.append(words)
        assert not any(words[0] in case.words for case in self._cases)
        assert words[0] not in self._weights
        return original(self, words)

    Memory.signals = spy  # type: ignore[method-assign] # only looks on
    try:
        fitted = refit(Texts([LAMP, MONEY], [*strange, *usual], 2))
    finally:
        Memory.signals = original  # type: ignore[method-assign] # as it was
    assert fitted.held == len(asked) == len(held)


def a_question(topic: int | None, right: float, *, sure: bool) -> Held:
    """Topic 7 stands out by `right`; another is there too."""
    weak = Signals(0.05, 0.05, 0.05, 0.1, 0.05, 0.1)
    strong = Signals(right, right, right, 0.9, right, 0.9 if sure else 0.2)
    return Held(topic, {7: strong, 8: weak})


def test_what_is_certain_is_said_and_what_is_not_is_refused() -> None:
    fusion = Fusion()
    for right, said in ((0.8, True), (0.02, False)):
        signals = a_question(7, right, sure=said).signals
        ranked = put_in_order(signals, fusion.order)
        assert (certainty(signals, ranked, fusion.sure) >= fusion.threshold) is said


def test_nothing_found_is_nothing_certain() -> None:
    assert certainty({}, [], Fusion().sure) == 0.0
    assert put_in_order({}, Fusion().order) == []


def test_with_few_questions_the_weights_we_come_with_stay() -> None:
    few = [a_question(7, 0.8, sure=True)] * 3
    assert fit_fusion(few, few, 0.9) == (Fusion(), None)


def test_the_threshold_reaches_the_precision_that_was_asked_for() -> None:
    good = [a_question(7, 0.7 + n / 1000, sure=True) for n in range(FEWEST_HELD)]
    none = [a_question(None, 0.1 + n / 1000, sure=False) for n in range(FEWEST_HELD)]
    fusion, judged = fit_fusion(good + none, good + none, 0.95)
    assert judged is not None
    assert judged.precision >= 0.95
    assert judged.recall > 0.95
    for held, said in ((good[0], True), (none[0], False)):
        ranked = put_in_order(held.signals, fusion.order)
        assert (certainty(held.signals, ranked, fusion.sure) >= fusion.threshold) is said
