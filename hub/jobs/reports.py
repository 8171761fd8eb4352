"""The jobs of reports: a mart into a file, and indicators, of every customer there is."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import IO, Any, TypeVar

from msgspec import Struct
from sqlalchemy import false

from hub.accounts.audit import audit
from hub.accounts.model import SYSTEM
from hub.core.errors import Invalid
from hub.customers.access import Scope
from hub.customers.settings import find_home_zone
from hub.reporting.export import FileFormat, writer_of, written
from hub.reporting.indicators import Group, get_indicator
from hub.reporting.marts import get_mart
from hub.reporting.model import period_of
from hub.reporting.service import CountIndicators, count_indicator, count_indicators
from hub.reporting.views import IndicatorsView, IndicatorView, ReportPeriod
from hub.storage import Store, Tx

_EVERYTHING = Scope("", True, frozenset(), false())
R = TypeVar("R")


class ExportMart(Struct, frozen=True):
    """`path` is absolute; what stands there is written over once the whole file is made."""

    mart: str
    path: str
    format: FileFormat = FileFormat.CSV


class MartExported(Struct, frozen=True):
    path: str
    rows: int
    size_bytes: int


class AskIndicators(Struct, frozen=True):
    """`of`: a group, an indicator, or "" for all. Days as 2026-06-30, "": the last 30 days."""

    of: str = ""
    since: str = ""
    until: str = ""


async def export_mart(
    store: Store, asked: ExportMart, tell: Callable[[int, int], Awaitable[None]]
) -> MartExported:
    """Write a mart into a file. Raises NotFound, and Invalid where it cannot be written."""
    mart = get_mart(asked.mart)
    writer = writer_of(mart, asked.format)
    path = Path(asked.path)
    begun = path.with_name(f"{path.name}.part")
    await store.write(_note, asked)
    rows = 0

    def count(more: int) -> None:
        nonlocal rows
        rows += more

    try:
        file = await _on_disk(asked.path, _open, begun)
        with _closed(file):
            pieces = written(store, mart, _EVERYTHING, writer, count)
            async with contextlib.aclosing(pieces):
                async for piece in pieces:
                    await _on_disk(asked.path, file.write, piece)
                    await tell(rows, rows)
            await _on_disk(asked.path, file.close)
        await _on_disk(asked.path, os.replace, begun, path)
    except BaseException:  # whoever asked has gone, too: customers lie in no file that nobody wants
        _drop(begun)
        raise
    size = await asyncio.to_thread(path.stat)
    return MartExported(asked.path, rows, size.st_size)


async def ask_indicators(store: Store, asked: AskIndicators) -> IndicatorsView:
    """Return indicators of a period. Raises NotFound, Invalid."""
    return await store.read(_ask, asked)


def _open(path: Path) -> IO[bytes]:
    """It holds customers: for this user's eyes alone."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


async def _on_disk(path: str, function: Callable[..., R], *args: Any) -> R:
    """Run what needs the disk. Raises Invalid where that cannot be."""
    try:
        return await asyncio.to_thread(function, *args)
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}.") from error


@contextlib.contextmanager
def _closed(file: IO[bytes]) -> Iterator[None]:
    """Close it at last; that it cannot write what it still held is no news by then."""
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            file.close()


def _drop(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _note(tx: Tx, asked: ExportMart) -> None:
    audit(
        tx, SYSTEM, "mart.export", "mart", asked.mart, {"format": asked.format, "of": "everybody"}
    )


def _ask(tx: Tx, asked: AskIndicators) -> IndicatorsView:
    period = period_of(asked.since, asked.until, find_home_zone(tx), tx.now)
    if asked.of and asked.of not in list(Group):
        one = get_indicator(asked.of)
        figures = [count_indicator(tx, _EVERYTHING, period, one)]
    else:
        group = Group(asked.of) if asked.of else None
        figures = count_indicators(tx, CountIndicators(_EVERYTHING, period, group))
    return IndicatorsView(
        period=ReportPeriod.of(period), items=[IndicatorView.of(one) for one in figures]
    )
