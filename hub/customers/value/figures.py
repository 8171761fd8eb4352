"""What customers bought and cost in a window, read page by page: no page reads more than one index.

Orders hang on the record they came for; a record that was merged counts for the one it became.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from hub.customers.business.model import OrderState, is_revenue
from hub.customers.business.tables import orders
from hub.customers.settings import CustomerSettings
from hub.storage import Tx
from hub.storage.bulk import Statement, read_time, tx_time
from hub.storage.types import to_micros

from .model import Bought, Window
from .money import Exchange, ServingCosts, in_minor, share_of
from .rules import Before

PAGE = 2_000  # customers of one read: about 15 ms


@dataclass(frozen=True, slots=True)
class Terms:
    """By what a run values: the window and the set-up's rates. `zone`: whose days they are."""

    window: Window
    margin: float
    exchange: Exchange
    costs: ServingCosts
    zone: str
    clv_days: int | None = None  # None: what customers will bring is not asked

    @classmethod
    def of(
        cls, settings: CustomerSettings, window: Window, zone: str, currency: str | None = None
    ) -> Terms:
        """`currency`: what is counted in, where it is not the set-up's (`currency_of`)."""
        value = settings.value
        return cls(
            window,
            value.margin,
            Exchange(currency or value.currency, value.exchange),
            ServingCosts(settings.cost.rates),
            zone,
            value.clv_days if value.clv else None,
        )


@dataclass(slots=True)
class Figures:
    """Of every customer who ever bought, by ascending id: the figures, and what tier they have."""

    bought: Bought = field(default_factory=Bought)
    before: list[Before] = field(default_factory=list)


@dataclass(slots=True)
class _Sums:
    """One record's figures on their way to `Bought`."""

    orders: int = 0
    revenue: int = 0
    margin: int = 0
    newer: int = 0
    first_us: int = 2**63 - 1
    last_us: int = 0
    no_rate: int = 0
    ever: int = 0
    ever_minor: int = 0
    cost_us: int = 0

    def add(self, other: _Sums) -> None:
        self.orders += other.orders
        self.revenue += other.revenue
        self.margin += other.margin
        self.newer += other.newer
        self.first_us = min(self.first_us, other.first_us)
        self.last_us = max(self.last_us, other.last_us)
        self.no_rate += other.no_rate
        self.ever += other.ever
        self.ever_minor += other.ever_minor
        self.cost_us += other.cost_us

    def row(self) -> tuple[int, ...]:
        return (
            self.orders,
            self.revenue,
            self.margin,
            in_minor(self.cost_us),
            self.newer,
            self.first_us,
            self.last_us,
            self.no_rate,
            self.ever,
            self.ever_minor,
        )


@dataclass(frozen=True, slots=True)
class Page:
    """`roots`: sums of customers with who they are; `merged`: sums of records by what they became.

    `after`: where the next page begins; None: this was the last.
    """

    roots: list[tuple[str, _Sums, Before]]
    merged: list[tuple[str, _Sums]]
    after: str | None


def currency_of(tx: Tx, settings: CustomerSettings) -> str:
    """Return in which currency a run counts: the set-up's.

    But where no order is in that, and no rate says how others turn into it or what serving costs
    in it, it is the one of most orders: nobody has told us which is ours.
    """
    value = settings.value
    if value.exchange or settings.cost.rates:
        return value.currency
    if tx.execute(select(orders.c.id).where(orders.c.currency == value.currency).limit(1)).first():
        return value.currency
    most = tx.execute(
        select(orders.c.currency)
        .group_by(orders.c.currency)
        .order_by(func.count().desc(), orders.c.currency)
        .limit(1)
    ).scalar()
    return str(most or value.currency)


def read_page(tx: Tx, asked: tuple[Terms, str]) -> Page:
    """Return the sums of the next PAGE records that ever bought, after the id given."""
    terms, after = asked
    window = terms.window
    rows = _SUMS(
        tx,
        (),
        after=after,
        base=terms.exchange.base,
        start=tx_time(tx, window.from_),
        middle=tx_time(tx, window.middle),
        until=tx_time(tx, window.until),
        page=PAGE,
    )
    sums = {row.customer_id: _sums_of(row, terms) for row in rows}
    foreign = [row.customer_id for row in rows if row.others]
    if foreign:
        _add_foreign(tx, terms, foreign, sums)
    roots = [row for row in rows if row.merged_into_id is None]
    _add_costs(tx, terms, {row.customer_id: sums[row.customer_id] for row in roots})
    return Page(
        [(row.customer_id, sums[row.customer_id], _before(row)) for row in roots],
        [
            (row.merged_into_id, sums[row.customer_id])
            for row in rows
            if row.merged_into_id is not None
        ],
        rows[-1].customer_id if len(rows) == PAGE else None,
    )


def read_roots(tx: Tx, asked: tuple[Terms, Sequence[str]]) -> list[tuple[str, _Sums, Before]]:
    """Return customers who bought only under a record that was merged into theirs: costs alone."""
    terms, ids = asked
    sums = {customer_id: _Sums() for customer_id in ids}
    _add_costs(tx, terms, sums)
    return [
        (row.customer_id, sums[row.customer_id], _before(row))
        for row in _ROOTS(tx, [[customer_id] for customer_id in ids])
    ]


@dataclass(slots=True)
class Gathering:
    """Puts pages together."""

    figures: Figures = field(default_factory=Figures)
    merged: defaultdict[str, _Sums] = field(default_factory=lambda: defaultdict(_Sums))

    def add(self, page: Page) -> None:
        for root, sums in page.merged:
            self.merged[root].add(sums)
        self.add_roots(page.roots)

    def add_roots(self, roots: Sequence[tuple[str, _Sums, Before]]) -> None:
        """Append customers; what their merged records bought is added to it."""
        for customer_id, sums, before in roots:
            self.figures.bought.add(customer_id, sums.row())
            self.figures.before.append(before)

    def missing(self) -> list[str]:
        """Return the customers who have nothing of their own, only of records merged into them."""
        known = set(self.figures.bought.ids) if self.merged else set()
        return sorted(self.merged.keys() - known)

    def finish(self) -> Figures:
        """Add what merged records bought, and put all in the order of ids."""
        bought = self.figures.bought
        if self.merged:
            places = {customer_id: place for place, customer_id in enumerate(bought.ids)}
            for root, sums in self.merged.items():
                if root in places:
                    _add_to(bought, places[root], sums)
        order = sorted(range(len(bought)), key=bought.ids.__getitem__)
        before = [self.figures.before[place] for place in order]
        return Figures(bought.in_order(), before)


def place_of(ids: Sequence[str], customer_id: str) -> int | None:
    """Return where an id stands in ascending ids."""
    place = bisect_left(ids, customer_id)
    return place if place < len(ids) and ids[place] == customer_id else None


def _add_to(bought: Bought, place: int, sums: _Sums) -> None:
    row = sums.row()
    columns = bought.columns()
    for column, figure in zip(columns, row, strict=True):
        if column is bought.first_us:
            column[place] = min(column[place], figure)
        elif column is bought.last_us:
            column[place] = max(column[place], figure)
        else:
            column[place] += figure


def _before(row: Any) -> Before:
    return Before(row.tier, row.tier_source, row.computed_tier)


def _sums_of(row: Any, terms: Terms) -> _Sums:
    return _Sums(
        orders=row.orders,
        revenue=row.revenue,
        margin=row.known_margin + share_of(row.of_unknown_cost, terms.margin),
        newer=row.newer,
        first_us=_micros(row.first_at),
        last_us=_micros(row.last_at),
        ever=row.ever,
        ever_minor=row.ever_minor,
    )


def _micros(value: int | datetime) -> int:
    return value if isinstance(value, int) else to_micros(value)


def _add_foreign(tx: Tx, terms: Terms, ids: Sequence[str], sums: Mapping[str, _Sums]) -> None:
    """Add orders in other currencies, each by the rate of its day."""
    window, clock = terms.window, ZoneInfo(terms.zone)
    rows = _FOREIGN(
        tx,
        [[customer_id] for customer_id in ids],
        base=terms.exchange.base,
        start=tx_time(tx, window.from_),
        until=tx_time(tx, window.until),
    )
    for row in rows:
        if not is_revenue(row.state, row.amount_minor):
            continue
        at = read_time(row.ordered_at)
        day = at.astimezone(clock).date()
        amount = terms.exchange.convert(row.amount_minor, row.currency, day)
        one = sums[row.customer_id]
        if amount is None:
            one.no_rate += 1
            continue
        cost = None
        if row.cost_minor is not None:
            cost = terms.exchange.convert(row.cost_minor, row.currency, day)
        one.orders += row.state != OrderState.RETURNED
        one.revenue += amount
        one.margin += share_of(amount, terms.margin) if cost is None else amount - cost
        one.newer += amount if at >= window.middle else 0


def _add_costs(tx: Tx, terms: Terms, sums: Mapping[str, _Sums]) -> None:
    """Add what it cost to serve these customers. What we caused ourselves costs them nothing."""
    if not terms.costs.are_known or not sums:
        return
    clock = ZoneInfo(terms.zone)
    last = terms.window.until.astimezone(clock)
    begins_a_day = (last.hour, last.minute, last.second, last.microsecond) == (0, 0, 0, 0)
    until = last.date().isoformat() if begins_a_day else f"{last.date().isoformat()}~"
    start = terms.window.from_.astimezone(clock).date().isoformat()
    statement = _EFFORT_BY_DAY if terms.costs.change_after(start) else _EFFORT
    rows = statement(tx, [[customer_id] for customer_id in sums], start=start, until=until)
    for row in rows:
        sums[row.customer_id].cost_us += terms.costs.cost_us(
            row.channel, row.day, row.contacts, row.handled_us
        )


_REVENUE = "(state <> 'cancelled' AND (state <> 'returned' OR amount_minor < 0))"
_IN_BASE = "currency = :base AND ordered_at >= {time :start}"
_SUMS = Statement(f"""
SELECT s.*, c.merged_into_id, COALESCE(c.own_tier, c.tier) AS tier, c.tier_source, v.computed_tier
FROM (
  SELECT customer_id,
    CAST(SUM(CASE WHEN {_IN_BASE} AND state <> 'returned' THEN 1 ELSE 0 END) AS bigint) AS orders,
    CAST(SUM(CASE WHEN {_IN_BASE} THEN amount_minor ELSE 0 END) AS bigint) AS revenue,
    CAST(SUM(CASE WHEN {_IN_BASE} AND cost_minor IS NOT NULL THEN amount_minor - cost_minor
      ELSE 0 END) AS bigint) AS known_margin,
    CAST(SUM(CASE WHEN {_IN_BASE} AND cost_minor IS NULL THEN amount_minor
      ELSE 0 END) AS bigint) AS of_unknown_cost,
    CAST(SUM(CASE WHEN {_IN_BASE} AND ordered_at >= {{time :middle}} THEN amount_minor
      ELSE 0 END) AS bigint) AS newer,
    SUM(CASE WHEN currency <> :base AND ordered_at >= {{time :start}} THEN 1 ELSE 0 END) AS others,
    SUM(CASE WHEN currency = :base AND state <> 'returned' THEN 1 ELSE 0 END) AS ever,
    CAST(SUM(CASE WHEN currency = :base THEN amount_minor ELSE 0 END) AS bigint) AS ever_minor,
    MIN(ordered_at) AS first_at,
    MAX(ordered_at) AS last_at
  FROM orders
  WHERE customer_id > :after AND ordered_at < {{time :until}} AND {_REVENUE}
  GROUP BY customer_id ORDER BY customer_id LIMIT {{integer :page}}
) s
JOIN customers c ON c.id = s.customer_id
LEFT JOIN customer_values v ON v.customer_id = s.customer_id
ORDER BY s.customer_id
""")  # noqa: S608 - our own text
_FOREIGN = Statement("""
SELECT o.customer_id, o.ordered_at, o.amount_minor, o.cost_minor, o.currency, o.state
FROM {rows} JOIN orders o ON o.customer_id = {text 0}
WHERE o.currency <> :base AND o.ordered_at >= {time :start} AND o.ordered_at < {time :until}
""")
_ROOTS = Statement("""
SELECT c.id AS customer_id, COALESCE(c.own_tier, c.tier) AS tier, c.tier_source, v.computed_tier
FROM {rows} JOIN customers c ON c.id = {text 0}
LEFT JOIN customer_values v ON v.customer_id = c.id
""")
_OF_EFFORT = """
SELECT i.customer_id, e.channel, {day} AS day, SUM(e.contacts) AS contacts,
  CAST(SUM(e.handled_us) AS bigint) AS handled_us
FROM {rows} JOIN customer_identities i ON i.customer_id = {text 0}
JOIN identity_effort e ON e.identity_id = i.id AND e.day >= :start AND e.day < :until
GROUP BY i.customer_id, e.channel{by}
"""
_EFFORT = Statement(_OF_EFFORT.replace("{day}", "MAX(e.day)").replace("{by}", ""))
_EFFORT_BY_DAY = Statement(_OF_EFFORT.replace("{day}", "e.day").replace("{by}", ", e.day"))
