"""Which part of a mail is new, and which only quotes what was written before. Pure.

Quotes are folded, not deleted (channels.md): in HTML they go into `<details>`, which the sandboxed
frame opens without any script. Who answers between or below the quoted lines keeps the whole text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from .sanitise import QUOTE_CLASS, QUOTE_REST_CLASS, TextCollector, text_of_html

_LABEL_FROM = r"(?:From|发件人|寄件者|寄件人|Von|De|差出人|От|От кого)"
_LABEL_OTHER = (
    r"(?:Sent|Date|To|Cc|Subject|Reply-To|Send Time|发送时间|发送日期|发件时间|日期|时间|收件人"
    r"|抄送|主题|寄件日期|收件者|副本|主旨|Gesendet|Datum|An|Betreff|Envoyé|À|Objet|送信日時|宛先|件名)"
)
_COLON = r"\s*[:：]"
_STARS = r"[*_]{0,2}"
# Lines that say "what follows was written before". Sources: real mails of Outlook, Apple Mail,
# Gmail, Thunderbird, QQ Mail, NetEase (163, 126), Foxmail and Aliyun in both languages.
_SEPARATORS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"^[-_=*\s]{2,}\s*(?:Original\s+(?:Message|Mail|Email)|Original|原始邮件|原邮件"
        r"|原郵件|回复的原邮件|邮件原件"
        r"|Ursprüngliche Nachricht|Message d'origine|元のメッセージ|Исходное сообщение"
        r")\s*[-_=*\s]{2,}$",
        r"^\|?\s*-{2,}\s*(?:回复的原邮件|Replied Message|原始邮件)\s*-{2,}\s*\|?$",
        r"^-{4,}\s*(?:发件人|From)\s*[:：].*-{4,}\s*$",  # Aliyun
    )
)
# These may be broken over three lines by the sender's mail program,
_ATTRIBUTIONS = tuple(
    re.compile(pattern, re.I | re.S)
    for pattern in (
        r"^On\s.{6,300}\bwrote\s*:\s*$",
        r"^在\s?.{4,300}(?:写道|编写|來信|来信)\s*[:：]\s*$",
        r"^At\s\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?,?\s.{2,300}\bwrote\s*:\s*$",  # NetEase
        r"^\d{4}[-/年]\d{1,2}[-/月].{4,300}(?:写道|寫道|wrote)\s*[:：]\s*$",
        r"^Am\s.{6,300}\bschrieb\b.{0,200}:\s*$",
        r"^Le\s.{6,300}\ba écrit\s*:\s*$",
        r"^El\s.{6,300}\bescribió\s*:\s*$",
    )
)
# and these, which begin with anything, stand on one line.
_LINE_ATTRIBUTIONS = (
    *_ATTRIBUTIONS,
    re.compile(r"^.{4,200}(?:于|於)\s?.{4,200}(?:写道|寫道)\s*[:：]\s*$", re.I),
    re.compile(r"^.{2,200}<[^<>\s]+@[^<>\s]+>\s*(?:wrote|写道|寫道)\s*[:：]\s*$", re.I),
)
_HEADER_FROM = re.compile(rf"^>?\s*{_STARS}{_LABEL_FROM}{_COLON}{_STARS}\s*\S", re.I)
_HEADER_OTHER = re.compile(rf"^>?\s*{_STARS}{_LABEL_OTHER}{_COLON}{_STARS}", re.I)
_RULE = re.compile(r"^[_\-=—]{5,}\s*$")
_FORWARD_SUBJECT = re.compile(r"^\s*(?:fwd?|fw|转发|轉寄|wg|tr|rv|i)\s*[:：]", re.I)
_REPLY_PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|sv|antw|回复|回覆|答复|答覆|fwd?|fw|wg|tr|转发|轉寄)\s*(?:\[\d+\]|\(\d+\))?\s*[:：]\s*)+",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Folded:
    """The new text, and the quote: apart for plain mails, folded in the HTML for others."""

    text: str
    html: str | None
    quote: str | None = None  # plain mails: what was folded


def strip_reply_prefixes(subject: str) -> str:
    """Return the subject without any number of Re:, Fwd:, 回复：, 转发： in front."""
    return _REPLY_PREFIX.sub("", subject).strip()


def fold_quotes(text: str, sanitised: str | None, subject: str = "") -> Folded:
    """Return what is new of a mail, given its text and, if any, its sanitised HTML.

    A forwarded mail is never folded: there the quote is the content.
    """
    if _FORWARD_SUBJECT.match(subject):
        return Folded(text, sanitised)
    if sanitised is not None:
        return _fold_html(text, sanitised)
    lines = text.split("\n")
    start = find_quote(lines)
    if start is None:
        return Folded(text, None)
    visible = "\n".join(lines[:start]).rstrip()
    return Folded(visible, None, "\n".join(lines[start:]).strip("\n"))


def find_quote(lines: list[str]) -> int | None:
    """Return the index of the first line of the quoted history, or None if there is none to fold.

    None too when nothing new stands above it, or when new text stands between or below quoted
    lines.
    """
    for index in range(len(lines)):
        if not lines[index].strip():
            continue
        body = _quote_starts(lines, index)
        if body is None:
            continue
        if not any(line.strip() for line in lines[:index]) or _answered_inside(lines[body:]):
            return None
        return index
    return None


def _quote_starts(lines: list[str], index: int) -> int | None:
    """Return where the quoted body begins if a quote begins at line `index`, else None."""
    line = lines[index].strip()
    if any(pattern.match(line) for pattern in _SEPARATORS):
        return index + 1
    height = _attribution_height(lines, index)
    if height:
        return index + height
    first = index + 1 if _RULE.match(line) else index
    if first < len(lines) and _HEADER_FROM.match(lines[first].strip()):
        following = [item for item in lines[first + 1 : first + 8] if item.strip()][:4]
        if sum(1 for item in following if _HEADER_OTHER.match(item.strip())) >= 2:
            return first + 1
    if line.startswith((">", "＞")):
        return index
    return None


def _attribution_height(lines: list[str], index: int) -> int:
    """Return over how many lines an attribution that begins at `index` goes; 0 if none does."""
    if any(pattern.match(lines[index].strip()) for pattern in _LINE_ATTRIBUTIONS):
        return 1
    for height in (2, 3):
        block = [line.strip() for line in lines[index : index + height]]
        if len(block) < height or not all(block) or sum(map(len, block)) > 500:
            return 0
        # A later line that is one by itself began there, below a sentence like "On Monday I …".
        if any(p.match(line) for line in block[1:] for p in _LINE_ATTRIBUTIONS):
            return 0
        if any(pattern.match(" ".join(block)) for pattern in _ATTRIBUTIONS):
            return height
    return 0


def _answered_inside(body: list[str]) -> bool:
    """Say whether the quoted part holds `>` lines with new text after the first of them."""
    marks = [line.lstrip().startswith((">", "＞")) for line in body if line.strip()]
    if True not in marks or not marks[0]:
        return False
    last_mark = len(marks) - 1 - marks[::-1].index(True)
    between = not all(marks[: last_mark + 1])
    return between or last_mark < len(marks) - 1


def _details(inner: str) -> str:
    return f'<details class="{QUOTE_CLASS}"><summary>•••</summary>{inner}</details>'


_VOID = frozenset({"br", "hr", "img", "wbr", "col"})


class _Marks(HTMLParser):
    """Finds quote containers and rest marks in canonical HTML: offsets, and open tags at any
    offset."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[int, int, str, bool, str]] = []  # start, end, tag, opens, source
        self.container: tuple[int, str] | None = None
        self.rest: int | None = None
        self._starts: list[int] = [0]

    def read(self, html: str) -> _Marks:
        self._starts.extend(match.end() for match in re.finditer("\n", html))
        self.feed(html)
        self.close()
        return self

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._offset()
        source = self.get_starttag_text() or f"<{tag}>"
        if tag not in _VOID:
            self.tags.append((start, start + len(source), tag, True, source))
        attributes = dict(attrs)
        mark = attributes.get("class")
        if mark == QUOTE_REST_CLASS and self.rest is None:
            self.rest = start
        cited = tag == "blockquote" and attributes.get("type") == "cite"
        if (mark == QUOTE_CLASS or cited) and self.container is None:
            self.container = (start, tag)

    def handle_endtag(self, tag: str) -> None:
        start = self._offset()
        self.tags.append((start, start + len(tag) + 3, tag, False, ""))

    def open_at(self, offset: int) -> list[tuple[str, str]]:
        """Return (tag, source) of the elements open at `offset`, outermost first."""
        stack: list[tuple[str, str]] = []
        for start, _, tag, opens, source in self.tags:
            if start >= offset:
                break
            if opens:
                stack.append((tag, source))
            elif stack:
                stack.pop()
        return stack

    def hoist(self, offset: int, html: str) -> int:
        """Return where the outermost element begins that holds no text before `offset`."""
        stack: list[int] = []
        for start, _, _tag, opens, _source in self.tags:
            if start >= offset:
                break
            if opens:
                stack.append(start)
            elif stack:
                stack.pop()
        for start in reversed(stack):
            if text_of_html(html[start:offset]):
                break
            offset = start
        return offset

    def end_of(self, offset: int, size: int) -> int:
        """Return the offset behind the element that begins at `offset`."""
        depth = 0
        for start, end, _, opens, _source in self.tags:
            if start < offset:
                continue
            depth += 1 if opens else -1
            if depth == 0:
                return end
        return size


def _fold_html(text: str, html: str) -> Folded:
    marks = _Marks().read(html)
    collected = TextCollector().read(html)
    line = find_quote(collected.lines)
    starts: list[tuple[int, int]] = []
    if line is not None:
        starts.append((collected.offsets[line], len(html)))
    if marks.rest is not None:
        starts.append((marks.rest, len(html)))
    if marks.container is not None:
        begin = marks.container[0]
        starts.append((begin, marks.end_of(begin, len(html))))
    for found, end in sorted(starts):
        begin = marks.hoist(found, html)
        visible = html[:begin] + _closers(marks, begin)
        after = _openers(marks, end) + html[end:] if end < len(html) else ""
        new_text = text_of_html(visible)
        tail = text_of_html(after) if after else ""
        if not new_text and not tail:
            continue
        quote = _openers(marks, begin) + html[begin:end] + _closers(marks, end)
        folded = visible + _details(quote) + after
        return Folded("\n\n".join(part for part in (new_text, tail) if part), folded)
    return Folded(text or collected.text(), html)


def _openers(marks: _Marks, offset: int) -> str:
    return "".join(source for _, source in marks.open_at(offset))


def _closers(marks: _Marks, offset: int) -> str:
    return "".join(f"</{tag}>" for tag, _ in reversed(marks.open_at(offset)))
