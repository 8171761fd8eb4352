"""What a waiting caller is told: never worse than before, never a single promise."""

from __future__ import annotations

import pytest

from hub.channels.phone.session import (
    TEXTS,
    greeting,
    offered_language,
    other_language,
    reworded,
    say,
    waiting,
)
from hub.contacts.inbound import Standing
from hub.contacts.templates import filling
from hub.contacts.templates.spoken import PROMPTS
from hub.customers.settings import TemplateWords


def standing(
    position: int | None = None, low_s: int | None = None, high_s: int | None = None
) -> Standing:
    return Standing("queued", position, low_s, high_s, open_now=True)


def words(language: str, now: Standing, told: int | None = None) -> str:
    heard = waiting(now, told, language, voicemail=False)
    return " ".join(prompt.text for prompt in heard.prompts)


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "zh", "en", "en-GB", "fr", "yue"])
def test_where_the_setup_has_no_words_of_its_own_the_usual_ones_are_said(language: str) -> None:
    values = {"count": 3, "low": 2, "high": 4, "number": "1 3 8", "minutes": 5}
    for name, template in PROMPTS.items():
        one = say(language, name, **values)
        assert reworded([one], {}) == [one]
        usual = filling.say({}, template, language, **values)
        assert one.text == usual.body
        own = {template.key: {language: TemplateWords(body=f"own {name}")}}
        assert reworded([one], own)[0].text == f"own {name}"


def test_a_position_that_got_worse_is_not_told() -> None:
    heard = waiting(standing(5, 120, 240), 3, "en", voicemail=False)
    assert [prompt.text for prompt in heard.prompts] == ["The wait is about 2 to 4 minutes."]
    assert heard.told_position == 3


def test_a_position_that_got_better_is_told_and_remembered() -> None:
    heard = waiting(standing(2, None, None), 3, "en", voicemail=False)
    assert heard.prompts[0].text == "There is one caller before you."
    assert heard.told_position == 2


@pytest.mark.parametrize(
    ("low_s", "high_s", "told"),
    [
        (10, 29, "Somebody will be with you in a moment."),
        (20, 45, "The wait is less than a minute."),
        (60, 90, "The wait is about 1 to 2 minutes."),
        (100, 119, "The wait is about 1 to 2 minutes."),
        (119, 121, "The wait is about 1 to 3 minutes."),
        (130, 170, "The wait is about 2 to 3 minutes."),
        (180, 180, "The wait is about 3 minutes."),
    ],
)
def test_an_estimate_is_a_range_in_whole_minutes(low_s: int, high_s: int, told: str) -> None:
    assert words("en", standing(None, low_s, high_s)) == told


def test_without_anything_honest_to_say_there_is_no_figure() -> None:
    assert words("en", standing()) == TEXTS["en"]["patience"]
    assert words("zh-CN", standing()) == TEXTS["zh"]["patience"]


def test_chinese_callers_hear_chinese() -> None:
    assert words("zh-CN", standing(3, 130, 250)) == "您前面还有2位客户。 预计等待2到5分钟。"


def test_an_own_greeting_replaces_the_built_in_one() -> None:
    assert greeting("en", {"en": "Ahoy."})[0].text == "Ahoy."
    assert greeting("zh-CN", {"en": "Ahoy."})[0].text == TEXTS["zh"]["greeting"]


def test_the_other_language_is_offered_only_where_there_is_one() -> None:
    assert other_language("en", ("en", "zh-CN")) == "zh-CN"
    assert other_language("en", ("en",)) is None


def test_both_languages_have_every_text() -> None:
    assert set(TEXTS["en"]) == set(TEXTS["zh"])


@pytest.mark.parametrize(
    ("known", "spoken"),
    [("en", "en"), ("en-GB", "en"), ("zh", "zh-CN"), ("de", None), (None, None)],
)
def test_a_known_language_is_spoken_in_the_form_the_line_offers(
    known: str | None, spoken: str | None
) -> None:
    assert offered_language(known, ("zh-CN", "en")) == spoken
