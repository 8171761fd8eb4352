"""What an undo asks of the tables of the whole hub, and what that costs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Table, event, insert, select

from hub.accounts.model import SYSTEM
from hub.customers.groups.tables import customer_groups
from hub.customers.imports.model import BatchState
from hub.customers.imports.references import CUSTOMER, IDENTITY, columns_about
from hub.customers.imports.service import FROM_THE_END, MoveBatch, move_batch
from hub.customers.imports.undo import UndoPiece, undo_piece
from hub.customers.tables import (
    customers,
    identities,
)
from hub.customers.value.tables import customer_values
from hub.schema import all_tables
from hub.storage import Store, Tx, UTCDateTime
from tests.integration.customers.builders import count
from tests.integration.customers.imports.build import (
    bring,
    take_back,
)


async def customer(store: Store, name: str) -> Any:
    def read(tx: Tx, _: None) -> Any:
        return tx.execute(select(customers).where(customers.c.name == name)).first()

    return await store.read(read, None)


async def test_what_only_follows_from_a_customer_goes_with_them(store: Store) -> None:
    report = await bring(store, "name,email\nAnn,ann@x.cn\n")
    ann = await customer(store, "Ann")

    def follow(tx: Tx, _: None) -> None:
        """A row of each table that says so."""
        tx.execute(insert(customer_groups).values(_anything(customer_groups, tx)))
        for table in all_tables().sorted_tables:
            if table.info.get("follows") == "customer" and table.name != "dirty_customers":
                tx.execute(insert(table).values(_anything(table, tx) | {"customer_id": ann.id}))

    await store.write(follow, None)
    assert await count(store, customer_values) == 1
    _, kept = await take_back(store, report.batch_id)
    assert (kept, await count(store, customer_values)) == ([], 0)


def _anything(table: Table, tx: Tx) -> dict[str, Any]:
    """A row of which only the ids say something."""
    words = {c.name: "x" if _is_text(c) else 0 for c in table.c if not c.nullable}
    return words | {c.name: tx.now for c in table.c if isinstance(c.type, UTCDateTime)}


def _is_text(column: Column[Any]) -> bool:
    return any(word in str(column.type) for word in ("CHAR", "TEXT"))


def _leading(table: Table) -> set[str]:
    found = [next(iter(table.primary_key)).name]
    for index in table.indexes:
        where = index.dialect_options["sqlite"].get("where")
        first = next(iter(index.columns)).name
        if where is None or str(where).endswith(f"{first} IS NOT NULL"):
            found.append(first)
    for constraint in table.constraints:
        columns = list(getattr(constraint, "columns", ()))
        if columns and type(constraint).__name__ == "UniqueConstraint":
            found.append(columns[0].name)
    return set(found)


def test_every_column_that_an_undo_asks_has_an_index() -> None:
    """Else an undo reads whole tables, and so does the database for each row that goes."""
    all_tables()
    about = [
        *columns_about(customers.c.id, CUSTOMER),
        *columns_about(identities.c.id, IDENTITY),
    ]
    bare = [str(one) for one in about if one.name not in _leading(one.table)]
    assert bare == []


async def test_an_undo_costs_the_same_statements_for_one_row_and_for_many(
    sqlite_store: Store,
) -> None:
    async def statements(rows: int) -> int:
        lines = "".join(f"C{rows}-{n},c{rows}-{n}@x.cn,Firm{rows}\n" for n in range(rows))
        report = await bring(sqlite_store, f"name,email,company\n{lines}", source=f"s{rows}")
        move = MoveBatch(
            actor=SYSTEM, batch_id=report.batch_id, to=BatchState.UNDOING, held_by="me"
        )
        await sqlite_store.write(move_batch, move)
        seen: list[str] = []
        engine = sqlite_store.writer.engine

        def saw(_c: Any, _cursor: Any, sql: str, *_: Any) -> None:
            seen.append(sql)

        event.listen(engine, "before_cursor_execute", saw)
        try:
            await sqlite_store.write(
                undo_piece, UndoPiece(report.batch_id, "me", FROM_THE_END, 500)
            )
        finally:
            event.remove(engine, "before_cursor_execute", saw)
        return len(seen)

    await statements(2)  # whose first asks what the columns are, once
    assert await statements(1) == await statements(60)
