"""Shapes of reports at the HTTP edge and on the command line."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

import msgspec
from msgspec import Meta
from sqlalchemy import Row

from hub.web import PageQuery, Query, View

from .export import FileFormat
from .indicators import Group, Indicator, RowKind, Text
from .model import Period, Rate, rate_of
from .service import Figure

Day = Annotated[str, Meta(max_length=10)]
"""A day of the set-up's zone, "2026-06-30"; "": the usual."""


class IndicatorQuery(Query, frozen=True, kw_only=True):
    """The days from `since` to `until`, both included; the last 30 unless said otherwise."""

    since: Day = ""
    until: Day = ""


class IndicatorsQuery(IndicatorQuery, frozen=True, kw_only=True):
    """`group` "": all of them."""

    group: Literal["", "process", "loyalty", "churn", "fax"] = ""


class BehindQuery(PageQuery, frozen=True, kw_only=True):
    """`of`: the rows of the numerator or of the denominator."""

    since: Day = ""
    until: Day = ""
    of: Literal["numerator", "denominator"] = "numerator"


class ExportQuery(Query, frozen=True, kw_only=True):
    """`mark`: CSV begins with the mark of UTF-8, which spreadsheets need for Chinese."""

    format: FileFormat = FileFormat.CSV
    mark: bool = False


class BothWords(View, frozen=True):
    """A text in both languages."""

    zh: str
    en: str

    @classmethod
    def of(cls, text: Text) -> Self:
        return cls(zh=text.zh, en=text.en)


class ReportPeriod(View, frozen=True):
    """`since`, `until`: days of `zone`, both included."""

    since: date
    until: date
    zone: str

    @classmethod
    def of(cls, period: Period) -> Self:
        return cls(since=period.first, until=period.last, zone=period.zone)


class RateView(View, frozen=True):
    """A share and the ends of its 95 % interval, 0-1."""

    share: float
    low: float
    high: float

    @classmethod
    def of(cls, rate: Rate | None) -> Self | None:
        return None if rate is None else cls(share=rate.share, low=rate.low, high=rate.high)


class IndicatorView(View, frozen=True):
    """A figure with what it means.

    `denominator` null: it is a count. `rate` null: a count, or fewer than five to say a share of.
    """

    key: str
    group: Group
    rows: RowKind
    name: BothWords
    definition: BothWords
    numerator: int
    numerator_is: BothWords
    denominator: int | None
    denominator_is: BothWords | None
    rate: RateView | None

    @classmethod
    def of(cls, figure: Figure) -> Self:
        one: Indicator = figure.indicator
        below = one.denominator
        return cls(
            key=one.key,
            group=one.group,
            rows=one.rows,
            name=BothWords.of(one.name),
            definition=BothWords.of(one.definition),
            numerator=figure.numerator,
            numerator_is=BothWords.of(one.numerator.text),
            denominator=figure.denominator,
            denominator_is=None if below is None else BothWords.of(below.text),
            rate=RateView.of(figure.rate),
        )


class IndicatorsView(View, frozen=True):
    period: ReportPeriod
    items: list[IndicatorView]


class OneIndicatorView(View, frozen=True):
    period: ReportPeriod
    indicator: IndicatorView


class BehindRow(View, frozen=True):
    """One row behind a figure: a customer, a logged visit, a commitment (`rows` says which)."""

    id: str
    at: datetime
    customer_id: str
    customer_name: str | None
    label: str | None
    amount_minor: int | None
    currency: str | None

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        return cls(**{name: row._mapping[name] for name in cls.__struct_fields__})


class BehindPosition(msgspec.Struct, frozen=True, array_like=True):
    at: datetime
    id: str


class ProductReport(View, frozen=True):
    """What customers want of a product (quotes, contacts about it, orders) and think of it.

    `score_mean` and `satisfied_rate` (scores of 4 and 5): of contacts about it; null under five
    scores. `sold_minor` null: nothing sold, or in several currencies.
    """

    product_id: str
    external_id: str
    name: str
    family: str | None
    quotes: int
    quoted_customers: int
    contacts: int
    asking_customers: int
    orders: int
    buyers: int
    quantity: int
    currency: str | None
    sold_minor: int | None
    scores: int
    score_mean: float | None
    satisfied: int
    satisfied_rate: RateView | None
    complaints: int
    defects: int
    repairs: int
    open_cases: int

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        plain = set(cls.__struct_fields__) - {"score_mean", "satisfied_rate"}
        fields: dict[str, Any] = {
            name: value if name in _WORDS or value is None else int(value)
            for name, value in row._mapping.items()
            if name in plain
        }
        rate = rate_of(int(row.satisfied), int(row.scores))
        mean = None if rate is None else int(row.score_total) / int(row.scores)
        return cls(score_mean=mean, satisfied_rate=RateView.of(rate), **fields)


_WORDS = {"product_id", "external_id", "name", "family", "currency"}


class MartColumnView(View, frozen=True):
    name: str
    kind: str


class MartView(View, frozen=True):
    """A mart that can be exported. `parquet`: the extra for it is installed."""

    mart: str
    name: BothWords
    columns: list[MartColumnView]


class MartsView(View, frozen=True):
    items: list[MartView]
    parquet: bool
