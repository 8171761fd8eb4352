"""What an article's Markdown names and says, pure: its pictures, and its text without them.

A picture is written `![what it shows](files/ID)`, the ID of a file of the article, or in any other
way that CommonMark knows: what is read here is what the page is made of.
"""

from __future__ import annotations

import re
from functools import lru_cache

from markdown_it import MarkdownIt

FILE = re.compile(r"^files/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$")
_MOST_MARKS = 20_000  # of Markdown; made to burn time, it is shown as plain text
_MARKUP = re.compile(r"[\[\]()*_`<>!#|~]")
_TARGET = re.compile(r"\]\((?:files/[0-9a-f-]{36}|https?://[^\s)]{1,2000})\)")


def new_markdown() -> MarkdownIt:
    """Return the reader of all articles' Markdown, ready for several threads at once."""
    markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(
        ["table", "strikethrough"]
    )
    markdown.parse("*a*")  # its lists of rules are made at the first use, by one thread
    return markdown


_reader = new_markdown()


def is_overdone(text: str) -> bool:
    """Say whether a text has more marks than any honest one: it is shown as it is written."""
    return len(_MARKUP.findall(text)) > _MOST_MARKS


@lru_cache(maxsize=128)  # the pictures of one page are asked for one by one
def pictured(text: str) -> frozenset[str]:
    """Return the ids of the files that a text shows where it is shown as Markdown."""
    if is_overdone(text):
        return frozenset()
    inside = (part for block in _reader.parse(text) for part in block.children or ())
    sources = (str(part.attrs.get("src", "")) for part in inside if part.type == "image")
    return frozenset(match[1] for source in sources if (match := FILE.match(source)) is not None)


def without_marks(text: str) -> str:
    """Return a text without the characters that marks are made of."""
    return _MARKUP.sub("", text)


def readable_words(text: str) -> str:
    """Return a text for search and excerpts: what pictures and links say, not where they are."""
    return _TARGET.sub("]", text)
