"""Pages from files, pure: Markdown or HTML becomes an article's texts, or is refused and why.

A Markdown file may begin with lines between two `---`: title, lang, key. `refund.en.md` is the
English of the key `refund`.
"""

from __future__ import annotations

import html
import re
import unicodedata
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
_HEADING = re.compile(r"^#[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_PICTURE = re.compile(r"!\[([^\]\n]*)\]\(([^)\n]*)\)")
_CODE = re.compile(r"<(script|style|iframe|object|svg)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.I)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,2000})</title", re.I)
_LANG = re.compile(r"<html[^>]{0,500}?\slang\s*=\s*[\"']?([A-Za-z-]{2,16})", re.I)
_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?([A-Za-z0-9_-]{2,40})", re.I)
_NAMED = re.compile(r"^(.+)\.([A-Za-z]{2}(?:[-_][A-Za-z]{2,4})?)$")


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


def read_page(name: str, data: bytes) -> PageText:
    """Return what the file says. Raises PageRefused, and nothing else, whatever it holds."""
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
    told = {"key": named[1] if named else stem, "lang": named[2] if named else ""}
    page = _html_page(text, told) if ending.lower() in _HTML else _markdown_page(text, told)
    return _checked(page, stem)


def _html_page(text: str, told: dict[str, str]) -> PageText:
    found = markdown_of(text)
    title, language = _TITLE.search(text), _LANG.search(text)
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
    text = _COMMENT.sub("", _CODE.sub("", text))
    heading = _HEADING.search(text)
    title = told.get("title", "")
    if heading is not None and (not title or heading[1] == title):
        title = heading[1]
        text = text[: heading.start()] + text[heading.end() :]
    left_out = 0

    def away(match: re.Match[str]) -> str:
        nonlocal left_out
        left_out += 1
        remote = re.match(r"https?://\S+$", match[2].strip())
        return f"[{match[1] or match[2]}]({match[2].strip()})" if remote else match[1]

    body = _PICTURE.sub(away, text)
    return PageText(told["key"], title, body, told.get("lang", ""), left_out)


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
