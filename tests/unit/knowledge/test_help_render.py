"""Help pages hold nothing that an article's text smuggles in, and read well without scripts."""

import pytest

from hub.knowledge.help.render import (
    Listed,
    Shown,
    article_page,
    body_html,
    excerpt,
    list_page,
    told_page,
)

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt&#58;alert(1))",
    "![x](https://evil.test/pixel.gif)",
    '<a href="https://x.test" onclick="alert(1)">x</a>',
    "<style>body{display:none}</style>",
    "<iframe src=https://evil.test></iframe>",
    "<svg onload=alert(1)>",
    '[x](https://x.test "a\\" onmouseover=\\"alert(1)")',
    "<form action=https://evil.test><input name=password></form>",
    "[data](data:text/html;base64,PHNjcmlwdD4=)",
    "<!-- --><base href=https://evil.test>",
    "`</code><script>alert(1)</script>`",
    "[a]: javascript:alert(1)\n\n[a]",
]


@pytest.mark.parametrize("form", ["plain", "markdown"])
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_brings_in_script_pictures_or_forms(text: str, form: str) -> None:
    html = body_html(text, form).casefold()
    for bad in ("<script", "<img", "<svg", "<iframe", "<form", "<style", "<base", 'href="java',
                'href="data'):  # fmt: skip
        assert bad not in html
    tags = [part.partition(">")[0] for part in html.split("<")[1:]]
    assert not any(" on" in tag.split('"')[0] for tag in tags)


def test_markdown_becomes_what_it_says() -> None:
    html = body_html("# One\n\n1. **a**\n2. [b](https://x.test)\n\n| t |\n|---|\n| c |", "markdown")
    for part in ("<h2>One</h2>", "<strong>a</strong>", "<table>", 'rel="noopener noreferrer'):
        assert part in html


def test_plain_text_keeps_its_lines_and_its_marks() -> None:
    assert body_html("a *b*\nc\n\nd <e>", "plain") == "<p>a *b*<br>c</p><p>d &lt;e&gt;</p>"


def test_markdown_made_to_burn_time_is_plain_text() -> None:
    assert body_html("[" * 30_000, "markdown").startswith("<p>[[[")


def test_a_page_is_of_one_language_and_leads_to_the_other() -> None:
    article = Shown("refunds-1", "退款 <b>", "<p>ok</p>", "2026-11-28", "refunds-2")
    page = article_page("zh", article)
    assert '<html lang="zh-CN">' in page
    assert "退款 &lt;b&gt;" in page
    assert 'href="/help/en/refunds-2"' in page
    assert "有帮助" in page
    assert "谢谢" in article_page("zh", article, voted=True)
    assert 'href="/help/zh"' in article_page("en", Shown("p", "t", "", "d", None))


def test_words_and_addresses_are_escaped() -> None:
    page = list_page("en", '"><script>', [Listed("en", 'a"b', "<i>", "x & y")])
    assert "<script>" not in page
    assert 'href="/help/en/a%22b"' in page
    assert "&lt;i&gt;" in page
    assert "noindex" in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_empty_pages_say_so(language: str) -> None:
    for page in (
        list_page(language, "", []),
        list_page(language, "words", []),
        told_page(language, "missing"),
        told_page(language, "slowly"),
    ):
        assert page.startswith("<!doctype html>")
        assert "<script" not in page


def test_the_beginning_of_a_text_is_one_line() -> None:
    assert excerpt("# Title\n\n* one\n* two") == "Title one two"
    assert len(excerpt("x" * 500)) == 160
