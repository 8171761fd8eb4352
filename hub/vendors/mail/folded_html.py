"""Parts of sanitised HTML put into `<details>`: where elements begin, and the cutting. Pure."""

from __future__ import annotations

import re

from .sanitise import (
    QUOTE_CLASS,
    QUOTE_REST_CLASS,
    SIGNATURE_CLASS,
    TAG,
    text_of_html,
)

_VOID = frozenset({"br", "hr", "img", "wbr", "col"})
_CLASS = re.compile(r'\sclass="([^"]*)"')
_CITED = ' type="cite"'


class HtmlMarks:
    """Where the quotes and signatures that mail programs mark stand in canonical HTML.

    `container`: the first marked quote, begin and end; `rest`: from where on all is old;
    `blockquotes`, `signatures`: the outermost of them, begin and end.
    """

    def __init__(self, html: str) -> None:
        self.tags: list[tuple[int, int, str, bool]] = []  # start, end, source, opens
        self.container: tuple[int, int] | None = None
        self.rest: int | None = None
        self.blockquotes: list[tuple[int, int]] = []
        self.signatures: list[tuple[int, int]] = []
        self._quoted = self._signed = 0  # how deep in blockquotes, in signatures
        self._stack: list[tuple[int, str, str | None]] = []  # start, name, mark
        for tag in TAG.finditer(html):
            name = tag[2]
            if name in _VOID:
                continue
            if tag[1]:
                self._close(tag.start(), tag.end(), name)
            else:
                self._open(tag.start(), tag.end(), name, tag[0], tag[3])
        while self._stack:
            self._close(len(html), len(html), self._stack[-1][1])

    def _open(self, start: int, end: int, name: str, source: str, attributes: str) -> None:
        self.tags.append((start, end, source, True))
        found = _CLASS.search(attributes) if attributes else None
        mark = found[1] if found else None
        if mark == QUOTE_REST_CLASS and self.rest is None:
            self.rest = start
        if name == "blockquote" and _CITED in attributes:
            mark = QUOTE_CLASS
        self._quoted += name == "blockquote"
        self._signed += mark == SIGNATURE_CLASS
        self._stack.append((start, name, mark))

    def _close(self, start: int, end: int, name: str) -> None:
        if not self._stack or self._stack[-1][1] != name:
            return
        self.tags.append((start, end, f"</{name}>", False))
        begin, _, mark = self._stack.pop()
        if mark == QUOTE_CLASS and (self.container is None or begin < self.container[0]):
            self.container = (begin, end)
        if name == "blockquote":
            self._quoted -= 1
            if self._quoted == 0:
                self.blockquotes.append((begin, end))
        if mark == SIGNATURE_CLASS:
            self._signed -= 1
            if self._signed == 0:
                self.signatures.append((begin, end))

    def open_at(self, offset: int) -> list[str]:
        """Return the start tags of the elements open at `offset`, outermost first."""
        stack: list[str] = []
        for start, _, source, opens in self.tags:
            if start >= offset:
                break
            if opens:
                stack.append(source)
            else:
                stack.pop()
        return stack

    def hoist(self, offset: int, html: str) -> int:
        """Return where the outermost element begins that holds no text before `offset`."""
        stack: list[int] = []
        for start, _, _source, opens in self.tags:
            if start >= offset:
                break
            if opens:
                stack.append(start)
            else:
                stack.pop()
        for start in reversed(stack):
            if text_of_html(html[start:offset]):  # from one element to the next: linear
                break
            offset = start
        return offset


def fold_ranges(html: str, marks: HtmlMarks, ranges: list[tuple[int, int]]) -> tuple[str, str]:
    """Return `html` with each of `ranges` in a `<details>`, and the text that stays visible.

    Ranges with no text between them become one. Elements that a range cuts are closed and opened
    again, so that what is visible and what is folded are each whole.
    """
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(ranges):
        if merged and (begin <= merged[-1][1] or not text_of_html(html[merged[-1][1] : begin])):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    out: list[str] = []
    texts: list[str] = []
    position = 0
    for begin, end in merged:
        begin = max(position, marks.hoist(begin, html))
        visible = _openers(marks, position) + html[position:begin] + _closers(marks, begin)
        folded = _openers(marks, begin) + html[begin:end] + _closers(marks, end)
        texts.append(text_of_html(visible))
        out += (visible, _details(folded))
        position = end
    rest = _openers(marks, position) + html[position:] if position < len(html) else ""
    texts.append(text_of_html(rest))
    return "".join([*out, rest]), "\n\n".join(filter(None, texts))


def _details(inner: str) -> str:
    return f'<details class="{QUOTE_CLASS}"><summary>•••</summary>{inner}</details>'


def _openers(marks: HtmlMarks, offset: int) -> str:
    return "".join(marks.open_at(offset))


def _closers(marks: HtmlMarks, offset: int) -> str:
    names = [source[1:].split(">")[0].split()[0] for source in marks.open_at(offset)]
    return "".join(f"</{name}>" for name in reversed(names))
