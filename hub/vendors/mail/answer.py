"""What an agent wrote with formatting → HTML that may be sent, and the plain text beside it. Pure.

The text is for people who read mail as text: links keep their addresses, lists their marks, quotes
their `>`. It is made of the HTML, so that both say the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

from .sanitise import BLOCKS, PARAGRAPHS, sanitise_html, with_sources

_EMPTY_PARAGRAPH = re.compile(r"<p></p>")
_LINES = re.compile(r"</?p>|<br ?/?>")
_LISTS = ("ul", "ol")


def clean_answer(html: str) -> str:
    """Return HTML that may be sent; an empty paragraph stays a line, as it was in the editor."""
    return _EMPTY_PARAGRAPH.sub("<p><br></p>", sanitise_html(with_sources(html)))


def is_unformatted(clean: str) -> bool:
    """Say whether sanitised HTML holds lines and paragraphs only: its text says all of it."""
    return "<" not in _LINES.sub("", clean)


def text_of_answer(clean: str) -> str:
    """Return the text of sanitised HTML for the text part of a mail."""
    writer = _TextWriter()
    writer.feed(clean)
    writer.close()
    writer.end_line()
    return "\n".join(writer.lines).strip("\n")


class _Mark:
    """What stands before the lines of a block: a bullet before its first, room before the rest."""

    def __init__(self, first: str, rest: str) -> None:
        self._next, self.rest = first, rest

    def take(self) -> str:
        mark, self._next = self._next, self.rest
        return mark


class _TextWriter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._words: list[str] = []
        self._marks: list[_Mark] = []
        self._numbers: list[int | None] = []  # of the lists we are in; None: no numbers
        self._links: list[tuple[str, int]] = []  # address, where its words begin
        self._gap = False
        self._pre = 0

    def end_line(self, *, even_empty: bool = False) -> None:
        text = "".join(self._words)
        text = text.rstrip() if self._pre else re.sub(r"[ \t\n\xa0]+", " ", text).strip()
        self._words = []
        if not text and not even_empty:
            return
        if self._gap and self.lines and text:
            self.lines.append("".join(mark.rest for mark in self._marks).rstrip())
        self._gap = False
        self.lines.append(("".join(mark.take() for mark in self._marks) + text).rstrip())

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in BLOCKS:
            self.end_line()
            self._gap = self._gap or (tag in PARAGRAPHS and not self._numbers)
        if tag == "br":
            self.end_line(even_empty=True)
        elif tag == "blockquote":
            self._marks.append(_Mark("> ", "> "))
        elif tag in _LISTS:
            start = given.get("start") or "1"
            self._numbers.append((int(start) if start.isdecimal() else 1) if tag == "ol" else None)
        elif tag == "li":
            self._begin_item()
        elif tag == "img" and "data-cid" in given:
            self._words.append(f"[{given.get('alt') or 'image'}]")
        elif tag in ("td", "th") and self._words:
            self._words.append("  ")
        elif tag == "a":
            self._links.append((given.get("href") or "", len(self._words)))
        elif tag == "pre":
            self._pre += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links:
            self._end_link(*self._links.pop())
        if tag in BLOCKS:
            self.end_line()
        if tag == "pre":
            self._pre = max(0, self._pre - 1)
        if tag in ("li", "blockquote") and self._marks:
            self._marks.pop()
        if tag in _LISTS and self._numbers:
            self._numbers.pop()
        self._gap = self._gap or (tag in PARAGRAPHS and not self._numbers)

    def handle_data(self, data: str) -> None:
        first, *rest = data.split("\n") if self._pre else [data]
        self._words.append(first)
        for piece in rest:
            self.end_line(even_empty=True)
            self._words.append(piece)

    def _begin_item(self) -> None:
        number = self._numbers[-1] if self._numbers else None
        bullet = "- " if number is None else f"{number}. "
        if number is not None:
            self._numbers[-1] = number + 1
        self._marks.append(_Mark(bullet, " " * len(bullet)))

    def _end_link(self, href: str, begun: int) -> None:
        label = "".join(self._words[begun:]).strip()
        if label and href and label not in (href, re.sub(r"^(?:https?://|mailto:|tel:)", "", href)):
            self._words.append(f" <{href}>")
