"""What closing a contact asks for beside reason and outcome, and whether it was answered. Pure.

The set-up says for each reason and outcome what is asked (`Ask`): a note, a next action, a product,
a commitment, or a field of its own (`ClosingField`). What a reason asks, those below it ask, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

import msgspec

MOST_REQUIRED = 2
"""So many required fields a disposition has at most: more are filled in with anything."""

LONGEST_TEXT = 1_000
Value = str | float
Values = Mapping[str, Value | None]


class BuiltIn(StrEnum):
    """What can be asked without defining it."""

    NOTE = "note"
    NEXT_ACTION = "next_action"
    PRODUCT = "product"
    COMMITMENT = "commitment"


class FieldKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"


class Ask(msgspec.Struct, frozen=True):
    """`field`: a word of BuiltIn, or the key of a field of the set-up."""

    field: str
    required: bool = True


class Choice(NamedTuple):
    id: str
    zh: str
    en: str


class ClosingField(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the set-up. `unit` stands behind a number. Limits include their ends."""

    key: str
    zh: str
    en: str
    kind: FieldKind
    unit: str = ""
    longest: int = 200
    least: float | None = None
    most: float | None = None
    choices: tuple[Choice, ...] = ()


class Unanswered(NamedTuple):
    """What is missing or wrong: which field, and what to do about it."""

    field: str
    message: str


def merged(*asked: Iterable[Ask]) -> dict[str, bool]:
    """Return field → is it required, of several lists: required in one of them is required."""
    found: dict[str, bool] = {}
    for ask in (one for asks in asked for one in asks):
        found[ask.field] = found.get(ask.field, False) or ask.required
    return found


def inherited(above: Sequence[Ask], own: Sequence[Ask]) -> list[Ask]:
    """Return what a reason asks: all that is asked above it, as it says itself where it does."""
    said = {ask.field: ask for ask in (*above, *own)}
    return list(said.values())


def parse_value(field: ClosingField, value: Value) -> Value | Unanswered:
    """Return a value as it is kept, or what is wrong with it; never raises on hostile input."""
    match field.kind:
        case FieldKind.NUMBER:
            return _number(field, value)
        case FieldKind.DATE:
            return _date(field, value)
        case FieldKind.CHOICE:
            if value in {choice.id for choice in field.choices}:
                return value
            return Unanswered(field.key, f"{field.en}: choose one of the list.")
        case _:
            text = str(value).strip()
            if len(text) > field.longest:
                too_long = f"{field.en}: at most {field.longest} characters."
                return Unanswered(field.key, too_long)
            return text


def _number(field: ClosingField, value: Value) -> Value | Unanswered:
    try:
        number = float(value)
    except ValueError:
        return Unanswered(field.key, f"{field.en}: write a number.")
    if not math.isfinite(number):
        return Unanswered(field.key, f"{field.en}: write a number.")
    if field.least is not None and number < field.least:
        return Unanswered(field.key, f"{field.en}: at least {field.least:g}.")
    if field.most is not None and number > field.most:
        return Unanswered(field.key, f"{field.en}: at most {field.most:g}.")
    return number


def _date(field: ClosingField, value: Value) -> Value | Unanswered:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        return Unanswered(field.key, f"{field.en}: write a date as 2026-03-31.")


def kept_values(
    fields: Mapping[str, ClosingField], asked: Mapping[str, bool], given: Values
) -> dict[str, Value] | Unanswered:
    """Return the values that are kept, in the order asked; what nobody asked for is left out.

    Unanswered: the first that is required and missing, or cannot be what it says.
    """
    kept: dict[str, Value] = {}
    for key, required in asked.items():
        field = fields.get(key)
        if field is None:
            continue
        value = given.get(key)
        if value is None or (isinstance(value, str) and not value.strip()):
            if required:
                return Unanswered(key, f"Fill in “{field.en}” to close this contact.")
            continue
        parsed = parse_value(field, value)
        if isinstance(parsed, Unanswered):
            return parsed
        kept[key] = parsed
    return kept
