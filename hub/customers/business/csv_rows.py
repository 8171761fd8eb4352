"""Kinds of rows that come in CSV files: what their columns are, how a row is checked and kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, NamedTuple, Protocol, TypeVar

from hub.customers.identify import DefaultTier
from hub.customers.imports.model import Reason
from hub.customers.imports.of_orders import AMOUNT, ORDERED_AT
from hub.storage import Tx

from . import check
from .money import check_currency, parse_amount
from .orders import PutOrders, plan_orders, put_orders
from .people import unknown_customers
from .products import plan_products, put_products
from .rows import MAX_FAMILY, MAX_NAME, MOST_QUANTITY, Line, Order, Product
from .versions import RowOutcome

R = TypeVar("R")
ANY_CURRENCY = "CLF"  # where it is wrong: with the most decimals, so figures are looked at too
Cells = Mapping[str, str]
"""What is in the cells of a row that are not empty, by column."""


class Piece(NamedTuple, Generic[R]):
    """Rows that are written in one transaction."""

    source: str
    rows: Sequence[R]
    default_tier: DefaultTier


class Written(NamedTuple):
    """What came of each row, `refused` where its customer was erased; external ids of customers
    who were not known.
    """

    outcomes: list[RowOutcome]
    made_customers: int = 0
    unknown: Collection[str] = ()


class RowKind(Protocol[R]):
    """`headers`: the words people write for each column; `required` have to be there."""

    @property
    def name(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def required(self) -> tuple[str, ...]: ...

    def read(self, cells: Cells) -> R | tuple[Reason, ...]:
        """Check a row."""

    def key(self, row: R) -> str | None:
        """Return what a file says only once; None where a row may come again."""

    def plan(self, tx: Tx, piece: Piece[R]) -> Written:
        """Say what would come of rows; nothing is written."""

    def write(self, tx: Tx, piece: Piece[R]) -> Written:
        """Keep rows."""


CUSTOMER_WORDS = """客户编号 客户编码 客户号 客户id 会员号 会员编号
    customerexternalid customerid customerno customernumber customer memberid"""
_ID = "订单编号 订单号 单号 编号 externalid id orderid orderno ordernumber order"


@dataclass(frozen=True, slots=True)
class OrderRows:
    """`zone`: whose clock times without an offset are by."""

    zone: str
    name: str = "orders"
    required: tuple[str, ...] = (
        "external_id",
        "customer_external_id",
        "ordered_at",
        "amount",
        "currency",
    )
    headers: Mapping[str, str] = field(
        default_factory=lambda: {
            "external_id": _ID,
            "customer_external_id": CUSTOMER_WORDS,
            "ordered_at": ORDERED_AT,
            "amount": AMOUNT,
            "currency": "币种 货币 currency currencycode",
            "cost": "成本 成本价 订单成本 cost costs ordercost",
            "state": "状态 订单状态 state status orderstatus",
            "state_at": "状态时间 更新时间 stateat updatedat statusat",
            "revision": "版本 版本号 revision version",
            "product": "产品编号 商品编号 产品 商品 sku product productid productexternalid",
            "quantity": "数量 件数 quantity qty",
        }
    )

    def read(self, cells: Cells) -> Order | tuple[Reason, ...]:
        checks = check.Checks()
        currency = checks.take(check_currency(cells.get("currency", "")))
        money = currency or ANY_CURRENCY
        moment = partial(check.check_time, zone=self.zone)
        order_id = checks.take(check.check_id(cells.get("external_id"), "external_id"))
        customer = checks.take(check.check_customer(cells.get("customer_external_id")))
        ordered_at = checks.take(moment(cells.get("ordered_at", ""), column="ordered_at"))
        amount = checks.take(parse_amount(cells.get("amount", ""), money))
        cost = checks.maybe(cells.get("cost"), lambda text: parse_amount(text, money, "cost"))
        state = checks.maybe(cells.get("state"), check.check_state)
        state_at = checks.maybe(cells.get("state_at"), partial(moment, column="state_at"))
        revision = checks.maybe(cells.get("revision"), check.check_revision)
        lines = self._lines(cells, checks)
        if amount is not None:
            checks.take(check.check_sign(amount, state) or amount)
            checks.take(check.check_cost(cost, amount) or amount)
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
            version=check.version_of(revision, state_at),
        )

    def _lines(self, cells: Cells, checks: check.Checks) -> tuple[Line, ...] | None:
        product = checks.maybe(cells.get("product"), lambda text: check.check_id(text, "product"))
        quantity = checks.maybe(cells.get("quantity"), check_quantity)
        return None if product is None else (Line(product, quantity or 1),)

    def key(self, row: Order) -> str | None:
        return None if row.version.is_stamped else row.external_id

    def plan(self, tx: Tx, piece: Piece[Order]) -> Written:
        asked = PutOrders(piece.source, piece.rows, piece.default_tier)
        results = plan_orders(tx, asked).results
        unknown = unknown_customers(tx, {row.customer for row in piece.rows})
        return Written([put.outcome for put in results], unknown=unknown)

    def write(self, tx: Tx, piece: Piece[Order]) -> Written:
        done = put_orders(tx, PutOrders(piece.source, piece.rows, piece.default_tier))
        return Written([put.outcome for put in done.results], done.made_customers)


@dataclass(frozen=True, slots=True)
class ProductRows:
    name: str = "products"
    required: tuple[str, ...] = ("external_id",)
    headers: Mapping[str, str] = field(
        default_factory=lambda: {
            "external_id": """产品编号 商品编号 编号 编码 货号
                externalid id sku productid productno productnumber""",
            "name": "名称 产品名称 商品名称 产品 商品 name productname title",
            "family": "系列 类别 分类 品类 family category group",
            "price": "价格 单价 标价 售价 price listprice",
            "currency": "币种 货币 currency currencycode",
            "retired": "停售 下架 已停售 retired discontinued",
        }
    )

    def read(self, cells: Cells) -> Product | tuple[Reason, ...]:
        checks = check.Checks()
        product_id = checks.take(check.check_id(cells.get("external_id"), "external_id"))
        currency = checks.maybe(cells.get("currency"), check_currency)
        price = None
        if "price" in cells:
            if "currency" not in cells:
                text = "A price needs its `currency`."
                checks.reasons.append(Reason("currency.missing", text, "currency"))
            price = checks.take(parse_amount(cells["price"], currency or ANY_CURRENCY, "price"))
        if price is not None and price < 0:
            checks.reasons.append(Reason("price.negative", "A price is not below 0.", "price"))
        name = checks.maybe(
            cells.get("name"), lambda text: check.check_text(text, "name", MAX_NAME)
        )
        family = checks.maybe(
            cells.get("family"), lambda text: check.check_text(text, "family", MAX_FAMILY)
        )
        retired = checks.maybe(cells.get("retired"), lambda text: check_yes(text, "retired"))
        if checks.reasons:
            return tuple(checks.reasons)
        return Product(
            external_id=product_id or "",
            name=name,
            family=family,
            list_minor=price,
            currency=None if price is None else currency,
            retired=retired,
        )

    def key(self, row: Product) -> str | None:
        return row.external_id

    def plan(self, tx: Tx, piece: Piece[Product]) -> Written:
        return Written([outcome for outcome, _ in plan_products(tx, piece.rows).results])

    def write(self, tx: Tx, piece: Piece[Product]) -> Written:
        return Written([outcome for outcome, _ in put_products(tx, piece.source, piece.rows)])


def check_quantity(text: str) -> int | Reason:
    if text.isascii() and text.isdigit() and 0 < int(text[:12]) <= MOST_QUANTITY:
        return int(text)
    return Reason("quantity.not_one", f"“{text[:40]}” is no quantity from 1.", "quantity")


def check_yes(text: str, column: str) -> bool | Reason:
    folded = text.strip().casefold()
    if folded in ("1", "yes", "y", "true", "是", "x"):
        return True
    if folded in ("0", "no", "n", "false", "否"):
        return False
    return Reason(f"{column}.not_one", f"“{text[:40]}” is neither yes nor no.", column)
