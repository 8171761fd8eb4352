"""How much speaks for two records being one customer. Pure: no I/O, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from hub.core.text import fold
from hub.customers.pinyin import romanised

OFFERED_FROM = 50  # what scores less is not shown
_TAIL = 8  # digits: a number written without its area or country is the same from here
_SHORTEST_LOCAL = 4  # "info" and "me" are many people's
_ROLES = frozenset({"info", "office", "sales", "service", "support", "admin", "contact", "mail"})


class Reason(StrEnum):
    """Why two records are alike; `_POINTS` says how much each counts."""

    SAME_NAME = "same_name"  # in any order of its words, in any width and case
    SAME_IN_PINYIN = "same_in_pinyin"  # 陈晓梅 and "Chen Xiaomei"
    LIKE_NAME = "like_name"  # "A. Lee" and "Ann Lee"
    SAME_ORGANISATION = "same_organisation"
    SAME_NUMBER_END = "same_number_end"
    SAME_MAILBOX_NAME = "same_mailbox_name"  # ann.lee@ two providers


_POINTS = {
    Reason.SAME_NAME: 50,
    Reason.SAME_IN_PINYIN: 40,
    Reason.LIKE_NAME: 30,
    Reason.SAME_ORGANISATION: 25,
    Reason.SAME_NUMBER_END: 40,
    Reason.SAME_MAILBOX_NAME: 25,
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a record: `numbers` and `mails` in their normal form."""

    name: str | None = None
    organisations: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    mails: frozenset[str] = frozenset()


class Score(NamedTuple):
    """0 (nothing) to 100; `reasons` in the order of their weight."""

    points: int
    reasons: tuple[Reason, ...]


def score_names(one: Known, other: Known) -> Score:
    """Return how much speaks for one customer; which of the two is named first does not matter."""
    found = set()
    if (alike := _compare_names(one.name, other.name)) is not None:
        found.add(alike)
    if _folded(one.organisations) & _folded(other.organisations):
        found.add(Reason.SAME_ORGANISATION)
    if _tails(one.numbers) & _tails(other.numbers):
        found.add(Reason.SAME_NUMBER_END)
    if _mailboxes(one.mails) & _mailboxes(other.mails):
        found.add(Reason.SAME_MAILBOX_NAME)
    reasons = sorted(found, key=lambda reason: (-_POINTS[reason], reason))
    return Score(min(100, sum(_POINTS[reason] for reason in reasons)), tuple(reasons))


def _compare_names(one: str | None, other: str | None) -> Reason | None:
    first, second = _words(one), _words(other)
    if not first or not second:
        return None
    if sorted(first) == sorted(second):
        return Reason.SAME_NAME
    if _same_in_pinyin(one, other) or _same_in_pinyin(other, one):
        return Reason.SAME_IN_PINYIN
    if len(first) == len(second) and len(first) > 1 and _initials_agree(first, second):
        return Reason.LIKE_NAME
    return None


def _same_in_pinyin(han: str | None, latin: str | None) -> bool:
    letters = "".join(_words(latin))
    return letters.isascii() and letters in romanised(han or "")


def _initials_agree(one: list[str], other: list[str]) -> bool:
    """Each word is the other's, or the first letter of it; at least one is whole in both."""
    pairs = list(zip(one, other, strict=True))
    same = [a == b for a, b in pairs]
    short = [min(len(a), len(b)) == 1 and a[0] == b[0] for a, b in pairs]
    whole = any(is_same and len(a) > 1 for is_same, (a, _) in zip(same, pairs, strict=True))
    return whole and all(a or b for a, b in zip(same, short, strict=True))


def _words(name: str | None) -> list[str]:
    """The words of a name; a name in Han characters is one, however it is spaced."""
    spaced = "".join(c if c.isalnum() else " " for c in fold(name or ""))
    words = spaced.split()
    if words and all("\u3400" <= c <= "\u9fff" for word in words for c in word):
        return ["".join(words)]
    return words


def _folded(names: frozenset[str]) -> set[str]:
    return {joined for name in names if (joined := " ".join(_words(name)))}


def _tails(numbers: frozenset[str]) -> set[str]:
    whole = [number.partition(";")[0] for number in numbers if number.startswith("+")]
    digits = ["".join(c for c in number if c.isdigit()) for number in whole]
    return {number[-_TAIL:] for number in digits if len(number) >= _TAIL}


def _mailboxes(mails: frozenset[str]) -> set[str]:
    names = {mail.rpartition("@")[0].partition("+")[0] for mail in mails}
    return {name for name in names if len(name) >= _SHORTEST_LOCAL and name not in _ROLES}
