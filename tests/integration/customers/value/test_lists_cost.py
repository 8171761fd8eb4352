"""Lists of values and the pages of a run use their indexes, however many customers there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, false, insert, text

from hub.customers.access import Scope
from hub.customers.settings import CustomerSettings
from hub.customers.tables import customers
from hub.customers.value import figures
from hub.customers.value.figures import Terms, read_page
from hub.customers.value.lists import ListFound, ListRuns, list_found, list_runs
from hub.customers.value.model import RfmName, Window
from hub.customers.value.objections import ListObjections, list_objections
from hub.customers.value.tables import customer_values, tier_objections, tier_runs
from hub.storage import Store, Tx

from .builders import AT, DAY, an_order

COUNT = 10_000
EVERYBODY = Scope("admin", True, frozenset(), false())


def _fill(tx: Tx, _: None) -> None:
    ids = [f"c{number:05}" for number in range(COUNT)]
    base = {
        "kind": "person",
        "tier": "standard",
        "tier_source": "default",
        "tier_set_at": tx.now,
        "source": "test",
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    tx.execute(insert(customers), [{"id": one, **base} for one in ids])
    tx.execute(
        insert(customer_values),
        [
            {
                "customer_id": one,
                "run_id": "r",
                "revenue_minor": number,
                "margin_minor": number,
                "cost_minor": 0,
                "profit_minor": number - 50,
                "newer_minor": 0,
                "trend_ppm": 0,
                "rank": number,
                "share_ppm": 0,
                "orders": 1,
                "first_at": AT,
                "last_at": AT,
                "rfm": 333,
                "named_segment": list(RfmName)[number % 11].value,
                "computed_tier": "standard",
                "flags": 8 if number < 50 else 0,
            }
            for number, one in enumerate(ids)
        ],
    )
    for one in ids[:100]:
        an_order(tx, one, 100)
        tx.execute(
            insert(tier_objections).values(
                id=f"o-{one}",
                customer_id=one,
                objected_at=AT,
                text="no",
                tier_before="low",
                state="open" if one < "c00010" else "upheld",
            )
        )
        tx.execute(
            insert(tier_runs).values(
                id=f"r-{one}",
                at=AT,
                window_from=AT,
                window_until=AT,
                rules_version=0,
                customers=1,
                revenue_minor=1,
                currency="CNY",
                best_count=0,
                tail_count=0,
                tail_top_minor=0,
                loss_making=0,
                potential=0,
                moves=0,
                digest="",
                state="done",
            )
        )
    tx.execute(text("ANALYZE"))


@contextmanager
def plans(store: Store) -> Iterator[list[str]]:
    """Collect how SQLite goes about each statement that is read meanwhile."""
    found: list[str] = []

    def explain(*args: Any) -> None:
        connection, _, statement, parameters = args[:4]
        if statement.startswith("SELECT"):
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.extend(str(row[-1]) for row in rows)

    engine = store._read_engine
    event.listen(engine, "after_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(engine, "after_cursor_execute", explain)


LISTS: list[tuple[Callable[[Tx, Any], Any], Any, str]] = [
    (list_found, ListFound(EVERYBODY, 50, None), "ix_customer_values_loss"),
    (list_found, ListFound(EVERYBODY, 50, None, (-40, "c00010")), "ix_customer_values_loss"),
    (list_found, ListFound(EVERYBODY, 50, RfmName.LOYAL), "ix_customer_values_named"),
    (list_objections, ListObjections(EVERYBODY, 50), "ix_tier_objections_open"),
    (list_runs, ListRuns(50), "ix_tier_runs_at"),
]


async def test_every_list_goes_by_its_index(sqlite_store: Store) -> None:
    await sqlite_store.write(_fill, None)
    for function, asked, index in LISTS:
        with plans(sqlite_store) as found:
            rows = await sqlite_store.read(function, asked)
        assert rows, function
        assert any(index in line for line in found), (function, asked, found)
        assert not any("TEMP B-TREE" in line for line in found), (function, asked, found)


async def test_a_page_of_a_run_reads_one_covering_index(sqlite_store: Store) -> None:
    await sqlite_store.write(_fill, None)
    window = Window(AT - 365 * DAY, AT, 365)
    terms = Terms.of(CustomerSettings(), window, "UTC")

    def explained(tx: Tx, _: None) -> list[str]:
        sql = figures._SUMS._sql["sqlite"]
        values = {
            "after": "",
            "base": "CNY",
            "start": 0,
            "middle": 1,
            "until": 2,
            "page": 100,
            "rows": "[]",
        }
        return [str(row[-1]) for row in tx.fetch(f"EXPLAIN QUERY PLAN {sql}", values)]

    found = await sqlite_store.read(explained, None)
    assert any("orders USING COVERING INDEX ix_orders_value" in line for line in found), found
    page = await sqlite_store.read(read_page, (terms, ""))
    assert len(page.roots) == 100
    assert page.after is None
