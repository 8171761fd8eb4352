"""Files of the blob store that no row names are removed; whatever a row names is kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Integer, Table, delete, insert, select

from hub.accounts.tables import users
from hub.channels.mailbox.forgetting import forget
from hub.channels.mailbox.service import KeepRaw, keep_raw
from hub.contacts.forgetting import Whose
from hub.contacts.words.tables import responses
from hub.core.ids import new_id
from hub.doctor.files import check_files
from hub.jobs.blob_pairing import find_pair, keep_pair, parse_pair
from hub.jobs.blob_sweep import SAFE_AGE, BlobSweep
from hub.jobs.named_blobs import NAMING
from hub.settings import Secret, Settings
from hub.storage import Blobs, DirectoryBlobs, Json, Store, Tx, UTCDateTime
from hub.storage.blob_rounds import Round, blob_rounds, read_round
from hub.storage.blobs import NOTE, PARTS
from hub.testing.clock import ManualClock

NOBODY = "01999999-9999-7999-8999-9999999999"  # an id but for its end
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def paired(store: Store, blobs: DirectoryBlobs) -> None:
    """Files and database have been together for years."""
    await store.write(first_user, LONG_AGO)
    await keep_pair(store, blobs, LONG_AGO)


def first_user(tx: Tx, at: datetime) -> None:
    add_row(tx, users, created_at=at)


@pytest.fixture
def sweep(store: Store, blobs: DirectoryBlobs, paired: None) -> BlobSweep:
    """As it will look in eight days: what is stored now is old enough by then."""
    return BlobSweep(store, blobs, in_days(8))


def in_days(days: int) -> ManualClock:
    return ManualClock(datetime.now(UTC) + timedelta(days=days))


async def whole_round(sweep: BlobSweep) -> int:
    """Look at all that waits; parts without a folder count as looked at an hour ago at first."""
    await skip_empty(sweep._store, sweep._blobs)
    removed = 0
    while (looked := await sweep.turn()) is not None:
        removed += looked.removed
    return removed


async def skip_empty(store: Store, blobs: Blobs) -> None:
    """256 looks at nothing take seconds. What the two know of each other stays as it is."""
    before = await find_pair(store, blobs, datetime.max.replace(tzinfo=UTC))
    empty = [part for part in range(PARTS) if not blobs.path(f"{NOBODY}{part:02x}").parent.exists()]
    await store.write(look_at, empty)
    if before.since.year < 9999:
        await keep_pair(store, blobs, before.since)


def look_at(tx: Tx, parts: list[int]) -> None:
    known = set(tx.execute(select(blob_rounds.c.part)).scalars())
    nothing = {"looked_at": tx.now - timedelta(hours=1), "files": 0, "removed": 0,
               "removed_bytes": 0, "unfinished": 0}  # fmt: skip
    rows = [{"part": part, **nothing} for part in parts if part not in known]
    if rows:
        tx.execute(insert(blob_rounds), rows)


def files_of(blobs: DirectoryBlobs) -> set[str]:
    found = {path.name for path in blobs.root.rglob("*") if path.is_file()}
    return found - {NOTE}


def add_row(tx: Tx, table: Table, **known: Any) -> dict[str, Any]:
    """Add a row with what is `known`, and with anything in the columns that must hold something."""
    values = dict(known)
    for column in table.columns:
        if column.name not in values and not column.nullable:
            values[column.name] = anything(tx, column)
    tx.execute(insert(table).values(**values))
    return values


def anything(tx: Tx, column: Column[Any]) -> Any:
    for key in column.foreign_keys:
        return add_row(tx, key.column.table)[key.column.name]
    if isinstance(column.type, Json):
        return {}
    if isinstance(column.type, UTCDateTime):
        return tx.now
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, Integer):
        return 1
    return new_id()[: getattr(column.type, "length", None) or 36]


@pytest.mark.parametrize("column", NAMING, ids=str)
async def test_a_file_that_a_row_names_is_kept(
    column: Column[Any], store: Store, blobs: DirectoryBlobs, sweep: BlobSweep
) -> None:
    named, nobodys = await blobs.put(b"named"), await blobs.put(b"nobody's")

    def name(tx: Tx, _: None) -> None:
        add_row(tx, column.table, **{column.name: named.id})

    await store.write(name, None)
    assert await whole_round(sweep) == 1
    assert files_of(blobs) == {named.id}
    assert nobodys.id != named.id


async def test_a_file_in_a_list_of_a_row_is_kept(
    store: Store, blobs: DirectoryBlobs, sweep: BlobSweep
) -> None:
    named = await blobs.put(b"a price list")
    await blobs.put(b"nobody's")
    file = {"blob_id": named.id, "name": "p.pdf", "media_type": "application/pdf", "size_bytes": 1}

    def name(tx: Tx, _: None) -> None:
        add_row(tx, responses, files=[file])

    await store.write(name, None)
    assert await whole_round(sweep) == 1
    assert files_of(blobs) == {named.id}


@pytest.mark.parametrize("age", [timedelta(0), SAFE_AGE - timedelta(hours=1)])
async def test_what_is_young_is_left_alone(
    age: timedelta, store: Store, blobs: DirectoryBlobs, paired: None
) -> None:
    young = await blobs.put(b"its row is still to come")
    sweep = BlobSweep(store, blobs, ManualClock(datetime.now(UTC) + age))
    assert await whole_round(sweep) == 0
    assert files_of(blobs) == {young.id}


async def test_a_file_brought_back_from_a_backup_is_as_young_as_its_own_time(
    blobs: DirectoryBlobs, store: Store, paired: None
) -> None:
    """Its id may be old, its bytes came lately: who put it there is not done yet, perhaps."""
    brought = await blobs.put(b"brought back")
    now = datetime.now(UTC)
    lately = (now + SAFE_AGE).timestamp()
    os.utime(blobs.path(brought.id), (lately, lately))
    later = ManualClock(now + SAFE_AGE + timedelta(days=1))
    assert await whole_round(BlobSweep(store, blobs, later)) == 0


async def test_what_never_became_a_file_goes_and_what_is_none_stays(
    blobs: DirectoryBlobs, sweep: BlobSweep
) -> None:
    kept = await blobs.put(b"a page")
    folder = blobs.path(kept.id).parent
    part, note = folder / f"{new_id()[:-2]}{folder.name}.part", folder / "README"
    part.write_bytes(b"half a pa")
    note.write_bytes(b"an operator's own")
    assert await whole_round(sweep) == 1  # the page
    assert files_of(blobs) == {"README"}


async def test_a_part_of_many_files_is_looked_at_page_by_page(
    store: Store, blobs: DirectoryBlobs, sweep: BlobSweep
) -> None:
    ids = [f"{new_id()[:-2]}a0" for _ in range(1_201)]
    folder = blobs.root / "a0"
    folder.mkdir(parents=True)
    for id_ in ids:
        (folder / id_).write_bytes(b"x")
    named = ids[600]

    def name(tx: Tx, _: None) -> None:
        add_row(tx, NAMING[0].table, **{NAMING[0].name: named})

    await store.write(name, None)
    pages = [len(page) async for page in blobs.old_in(0xA0, datetime.now(UTC) + timedelta(1))]
    assert pages == [500, 500, 201]
    assert await whole_round(sweep) == 1_200
    assert files_of(blobs) == {named}


async def test_an_erased_customers_mail_is_removed_although_its_digest_stays(
    store: Store, blobs: DirectoryBlobs, sweep: BlobSweep
) -> None:
    """A process that ends between the erasure and the removal leaves the file behind."""
    raw = await blobs.put(b"From: chen@customer.test\r\n\r\nHello")
    kept = KeepRaw("mail", raw.sha256, raw.id, raw.size_bytes, "support@shop.test")
    await store.write(keep_raw, kept)

    def erase(tx: Tx, _: None) -> None:
        assert forget(tx, Whose([], [], [], [raw.id])) == ()

    await store.write(erase, None)
    assert await whole_round(sweep) == 1
    assert files_of(blobs) == set()
    again = await store.write(keep_raw, kept._replace(blob_id=new_id()))
    assert again.state == "filed"  # the same mail is not filed again


async def test_a_round_goes_on_where_it_stood_and_then_rests(
    store: Store, blobs: DirectoryBlobs, sweep: BlobSweep, clock: ManualClock
) -> None:
    first = await sweep.turn()
    another = BlobSweep(store, blobs, ManualClock(datetime.now(UTC)))
    second = await another.turn()
    assert first is not None
    assert second is not None
    assert (first.part, second.part) == (0, 1)
    while await sweep.turn() is not None:
        pass
    found = await store.read(_read, None)
    assert (found.parts, found.oldest) == (PARTS, clock.now())
    clock.advance(86_400)
    third = await sweep.turn()
    assert third is not None
    assert third.part == 0


def _read(tx: Tx, _: None) -> Round:
    return read_round(tx)


async def test_another_database_removes_nothing_for_a_week(
    store: Store, blobs: DirectoryBlobs
) -> None:
    """A hub that was started on the wrong database names none of the files that are there."""
    await store.write(first_user, LONG_AGO)
    wanted = await blobs.put(b"its row is in the database of before")
    assert await whole_round(BlobSweep(store, blobs, in_days(20))) == 0
    await store.write(forget_looks, None)
    assert await whole_round(BlobSweep(store, blobs, in_days(26))) == 0  # anew: other looks
    assert files_of(blobs) == {wanted.id}


async def test_files_and_database_that_stayed_together_for_a_week_are_looked_through(
    store: Store, blobs: DirectoryBlobs, clock: ManualClock
) -> None:
    await store.write(first_user, LONG_AGO)
    await blobs.put(b"nobody's")
    at = in_days(20)
    sweep = BlobSweep(store, blobs, at)
    assert await whole_round(sweep) == 0
    for passing in (clock, at):
        passing.advance(SAFE_AGE.total_seconds())
    assert await whole_round(sweep) == 1


async def test_a_database_brought_back_from_before_removes_nothing(
    store: Store, blobs: DirectoryBlobs, sweep: BlobSweep, clock: ManualClock
) -> None:
    """It knows of no look that was taken since: what came meanwhile is not in it."""
    await whole_round(sweep)
    before = await store.read(_looks, None)
    clock.advance(86_400)
    await whole_round(sweep)
    wanted = await blobs.put(b"its row came after the backup")
    await store.write(bring_back, before)
    assert await whole_round(BlobSweep(store, blobs, in_days(9))) == 0
    assert files_of(blobs) == {wanted.id}


async def test_what_is_older_than_the_database_is_not_its_to_judge(
    store: Store, blobs: DirectoryBlobs
) -> None:
    old = await blobs.put(b"of a database that was put away")
    await keep_pair(store, blobs, LONG_AGO)
    nobody = BlobSweep(store, blobs, in_days(8))
    assert await whole_round(nobody) == 0  # without a user
    await store.write(forget_looks, None)
    await keep_pair(store, blobs, LONG_AGO)
    await store.write(first_user, datetime.now(UTC) + timedelta(hours=1))
    assert await whole_round(nobody) == 0
    assert files_of(blobs) == {old.id}


def _looks(tx: Tx, _: None) -> list[dict[str, Any]]:
    return [dict(row) for row in tx.execute(select(blob_rounds)).mappings()]


def forget_looks(tx: Tx, _: None) -> None:
    tx.execute(delete(blob_rounds))


def bring_back(tx: Tx, looks: list[dict[str, Any]]) -> None:
    forget_looks(tx, None)
    tx.execute(insert(blob_rounds), looks)


@pytest.mark.parametrize("note", [None, b"", b"{", b'{"since":"soon","look":null}'])
def test_a_note_that_says_nothing_is_none(note: bytes | None) -> None:
    assert parse_pair(note) is None


async def test_the_doctor_tells_from_when_on_files_are_removed(
    database_url: str, store: Store, tmp_path: Path
) -> None:
    settings = Settings(data_dir=str(tmp_path), database_url=Secret(_plain(database_url)))
    await BlobSweep(store, DirectoryBlobs(settings.blobs_path()), in_days(0)).turn()
    assert any("none is removed before" in told for told in _sentences(settings))


async def test_the_doctor_tells_what_was_removed_and_what_waits(
    database_url: str, store: Store, blobs: DirectoryBlobs, sweep: BlobSweep, tmp_path: Path
) -> None:
    settings = Settings(data_dir=str(tmp_path), database_url=Secret(_plain(database_url)))
    assert list(check_files(settings)) == []
    await blobs.put(b"x" * (3 << 20))
    await whole_round(sweep)
    told = list(_sentences(settings))
    assert "1 that no row names were removed (3 MiB)" in told[0]
    assert "not looked at since 2026-03-10" in told[1]  # by the clock that stands still


def _plain(url: str) -> str:
    return url.replace("+pysqlite", "").replace("+psycopg", "")


def _sentences(settings: Settings) -> Iterator[str]:
    yield from (finding.what for finding in check_files(settings))
