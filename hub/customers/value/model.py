"""Words of what a customer is worth. Pure: no I/O, no clock. Money is in minor units."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import IntFlag, StrEnum
from zoneinfo import ZoneInfo

Ppm = int
"""Parts of a million: shares are kept and compared as whole numbers."""
WHOLE: Ppm = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNKNOWN = -1
"""In a column of ranks and shares: this customer has none."""


class Flag(IntFlag):
    """What the run found of a customer, as one number. Never shown to agents."""

    BEST = 1  # one of the first-ranked who together make `best_share` of the revenue
    RISING = 2  # not yet, but would be at the pace of the newer half of the window
    TAIL = 4  # one of those of least revenue who together make `tail_share` of it
    LOSS_MAKING = 8  # costs more than they bring
    FULL_WINDOW = 16  # bought for the first time before the window began
    NO_RATE = 32  # has orders in a currency without an exchange rate: those are not counted


class RfmName(StrEnum):
    """Who buys how recently, how often, for how much, in a word (RFM)."""

    CHAMPIONS = "champions"
    LOYAL = "loyal"
    POTENTIAL_LOYAL = "potential_loyal"
    NEW = "new"
    PROMISING = "promising"
    NEED_ATTENTION = "need_attention"
    ABOUT_TO_SLEEP = "about_to_sleep"
    AT_RISK = "at_risk"
    CANNOT_LOSE = "cannot_lose"
    HIBERNATING = "hibernating"
    LOST = "lost"


NAMES: tuple[RfmName, ...] = tuple(RfmName)


@dataclass(frozen=True, slots=True)
class Window:
    """Orders in `[from_, until)` count; `middle` parts the older from the newer half (UTC)."""

    from_: datetime
    until: datetime
    days: int

    @property
    def middle(self) -> datetime:
        return self.from_ + (self.until - self.from_) / 2

    @property
    def from_us(self) -> int:
        return (self.from_ - _EPOCH) // timedelta(microseconds=1)

    @property
    def until_us(self) -> int:
        return (self.until - _EPOCH) // timedelta(microseconds=1)


def window_at(at: date | datetime, days: int, zone: str) -> Window:
    """Return what a run looks at.

    `at` a day: that day in `zone` and the `days` days before it. A moment (aware): the `days` days
    before that moment.
    """
    clock = ZoneInfo(zone)
    if isinstance(at, datetime):
        return Window(at - timedelta(days=days), at, days)
    until = datetime.combine(at + timedelta(days=1), time(), clock)
    from_ = datetime.combine(at - timedelta(days=days), time(), clock)
    return Window(from_.astimezone(UTC), until.astimezone(UTC), days)


def _numbers() -> array[int]:
    return array("q")


@dataclass(slots=True)
class Bought:
    """What customers bought and cost, a column for each figure: a million of them fit in memory.

    Everything is of the window but `first_us` and `last_us`, the first and the last order ever
    (microseconds of UTC), and `ever`, `ever_minor` (in the base currency). `newer` is the revenue
    of the newer half. `orders` 0: bought only before.
    """

    ids: list[str] = field(default_factory=list)
    orders: array[int] = field(default_factory=_numbers)
    revenue: array[int] = field(default_factory=_numbers)
    margin: array[int] = field(default_factory=_numbers)
    cost: array[int] = field(default_factory=_numbers)
    newer: array[int] = field(default_factory=_numbers)
    first_us: array[int] = field(default_factory=_numbers)
    last_us: array[int] = field(default_factory=_numbers)
    no_rate: array[int] = field(default_factory=_numbers)  # orders that no rate is known for
    ever: array[int] = field(default_factory=_numbers)  # orders since the first
    ever_minor: array[int] = field(default_factory=_numbers)  # their amounts

    def columns(self) -> tuple[array[int], ...]:
        return (
            self.orders,
            self.revenue,
            self.margin,
            self.cost,
            self.newer,
            self.first_us,
            self.last_us,
            self.no_rate,
            self.ever,
            self.ever_minor,
        )

    def add(self, customer_id: str, figures: tuple[int, ...]) -> None:
        """Append a customer; `figures` in the order of `columns`."""
        self.ids.append(customer_id)
        for column, figure in zip(self.columns(), figures, strict=True):
            column.append(figure)

    def in_order(self) -> Bought:
        """Return the same customers by ascending id, which is what ties are settled by."""
        places = sorted(range(len(self.ids)), key=self.ids.__getitem__)
        if all(place == at for at, place in enumerate(places)):
            return self
        return Bought(
            [self.ids[place] for place in places],
            *(array("q", [column[place] for place in places]) for column in self.columns()),
        )

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Shares:
    """Where the cuts are: the best make `best` of the revenue, the tail at most `tail`."""

    best: Ppm = 800_000
    tail: Ppm = 10_000


@dataclass(slots=True)
class Ranked:
    """What `engine.rank` found, in the order of `Bought.ids`; UNKNOWN where there is no such thing.

    `rank` 1 is worth most. `share` is what those above make of the revenue, `trend` the newer half
    against the older: -WHOLE to WHOLE. `rfm` 345: recency 3, frequency 4, money 5. `named` is a
    place in NAMES.
    """

    profit: array[int]
    rank: array[int]
    share: array[int]
    trend: array[int]
    rfm: array[int]
    named: array[int]
    flags: array[int]
    totals: Totals


@dataclass(frozen=True, slots=True)
class Totals:
    """Of those who bought in the window; `lapsed` did before only, `loss_making` is of both."""

    customers: int
    lapsed: int
    revenue: int
    profit: int
    best_count: int
    best_revenue: int
    tail_count: int
    tail_revenue: int
    tail_top: int
    loss_making: int
    rising: int
    no_rate: int
