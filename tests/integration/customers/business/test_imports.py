"""Files of orders and products, as the command line imports them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from hub.core.errors import Invalid
from hub.customers.business.csv_rows import Piece
from hub.customers.business.rows import Order
from hub.customers.business.tables import (
    accounts_receivable,
    feeds,
    order_lines,
    orders,
    products,
    service_cases,
)
from hub.customers.tables import customers, identities
from hub.jobs.business import (
    ImportedRows,
    ImportRows,
    import_balances,
    import_cases,
    import_orders,
    import_products,
)
from hub.storage import Store, Tx
from tests.integration.customers.imports.test_command import hub

from .conftest import Shop

HEADER = "external_id,customer_external_id,ordered_at,amount,currency,cost\n"
GOOD = HEADER + "A-1,10023,2026-03-01,129.00,CNY,70.5\nA-2,10024,2026-03-02T10:00Z,1000,JPY,\n"


class Bar:
    """What the progress bar was told."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int]] = []

    async def __call__(self, done: int, total: int) -> None:
        self.told.append((done, total))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders.csv"


def put(path: Path, text: str, encoding: str = "utf-8") -> None:
    path.write_bytes(text.encode(encoding))


async def run(store: Store, path: Path, **options: object) -> ImportedRows:
    asked = ImportRows(str(path), "shop", **options)  # type: ignore[arg-type] # by name
    return await import_orders(store, asked, Bar())


async def test_orders_are_kept_exactly_and_once(shop: Shop, path: Path) -> None:
    put(path, GOOD)
    done = await run(shop.store, path)
    assert (done.created, done.made_customers, done.refused, done.rows) == (2, 2, 0, 2)
    found = await shop.rows(
        orders, "external_id", "amount_minor", "cost_minor", "currency", "state"
    )
    assert found == [("A-1", 12900, 7050, "CNY", "placed"), ("A-2", 1000, None, "JPY", "placed")]
    again = await run(shop.store, path)
    assert (again.created, again.unchanged, again.made_customers) == (0, 2, 0)
    assert await shop.count(customers) == 2
    assert await shop.rows(feeds, "source", "last_rows") == [("shop", 2)]


async def test_a_dry_run_says_the_same_and_changes_nothing(shop: Shop, path: Path) -> None:
    body = "".join(f"A-{n},C-{n % 7},2026-03-01,1,CNY,\n" for n in range(1200))
    put(path, HEADER + body + "A-5,C-1,2026-03-01,1,CNY,\nX,C-1,x,1,CNY,\n")
    tried = await run(shop.store, path, dry_run=True)
    assert await shop.count(orders) == await shop.count(customers) == 0
    done = await run(shop.store, path)
    figures = (done.created, done.made_customers, done.refused, done.rows)
    assert figures == (tried.created, tried.made_customers, tried.refused, tried.rows)
    assert figures == (1200, 7, 2, 1202)
    assert done.faults == tried.faults


async def test_each_refused_row_has_its_reasons_and_comes_back(shop: Shop, path: Path) -> None:
    rows = [
        "A-1,10023,2026-03-01,-5,CNY,",
        "A-2,,2026-13-01,abc,RMB,x",
        "A-3,10023,2026-03-01,1.005,CNY,",
        'A-4,10023,2026-03-01,"5,CNY,',
        "A-5,10023,2026-03-01,5,CNY,",
        "A-5,10023,2026-03-01,6,CNY,",
        "A-6,10023,2026-03-01,5,CNY,,,,",
        "A-7,10023,2026-03-01,5,CNY,1,2",
        "=1+1,10023,2026-03-01,7,CNY,",
    ]
    put(path, HEADER + "\n".join(rows) + "\n")
    to = path.with_name("refused.csv")
    done = await run(shop.store, path, refused_to=str(to))
    assert (done.created, done.refused, done.rows) == (3, 6, 9)
    found = dict(await shop.rows(orders, "external_id", "amount_minor"))
    assert found == {"A-5": 500, "A-6": 500, "=1+1": 700}
    back = list(csv.reader(io.StringIO(to.read_text("utf-8-sig"))))
    assert back[0] == ["line", "reasons", *HEADER.strip().split(",")]
    assert [row[0] for row in back[1:]] == ["2", "3", "4", "5", "7", "9"]
    assert "state" in back[1][1]
    assert back[1][5] == "'-5"  # no spreadsheet runs it
    assert "already in line 6" in back[5][1]
    assert len(done.faults) == 6


async def test_a_mended_file_of_refused_rows_is_imported(shop: Shop, path: Path) -> None:
    put(path, HEADER.strip() + ",state\nA-1,10023,2026-03-01,-5,CNY,,paid\n")
    to = path.with_name("refused.csv")
    await run(shop.store, path, refused_to=str(to))
    to.write_text(to.read_text("utf-8-sig").replace(",paid", ",已退款"), "utf-8")
    done = await run(shop.store, to)
    assert (done.created, done.ignored_columns) == (1, ["line", "reasons"])
    assert await shop.rows(orders, "amount_minor", "state") == [(-500, "returned")]


async def test_headers_and_encodings_of_chinese_spreadsheets(shop: Shop, path: Path) -> None:
    text = (
        "订单编号,客户编号,下单时间,金额,币种,状态,商品编号,数量\n"
        "单-1,客-1,2026/3/1 10:05,￥128.00,CNY,已发货,水壶,2\n"
    )
    put(path, text, "gb18030")
    done = await run(shop.store, path)
    assert (done.encoding, done.created, done.refused) == ("gb18030", 1, 0)
    assert await shop.rows(orders, "external_id", "state", "product_summary") == [
        ("单-1", "shipped", "水壶 × 2")
    ]
    assert await shop.rows(order_lines, "quantity") == [(2,)]
    assert await shop.rows(identities, "value_norm") == [("客-1",)]


async def test_versions_of_one_order_may_stand_in_any_order(shop: Shop, path: Path) -> None:
    head = HEADER.strip() + ",state,revision\n"
    rows = [f"A-1,1,2026-03-01,{n},CNY,,paid,{n}\n" for n in (2, 3, 1)]
    put(path, head + "".join(rows))
    done = await run(shop.store, path)
    assert (done.created, done.updated, done.stale, done.refused) == (1, 1, 1, 0)
    assert await shop.rows(orders, "amount_minor", "revision") == [(300, 3)]


async def test_an_import_that_was_broken_off_is_repeated(
    shop: Shop, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.customers.business import csv_rows

    body = "".join(f"A-{n},C-{n},2026-03-01,1,CNY,\n" for n in range(700))
    put(path, HEADER + body)
    real = csv_rows.OrderRows.write
    pieces = 0

    def killed(kind: csv_rows.OrderRows, tx: Tx, piece: Piece[Order]) -> csv_rows.Written:
        nonlocal pieces
        pieces += 1
        if pieces == 3:
            real(kind, tx, piece)
            raise RuntimeError("killed before the commit")
        return real(kind, tx, piece)

    monkeypatch.setattr(csv_rows.OrderRows, "write", killed)
    with pytest.raises(RuntimeError):
        await run(shop.store, path)
    there = await shop.count(orders)
    assert 0 < there < 700
    assert await shop.count(customers) == there  # nothing half-written
    monkeypatch.undo()
    done = await run(shop.store, path)
    assert (done.created, done.unchanged) == (700 - there, there)


async def test_what_cannot_be_read_at_all_says_what_to_do(shop: Shop, path: Path) -> None:
    put(path, "name,phone\nAnn,1\n")
    with pytest.raises(Invalid, match="external_id, customer_external_id"):
        await run(shop.store, path)
    with pytest.raises(Invalid, match="cannot be read"):
        await run(shop.store, path.with_name("none.csv"))
    put(path, GOOD)
    with pytest.raises(Invalid, match="source"):
        await import_orders(shop.store, ImportRows(str(path), "my shop!"), Bar())
    put(path, HEADER + "A,,,,,\n")
    with pytest.raises(Invalid, match="cannot be written"):
        await run(shop.store, path, refused_to=str(path.with_name("none") / "x.csv"))


async def test_the_bar_runs_to_its_end(shop: Shop, path: Path) -> None:
    put(path, HEADER + "".join(f"A-{n},C,2026-03-01,1,CNY,\n" for n in range(1300)))
    bar = Bar()
    await import_orders(shop.store, ImportRows(str(path), "shop"), bar)
    assert len(bar.told) == 3
    assert bar.told[-1] == (1301, 1301)
    assert bar.told == sorted(bar.told)


async def test_products_name_what_orders_brought(shop: Shop, path: Path) -> None:
    put(path, HEADER.strip() + ",product\nA-1,1,2026-03-01,1,CNY,,kettle\n")
    await run(shop.store, path)
    put(
        path,
        "external_id,name,family,price,currency,retired\n"
        "kettle,水壶,厨房,129.00,CNY,否\n"
        "cup,杯子,,12,,\n"
        "cup,杯子,,12,CNY,maybe\n"
        "pan,平底锅,,-1,CNY,\n"
        "lid,,,,,yes\n"
        "lid,盖子,,,,\n",
    )
    done = await import_products(shop.store, ImportRows(str(path), "shop"), Bar())
    assert (done.created, done.updated, done.refused) == (1, 1, 4)
    found = await shop.rows(products, "external_id", "name", "list_minor", "retired")
    assert found == [("kettle", "水壶", 12900, False), ("lid", "lid", None, True)]


async def test_the_commands_as_a_person_types_them(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(GOOD + "A-3,1,2026-03-01,-1,CNY,\n")
    (tmp_path / "products.csv").write_text("external_id,name\nkettle,Kettle\n")
    code, out, err = await hub(tmp_path, "import", "orders", "orders.csv", "--dry-run")
    assert (code, "Would create 2 orders and 2 unidentified customers" in out) == (0, True), err
    code, out, err = await hub(tmp_path, "import", "orders", "orders.csv", "--refused", "r.csv")
    assert (code, "Created 2 orders" in out, "line 4" in err) == (0, True, True)
    assert (tmp_path / "r.csv").exists()
    code, out, _ = await hub(tmp_path, "import", "orders", "orders.csv", "--source", "import")
    assert (code, "2 unchanged" in out) == (0, True)
    code, out, _ = await hub(tmp_path, "import", "products", "products.csv")
    assert (code, "Created 1 products" in out) == (0, True)
    code, _, err = await hub(tmp_path, "import", "orders", "products.csv")
    assert (code, "are missing" in err) == (1, True)
    code, out, _ = await hub(tmp_path, "rebuild", "effort")
    assert (code, "0 were different" in out) == (0, True)


async def test_what_customers_owe_comes_by_file(shop: Shop, path: Path) -> None:
    put(
        path,
        "客户编号,余额,币种,信用额度,冻结,截至\n"
        "1,500.00,CNY,400,是,2026-03-05\n"
        "1,0,CNY,400,否,2026-03-04\n"
        "2,-12.5,CNY,,,\n"
        "2,1,CNY,,,\n"
        "3,x,CNY,,maybe,soon\n",
    )
    asked = ImportRows(str(path), "shop")
    tried = await import_balances(shop.store, ImportRows(str(path), "shop", dry_run=True), Bar())
    assert await shop.count(customers) == 0
    done = await import_balances(shop.store, asked, Bar())
    figures = (done.created, done.stale, done.refused, done.made_customers)
    assert figures == (tried.created, tried.stale, tried.refused, tried.made_customers)
    assert figures == (2, 1, 2, 2)
    found = await shop.rows(accounts_receivable, "balance_minor", "credit_hold")
    assert found == [(-1250, False), (50000, True)]
    again = await import_balances(shop.store, asked, Bar())
    assert (again.created, again.unchanged, again.stale) == (0, 2, 1)


async def test_what_is_under_repair_comes_by_file(shop: Shop, path: Path) -> None:
    put(
        path,
        "external_id,customer_external_id,kind,state,order,product,text,state_at\n"
        "R-1,1,维修,维修中,A-1,kettle,it leaks,2026-03-05\n"
        "R-1,1,repair,received,A-1,kettle,it leaks,2026-03-04\n"
        "R-2,1,theft,gone,,,,\n"
        "R-3,2,defect,reported,,,,\n",
    )
    tried = await import_cases(shop.store, ImportRows(str(path), "shop", dry_run=True), Bar())
    done = await import_cases(shop.store, ImportRows(str(path), "shop"), Bar())
    assert (done.created, done.stale, done.refused, done.made_customers) == (2, 1, 1, 2)
    assert (tried.created, tried.stale, tried.refused, tried.made_customers) == (2, 1, 1, 2)
    found = await shop.rows(service_cases, "external_id", "kind", "state", "order_external_id")
    assert found == [("R-1", "repair", "repairing", "A-1"), ("R-3", "defect", "reported", None)]
    assert "neither a defect nor a repair" in done.faults[0]
