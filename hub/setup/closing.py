"""What closing asks for, from the set-up: fields, and what of them is asked when. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from hub.contacts.closing import (
    MOST_REQUIRED,
    Ask,
    BuiltIn,
    Choice,
    ClosingField,
    FieldKind,
    inherited,
    merged,
)
from hub.core.errors import Fault

from .model import Setup
from .parts import ClosingFieldSetup, Outcome, Reason

_BUILT_IN = frozenset(BuiltIn)


def closing_fields(setup: Setup) -> tuple[ClosingField, ...]:
    """Return the fields that can be asked for."""
    return tuple(
        ClosingField(
            key=one.key,
            zh=one.zh,
            en=one.en,
            kind=FieldKind(one.kind),
            unit=one.unit,
            longest=one.longest,
            least=one.least,
            most=one.most,
            choices=tuple(Choice(choice.key, choice.zh, choice.en) for choice in one.choices),
        )
        for one in setup.closing_fields
    )


def asks_of(one: Reason | Outcome) -> list[Ask]:
    """Return what a reason or an outcome asks for itself."""
    return [Ask(ask.field, ask.required) for ask in one.asks]


def outcome_rows(setup: Setup) -> dict[str, dict[str, Any]]:
    """Return the rows of outcomes, by key."""
    return {
        outcome.key: {
            "zh": outcome.zh,
            "en": outcome.en,
            "position": position,
            "asks": msgspec.to_builtins(asks_of(outcome)),
        }
        for position, outcome in enumerate(setup.outcomes)
    }


def closing_problems(setup: Setup) -> Iterator[Fault]:
    """Yield what is wrong with closing fields, and with what is asked of them."""
    for index, one in enumerate(setup.closing_fields):
        yield from _field(f"closing_fields[{index}]", one)
    known = _BUILT_IN | {one.key for one in setup.closing_fields}
    for index, outcome in enumerate(setup.outcomes):
        yield from _known(f"outcomes[{index}]", outcome, known)
    yield from _reasons(setup, setup.reasons, "reasons", known, ())


def _field(path: str, one: ClosingFieldSetup) -> Iterator[Fault]:
    if one.key in _BUILT_IN:
        yield Fault(f"{path}.key", f"{one.key!r} is asked for without a field: take another key")
    keys = [choice.key for choice in one.choices]
    if one.kind == "choice" and not keys:
        yield Fault(f"{path}.choices", "a field to choose from needs choices")
    if one.kind != "choice" and keys:
        yield Fault(f"{path}.choices", "only a field of the kind choice has choices")
    if len(set(keys)) < len(keys):
        yield Fault(f"{path}.choices", "a key is used more than once")
    if one.least is not None and one.most is not None and one.least > one.most:
        yield Fault(f"{path}.most", "is less than `least`")


def _known(path: str, one: Reason | Outcome, known: frozenset[str]) -> Iterator[Fault]:
    fields = [ask.field for ask in one.asks]
    for index, field in enumerate(fields):
        here = f"{path}.asks[{index}].field"
        if field not in known:
            named = ", ".join(sorted(known))
            yield Fault(here, f"there is no closing field {field!r}; known: {named}")
        elif field in fields[:index]:
            yield Fault(here, f"{field!r} is asked for twice")


def _reasons(
    setup: Setup,
    reasons: Sequence[Reason],
    path: str,
    known: frozenset[str],
    above: Sequence[Ask],
) -> Iterator[Fault]:
    for index, reason in enumerate(reasons):
        here = f"{path}[{index}]"
        yield from _known(here, reason, known)
        asks = inherited(above, asks_of(reason))
        if not reason.children:
            yield from _too_many(setup, f"{here}.asks", asks)
        yield from _reasons(setup, reason.children, f"{here}.children", known, asks)


def _too_many(setup: Setup, path: str, asks: Sequence[Ask]) -> Iterator[Fault]:
    """Together with any outcome, a reason requires at most two: more are filled with anything."""
    ends: list[tuple[str, list[Ask]]] = [(one.key, asks_of(one)) for one in setup.outcomes]
    for outcome, asked_of_it in ends or [("", [])]:
        required = [field for field, needed in merged(asks, asked_of_it).items() if needed]
        if len(required) > MOST_REQUIRED:
            named = ", ".join(required)
            with_it = f" with the outcome {outcome!r}" if outcome else ""
            yield Fault(path, f"at most {MOST_REQUIRED} can be required; {named} are{with_it}")
            return
