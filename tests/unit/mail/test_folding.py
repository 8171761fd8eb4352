"""Quotes and signatures are folded as each mail program writes them, and nothing gets lost."""

from __future__ import annotations

import re
import time

import pytest

from hub.vendors.mail.quotes import fold_quotes
from hub.vendors.mail.sanitise import sanitise_html, text_of_html

from .quoting import HTMLS, TEXTS, Answer


@pytest.mark.parametrize("answer", TEXTS, ids=lambda answer: answer.program)
def test_only_what_is_new_of_a_text_is_visible(answer: Answer) -> None:
    folded = fold_quotes(answer.text, None)
    assert folded.text == answer.new
    everything = f"{folded.text}\n{folded.quote or ''}".split()
    assert sorted(everything) == sorted(answer.text.split())


@pytest.mark.parametrize("answer", HTMLS, ids=lambda answer: answer.program)
def test_only_what_is_new_of_html_is_visible(answer: Answer) -> None:
    clean = sanitise_html(answer.text)
    folded = fold_quotes("", clean)
    assert folded.html is not None
    assert folded.text == answer.new
    assert ("<details" in folded.html) == (answer.new != text_of_html(clean))
    assert text_of_html(_visible(folded.html)) == answer.new
    assert text_of_html(folded.html).replace("•••", "").split() == text_of_html(clean).split()
    assert sanitise_html(folded.html) == folded.html  # whole, whatever was cut where


def _visible(html: str) -> str:
    return re.sub(r"<details.*?</details>", "", html, flags=re.S)


@pytest.mark.parametrize(
    "line",
    ["> a", "于" * 500 + ":", "1 <a@b> " * 60 + ":", "On " + "wrote " * 90 + ":", "在" * 500 + "：",
     "2026 1:05 " * 50 + "<a@b:", "- " * 290, "From: x", "a 2026 님" * 80 + ":"],
)  # fmt: skip
def test_folding_takes_no_time_whatever_the_lines_say(line: str) -> None:
    text = "\n".join([f"{line}"] * (500_000 // len(line)))
    started = time.process_time()
    fold_quotes(text, None)
    fold_quotes(
        text, sanitise_html("<div>" * 500 + text.replace("<", "&lt;").replace("\n", "<br>"))
    )
    assert time.process_time() - started < 2
