"""Card numbers in text are masked before it is kept. Pure.

13 to 19 digits with single blanks or hyphens between them, whose check digit is right (ISO/IEC
7812-1, annex B: Luhn) and which begin as a card network's numbers of that length do; full-width
digits count. The last four stay, as on a receipt. So phone numbers, times in milliseconds, numbers
of devices (IMEI, with the same check digit), of SIMs (89…), and of orders that begin with their
date (2026…) stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_DIGIT = "[0-9\uff10-\uff19]"
_RUN = re.compile(rf"{_DIGIT}(?:[ \u00a0\u3000-]?{_DIGIT}){{12,}}")
_SHORTEST, _LONGEST = 13, 19
_SHOWN = 4
_LONGEST_RUN = 100  # more digits than that are hidden whole: nobody reads them
# Maestro and Discover; UnionPay (62, 81) and RuPay (60, 65, 81, 82) are with 6 and 8.
_DEBIT = ("50", "56", "57", "58", "6", "81", "82")
# What cards of so many digits begin with: Visa, Diners, Amex, JCB, Mastercard, Mir, Troy.
_BEGINNINGS = {
    13: ("4", *_DEBIT),
    14: ("30", "36", "38", "39", *_DEBIT),
    15: ("34", "37", "1800", "2131", *_DEBIT),
    16: ("22", "23", "24", "25", "26", "27", "3", "4", "5", "6", "81", "82", "9792"),
    17: _DEBIT,
    18: _DEBIT,
    19: ("4", *_DEBIT),
}

# Looked at as bytes: every digit as 0, everything else as x, what may stand between left out (and
# with it a few parts of other letters: more than a number is found, never less).
_DIGITS = bytes(ord("0") if byte in b"0123456789" else ord("x") for byte in range(256))
_BETWEEN = " -\u00a0\u3000".encode()
_ENOUGH = b"0" * _SHORTEST
_FULL_WIDTH = [chr(0xFF10 + digit) for digit in range(10)]

_PIECE = re.compile(r"<[^<>]*>|&(?:[a-zA-Z]+|#[0-9]+|#x[0-9a-fA-F]+);|[^<&]+|[<&]")
_TAG = re.compile(r"<[^<>]*>")
_TAG_NAME = re.compile(r"</?([a-zA-Z0-9]+)")
# What goes on within a line: a number may go on behind it.
_INLINE = frozenset(
    (
        *("a", "abbr", "b", "bdi", "bdo", "big", "code", "em", "font", "i", "ins", "kbd", "mark"),
        *("s", "small", "span", "strong", "sub", "sup", "tt", "u", "wbr"),
    )
)
_BLANKS = frozenset({"&nbsp;", "&#160;", "&#xa0;", "&#xA0;", "&ensp;", "&emsp;", "&thinsp;"})
_SAID_BY_TAGS = re.compile(r"""(?<=\s)(?:alt|title)\s*=\s*(?:"[^"]*"|'[^']*')""", re.IGNORECASE)


def mask_card_numbers(text: str) -> str:
    """Return the text with the digits of each card number, but its last four, as asterisks."""
    return _RUN.sub(_masked, text) if _may_hold(text) else text


def mask_card_numbers_in_file_name(name: str) -> str:
    """Return what a file is called with its card numbers masked; `_` may stand between digits.

    By x, not by an asterisk: no file may be called so on Windows.
    """
    if not _may_hold(parted := name.replace("_", " ")):
        return name
    masked = _RUN.sub(_mask_run, parted)
    hidden = (
        "x" if now == "*" and before != "*" else before
        for before, now in zip(name, masked, strict=True)
    )
    return "".join(hidden)


def holds_card_numbers(text: str | None, html: str | None) -> bool:
    """Say whether there are card numbers in a text, or in what a piece of HTML shows."""
    return (text is not None and mask_card_numbers(text) != text) or (
        html is not None and mask_card_numbers_in_html(html) != html
    )


def mask_card_numbers_in_html(html: str) -> str:
    """Return HTML with the card numbers that it shows masked, also where marks or `&nbsp;` stand
    between their digits. Addresses of links stay as they are.
    """
    if not _html_may_hold(html):
        return html
    pieces = _PIECE.findall(html)
    shown = "".join(map(_shown, pieces))
    masked = _RUN.sub(_mask_run, shown)
    if masked == shown and _SAID_BY_TAGS.search(html) is None:
        return html
    told: list[str] = []
    at = 0
    for piece in pieces:
        length = len(_shown(piece))
        is_mark = piece[0] == "<" or (piece[0] == "&" and len(piece) > 1)
        told.append(_mark(piece) if is_mark else masked[at : at + length])
        at += length
    return "".join(told)


def mask_over_messages(messages: Sequence[str]) -> list[str] | None:
    """Mask a card number that goes on from one message to the next; None where there is none.

    `messages`: what one person wrote, one after the other, each without card numbers of its own. A
    number goes on where a message ends with digits and the next one begins with some.
    """
    bare = [message.strip() for message in messages]
    whole = " ".join(bare)
    masked = _RUN.sub(_mask_run, whole)
    if masked == whole:
        return None
    told: list[str] = []
    at = 0
    for message in bare:
        told.append(masked[at : at + len(message)])
        at += len(message) + 1
    return told


def _may_hold(text: str) -> bool:
    """Say whether a text may hold a number, fast: most have none, and the writer waits for this."""
    if any(digit in text for digit in _FULL_WIDTH):
        return True
    digits = text.encode("utf-8", "surrogatepass").translate(_DIGITS, _BETWEEN)
    return _ENOUGH in digits


def _html_may_hold(html: str) -> bool:
    shown = _TAG.sub("", html)
    for blank in _BLANKS:
        shown = shown.replace(blank, " ")
    if _may_hold(shown):
        return True
    return _may_hold(html) and any(map(_may_hold, _SAID_BY_TAGS.findall(html)))


def _shown(piece: str) -> str:
    """Return what is seen of a piece of HTML, as far as numbers go."""
    if piece in _BLANKS:
        return " "
    if piece[0] == "<" and len(piece) > 1:
        name = _TAG_NAME.match(piece)
        return "" if name is not None and name.group(1).lower() in _INLINE else "\n"
    return "\n" if piece[0] == "&" else piece


def _mark(piece: str) -> str:
    if piece[0] == "&":
        return piece
    return _SAID_BY_TAGS.sub(lambda match: mask_card_numbers(match.group()), piece)


def _masked(match: re.Match[str]) -> str:
    """Mask a run; one that nobody reads becomes a few asterisks."""
    run = match.group()
    if len(run) > _LONGEST_RUN and sum(map(str.isdecimal, run)) > _LONGEST_RUN:
        return "*" * _SHORTEST
    return _mask_run(match)


def _mask_run(match: re.Match[str]) -> str:
    """Mask each stretch of whole groups that is a card number: an expiry date may follow it. What
    is returned is as long as the run.
    """
    run = match.group()
    places = [place for place, letter in enumerate(run) if letter.isdecimal()]
    letters = list(run)
    if len(places) > _LONGEST_RUN:
        for place in places:
            letters[place] = "*"
        return "".join(letters)
    digits = [unicodedata.digit(run[place]) for place in places]
    edges = _edges(places)
    if len(edges) > 2:  # several groups: one that goes on in letters is an id's
        edges -= _within_words(match, len(places))
    start = 0
    while start + _SHORTEST <= len(digits):
        length = _card_at(digits, start, edges) if start in edges else 0
        for place in places[start : start + max(0, length - _SHOWN)]:
            letters[place] = "*"
        start += length or 1
    return "".join(letters)


def _within_words(match: re.Match[str], count: int) -> frozenset[int]:
    """Return which ends of a run touch a letter, as those of a UUID's groups do."""
    start, end = match.span()
    before, after = match.string[max(start - 1, 0) : start], match.string[end : end + 1]
    ends = ((0, before), (count, after))
    return frozenset(at for at, letter in ends if letter.isascii() and letter.isalpha())


def _edges(places: list[int]) -> frozenset[int]:
    """Return where a number may begin or end: between groups. One long group may begin with a card
    number, what is said behind it written without a blank; a longer one is a payment's or an
    order's.
    """
    breaks = [at for at in range(1, len(places)) if places[at] - places[at - 1] > 1]
    if not breaks and _LONGEST < len(places) < 2 * _SHORTEST:
        return frozenset([0, *range(_SHORTEST, len(places) + 1)])
    return frozenset([0, *breaks, len(places)])


def _card_at(digits: list[int], start: int, edges: frozenset[int]) -> int:
    """Return the length of the longest card number that begins there; 0 for none."""
    for length in range(min(_LONGEST, len(digits) - start), _SHORTEST - 1, -1):
        if start + length in edges and _is_card(digits[start : start + length]):
            return length
    return 0


def _is_card(digits: list[int]) -> bool:
    if not "".join(map(str, digits[:4])).startswith(_BEGINNINGS[len(digits)]):
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return any(digits) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
