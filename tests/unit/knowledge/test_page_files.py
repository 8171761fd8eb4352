"""Pages from files: what they say in Markdown; hostile ones are harmless, refusals have reasons."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.knowledge.help.render import body_html
from hub.knowledge.html_markdown import markdown_of
from hub.knowledge.page_files import MAX_BYTES, PageRefused, Refusal, read_page

HTML = """<!doctype html><html lang="zh-CN"><head><title>退款 &amp; 退货</title><style>p{}</style>
</head><body><script>alert(1)</script><h1>退款 [须知]</h1><p onclick="x()">请在 <b>30 天</b> 内<a
href="https://shop.test/r_(1)">申请</a>，或<a href="javascript:alert(1)">点这里</a>。</p>
<ol><li>打开订单</li><li>点退款<ul><li>选原因</li></ul></li></ol>
<blockquote><p>* 运费除外</p></blockquote><pre>a *b*</pre><img src="http://evil.test/a.png">
<table><tr><th>天</th><th>金额|元</th></tr><tr><td>30</td><td>100</td></tr></table></body></html>"""


def test_html_becomes_markdown() -> None:
    page = read_page("refund.html", HTML.encode())
    assert (page.key, page.title, page.language) == ("refund", "退款 [须知]", "zh-CN")
    assert page.left_out == 1
    assert page.body.split("\n\n") == [
        "请在 **30 天** 内[申请](https://shop.test/r_%281%29)，或点这里。",
        "1. 打开订单",
        "2. 点退款",
        "   - 选原因",
        "> \\* 运费除外",
        "```\na *b*\n```",
        "| 天 | 金额\\|元 |\n| --- | --- |\n| 30 | 100 |",
    ]
    shown = body_html(page.body, "markdown")
    assert "<strong>30 天</strong>" in shown
    assert "<table>" in shown
    assert "javascript" not in shown


def test_markdown_has_its_front_and_its_heading() -> None:
    text = (
        '---\ntitle: "Refunds"\nlang: en_gb\nkey: Refund Rules\n---\n# Refunds\n\nWithin 30 days.'
    )
    assert read_page("a/b.md", text.encode()) == (
        "refund-rules",
        "Refunds",
        "Within 30 days.",
        "en-GB",
        0,
    )
    page = read_page(
        "退款.md", "# 退款\r\n\r\n![图](a.png) ![b](https://x.cn/b.png) 三十天内".encode("gb18030")
    )
    assert page == ("退款", "退款", "图 [b](https://x.cn/b.png) 三十天内", "zh-CN", 2)
    assert read_page("refund.zh-CN.md", b"text")[0:4] == ("refund", "refund.zh-CN", "text", "zh-CN")


@pytest.mark.parametrize(
    "text",
    [
        "a <!-- b --> <script>c</script> d",
        "Write `<script src=x>` into your page, then `<!--`.\n\nAnd wait.",
        "```html\n<script>\n  run()\n</script>\n<!-- done -->\n```\n\nDone.",
        "```sh\n# install it\nrun\n```\n\nDone.",
        "~~~\n```\n# not a title\n~~~\n\nDone.",
        "````\n```\n# not a title\n```\n````\n\nDone.",
        "```\n![a](b.png)\n# and no end",
    ],
)
def test_nothing_of_a_markdown_file_is_lost(text: str) -> None:
    page = read_page("setup.md", text.encode())
    assert (page.title, page.body, page.left_out) == ("setup", text, 0)


def test_a_title_is_found_behind_code_and_keeps_its_signs() -> None:
    page = read_page("a.md", b"```\n# no\n```\n#  C#  \n# More ##\ntext")
    assert (page.title, page.body) == ("C#", "```\n# no\n```\n\n# More ##\ntext")
    assert read_page("a.md", b"# Closed ## \ntext").title == "Closed"


def test_where_a_file_lies_begins_its_key() -> None:
    def key(name: str, folder: str = "") -> str:
        return read_page(name, b"text", folder).key

    assert key("Refund.md", "Shop/More Help") == "shop/more-help/refund"
    assert key("index.md", "refund") == key("Index.zh-CN.md", "refund") == "refund"
    assert key("index.md") == "index"
    assert read_page("a.md", b"---\nkey: b\n---\ntext", "more").key == "b"


@pytest.mark.parametrize(
    ("name", "key", "language"),
    [
        ("refund.en_GB.md", "refund", "en-GB"),
        ("refund.zh-Hant.md", "refund", "zh-Hant"),
        ("refund.DE.html", "refund", "de"),
        ("node.js.md", "node.js", "en"),
        ("v2.io-beta.md", "v2.io-beta", "en"),
    ],
)
def test_a_name_ends_in_a_language_that_there_is(name: str, key: str, language: str) -> None:
    assert read_page(name, b"text")[::3] == (key, language)


@contextmanager
def at_once(seconds: int = 10) -> Iterator[None]:
    """Fail after `seconds`, also within `re`: what is not linear needs hours for 1 MiB."""

    def late(*_: object) -> None:
        raise AssertionError("It takes too long.")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    "text",
    [
        "# a" + " " * (MAX_BYTES - 4) + "x",
        "#" + " " * (MAX_BYTES - 1),
        "![" * (MAX_BYTES // 2),
        "![](" * (MAX_BYTES // 4),
        "!" * MAX_BYTES,
        "`" * MAX_BYTES,
        "```x`\n" * (MAX_BYTES // 6),
    ],
    ids=["heading", "empty heading", "pictures", "addresses", "marks", "ticks", "fences"],
)
def test_no_markdown_holds_the_hub_up(text: str) -> None:
    with at_once(), suppress(PageRefused):
        read_page("a.md", text.encode())


def test_marks_in_one_another_are_told_up_to_a_depth() -> None:
    told = markdown_of("<b><code>" * 20 + "a`" + "</code></b>" * 20 + "b*").text
    assert told.count("`") == 32
    assert told.endswith("b\\*")
    assert "b `c`" in markdown_of("<p>" + "<b>" * 50 + "a<p>b <code>c</code>").text


@pytest.mark.parametrize(
    ("name", "data", "code", "reason"),
    [
        ("a.docx", b"PK", Refusal.ENDING, "It is no Markdown"),
        (".md", b"text", Refusal.ENDING, "It is no Markdown"),
        ("a.md", b"\x00\x01", Refusal.NOT_TEXT, "It is no text"),
        ("a.md", b"  \n", Refusal.EMPTY, "There is no text"),
        ("a.html", b"<script>alert(1)</script>", Refusal.EMPTY, "There is no text"),
        ("a.md", b"x" * 20_001, Refusal.TOO_LONG, "It has 20,001 characters"),
        ("a.md", b"x" * (MAX_BYTES + 1), Refusal.TOO_LARGE, "It has more than 1 MiB"),
        ("a.md", b"---\nlang: no language at all\n---\ntext", Refusal.LANGUAGE, "`lang`"),
    ],
)
def test_each_refusal_has_its_reason_and_code(
    name: str, data: bytes, code: Refusal, reason: str
) -> None:
    with pytest.raises(PageRefused, match=f"^{reason}") as refused:
        read_page(name, data)
    assert refused.value.code is code


@pytest.mark.parametrize(
    "html",
    [
        '<img src=x onerror="alert(1)">text',
        "<a href=' javascript:alert(1)'>text</a>",
        "<svg><script>alert(1)</script></svg>text",
        "<p>[text](javascript:alert(1))</p>",
        "<p>&lt;script&gt;alert(1)&lt;/script&gt; text</p>",
        "<div>" * 3_000 + "text",
        "<table><tr><td>" * 200 + "text",
        "</p></b></li></table>text<b><a><i>",
    ],
)
def test_hostile_html_is_harmless_whatever_shows_it(html: str) -> None:
    markdown = markdown_of(html).text
    assert "text" in markdown
    shown = body_html(markdown, "markdown").lower()
    for word in ("<script", "<img", "<svg", "onerror=", 'href="javascript', 'href=" javascript'):
        assert word not in shown


@given(st.text(alphabet="<>/abliptrd=\"' &;\n*_[]()`#|-1.", max_size=200))
def test_no_html_breaks_it(html: str) -> None:
    body_html(markdown_of(html).text, "markdown")


@given(st.binary(max_size=300), st.sampled_from(["a.md", "a.html"]))
def test_no_bytes_break_it(data: bytes, name: str) -> None:
    with suppress(PageRefused):
        read_page(name, data)
