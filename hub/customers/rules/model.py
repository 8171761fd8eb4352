"""A rule about customers as data: what it may name, how it is read, whether it holds. Pure.

A rule is a condition on one field, or `all`, `any` or `not` of rules:

    {"all": [{"field": "tier", "is": ["gold"]}, {"not": {"field": "orders", "at_least": 3}}]}

A condition is true or false, never unknown: on a field of which nothing is known only `known` and
what `not` makes of the others hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from hub.core.errors import Fault

MAX_CONDITIONS = 50
MAX_DEPTH = 6
MAX_CHOICES = 200
_MAX_CHOICE = 120  # characters
_MAX_NUMBER = 10**15  # minor units of money: also what a JSON number says exactly
_MAX_DAYS = 36_525


class Kind(StrEnum):
    """What a field holds, and so what may be asked of it."""

    CHOICE = "choice"  # one word: is
    CHOICES = "choices"  # several words: has
    NUMBER = "number"  # at_least, below
    MOMENT = "moment"  # how many days ago: at_least, below
    FLAG = "flag"  # yes or no: is


ASKS: Mapping[Kind, frozenset[str]] = {
    Kind.CHOICE: frozenset({"is", "known"}),
    Kind.CHOICES: frozenset({"has", "known"}),
    Kind.NUMBER: frozenset({"at_least", "below", "known"}),
    Kind.MOMENT: frozenset({"at_least", "below", "known"}),
    Kind.FLAG: frozenset({"is", "known"}),
}

Value = str | bool | int | float | datetime | frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Features:
    """What rules may ask of one customer; None: nothing is known, or nobody loads it yet.

    Money is in minor units of the base currency; `satisfaction` is a mean score of 1 to 5.
    """

    kind: str | None = None
    tier: str | None = None
    language: str | None = None
    branch: str | None = None
    owner: str | None = None
    first_source: str | None = None
    sources: frozenset[str] | None = None
    reached_by: frozenset[str] | None = None  # kinds of addresses
    named: bool | None = None
    known_since: datetime | None = None
    last_contact: datetime | None = None
    contacts: int | None = None
    channels: frozenset[str] | None = None
    open_complaint: bool | None = None
    orders: int | None = None
    revenue: int | None = None
    profit: int | None = None
    last_order: datetime | None = None
    products: frozenset[str] | None = None
    stage: str | None = None
    standing: str | None = None  # how they buy: first_time, repeat, … (lifecycle/model.py)
    loyalty: str | None = None
    satisfaction: float | None = None
    named_segment: str | None = None
    best: bool | None = None  # of those that make most of the revenue (value/engine.py)
    rising: bool | None = None
    tail: bool | None = None
    loss_making: bool | None = None
    full_window: bool | None = None  # bought for the first time before the window began
    share_above: float | None = None  # share of all revenue of those who are worth more, 0 to 1
    trend: float | None = None  # -1 to 1: newer half of the window against the older one


FIELDS: Mapping[str, Kind] = {
    "kind": Kind.CHOICE,
    "tier": Kind.CHOICE,
    "language": Kind.CHOICE,
    "branch": Kind.CHOICE,
    "owner": Kind.CHOICE,
    "first_source": Kind.CHOICE,
    "sources": Kind.CHOICES,
    "reached_by": Kind.CHOICES,
    "named": Kind.FLAG,
    "known_since": Kind.MOMENT,
    "last_contact": Kind.MOMENT,
    "contacts": Kind.NUMBER,
    "channels": Kind.CHOICES,
    "open_complaint": Kind.FLAG,
    "orders": Kind.NUMBER,
    "revenue": Kind.NUMBER,
    "profit": Kind.NUMBER,
    "last_order": Kind.MOMENT,
    "products": Kind.CHOICES,
    "stage": Kind.CHOICE,
    "standing": Kind.CHOICE,
    "loyalty": Kind.CHOICE,
    "satisfaction": Kind.NUMBER,
    "named_segment": Kind.CHOICE,
    "best": Kind.FLAG,
    "rising": Kind.FLAG,
    "tail": Kind.FLAG,
    "loss_making": Kind.FLAG,
    "full_window": Kind.FLAG,
    "share_above": Kind.NUMBER,
    "trend": Kind.NUMBER,
}
"""Every field a rule may name; each is one of Features."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`asks` of `field`; `wanted` is words (is, has), a number (at_least, below), or yes or no."""

    field: str
    asks: str
    wanted: frozenset[str] | float | bool

    @property
    def kind(self) -> Kind:
        return FIELDS[self.field]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; true of none."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds; false of none."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Rule


Rule = Condition | AllOf | AnyOf | Not


def check_rule(raw: object) -> Rule | list[Fault]:
    """Return the rule that this JSON value says, or everything that is wrong with it.

    Never raises, whatever comes: `raw` is from a form or a file.
    """
    reading = _Reading([])
    rule = reading.part(raw, "rule", 1)
    if reading.conditions > MAX_CONDITIONS:
        text = f"a rule has at most {MAX_CONDITIONS} conditions: make two groups of it"
        reading.faults.append(Fault("rule", text, "rule.many", {"most": str(MAX_CONDITIONS)}))
    return reading.faults if reading.faults or rule is None else rule


def matches(rule: Rule, features: Features, now: datetime) -> bool:
    """Say whether the rule holds for this customer at `now`."""
    match rule:
        case AllOf(parts):
            return all(matches(part, features, now) for part in parts)
        case AnyOf(parts):
            return any(matches(part, features, now) for part in parts)
        case Not(part):
            return not matches(part, features, now)
        case Condition():
            return _holds(rule, getattr(features, rule.field), now)


def conditions(rule: Rule) -> Iterator[Condition]:
    """Yield every condition of a rule."""
    match rule:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from conditions(part)
        case Not(part):
            yield from conditions(part)
        case Condition():
            yield rule


def fields_of(rule: Rule) -> frozenset[str]:
    """Return which fields a rule names: a change of others cannot change whom it holds for."""
    return frozenset(one.field for one in conditions(rule))


def moment_before(now: datetime, days: float) -> datetime:
    """Return when it was `days` days before `now`."""
    return now - timedelta(days=days)


def _holds(one: Condition, value: Value, now: datetime) -> bool:
    if one.asks == "known":
        return (value is not None) is one.wanted
    if value is None:
        return False
    if isinstance(value, frozenset):
        return not value.isdisjoint(cast("frozenset[str]", one.wanted))
    if one.asks == "is":
        return value is one.wanted if isinstance(value, bool) else value in _words(one)
    wanted = cast("float", one.wanted)
    if isinstance(value, datetime):
        was = moment_before(now, wanted)
        return value <= was if one.asks == "at_least" else value > was
    number = cast("float", value)
    return number >= wanted if one.asks == "at_least" else number < wanted


def _words(one: Condition) -> frozenset[str]:
    return cast("frozenset[str]", one.wanted)


class _Wrong(Exception):
    """What is wrong with one part of a rule; the others are read on."""

    def __init__(self, path: str, message: str, code: str, **facts: object) -> None:
        super().__init__(message)
        self.fault = Fault(path, message, code, {name: str(one) for name, one in facts.items()})


@dataclass(slots=True)
class _Reading:
    """Reads one rule; keeps what is wrong with it."""

    faults: list[Fault]
    conditions: int = 0

    def part(self, raw: object, path: str, depth: int) -> Rule | None:
        """Read one rule; None, and a fault is kept: something is wrong with it."""
        try:
            return self._rule(raw, path, depth)
        except _Wrong as wrong:
            self.faults.append(wrong.fault)
            return None

    def _rule(self, raw: object, path: str, depth: int) -> Rule | None:
        if not isinstance(raw, Mapping):
            raise _Wrong(path, "give a condition, or all, any or not of rules", "rule.shape")
        if depth > MAX_DEPTH:
            message = f"rules stand at most {MAX_DEPTH} deep in each other"
            raise _Wrong(path, message, "rule.deep", most=MAX_DEPTH)
        if "field" in raw:
            return self._condition(raw, path)
        if len(raw) != 1 or not raw.keys() <= {"all", "any", "not"}:
            raise _Wrong(path, "give one of field, all, any or not", "rule.shape")
        [(word, inner)] = raw.items()
        if word == "not":
            part = self.part(inner, f"{path}.not", depth + 1)
            return None if part is None else Not(part)
        parts = tuple(self._parts(inner, f"{path}.{word}", depth))
        return AllOf(parts) if word == "all" else AnyOf(parts)

    def _parts(self, raw: object, path: str, depth: int) -> Iterator[Rule]:
        if not isinstance(raw, Sequence) or isinstance(raw, str | bytes) or not raw:
            raise _Wrong(path, "list at least one rule", "rule.empty")
        if len(raw) > MAX_CONDITIONS:
            message = f"list at most {MAX_CONDITIONS} rules"
            raise _Wrong(path, message, "rule.many", most=MAX_CONDITIONS)
        for number, one in enumerate(raw):
            part = self.part(one, f"{path}[{number}]", depth + 1)
            if part is not None:
                yield part

    def _condition(self, raw: Mapping[object, object], path: str) -> Condition:
        self.conditions += 1
        field = raw["field"]
        if not isinstance(field, str):
            raise _Wrong(f"{path}.field", "a field is a word", "rule.shape")
        kind = FIELDS.get(field)
        if kind is None:
            message = f"there is no field {field[:80]!r}"
            raise _Wrong(f"{path}.field", message, "rule.field", field=field[:80])
        may_ask = sorted(ASKS[kind])
        asked = [key for key in raw if key != "field"]
        if len(asked) != 1 or asked[0] not in may_ask:
            ways = ", ".join(may_ask)
            raise _Wrong(path, f"of {field} ask one of {ways}", "rule.ways", field=field, ways=ways)
        asks = str(asked[0])
        wanted = _wanted(kind, asks, raw[asks], f"{path}.{asks}")
        return Condition(field, asks, wanted)


def _wanted(kind: Kind, asks: str, raw: object, path: str) -> frozenset[str] | float | bool:
    if asks == "known" or kind is Kind.FLAG:
        if not isinstance(raw, bool):
            raise _Wrong(path, "say true or false", "rule.flag")
        return raw
    if kind in (Kind.CHOICE, Kind.CHOICES):
        return _choices(raw, path)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise _Wrong(path, "give a number", "rule.number")
    if kind is Kind.MOMENT and not 0 <= raw <= _MAX_DAYS:
        raise _Wrong(path, f"give 0 to {_MAX_DAYS} days", "rule.days", most=_MAX_DAYS)
    if not abs(raw) <= _MAX_NUMBER:  # NaN is not either
        message = f"give a number between -{_MAX_NUMBER} and {_MAX_NUMBER}"
        raise _Wrong(path, message, "rule.range", most=_MAX_NUMBER)
    return raw


def _choices(raw: object, path: str) -> frozenset[str]:
    if not isinstance(raw, Sequence) or isinstance(raw, str | bytes):
        raise _Wrong(path, "list words", "rule.list")
    if not 1 <= len(raw) <= MAX_CHOICES:
        raise _Wrong(path, f"list 1 to {MAX_CHOICES} words", "rule.words", most=MAX_CHOICES)
    words = [one for one in raw if isinstance(one, str) and 0 < len(one) <= _MAX_CHOICE]
    if len(words) != len(raw):
        message = f"each word has 1 to {_MAX_CHOICE} characters"
        raise _Wrong(path, message, "rule.length", most=_MAX_CHOICE)
    if any("\x00" in word or not word.isprintable() for word in words):
        raise _Wrong(path, "a word has no control characters", "rule.shown")
    return frozenset(words)
