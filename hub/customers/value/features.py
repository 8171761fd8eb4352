"""What rules may ask of a customer's worth, as the newest tier run found it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, select

from hub.customers.rules.features import FeaturePart
from hub.customers.rules.model import Value
from hub.customers.rules.where import Column, Sql
from hub.customers.tables import customers
from hub.storage import Tx
from hub.storage.bulk import Statement

from .model import WHOLE, Flag
from .tables import customer_values

_READ = Statement("""
SELECT v.customer_id, v.revenue_minor, v.profit_minor, v.named_segment, v.flags, v.share_ppm,
  v.trend_ppm
FROM {rows} JOIN customer_values v ON v.customer_id = {text 0}
""")
_FLAGS = {
    "best": Flag.BEST,
    "rising": Flag.RISING,
    "tail": Flag.TAIL,
    "loss_making": Flag.LOSS_MAKING,
    "full_window": Flag.FULL_WINDOW,
}


def _load(tx: Tx, ids: Sequence[str]) -> Mapping[str, Mapping[str, Value]]:
    return {row.customer_id: _known(row) for row in _READ(tx, [[one] for one in ids])}


def _known(row: Any) -> dict[str, Value]:
    return {
        "revenue": row.revenue_minor,
        "profit": row.profit_minor,
        "named_segment": row.named_segment,
        "share_above": None if row.share_ppm is None else row.share_ppm / WHOLE,
        "trend": row.trend_ppm / WHOLE,
        **{name: bool(row.flags & flag.value) for name, flag in _FLAGS.items()},
    }


def _of(value: ColumnElement[Any]) -> Column:
    table = customer_values.c
    found = select(value).where(table.customer_id == customers.c.id)
    return Column(found.correlate(customers).scalar_subquery())


def _has(flag: Flag) -> Column:
    bits: Callable[[int], ColumnElement[Any]] = customer_values.c.flags.bitwise_and
    return _of(case((bits(flag.value) != 0, True), else_=False))


_SQL: Sql = {
    "revenue": _of(customer_values.c.revenue_minor),
    "profit": _of(customer_values.c.profit_minor),
    "named_segment": _of(customer_values.c.named_segment),
    "share_above": _of(customer_values.c.share_ppm / float(WHOLE)),
    "trend": _of(customer_values.c.trend_ppm / float(WHOLE)),
    **{name: _has(flag) for name, flag in _FLAGS.items()},
}
VALUE = FeaturePart("value", frozenset(_SQL), _load, _SQL)
"""Revenue and profit of the window, the cuts, the trend and the RFM name."""
