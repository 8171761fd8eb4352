"""Who would move if other rules were in force: by the figures of the newest run, page by page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappush, heappushpop
from typing import Any, NamedTuple

from sqlalchemy import case, func, select

from hub.customers.access import Scope
from hub.customers.rules.features import MAX_CUSTOMERS, FeaturePart, load_features
from hub.customers.rules.model import Features
from hub.customers.tables import customers
from hub.storage import Tx
from hub.storage.bulk import Statement

from .deciding import Decider, Figure
from .engine import would_rise
from .explaining import figure_of
from .model import WHOLE, Flag, Shares
from .moving import OpenComplaints
from .rules import Before, TierRules, Tiers
from .tables import customer_values, tier_runs
from .writing import DONE

PAGE = MAX_CUSTOMERS
SAMPLE = 20
_BEST, _RISING, _TAIL = int(Flag.BEST), int(Flag.RISING), int(Flag.TAIL)


@dataclass(frozen=True, slots=True)
class Trial:
    """Rules that are tried on the figures of the run that ended at `until`; `cut`: the profit of
    the last of the best by these rules. `tail`: revenue and id of the top one of the tail.
    """

    rules: TierRules
    tiers: Tiers
    until: datetime
    cut: int | None
    tail: tuple[int, str] | None
    complaints: OpenComplaints
    parts: Sequence[FeaturePart]


class Mover(NamedTuple):
    """Somebody who would move; `profit` and the id order the sample, the largest first."""

    profit: int
    customer_id: str
    before: str
    after: str


@dataclass(slots=True)
class Counts:
    """`tiers`: how many would have each tier; `moves`: (from, to) and how many."""

    customers: int = 0
    tiers: Counter[str] = field(default_factory=Counter)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    stands: int = 0  # would have another tier by the rules, but theirs stands
    held_back: int = 0
    sample: list[Mover] = field(default_factory=list)
    after: str | None = ""

    def add(self, other: Counts) -> None:
        """Add those of the next page."""
        self.customers += other.customers
        self.tiers += other.tiers
        self.moves += other.moves
        self.stands += other.stands
        self.held_back += other.held_back
        for one in other.sample:
            self.keep(one)
        self.after = other.after

    def keep(self, one: Mover) -> None:
        """Keep the largest of those who would move."""
        if len(self.sample) < SAMPLE:
            heappush(self.sample, one)
        else:
            heappushpop(self.sample, one)


class NewTrial(NamedTuple):
    rules: TierRules
    tiers: Tiers
    complaints: OpenComplaints
    parts: Sequence[FeaturePart]


def begin_trial(tx: Tx, new: NewTrial) -> Trial | None:
    """Return what a preview goes by; None before the first run: there are no figures yet."""
    until = tx.execute(
        select(tier_runs.c.window_until)
        .where(tier_runs.c.state == DONE)
        .order_by(tier_runs.c.at.desc(), tier_runs.c.id.desc())
        .limit(1)
    ).scalar()
    if until is None:
        return None
    values = customer_values.c
    cut = tx.execute(
        select(values.profit_minor)
        .where(values.share_ppm < new.rules.shares.best)
        .order_by(values.rank.desc())
        .limit(1)
    ).scalar()
    tail = _top_of_tail(tx, new.rules.shares)
    return Trial(new.rules, new.tiers, until, cut, tail, new.complaints, new.parts)


def _top_of_tail(tx: Tx, shares: Shares) -> tuple[int, str] | None:
    """Cut the tail as engine.rank does; None: there is none."""
    values = customer_values.c
    active = values.rank.is_not(None)
    total = int(tx.execute(select(func.sum(values.revenue_minor)).where(active)).scalar() or 0)
    if total <= 0:
        return None
    gains = case((values.revenue_minor > 0, values.revenue_minor), else_=0)
    order = (values.revenue_minor, values.customer_id.desc())
    below = func.sum(gains).over(order_by=order, rows=(None, 0)).label("below")
    found = select(values.revenue_minor, values.customer_id, below).where(active).subquery()
    row = tx.execute(
        select(found.c.revenue_minor, found.c.customer_id)
        .where(found.c.below <= shares.tail * total // WHOLE)
        .order_by(found.c.revenue_minor.desc(), found.c.customer_id)
        .limit(1)
    ).first()
    return None if row is None else (row.revenue_minor, row.customer_id)


async def preview(read: Callable[[tuple[Trial, str]], Awaitable[Counts]], trial: Trial) -> Counts:
    """Try rules on everybody; `read` reads a page (preview_page in a transaction of its own)."""
    total = Counts()
    while total.after is not None:
        total.add(await read((trial, total.after)))
    return total


def preview_page(tx: Tx, asked: tuple[Trial, str]) -> Counts:
    """Say who of the next PAGE customers, after the id given, would move."""
    trial, after = asked
    decider = Decider(trial.rules, trial.tiers, trial.until)
    rows = _PAGE(tx, (), after=after, page=PAGE)
    known: dict[str, Features] = {}
    if decider.reads_more:
        known = load_features(tx, [row.customer_id for row in rows], trial.parts)
    found = Counts(customers=len(rows), after=rows[-1].customer_id if len(rows) == PAGE else None)
    movers: list[Mover] = []
    for row in rows:
        before = Before(row.tier, row.tier_source, row.computed_tier)
        figure = _recut(figure_of(row), row, trial)
        decision = decider.decide(figure, before, known.get(row.customer_id))
        found.stands += decision.tier == row.tier != decision.computed
        if decision.tier != row.tier:
            movers.append(Mover(figure.profit, row.customer_id, row.tier, decision.tier))
        found.tiers[decision.tier] += 1
    _hold_back(tx, trial, found, movers)
    return found


def sample_of(tx: Tx, asked: tuple[Scope, Sequence[Mover]]) -> list[tuple[Mover, str | None]]:
    """Return those of a sample whom the reader may see, with their names, the largest first."""
    scope, movers = asked
    ids = [one.customer_id for one in movers]
    rows = tx.execute(
        select(customers.c.id, customers.c.name).where(customers.c.id.in_(ids), scope.customers())
    )
    names = {row.id: row.name for row in rows}
    seen = [(one, names[one.customer_id]) for one in movers if one.customer_id in names]
    return sorted(seen, key=lambda one: (-one[0].profit, one[0].customer_id))


def _hold_back(tx: Tx, trial: Trial, found: Counts, movers: Sequence[Mover]) -> None:
    lower = [one.customer_id for one in movers if trial.tiers.is_lower(one.after, one.before)]
    held = set(trial.complaints(tx, lower)) if lower else set()
    for one in movers:
        if one.customer_id in held and trial.tiers.is_lower(one.after, one.before):
            found.held_back += 1
            found.tiers[one.after] -= 1
            found.tiers[one.before] += 1
            continue
        found.moves[one.before, one.after] += 1
        found.keep(one)


def _is_tail(revenue: int, customer_id: str, top: tuple[int, str] | None) -> bool:
    if top is None:
        return False
    return revenue < top[0] or (revenue == top[0] and customer_id >= top[1])


def _recut(figure: Figure, row: Any, trial: Trial) -> Figure:
    """Return the figures with the cuts where the rules that are tried have them."""
    shares: Shares = trial.rules.shares
    flags = figure.flags & ~(_BEST | _RISING | _TAIL)
    if row.share_ppm is not None:
        if row.share_ppm < shares.best:
            flags |= _BEST
        elif _is_tail(figure.revenue, row.customer_id, trial.tail):
            flags |= _TAIL
    one = (figure.orders, figure.revenue, figure.profit, row.newer_minor, figure.trend)
    if not flags & _BEST and would_rise(trial.cut, *one):
        flags |= _RISING
    return figure._replace(flags=flags)


_PAGE = Statement("""
SELECT v.customer_id, v.orders, v.revenue_minor, v.profit_minor, v.newer_minor, v.last_at,
  v.named_segment, v.flags, v.share_ppm, v.trend_ppm, v.computed_tier,
  COALESCE(c.own_tier, c.tier) AS tier, c.tier_source
FROM customer_values v JOIN customers c ON c.id = v.customer_id
WHERE v.customer_id > :after AND c.merged_into_id IS NULL
ORDER BY v.customer_id LIMIT {integer :page}
""")
