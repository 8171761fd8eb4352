"""Hostile HTML → Markdown, pure: cleaned by the list for mails first, then told in few marks."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from typing import NamedTuple

from hub.vendors.mail.sanitise import sanitise_html

_INLINE = {"strong": "**", "b": "**", "em": "*", "i": "*", "del": "~~", "s": "~~", "strike": "~~"}
_BLOCKS = frozenset(
    str.split(
        """
        address article aside blockquote caption center dd details div dl dt figcaption figure
        footer header li main ol p section summary table tr ul h1 h2 h3 h4 h5 h6 pre hr
        """
    )
)
_SPECIAL = re.compile(r"([\\`*\[\]<])")
_BEGINS = re.compile(r"^(#{1,6}(?=\s)|[-+>](?=\s)|\d{1,9}(?=[.)]\s))")
_SPACES = re.compile(r"\s+")
_DEEPEST = 6  # of lists and quotes that are told; what is deeper stands at that depth
_MOST_OPEN = 32  # marks in one another; what is deeper is told without them


class Markdown(NamedTuple):
    """`heading`: the first first heading, which is not in the text. `pictures` were left out."""

    text: str
    heading: str
    pictures: int


def markdown_of(html: str) -> Markdown:
    """Return what the HTML says. Never raises, whatever it is."""
    writer = _Writer()
    writer.feed(sanitise_html(html))
    writer.close()
    return writer.done()


class _Writer(HTMLParser):
    """Reads clean HTML; holds the block that is being written, its open marks, and what is done."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[str] = []
        self._open: list[tuple[str, str, str]] = []  # (tag, its mark or address, text before it)
        self._counts = Counter[str]()  # of the open ones, by tag
        self._passed = Counter[str]()  # tags whose marks were too deep, not yet ended
        self._text = ""
        self._begin = ""
        self._lists: list[int] = []  # the next number of a numbered one, -1 of a plain one
        self._quotes = 0
        self._pre = 0
        self._rows: list[list[str]] | None = None
        self._heading = ""
        self._pictures = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self._pictures += 1
        elif tag == "br":
            self._text += "\n" if self._rows is None else " "
        elif tag in _INLINE or tag in ("a", "code"):
            self._enter(tag, dict(attrs).get("href") or "")
        elif tag in ("td", "th"):
            self._close_marks()
            self._text = ""
        elif tag in _BLOCKS:
            self._flush()
            self._enter_block(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _INLINE or tag in ("a", "code"):
            self._leave(tag)
        elif tag in ("td", "th") and self._rows:
            self._close_marks()
            self._rows[-1].append(_SPACES.sub(" ", self._text).strip().replace("|", "\\|"))
            self._text = ""
        elif tag in _BLOCKS:
            self._flush()
            self._leave_block(tag)

    def handle_data(self, data: str) -> None:
        if self._pre:
            self._text += data
            return
        told = _SPACES.sub(" ", data)
        self._text += (
            told.replace("`", "'") if self._counts["code"] else _SPECIAL.sub(r"\\\1", told)
        )

    def done(self) -> Markdown:
        """Return what was written."""
        self._flush()
        self._end_table()
        text = "\n\n".join(self._blocks)
        return Markdown(text.strip(), self._heading, self._pictures)

    def _enter(self, tag: str, address: str) -> None:
        if self._pre:
            return
        if len(self._open) >= _MOST_OPEN:
            self._passed[tag] += 1
            return
        self._open.append((tag, address, self._text))
        self._counts[tag] += 1
        self._text = ""

    def _leave(self, tag: str) -> None:
        if self._passed[tag]:
            self._passed[tag] -= 1
        elif self._counts[tag]:
            while self._open and self._close_mark() != tag:
                pass

    def _close_marks(self) -> None:
        self._passed.clear()
        while self._open:
            self._close_mark()

    def _close_mark(self) -> str:
        tag, address, before = self._open.pop()
        self._counts[tag] -= 1
        inside = self._text.strip()
        left = " " if self._text[:1].isspace() else ""
        right = " " if inside and self._text[-1:].isspace() else ""
        if inside and tag == "a" and re.match(r"(?:https?://|mailto:|tel:)\S+$", address):
            inside = f"[{inside}]({address.replace('(', '%28').replace(')', '%29')})"
        elif inside and tag == "code":
            inside = f"`{inside}`"
        elif inside and "\n" not in inside:
            inside = f"{_INLINE.get(tag, '')}{inside}{_INLINE.get(tag, '')}"
        self._text = before + left + inside + right
        return tag

    def _enter_block(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self._lists.append(1 if tag == "ol" else -1)
        elif tag == "blockquote":
            self._quotes += 1
        elif tag == "pre":
            self._pre += 1
        elif tag == "hr":
            self._blocks.append("---")
        elif tag == "table":
            self._end_table()
            self._rows = []
        elif tag == "tr" and self._rows is not None:
            self._rows.append([])
        elif tag == "li":
            self._begin = "- "
            if self._lists and self._lists[-1] > 0:
                self._begin = f"{self._lists[-1]}. "
                self._lists[-1] += 1
        elif re.fullmatch("h[1-6]", tag):
            self._begin = "#" * int(tag[1]) + " "

    def _leave_block(self, tag: str) -> None:
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        elif tag == "pre":
            self._pre = max(0, self._pre - 1)
        elif tag == "table":
            self._end_table()
        self._begin = ""

    def _flush(self) -> None:
        """End the block that is being written."""
        self._close_marks()
        text, begin = self._text, self._begin
        if self._rows is not None and not text.strip():
            return
        self._text = ""
        if self._pre and text.strip():
            self._put("", f"```\n{text.strip(chr(10)).replace('```', chr(39) * 3)}\n```")
            return
        text = "\n".join(line.strip() for line in text.split("\n")).strip()
        if not text:
            return
        self._begin = ""
        if begin == "# " and not self._heading:
            self._heading = re.sub(r"\\(.)", r"\1", " ".join(text.split()))
            return
        if begin.startswith("#"):
            text = " ".join(text.split())
        elif not begin:
            text = "\n".join(_BEGINS.sub(r"\\\1", line) for line in text.split("\n"))
        self._put(begin, text)

    def _put(self, begin: str, text: str) -> None:
        depth = min(len(self._lists), _DEEPEST)
        indent = "   " * (depth - 1 if begin[:1] in "-0123456789" and begin else depth)
        first, *rest = text.split("\n")
        quote = "> " * min(self._quotes, _DEEPEST)
        inner = " " * len(begin) if begin and not begin.startswith("#") else ""
        lines = [quote + indent + begin + first, *(quote + indent + inner + one for one in rest)]
        self._blocks.append("\n".join(lines))

    def _end_table(self) -> None:
        rows = [row for row in self._rows or [] if any(row)]
        self._rows = None
        if not rows:
            return
        width = min(20, max(len(row) for row in rows))
        padded = [[*row[:width], *[""] * (width - len(row))] for row in rows]
        lines = [f"| {' | '.join(row)} |" for row in padded]
        lines.insert(1, "|" + " --- |" * width)
        self._blocks.append("\n".join(lines))
