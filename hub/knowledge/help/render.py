"""Pages of the help as HTML, pure. No script, nothing of others; Markdown is made harmless.

Everything that is put into a page is escaped here or was made harmless by `body_html`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from urllib.parse import quote

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from hub.knowledge.markup import (
    FILE,
    is_overdone,
    new_markdown,
    readable_words,
    without_marks,
)

FILES = "/help/files/"
LANGUAGES = {"zh": "zh-CN", "en": "en"}
"""Of a page's address, and what its texts say they are."""

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "hr", "img", "li", "ol", "p",
    "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_HEADING = re.compile(r"<(/?)h([1-6])>")

_TEXTS = {
    "zh": {
        "title": "帮助中心",
        "search": "搜索帮助",
        "placeholder": "您的问题，例如：什么时候退款",
        "newest": "最近更新",
        "found": "搜索结果",
        "nothing": "没有找到相关内容。请换个说法，或直接联系我们。",
        "empty": "这里还没有文章。",
        "back": "返回帮助中心",
        "updated": "更新于",
        "helpful": "这篇文章对您有帮助吗？",
        "yes": "有帮助",
        "no": "没有帮助",
        "thanks": "谢谢您的反馈。",
        "missing": "没有这个页面。",
        "slowly": "请求太频繁，请稍后再试。",
        "other": "English",
    },
    "en": {
        "title": "Help",
        "search": "Search the help",
        "placeholder": "Your question, such as: when do I get my refund",
        "newest": "Recently updated",
        "found": "Results",
        "nothing": "Nothing was found. Try other words, or contact us.",
        "empty": "There are no articles yet.",
        "back": "Back to the help",
        "updated": "Updated",
        "helpful": "Did this article help you?",
        "yes": "Yes",
        "no": "No",
        "thanks": "Thank you for telling us.",
        "missing": "There is no such page.",
        "slowly": "Too many requests: try again in a little while.",
        "other": "中文",
    },
}

STYLE = """
:root { color-scheme: light dark; --text: #1d2430; --soft: #566176; --line: #d8dee8;
  --back: #ffffff; --mark: #1a5fb4; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e8ecf2; --soft: #a9b4c4; --line: #39424f; --back: #151a21; --mark: #8ab8ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text);
  font: 16px/1.65 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
header, main, footer { max-width: 46rem; margin: 0 auto; padding: 1rem; }
header { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; }
a { color: var(--mark); }
form.search { display: flex; gap: .5rem; }
input[type=search] { flex: 1; min-width: 0; }
input[type=search], button { font: inherit; color: inherit; background: transparent;
  border: 1px solid var(--soft); border-radius: .4rem; padding: .5rem .8rem; min-height: 2.75rem; }
button { cursor: pointer; }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
ul.found { list-style: none; padding: 0; }
ul.found li { border-top: 1px solid var(--line); padding: .9rem 0; }
ul.found p { margin: .2rem 0 0; color: var(--soft); }
.soft { color: var(--soft); }
article { overflow-wrap: anywhere; }
img { max-width: 100%; height: auto; border-radius: .4rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; }
pre { overflow-x: auto; padding: .8rem; border: 1px solid var(--line); border-radius: .4rem; }
form.vote { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center;
  border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1rem; }
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """An article in a list. `path` is its address below /help/{language}/."""

    language: str  # of that address: zh or en
    path: str
    title: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An article whole. `body` is harmless HTML; `updated` is a date in words."""

    path: str
    title: str
    body: str
    updated: str
    other_path: str | None  # the same in the other language


def body_html(text: str, form: str, files: str = FILES) -> str:
    """Return an article's text as harmless HTML. `form`: plain or markdown.

    `files`: below which address its pictures are. Those of other servers are links: whoever reads
    is not told to them.
    """
    if form != "markdown" or is_overdone(text):
        return "".join(
            f"<p>{escape(part.strip()).replace(chr(10), '<br>')}</p>"
            for part in re.split(r"\n\s*\n", text)
            if part.strip()
        )
    html = _HEADING.sub(_lower, _markdown().render(text, {"files": files}))
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}, "img": {"src", "alt", "loading"}},
        attribute_filter=lambda tag, name, value: (
            value if (tag, name) != ("img", "src") or value.startswith(files) else None
        ),
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )


def excerpt(text: str, most: int = 160) -> str:
    """Return the beginning of a text in one line, its marks left out."""
    plain = " ".join(without_marks(readable_words(text)).split())
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"


def list_page(language: str, words: str, found: Sequence[Listed]) -> str:
    """Return the page with the newest articles, or with those found for `words`."""
    say = _TEXTS[language]
    rows = "".join(
        f'<li><a href="/help/{one.language}/{quote(one.path)}">{escape(one.title)}</a>'
        f"<p>{escape(one.excerpt)}</p></li>"
        for one in found
    )
    heading = say["found"] if words else say["newest"]
    nothing = say["nothing"] if words else say["empty"]
    listed = f'<ul class="found">{rows}</ul>' if rows else f"<p>{nothing}</p>"
    body = f"{_search(language, words)}<h2>{heading}</h2>{listed}"
    return _page(language, say["title"], body, f"/help/{_other(language)}", indexed=not words)


def article_page(language: str, article: Shown, *, voted: bool = False) -> str:
    """Return the page of one article. `voted`: thanks instead of the question."""
    say = _TEXTS[language]
    own = f"/help/{language}/{quote(article.path)}"
    vote = (
        f'<p role="status">{say["thanks"]}</p>'
        if voted
        else f'<form class="vote" method="post" action="{own}"><span>{say["helpful"]}</span>'
        f'<button name="helpful" value="yes">{say["yes"]}</button>'
        f'<button name="helpful" value="no">{say["no"]}</button></form>'
    )
    body = (
        f'<p><a href="/help/{language}">{say["back"]}</a></p>'
        f"<article><h1>{escape(article.title)}</h1>{article.body}"
        f'<p class="soft">{say["updated"]} {escape(article.updated)}</p></article>{vote}'
    )
    other = _other(language)
    there = f"/help/{other}/{quote(article.other_path)}" if article.other_path else f"/help/{other}"
    return _page(language, article.title, body, there)


def preview_page(language: str, title: str, body: str) -> str:
    """Return an article as its page shows it, whole in itself: for a frame in the console."""
    return (
        f'<!doctype html><html lang="{LANGUAGES[language]}"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><article><h1>{escape(title)}</h1>{body}</article></main></body></html>"
    )


def told_page(language: str, told: str) -> str:
    """Return a page that says one thing: missing, slowly."""
    say = _TEXTS[language]
    body = f'<p>{say[told]}</p><p><a href="/help/{language}">{say["back"]}</a></p>'
    return _page(language, say["title"], body, f"/help/{_other(language)}", indexed=False)


def _page(language: str, title: str, body: str, there: str, *, indexed: bool = True) -> str:
    say, other = _TEXTS[language], _other(language)
    robots = "" if indexed else '<meta name="robots" content="noindex">'
    return (
        f'<!doctype html><html lang="{LANGUAGES[language]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'{robots}<title>{escape(title)}</title><link rel="stylesheet" href="/help/style.css">'
        f'</head><body><header><a href="/help/{language}"><strong>{say["title"]}</strong></a>'
        f'<a href="{there}" lang="{LANGUAGES[other]}" hreflang="{LANGUAGES[other]}">'
        f"{say['other']}</a></header><main>{body}</main></body></html>"
    )


def _search(language: str, words: str) -> str:
    say = _TEXTS[language]
    return (
        f'<form class="search" role="search" action="/help/{language}">'
        f'<input type="search" name="q" maxlength="500" value="{escape(words)}" '
        f'aria-label="{say["search"]}" placeholder="{say["placeholder"]}">'
        f"<button>{say['search']}</button></form>"
    )


def _other(language: str) -> str:
    return "en" if language == "zh" else "zh"


def _lower(match: re.Match[str]) -> str:
    """The page has the one first heading: those of a text begin below it."""
    return f"<{match[1]}h{min(4, max(2, int(match[2]) + 1))}>"


@cache
def _markdown() -> MarkdownIt:
    markdown = new_markdown()
    markdown.add_render_rule("image", _picture)
    return markdown


def _picture(
    _renderer: object, tokens: Sequence[Token], at: int, _options: object, env: Mapping[str, str]
) -> str:
    source = str(tokens[at].attrs.get("src", ""))
    named = FILE.match(source)
    if named is not None:
        there = escape(f"{env['files']}{named[1]}")
        return f'<img src="{there}" alt="{escape(tokens[at].content)}" loading="lazy">'
    return f'<a href="{escape(source)}">{escape(tokens[at].content or source)}</a>'
