"""What the demo's shop has delivered: orders, machines under repair, what hotels owe."""

from __future__ import annotations

from datetime import timedelta

from hub.accounts.model import SYSTEM
from hub.contacts.effort import rebuild_piece
from hub.customers.addresses import NewAddress, attach_address, check_address
from hub.customers.business.balances import PutBalances, put_balances
from hub.customers.business.cases import PutCases, put_cases
from hub.customers.business.feeds import SetFeed, set_feed
from hub.customers.business.model import CaseKind, CaseState, OrderState
from hub.customers.business.orders import PutOrders, put_orders
from hub.customers.business.products import put_products
from hub.customers.business.rows import Balance, Case, Line, Order, Product, Version
from hub.customers.model import IdentityKind
from hub.routing.settings import tier_of_new_customers
from hub.storage import Store, Tx

from .scene import Scene

_SOURCE = "shop"
_DAY_S = 86_400
_REGION = "CN"
# product, its price in fen, and what it costs the shop
_PRODUCTS = (
    Product("LW-900", "滚筒洗衣机 LW-900", "洗衣机", 429_900, "CNY"),
    Product("LD-300", "Dishwasher LD-300", "Dishwashers", 359_900, "CNY"),
    Product("LF-210", "冰箱 LF-210", "冰箱", 259_900, "CNY"),
    Product("LK-15", "电水壶 LK-15", "厨房小电", 15_900, "CNY"),
)
_COST_SHARE = 62  # of a hundred
_STATES = (OrderState.DELIVERED, OrderState.SHIPPED, OrderState.DELIVERED, OrderState.PAID)
_BIG_BUYER = 6  # pieces an organisation orders at once


async def write_business(store: Store, scene: Scene) -> None:
    """Give each customer a number at the shop, and what it would have told of them."""
    await store.write(_deliver, scene)
    after: str | None = ""
    while after is not None:  # the history was written as it is, not lived through
        after = (await store.write(rebuild_piece, after)).last


def _deliver(tx: Tx, scene: Scene) -> None:
    put_products(tx, _SOURCE, _PRODUCTS)
    orders: list[Order] = []
    cases: list[Case] = []
    balances: list[Balance] = []
    for number, person in enumerate(scene.world.people):
        account = f"L-{10_001 + number}"
        address = check_address(NewAddress(IdentityKind.EXTERNAL, account), _REGION)
        attach_address(tx, scene.customers[person.email], address, None, _SOURCE)
        orders += _orders(tx, number, account, bool(person.organisation))
        if number % 5 == 0:
            cases.append(_repair(tx, number, orders[-1]))
        if person.organisation:
            hold = number % 3 == 1
            balances.append(Balance(account, 1_250_000 if hold else 86_000, "CNY", 1_000_000, hold))
    put_orders(tx, PutOrders(_SOURCE, orders, tier_of_new_customers))
    put_cases(tx, PutCases(_SOURCE, cases, tier_of_new_customers))
    put_balances(tx, PutBalances(_SOURCE, balances, tier_of_new_customers))
    set_feed(tx, SetFeed(SYSTEM, _SOURCE, "网上商城", "Web shop", 7 * _DAY_S))


def _orders(tx: Tx, number: int, account: str, buys_many: bool) -> list[Order]:
    """One to three orders, the last a few days ago."""
    made = []
    for turn in range(1 + number % 3):
        product = _PRODUCTS[(number + turn) % len(_PRODUCTS)]
        quantity = _BIG_BUYER if buys_many else 1
        amount = (product.list_minor or 0) * quantity
        at = tx.now - timedelta(days=3 + number + 45 * (number % 3 - turn), hours=number % 9)
        made.append(
            Order(
                external_id=f"S{20_000 + 10 * number + turn}",
                customer=account,
                ordered_at=at,
                amount_minor=amount,
                currency="CNY",
                cost_minor=amount * _COST_SHARE // 100,
                state=_STATES[(number + turn) % len(_STATES)],
                lines=(Line(product.external_id, quantity, amount),),
                version=Version(state_at=at + timedelta(days=1)),
            )
        )
    return made


def _repair(tx: Tx, number: int, order: Order) -> Case:
    lines = order.lines or ()
    return Case(
        external_id=f"R{500 + number}",
        customer=order.customer,
        kind=CaseKind.REPAIR,
        state=CaseState.REPAIRING if number % 2 else CaseState.WAITING,
        order=order.external_id,
        product=lines[0].product if lines else None,
        text="等待排水泵到货" if number % 2 == 0 else "Pump is being replaced",
        version=Version(state_at=tx.now - timedelta(hours=30)),
    )
