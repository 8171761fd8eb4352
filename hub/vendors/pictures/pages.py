"""Pages of strangers' documents as pictures, drawn by a limited child and kept for a while."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from .cleaning import run_child

PAGED_TYPES = frozenset({"application/pdf", "image/tiff", "image/bmp"})
"""What is shown by its pages; a browser shows other pictures by itself."""

MAX_PAGES = 500  # what stands behind is in the download
_CHILD = Path(__file__).with_name("page_child.py")
_CHILD_S = 30.0  # wall clock; its CPU limit is 20 s
_AT_A_TIME = 4  # pages: whoever reads one reads the next, and a child costs more than a page
_KEPT_BYTES = 48 * 1024 * 1024


class PagesRefused(Exception):
    """`reason`: locked (it has a password), broken, or page (it has no such page)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Told(msgspec.Struct):
    pages: int = 0
    sizes: list[int] = []
    error: str | None = None


@dataclass(slots=True)
class DocumentPages:
    """Draws pages when they are looked at; the latest looked at are kept in memory."""

    at_once: int = 2
    _slots: asyncio.Semaphore = field(init=False)
    _kept: OrderedDict[tuple[str, int], bytes] = field(default_factory=OrderedDict)
    _kept_bytes: int = 0
    _counts: OrderedDict[str, int] = field(default_factory=OrderedDict)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.at_once)

    async def count(self, name: str, path: Path) -> int:
        """Return how many pages the document has, at most MAX_PAGES. Raises PagesRefused."""
        if name not in self._counts:
            await self.page(name, path, 1)
        return min(self._counts[name], MAX_PAGES)

    async def page(self, name: str, path: Path, number: int) -> bytes:
        """Return page `number` (from 1) as JPEG. `name`: of these bytes, for ever. Raises
        PagesRefused.
        """
        if not 1 <= number <= MAX_PAGES:
            raise PagesRefused("page")
        lock = self._locks.setdefault(name, asyncio.Lock())
        try:
            async with lock:
                if (name, number) not in self._kept or name not in self._counts:
                    await self._draw(name, path, number)
                self._kept.move_to_end((name, number))
                return self._kept[name, number]
        finally:
            if not lock.locked():
                self._locks.pop(name, None)

    async def _draw(self, name: str, path: Path, number: int) -> None:
        first = (number - 1) // _AT_A_TIME * _AT_A_TIME
        data = await asyncio.to_thread(path.read_bytes)
        async with self._slots:
            answer = await run_child(_CHILD, data, _CHILD_S, str(first), str(_AT_A_TIME))
        head, _, out = answer.partition(b"\n")
        try:
            told = msgspec.json.decode(head, type=_Told)
        except msgspec.DecodeError:
            raise PagesRefused("broken") from None
        if told.error is not None or told.pages == 0:
            raise PagesRefused(told.error or "broken")
        self._counts[name] = told.pages
        while len(self._counts) > 1_000:
            self._counts.popitem(last=False)
        for index, size in enumerate(told.sizes, start=first + 1):
            self._keep((name, index), out[:size])
            out = out[size:]
        if (name, number) not in self._kept:
            raise PagesRefused("page")

    def _keep(self, key: tuple[str, int], picture: bytes) -> None:
        self._kept_bytes += len(picture) - len(self._kept.pop(key, b""))
        self._kept[key] = picture
        while self._kept_bytes > _KEPT_BYTES and len(self._kept) > _AT_A_TIME:
            _, dropped = self._kept.popitem(last=False)
            self._kept_bytes -= len(dropped)
