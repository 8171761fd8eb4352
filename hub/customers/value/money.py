"""Money of several currencies and days as one: dated rates of the set-up. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from hub.customers.business.money import decimals_of
from hub.customers.settings import CostRate, ExchangeRate

_MINUTE_US = 60_000_000


def in_units(minor: int, currency: str) -> float:
    """Return an amount in units of its currency, for people and files: 1234 CNY is 12.34."""
    return float(Decimal(minor).scaleb(-decimals_of(currency)))


class Exchange:
    """Turns amounts into the base currency by the rate of their day."""

    def __init__(self, base: str, rates: Iterable[ExchangeRate]) -> None:
        self.base = base
        self._dated: dict[str, tuple[list[date], list[Decimal]]] = {}
        for rate in sorted(rates, key=lambda one: (one.currency, one.valid_from)):
            days, factors = self._dated.setdefault(rate.currency, ([], []))
            days.append(rate.valid_from)
            factors.append(
                Decimal(str(rate.rate)).scaleb(decimals_of(base) - decimals_of(rate.currency))
            )

    def convert(self, minor: int, currency: str, day: date) -> int | None:
        """Return the amount in minor units of the base currency; None: there is no rate."""
        if currency == self.base:
            return minor
        days, factors = self._dated.get(currency, ([], []))
        place = bisect_right(days, day) - 1
        if place < 0:
            return None
        return int((minor * factors[place]).quantize(Decimal(1), ROUND_HALF_EVEN))


class ServingCosts:
    """What contacts cost, by channel and day."""

    def __init__(self, rates: Iterable[CostRate]) -> None:
        self._dated: dict[str, tuple[list[str], list[CostRate]]] = {}
        for rate in sorted(rates, key=lambda one: (one.channel, one.valid_from)):
            days, of_channel = self._dated.setdefault(rate.channel, ([], []))
            days.append(rate.valid_from.isoformat())
            of_channel.append(rate)

    @property
    def are_known(self) -> bool:
        return bool(self._dated)

    def change_after(self, day: str) -> bool:
        """Whether a rate has begun after this day, so that the day of a contact counts."""
        return any(days[-1] > day for days, _ in self._dated.values())

    def cost_us(self, channel: str, day: str, contacts: int, handled_us: int) -> int:
        """Return the cost of so many contacts in millionths of a minute of minor units.

        They are summed and turned into minor units once, by `in_minor`. `day`: "2026-11-28".
        """
        days, rates = self._dated.get(channel, ([], []))
        place = bisect_right(days, day) - 1
        if place < 0:
            return 0
        rate = rates[place]
        return handled_us * rate.per_minute + contacts * rate.per_contact * _MINUTE_US


def in_minor(cost_us: int) -> int:
    """Return what `ServingCosts.cost_us` summed up to, in minor units, to the nearest."""
    return (cost_us + _MINUTE_US // 2) // _MINUTE_US


def margin_of(amount_minor: int, cost_minor: int | None, share: float) -> int:
    """Return the margin of one order; where its cost is not known, `share` of its amount."""
    if cost_minor is not None:
        return amount_minor - cost_minor
    return share_of(amount_minor, share)


def share_of(amount_minor: int, share: float) -> int:
    """Return a share of an amount, exact where it is all of it."""
    if share == 1.0:
        return amount_minor
    return int((amount_minor * Decimal(str(share))).quantize(Decimal(1), ROUND_HALF_EVEN))
