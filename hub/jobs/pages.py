"""The job of pages: Markdown and HTML files of a folder become drafts, each or its reason."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from msgspec import Struct

from hub.accounts.model import SYSTEM
from hub.core.errors import Invalid
from hub.knowledge.page_files import ENDINGS, MAX_BYTES, PageText
from hub.knowledge.page_import import (
    REFUSALS,
    ImportPage,
    PageDone,
    PageOutcome,
    import_page,
    read_file,
    refused_page,
)
from hub.storage import Store

Tell = Callable[[int, int], Awaitable[None]]
MOST = 5_000
_KEPT = 1_000


class ImportPages(Struct, frozen=True):
    """Absolute paths of files, and of folders, which are gone through."""

    paths: list[str]


class PagesImported(Struct, frozen=True, kw_only=True):
    """`refused` holds the first of those files; `left_out`: pictures that files cannot bring."""

    files: int
    created: int
    changed: int
    unchanged: int
    refused_count: int
    left_out: int
    refused: list[PageDone]


async def import_pages(store: Store, asked: ImportPages, tell: Tell) -> PagesImported:
    """Import file by file; what was written stays where a later one fails. Raises Invalid."""
    found = await asyncio.to_thread(_files, asked.paths)
    counts = dict.fromkeys(PageOutcome, 0)
    refused: list[PageDone] = []
    left_out = 0
    for number, path in enumerate(found, 1):
        done = await _one(store, path)
        counts[done.outcome] += 1
        left_out += done.left_out
        if done.outcome is PageOutcome.REFUSED and len(refused) < _KEPT:
            refused.append(done)
        await tell(number, len(found))
    return PagesImported(
        files=len(found),
        created=counts[PageOutcome.CREATED],
        changed=counts[PageOutcome.CHANGED],
        unchanged=counts[PageOutcome.UNCHANGED],
        refused_count=counts[PageOutcome.REFUSED],
        left_out=left_out,
        refused=refused,
    )


async def _one(store: Store, path: Path) -> PageDone:
    read = await asyncio.to_thread(_read, path)
    if isinstance(read, PageDone):
        return read
    command = ImportPage(SYSTEM, path.name, read)
    try:
        return await store.write_bulk(import_page, command)
    except REFUSALS as error:
        return refused_page(command, error)


def _read(path: Path) -> PageText | PageDone:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return PageDone(name=path.name, outcome=PageOutcome.REFUSED, reason=str(error.strerror))
    return read_file(path.name, data)


def _files(paths: Sequence[str]) -> list[Path]:
    found: list[Path] = []
    for name in paths:
        path = Path(name)
        if path.is_dir():
            endings = {f".{ending}" for ending in ENDINGS}
            inside = (one for one in path.rglob("*") if one.suffix.lower() in endings)
            found += sorted(one for one in inside if one.is_file())
        elif path.exists():
            found.append(path)
        else:
            raise Invalid(f"{name} is not there.")
        if len(found) > MOST:
            raise Invalid(f"These are more than {MOST:,} files: import them in parts.")
    return found
