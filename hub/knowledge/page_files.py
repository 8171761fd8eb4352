"""Pages from files, pure: Markdown or HTML becomes an article's texts, or is refused and why.

A Markdown file may begin with lines between two `---`: title, lang, key. `refund.en.md` is the
English of the key `refund`; in a folder `more` the key is `more/refund`, and that of
`refund/index.md` is `refund`.

`re` holds Python's lock: no pattern here may need more than linear time, whatever a file holds.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from hub.vendors.mail.charsets import decode

from .html_markdown import markdown_of
from .lines import MAX_BODY, MAX_KEY, MAX_TITLE, language_of

MAX_BYTES = 1_048_576
_MARKDOWN = ("md", "markdown")
_HTML = ("html", "htm")
ENDINGS = (*_MARKDOWN, *_HTML)
_FRONT = re.compile(r"\A---[ \t]*\n(.{0,4000}?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_FENCE = re.compile(r" {0,3}(`{3,}+(?=[^`]*$)|~{3,}+)")  # CommonMark §4.5
_HEADING = re.compile(r"#[ \t]+(\S.*)")
# Neither part goes past the next `![`: the searches from all of them read a text once.
_PICTURE = re.compile(
    r"!\[([^\]\n!]*+(?:!(?!\[)[^\]\n!]*+)*+)\]\(([^)\n!]*+(?:!(?!\[)[^)\n!]*+)*+)\)"
)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,2000})</title", re.I)
_LANG = re.compile(r"<html[^>]{0,500}?\slang\s*=\s*[\"']?([A-Za-z-]{2,16})", re.I)
_HEAD = 8_192  # characters within which `<html` stands
_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?([A-Za-z0-9_-]{2,40})", re.I)
_NAMED = re.compile(r"^(.+)\.(([A-Za-z]{2})(?:[-_][A-Za-z]{2,4})?)$")
# ISO 639-1: what a name may end in. `lang:` in the file takes any; node.js.md is in no language.
_LANGUAGES = frozenset(
    str.split(
        """
        ar bg bn ca cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv ms nb nl no pl pt ro
        ru sk sl sr sv th tl tr uk ur vi zh
        """
    )
)


class Refusal(StrEnum):
    """Why a file becomes no article, for programs; consoles have words of their own for each."""

    ENDING = "page.ending"
    TOO_LARGE = "page.too_large"
    NOT_TEXT = "page.not_text"
    EMPTY = "page.empty"
    TOO_LONG = "page.too_long"
    LANGUAGE = "page.language"


class PageRefused(Exception):
    """`args[0]` is for people, `code` for programs."""

    def __init__(self, code: Refusal, message: str) -> None:
        super().__init__(message)
        self.code = code


class PageText(NamedTuple):
    """`left_out`: pictures that a file cannot bring."""

    key: str
    title: str
    body: str
    language: str
    left_out: int


def read_page(name: str, data: bytes, folder: str = "") -> PageText:
    """Return what the file says. Raises PageRefused, and nothing else, whatever it holds.

    `folder`: where it lies in what is imported (`more/terms`); it begins the key.
    """
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    stem, _, ending = base.rpartition(".")
    if ending.lower() not in ENDINGS or not stem:
        raise PageRefused(
            Refusal.ENDING, "It is no Markdown and no HTML: its name ends in .md or .html."
        )
    if len(data) > MAX_BYTES:
        raise PageRefused(Refusal.TOO_LARGE, f"It has more than {MAX_BYTES >> 20} MiB.")
    if b"\x00" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise PageRefused(Refusal.NOT_TEXT, "It is no text.")
    charset = _CHARSET.search(data[:4096]) if ending.lower() in _HTML else None
    text = decode(data, charset[1].decode() if charset else None).replace("\x00", "")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    named = _NAMED.match(stem)
    if named is not None and named[3].lower() not in _LANGUAGES:
        named = None
    key = named[1] if named else stem
    if folder:
        folder = unicodedata.normalize("NFC", folder)
        key = folder if key.casefold() == "index" else f"{folder}/{key}"
    told = {"key": key, "lang": named[2] if named else ""}
    page = _html_page(text, told) if ending.lower() in _HTML else _markdown_page(text, told)
    return _checked(page, stem)


def _html_page(text: str, told: dict[str, str]) -> PageText:
    found = markdown_of(text)
    title, language = _TITLE.search(text), _LANG.search(text, 0, _HEAD)
    return PageText(
        told["key"],
        found.heading or (html.unescape(title[1]) if title else ""),
        found.text,
        told["lang"] or (language[1] if language else ""),
        found.pictures,
    )


def _markdown_page(text: str, told: dict[str, str]) -> PageText:
    front = _FRONT.match(text)
    if front is not None:
        text = text[front.end() :]
        for line in front[1].split("\n"):
            name, colon, value = line.partition(":")
            if colon:
                told[name.strip().lower()] = value.strip().strip("\"'")
    title = told.get("title", "")
    left_out = 0

    def away(match: re.Match[str]) -> str:
        nonlocal left_out
        left_out += 1
        remote = re.match(r"https?://\S+$", match[2].strip())
        return f"[{match[1] or match[2]}]({match[2].strip()})" if remote else match[1]

    kept: list[str] = []
    headed = False
    for line, is_code in _lines(text):
        heading = None if is_code or headed else _heading(line)
        if heading is not None:
            headed = True
            if not title or heading == title:
                title, line = heading, ""
        kept.append(line if is_code else _PICTURE.sub(away, line))
    body = "\n".join(kept)
    return PageText(told["key"], title, body, told.get("lang", ""), left_out)


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each line and whether it belongs to fenced code; a fence may end with the text."""
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if not fence:
            fence = mark[1] if mark else ""
            yield line, bool(fence)
            continue
        yield line, True
        if mark is not None and mark[1].startswith(fence) and not line[mark.end() :].strip():
            fence = ""


def _heading(line: str) -> str | None:
    """Return what a first heading says, without the marks that may close it (CommonMark §4.2)."""
    found = _HEADING.match(line)
    if found is None:
        return None
    told = found[1].rstrip()
    bare = told.rstrip("#")
    return bare.rstrip() if bare[-1:] in ("", " ", "\t") else told


def _checked(page: PageText, stem: str) -> PageText:
    title = " ".join(page.title.split())[:MAX_TITLE] or stem[:MAX_TITLE]
    body = page.body.strip()
    if not body:
        raise PageRefused(Refusal.EMPTY, "There is no text in it.")
    if len(body) > MAX_BODY:
        raise PageRefused(
            Refusal.TOO_LONG,
            f"It has {len(body):,} characters; an article has at most {MAX_BODY:,}: divide it.",
        )
    try:
        language = language_of(page.language, title + body)
    except ValueError as error:
        raise PageRefused(Refusal.LANGUAGE, str(error)) from None
    key = "-".join(page.key.casefold().split())[:MAX_KEY]
    return PageText(key or stem[:MAX_KEY], title, body, language, page.left_out)
