"""Hostile HTML of mails → HTML that may be shown in the sandboxed frame, and its text. Pure.

Allow-list by nh3 (reliability.md §4): no style sheet, form, svg, math, event handlers, `data:` or
`javascript:`. No image keeps a `src`: a remote one becomes `data-remote-src` (off until the agent
asks), a part of the mail `data-cid` (the page puts in the attachment with that content id).
"""

from __future__ import annotations

import html as html_entities
import re

import nh3

from .charsets import scrub_text
from .looks import keep_colour, keep_looks

# html5ever needs quadratic time for hostile nesting; 30,000 open angles are below 2 s at the worst.
MAX_ANGLES = 30_000
_MAX_DEPTH = 2_000
_NESTING = re.compile(
    r"<(/?)(?:address|article|aside|blockquote|center|details|dialog|dir|div|dl|fieldset|figure"
    r"|footer|form|header|hgroup|main|menu|nav|ol|pre|search|section|summary|ul|listing)\b",
    re.I,
)
# Formatting that is left open is begun anew in every block below it.
_FORMATTING = frozenset(str.split("a b big code em font i nobr s small strike strong tt u"))
_ANY_TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^<>"']++|"[^"]*"|'[^']*')*+)""")
_FEW_ANGLES = 300
_MAX_REOPENED = 300_000
_MAX_HEAVY_CHARACTERS = 200_000  # of what such a mail says; the mail itself is kept

_TAGS = frozenset(
    str.split(
        """
        a abbr address article aside b bdi bdo big blockquote br caption center cite code col
        colgroup dd del details div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i
        img ins kbd li main mark ol p pre q s samp section small span strike strong sub summary sup
        table tbody td tfoot th thead time tr tt u ul var wbr
        """
    )
)
_DROPPED_WITH_CONTENT = frozenset(
    str.split(
        """
        script style title template noscript iframe object embed applet frameset svg math audio
        video canvas textarea select option button datalist map
        """
    )
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"dir", "lang", "class", "id"},
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign", "scope"},
    "tr": {"align", "valign"},
    "ol": {"start", "type"},
    "li": {"value"},
    "p": {"align"},
    "div": {"align"},
    "blockquote": {"type"},
    "details": set(),
}
# What a mail may keep of its own looks (looks.py), where they are asked for.
_LOOKS: dict[str, set[str]] = {
    "*": {"style"},
    "font": {"color", "size"},
    "table": {"bgcolor", "width", "align", "border", "cellpadding", "cellspacing"},
    "tr": {"bgcolor"},
    "td": {"bgcolor", "width", "height"},
    "th": {"bgcolor", "width", "height"},
}
_WITH_LOOKS = {
    tag: _ATTRIBUTES.get(tag, set()) | _LOOKS.get(tag, set()) for tag in {*_ATTRIBUTES, *_LOOKS}
}
_NUMBERS = frozenset(
    str.split("width height colspan rowspan start value border cellpadding cellspacing")
)
_LINK_SCHEMES = ("http:", "https:", "mailto:", "tel:")
# Class or id of what mail programs put around the history → the only classes that survive
# (quotes.py).
_QUOTE_MARKS = re.compile(
    r"(?:^|[\s_])(?:gmail_quote|gmail_extra|yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra"
    r"|isReplyContent|ntes-mailquote|moz-email-headers|moz-forward-container|qm_quote|foxmail_quote"
    r"|hub-quote)(?:[\s_]|$)",
    re.I,
)
_QUOTE_REST_MARKS = re.compile(
    r"(?:^|[\s_])(?:divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|mail-editor-reference-message-container"
    r"|ms-outlook-mobile-reference-message|stopSpelling|replySplit|hub-quote-rest)(?:[\s_]|$)",
    re.I,
)
_SIGNATURE_MARKS = re.compile(
    r"(?:^|[\s_])(?:gmail_signature|moz-signature|ms-outlook-mobile-signature|Signature"
    r"|ms-outlook-ios-signature|AppleMailSignature|lineBreakAtBeginningOfSignature"
    r"|protonmail_signature_block|zm_signature|yahoo-signature|foxmail_signature|ntes_signature"
    r"|mail-signature|hub-signature)(?:[\s_-]|$)",
    re.I,
)
QUOTE_CLASS = "hub-quote"
SIGNATURE_CLASS = "hub-signature"
QUOTE_REST_CLASS = "hub-quote-rest"

_IMAGE = re.compile(r'<img((?:\s+[\w:-]+="[^"]*")*)\s*/?>')
_SOURCE = re.compile(r'\ssrc="([^"]*)"')
_HELD_BACK = re.compile(r'\sdata-remote-src="([^"]*)"')
_HELD_PART = re.compile(r'\sdata-cid="([^"<>]*)"')
_MARK_ID = re.compile(rf'\sid="({QUOTE_CLASS}|{QUOTE_REST_CLASS}|{SIGNATURE_CLASS})"')
_STRIP_TAGS = re.compile(r"<[^<>]{0,10000}>")
_COMMENTS = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_CODE_BLOCKS = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.S | re.I)


def sanitise_html(html: str, limit: int = 2_000_000, *, looks: bool = False) -> str:
    """Return `html` with only harmless tags and attributes, serialised canonically.

    `looks`: colours, sizes and spaces stay, as far as they are harmless. Longer input is cut at
    `limit` characters; nesting made to burn time comes back as plain text.
    """
    html = html[:limit]
    angles = html.count("<")
    if angles > MAX_ANGLES or _nests_too_deep(html):
        return html_of_text(text_of_heavy(html))
    if angles > _FEW_ANGLES and _reopens_too_much(html):
        return html_of_text(text_of_heavy(html))
    clean = nh3.clean(
        html,
        tags=_TAGS | {"font"} if looks else _TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_WITH_LOOKS if looks else _ATTRIBUTES,
        attribute_filter=_keep_attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    clean = _IMAGE.sub(_hold_back_image, clean)
    # Controls may have been written as entities.
    return scrub_text(_MARK_ID.sub(r' class="\1"', clean))


def _nests_too_deep(html: str) -> bool:
    """Say whether blocks nest deeper than any writer's: html5ever looks through all that are open
    for each new one."""
    depth = 0
    for block in _NESTING.finditer(html):
        depth = max(0, depth - 1) if block[1] else depth + 1
        if depth > _MAX_DEPTH:
            return True
    return False


def _reopens_too_much(html: str) -> bool:
    """Say whether formatting that is never closed makes more elements than any writer's."""
    standing: dict[str, list[str]] = {}
    count = reopened = 0
    for tag in _ANY_TAG.finditer(html):
        reopened += count
        if reopened > _MAX_REOPENED:
            return True
        name = tag[2].lower()
        if name not in _FORMATTING:
            continue
        alike = standing.setdefault(name, [])
        if not tag[1]:
            if alike.count(tag[3]) < 3:  # of the same ones html5ever keeps three
                alike.append(tag[3])
                count += 1
        elif alike:
            alike.pop()
            count -= 1
    return False


def _keep_attribute(tag: str, name: str, value: str) -> str | None:
    if name in ("class", "id"):
        if _QUOTE_REST_MARKS.search(value):
            return QUOTE_REST_CLASS
        if _QUOTE_MARKS.search(value):
            return QUOTE_CLASS
        return SIGNATURE_CLASS if _SIGNATURE_MARKS.search(value) else None
    if name == "href":
        return value if value.strip().lower().startswith(_LINK_SCHEMES) else None
    if name == "src":
        return value if value.strip().lower().startswith(("http:", "https:", "cid:")) else None
    if name == "style":
        return keep_looks(value)
    if name in ("bgcolor", "color"):
        return keep_colour(value)
    if name in _NUMBERS:
        return value if re.fullmatch(r"\d{1,4}%?", value) else None
    if tag == "blockquote" and name == "type":
        return "cite" if value == "cite" else None
    return value[:500]


def _hold_back_image(match: re.Match[str]) -> str:
    attributes = match.group(1)

    def rename(source: re.Match[str]) -> str:
        value = source.group(1).strip()
        if value.lower().startswith("cid:"):
            content_id = value[4:].replace("&lt;", "").replace("&gt;", "").strip("<>")
            return f' data-cid="{content_id}"'
        return f' data-remote-src="{value}"'

    return f"<img{_SOURCE.sub(rename, attributes)}>"


def with_sources(sanitised: str) -> str:
    """Give pictures that name a part of the mail their address again, as they are sent or cleaned
    once more.
    """
    return _HELD_PART.sub(r' src="cid:\1"', sanitised)


def named_parts(sanitised: str) -> frozenset[str]:
    """Return the content ids of the pictures that sanitised HTML shows."""
    return frozenset(html_entities.unescape(found) for found in _HELD_PART.findall(sanitised))


def remote_images(sanitised: str) -> frozenset[str]:
    """Return the addresses of the images that `sanitise_html` held back in this HTML."""
    return frozenset(
        html_entities.unescape(held.group(1))
        for image in _IMAGE.finditer(sanitised)
        for held in _HELD_BACK.finditer(image.group(1))
    )


def text_of_heavy(html: str) -> str:
    """Return about the text of HTML that is too heavy to be read as HTML, of its beginning."""
    html = html[: 10 * _MAX_HEAVY_CHARACTERS]
    without = _CODE_BLOCKS.sub("", _COMMENTS.sub("", html))
    text = html_entities.unescape(_STRIP_TAGS.sub(" ", without))
    return scrub_text(re.sub(r"[ \t]{2,}", " ", text)[:_MAX_HEAVY_CHARACTERS])


def html_of_text(text: str) -> str:
    """Return plain text as sanitised HTML: escaped, lines kept, web addresses made links."""
    escaped = html_entities.escape(text, quote=False)
    linked = re.sub(
        r"\bhttps?://[^\s<>\"'（）()，。；、]{1,2000}[^\s<>\"'（）()，。；、.,;:!?]",
        lambda found: (
            f'<a href="{found.group(0).replace(chr(34), "")}" rel="noopener noreferrer nofollow">'
            f"{found.group(0)}</a>"
        ),
        escaped,
    )
    return linked.replace("\n", "<br>")


BLOCKS = frozenset(
    str.split(
        """
        address article aside blockquote center dd details div dl dt figcaption figure footer h1 h2
        h3 h4 h5 h6 header hr li main ol p pre section summary table tr ul
        """
    )
)
PARAGRAPHS = frozenset(
    str.split(
        """
        blockquote h1 h2 h3 h4 h5 h6 ol p pre table ul
        """
    )
)


_SPOKEN = BLOCKS | {"br", "td", "th", "img"}  # the tags that a text shows something of
# One tag as nh3 writes it. What is `<` and no tag is text.
TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:\s+[^\s"=<>/]+(?:="[^"]*")?)*)\s*/?>')
_ALT = re.compile(r'\salt="([^"]+)"')
_BLANKS = re.compile(r"[ \t\n]+")


class TextCollector:
    """Text of sanitised HTML, and for each line the offset in the HTML of the block it began in."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.offsets: list[int] = []
        self._line: list[str] = []
        self._line_offset = 0
        self._pre = 0

    def read(self, html: str) -> TextCollector:
        position = 0
        for tag in TAG.finditer(html):
            begin = tag.start()
            if begin > position:
                self._add_text(html[position:begin], position)
            position = tag.end()
            name = tag[2]
            if tag[1]:
                self._end_tag(name, position)
            elif name in _SPOKEN:
                self._start_tag(name, begin, position, tag[3])
        if position < len(html):
            self._add_text(html[position:], position)
        self._end_line(len(html))
        return self

    def _end_line(self, offset: int, blank: bool = False) -> None:
        text = "".join(self._line).replace("\xa0", " ")
        text = text.rstrip() if self._pre else _BLANKS.sub(" ", text).strip()
        if text or (self.lines and self.lines[-1] and blank and not self._line):
            self.lines.append(text)
            self.offsets.append(self._line_offset)
        self._line = []
        self._line_offset = offset

    def _start_tag(self, tag: str, begin: int, end: int, attributes: str) -> None:
        if tag in BLOCKS:
            self._end_line(begin)
            if tag in PARAGRAPHS:
                self._blank()
            if tag == "li":
                self._line.append("- ")
            elif tag == "pre":
                self._pre += 1
        elif tag == "br":
            if not "".join(self._line).strip():
                self._blank()
            self._end_line(end)
        elif tag in ("td", "th"):
            if self._line:
                self._line.append("  ")
        elif (alt := _ALT.search(attributes)) and len(alt[1]) < 200:
            self._line.append(f"[{html_entities.unescape(alt[1])}]")

    def _end_tag(self, tag: str, end: int) -> None:
        if tag in BLOCKS:
            self._end_line(end)
            if tag in PARAGRAPHS:
                self._blank()
        if tag == "pre":
            self._pre = max(0, self._pre - 1)

    def _add_text(self, source: str, offset: int) -> None:
        data = html_entities.unescape(source) if "&" in source else source
        if self._pre and "\n" in data:
            first, *rest = data.split("\n")
            self._line.append(first)
            for piece in rest:
                self._end_line(offset)
                self._line.append(piece)
            return
        self._line.append(data)

    def _blank(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append("")
            self.offsets.append(self._line_offset)

    def text(self) -> str:
        return "\n".join(self.lines).strip()


def text_of_html(sanitised: str) -> str:
    """Return the text of sanitised HTML: one line per block, a blank one between paragraphs."""
    return TextCollector().read(sanitised).text()
