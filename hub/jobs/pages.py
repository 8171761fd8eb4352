"""The job of pages: Markdown and HTML files of a folder become drafts, each or its reason."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

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
    refused_file,
    refused_page,
    same_page,
)
from hub.storage import Store

Tell = Callable[[int, int], Awaitable[None]]
MOST = 5_000
_KEPT = 1_000


class ImportPages(Struct, frozen=True):
    """Absolute paths of files, and of folders, which are gone through: where a file lies in its
    folder begins its key.
    """

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


class _File(NamedTuple):
    """`name` is for people; `folder`: where it lies in the folder that was given."""

    path: Path
    name: str
    folder: str


async def import_pages(store: Store, asked: ImportPages, tell: Tell) -> PagesImported:
    """Import file by file; what was written stays where a later one fails. Raises Invalid."""
    found = await asyncio.to_thread(_files, asked.paths)
    counts = dict.fromkeys(PageOutcome, 0)
    firsts: dict[tuple[str, str], str] = {}
    refused: list[PageDone] = []
    left_out = 0
    for number, file in enumerate(found, 1):
        done = await _one(store, file, firsts)
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


async def _one(store: Store, file: _File, firsts: dict[tuple[str, str], str]) -> PageDone:
    """Import one file. `firsts`: the file that a key and a language came with; it is added."""
    read = await asyncio.to_thread(_read, file)
    if isinstance(read, PageDone):
        return read
    command = ImportPage(SYSTEM, file.name, read)
    key = (read.key, read.language)
    if key in firsts:
        return same_page(command, firsts[key])
    firsts[key] = file.name
    try:
        return await store.write_bulk(import_page, command)
    except REFUSALS as error:
        return refused_page(command, error)


def _read(file: _File) -> PageText | PageDone:
    try:
        with file.path.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        return refused_file(file.name, str(error.strerror))
    return read_file(file.name, data, file.folder)


def _files(paths: Sequence[str]) -> list[_File]:
    """List the files, each once: one that is given twice counts where it was given first."""
    found: dict[Path, _File] = {}
    for name in paths:
        given = Path(name)
        if given.is_dir():
            for path in _inside(given):
                told = path.relative_to(given.parent).as_posix()
                folder = path.parent.relative_to(given).as_posix()
                found.setdefault(path, _File(path, told, "" if folder == "." else folder))
        elif given.exists():
            found.setdefault(given, _File(given, given.name, ""))
        else:
            raise Invalid(f"{name} is not there.")
        if len(found) > MOST:
            raise Invalid(f"These are more than {MOST:,} files: import them in parts.")
    return list(found.values())


def _inside(folder: Path) -> list[Path]:
    endings = {f".{ending}" for ending in ENDINGS}
    inside = (one for one in folder.rglob("*") if one.suffix.lower() in endings)
    return sorted(one for one in inside if one.is_file())
