"""Kinds of rows in CSV files: what customers owe, and what of theirs is under repair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from hub.customers.imports.model import Reason
from hub.storage import Tx

from . import check
from .balances import PutBalances, plan_balances, put_balances
from .cases import PutCases, plan_cases, put_cases
from .csv_rows import ANY_CURRENCY, CUSTOMER_WORDS, Cells, Piece, Written, check_yes
from .model import CaseKind
from .money import check_currency, parse_amount
from .people import unknown_customers
from .rows import MAX_TEXT, Balance, Case

_KINDS = {
    "defect": CaseKind.DEFECT,
    "故障": CaseKind.DEFECT,
    "缺陷": CaseKind.DEFECT,
    "repair": CaseKind.REPAIR,
    "维修": CaseKind.REPAIR,
    "返修": CaseKind.REPAIR,
}


@dataclass(frozen=True, slots=True)
class BalanceRows:
    """`zone`: whose clock times without an offset are by."""

    zone: str
    name: str = "balances"
    required: tuple[str, ...] = ("customer_external_id", "balance", "currency")
    headers: Mapping[str, str] = field(
        default_factory=lambda: {
            "customer_external_id": f"{CUSTOMER_WORDS} externalid id",
            "balance": "余额 欠款 应收 应收账款 balance due receivable amount",
            "currency": "币种 货币 currency currencycode",
            "credit_limit": "信用额度 额度 creditlimit limit",
            "credit_hold": "信用冻结 冻结 credithold hold onhold",
            "as_of": "截至 日期 时间 asof date",
        }
    )

    def read(self, cells: Cells) -> Balance | tuple[Reason, ...]:
        checks = check.Checks()
        currency = checks.take(check_currency(cells.get("currency", "")))
        money = currency or ANY_CURRENCY
        balance = checks.take(parse_amount(cells.get("balance", ""), money, "balance"))
        limit = checks.maybe(
            cells.get("credit_limit"), lambda text: parse_amount(text, money, "credit_limit")
        )
        customer = checks.take(check.check_customer(cells.get("customer_external_id")))
        hold = checks.maybe(cells.get("credit_hold"), lambda text: check_yes(text, "credit_hold"))
        moment = partial(check.check_time, zone=self.zone, column="as_of")
        as_of = checks.maybe(cells.get("as_of"), moment)
        if checks.reasons:
            return tuple(checks.reasons)
        return Balance(customer or "", balance or 0, currency or "", limit, bool(hold), as_of)

    def key(self, row: Balance) -> str | None:
        return None if row.as_of else row.customer

    def plan(self, tx: Tx, piece: Piece[Balance]) -> Written:
        asked = PutBalances(piece.source, piece.rows, piece.default_tier)
        unknown = unknown_customers(tx, {row.customer for row in piece.rows})
        return Written([put.outcome for put in plan_balances(tx, asked)], unknown=unknown)

    def write(self, tx: Tx, piece: Piece[Balance]) -> Written:
        done = put_balances(tx, PutBalances(piece.source, piece.rows, piece.default_tier))
        return Written([put.outcome for put in done.results], done.made_customers)


@dataclass(frozen=True, slots=True)
class CaseRows:
    """`zone`: whose clock times without an offset are by."""

    zone: str
    name: str = "cases"
    required: tuple[str, ...] = ("external_id", "customer_external_id", "kind", "state")
    headers: Mapping[str, str] = field(
        default_factory=lambda: {
            "external_id": "工单编号 维修单号 单号 编号 externalid id caseid caseno rma",
            "customer_external_id": CUSTOMER_WORDS,
            "kind": "类型 类别 kind type",
            "state": "状态 进度 state status",
            "order": "订单编号 订单号 order orderid orderno ordernumber orderexternalid",
            "product": "产品编号 商品编号 产品 商品 sku product productid productexternalid",
            "text": "说明 描述 故障描述 备注 text description note",
            "state_at": "状态时间 更新时间 stateat updatedat statusat",
            "revision": "版本 版本号 revision version",
        }
    )

    def read(self, cells: Cells) -> Case | tuple[Reason, ...]:
        checks = check.Checks()
        case_id = checks.take(check.check_id(cells.get("external_id"), "external_id"))
        customer = checks.take(check.check_customer(cells.get("customer_external_id")))
        kind = checks.take(_check_kind(cells.get("kind", "")))
        state = checks.take(check.check_case_state(cells.get("state", "")))
        order = checks.maybe(cells.get("order"), partial(check.check_id, column="order"))
        product = checks.maybe(cells.get("product"), partial(check.check_id, column="product"))
        text = checks.maybe(
            cells.get("text"), lambda words: check.check_text(words, "text", MAX_TEXT)
        )
        moment = partial(check.check_time, zone=self.zone, column="state_at")
        state_at = checks.maybe(cells.get("state_at"), moment)
        revision = checks.maybe(cells.get("revision"), check.check_revision)
        if checks.reasons or not (case_id and customer and kind and state):
            return tuple(checks.reasons)
        version = check.version_of(revision, state_at)
        return Case(case_id, customer, kind, state, order, product, text, version)

    def key(self, row: Case) -> str | None:
        return None if row.version.is_stamped else row.external_id

    def plan(self, tx: Tx, piece: Piece[Case]) -> Written:
        asked = PutCases(piece.source, piece.rows, piece.default_tier)
        unknown = unknown_customers(tx, {row.customer for row in piece.rows})
        return Written([put.outcome for put in plan_cases(tx, asked).results], unknown=unknown)

    def write(self, tx: Tx, piece: Piece[Case]) -> Written:
        done = put_cases(tx, PutCases(piece.source, piece.rows, piece.default_tier))
        return Written([put.outcome for put in done.results], done.made_customers)


def _check_kind(text: str) -> CaseKind | Reason:
    return _KINDS.get(text.strip().casefold()) or Reason(
        "kind.unknown", f"“{text[:40]}” is neither a defect nor a repair.", "kind"
    )
