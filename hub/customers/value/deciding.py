"""What the rules make of everybody's figures: one pass in memory."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast

from hub.customers.rules.model import Features
from hub.customers.rules.model import Value as Known
from hub.storage.types import from_micros

from .figures import Figures
from .model import NAMES, UNKNOWN, WHOLE, Flag, Ranked
from .rules import Before, Decision, TierRules, Tiers, tier_of

VALUE_FIELDS = frozenset(
    {
        "orders",
        "revenue",
        "profit",
        "last_order",
        "named_segment",
        "best",
        "rising",
        "tail",
        "loss_making",
        "full_window",
        "share_above",
        "trend",
    }
)
"""What a run itself knows of a customer; other fields of rules are read for it."""


class Figure(NamedTuple):
    """One customer's figures, as rules and people ask for them. None: bought nothing lately."""

    orders: int
    revenue: int
    profit: int
    last_us: int
    named: int
    flags: int
    share: int
    trend: int


# Plain numbers: a member of an enumeration costs a microsecond each time.
_BEST, _RISING, _TAIL = int(Flag.BEST), int(Flag.RISING), int(Flag.TAIL)
_LOSS_MAKING, _FULL_WINDOW = int(Flag.LOSS_MAKING), int(Flag.FULL_WINDOW)
Ask = Callable[[Figure], Known]
_ASKS: Mapping[str, Ask] = {
    "orders": lambda one: one.orders,
    "revenue": lambda one: one.revenue,
    "profit": lambda one: one.profit,
    "last_order": lambda one: from_micros(one.last_us),
    "named_segment": lambda one: NAMES[one.named].value,
    "best": lambda one: bool(one.flags & _BEST),
    "rising": lambda one: bool(one.flags & _RISING),
    "tail": lambda one: bool(one.flags & _TAIL),
    "loss_making": lambda one: bool(one.flags & _LOSS_MAKING),
    "share_above": lambda one: None if one.share == UNKNOWN else one.share / WHOLE,
    "trend": lambda one: one.trend / WHOLE,
}


@dataclass(slots=True)
class Decisions:
    """`computed` of everybody, in the order of figures; `moves`: who has another tier than now."""

    computed: list[str]
    moves: list[tuple[int, Decision]]


INPUTS = (
    "revenue_minor",
    "margin_minor",
    "cost_minor",
    "profit_minor",
    "newer_minor",
    "trend_ppm",
    "rank",
    "share_ppm",
    "orders",
    "first_us",
    "last_us",
    "rfm",
    "named_segment",
    "computed_tier",
    "flags",
    "clv_minor",
)
"""What is kept of a customer's figures, and of what moved them."""


@dataclass(frozen=True, slots=True)
class Found:
    """All that a run computed. `computed`: the tier of each customer by the rules alone.

    `clv`: what they are expected to bring, where that is asked for.
    """

    figures: Figures
    ranked: Ranked
    computed: Sequence[str]
    clv: Sequence[int] | None = None

    def cells(self, place: int) -> tuple[Any, ...]:
        """Return what is stored of one customer, in the order of INPUTS."""
        bought, ranked = self.figures.bought, self.ranked
        return (
            bought.revenue[place],
            bought.margin[place],
            bought.cost[place],
            ranked.profit[place],
            bought.newer[place],
            ranked.trend[place],
            _known(ranked.rank[place]),
            _known(ranked.share[place]),
            bought.orders[place],
            bought.first_us[place],
            bought.last_us[place],
            _known(ranked.rfm[place]),
            NAMES[ranked.named[place]].value,
            self.computed[place],
            ranked.flags[place],
            None if self.clv is None else _known(self.clv[place]),
        )


class _Asked:
    """What rules ask of one customer: the fields of Features, only those that are asked for.

    A million Features take longer to make than to judge.
    """

    full_window: bool

    def __getattr__(self, name: str) -> None:
        return None


class Decider:
    """Decides by one version of the rules. `now`: what "so many days ago" is counted from."""

    def __init__(self, rules: TierRules, tiers: Tiers, now: datetime) -> None:
        self.rules = rules
        self.tiers = tiers
        self.now = now
        asked = rules.fields()
        self._asks = [(name, ask) for name, ask in _ASKS.items() if name in asked]
        self.reads_more = frozenset(asked - VALUE_FIELDS)

    def decide(self, one: Figure, before: Before, more: Features | None = None) -> Decision:
        """Decide about one customer; `more`: what is known of them besides the figures."""
        asked = _Asked()
        if more is not None:
            for name in self.reads_more:
                setattr(asked, name, getattr(more, name))
        for name, ask in self._asks:
            setattr(asked, name, ask(one))
        asked.full_window = bool(one.flags & _FULL_WINDOW)
        return tier_of(cast("Features", asked), self.rules, self.tiers, before, self.now)

    def decide_all(
        self, figures: Figures, ranked: Ranked, more: Mapping[str, Features] | None = None
    ) -> Decisions:
        """Decide about everybody who is in `figures`."""
        bought = figures.bought
        columns = (
            bought.orders,
            bought.revenue,
            ranked.profit,
            bought.last_us,
            ranked.named,
            ranked.flags,
            ranked.share,
            ranked.trend,
        )
        computed: list[str] = []
        moves: list[tuple[int, Decision]] = []
        for place, (before, figure) in enumerate(
            zip(figures.before, map(Figure._make, zip(*columns, strict=True)), strict=True)
        ):
            known = None if more is None else more.get(bought.ids[place])
            found = self.decide(figure, before, known)
            computed.append(found.computed)
            if found.tier != before.tier:
                moves.append((place, found))
        return Decisions(computed, moves)


def _known(figure: int) -> int | None:
    return None if figure == UNKNOWN else figure


def count_tiers(figures: Figures, moves: Sequence[tuple[int, Decision]]) -> dict[str, int]:
    """Return how many customers have each tier once these have moved."""
    moved = {place: found.tier for place, found in moves}
    counts = Counter(moved.get(place, before.tier) for place, before in enumerate(figures.before))
    return dict(sorted(counts.items()))


def count_named(found: Found) -> dict[str, int]:
    """Return how many of those who bought in the window are called what (RFM)."""
    counts = Counter(
        NAMES[named].value
        for named, place in zip(found.ranked.named, found.ranked.rank, strict=True)
        if place != UNKNOWN
    )
    return dict(sorted(counts.items()))


def numbers_of(words: list[str]) -> array[int]:
    """Return a column that is the same exactly where the words are: for a digest."""
    known: dict[str, int] = {word: at for at, word in enumerate(sorted(set(words)))}
    return array("q", [known[word] for word in words])
