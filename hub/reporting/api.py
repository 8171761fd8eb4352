"""Routes of reports and exports: supervisors', of the customers whom they may see."""

from __future__ import annotations

import asyncio

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.customers.access import Scope, sees_no_more
from hub.customers.settings import find_home_zone
from hub.storage import Store, Tx
from hub.web import (
    Access,
    Key,
    Page,
    Principal,
    StreamAnswer,
    decode_cursor,
    encode_cursor,
    route,
)

from .export import MEDIA_TYPES, FileFormat, has_parquet, writer_of, written
from .indicators import Group, get_indicator
from .marts import MARTS, get_mart
from .model import Period, period_of
from .service import (
    CountIndicators,
    ListBehind,
    count_indicator,
    count_indicators,
    list_behind,
    list_products,
)
from .views import (
    BehindPosition,
    BehindQuery,
    BehindRow,
    BothWords,
    ExportQuery,
    IndicatorQuery,
    IndicatorsQuery,
    IndicatorsView,
    IndicatorView,
    MartColumnView,
    MartsView,
    MartView,
    OneIndicatorView,
    ProductReport,
    ReportPeriod,
)


def scope_of_reports(tx: Tx, principal: Principal) -> Scope:
    """Return whose customers are counted: who is in somebody's hands only for now is not."""
    return Scope.of(tx, principal, sees_no_more)


class ReportRoutes:
    """Reports take turns, exports with each page: they leave the other readers to the desks."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = asyncio.Semaphore(1)

    @route(
        "GET",
        "/api/v1/reports/indicators",
        access=Access.SUPERVISOR,
        summary="Indicators of a period, each with its definition, numerator and denominator",
    )
    async def indicators(self, principal: Principal, query: IndicatorsQuery) -> IndicatorsView:
        async with self._turn:
            return await self._store.read(_count_all, (principal, query))

    @route(
        "GET",
        "/api/v1/reports/indicators/{key}",
        access=Access.SUPERVISOR,
        summary="One indicator of a period",
    )
    async def indicator(
        self, principal: Principal, key: Key, query: IndicatorQuery
    ) -> OneIndicatorView:
        async with self._turn:
            return await self._store.read(_count_one, (principal, key, query))

    @route(
        "GET",
        "/api/v1/reports/indicators/{key}/rows",
        access=Access.SUPERVISOR,
        summary="The rows behind a figure, newest first",
    )
    async def rows(self, principal: Principal, key: Key, query: BehindQuery) -> Page[BehindRow]:
        async with self._turn:
            return await self._store.read(_behind, (principal, key, query))

    @route(
        "GET",
        "/api/v1/reports/products",
        access=Access.SUPERVISOR,
        summary="What customers want to buy and what they think of it, the most wanted first",
    )
    async def products(self, principal: Principal) -> list[ProductReport]:
        async with self._turn:
            return await self._store.read(_products, principal)

    @route(
        "GET",
        "/api/v1/exports",
        access=Access.SUPERVISOR,
        summary="Which marts can be exported, and their columns",
    )
    async def marts(self, principal: Principal) -> MartsView:
        return MartsView(items=_MARTS, parquet=has_parquet())

    @route(
        "GET",
        "/api/v1/exports/{mart}",
        access=Access.SUPERVISOR,
        summary="A mart as a file, CSV or Parquet, of the customers one may see; audited",
    )
    async def export(self, principal: Principal, mart: Key, query: ExportQuery) -> StreamAnswer:
        chosen = get_mart(mart)
        writer = writer_of(chosen, query.format, mark=query.mark)
        scope = await self._store.write(_begin_export, (principal, mart, query.format))
        return StreamAnswer(
            written(self._store, chosen, scope, writer, turn=self._turn),
            MEDIA_TYPES[query.format],
            f"{mart}.{query.format}",
        )


_MARTS = [
    MartView(
        mart=mart.name,
        name=BothWords(zh=mart.zh, en=mart.en),
        columns=[MartColumnView(name=name, kind=kind) for name, kind in mart.columns.items()],
    )
    for mart in MARTS.values()
]


def _period(tx: Tx, query: IndicatorQuery | BehindQuery) -> Period:
    return period_of(query.since, query.until, find_home_zone(tx), tx.now)


def _count_all(tx: Tx, asked: tuple[Principal, IndicatorsQuery]) -> IndicatorsView:
    principal, query = asked
    period = _period(tx, query)
    group = Group(query.group) if query.group else None
    figures = count_indicators(tx, CountIndicators(scope_of_reports(tx, principal), period, group))
    return IndicatorsView(
        period=ReportPeriod.of(period), items=[IndicatorView.of(one) for one in figures]
    )


def _count_one(tx: Tx, asked: tuple[Principal, str, IndicatorQuery]) -> OneIndicatorView:
    principal, key, query = asked
    period = _period(tx, query)
    scope = scope_of_reports(tx, principal)
    figure = count_indicator(tx, scope, period, get_indicator(key))
    return OneIndicatorView(period=ReportPeriod.of(period), indicator=IndicatorView.of(figure))


def _behind(tx: Tx, asked: tuple[Principal, str, BehindQuery]) -> Page[BehindRow]:
    principal, key, query = asked
    one = get_indicator(key)
    part = one.numerator if query.of == "numerator" else one.denominator
    if part is None:
        return Page(items=[])
    position = decode_cursor(query.after, BehindPosition)
    after = (position.at, position.id) if position else None
    scope = scope_of_reports(tx, principal)
    found = list_behind(tx, ListBehind(scope, _period(tx, query), part, query.limit + 1, after))
    shown = found[: query.limit]
    more = len(found) > query.limit
    cursor = encode_cursor(BehindPosition(shown[-1].at, shown[-1].id)) if more else None
    return Page(items=[BehindRow.of(row) for row in shown], after=cursor)


def _products(tx: Tx, principal: Principal) -> list[ProductReport]:
    return [ProductReport.of(row) for row in list_products(tx, scope_of_reports(tx, principal))]


def _begin_export(tx: Tx, asked: tuple[Principal, str, FileFormat]) -> Scope:
    """Write down who exports what, before the first row leaves."""
    principal, mart, form = asked
    scope = scope_of_reports(tx, principal)
    of = "everybody" if scope.everything else ",".join(sorted(scope.branches))
    audit(tx, actor_of(principal), "mart.export", "mart", mart, {"format": form, "of": of})
    return scope
