"""Templates: which words count, what is put into their places, and that each is whole."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from hub.channels.webchat.notices import notices
from hub.contacts.proving.letter import code_letter
from hub.contacts.templates.filling import at_point, say
from hub.contacts.templates.model import Template
from hub.contacts.templates.near import nearest
from hub.contacts.templates.usual import ACKNOWLEDGEMENT, CHAT_CODE, TEMPLATES, UNSUBSCRIBE
from hub.customers.settings import TemplateWords
from hub.setup.templates import words_problems
from hub.vendors.mail.sanitise import html_of_text

NEAR = Path(__file__).with_name("near_languages.json")
URL = "https://hub.example.com/u/a1-b_2"
CONSOLE = Path("hub/agent_console/web/src/i18n/setup")
PANEL = Path("hub/channels/webchat/widget/src/panel/locales")


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=list(TEMPLATES))
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_what_is_usual_would_be_taken_as_a_change(template: Template, language: str) -> None:
    usual = template.usual[language]
    words = TemplateWords(subject=usual.subject, body=usual.body)
    assert not list(words_problems("x", template, words))
    assert all(set(example) == {"en", "zh-CN"} for example in template.places.values())


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_each_has_a_name_and_a_when_in_the_pages_of_the_set_up(language: str) -> None:
    page = json.loads((CONSOLE / f"{language}.json").read_text("utf-8"))["setup"]
    assert page["template"].keys() == TEMPLATES.keys()
    assert page["templates"]["when"].keys() == TEMPLATES.keys()
    places = {place for template in TEMPLATES.values() for place in template.places}
    assert places <= page["templates"]["place"].keys()


def test_the_words_of_the_very_language_count_then_a_near_one_then_the_usual_one() -> None:
    changed = {
        "acknowledgement": {
            "zh-CN": TemplateWords(subject="谢谢 {reference}"),
            "fr": TemplateWords(body="Merci. {promise}"),
            "fr-CA": TemplateWords(body="Merci bien. {promise}"),
            "en": TemplateWords(subject="Thanks: {reference}"),
        }
    }

    def said(language: str) -> tuple[str, str]:
        return say(
            changed, ACKNOWLEDGEMENT, language, reference="C-1", promise="Bientôt.", name="Hub"
        )

    assert said("zh-TW")[0] == "谢谢 C-1"
    assert "编号 C-1。Bientôt." in said("zh-TW")[1]
    assert said("fr-CA") == ("Thanks: C-1", "Merci bien. Bientôt.")
    assert said("fr-BE") == ("Thanks: C-1", "Merci. Bientôt.")
    assert said("de")[0] == "Thanks: C-1"
    assert "reference is C-1" in said("de")[1]


def test_a_text_added_for_a_region_is_not_said_to_all_others_of_that_language() -> None:
    changed = {
        "acknowledgement": {
            "zh-TW": TemplateWords(subject="已收到您的來信"),
            "en-GB": TemplateWords(subject="Cheers"),
        }
    }

    def subject(language: str) -> str:
        return say(changed, ACKNOWLEDGEMENT, language, reference="C-1", promise="").subject

    assert [subject(tag) for tag in ("zh", "zh-CN", "zh-SG")] == ["已收到：C-1"] * 3
    assert subject("zh-HK") == "已收到您的來信"
    assert [subject(tag) for tag in ("en", "en-US", "fr")] == ["Received: C-1"] * 3
    assert subject("en-GB") == "Cheers"


@pytest.mark.parametrize("case", json.loads(NEAR.read_text("utf-8")), ids=lambda one: one["wanted"])
def test_which_languages_count_for_one_is_as_in_the_table(case: dict[str, Any]) -> None:
    assert nearest(case["tags"], case["wanted"]) == case["nearest"]
    assert nearest(reversed(case["tags"]), case["wanted"]) == case["nearest"]


def test_what_is_put_into_a_place_is_no_template_and_writes_no_header() -> None:
    changed = {"chat_code": {"en": TemplateWords(subject="{code} of {name}")}}
    said = say(changed, CHAT_CODE, "en", code="123456", name="A\r\nBcc: {code}", minutes=10)
    assert said.subject == "123456 of A  Bcc: {code}"
    assert "123456 minutes" not in said.body


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("请点击{link}退订", f"请点击 {URL} 退订"),
        ("【{link}】", f"【 {URL} 】"),
        ("«{link}»", f"« {URL} »"),
        ("退订：{link}！", f"退订： {URL} ！"),
        ("Here: {link}.", f"Here: {URL} ."),
        ("{link}\n再见", f"{URL}\n再见"),
        ("再见\n{link}", f"再见\n{URL}"),
    ],
)
def test_a_link_stands_between_blanks_so_that_nothing_beside_it_is_a_part_of_it(
    body: str, said: str
) -> None:
    changed = {"unsubscribe": {"zh-CN": TemplateWords(body=body)}}
    text = say(changed, UNSUBSCRIBE, "zh-CN", link=URL).body
    assert text == said
    assert re.findall('href="([^"]*)"', html_of_text(text)) == [URL]


def test_a_changed_code_mail_is_escaped_and_its_code_large_where_it_stands_alone() -> None:
    words = TemplateWords(body="Hi <b>you</b>\n\n{code}\n\nOr {code} & {name}")
    letter = code_letter({"chat_code": {"en": words}}, "en", "A & B", "123456")
    assert letter.text == "Hi <b>you</b>\n\n123456\n\nOr 123456 & A & B"
    assert letter.html == (
        "<p>Hi &lt;b&gt;you&lt;/b&gt;</p>"
        '<p style="font-size:1.6em;letter-spacing:.15em"><b>123456</b></p>'
        "<p>Or 123456 &amp; A &amp; B</p>"
    )


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_widget_says_by_itself_what_the_page_shows_as_usual(language: str) -> None:
    panel = json.loads((PANEL / f"{language}.json").read_text("utf-8"))
    changed = {
        key: {language: TemplateWords(body=template.usual[language].body)}
        for key, template in TEMPLATES.items()
    }
    shown = notices(changed)
    assert set(shown) == {"reminded", "silent", "silent_mail"}
    for key, words in shown.items():
        assert words[language] == panel[key]


@pytest.mark.parametrize(
    ("key", "words", "place", "said"),
    [
        ("chat_code", TemplateWords(body="No code"), "body", "needs {code}"),
        ("unsubscribe", TemplateWords(body="Bye {lnk}"), "body", "no placeholder {lnk}"),
        ("unsubscribe", TemplateWords(subject="A subject"), "subject", "has no subject"),
        ("chat_unread", TemplateWords(body="A text"), "body", "has no text"),
        ("survey", TemplateWords(subject="One\nBcc: all@example.com"), "subject", "one line"),
        ("survey", TemplateWords(subject="  "), "subject", "says nothing"),
        ("survey", TemplateWords(subject="One\u2028two"), "subject", "one line"),
        ("survey", TemplateWords(body="Bell \x07"), "body", "cannot be shown"),
        ("survey", TemplateWords(body="  \n "), "body", "says nothing"),
        ("survey", TemplateWords(body="Dear {name"), "body", "a brace stands alone"),
        ("promise_soon", TemplateWords(body="Soon, {time}"), "body", "known: none"),
        ("promise_soon", TemplateWords(body="x" * 501), "body", "longer than 500"),
    ],
)
def test_what_could_not_go_out_is_refused_at_its_place(
    key: str, words: TemplateWords, place: str, said: str
) -> None:
    faults = list(words_problems("templates.x.en", TEMPLATES[key], words))
    assert [fault.path for fault in faults][:1] == [f"templates.x.en.{place}"]
    assert any(said in fault.message for fault in faults)


def test_wide_spaces_tabs_and_joined_emoji_are_text() -> None:
    words = TemplateWords(subject="您好　👨‍👩‍👧", body="您好　👨‍👩‍👧\n\t再见")
    assert not list(words_problems("x", TEMPLATES["survey"], words))


def test_an_entry_point_has_words_of_its_own_and_a_language_comes_before_a_place() -> None:
    changed = {
        "acknowledgement": {
            "en": TemplateWords(subject="All", body="All of us"),
            "fr": TemplateWords(body="Tous"),
        },
        "acknowledgement@shop": {
            "en": TemplateWords(subject="Shop"),
            "ja": TemplateWords(body="店"),
        },
    }
    here = at_point(changed, "shop")
    assert say(here, ACKNOWLEDGEMENT, "en") == ("Shop", "All of us")
    assert say(here, ACKNOWLEDGEMENT, "fr") == ("Shop", "Tous")
    assert say(here, ACKNOWLEDGEMENT, "ja") == ("Shop", "店")
    assert say(at_point(changed, "op"), ACKNOWLEDGEMENT, "en") == ("All", "All of us")
    assert at_point(changed, "other") is changed
    only = {"survey@shop": {"en": TemplateWords(body="Well?")}}
    assert say(at_point(only, "shop"), TEMPLATES["survey"], "en").body == "Well?"
