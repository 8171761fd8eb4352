"""Figures and the rows behind them, for whom the reader may see: plain functions of a read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, case, func, or_, select

from hub.customers.access import Scope
from hub.customers.tables import customers
from hub.storage import Tx

from .indicators import INDICATORS, Group, Indicator, Part
from .marts import MARTS
from .model import Period, Rate, rate_of

MOST_PRODUCTS = 200
_SUMS = (
    "orders",
    "buyers",
    "quantity",
    "quotes",
    "quoted_customers",
    "contacts",
    "asking_customers",
    "scores",
    "score_total",
    "satisfied",
    "complaints",
    "defects",
    "repairs",
    "open_cases",
)


@dataclass(frozen=True, slots=True)
class Figure:
    """`denominator` None: the indicator has none. `rate` None: none, or too few to say."""

    indicator: Indicator
    numerator: int
    denominator: int | None
    rate: Rate | None


@dataclass(frozen=True, slots=True)
class CountIndicators:
    """`group` None: all of them."""

    scope: Scope
    period: Period
    group: Group | None = None


@dataclass(frozen=True, slots=True)
class ListBehind:
    """The rows of a numerator or of a denominator, newest first, behind (at, id)."""

    scope: Scope
    period: Period
    part: Part
    limit: int
    after: tuple[datetime, str] | None = None


def count_indicators(tx: Tx, cmd: CountIndicators) -> list[Figure]:
    """Return the figures of a group in their order. A denominator they share is counted once."""
    counted: dict[int, int] = {}

    def count(part: Part) -> int:
        if id(part) not in counted:
            counted[id(part)] = _count(tx, cmd.scope, cmd.period, part)
        return counted[id(part)]

    figures = []
    for one in INDICATORS.values():
        if cmd.group is not None and one.group is not cmd.group:
            continue
        numerator = count(one.numerator)
        denominator = None if one.denominator is None else count(one.denominator)
        figures.append(_figure(one, numerator, denominator))
    return figures


def count_indicator(tx: Tx, scope: Scope, period: Period, one: Indicator) -> Figure:
    """Return one figure."""
    numerator = _count(tx, scope, period, one.numerator)
    if one.denominator is None:
        return _figure(one, numerator, None)
    return _figure(one, numerator, _count(tx, scope, period, one.denominator))


def list_behind(tx: Tx, cmd: ListBehind) -> Sequence[Row[Any]]:
    """Return the rows behind a figure, each with its customer's name."""
    side = cmd.part.side(cmd.period, tx.now).subquery("side")
    found = _seen(side, cmd.scope, select(*side.c, customers.c.name.label("customer_name")))
    if cmd.after is not None:
        at, row_id = cmd.after
        earlier = or_(side.c.at < at, and_(side.c.at == at, side.c.id < row_id))
        found = found.where(earlier)
    return tx.execute(found.order_by(side.c.at.desc(), side.c.id.desc()).limit(cmd.limit)).all()


def list_products(tx: Tx, scope: Scope) -> Sequence[Row[Any]]:
    """Return what customers want of each product and think of it, the most wanted first.

    At most MOST_PRODUCTS; the mart has all of them. Sums of several branches are added up, money of
    several currencies is not.
    """
    view = MARTS["products"].view
    columns = view.c
    # A branch that sold in several currencies has no sum: then the product has none, either.
    whole = func.count(case((columns.orders > 0, 1))) <= func.count(columns.currency)
    one = and_(whole, func.min(columns.currency) == func.max(columns.currency))
    wanted = func.sum(columns.quoted_customers) + func.sum(columns.asking_customers)
    found = (
        select(
            columns.product_id,
            columns.external_id,
            columns.name,
            columns.family,
            *(func.sum(columns[name]).label(name) for name in _SUMS),
            case((one, func.min(columns.currency))).label("currency"),
            case((one, func.sum(columns.sold_minor))).label("sold_minor"),
        )
        .where(MARTS["products"].seen_by(scope))
        .group_by(columns.product_id, columns.external_id, columns.name, columns.family)
        .order_by(wanted.desc(), func.sum(columns.orders).desc(), columns.product_id)
        .limit(MOST_PRODUCTS)
    )
    return tx.execute(found).all()


def _count(tx: Tx, scope: Scope, period: Period, part: Part) -> int:
    side = part.side(period, tx.now).subquery("side")
    figure = func.coalesce(func.sum(side.c.amount_minor), 0) if part.adds_up else func.count()
    return int(tx.execute(_seen(side, scope, select(figure))).scalar_one())


def _seen(side: Any, scope: Scope, found: Select[Any]) -> Select[Any]:
    joined = side.join(customers, customers.c.id == side.c.customer_id)
    return found.select_from(joined).where(scope.customers())


def _figure(one: Indicator, numerator: int, denominator: int | None) -> Figure:
    rate = None if denominator is None else rate_of(numerator, denominator)
    return Figure(one, numerator, denominator, rate)
