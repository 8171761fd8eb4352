"""An article's harmless HTML becomes a tree; what slips through all the same is only text."""

from __future__ import annotations

import msgspec
import pytest

from hub.channels.webchat.blocks import parse_blocks
from hub.channels.webchat.help_routes import languages_for
from hub.channels.webchat.inbound import meta_of

HUB = "https://hub.example"
FILE = "0190f0a0-0000-7000-8000-000000000001"


def tree(html: str) -> object:
    return msgspec.to_builtins(parse_blocks(html, HUB))


def test_elements_texts_and_spaces_between_words_are_kept() -> None:
    html = "<p>a <em>b</em> <strong>c</strong> &lt;d&gt;</p>\n<ol start='3'>\n<li>x</li></ol>"
    assert tree(html) == [
        ["p", ["a ", ["em", ["b"], "", ""], " ", ["strong", ["c"], "", ""], " <d>"], "", ""],
        ["ol", [["li", ["x"], "", ""]], "3", ""],
    ]


@pytest.mark.parametrize(
    ("href", "leads"),
    [
        ("https://shop.example/a?b=1", "https://shop.example/a?b=1"),
        ("/help/en/refunds", "https://hub.example/help/en/refunds"),
        ("mailto:help@shop.example", "mailto:help@shop.example"),
        ("javascript:alert(1)", ""),
        ("JAVASCRIPT:alert(1)", ""),
        ("data:text/html,x", ""),
        ("http://[", ""),
        ("", HUB),
    ],
)
def test_links_lead_to_whole_addresses_or_nowhere(href: str, leads: str) -> None:
    assert tree(f'<a href="{href}">x</a>') == [["a", ["x"], leads, ""]]


def test_pictures_are_those_of_the_hub() -> None:
    assert tree(f'<img src="/help/files/{FILE}" alt="The valve">') == [
        ["img", [], FILE, "The valve"]
    ]
    assert tree('<p><img src="https://evil.example/x.png" alt="x"></p>') == [["p", [], "", ""]]


@pytest.mark.parametrize(
    "html",
    ["<script>alert(1)</script>", "<svg onload=alert(1)>x</svg>", "<iframe src=x></iframe>"],
)
def test_what_is_not_listed_is_no_element(html: str) -> None:
    assert all(isinstance(block, str) for block in parse_blocks(html, HUB))


def test_what_is_nested_without_end_stays_shallow() -> None:
    deepest = 0
    level = parse_blocks("<blockquote>" * 5_000 + "x" + "</blockquote>" * 5_000, HUB)
    while level and not isinstance(level[0], str):
        level, deepest = level[0].children, deepest + 1
    assert deepest <= 41


def test_languages_are_the_visitors_then_the_entry_points_then_ours() -> None:
    assert languages_for("zh-Hant-TW", "en") == ("zh", "en")
    assert languages_for("fr-CA", "zh-CN") == ("fr", "zh", "en")
    assert languages_for("%_'", "en") == ("en", "zh")
    assert languages_for("x", "y" * 9) == ("en", "zh")
    assert languages_for("abcdefgh", "") == ("abcdefgh", "en", "zh")


def test_what_came_before_is_told_a_line_each() -> None:
    assert meta_of("", (), ()) == {}
    searched = ["refund\n\x00 when", "refund when", " "]
    assert meta_of("https://shop.example/", searched, ["Refunds"]) == {
        "page": "https://shop.example/",
        "searched": "refund when",
        "read": "Refunds",
    }
