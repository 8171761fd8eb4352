"""Which part of a mail is new, and which only quotes what was written before or closes it. Pure.

Quotes and signatures are folded, not deleted (channels.md): in HTML they go into `<details>`, which
the sandboxed frame opens without any script. Who answers between the quoted lines keeps the whole
text; who answers below them has the quote above folded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import quote_words as words
from .folded_html import HtmlMarks, fold_ranges
from .sanitise import TextCollector, text_of_html

_COLON = r"\s*[:：]"
_STARS = r"[*_]{0,2}"
_FROM = re.compile(rf"^[>|\s]*{_STARS}(?:{words.LABELS_FROM}){_COLON}{_STARS}\s*\S", re.I)
_OTHER = re.compile(rf"^[>|\s]*{_STARS}(?:{words.LABELS_OTHER}){_COLON}{_STARS}", re.I)
_SEPARATORS = words.any_of(words.SEPARATORS)
_ATTRIBUTIONS = words.any_of(words.ATTRIBUTIONS)
_LINE_ATTRIBUTIONS = words.any_of((*words.ATTRIBUTIONS, *words.LINE_ATTRIBUTIONS))
_FORWARDS = words.any_of(words.FORWARDS)
_SENT_FROM = words.any_of(words.SENT_FROM)
_DISCLAIMERS = words.any_of(words.DISCLAIMERS, whole=False)
_RULE = re.compile(r"^[_\-=—*]{5,}\s*$")
_LINK = re.compile(r"[<(\[]https?://[^\s<>()\[\]]*[>)\]]")
_SIGNATURE_MARK = re.compile(r"^(?:--|—)\s?$")
# With what a sentence above a quote begins: cheap, before the patterns are tried.
_MAY_BEGIN = re.compile(
    r"(?:On|At|Am|Le|El|Il|Em|No dia|A|Op|Den|På|W dniu|Dnia)\s|在|\d{4}\s?[-/年년.]", re.I
)
_MARKS = (">", "＞")
_RULES = tuple("-_=*|—")
_COLONS = (":", "：")
_ENDINGS = (*_COLONS, "書きました", "のメール")
_MAX_LINE = 600
_MAX_TRIES = 500  # lines at which the patterns are tried; quotes begin early, logs have no end
_MAX_SIGNATURE_LINES = 25
_MAX_SIGNATURES = 20
_FORWARD_SUBJECT = re.compile(r"^\s*(?:fwd?|fw|转发|轉寄|wg|tr|rv|i|enc|doorst|转寄)\s*[:：]", re.I)
_REPLY_PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|sv|antw|odp|ynt|回复|回覆|答复|答覆|fwd?|fw|wg|tr|转发|轉寄)"
    r"\s*(?:\[\d+\]|\(\d+\))?\s*[:：]\s*)+",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Folded:
    """The new text, and what is folded: apart for plain mails, in the HTML for others."""

    text: str
    html: str | None
    quote: str | None = None  # plain mails: what was folded


def strip_reply_prefixes(subject: str) -> str:
    """Return the subject without any number of Re:, Fwd:, 回复：, 转发： in front."""
    return _REPLY_PREFIX.sub("", subject).strip()


def fold_quotes(text: str, sanitised: str | None, subject: str = "") -> Folded:
    """Return what is new of a mail, given its text and, if any, its sanitised HTML.

    The quote of a forwarded mail is never folded: there it is the content.
    """
    if _FORWARD_SUBJECT.match(subject):
        return Folded(text, sanitised)
    if sanitised is not None:
        return _fold_html(text, sanitised)
    lines = text.split("\n")
    begin, end = find_quote(lines) or (len(lines), len(lines))
    if begin == 0 or end < len(lines):  # answered below: the signature stands there
        visible, folded = lines[:begin] + lines[end:], lines[begin:end]
        cut = find_signature(visible)
        folded, visible = folded + visible[cut:], visible[:cut]
    else:
        cut = find_signature(lines[:begin])
        visible, folded = lines[:cut], lines[cut:]
    if not any(line.strip() for line in folded):
        return Folded(text, None)
    return Folded("\n".join(visible).strip("\n").rstrip(), None, "\n".join(folded).strip("\n"))


def find_quote(lines: list[str]) -> tuple[int, int] | None:
    """Return the first line of the quoted history and the line behind it, or None.

    None where there is none to fold: nothing new stands above or below it, new text stands
    between quoted lines, or the mail is forwarded.
    """
    tries = 0
    for index, line in enumerate(lines):
        text = line.strip()
        if not text or len(text) > _MAX_LINE or not _may_start(text):
            continue
        tries += 1
        if tries > _MAX_TRIES and text[0] not in _MARKS:
            continue
        if text[0] in _RULES and _FORWARDS.match(text):
            return None
        body = _quote_starts(lines, index, text)
        if body is None:
            if text.endswith(_COLONS) and _FORWARDS.match(text):
                return None
            continue
        new_above = any(item.strip() for item in lines[:index])
        end = _end_of_marked(lines, body)
        if end is not None:
            below = any(item.strip() for item in lines[end:])
            if any(item.lstrip().startswith(_MARKS) for item in lines[end:]):
                return None
            if below:
                return None if new_above or end - body < 3 else (index, end)
        return (index, len(lines)) if new_above else None
    return None


def _may_start(line: str) -> bool:
    """Say, cheaply, whether a quote could begin at `line`."""
    return (
        line[0] in _MARKS
        or line[0] in _RULES
        or any(colon in line for colon in _COLONS)
        or line.endswith(_ENDINGS)
        or _MAY_BEGIN.match(line) is not None
    )


def _end_of_marked(lines: list[str], body: int) -> int | None:
    """Return the line behind the first run of `>` lines, None where the quote has no such marks.

    Lines that the sender's program broke without a mark still belong to it.
    """
    begun = False
    for index in range(body, len(lines)):
        line = lines[index].strip()
        if line.startswith(_MARKS):
            begun = True
        elif line:
            return index if begun else None
    return len(lines) if begun else None


def _quote_starts(lines: list[str], index: int, line: str) -> int | None:
    """Return where the quoted body begins if a quote begins at `line`, else None."""
    if line.startswith(_MARKS):
        return index
    if line[0] in _RULES:
        if _SEPARATORS.match(line):
            return index + 1
        if _RULE.match(line) and index + 1 < len(lines):
            return index + 1 if _is_block(lines, index + 1) else None
    if _is_block(lines, index):
        return index + 1
    height = attribution_height(lines, index)
    return index + height if height else None


def _is_block(lines: list[str], index: int) -> bool:
    """Say whether the labels of an old mail (From, Sent, To, Subject) stand from `index` on."""
    first = lines[index].strip()
    if not any(colon in first for colon in _COLONS):
        return False
    if not (_FROM.match(first) or _OTHER.match(first)):
        return False
    block = [item.strip() for item in lines[index : index + 9] if item.strip()][:6]
    senders = sum(1 for item in block[:4] if _FROM.match(item))
    others = sum(1 for item in block if _OTHER.match(item) and not _FROM.match(item))
    return senders >= 1 and others >= 2


def attribution_height(lines: list[str], index: int) -> int:
    """Return over how many lines an attribution that begins at `index` goes; 0 if none does."""
    line = lines[index].strip()
    if line.endswith(_ENDINGS) and len(line) <= _MAX_LINE and _LINE_ATTRIBUTIONS.match(line):
        return 1
    if not _MAY_BEGIN.match(line):
        return 0
    for height in (2, 3):
        block = [item.strip() for item in lines[index : index + height]]
        if len(block) < height or not all(block) or sum(map(len, block)) > 500:
            return 0
        if not block[-1].endswith(_ENDINGS):
            continue
        # A later line that is one by itself began there, below a sentence like "On Monday I …".
        if any(_LINE_ATTRIBUTIONS.match(item) for item in block[1:]):
            return 0
        if _ATTRIBUTIONS.match(" ".join(block)):
            return height
    return 0


def find_signature(lines: list[str]) -> int:
    """Return the line with which the signature below new text begins, else their number.

    A signature is what stands below `-- `, what a program adds ("Sent from my iPhone"), and the
    notices of lawyers. A greeting with a name is none: people want to see who writes.
    """
    last = len(lines)
    while last and not lines[last - 1].strip():
        last -= 1
    found = last
    for index in range(max(0, last - _MAX_SIGNATURE_LINES), last):
        line = lines[index].strip()
        if _SIGNATURE_MARK.match(lines[index]) or (line and _DISCLAIMERS.match(line)):
            found = index
            break
    above = [index for index in range(found) if lines[index].strip()][-2:]
    for index in above:
        if len(lines[index]) < 160 and _SENT_FROM.match(_LINK.sub("", lines[index]).strip()):
            found = index
            break
    while found and (not lines[found - 1].strip() or _RULE.match(lines[found - 1].strip())):
        found -= 1
    new = any(line.strip() for line in lines[:found])
    return found if new and found < last else len(lines)


def _fold_html(text: str, html: str) -> Folded:
    marks = HtmlMarks(html)
    collected = TextCollector().read(html)
    if marks.container is not None and _forwards(html, marks.container[0]):
        return Folded(text or collected.text(), html)
    quote = _html_quote(html, marks, collected)
    begin = quote[0] if quote is not None else len(html)
    ranges = [quote] if quote is not None else []
    signature = _html_signature(html, marks, collected, quote)
    if signature is not None:
        ranges.append(signature)
    if not ranges:
        return Folded(text or collected.text(), html)
    folded, visible = fold_ranges(html, marks, ranges)
    if not visible and begin < len(html):  # the signature is all that is new
        folded, visible = fold_ranges(html, marks, [(begin, quote[1] if quote else len(html))])
    return Folded(visible, folded) if visible else Folded(text or collected.text(), html)


def _forwards(html: str, begin: int) -> bool:
    above = text_of_html(html[:begin])[-200:].rpartition("\n")[2].strip()
    first = text_of_html(html[begin : begin + 3_000]).partition("\n")[0].strip()
    return any(_FORWARDS.match(line) for line in (above, first))


def _html_quote(html: str, marks: HtmlMarks, collected: TextCollector) -> tuple[int, int] | None:
    """Return where the quoted history begins and ends in the HTML, None if nothing is to fold."""
    found = find_quote(collected.lines)
    starts: list[tuple[int, int]] = []
    if found is not None:
        starts.append((collected.offsets[found[0]], len(html)))
    if marks.rest is not None:
        starts.append((marks.rest, len(html)))
    if marks.container is not None:
        starts.append((_with_attribution(marks.container[0], collected), marks.container[1]))
    for start, end in sorted(starts):
        begin = marks.hoist(start, html)
        blocks = [block for block in marks.blockquotes if block[0] >= begin and block[1] <= end]
        if blocks and _text_between(html, blocks, end):
            # What stands in the quote and in none of its blocks is new.
            if len(blocks) > 1:
                return None
            end = blocks[0][1]
        if text_of_html(html[:begin]) or text_of_html(html[end:]):
            return None if _answered_between(html, marks, end) else (begin, end)
    return None


def _text_between(html: str, blocks: list[tuple[int, int]], end: int) -> str:
    """Return the text after the first of `blocks`, up to `end`, that is in none of them."""
    following = [*(block[0] for block in blocks[1:]), end]
    gaps = zip(blocks, following, strict=True)
    return text_of_html("".join(html[block[1] : begin] for block, begin in gaps))


def _answered_between(html: str, marks: HtmlMarks, end: int) -> bool:
    """Say whether text stands between the quote that ends at `end` and a further block."""
    later = next((block for block in marks.blockquotes if block[0] >= end), None)
    return later is not None and bool(text_of_html(html[end : later[0]]))


def _with_attribution(begin: int, collected: TextCollector) -> int:
    """Return where the sentence begins that stands right above the quote at `begin`."""
    above = [number for number, offset in enumerate(collected.offsets) if offset < begin]
    last = [number for number in above if collected.lines[number].strip()][-3:]
    for number in last:
        height = attribution_height(collected.lines, number)
        if height and number + height > last[-1]:
            return collected.offsets[number]
    return begin


def _html_signature(
    html: str, marks: HtmlMarks, collected: TextCollector, quote: tuple[int, int] | None
) -> tuple[int, int] | None:
    """Return where the signature of what is new begins and ends in the HTML."""
    first, last = (0, len(html)) if quote is None else (0, quote[0])
    if quote is not None and text_of_html(html[quote[1] :]):  # answered below the quote
        first, last = quote[1], len(html)
    for begin, end in marks.signatures[:_MAX_SIGNATURES]:
        if first <= begin and end <= last and text_of_html(html[first:begin]):
            return begin, end
    inside = [number for number, offset in enumerate(collected.offsets) if first <= offset < last]
    new = [collected.lines[number] for number in inside]
    number = find_signature(new)
    return (collected.offsets[inside[number]], last) if number < len(new) else None
