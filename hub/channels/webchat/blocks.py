"""An article as a tree of blocks, which the widget makes elements of: it takes no markup (pure).

What comes in is HTML that was made harmless; the list of tags here is a second lock, and the
widget has the third.
"""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import msgspec

TAGS = frozenset({
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "hr", "img", "li", "ol", "p",
    "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
})  # fmt: skip
_EMPTY = frozenset({"br", "hr", "img"})
_OF_BLOCKS = frozenset({"", "blockquote", "ol", "table", "tbody", "thead", "tr", "ul"})
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_DEEPEST = 40
_FILES = "/help/files/"


class Block(msgspec.Struct, array_like=True):
    """An element: `about` is where a link leads, which file a picture is, where a list begins."""

    tag: str
    children: list[Block | str]
    about: str = ""
    text: str = ""  # what a picture shows


def parse_blocks(html: str, base_url: str) -> list[Block | str]:
    """Return the tree of a text. `base_url`: what addresses without a host belong to."""
    reader = _Reader(base_url)
    reader.feed(html)
    reader.close()
    return reader.root.children


class _Reader(HTMLParser):
    def __init__(self, base_url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Block("", [])
        self._open = [self.root]
        self._base_url = base_url

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            return
        given = {name: value or "" for name, value in attrs}
        shows = given.get("alt", "") if tag == "img" else ""
        block = Block(tag, [], self._about(tag, given), shows)
        if tag == "img" and not block.about:
            return
        self._open[-1].children.append(block)
        if tag not in _EMPTY and len(self._open) < _DEEPEST:
            self._open.append(block)

    def handle_endtag(self, tag: str) -> None:
        for at in range(len(self._open) - 1, 0, -1):
            if self._open[at].tag == tag:
                del self._open[at:]
                return

    def handle_data(self, data: str) -> None:
        if data.strip() or self._open[-1].tag not in _OF_BLOCKS:
            self._open[-1].children.append(data)

    def _about(self, tag: str, given: dict[str, str]) -> str:
        match tag:
            case "a":
                return _link(given.get("href", ""), self._base_url)
            case "img":
                source = given.get("src", "")
                return source.removeprefix(_FILES) if source.startswith(_FILES) else ""
            case "ol":
                start = given.get("start", "")
                return start if start.isascii() and start.isdecimal() and len(start) < 6 else ""
        return ""


def _link(href: str, base_url: str) -> str:
    """Return where a link leads, whole; "" for what is no link that people follow."""
    try:
        whole = urljoin(base_url, href)
        return whole if urlsplit(whole).scheme in _SCHEMES else ""
    except ValueError:
        return ""
