"""A rule as a condition on `customers` in SQL: the same customers as `matches` of the model.

Each feature has the SQL of its fields in a FeaturePart; what no part has is known of nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, false, not_, or_, true

from .model import AllOf, AnyOf, Condition, Kind, Not, Rule, moment_before

HasOne = Callable[[frozenset[str] | None], ColumnElement[bool]]
"""Of a field of several words: the customer has one of these; None: any at all is known."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field of one value: an expression on `customers`, NULL where nothing is known."""

    value: ColumnElement[Any]


Sql = Mapping[str, Column | HasOne]


def to_where(rule: Rule, now: datetime, sql: Sql) -> ColumnElement[bool]:
    """Return the condition on `customers` that keeps whom the rule holds for. Never NULL."""
    match rule:
        case AllOf(parts):
            return and_(true(), *(to_where(part, now, sql) for part in parts))
        case AnyOf(parts):
            return or_(false(), *(to_where(part, now, sql) for part in parts))
        case Not(part):
            return not_(to_where(part, now, sql))
        case Condition():
            return _condition(rule, now, sql.get(rule.field))


def _condition(one: Condition, now: datetime, sql: Column | HasOne | None) -> ColumnElement[bool]:
    if sql is None:
        return true() if one.asks == "known" and not one.wanted else false()
    if not isinstance(sql, Column):
        if one.asks == "known":
            return sql(None) if one.wanted else not_(sql(None))
        return sql(cast("frozenset[str]", one.wanted))
    value = sql.value
    if one.asks == "known":
        return value.is_not(None) if one.wanted else value.is_(None)
    return and_(value.is_not(None), _compared(one, value, now))


def _compared(one: Condition, value: ColumnElement[Any], now: datetime) -> ColumnElement[bool]:
    if one.kind is Kind.FLAG:
        return value.is_(one.wanted)
    if one.asks == "is":
        return value.in_(sorted(cast("frozenset[str]", one.wanted)))
    wanted = cast("float", one.wanted)
    if one.kind is Kind.MOMENT:
        was = moment_before(now, wanted)
        return value <= was if one.asks == "at_least" else value > was
    return value >= wanted if one.asks == "at_least" else value < wanted
