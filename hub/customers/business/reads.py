"""Reading orders, repairs, balances, products and feeds: fixed numbers of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Select, and_, func, literal, or_, select

from hub.core.errors import NotFound
from hub.core.text import parse_query
from hub.customers.access import Scope, access_customer
from hub.customers.reads import same_customer_ids
from hub.customers.tables import hub_secrets
from hub.storage import Tx
from hub.storage.search import MAX_HITS, SearchKind, search_documents

from .model import FINISHED_CASES, CaseKind, CaseState, OrderState
from .money import decimals_of
from .tables import (
    accounts_receivable,
    contact_products,
    counts_as_revenue,
    feeds,
    order_lines,
    orders,
    products,
    service_cases,
)
from .views import (
    AccountView,
    BalanceView,
    CaseCount,
    CaseView,
    FeedView,
    LineView,
    OrderView,
    ProductCounts,
    ProductView,
)

_MOST_CASES = 20  # of one order
_MOST_FEEDS = 500


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a list that is newest first goes on: below this moment and id."""

    at: datetime
    id: str


class NamePlace(msgspec.Struct, frozen=True, array_like=True):
    name: str
    id: str


class OfCustomer(NamedTuple):
    """A page of what a customer has; `shows_costs`: to who steers."""

    scope: Scope
    customer_id: str
    limit: int
    before: Place | None
    shows_costs: bool


def list_orders(tx: Tx, ask: OfCustomer) -> tuple[list[OrderView], Place | None]:
    """List a customer's orders, newest first, with lines and repairs. Raises NotFound."""
    rows, following = _page(tx, ask, orders.c.ordered_at, select(orders))
    return _orders(tx, rows, shows_costs=ask.shows_costs), following


def newest_orders(
    tx: Tx, customer_ids: Sequence[str], limit: int, *, shows_costs: bool
) -> list[OrderView]:
    """Return the newest orders of these records, whom the reader may see. Three statements."""
    found = (
        select(orders)
        .where(orders.c.customer_id.in_(customer_ids))
        .order_by(orders.c.ordered_at.desc(), orders.c.id.desc())
        .limit(limit)
    )
    return _orders(tx, tx.execute(found).all(), shows_costs=shows_costs)


def _orders(tx: Tx, rows: Sequence[Any], *, shows_costs: bool) -> list[OrderView]:
    ids = [row.id for row in rows]
    lines, cases = _lines(tx, ids), _cases_of(tx, ids)
    return [
        OrderView(
            id=row.id,
            source=row.source,
            external_id=row.external_id,
            ordered_at=row.ordered_at,
            amount_minor=row.amount_minor,
            currency=row.currency,
            decimals=decimals_of(row.currency),
            cost_minor=row.cost_minor if shows_costs else None,
            state=OrderState(row.state),
            state_at=row.state_at,
            summary=row.product_summary,
            lines=lines[row.id],
            cases=cases[row.id],
        )
        for row in rows
    ]


def list_cases(tx: Tx, ask: OfCustomer) -> tuple[list[CaseView], Place | None]:
    """List a customer's defects and repairs, the last change first. Raises NotFound."""
    rows, following = _page(tx, ask, service_cases.c.state_at, _select_cases())
    return [_case(row) for row in rows], following


def open_cases(tx: Tx, customer_ids: Sequence[str], limit: int) -> list[CaseView]:
    """Return what is not finished of these records, whom the reader may see: the last change
    first. One statement.
    """
    table = service_cases.c
    rows = tx.execute(
        _select_cases()
        .where(table.customer_id.in_(customer_ids), table.state.not_in(sorted(FINISHED_CASES)))
        .order_by(table.state_at.desc(), table.id.desc())
        .limit(limit)
    )
    return [_case(row) for row in rows]


def show_balance(tx: Tx, ask: tuple[Scope, str]) -> BalanceView:
    """Return what a customer owes, by system. Raises NotFound."""
    scope, customer_id = ask
    return balance_of(tx, _whose(tx, scope, customer_id))


def balance_of(tx: Tx, customer_ids: Sequence[str]) -> BalanceView:
    """Return what these records owe, whom the reader may see. One statement."""
    table = accounts_receivable.c
    found = select(accounts_receivable).where(table.customer_id.in_(customer_ids))
    rows = tx.execute(found.order_by(table.source, table.as_of.desc())).all()
    return BalanceView(
        credit_hold=any(row.credit_hold for row in rows),
        accounts=[
            AccountView(
                source=row.source,
                balance_minor=row.balance_minor,
                credit_limit_minor=row.credit_limit_minor,
                credit_hold=row.credit_hold,
                currency=row.currency,
                decimals=decimals_of(row.currency),
                as_of=row.as_of,
            )
            for row in rows
        ],
    )


class FindProducts(NamedTuple):
    typed: str
    limit: int
    after: NamePlace | None


def find_products(tx: Tx, ask: FindProducts) -> tuple[list[ProductView], NamePlace | None]:
    """List products by name; with something typed those that hold it, at most 200."""
    found = select(products).order_by(products.c.name, products.c.id)
    if ask.typed.strip():
        query = parse_query(ask.typed, prefix=True)
        hits = search_documents(tx, SearchKind.PRODUCTS, query, MAX_HITS)
        ids = [hit.ref_id for hit in hits]
        found = found.where(
            or_(products.c.id.in_(ids), products.c.external_id == ask.typed.strip())
        )
    if ask.after is not None:
        name, product_id = products.c.name, products.c.id
        found = found.where(
            or_(name > ask.after.name, and_(name == ask.after.name, product_id > ask.after.id))
        )
    rows = tx.execute(found.limit(ask.limit + 1)).all()
    shown = rows[: ask.limit]
    more = NamePlace(shown[-1].name, shown[-1].id) if len(rows) > ask.limit else None
    return [product_view(row) for row in shown], more


def count_product(tx: Tx, product_id: str) -> ProductCounts:
    """Return how often a product was ordered, broke, and was asked about. Raises NotFound."""
    row = tx.execute(select(products).where(products.c.id == product_id)).first()
    if row is None:
        raise NotFound("There is no such product.")
    bought = tx.execute(
        select(
            func.count(order_lines.c.order_id.distinct()).label("orders"),
            func.coalesce(func.sum(order_lines.c.quantity), 0).label("quantity"),
        )
        .join(orders, orders.c.id == order_lines.c.order_id)
        .where(order_lines.c.product_id == product_id, counts_as_revenue())
    ).one()
    table = service_cases.c
    cases = tx.execute(
        select(table.kind, table.state, func.count().label("found"))
        .where(table.product_id == product_id)
        .group_by(table.kind, table.state)
        .order_by(table.kind, table.state)
    ).all()
    contacts = tx.execute(
        select(func.count()).where(contact_products.c.product_id == product_id)
    ).scalar_one()
    return ProductCounts(
        product=product_view(row),
        orders=bought.orders,
        quantity=int(bought.quantity),
        cases=[
            CaseCount(kind=CaseKind(one.kind), state=CaseState(one.state), count=one.found)
            for one in cases
        ],
        open_cases=sum(one.found for one in cases if one.state not in FINISHED_CASES),
        contacts=contacts,
    )


def list_feeds(tx: Tx, _: None) -> list[FeedView]:
    """List the feeds, at most 500: who is silent first, then by name."""
    key = hub_secrets.c.name == literal("feed:") + feeds.c.source
    rows = tx.execute(
        select(feeds, hub_secrets.c.name.label("key"))
        .outerjoin(hub_secrets, key)
        .order_by(feeds.c.alarmed_at.is_(None), feeds.c.source)
        .limit(_MOST_FEEDS)
    )
    return [
        FeedView(
            source=row.source,
            label_zh=row.label_zh,
            label_en=row.label_en,
            every_s=row.every_s,
            last_at=row.last_at,
            last_rows=row.last_rows,
            silent_since=row.alarmed_at,
            has_key=row.key is not None,
        )
        for row in rows
    ]


def _page(
    tx: Tx, ask: OfCustomer, moment: Any, found: Select[Any]
) -> tuple[Sequence[Any], Place | None]:
    """Read a page of `found`, which is of the table that has the column `moment`."""
    table = moment.table.c
    found = found.where(table.customer_id.in_(_whose(tx, ask.scope, ask.customer_id)))
    if ask.before is not None:
        at, row_id = ask.before.at, ask.before.id
        found = found.where(or_(moment < at, and_(moment == at, table.id < row_id)))
    found = found.order_by(moment.desc(), table.id.desc()).limit(ask.limit + 1)
    rows = tx.execute(found).all()
    shown = rows[: ask.limit]
    if len(rows) <= ask.limit:
        return shown, None
    last = shown[-1]
    return shown, Place(last._mapping[moment.name], last.id)


def _whose(tx: Tx, scope: Scope, customer_id: str) -> list[str]:
    access_customer(tx, scope, customer_id)
    return same_customer_ids(tx, customer_id)


def _lines(tx: Tx, order_ids: Sequence[str]) -> dict[str, list[LineView]]:
    lines: defaultdict[str, list[LineView]] = defaultdict(list)
    if order_ids:
        rows = tx.execute(
            select(order_lines, products.c.name)
            .join(products, products.c.id == order_lines.c.product_id)
            .where(order_lines.c.order_id.in_(order_ids))
            .order_by(order_lines.c.order_id, order_lines.c.line)
        )
        for row in rows:
            lines[row.order_id].append(
                LineView(
                    product_id=row.product_id,
                    product=row.name,
                    quantity=row.quantity,
                    amount_minor=row.amount_minor,
                )
            )
    return lines


def _cases_of(tx: Tx, order_ids: Sequence[str]) -> dict[str, list[CaseView]]:
    cases: defaultdict[str, list[CaseView]] = defaultdict(list)
    if order_ids:
        rows = tx.execute(
            _select_cases()
            .where(service_cases.c.order_id.in_(order_ids))
            .order_by(service_cases.c.state_at.desc(), service_cases.c.id.desc())
            .limit(_MOST_CASES * len(order_ids))
        )
        for row in rows:
            cases[row.order_id].append(_case(row))
    return cases


def _select_cases() -> Select[Any]:
    return select(service_cases, products.c.name.label("product")).outerjoin(
        products, products.c.id == service_cases.c.product_id
    )


def _case(row: Any) -> CaseView:  # Any: a row of _select_cases
    return CaseView(
        id=row.id,
        source=row.source,
        external_id=row.external_id,
        kind=CaseKind(row.kind),
        state=CaseState(row.state),
        state_at=row.state_at,
        text=row.text,
        order_id=row.order_id,
        order=row.order_external_id,
        product_id=row.product_id,
        product=row.product,
    )


def product_view(row: Any) -> ProductView:  # Any: a row of products
    return ProductView(
        id=row.id,
        external_id=row.external_id,
        name=row.name,
        family=row.family,
        list_minor=row.list_minor,
        currency=row.currency,
        decimals=None if row.currency is None else decimals_of(row.currency),
        retired=row.retired,
    )
