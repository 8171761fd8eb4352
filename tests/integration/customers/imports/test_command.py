"""`hub import`, as a person types it: alone, and beside a hub that runs."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from sqlalchemy import false

from hub.core.bus import Bus
from hub.customers.access import Scope
from hub.customers.imports.reads import list_batches
from hub.customers.imports.service import Batch, get_batch
from hub.customers.tables import customers
from hub.schema import upgrade
from hub.storage import Store
from hub.testing.center import open_center
from hub.testing.hub import hub_settings, running_hub
from tests.integration.customers.builders import count

FILE = """姓名,手机,邮箱,等级
陈小明,13800138000,chen@example.com,gold
王五,12,,platinum
"""


async def hub(folder: Path, *arguments: str) -> tuple[int, str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hub",
        *arguments,
        cwd=folder,
        env={**clean, "HUB__DATA_DIR": str(folder / "data")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_file_is_tried_imported_and_its_refused_rows_come_back(tmp_path: Path) -> None:
    settings = hub_settings(tmp_path / "data")
    settings.data_path().mkdir(parents=True)
    upgrade(settings.database())
    async with Store(settings.database(), Bus()) as store:
        await store.write(open_center, None)
    (tmp_path / "customers.csv").write_bytes(FILE.encode("gb18030"))
    code, out, err = await hub(tmp_path, "import", "customers.csv", "--dry-run")
    assert code == 0, err
    assert "Would create 1 customers" in out
    assert "gb18030" in out
    assert "line 3" in err
    code, out, _ = await hub(tmp_path, "import", "customers.csv", "--refused", "refused.csv")
    assert code == 0
    assert "Created 1 customers" in out
    assert "platinum" in (tmp_path / "refused.csv").read_text("utf-8-sig")


async def test_a_running_hub_imports_for_the_command(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text(FILE)
    async with running_hub(hub_settings(tmp_path / "data")):
        code, out, err = await hub(tmp_path, "import", "customers.csv")
    assert code == 0, err
    assert "Created 1 customers" in out


async def test_a_file_that_names_no_column_is_refused_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("foo,bar\n1,2\n")
    async with running_hub(hub_settings(tmp_path / "data")):
        code, _, err = await hub(tmp_path, "import", "customers.csv")
    assert code == 1
    assert "No column is known" in err.replace("\n", " ")
    assert "Traceback" not in err


async def test_an_import_that_was_killed_is_finished_by_the_hub(tmp_path: Path) -> None:
    """kill -9 in the middle of a run: no row is lost, none is there twice."""
    rows = 6_000
    lines = "".join(f"Customer {n},c{n}@example.com,Firm {n % 50}\n" for n in range(rows))
    (tmp_path / "many.csv").write_text(f"name,email,company\n{lines}")
    settings = hub_settings(tmp_path / "data")
    settings.data_path().mkdir(parents=True)
    upgrade(settings.database())
    async with Store(settings.database(), Bus()) as store:
        await store.write(open_center, None)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub", "import", "many.csv"),
        cwd=tmp_path,
        env={**clean, "HUB__DATA_DIR": str(tmp_path / "data")},
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(60):
        while True:
            begun = await _batches(settings.database())
            if begun and begun[0].done >= 500:
                break
            await asyncio.sleep(0.02)
    process.kill()
    await process.wait()
    [killed] = await _batches(settings.database())
    assert killed.state == "running"
    assert killed.done < rows
    async with running_hub(settings, lambda _tx, _: None) as running, asyncio.timeout(90):
        while True:
            done = await running.store.read(get_batch, killed.id)
            if done.state == "done":
                break
            await asyncio.sleep(0.2)
        assert (done.done, done.counts.created, done.counts.organisations) == (rows, rows, 50)
        assert await count(running.store, customers) == rows + 50
        code, out, err = await hub(tmp_path, "import", "--undo", killed.id)
        assert (code, "0 rows keep" in out) == (0, True), err
        assert await count(running.store, customers) == 0


async def _batches(url: str) -> list[Batch]:
    async with Store(url, Bus()) as store:
        everything = Scope("", everything=True, branches=frozenset(), more=false())
        return await store.read(lambda tx, limit: list_batches(tx, everything, limit, None), 5)


CARDS = """BEGIN:VCARD
VERSION:3.0
FN:陈晓梅
TEL:13800138000
END:VCARD
"""


async def test_an_import_is_listed_and_taken_back_alone_and_beside_a_hub(tmp_path: Path) -> None:
    (tmp_path / "cards.vcf").write_text(CARDS)
    settings = hub_settings(tmp_path / "data")
    async with running_hub(settings):
        code, out, err = await hub(tmp_path, "import", "cards.vcf")
        assert code == 0, err
        assert "Created 1 customers" in out
        batch_id = err.rpartition("--undo ")[2].strip()
        code, out, err = await hub(tmp_path, "import", "--batches")
        assert code == 0, err
        assert batch_id in out
        assert "cards.vcf: 1 rows, 1 new" in out
    code, out, err = await hub(tmp_path, "import", "--undo", batch_id)
    assert (code, "Taken back: cards.vcf" in out) == (0, True), err
    code, out, err = await hub(tmp_path, "import", "--undo", batch_id)
    assert code == 1
    assert "Traceback" not in err
    code, _, err = await hub(tmp_path, "import", "cards.vcf", "--batches")
    assert (code, "Say one of" in err.replace("\n", " ")) == (1, True)
