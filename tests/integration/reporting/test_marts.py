"""Marts: their sums are those of hand-written SQL on the live tables; who exports what; files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import false, select, text, update

from hub.accounts.tables import audit_log, teams
from hub.customers.access import Scope
from hub.reporting.export import (
    FileFormat,
    has_parquet,
    mart_pages,
    writer_of,
    written,
)
from hub.reporting.marts import MARTS
from hub.storage import Store, Tx
from tests.conftest import skip_missing
from tests.integration.customers.house import Client, House

from .build import NASTY

EVERYTHING = Scope("", True, frozenset(), false())
Rows = Sequence[Any]


def summed(rows: Rows, name: str, where: Callable[[Any], bool] = lambda _row: True) -> int:
    return sum(int(getattr(row, name) or 0) for row in rows if where(row))


# By mart: hand-written SQL on the live tables, and the same figures from the mart's rows.
SUMS: dict[str, tuple[str, Callable[[Rows], tuple[int, ...]]]] = {
    "interactions": (
        "SELECT (SELECT count(*) FROM interactions),"
        " (SELECT count(*) FROM interactions WHERE kind = 'visit'),"
        " (SELECT count(*) FROM interactions i JOIN customer_identities n ON n.id = i.identity_id"
        "  WHERE n.customer_id = 'ann')",
        lambda rows: (
            len(rows),
            len([row for row in rows if row.kind == "visit"]),
            len([row for row in rows if row.customer_id == "ann"]),
        ),
    ),
    "contacts": (
        "SELECT (SELECT count(*) FROM contacts), (SELECT sum(score) FROM survey_answers),"
        " (SELECT count(*) FROM segments WHERE kind = 'handling') * 7776000000,"
        " (SELECT count(*) FROM segments WHERE kind = 'waiting') * 864000000",
        lambda rows: (
            len(rows),
            summed(rows, "score"),
            summed(rows, "handled_us"),
            summed(rows, "waited_us"),
        ),
    ),
    "customers": (
        "SELECT (SELECT count(*) FROM customers WHERE merged_into_id IS NULL),"
        " (SELECT count(*) FROM contacts),"
        " (SELECT count(*) FROM orders WHERE state NOT IN ('cancelled', 'returned')),"
        " (SELECT sum(amount_minor) FROM orders WHERE state <> 'cancelled' AND currency = 'CNY'),"
        " (SELECT sum(amount_minor) FROM orders WHERE state <> 'cancelled' AND currency = 'USD'),"
        " (SELECT count(*) FROM commitments WHERE kind = 'quote' AND state <> 'withdrawn'),"
        " (SELECT count(*) FROM complaints), (SELECT sum(n) FROM customer_satisfaction),"
        " (SELECT sum(total) FROM customer_satisfaction),"
        " (SELECT count(*) FROM customers WHERE merged_into_id IS NOT NULL),"
        " (SELECT count(*) FROM commitments WHERE state IN ('open', 'broken'))",
        lambda rows: (
            len(rows),
            summed(rows, "contacts"),
            summed(rows, "orders"),
            summed(rows, "revenue_minor", lambda row: row.currency == "CNY"),
            summed(rows, "revenue_minor", lambda row: row.currency == "USD"),
            summed(rows, "quotes"),
            summed(rows, "complaints"),
            summed(rows, "scores"),
            summed(rows, "score_total"),
            summed(rows, "merged_records"),
            summed(rows, "open_commitments"),
        ),
    ),
    "customer_history": (
        "SELECT (SELECT count(*) FROM customer_tier_changes), (SELECT count(*) FROM stage_moves),"
        " (SELECT count(*) FROM ownership_moves), (SELECT count(*) FROM customer_sources),"
        " (SELECT count(*) FROM stage_moves WHERE customer_id IN ('ann', 'old-ann'))",
        lambda rows: (
            *(
                len([row for row in rows if row.part == one])
                for one in ("tier", "stage", "owner", "source")
            ),
            len([row for row in rows if row.part == "stage" and row.customer_id == "ann"]),
        ),
    ),
    "orders": (
        "SELECT (SELECT count(*) FROM orders), (SELECT sum(amount_minor) FROM orders),"
        " (SELECT sum(amount_minor) FROM orders WHERE state <> 'cancelled'),"
        " (SELECT count(*) FROM orders WHERE customer_id IN ('ann', 'old-ann'))",
        lambda rows: (
            len(rows),
            summed(rows, "amount_minor"),
            summed(rows, "revenue_minor"),
            len([row for row in rows if row.customer_id == "ann"]),
        ),
    ),
    "products": (
        "SELECT (SELECT count(*) FROM products),"
        " (SELECT count(DISTINCT l.order_id) FROM order_lines l JOIN orders o ON o.id = l.order_id"
        "  WHERE l.product_id = 'kettle' AND o.state NOT IN ('cancelled', 'returned')),"
        " (SELECT sum(l.quantity) FROM order_lines l JOIN orders o ON o.id = l.order_id"
        "  WHERE o.state NOT IN ('cancelled', 'returned')),"
        " (SELECT sum(l.amount_minor) FROM order_lines l JOIN orders o ON o.id = l.order_id"
        "  WHERE o.state <> 'cancelled' AND o.currency = 'CNY'),"
        " (SELECT count(*) FROM contact_products),"
        " (SELECT sum(a.score) FROM contact_products x"
        "  JOIN survey_answers a ON a.contact_id = x.contact_id),"
        " (SELECT count(*) FROM contact_products x"
        "  JOIN complaints p ON p.contact_id = x.contact_id),"
        " (SELECT count(*) FROM service_cases WHERE kind = 'defect'),"
        " (SELECT count(*) FROM service_cases WHERE state NOT IN ('done', 'cancelled')),"
        " (SELECT count(*) FROM commitments WHERE kind = 'quote' AND state <> 'withdrawn'"
        "  AND product_id IS NOT NULL)",
        lambda rows: (
            len({row.product_id for row in rows}),
            summed(rows, "orders", lambda row: row.product_id == "kettle"),
            summed(rows, "quantity"),
            summed(rows, "sold_minor", lambda row: row.currency == "CNY"),
            summed(rows, "contacts"),
            summed(rows, "score_total"),
            summed(rows, "complaints"),
            summed(rows, "defects"),
            summed(rows, "open_cases"),
            summed(rows, "quotes"),
        ),
    ),
    "product_events": (
        "SELECT (SELECT count(*) FROM order_lines) + (SELECT count(*) FROM contact_products)"
        " + (SELECT count(*) FROM service_cases WHERE product_id IS NOT NULL)"
        " + (SELECT count(*) FROM commitments WHERE kind = 'quote' AND product_id IS NOT NULL),"
        " (SELECT sum(quantity) FROM order_lines), (SELECT sum(amount_minor) FROM order_lines),"
        " (SELECT sum(l.amount_minor) FROM order_lines l JOIN orders o ON o.id = l.order_id"
        "  WHERE o.state <> 'cancelled')",
        lambda rows: (
            len(rows),
            summed(rows, "quantity"),
            summed(rows, "amount_minor", lambda row: row.part == "order"),
            summed(rows, "revenue_minor"),
        ),
    ),
    "commitments": (
        "SELECT (SELECT count(*) FROM commitments), (SELECT sum(price_minor) FROM commitments),"
        " (SELECT count(*) FROM commitments WHERE state = 'broken')",
        lambda rows: (
            len(rows),
            summed(rows, "price_minor"),
            len([row for row in rows if row.state == "broken"]),
        ),
    ),
    "answers": (
        "SELECT (SELECT count(*) FROM survey_answers), (SELECT sum(score) FROM survey_answers),"
        " (SELECT count(*) FROM survey_answers a JOIN customer_identities n"
        "  ON n.id = a.identity_id WHERE n.customer_id = 'ann')",
        lambda rows: (
            len(rows),
            summed(rows, "score"),
            len([row for row in rows if row.customer_id == "ann"]),
        ),
    ),
}


async def all_rows(store: Store, name: str, limit: int = 2) -> list[Any]:
    """Read a mart two rows at a time."""
    pages = mart_pages(store, MARTS[name], EVERYTHING, limit)
    return [row async for page in pages for row in page]


@pytest.mark.parametrize("name", sorted(MARTS))
async def test_the_sums_of_a_mart_are_those_of_the_live_tables(house: House, name: str) -> None:
    sql, figures = SUMS[name]
    rows = await all_rows(house.store, name)
    live = await house.store.read(lambda tx, _: tx.execute(text(sql)).one(), None)
    assert figures(rows) == tuple(int(value) for value in live)
    keys = [tuple(getattr(row, key) for key in ("part", *MARTS[name].key) if hasattr(row, key))
            for row in rows]  # fmt: skip
    assert len(set(keys)) == len(keys) > 2  # each row once, over all pages


async def test_a_view_has_the_columns_that_are_told(house: House) -> None:
    def columns(tx: Tx, name: str) -> list[str]:
        return list(tx.execute(text(f"SELECT * FROM mart_{name}")).keys())  # noqa: S608 - our name

    for name, mart in MARTS.items():
        assert await house.store.read(columns, name) == list(mart.columns)


async def test_orders_of_a_merged_record_are_todays_customers(house: House) -> None:
    (ann,) = [row for row in await all_rows(house.store, "customers") if row.customer_id == "ann"]
    assert (ann.orders, ann.revenue_minor, ann.currency) == (2, 1_200, "CNY")
    assert (ann.contacts, ann.scores, ann.score_total) == (2, 2, 7)


def parsed(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode(), newline="")))


async def exported(client: Client, path: str, who: str = "supervisor") -> tuple[int, Any, bytes]:
    address = client.server.make_url(f"/api/v1/exports/{path}")
    headers = {"Authorization": f"Bearer {who}"}
    async with client.session.get(address, headers=headers) as answer:
        return answer.status, answer.headers, await answer.read()


async def test_a_csv_quotes_what_a_spreadsheet_would_run(client: Client) -> None:
    status, headers, raw = await exported(client, "customers")
    assert status == 200
    assert headers["Content-Disposition"].startswith('attachment; filename="customers.csv"')
    rows = parsed(raw)
    assert [row["name"] for row in rows if row["customer_id"] == "ann"] == [f"'{NASTY}"]
    (ann,) = [row for row in rows if row["customer_id"] == "ann"]
    assert ann["created_at"] == "2026-03-10T04:00:00Z"
    assert (ann["revenue_minor"], ann["archived_at"]) == ("1200", "")
    history = parsed((await exported(client, "customer_history"))[2])
    assert [row["reason"] for row in history if row["part"] == "tier"] == ["'=1+1"]
    orders = parsed((await exported(client, "orders"))[2])
    assert "-300" in [row["amount_minor"] for row in orders]  # a number is no formula
    assert (await exported(client, "orders?mark=true"))[2].startswith(b"\xef\xbb\xbforder_id")


async def test_an_export_is_audited_before_its_first_row_leaves(
    client: Client, house: House
) -> None:
    await exported(client, "orders")
    await exported(client, "nothing")
    await exported(client, "orders", who="agent")

    def lines(tx: Tx, _: None) -> list[Any]:
        found = select(audit_log).where(audit_log.c.action == "mart.export")
        return list(tx.execute(found).all())

    (line,) = await house.store.read(lines, None)
    assert (line.actor_name, line.object_id) == ("Sun", "orders")
    assert line.detail == {"format": "csv", "of": "everybody"}


async def test_agents_export_nothing_and_unknown_marts_are_named(client: Client) -> None:
    for path in ("", "/customers"):
        status, _ = await client.ask("GET", f"/exports{path}")
        assert status == 403
    status, answer = await client.ask("GET", "/exports/secrets", who="supervisor")
    assert status == 404
    assert "customer_history" in answer["detail"]
    status, marts = await client.ask("GET", "/exports", who="supervisor")
    assert [one["mart"] for one in marts["items"]] == list(MARTS)


async def test_a_branch_exports_its_own_customers_and_everybodys(branch: Client) -> None:
    for name, mart in MARTS.items():
        status, _, raw = await exported(branch, name)
        assert status == 200
        rows = parsed(raw)
        assert rows, name
        assert "south" not in {row["branch_id"] for row in rows}, name
        if not mart.by_branch:
            assert {row["customer_id"] for row in rows} <= {"ann", "dan"}, name
    products = parsed((await exported(branch, "products"))[2])
    (kettle,) = [row for row in products if row["product_id"] == "kettle" and row["orders"] != "0"]
    assert (kettle["orders"], kettle["buyers"], kettle["quotes"]) == ("2", "1", "1")


async def test_the_head_office_exports_every_branch(branch: Client, house: House) -> None:
    seen = update(teams).where(teams.c.id == "team").values(is_branch=False, sees_all=True)
    await house.store.write(lambda tx, _: tx.execute(seen).rowcount, None)
    rows = parsed((await exported(branch, "customers"))[2])
    assert {row["customer_id"] for row in rows} == {"ann", "bob", "cat", "dan"}


@pytest.mark.parametrize("name", sorted(MARTS))
async def test_parquet_has_the_same_rows(house: House, name: str) -> None:
    if not has_parquet():
        skip_missing("pyarrow (the extra parquet)")
    from importlib import import_module

    pieces = written(
        house.store, MARTS[name], EVERYTHING, writer_of(MARTS[name], FileFormat.PARQUET)
    )
    raw = b"".join([piece async for piece in pieces])
    found = import_module("pyarrow.parquet").read_table(io.BytesIO(raw)).to_pylist()
    rows = await all_rows(house.store, name)
    flags = [key for key, kind in MARTS[name].columns.items() if kind == "flag"]
    expected = [dict(row._mapping) for row in rows]
    for row in expected:
        row.update({key: bool(row[key]) for key in flags})
    assert found == expected
