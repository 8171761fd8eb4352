"""Imports over HTTP: a file is looked at, mapped, run and taken back; by whom, and whose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientError
from sqlalchemy import insert, select, update

from hub import care
from hub.accounts.tables import audit_log, teams
from hub.customers.imports.runner import ImportRunner
from hub.customers.imports.service import fire_due_forgetting
from hub.customers.imports.tables import import_batches, import_rows
from hub.customers.tables import customers, identities
from hub.jobs.imports import import_rules
from hub.storage import DirectoryBlobs, Store, Tx
from hub.testing.clock import ManualClock
from tests.integration.customers.builders import asks, count, identify, mail, phone
from tests.integration.customers.imports.build import everything
from tests.integration.customers.imports.desk import Desk, open_desk

FILE = """姓名,手机,邮箱,等级,备注
陈小明,13800138000,chen@example.com,gold,下午联系
李娜,13900139000,,,
王五,12,,platinum,
张三,13700137000,both@example.com,,
"""


@pytest.fixture
async def desk(store: Store, blobs: DirectoryBlobs) -> AsyncIterator[Desk]:
    async with open_desk(store, blobs) as opened:
        yield opened


async def test_a_file_is_looked_at_run_and_taken_back(desk: Desk) -> None:
    store = desk.house.store
    await identify(store, asks(mail("both@example.com")), asks(phone("13700137000")))
    await identify(store, asks(phone("13900139000", "李娜")))
    before = await everything(store, {"dirty_customers"})
    status, sent = await desk.send(FILE, query="?source=fair")
    assert (status, sent["state"], sent["rows"], sent["encoding"]) == (201, "reading", 4, "gb18030")
    assert [column["holds"] for column in sent["columns"]] == [
        *("name", "phone", "email", "tier", "note"),
    ]
    await desk.work()
    seen = await desk.ask("GET", f"/imports/{sent['id']}")
    assert (seen["state"], seen["done"]) == ("preview", 4)
    counts = {key: seen["counts"][key] for key in ("new", "match", "conflict", "invalid")}
    assert counts == {"new": 1, "match": 1, "conflict": 1, "invalid": 1}
    assert await everything(store, {"dirty_customers"}) == before, "a preview writes nothing"
    running = await desk.ask("POST", f"/imports/{sent['id']}/run")
    assert (running["state"], running["done"]) == ("running", 0)
    await desk.work()
    done = await desk.ask("GET", f"/imports/{sent['id']}")
    assert (done["state"], done["counts"]["created"]) == ("done", 1)
    assert done["counts"]["written"] >= 4
    await desk.ask("POST", f"/imports/{sent['id']}/undo")
    await desk.work()
    undone = await desk.ask("GET", f"/imports/{sent['id']}")
    assert (undone["state"], undone["counts"]["kept"]) == ("undone", 0)
    assert await everything(store, {"dirty_customers"}) == before


async def test_rows_are_listed_by_class_with_who_and_why(desk: Desk) -> None:
    store = desk.house.store
    await identify(store, asks(mail("both@example.com", "B")), asks(phone("13700137000", "A")))
    await identify(store, asks(phone("13900139000", "李娜")))
    batch_id = await desk.previewed(FILE)
    assert [row["label"] for row in await desk.rows(batch_id)] == ["陈小明", "李娜", "王五", "张三"]
    [match] = await desk.rows(batch_id, "match")
    assert (match["line"], match["customer"]["name"]) == (3, "李娜")
    [invalid] = await desk.rows(batch_id, "invalid")
    assert {why["code"] for why in invalid["reasons"]} >= {"tier.unknown"}
    assert "没有“platinum”这个客户等级。" in [why["text"] for why in invalid["reasons"]]
    assert invalid["cells"][0] == "王五"
    [conflict] = await desk.rows(batch_id, "conflict")
    assert {one["name"] for one in conflict["holders"]} == {"A", "B"}
    path = f"/imports/{batch_id}/rows?limit=3"
    first = await desk.ask("GET", path)
    rest = await desk.ask("GET", f"{path}&after={first['after']}")
    assert [row["line"] for row in rest["items"]] == [5]
    assert rest["after"] is None


async def test_refused_rows_come_as_a_file_that_can_be_sent_again(desk: Desk) -> None:
    batch_id = await desk.previewed(FILE)
    async with desk.client.session.get(
        desk.client.server.make_url(f"/api/v1/imports/{batch_id}/refused.csv"),
        headers={"Authorization": "Bearer supervisor"},
    ) as response:
        assert response.content_type == "text/csv"
        sheet = await response.text("utf-8")
    assert "王五" in sheet
    assert "陈小明" not in sheet
    mended = sheet.replace(",12,", ",13600136000,").replace("platinum", "gold", 2)
    again = await desk.previewed(mended.encode())
    assert (await desk.ask("GET", f"/imports/{again}"))["counts"]["invalid"] == 0


async def test_columns_are_said_by_hand_where_their_names_say_nothing(desk: Desk) -> None:
    status, sent = await desk.send("who,where\nAnn,13800138000\n")
    assert (status, sent["state"]) == (201, "mapping")
    await desk.work()
    path = f"/imports/{sent['id']}"
    status, answer = await desk.client.ask("POST", f"{path}/run", who="supervisor")
    assert (status, answer["code"]) == (409, "import.state")
    for columns in (["name"], ["name", "shoe"], ["", ""]):
        status, answer = await desk.client.ask(
            "PUT", f"{path}/mapping", {"columns": columns}, who="supervisor"
        )
        assert status == 422
    mapped = await desk.ask("PUT", f"{path}/mapping", {"columns": ["name", "phone"]})
    assert mapped["state"] == "reading"
    await desk.work()
    assert (await desk.ask("GET", path))["counts"]["new"] == 1
    # and once more: the preview is made anew
    await desk.ask("PUT", f"{path}/mapping", {"columns": ["note", "phone"]})
    assert await desk.rows(sent["id"]) == []
    await desk.work()
    assert [row["label"] for row in await desk.rows(sent["id"])] == ["138 0013 8000"]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"name,x" * 300])
async def test_a_file_that_cannot_be_read_is_refused_and_not_kept(
    desk: Desk, blobs: DirectoryBlobs, data: bytes
) -> None:
    status, answer = await desk.send(data)
    assert status in (413, 422), answer
    assert await count(desk.house.store, import_batches) == 0
    assert [one for one in blobs.root.rglob("*") if one.is_file()] == []


async def test_who_leaves_while_a_file_is_kept_leaves_its_bytes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = desk.house.store.write

    async def left(function: Any, argument: Any) -> Any:
        """Cancel the caller as soon as its write is under way."""
        caller = asyncio.current_task()
        assert caller is not None
        asyncio.get_running_loop().call_soon(caller.cancel)
        return await write(function, argument)

    with monkeypatch.context() as patch:
        patch.setattr(desk.house.store, "write", left)
        with pytest.raises(ClientError):
            await desk.send(FILE)
    await write(lambda _tx, _: None, None)  # after the one of the caller
    await desk.work()
    [kept] = (await desk.ask("GET", "/imports"))["items"]
    assert (kept["state"], kept["error"], kept["done"]) == ("preview", None, 4)


async def test_a_file_that_was_only_looked_at_is_put_away_with_all_that_it_said(
    desk: Desk, blobs: DirectoryBlobs
) -> None:
    store = desk.house.store
    batch_id = await desk.previewed(FILE)
    await desk.ask("DELETE", f"/imports/{batch_id}")
    assert (await desk.ask("GET", f"/imports/{batch_id}"))["state"] == "undone"
    for method, path in (("POST", "/run"), ("POST", "/undo"), ("DELETE", "")):
        status, answer = await desk.client.ask(
            method, f"/imports/{batch_id}{path}", who="supervisor"
        )
        assert (status, answer["code"]) == (409, "import.state")

    def forget(tx: Tx, _: None) -> int:
        return fire_due_forgetting(tx, tx.now, 200)

    assert await store.write(forget, None) == 4
    await desk.runner.tidy()
    assert [one for one in blobs.root.rglob("*") if one.is_file()] == []


async def test_imports_are_for_supervisors(desk: Desk) -> None:
    batch_id = await desk.previewed(FILE)
    assert (await desk.send(FILE, who="agent"))[0] == 403
    for method, path in (
        ("GET", "/imports"),
        ("GET", f"/imports/{batch_id}"),
        ("GET", f"/imports/{batch_id}/rows"),
        ("GET", f"/imports/{batch_id}/refused.csv"),
        ("POST", f"/imports/{batch_id}/run"),
        ("POST", f"/imports/{batch_id}/undo"),
        ("DELETE", f"/imports/{batch_id}"),
    ):
        assert (await desk.client.ask(method, path, who="agent"))[0] == 403, path


def _branches(tx: Tx, _: None) -> None:
    tx.execute(update(teams).where(teams.c.id == "team").values(is_branch=True, region="US"))
    tx.execute(
        insert(teams).values(id="south", zh="南方", en="South", retired=False, is_branch=True)
    )


async def test_rows_land_in_the_branch_of_who_imports_and_reveal_nobody(desk: Desk) -> None:
    store = desk.house.store
    await store.write(_branches, None)
    [hidden] = await identify(store, asks(mail("hidden@example.com", "Canary")))

    def hide(tx: Tx, _: None) -> None:
        tx.execute(update(customers).values(branch_id="south"))

    await store.write(hide, None)
    batch_id = await desk.previewed(
        "name,phone,email,company\nAnn,(212) 555-0123,,Firm\nBen,,hidden@example.com,\n"
    )
    [conflict] = await desk.rows(batch_id, "conflict")
    assert [why["code"] for why in conflict["reasons"]] == ["row.out_of_sight"]
    assert conflict["holders"] == []
    await desk.ask("POST", f"/imports/{batch_id}/run")
    await desk.work()
    assert "Canary" not in str(await desk.rows(batch_id))

    def made(tx: Tx, _: None) -> Any:
        rows = tx.execute(select(customers).where(customers.c.id != hidden.customer_id))
        return {row.name: row.branch_id for row in rows}

    assert await store.read(made, None) == {"Ann": "team", "Firm": "team"}
    assert await count(store, identities, identities.c.value_norm == "+12125550123") == 1


async def test_an_import_of_another_branch_is_not_there(desk: Desk) -> None:
    store = desk.house.store
    batch_id = await desk.previewed(FILE)
    await store.write(_branches, None)

    def give(tx: Tx, _: None) -> None:
        tx.execute(update(import_batches).values(branch_id="south", by="somebody"))

    await store.write(give, None)
    assert (await desk.ask("GET", "/imports"))["items"] == []
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/rows", None),
        ("GET", "/refused.csv", None),
        ("POST", "/run", None),
        ("POST", "/undo", None),
        ("DELETE", "", None),
        ("PUT", "/mapping", {"columns": []}),
    ):
        status, _ = await desk.client.ask(
            method, f"/imports/{batch_id}{path}", body, who="supervisor"
        )
        assert status == 404, path


async def test_imports_are_listed_newest_first(desk: Desk) -> None:
    ids = [await desk.previewed(FILE, name=f"{n}.csv") for n in range(3)]
    page = await desk.ask("GET", "/imports?limit=2")
    assert [one["id"] for one in page["items"]] == [ids[2], ids[1]]
    rest = await desk.ask("GET", f"/imports?limit=2&after={page['after']}")
    assert [one["id"] for one in rest["items"]] == [ids[0]]
    assert rest["after"] is None


async def test_what_was_done_is_in_the_log(desk: Desk) -> None:
    batch_id = await desk.previewed(FILE)
    await desk.ask("POST", f"/imports/{batch_id}/run")
    await desk.work()

    def read(tx: Tx, _: None) -> list[tuple[str, str]]:
        found = select(audit_log.c.action, audit_log.c.actor_name)
        rows = tx.execute(found.where(audit_log.c.object_id == batch_id).order_by(audit_log.c.id))
        return [(row.action, row.actor_name) for row in rows]

    assert await desk.house.store.read(read, None) == [
        ("import.add", "Sun"),
        ("import.preview", "Sun"),
        ("import.running", "Sun"),
        ("import.done", "Sun"),
    ]


async def test_a_run_goes_on_after_its_process_died(
    desk: Desk, blobs: DirectoryBlobs, clock: ManualClock
) -> None:
    """Some pieces are written, then nothing: another process takes it up and writes the rest."""
    store = desk.house.store
    lines = "".join(f"C{n},c{n}@x.cn\n" for n in range(450))
    batch_id = await desk.previewed(f"name,email\n{lines}")
    await desk.ask("POST", f"/imports/{batch_id}/run")
    other = ImportRunner(store, blobs, import_rules, care.retier)
    died = 0

    write = store.write_bulk

    async def dies(function: Any, argument: Any) -> Any:
        nonlocal died
        died += 1
        if died == 3:
            raise KeyboardInterrupt
        return await write(function, argument)

    store.write_bulk = dies  # type: ignore[method-assign]  # - the process ends in the third piece
    with pytest.raises(KeyboardInterrupt):
        await desk.runner.step()
    store.write_bulk = write  # type: ignore[method-assign]  # - another process
    written = await count(store, customers)
    assert 0 < written < 450
    assert await other.step() is None, "it is held for a while"
    clock.advance(31)
    finished = await other.step()
    assert finished is not None
    assert (finished.state, finished.counts.created, finished.done) == ("done", 450, 450)
    assert await count(store, customers) == 450
    assert await count(store, import_rows) == 450


async def test_an_undo_stops_a_run(desk: Desk, blobs: DirectoryBlobs) -> None:
    store = desk.house.store
    before = await everything(store)
    lines = "".join(f"C{n},c{n}@x.cn\n" for n in range(450))
    batch_id = await desk.previewed(f"name,email\n{lines}")
    await desk.ask("POST", f"/imports/{batch_id}/run")
    write = store.write_bulk
    pieces = 0

    async def undone_meanwhile(function: Any, argument: Any) -> Any:
        nonlocal pieces
        pieces += 1
        if pieces == 3:
            await desk.ask("POST", f"/imports/{batch_id}/undo")
        return await write(function, argument)

    store.write_bulk = undone_meanwhile  # type: ignore[method-assign]  # - between two pieces
    await desk.work()
    assert (await desk.ask("GET", f"/imports/{batch_id}"))["state"] == "undone"
    assert await everything(store) == before


async def test_a_fault_stops_that_import_only_and_it_can_go_on(
    desk: Desk, blobs: DirectoryBlobs
) -> None:
    store = desk.house.store
    batch_id = await desk.previewed(FILE)
    other = await desk.previewed("name,email\nAnn,ann@x.cn\n")

    def blob_of(tx: Tx, key: str) -> str:
        found = select(import_batches.c.blob_id).where(import_batches.c.id == key)
        return str(tx.execute(found).scalar_one())

    path = blobs.path(await store.read(blob_of, batch_id))
    aside = path.rename(path.with_suffix(".aside"))
    for one in (batch_id, other):
        await desk.ask("POST", f"/imports/{one}/run")
    await desk.work()
    failed = await desk.ask("GET", f"/imports/{batch_id}")
    assert (failed["state"], failed["counts"]["created"]) == ("failed", 0)
    assert "cannot be read" in failed["error"]
    assert (await desk.ask("GET", f"/imports/{other}"))["state"] == "done"
    aside.rename(path)
    await desk.ask("POST", f"/imports/{batch_id}/run")
    await desk.work()
    assert (await desk.ask("GET", f"/imports/{batch_id}"))["state"] == "done"


async def test_old_imports_are_forgotten_with_their_files(
    desk: Desk, blobs: DirectoryBlobs, clock: ManualClock
) -> None:
    store = desk.house.store
    batch_id = await desk.previewed(FILE)
    await desk.ask("POST", f"/imports/{batch_id}/run")
    await desk.work()

    def fire(tx: Tx, limit: int) -> int:
        return fire_due_forgetting(tx, tx.now, limit)

    assert await store.write(fire, 3) == 0
    clock.advance(91 * 86_400)
    assert await store.write(fire, 3) == 3
    assert await store.write(fire, 3) == 1
    assert await store.write(fire, 3) == 0
    assert await count(store, import_rows) == 0
    await desk.runner.tidy()
    assert [one for one in blobs.root.rglob("*") if one.is_file()] == []
    status, answer = await desk.client.ask("POST", f"/imports/{batch_id}/undo", who="supervisor")
    assert (status, answer["code"]) == (409, "import.state")
    assert (await desk.ask("GET", f"/imports/{batch_id}"))["state"] == "done"
