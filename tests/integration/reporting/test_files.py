"""A mart into a file: whole, or not there at all."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from hub.core.errors import Invalid
from hub.jobs.reports import ExportMart, export_mart
from tests.integration.customers.house import House


async def nothing(_done: int, _total: int) -> None:
    pass


@pytest.mark.parametrize(
    "gone", [ConnectionResetError("gone"), asyncio.CancelledError(), RuntimeError("no database")]
)
async def test_a_file_that_breaks_off_leaves_nothing(
    house: House, tmp_path: Path, gone: BaseException
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()

    async def go(done: int, _total: int) -> None:
        if done:
            raise gone

    with pytest.raises(type(gone)):  # and not Invalid: the disk has done nothing wrong
        await export_mart(house.store, ExportMart("customers", str(folder / "all.csv")), go)
    assert os.listdir(folder) == []


async def test_what_stood_there_stays_until_the_new_file_is_whole(
    house: House, tmp_path: Path
) -> None:
    path = tmp_path / "all.csv"
    path.write_text("before")

    async def go(done: int, _total: int) -> None:
        assert path.read_text() == "before"

    made = await export_mart(house.store, ExportMart("customers", str(path)), go)
    assert made.size_bytes == len(path.read_bytes()) > len("before")


async def test_a_place_that_takes_no_file_is_told(house: House, tmp_path: Path) -> None:
    taken = tmp_path / "folder"
    taken.mkdir()
    before = sorted(os.listdir(tmp_path))
    for path in (taken, tmp_path / "nowhere" / "all.csv"):
        with pytest.raises(Invalid, match="cannot be written"):
            await export_mart(house.store, ExportMart("customers", str(path)), nothing)
    assert sorted(os.listdir(tmp_path)) == before
