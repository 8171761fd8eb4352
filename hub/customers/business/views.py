"""What people and programs are shown of orders, products, repairs, balances and feeds."""

from __future__ import annotations

from datetime import datetime

from hub.web.shapes import View

from .model import CaseKind, CaseState, OrderState


class LineView(View, frozen=True, kw_only=True):
    product_id: str
    product: str  # its name
    quantity: int
    amount_minor: int | None


class OrderView(View, frozen=True, kw_only=True):
    """`decimals`: of the currency's minor unit. `cost_minor` is shown to supervisors only."""

    id: str
    source: str
    external_id: str
    ordered_at: datetime
    amount_minor: int
    currency: str
    decimals: int
    cost_minor: int | None
    state: OrderState
    state_at: datetime
    summary: str | None
    lines: list[LineView]
    cases: list[CaseView]


class CaseView(View, frozen=True, kw_only=True):
    """`order`: its external id, also where the order has not come yet."""

    id: str
    source: str
    external_id: str
    kind: CaseKind
    state: CaseState
    state_at: datetime
    text: str | None
    order_id: str | None
    order: str | None
    product_id: str | None
    product: str | None


class AccountView(View, frozen=True, kw_only=True):
    source: str
    balance_minor: int
    credit_limit_minor: int | None
    credit_hold: bool
    currency: str
    decimals: int
    as_of: datetime


class BalanceView(View, frozen=True, kw_only=True):
    """`credit_hold`: one of the accounts is on hold, so nothing is sold on credit."""

    credit_hold: bool
    accounts: list[AccountView]


class ProductView(View, frozen=True, kw_only=True):
    id: str
    external_id: str
    name: str
    family: str | None
    list_minor: int | None
    currency: str | None
    decimals: int | None
    retired: bool


class CaseCount(View, frozen=True, kw_only=True):
    kind: CaseKind
    state: CaseState
    count: int


class ProductCounts(View, frozen=True, kw_only=True):
    """`orders`, `quantity`: of orders that count as revenue; `open_cases`: not finished."""

    product: ProductView
    orders: int
    quantity: int
    cases: list[CaseCount]
    open_cases: int
    contacts: int


class FeedView(View, frozen=True, kw_only=True):
    """`silent_since`: when its alarm was raised; None while all is well, or nobody minds."""

    source: str
    label_zh: str
    label_en: str
    every_s: int | None
    last_at: datetime | None
    last_rows: int
    silent_since: datetime | None
    has_key: bool


class FeedKey(View, frozen=True, kw_only=True):
    """Shown this once."""

    key: str
