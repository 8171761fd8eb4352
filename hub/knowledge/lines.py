"""Lines of the files that articles, cases and questions come in, pure: read, or refused and why.

    {"article": {"key": "refund", "title": "…", "body": "…", "lang": "zh-CN"}}
    {"case": {"text": "…", "article_key": "refund", "lang": "zh-CN"}}
    {"text": "…", "article_key": "refund", "lang": "zh-CN"}

Further names are passed over. A case or a question with the key null is one that nothing fits.
"""

from __future__ import annotations

import re

import msgspec
from msgspec import UNSET, Struct, UnsetType

MAX_LINE_BYTES = 1_048_576
MAX_TITLE = 500
MAX_BODY = 20_000
MAX_TEXT = 6_000
MAX_KEY = 120
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_HAN = re.compile("[\u3400-\u9fff]")

Key = str | int


class Refused(Struct, frozen=True):
    """`line` counts from 1; `reason` is for people."""

    line: int
    reason: str


class ArticleLine(Struct, frozen=True):
    line: int
    key: str
    title: str
    body: str
    language: str


class CaseLine(Struct, frozen=True):
    """`key` None: nothing fits."""

    line: int
    text: str
    key: str | None
    language: str


class _Article(Struct, frozen=True):
    key: Key
    title: str
    body: str
    lang: str = ""


class _Case(Struct, frozen=True):
    text: str
    article_key: Key | UnsetType | None = UNSET
    lang: str = ""


class _Line(Struct, frozen=True):
    article: _Article | UnsetType = UNSET
    case: _Case | UnsetType = UNSET


_line = msgspec.json.Decoder(_Line)
_question = msgspec.json.Decoder(_Case)


def parse_line(number: int, raw: bytes) -> ArticleLine | CaseLine | Refused | None:
    """Return what one line of a file to import says; None of an empty one. Never raises."""
    raw = _clean(number, raw)
    if not raw:
        return None
    try:
        told = _line.decode(_checked(raw))
        if (told.article is UNSET) == (told.case is UNSET):
            return Refused(number, "a line has either `article` or `case`")
        if told.article is not UNSET:
            return _article(number, told.article)
        assert told.case is not UNSET  # noqa: S101 - one of the two is there
        return _case(number, told.case)
    except (ValueError, RecursionError) as error:  # msgspec's, or bytes that are no UTF-8
        return Refused(number, _words(error))


def parse_question(number: int, raw: bytes) -> CaseLine | Refused | None:
    """Return what one line of a file to evaluate asks; None of an empty one. Never raises."""
    raw = _clean(number, raw)
    if not raw:
        return None
    try:
        return _case(number, _question.decode(_checked(raw)))
    except (ValueError, RecursionError) as error:
        return Refused(number, _words(error))


def language_of(told: str, text: str) -> str:
    """Return the language told, else the one the writing suggests. Raises ValueError."""
    if not told.strip():
        return "zh-CN" if _HAN.search(text) else "en"
    clean = told.strip().replace("_", "-")
    if len(clean) > 16 or not _LANGUAGE.fullmatch(clean):
        raise ValueError(f"`lang` {told[:20]!r} is no language: zh-CN, en, …")
    base, *more = clean.split("-")  # RFC 5646 §2.1.1: zh-CN, zh-Hant
    return "-".join(
        [base.lower(), *(part.upper() if len(part) == 2 else part.title() for part in more)]
    )


def _clean(number: int, raw: bytes) -> bytes:
    return (raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw).strip()


def _checked(raw: bytes) -> bytes:
    if len(raw) > MAX_LINE_BYTES:
        raise ValueError(f"a line has at most {MAX_LINE_BYTES:,} bytes")
    return raw


def _article(number: int, told: _Article) -> ArticleLine:
    title = _text("title", " ".join(told.title.split()), MAX_TITLE)
    body = _text("body", told.body.strip(), MAX_BODY)
    return ArticleLine(number, _key(told.key), title, body, language_of(told.lang, title + body))


def _case(number: int, told: _Case) -> CaseLine:
    if told.article_key is UNSET:
        raise ValueError("`article_key` is missing: a key, or null where nothing fits")
    text = _text("text", told.text.strip()[:MAX_TEXT], MAX_TEXT)
    key = None if told.article_key is None else _key(told.article_key)
    return CaseLine(number, text, key, language_of(told.lang, text))


def _key(told: Key) -> str:
    return _text("key", str(told).strip(), MAX_KEY)


def _text(name: str, text: str, limit: int) -> str:
    text = text.replace("\x00", "")
    if not text:
        raise ValueError(f"`{name}` is empty")
    if len(text) > limit:
        raise ValueError(f"`{name}` has {len(text):,} characters; at most {limit:,} are taken")
    return text


def _words(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    return str(error)[:300]
