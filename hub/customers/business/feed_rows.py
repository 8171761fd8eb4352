"""What systems send: the shapes of their rows, and each checked. Pure; nothing here raises.

Amounts are whole numbers of minor units, so no program has to write a fraction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta, Raw

from hub.customers.imports.model import Reason
from hub.web.shapes import Body

from . import check
from .balances import PutBalances, put_balances
from .cases import PutCases, put_cases
from .facts import PutFacts, put_facts
from .model import CaseKind
from .money import MOST_MINOR, check_currency, too_large
from .orders import Put, PutDone, PutOrders, put_orders
from .products import put_products
from .rows import (
    MAX_FAMILY,
    MAX_KIND,
    MAX_LICENCE,
    MAX_LINES,
    MAX_NAME,
    MAX_TEXT,
    MOST_QUANTITY,
    MOST_REVISION,
    Balance,
    Case,
    Fact,
    Line,
    Order,
    Product,
)

B = TypeVar("B", bound=Body)
R = TypeVar("R")
Refused = tuple[Reason, ...]

Minor = Annotated[int, Meta(description="minor units: 1250 is 12.50 CNY, 1250 JPY, 1.250 KWD")]
Moment = Annotated[str, Meta(description="ISO date or date-time; without zone that of the set-up")]
Quantity = Annotated[int, Meta(ge=1, le=MOST_QUANTITY)]
Revision = Annotated[int, Meta(ge=0, le=MOST_REVISION)]


class LineBody(Body, frozen=True, kw_only=True):
    """`product`: its external id. Amounts are those of the whole line."""

    product: str
    quantity: Quantity = 1
    amount_minor: Minor | None = None
    cost_minor: Minor | None = None


class OrderBody(Body, frozen=True, kw_only=True):
    """An order. With `revision` or `state_at` the row is whole, and counts if none later is known;
    without either it is how things are now, and what it leaves out stays.
    """

    external_id: str
    customer_external_id: str
    ordered_at: Moment
    amount_minor: Minor
    currency: str
    cost_minor: Minor | None = None
    state: str | None = None
    state_at: Moment | None = None
    revision: Revision | None = None
    lines: Annotated[list[LineBody], Meta(max_length=MAX_LINES)] | None = None


class ProductBody(Body, frozen=True, kw_only=True):
    external_id: str
    name: str | None = None
    family: str | None = None
    list_minor: Annotated[int, Meta(ge=0)] | None = None
    currency: str | None = None
    retired: bool | None = None


class BalanceBody(Body, frozen=True, kw_only=True):
    """What a customer owes (above 0: they owe us). `as_of`: by default now."""

    customer_external_id: str
    balance_minor: Minor
    currency: str
    credit_limit_minor: Minor | None = None
    credit_hold: bool = False
    as_of: Moment | None = None


class CaseBody(Body, frozen=True, kw_only=True):
    """A defect or a repair; `order`, `product`: their external ids. Versions as of an order."""

    external_id: str
    customer_external_id: str
    kind: CaseKind
    state: str
    order: str | None = None
    product: str | None = None
    text: str | None = None
    state_at: Moment | None = None
    revision: Revision | None = None


class FactBody(Body, frozen=True, kw_only=True):
    """Secondary data: what others know. `url`, `licence`: where it is from, and what may be done
    with it. `competitor`: whom it is about, by its key or one of its names in the set-up.
    """

    external_id: str
    customer_external_id: str
    kind: str
    text: str
    licence: str | None = None
    url: str | None = None
    competitor: str | None = None
    learned_at: Moment | None = None
    expires_at: Moment | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class FeedKind(Generic[R]):
    """One kind of rows. `read` decodes and checks one by the clock of a zone; `put` keeps many."""

    name: str
    read: Callable[[Raw, str], R | Refused]
    put: Callable[[Any, str, list[R], Callable[[Any], str]], PutDone]  # Any: a Tx


def _order(row: OrderBody, zone: str) -> Order | Refused:
    checks = check.Checks()
    moment = partial(check.check_time, zone=zone)
    order_id = checks.take(check.check_id(row.external_id, "external_id"))
    customer = checks.take(check.check_customer(row.customer_external_id))
    ordered_at = checks.take(moment(row.ordered_at, column="ordered_at"))
    currency = checks.take(check_currency(row.currency))
    amount = checks.take(_amount(row.amount_minor, "amount_minor"))
    cost = _maybe_amount(checks, row.cost_minor, "cost_minor")
    state = checks.maybe(row.state, check.check_state)
    state_at = checks.maybe(row.state_at, partial(moment, column="state_at"))
    lines = None if row.lines is None else tuple(_line(checks, line) for line in row.lines)
    checks.take(check.check_sign(row.amount_minor, state) or 0)
    for one in (row.cost_minor, *(line.cost_minor for line in row.lines or ())):
        checks.take(check.check_cost(one, row.amount_minor, "cost_minor") or 0)
    if checks.reasons or not (order_id and customer and ordered_at and currency):
        return tuple(checks.reasons)
    return Order(
        external_id=order_id,
        customer=customer,
        ordered_at=ordered_at,
        amount_minor=amount or 0,
        currency=currency,
        cost_minor=cost,
        state=state,
        lines=lines,
        version=check.version_of(row.revision, state_at),
    )


def _line(checks: check.Checks, line: LineBody) -> Line:
    return Line(
        checks.take(check.check_id(line.product, "product")) or "",
        line.quantity,
        _maybe_amount(checks, line.amount_minor, "amount_minor"),
        _maybe_amount(checks, line.cost_minor, "cost_minor"),
    )


def _product(row: ProductBody, _zone: str) -> Product | Refused:
    checks = check.Checks()
    product_id = checks.take(check.check_id(row.external_id, "external_id"))
    if row.list_minor is not None and row.currency is None:
        checks.reasons.append(
            Reason("currency.missing", "A price needs its `currency`.", "currency")
        )
    product = Product(
        external_id=product_id or "",
        name=checks.maybe(row.name, lambda text: check.check_text(text, "name", MAX_NAME)),
        family=checks.maybe(row.family, lambda text: check.check_text(text, "family", MAX_FAMILY)),
        list_minor=_maybe_amount(checks, row.list_minor, "list_minor"),
        currency=checks.maybe(row.currency, check_currency),
        retired=row.retired,
    )
    return tuple(checks.reasons) or product


def _balance(row: BalanceBody, zone: str) -> Balance | Refused:
    checks = check.Checks()
    balance = Balance(
        customer=checks.take(check.check_customer(row.customer_external_id)) or "",
        balance_minor=checks.take(_amount(row.balance_minor, "balance_minor")) or 0,
        currency=checks.take(check_currency(row.currency)) or "",
        credit_limit_minor=_maybe_amount(checks, row.credit_limit_minor, "credit_limit_minor"),
        credit_hold=row.credit_hold,
        as_of=checks.maybe(row.as_of, partial(check.check_time, zone=zone, column="as_of")),
    )
    return tuple(checks.reasons) or balance


def _case(row: CaseBody, zone: str) -> Case | Refused:
    checks = check.Checks()
    moment = partial(check.check_time, zone=zone)
    case_id = checks.take(check.check_id(row.external_id, "external_id"))
    customer = checks.take(check.check_customer(row.customer_external_id))
    state = checks.take(check.check_case_state(row.state))
    order = checks.maybe(row.order, partial(check.check_id, column="order"))
    product = checks.maybe(row.product, partial(check.check_id, column="product"))
    text = checks.maybe(row.text, lambda text: check.check_text(text, "text", MAX_TEXT))
    state_at = checks.maybe(row.state_at, partial(moment, column="state_at"))
    if checks.reasons or not (case_id and customer and state):
        return tuple(checks.reasons)
    version = check.version_of(row.revision, state_at)
    return Case(case_id, customer, row.kind, state, order, product, text, version)


def _fact(row: FactBody, zone: str) -> Fact | Refused:
    checks = check.Checks()
    moment = partial(check.check_time, zone=zone)

    def line(name: str, limit: int) -> Callable[[str], str | Reason]:
        return lambda text: check.check_text(text, name, limit)

    fact = Fact(
        external_id=checks.take(check.check_id(row.external_id, "external_id")) or "",
        customer=checks.take(check.check_customer(row.customer_external_id)) or "",
        kind=checks.take(check.check_id(row.kind, "kind", MAX_KIND)) or "",
        text=checks.take(check.check_id(row.text, "text", MAX_TEXT)) or "",
        licence=checks.maybe(row.licence, line("licence", MAX_LICENCE)),
        url=checks.maybe(row.url, check.check_url),
        competitor=checks.maybe(row.competitor, line("competitor", MAX_NAME)),
        learned_at=checks.maybe(row.learned_at, partial(moment, column="learned_at")),
        expires_at=checks.maybe(row.expires_at, partial(moment, column="expires_at")),
        withdrawn=row.withdrawn,
    )
    return tuple(checks.reasons) or fact


def _amount(minor: int, column: str) -> int | Reason:
    return minor if abs(minor) <= MOST_MINOR else too_large(str(minor), column)


def _maybe_amount(checks: check.Checks, minor: int | None, column: str) -> int | None:
    return None if minor is None else checks.take(_amount(minor, column))


def reader(
    kind: type[B], checked: Callable[[B, str], R | Refused]
) -> Callable[[Raw, str], R | Refused]:
    decoder = msgspec.json.Decoder(kind)

    def read(raw: Raw, zone: str) -> R | Refused:
        try:
            row = decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return (Reason("row.malformed", str(error)[:200]),)
        return checked(row, zone)

    return read


def _put_products(tx: Any, source: str, rows: list[Product], _tier: object) -> PutDone:
    return PutDone([Put(*found) for found in put_products(tx, source, rows)], 0)


ORDERS = FeedKind(
    "orders",
    reader(OrderBody, _order),
    lambda tx, source, rows, tier: put_orders(tx, PutOrders(source, rows, tier)),
)
PRODUCTS = FeedKind("products", reader(ProductBody, _product), _put_products)
BALANCES = FeedKind(
    "balances",
    reader(BalanceBody, _balance),
    lambda tx, source, rows, tier: put_balances(tx, PutBalances(source, rows, tier)),
)
CASES = FeedKind(
    "cases",
    reader(CaseBody, _case),
    lambda tx, source, rows, tier: put_cases(tx, PutCases(source, rows, tier)),
)
FACTS = FeedKind(
    "facts",
    reader(FactBody, _fact),
    lambda tx, source, rows, tier: put_facts(tx, PutFacts(source, rows, tier)),
)
FEED_KINDS: dict[str, FeedKind[Any]] = {
    kind.name: kind for kind in (PRODUCTS, ORDERS, BALANCES, CASES, FACTS)
}
"""In the order in which one delivery of several kinds is kept."""
