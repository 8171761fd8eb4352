"""Backup and restore: under traffic, on both databases, and refusals that overwrite nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.engine import make_url

from hub.core.bus import Bus
from hub.core.errors import Conflict, Invalid, Unavailable
from hub.core.ids import new_id
from hub.storage import DirectoryBlobs, Store, Tx
from hub.storage.backup import (
    list_backups,
    made_at,
    make_backup,
    prune_backups,
    restore_backup,
)
from hub.storage.leases import leases
from hub.testing.databases import PrivatePostgreSQL


def remember(tx: Tx, blob_id: str) -> None:
    """Write a row that names a blob: a lease's name will do."""
    values = {"name": blob_id, "holder": "x", "epoch": 1, "expires_at": tx.now}
    tx.execute(insert(leases).values(**values))


def names(tx: Tx, _: None) -> list[str]:
    return list(tx.execute(select(leases.c.name)).scalars())


def count(tx: Tx, _: None) -> int:
    return int(tx.execute(select(func.count()).select_from(leases)).scalar_one())


@pytest.fixture
def elsewhere(
    database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[], str]]:
    """Make the URL of another database of the same kind with nothing in it, not even tables."""
    made: list[str] = []

    def make() -> str:
        if make_url(database_url).get_backend_name() == "sqlite":
            return f"sqlite+pysqlite:///{tmp_path / new_id()}.sqlite"
        server: PrivatePostgreSQL = request.getfixturevalue("postgresql")
        made.append(f"restored_{new_id().replace('-', '')}")
        return server.create(made[-1])

    yield make
    for name in made:
        request.getfixturevalue("postgresql").drop(name)


async def test_a_backup_under_traffic_holds_every_row_with_its_file(
    store: Store,
    blobs: DirectoryBlobs,
    tmp_path: Path,
    elsewhere: Callable[[], str],
) -> None:
    committed: list[str] = []
    well_under_way = asyncio.Event()

    async def traffic() -> None:
        while True:
            blob = await blobs.put(new_id().encode())
            await store.write(remember, blob.id)
            committed.append(blob.id)
            if len(committed) == 20:
                well_under_way.set()

    writing = [asyncio.create_task(traffic()) for _ in range(4)]
    await well_under_way.wait()
    before = list(committed)
    made = await asyncio.to_thread(make_backup, store.url, blobs.root, tmp_path / "backups")
    at_end = len(committed)
    for task in writing:
        task.cancel()
    await asyncio.gather(*writing, return_exceptions=True)
    assert len(committed) >= at_end > len(before)

    url, files = elsewhere(), DirectoryBlobs(tmp_path / "restored")
    await asyncio.to_thread(restore_backup, made, url, files.root)
    async with Store(url, Bus()) as restored:
        found = await restored.read(names, None)
        assert set(before) <= set(found) <= set(committed)
        contents = {await files.get(name) for name in found}
        assert len(contents) == len(found)
        await restored.write(remember, new_id())
        assert await restored.read(count, None) == len(found) + 1


async def test_a_restore_overwrites_nothing(
    store: Store, blobs: DirectoryBlobs, tmp_path: Path
) -> None:
    await store.write(remember, new_id())
    made = make_backup(store.url, blobs.root, tmp_path / "backups")
    with pytest.raises(Conflict):
        restore_backup(made, store.url, blobs.root)
    assert await store.read(count, None) == 1


async def test_a_damaged_backup_is_refused(
    store: Store, blobs: DirectoryBlobs, tmp_path: Path, elsewhere: Callable[[], str]
) -> None:
    made = make_backup(store.url, blobs.root, tmp_path / "backups")
    (database,) = made.glob("hub.*")
    content = bytearray(database.read_bytes())
    content[len(content) // 2] ^= 1
    database.write_bytes(content)
    with pytest.raises(Invalid, match="has changed since"):
        restore_backup(made, elsewhere(), tmp_path / "restored")


async def test_a_backup_of_the_other_database_is_refused(
    store: Store, blobs: DirectoryBlobs, tmp_path: Path
) -> None:
    made = make_backup(store.url, blobs.root, tmp_path / "backups")
    other = "sqlite:///x" if store.dialect == "postgresql" else "postgresql://127.0.0.1/x"
    with pytest.raises(Invalid, match=f"backup of {store.dialect}"):
        restore_backup(made, other, tmp_path / "restored")


def test_a_folder_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="not a backup"):
        restore_backup(tmp_path, "sqlite:///x", tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"database": "clay"}), "utf-8")
    with pytest.raises(Invalid, match="not a backup"):
        restore_backup(tmp_path, "sqlite:///x", tmp_path)


async def test_a_backup_that_fails_leaves_nothing_behind(
    sqlite_store: Store, blobs: DirectoryBlobs, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    with pytest.raises(Unavailable):
        make_backup(f"sqlite:///{tmp_path}/none.sqlite", blobs.root, folder)
    assert list(folder.iterdir()) == []
    assert list_backups(folder) == []


async def test_the_files_of_many_backups_are_stored_once(
    sqlite_store: Store, blobs: DirectoryBlobs, tmp_path: Path
) -> None:
    blob = await blobs.put(b"a photo")
    (blobs.root / blob.id[-2:] / f"{new_id()}.part").write_bytes(b"half an upload")
    made = [make_backup(sqlite_store.url, blobs.root, tmp_path / "backups") for _ in range(2)]
    copies = [list((backup / "blobs").rglob("*-*")) for backup in made]
    assert [len(found) for found in copies] == [1, 1]
    assert blobs.path(blob.id).stat().st_nlink == 3


async def test_only_the_newest_backups_are_kept(
    sqlite_store: Store, blobs: DirectoryBlobs, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    made = [make_backup(sqlite_store.url, blobs.root, folder) for _ in range(3)]
    (folder / "mine.txt").write_text("not a backup", "utf-8")
    assert made == list_backups(folder)
    assert prune_backups(folder, 2) == made[:1]
    assert list_backups(folder) == made[1:]
    assert made_at(made[1]) < made_at(made[2])
    assert (folder / "mine.txt").exists()
