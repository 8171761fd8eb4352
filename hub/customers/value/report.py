"""What a run found, as it is kept, printed and answered: the keys are documented and stable."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from msgspec import Struct, field

from hub.customers.business.money import decimals_of

from .deciding import Decisions, Found, count_named, numbers_of
from .engine import digest
from .figures import Terms
from .model import WHOLE, Totals
from .money import in_units
from .rules import Decision, TierRules, Tiers


class WindowView(Struct, frozen=True):
    from_: datetime = field(name="from")
    until: datetime
    days: int
    zone: str


class BestView(Struct, frozen=True):
    """The smallest number of first-ranked customers whose revenue reaches `share` of all."""

    share: float
    count: int
    share_of_customers: float
    share_of_revenue: float


class TailView(Struct, frozen=True):
    """The customers of least revenue who together make the last `share` of it; `top_value` is the
    highest revenue of one of them.
    """

    share: float
    count: int
    share_of_customers: float
    share_of_revenue: float
    top_value: float
    top_value_minor: int


class MoveView(Struct, frozen=True):
    from_: str = field(name="from")
    to: str
    count: int


class TierReport(Struct, frozen=True, kw_only=True):
    """`revenue` and the like are in units of `currency`, `…_minor` in its minor units.

    `at` is the day or the moment asked for, `made_at` when the run was made.

    `customers` bought in the window, `lapsed` before it only. `moves` are those of this run; none,
    and `unchanged`, where it found what the last one had found: then nothing was written. Without
    `run_id` and not `unchanged` they are those that a run would make: it was only tried.
    """

    at: str
    made_at: datetime
    window: WindowView
    customers: int
    lapsed: int
    revenue: float
    revenue_minor: int
    profit: float
    profit_minor: int
    currency: str
    best: BestView
    tail: TailView
    loss_making: int
    potential_gold: int
    moves: list[MoveView]
    moved: int
    held_back: int
    tiers: dict[str, int]
    segments: dict[str, int]
    no_rate: int
    rules_version: int
    digest: str
    unchanged: bool
    run_id: str | None = None


class Going(NamedTuple):
    """What a run goes by. `asked`: the day or moment, in words; `now`: when it was begun."""

    asked: str
    terms: Terms
    rules: TierRules
    tiers: Tiers
    now: datetime


def report_of(going: Going, found: Found, decided: Decisions) -> TierReport:
    """Return what was found, before anybody has moved."""
    totals, currency = found.ranked.totals, going.terms.exchange.base
    shares = going.rules.shares
    return TierReport(
        at=going.asked,
        made_at=going.now,
        window=window_of(going.terms),
        customers=totals.customers,
        lapsed=totals.lapsed,
        revenue=in_units(totals.revenue, currency),
        revenue_minor=totals.revenue,
        profit=in_units(totals.profit, currency),
        profit_minor=totals.profit,
        currency=currency,
        best=best_of(totals, shares.best),
        tail=tail_of(totals, shares.tail, currency),
        loss_making=totals.loss_making,
        potential_gold=totals.rising,
        moves=[],
        moved=0,
        held_back=0,
        tiers={},
        segments=count_named(found),
        no_rate=totals.no_rate,
        rules_version=going.rules.version,
        digest=_digest(going, found, decided),
        unchanged=False,
    )


def reason_of(going: Going, found: Found, place: int, decision: Decision) -> str:
    """Say why in a line; the figures themselves are kept beside it."""
    rank, currency = found.ranked.rank[place], going.terms.exchange.base
    where = f"rank {rank} of {found.ranked.totals.customers}" if rank > 0 else "no order lately"
    profit = f"{in_units(found.ranked.profit[place], currency):.{decimals_of(currency)}f}"
    rule = f"rule {decision.rule}" if decision.rule else "no rule"
    return f"{rule} of rules {going.rules.version}: {where}, profit {profit} {currency}"


def _digest(going: Going, found: Found, decided: Decisions) -> str:
    window = going.terms.window
    words = [
        str(going.rules.version),
        repr(going.rules.shares),
        going.terms.exchange.base,
        window.from_.isoformat(),
        window.until.isoformat(),
        going.tiers.default,
        *going.tiers.order,
        "" if found.clv is None else f"clv {going.terms.clv_days}",
        *sorted(set(decided.computed)),
        numbers_of(decided.computed).tobytes().hex(),
    ]
    return digest(found.figures.bought, words)


def best_of(totals: Totals, share: int) -> BestView:
    return BestView(
        share=share / WHOLE,
        count=totals.best_count,
        share_of_customers=_ratio(totals.best_count, totals.customers),
        share_of_revenue=_ratio(totals.best_revenue, totals.revenue),
    )


def tail_of(totals: Totals, share: int, currency: str) -> TailView:
    return TailView(
        share=share / WHOLE,
        count=totals.tail_count,
        share_of_customers=_ratio(totals.tail_count, totals.customers),
        share_of_revenue=_ratio(totals.tail_revenue, totals.revenue),
        top_value=in_units(totals.tail_top, currency),
        top_value_minor=totals.tail_top,
    )


def window_of(terms: Terms) -> WindowView:
    window = terms.window
    return WindowView(window.from_, window.until, window.days, terms.zone)


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0
