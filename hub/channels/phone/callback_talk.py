"""What a caller who wishes to be called back hears, and what the keys they press mean. Pure.

1 confirms the number that was read out, digit by digit; another one is keyed in, ended with #.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.contacts.inbound import Awaited

from .session import Say, place, say, text

CALLBACK_KEY = "1"
KEEP_KEY, CANCEL_KEY = "1", "9"  # of who calls while they are to be called back
_CONFIRM = "1"
_LEAST_DIGITS = 5  # fewer are a slip of the finger
_MOST_DIGITS = 20
DAYS = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


@dataclass(frozen=True, slots=True)
class Keyed:
    """What was keyed in: a number, a yes to the one that was read out, or neither."""

    confirmed: bool = False
    number: str | None = None


def read_keys(keys: str) -> Keyed:
    """Read what a caller keyed in when asked for the number."""
    if keys == _CONFIRM:
        return Keyed(confirmed=True)
    if keys.isascii() and keys.isdigit() and _LEAST_DIGITS <= len(keys) <= _MOST_DIGITS:
        return Keyed(number=keys)
    return Keyed()


def ask(language: str, number: str, ours: str, *, wrong: bool = False) -> tuple[Say, ...]:
    """Return the question after the number. `number` "": it is withheld and has to be keyed in.

    `ours`: our own number; what both begin with is not read out. `wrong`: the last one was no good.
    """
    first = (say(language, "callback_wrong"),) if wrong else ()
    if not number:
        return (*first, say(language, "callback_key_in"))
    return (*first, say(language, "callback_number", digits=spell(number, ours)))


def placed(language: str, at: datetime | None, zone: str) -> Say:
    """Return the goodbye. `at`: not before that; None: in their turn."""
    if at is None:
        return say(language, "callback_placed")
    return say(language, "callback_placed_at", when=_when(language, at, zone))


def awaited(language: str, callback: Awaited) -> tuple[Say, ...]:
    """Return what a caller is asked who is to be called back: with its place, or its time."""
    known: tuple[Say, ...] = ()
    if callback.position is not None:
        known = (place(language, callback.position),)
    elif callback.at is not None:
        known = (say(language, "awaited_at", when=_when(language, callback.at, callback.zone)),)
    return (say(language, "awaited"), *known, say(language, "awaited_keys"))


def _when(language: str, at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    base = "zh" if language.lower().startswith("zh") else "en"
    return text(language, "callback_when").format(
        day=DAYS[base][local.weekday()], hour=local.hour, minute=f"{local.minute:02d}"
    )


def spell(number: str, ours: str) -> str:
    """Return a number to be read out digit by digit, without the country code that is ours, too.

    The country code is known only as what both numbers begin with, so it is left out for +86 and +1
    alone, where callers never say it.
    """
    digits = number.lstrip("+")
    for code in ("86", "1"):
        if number.startswith(f"+{code}") and ours.startswith(f"+{code}"):
            digits = digits.removeprefix(code)
            break
    return " ".join(digits)
