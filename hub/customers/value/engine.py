"""Who is worth what: rank, Pareto cuts, trend, RFM. Pure and deterministic.

Customers are ranked by profit (margin - cost to serve), ties by id. The best are the smallest
number of first-ranked customers whose revenue reaches `Shares.best` of all; that they are a fifth
is found or not found, never assumed. The tail are the customers of least revenue who together make
at most `Shares.tail` of it, whatever they cost: who makes a loss has a flag of their own.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from .model import NAMES, UNKNOWN, WHOLE, Bought, Flag, Ppm, Ranked, RfmName, Shares, Totals, Window

_DAY_US = 86_400_000_000
_SCORES = 5
# As plain numbers: a million members of an enumeration would take longer than everything else.
_BEST, _RISING, _TAIL = int(Flag.BEST), int(Flag.RISING), int(Flag.TAIL)
_LOSS_MAKING, _FULL_WINDOW, _NO_RATE = (
    int(Flag.LOSS_MAKING),
    int(Flag.FULL_WINDOW),
    int(Flag.NO_RATE),
)
_LEAST_ORDERS = 2  # of a trend: one purchase is none


def rank(bought: Bought, shares: Shares, window: Window) -> Ranked:
    """Rank customers. `bought` is in the order of ids (`Bought.in_order`)."""
    count = len(bought)
    profit = array("q", (m - c for m, c in zip(bought.margin, bought.cost, strict=True)))
    active = [place for place in range(count) if bought.orders[place]]
    active.sort(key=lambda place: -profit[place])  # stable: ties stay in the order of ids
    ranked = Ranked(
        profit,
        rank=array("q", [UNKNOWN]) * count,
        share=array("q", [UNKNOWN]) * count,
        trend=array("q", map(_trend, bought.revenue, bought.newer)),
        rfm=array("q", [UNKNOWN]) * count,
        named=array("q", [NAMES.index(RfmName.LOST)]) * count,
        flags=array("q", [0]) * count,
        totals=_NOTHING,
    )
    total = sum(bought.revenue[place] for place in active)
    cut = _cut(ranked, bought, active, shares, total)
    _score(ranked, bought, active, window)
    _flag(ranked, bought, cut, window)
    ranked.totals = _totals(ranked, bought, active, total)
    return ranked


def digest(bought: Bought, words: Iterable[str]) -> str:
    """Return what tells these figures, and whatever else `words` says, from any others."""
    made = blake2b(digest_size=16)
    for text in (*words, *bought.ids):
        made.update(text.encode())
        made.update(b"\0")
    for column in bought.columns():
        made.update(column.tobytes())
    return made.hexdigest()


def named_of(rfm: int) -> RfmName:
    """Return the name of three scores, 111 to 555."""
    recency, frequency, money = rfm // 100, rfm // 10 % 10, rfm % 10
    return _GRID[recency - 1][(frequency + money + 1) // 2 - 1]


def scores(values: Sequence[int]) -> list[int]:
    """Return 1 to 5 for each value by its fifth of all; equal values have equal scores."""
    ordered = sorted(values)
    count = len(ordered)
    known: dict[int, int] = {}
    for value in values:
        if value not in known:
            middle = bisect_left(ordered, value) + bisect_right(ordered, value)
            known[value] = 1 + _SCORES * middle // (2 * count)
    return [known[value] for value in values]


def _cut(
    ranked: Ranked, bought: Bought, active: Sequence[int], shares: Shares, total: int
) -> int | None:
    """Fill rank, share and the two cuts; return the profit of the last of the best."""
    above, last = 0, None
    for number, place in enumerate(active, start=1):
        ranked.rank[place] = number
        if total > 0:
            share = above * WHOLE // total
            ranked.share[place] = max(0, share)
            if above * WHOLE < shares.best * total:
                ranked.flags[place] |= _BEST
                last = ranked.profit[place]
        above += bought.revenue[place]
    if total > 0:
        _cut_tail(ranked, bought, active, shares.tail * total // WHOLE)
    return last


def _cut_tail(ranked: Ranked, bought: Bought, active: Sequence[int], most: int) -> None:
    """Flag who is of the tail, which makes `most` of the revenue; of equals the last ids first.

    None of the best is; and what somebody gave back makes no room for others.
    """
    below = 0
    for place in sorted(active, key=lambda place: (bought.revenue[place], -place)):
        below += max(0, bought.revenue[place])
        if below > most:
            return
        if not ranked.flags[place] & _BEST:
            ranked.flags[place] |= _TAIL


def _trend(revenue: int, newer: int) -> Ppm:
    """The newer half against the older: WHOLE is all of it new, 0 as much as before."""
    older = max(0, revenue - newer)
    newer = max(0, newer)
    return (newer - older) * WHOLE // (newer + older) if newer + older else 0


def _flag(ranked: Ranked, bought: Bought, cut: int | None, window: Window) -> None:
    began = window.from_us
    for place, profit in enumerate(ranked.profit):
        flags = ranked.flags[place]
        if profit < 0:
            flags |= _LOSS_MAKING
        if bought.first_us[place] < began:
            flags |= _FULL_WINDOW
        if bought.no_rate[place]:
            flags |= _NO_RATE
        if not flags & _BEST and would_rise(
            cut,
            bought.orders[place],
            bought.revenue[place],
            profit,
            bought.newer[place],
            ranked.trend[place],
        ):
            flags |= _RISING
        ranked.flags[place] = flags


def would_rise(
    cut: int | None, orders: int, revenue: int, profit: int, newer: int, trend: Ppm
) -> bool:
    """Would they be one of the best if the whole window were as its newer half?

    `cut`: the profit of the last of the best; None: there are none.
    """
    if cut is None or orders < _LEAST_ORDERS or min(revenue, profit) <= 0:
        return False
    return trend > 0 and profit * 2 * newer >= cut * revenue


def _score(ranked: Ranked, bought: Bought, active: Sequence[int], window: Window) -> None:
    until = window.until_us
    recency = scores([-((until - bought.last_us[place]) // _DAY_US) for place in active])
    frequency = scores([bought.orders[place] for place in active])
    money = scores([bought.revenue[place] for place in active])
    for place, r, f, m in zip(active, recency, frequency, money, strict=True):
        rfm = r * 100 + f * 10 + m
        ranked.rfm[place] = rfm
        ranked.named[place] = _NAMED_PLACES[rfm]


def _totals(ranked: Ranked, bought: Bought, active: Sequence[int], total: int) -> Totals:
    best = [place for place in active if ranked.flags[place] & _BEST]
    tail = [place for place in active if ranked.flags[place] & _TAIL]
    return Totals(
        customers=len(active),
        lapsed=len(bought) - len(active),
        revenue=total,
        profit=sum(ranked.profit[place] for place in active),
        best_count=len(best),
        best_revenue=sum(bought.revenue[place] for place in best),
        tail_count=len(tail),
        tail_revenue=sum(bought.revenue[place] for place in tail),
        tail_top=max((bought.revenue[place] for place in tail), default=0),
        loss_making=sum(1 for flags in ranked.flags if flags & _LOSS_MAKING),
        rising=sum(1 for flags in ranked.flags if flags & _RISING),
        no_rate=sum(bought.no_rate),
    )


_NOTHING = Totals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
# By recency (1 long ago to 5 just now), then by the mean of frequency and money, 1 to 5.
_GRID: tuple[tuple[RfmName, ...], ...] = (
    (RfmName.LOST, RfmName.LOST, RfmName.AT_RISK, RfmName.AT_RISK, RfmName.CANNOT_LOSE),
    (
        RfmName.HIBERNATING,
        RfmName.HIBERNATING,
        RfmName.AT_RISK,
        RfmName.AT_RISK,
        RfmName.CANNOT_LOSE,
    ),
    (
        RfmName.ABOUT_TO_SLEEP,
        RfmName.ABOUT_TO_SLEEP,
        RfmName.NEED_ATTENTION,
        RfmName.LOYAL,
        RfmName.LOYAL,
    ),
    (
        RfmName.PROMISING,
        RfmName.POTENTIAL_LOYAL,
        RfmName.POTENTIAL_LOYAL,
        RfmName.LOYAL,
        RfmName.CHAMPIONS,
    ),
    (
        RfmName.NEW,
        RfmName.POTENTIAL_LOYAL,
        RfmName.POTENTIAL_LOYAL,
        RfmName.CHAMPIONS,
        RfmName.CHAMPIONS,
    ),
)
_NAMED_PLACES = {
    rfm: NAMES.index(named_of(rfm))
    for rfm in (r * 100 + f * 10 + m for r in range(1, 6) for f in range(1, 6) for m in range(1, 6))
}
