"""Prices that were promised, and two that cannot both be true. Pure.

A quote stands until it is withdrawn or no longer valid, also after it was handed over.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

MAX_PRICE_MINOR = 10**15


@dataclass(frozen=True, slots=True)
class Quote:
    """What one customer was told: money in minor units of `currency`, `valid_until` UTC or None
    (no end was named).
    """

    id: str
    product_id: str | None
    product_name: str | None
    price_minor: int
    currency: str
    valid_until: datetime | None


def name_key(name: str | None) -> str:
    """Return a product's name as names are compared: width, case and blanks do not count."""
    return "".join(unicodedata.normalize("NFKC", name or "").casefold().split())


def is_same_product(one: Quote, other: Quote) -> bool:
    """Say whether two quotes are about one product: by id where both have one, else by name."""
    if one.product_id and other.product_id:
        return one.product_id == other.product_id
    key = name_key(one.product_name)
    return bool(key) and key == name_key(other.product_name)


def price_conflicts(new: Quote, standing: Sequence[Quote], now: datetime) -> list[str]:
    """Return the ids of the quotes that name another price for the same product and still hold.

    Another currency is another price: nobody knows which of the two counts.
    """
    return [
        other.id
        for other in standing
        if other.id != new.id
        and is_same_product(new, other)
        and (other.price_minor, other.currency) != (new.price_minor, new.currency)
        and (other.valid_until is None or other.valid_until > now)
    ]
