"""What a key leads to in a menu, and what is wrong with one."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from hub.channels.phone.menus import PhoneMenu, check_menu
from hub.channels.phone.menus.model import Branch
from hub.channels.phone.menus.texts import spoken_menu
from hub.channels.phone.menus.walk import Ask, Take, label_of, menu_at, press, spoken_key, start
from hub.channels.phone.settings import parse_settings
from hub.core.errors import Invalid

LANGUAGES = ("zh-CN", "en")


def label(text: str) -> dict[str, str]:
    return {"zh-CN": text, "en": text}


def a_menu(*choices: dict[str, Any], **more: Any) -> PhoneMenu:
    return msgspec.convert({"choices": list(choices), **more}, PhoneMenu)


VISIT = {"press": "1", "label": label("visit"), "queue": "repair", "words": {"en": ["visit"]}}
PARTS = {"press": "2", "label": label("parts"), "queue": "parts", "words": {"en": ["part"]}}
ROOT = a_menu(
    {"press": "1", "label": label("repairs"), "does": "menu", "menu": {"choices": [VISIT, PARTS]}},
    {"press": "2", "label": label("hours"), "does": "text", "text": label("nine to five")},
    {
        "press": "3",
        "label": label("billing"),
        "does": "hours",
        "hours": "office",
        "open": {"does": "menu", "menu": {"choices": [VISIT]}},
        "closed": {"does": "voicemail"},
    },
    otherwise={"queue": "lost"},
)


def always(_: str) -> bool:
    return True


def never(_: str) -> bool:
    return False


def test_keys_lead_down_star_leads_back_and_0_is_a_person_everywhere() -> None:
    assert press(ROOT, Ask(""), "1", always) == Ask("1")
    taken = press(ROOT, Ask("1"), "2", always)
    assert isinstance(taken, Take)
    assert (taken.branch.queue, taken.place) == ("parts", "12")
    assert label_of(ROOT, "12", "en") == "repairs › parts"
    assert press(ROOT, Ask("1"), "*", always) == Ask("")
    assert press(ROOT, Ask(""), "*", always) == Ask("")
    for place in ("", "1", "3o"):
        assert press(ROOT, Ask(place), "0", always) == Take(Branch(), place + "0")


def test_what_means_nothing_is_asked_again_twice_then_leads_on() -> None:
    for key in ("8", "", "#"):
        first = press(ROOT, Ask("1"), key, always)
        assert first == Ask("1", 1)
        assert press(ROOT, Ask("1", 1), key, always) == Ask("1", 2)
        last = press(ROOT, Ask("1", 2), key, always)
        assert isinstance(last, Take)
        assert last.branch.queue == "lost"


def test_hours_decide_at_the_moment_of_the_key_and_the_way_back_skips_them() -> None:
    assert press(ROOT, Ask(""), "3", always) == Ask("3o")
    closed = press(ROOT, Ask(""), "3", never)
    assert isinstance(closed, Take)
    assert (closed.branch.does, closed.place) == ("voicemail", "3c")
    assert press(ROOT, Ask("3o"), "*", never) == Ask("")


def test_while_it_is_closed_callers_come_elsewhere_at_once_and_star_stays_there() -> None:
    below = {"does": "menu", "menu": {"choices": [VISIT]}}
    closed = a_menu(VISIT, hours="office", closed=below)
    assert start(closed, always) == Ask("")
    assert start(closed, never) == Ask("c")
    assert press(closed, Ask("c"), "*", never) == Ask("c")
    taken = press(closed, Ask("c"), "1", never)
    assert isinstance(taken, Take)
    assert (taken.branch.queue, taken.place) == ("repair", "c1")
    message = a_menu(VISIT, hours="office", closed={"does": "voicemail"})
    assert start(message, never) == Take(Branch(does="voicemail"), "c")


@pytest.mark.parametrize("place", ["9", "2", "11", "1" * 9, "x", "../..", "3c"])
def test_a_place_that_is_none_begins_anew(place: str) -> None:
    assert menu_at(ROOT, place) is None
    assert press(ROOT, Ask(place), "1", always) == Ask("")


def test_words_count_where_they_fit_one_choice_alone() -> None:
    menu = menu_at(ROOT, "1")
    assert menu is not None
    assert spoken_key(menu, "en", "I wait for a VISIT") == "1"
    assert spoken_key(menu, "en", "a visit, or a part") == ""
    assert spoken_key(menu, "zh-CN", "visit") == ""


def test_each_choice_is_said_with_its_key_and_the_person_always() -> None:
    said = [one.text for one in spoken_menu("en", ROOT, first=True)]
    assert said[0] == "For repairs, press 1."
    assert said[-1] == "To speak with a person, press 0."
    below = menu_at(ROOT, "1")
    assert below is not None
    assert spoken_menu("zh-CN", below, first=False)[-1].text == "返回上一级，请按星号键。"


def test_a_right_menu_has_no_faults() -> None:
    assert check_menu(ROOT, LANGUAGES) == []
    assert check_menu(PhoneMenu(), LANGUAGES) == []


def nested(depth: int) -> dict[str, Any]:
    choice: dict[str, Any] = dict(VISIT)
    for _ in range(depth):
        choice = {
            "press": "1",
            "label": label("more"),
            "does": "menu",
            "menu": {"choices": [choice]},
        }
    return choice


@pytest.mark.parametrize(
    ("menu", "path"),
    [
        (a_menu({"press": "1", "label": {"en": "one"}}), "menu.choices[0].label.zh-CN"),
        (a_menu(VISIT, {**PARTS, "press": "1"}), "menu.choices[1].press"),
        (a_menu({"press": "1", "label": label("x"), "does": "menu"}), "menu.choices[0].menu"),
        (a_menu({"press": "1", "label": label("x"), "does": "number"}), "menu.choices[0].number"),
        (
            a_menu({"press": "1", "label": label("x"), "does": "text", "text": {"en": "x"}}),
            "menu.choices[0].text.zh-CN",
        ),
        (a_menu({"press": "1", "label": label("x"), "does": "hours"}), "menu.choices[0].hours"),
        (a_menu(VISIT, otherwise={"does": "text"}), "menu.otherwise.text.zh-CN"),
        (a_menu({**VISIT}, {**PARTS, "words": {"en": [" Visit"]}}), "menu.choices[1].words.en"),
        (a_menu(VISIT, hours="office"), "menu.closed"),
        (a_menu(nested(3)), "menu.choices[0].menu.choices[0].menu.choices[0].menu"),
    ],
)
def test_what_is_wrong_is_said_by_its_place(menu: PhoneMenu, path: str) -> None:
    assert path in [fault.path for fault in check_menu(menu, LANGUAGES)]


def test_0_and_star_cannot_be_taken_and_the_settings_refuse_a_wrong_menu() -> None:
    for key in ("0", "*", "10", ""):
        with pytest.raises(Invalid):
            parse_settings("hotline", {"menu": {"choices": [{**VISIT, "press": key}]}})
    with pytest.raises(Invalid) as refused:
        parse_settings("hotline", {"menu": {"choices": [{"press": "1"}]}})
    assert refused.value.faults
