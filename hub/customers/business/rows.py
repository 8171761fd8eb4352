"""Checked rows of the business's own systems, however they came. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .model import CaseKind, CaseState, OrderState

MAX_ID = 120
MAX_CUSTOMER_ID = 200
MAX_NAME = 200
MAX_FAMILY = 120
MAX_TEXT = 4_000
MAX_LINES = 200
MAX_KIND = 64
MAX_LICENCE = 120
MAX_URL = 500
MOST_QUANTITY = 10**6
MOST_REVISION = 10**15


@dataclass(frozen=True, slots=True)
class Version:
    """Which of two statements about one thing is the later one: the higher revision, then the later
    time. Neither: it is how things are now, and comes after whatever was said before.
    """

    revision: int | None = None
    state_at: datetime | None = None

    @property
    def is_stamped(self) -> bool:
        return self.revision is not None or self.state_at is not None


NOW = Version()


@dataclass(frozen=True, slots=True)
class Line:
    """`product`: its external id. Amounts are those of the whole line, in minor units."""

    product: str
    quantity: int = 1
    amount_minor: int | None = None
    cost_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """`customer`: their external id. None: not said (see versions.settle)."""

    external_id: str
    customer: str
    ordered_at: datetime
    amount_minor: int
    currency: str
    cost_minor: int | None = None
    state: OrderState | None = None
    lines: tuple[Line, ...] | None = None
    version: Version = NOW


@dataclass(frozen=True, slots=True)
class Product:
    external_id: str
    name: str | None = None
    family: str | None = None
    list_minor: int | None = None
    currency: str | None = None
    retired: bool | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A defect or a repair. `order`, `product`: their external ids; the order is of one source."""

    external_id: str
    customer: str
    kind: CaseKind
    state: CaseState
    order: str | None = None
    product: str | None = None
    text: str | None = None
    version: Version = NOW


@dataclass(frozen=True, slots=True)
class Fact:
    """What somebody else knows of a customer. `competitor`: whom it is about, by key or name;
    `learned_at` None: now.
    """

    external_id: str
    customer: str
    kind: str
    text: str
    licence: str | None = None
    url: str | None = None
    competitor: str | None = None
    learned_at: datetime | None = None
    expires_at: datetime | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Balance:
    """`balance_minor` above 0: they owe us. `as_of` None: now."""

    customer: str
    balance_minor: int
    currency: str
    credit_limit_minor: int | None = None
    credit_hold: bool = False
    as_of: datetime | None = None
