"""The report page: everything asked is in it, it needs no network, and hostile names stay text."""

from __future__ import annotations

import re
from string import Formatter
from xml.etree import ElementTree

import pytest

from hub.simulation.changes import Staffed, Target
from hub.simulation.page import page_of_answer, page_of_scenarios
from hub.simulation.page_words import EN, WORDS, ZH
from hub.simulation.plots import seconds_in_words
from hub.simulation.replay import Answer, Question, replay_period
from hub.simulation.run import run
from hub.simulation.statistics import results_of
from hub.simulation.svg import Markup, count_ticks, element, joined, lines_of_runs, wait_ticks

from .build import a_center, exponential
from .past import NOON_S, a_period, a_queue, an_agent, came, the_settings

HOSTILE = '<img src=x onerror="alert(1)">&'


def an_answer(*, queue: str = "support", runs: int = 3, changed: bool = True) -> Answer:
    settings = the_settings(queues={queue: a_queue(), "finance": a_queue()})
    calls = [
        came(40.0 * n, queue=queue, tier="gold" if n % 3 else "standard", left=n % 7 == 6,
             wait_s=20.0, handle_s=60.0 + n)
        for n in range(80)
    ]  # fmt: skip
    period = a_period(calls, an_agent("li", queues=[queue]), settings=settings)
    question = Question(
        from_s=NOON_S,
        to_s=NOON_S + 3600,
        runs=runs,
        agents=(Staffed(1, queue),) if changed else (),
        targets=(Target(queue, "gold", "phone", 15),) if changed else (),
    )
    return replay_period(period, question)


def parsed(page: str) -> ElementTree.Element:
    """Return the page as XML: every element is closed, every character escaped."""
    text = re.sub(r"<meta [^>]*>|<!doctype html>", "", page)
    return ElementTree.fromstring(text)  # noqa: S314 - our own page


def test_names_from_outside_stay_text() -> None:
    page = page_of_answer(an_answer(queue=HOSTILE), "en")
    assert "<img" not in page
    assert HOSTILE in "".join(parsed(page).itertext())


def test_a_scenarios_hostile_file_name_stays_text() -> None:
    ran = run(a_center(2, [0.02], contacts=300))
    page = page_of_scenarios([(HOSTILE, ran)], [results_of(ran)], "en")
    assert "<img" not in page
    assert HOSTILE in "".join(parsed(page).itertext())


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_page_has_the_question_the_figures_the_plots_and_the_formulas(language: str) -> None:
    words = WORDS[language]
    page = page_of_answer(an_answer(), language)
    root = parsed(page)
    assert root.get("lang") == language
    text = "".join(root.itertext())
    for key in ("recorded", "in_force", "changed", "difference", "differ", "waits", "course",
                "staff", "figures", "formulas", "otherwise", "f_level"):  # fmt: skip
        assert words[key] in text, key
    drawn = [one.get("aria-label") for one in root.iter("svg")]
    assert len(drawn) == 2 + 2 + 1 + 3  # differences, tiers, service level, staff of each side
    assert all(drawn)
    assert len(list(root.iter("table"))) == 3
    assert "support" in text
    assert "Kaplan–Meier" in text


def test_the_page_needs_no_network() -> None:
    page = page_of_answer(an_answer(), "en")
    assert not re.search(r"https?:|src=|@import|url\(|<script|<link", page)


def test_without_a_change_only_the_fit_is_asked_and_nothing_is_compared() -> None:
    page = page_of_answer(an_answer(changed=False, runs=1), "en")
    text = "".join(parsed(page).itertext())
    assert EN["f_one_run"] in text
    assert EN["differ"] not in text
    assert "±" not in text.replace(EN["figures_says"], "")


def test_one_scenario_or_two_side_by_side() -> None:
    first = run(a_center(2, [0.02], patience=exponential(60), contacts=2_000))
    second = run(a_center(3, [0.02], patience=exponential(60), contacts=2_000))
    results = [results_of(first), results_of(second)]
    alone = page_of_scenarios([("a.toml", first)], results[:1], "en")
    both = page_of_scenarios([("a.toml", first), ("b.toml", second)], results, "zh-CN")
    assert "b.toml" not in alone
    text = "".join(parsed(both).itertext())
    assert "a.toml" in text
    assert ZH["differ_says_two"].format(first="a.toml", second="b.toml") in text


def test_both_languages_have_the_same_words_and_places_in_them() -> None:
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert set(EN) == set(ZH)
    assert {key: places(text) for key, text in EN.items()} == {
        key: places(text) for key, text in ZH.items()
    }


def test_elements_escape_text_and_attributes_but_not_markup() -> None:
    made = element("p", "<", element("b", "&"), class_='"', x1=1.25, left_out=None)
    assert made == '<p class="&quot;" x1="1.2">&lt;<b>&amp;</b></p>'
    assert joined("<", Markup("<br>")) == "&lt;<br>"


def test_a_gap_breaks_a_line() -> None:
    assert lines_of_runs([None, (0, 0), (1, 1), None, (2, 2)]) == [[(0, 0), (1, 1)], [(2, 2)]]


@pytest.mark.parametrize("high", [0.0, 0.3, 1.0, 7.0, 26.0, 999.0])
def test_ticks_are_few_and_inside(high: float) -> None:
    assert 1 <= len(count_ticks(high)) <= 6
    assert max(count_ticks(high)) <= high
    assert len(wait_ticks(high * 1000)) <= 12


@pytest.mark.parametrize(
    ("value", "words"), [(5, "5s"), (90, "90s"), (300, "5m"), (3600, "1h"), (200_000, "2.31d")]
)
def test_waits_are_written_short(value: float, words: str) -> None:
    assert seconds_in_words(value) == words
