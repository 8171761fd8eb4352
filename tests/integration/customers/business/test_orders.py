"""Orders are kept once each, whatever the order of arrival, and belong to somebody at once."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from hub import care
from hub.accounts.model import SYSTEM
from hub.contacts.home import home_region
from hub.customers.business.cases import PutCases, put_cases
from hub.customers.business.model import CaseKind, CaseState, OrderState
from hub.customers.business.orders import PutOrders, plan_orders, put_orders
from hub.customers.business.products import put_products
from hub.customers.business.rows import Case, Product, Version
from hub.customers.business.tables import (
    feeds,
    order_lines,
    orders,
    products,
    service_cases,
)
from hub.customers.imports import ImportOrder, import_customers
from hub.customers.tables import customers, dirty_customers, identities
from hub.storage import Tx

from .conftest import (
    CREATED,
    DAY,
    STALE,
    UNCHANGED,
    UPDATED,
    Shop,
    a_line,
    an_order,
    at,
    usual_tier,
)


async def test_the_same_rows_again_change_nothing(shop: Shop) -> None:
    rows = [an_order(f"A-{n}", f"C-{n % 3}", lines=(a_line(),)) for n in range(10)]
    assert await shop.orders(*rows) == [CREATED] * 10
    before = [await shop.rows(table) for table in (orders, order_lines, customers, products)]
    assert await shop.orders(*rows) == [UNCHANGED] * 10
    assert before == [
        await shop.rows(table) for table in (orders, order_lines, customers, products)
    ]
    assert await shop.rows(feeds, "source", "last_rows") == [("shop", 10)]


async def test_an_unknown_customer_is_kept_and_named_by_the_row_that_comes_later(
    shop: Shop,
) -> None:
    await shop.orders(an_order(customer="10023"))
    [(customer_id, name, tier)] = await shop.rows(customers, "id", "name", "tier")
    assert (name, tier) == (None, "standard")
    data = "external_id,name,email\n10023,陈小明,chen@example.com\n".encode()
    region = await shop.store.read(lambda tx, _: home_region(tx), None)
    order = ImportOrder(SYSTEM, data, region, frozenset({"gold"}), retier=care.retier)

    async def tell(_done: int, _all: int) -> None:
        return

    report = await import_customers(shop.store, order, tell)
    assert (report.created, report.updated) == (0, 1)
    assert await shop.rows(customers, "id", "name") == [(customer_id, "陈小明")]
    kinds = await shop.rows(identities, "kind", "customer_id")
    assert kinds == [("email", customer_id), ("external", customer_id)]
    assert await shop.rows(dirty_customers, "customer_id", "why") == [(customer_id, "new")]


async def test_two_sources_keep_two_orders_of_one_customer(shop: Shop) -> None:
    await shop.orders(an_order())
    await Shop(shop.store, "till").orders(an_order())
    assert len(await shop.rows(orders)) == 2
    assert len(await shop.rows(customers)) == 1


@pytest.mark.parametrize("turn", list(itertools.permutations(range(3))))
async def test_whatever_comes_first_the_latest_counts(shop: Shop, turn: tuple[int, ...]) -> None:
    said = [
        an_order(state=OrderState.PLACED, version=at(10), lines=(a_line(), a_line("cup", 2))),
        an_order(state=OrderState.PAID, version=at(11), cost_minor=7_000, lines=(a_line(),)),
        an_order(state=OrderState.SHIPPED, version=at(12), amount_minor=12_800, lines=(a_line(),)),
    ]
    outcomes = [(await shop.orders(said[number]))[0] for number in turn]
    assert outcomes[0] == CREATED
    assert set(outcomes[1:]) <= {UPDATED, STALE}
    [row] = await shop.rows(orders, "state", "amount_minor", "cost_minor", "product_summary")
    assert row == ("shipped", 12_800, None, "kettle")
    assert await shop.rows(order_lines, "line", "quantity") == [(1, 1)]


async def test_a_higher_revision_counts_before_a_later_time(shop: Shop) -> None:
    first = Version(revision=2, state_at=DAY)
    second = Version(revision=1, state_at=DAY + timedelta(days=1))
    assert await shop.orders(an_order(version=first)) == [CREATED]
    assert await shop.orders(an_order(version=second, amount_minor=1)) == [STALE]


async def test_a_row_without_a_stamp_leaves_what_it_does_not_say(shop: Shop) -> None:
    lines = (a_line("kettle", 2), a_line("cup"))
    await shop.orders(an_order(state=OrderState.PAID, cost_minor=5_000, lines=lines))
    assert await shop.orders(an_order(amount_minor=99)) == [UPDATED]
    [row] = await shop.rows(orders, "state", "amount_minor", "cost_minor", "product_summary")
    assert row == ("paid", 99, 5_000, "kettle × 2, cup")
    assert len(await shop.rows(order_lines)) == 2


async def test_a_row_twice_in_one_delivery_is_taken_in_turn(shop: Shop) -> None:
    rows = [an_order(version=at(12), amount_minor=2), an_order(version=at(11), amount_minor=1)]
    assert await shop.orders(*rows, rows[0]) == [CREATED, STALE, UNCHANGED]
    assert await shop.rows(orders, "amount_minor") == [(2,)]


async def test_an_order_that_was_somebody_elses_moves(shop: Shop) -> None:
    await shop.orders(an_order(customer="1"), an_order("A-2", "2"))
    assert await shop.orders(an_order(customer="2")) == [UPDATED]
    owners = dict(await shop.rows(identities, "value_norm", "customer_id"))
    found = dict(await shop.rows(orders, "external_id", "customer_id"))
    assert found == {"A-1": owners["2"], "A-2": owners["2"]}
    assert len(await shop.rows(dirty_customers)) == 2


async def test_a_repair_finds_the_order_and_product_that_come_after_it(shop: Shop) -> None:
    case = Case(
        "R-1", "10023", CaseKind.REPAIR, CaseState.REPAIRING, "A-1", "kettle", "leaks", at(9)
    )
    await shop.store.write(put_cases, PutCases("shop", [case], usual_tier))
    assert await shop.rows(service_cases, "order_id", "order_external_id") == [(None, "A-1")]
    await Shop(shop.store, "till").orders(an_order())  # of another system: another order
    assert await shop.rows(service_cases, "order_id") == [(None,)]
    await shop.orders(an_order())
    [(order_id,)] = [row[:1] for row in await shop.rows(orders, "id", "source") if row[1] == "shop"]
    assert await shop.rows(service_cases, "order_id") == [(order_id,)]
    late = Case("R-1", "10023", CaseKind.REPAIR, CaseState.RECEIVED, version=at(8))
    done = await shop.store.write(put_cases, PutCases("shop", [late], usual_tier))
    assert done.results[0].outcome.value == STALE
    assert await shop.rows(service_cases, "state") == [("repairing",)]

    def name(tx: Tx, _: None) -> list[str]:
        rows = [Product("kettle", "水壶", "kitchen", 12_900, "CNY")]
        return [outcome.value for outcome, _ in put_products(tx, "shop", rows)]

    assert await shop.store.write(name, None) == [UPDATED]
    assert await shop.store.write(name, None) == [UNCHANGED]
    assert await shop.rows(products, "external_id", "name") == [("kettle", "水壶")]


async def test_a_plan_writes_nothing(shop: Shop) -> None:
    ask = PutOrders("shop", [an_order()], usual_tier)
    plan = await shop.store.read(plan_orders, ask)
    assert [put.outcome.value for put in plan.results] == [CREATED]
    assert await shop.rows(orders) == await shop.rows(customers) == []


@pytest.mark.parametrize("size", [1, 60])
async def test_any_number_of_rows_costs_as_many_statements(
    shop: Shop, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [an_order(f"A-{n}", f"C-{n}") for n in range(size)]
    await shop.orders(*rows)
    again = [an_order(f"A-{n}", f"C-{n}", amount_minor=5) for n in range(size)]
    statements: list[str] = []
    fetch, send = Tx.fetch, Tx.send

    def fetched(tx: Tx, sql: str, parameters: Any) -> list[Any]:
        statements.append(sql)
        return fetch(tx, sql, parameters)

    def sent(tx: Tx, sql: str, parameters: Any) -> None:
        if tx.dialect == "postgresql":
            statements.append(sql)
        send(tx, sql, parameters)

    monkeypatch.setattr(Tx, "fetch", fetched)
    monkeypatch.setattr(Tx, "send", sent)

    def run(tx: Tx, _: None) -> None:
        engine = tx._connection.engine

        def note(_c: Any, _cu: Any, statement: str, *_: Any) -> None:
            statements.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        put_orders(tx, PutOrders("shop", again, usual_tier))
        event.remove(engine, "before_cursor_execute", note)

    statements.clear()
    await shop.store.write(run, None)
    limit = 8 if shop.store.dialect == "sqlite" else 9  # and a lock
    assert len(statements) <= limit, "\n".join(s[:90] for s in statements)


async def test_a_file_of_many_customers_does_not_drown_other_hints(shop: Shop) -> None:
    def hints(tx: Tx, count: int) -> int:
        rows = [an_order(f"{count}-{number}", f"{count}-{number}") for number in range(count)]
        before = len(tx._hints or [])
        put_orders(tx, PutOrders("shop", rows, usual_tier))
        return len(tx._hints or []) - before

    assert [await shop.store.write(hints, count) for count in (3, 101)] == [3, 0]
    assert await shop.count(dirty_customers) == 104


async def test_the_lists_read_their_indexes(shop: Shop) -> None:
    sqlite = shop.store.dialect == "sqlite"
    explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"

    def plan(tx: Tx, sql: str) -> str:
        if not sqlite:  # which would rather read a table of no rows
            tx.execute(text("SET LOCAL enable_seqscan = off"))
        return str(tx.execute(text(f"{explain} SELECT {sql}")).all())

    for sql, index in (
        (
            "sum(amount_minor), sum(cost_minor) FROM orders WHERE customer_id = 'x'"
            " AND ordered_at >= '2026-01-01' AND ordered_at < '2027-01-01' AND state <> 'x'",
            "ix_orders_value",
        ),
        (
            "* FROM orders WHERE customer_id IN ('x') ORDER BY ordered_at DESC, id DESC LIMIT 6",
            "ix_orders_value",
        ),
        (
            "* FROM service_cases WHERE customer_id IN ('x') ORDER BY state_at DESC, id DESC",
            "ix_service_cases_customer",
        ),
        ("count(*) FROM order_lines WHERE product_id = 'x'", "ix_order_lines_product"),
        ("count(*) FROM service_cases WHERE product_id = 'x'", "ix_service_cases_product"),
        (
            "source FROM feeds WHERE alarmed_at IS NULL AND alarm_at <= '2026-01-01'",
            "ix_feeds_alarm",
        ),
    ):
        assert index in await shop.store.read(plan, sql), sql
