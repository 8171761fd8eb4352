"""Pages of faxes, made in limited child processes: previews, a PDF to download, text by OCR."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from .failures import told
from .recognising import FIRST_PAGES, Folder, PagesBusy, Recogniser, by_page, output

_CHILD = Path(__file__).with_name("page_maker.py")
_CHILD_S = 75.0  # wall clock; its CPU limit is 60 s
_PREVIEW_S = 60.0  # 200 pages are 6 s of CPU, and much more where much else is done
_READ_S = 65.0  # previews and words together: the words of a slow document are left out
_PAGE_S = 20.0  # for the words of one page
_LONG_BYTES = 1024 * 1024  # about twenty pages of a fax; more of them are read one at a time

Progress = Callable[[int, int], Awaitable[None]]
"""(page, of how many): the words of this page are read."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Pages as PNG, the first first; `pdf` where the document was no PDF; `error`: why there are
    none, or no more than these. `read`: of how many the words are in `text`; None: of none, since
    words are not read here.
    """

    images: tuple[bytes, ...] = ()
    pdf: bytes | None = None
    text: str = ""
    error: str | None = None
    read: int | None = None


@dataclass(frozen=True, slots=True)
class Composed:
    pdf: bytes
    pages: int


class ComposeFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file for the answer, by its path on this machine."""

    path: str
    name: str
    media_type: str


class Cover(msgspec.Struct, frozen=True, kw_only=True):
    """The head of the first page. `rows`: a name and what it is, each; `pages`: the name of the
    row that tells how many pages there are, which is the last.
    """

    title: str
    rows: tuple[tuple[str, ...], ...]
    pages: str


class PagesFailed(Exception):
    """The answer cannot be made into pages; the message is the reason as failures.py tells it."""


class _Answer(msgspec.Struct):
    pages: int = 0
    pdf: bool = False
    error: str | None = None


@dataclass(slots=True)
class PageMaker:
    """Runs the child; at most `at_once` at a time, so that a flood of faxes leaves CPU for the
    rest."""

    at_once: int = 2
    ocr: bool = True
    _slots: asyncio.Semaphore = field(init=False)
    _recogniser: Recogniser = field(default_factory=Recogniser)
    _under_way: int = 0

    @property
    def before(self) -> int:
        """How many documents have to be done before another one begins."""
        return max(0, self._under_way - self.at_once + 1)

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.at_once)

    async def read(
        self,
        document: bytes,
        *,
        patience_s: float | None = None,
        most: int | None = None,
        words_of: int = FIRST_PAGES,
        progress: Progress | None = None,
    ) -> Pages:
        """Return the pages of a TIFF, a PDF or a picture; a broken one gives an error and the pages
        before what is broken, one that takes too long those that were made by then.

        `most`: how many pages, from the first on; None: as many as are ever shown. `words_of`: of
        how many of them the words are read. `progress` is told of each page whose words were read,
        and how many will be. Takes a little over a minute at the most. Raises PagesBusy where no
        place became free within `patience_s`.
        """
        async with self._place(patience_s), Folder() as folder:
            end = asyncio.get_running_loop().time() + _READ_S
            source = folder / "document"
            await asyncio.to_thread(source.write_bytes, document)
            bound = [] if most is None else [str(most)]
            answer = await self._run(["preview", str(source), str(folder), *bound], _PREVIEW_S)
            names = await asyncio.to_thread(lambda: sorted(folder.glob("page-*.png")))
            if not names:
                return Pages(error=answer.error)
            images = await asyncio.to_thread(lambda: tuple(name.read_bytes() for name in names))
            pdf = None
            if answer.pdf:
                pdf = await asyncio.to_thread((folder / "document.pdf").read_bytes)
            texts = await self._recognise(names[:words_of], end, progress)
        read = None if texts is None else len(texts)
        return Pages(images, pdf, by_page(texts or ()), answer.error, read)

    async def compose(
        self,
        header: Sequence[str],
        text: str,
        files: Sequence[ComposeFile],
        font: str,
        cover: Cover | None = None,
        patience_s: float | None = None,
    ) -> Composed:
        """Return text and files as one PDF. Raises PagesFailed with what the agent should know, and
        PagesBusy where no place became free within `patience_s`.
        """
        async with self._place(patience_s), Folder() as folder:
            spec = {
                "header": list(header),
                "text": text,
                "font": font,
                "cover": None if cover is None else msgspec.to_builtins(cover),
                "files": [msgspec.to_builtins(file) for file in files],
            }
            path = folder / "spec.json"
            await asyncio.to_thread(path.write_text, json.dumps(spec), "utf-8")
            target = folder / "answer.pdf"
            answer = await self._run(["compose", str(path), str(target)])
            if answer.error is not None:
                raise PagesFailed(answer.error)
            return Composed(await asyncio.to_thread(target.read_bytes), answer.pages)

    @asynccontextmanager
    async def _place(self, patience_s: float | None) -> AsyncIterator[None]:
        self._under_way += 1
        try:
            try:
                async with asyncio.timeout(patience_s):
                    await self._slots.acquire()
            except TimeoutError:
                raise PagesBusy from None
            try:
                yield
            finally:
                self._slots.release()
        finally:
            self._under_way -= 1

    async def _run(self, arguments: Sequence[str], within_s: float = _CHILD_S) -> _Answer:
        out = await output([sys.executable, "-I", str(_CHILD), *arguments], within_s)
        if out is None:
            return _Answer(error=told("fax_too_slow"))
        try:
            return msgspec.json.decode(out, type=_Answer)
        except msgspec.DecodeError:
            return _Answer(error=told("fax_unreadable"))

    async def _recognise(
        self, pages: Sequence[Path], end: float, progress: Progress | None
    ) -> list[str] | None:
        """Return the words of the pages, each by itself; None where words are not read.

        `end`: by the loop's clock, pages that are not read by then are left out.
        """
        if not self.ocr or not await self._recogniser.is_there():
            return None
        texts: list[str] = []
        for number, page in enumerate(pages, start=1):
            left_s = end - asyncio.get_running_loop().time()
            if left_s < 1:
                break
            texts.append(await self._recogniser.words_of(page, min(_PAGE_S, left_s)))
            if progress is not None:
                await progress(number, len(pages))
        return texts


class Readers:
    """Who reads faxes that come in: long ones one after the other, so that those of a few pages
    never stand behind them.
    """

    def __init__(self) -> None:
        self._short = {ocr: PageMaker(ocr=ocr) for ocr in (True, False)}
        self._long = {ocr: PageMaker(at_once=1, ocr=ocr) for ocr in (True, False)}

    def reader_of(self, size_bytes: int, *, ocr: bool) -> PageMaker:
        """Return the reader of a document of this size."""
        return (self._long if size_bytes > _LONG_BYTES else self._short)[ocr]
