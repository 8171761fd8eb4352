"""Words of pages by tesseract, where it is installed: of a fax's first pages at once, of all others
in a slow lane of their own.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

ENVIRONMENT: Mapping[str, str] = {
    "OMP_THREAD_LIMIT": "1",
    "LC_ALL": "C.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
}
FIRST_PAGES = 10  # read at once where nothing else is set
_LANGUAGES = ("chi_sim", "eng")
_LIST_S = 20.0
_AT_ONCE_S = 20.0  # for one page
# Together well below what an effect may take (sender.py, 90 s).
_PATIENCE_S = 15.0
_TURN_S = 10.0  # no page is begun after that: others have their turn
_LATER_PAGE_S = 60.0  # it gives way: a page takes long where much else is done
_WAITING = 2  # who waits takes a place of the channel's effects: more are told to come again


class PagesBusy(Exception):
    """Other documents take every place: ask again later."""


@dataclass(slots=True)
class Recogniser:
    """Runs tesseract on a page. `gives_way`: everything else has the CPU first."""

    gives_way: bool = False
    _languages: str | None = None

    async def is_there(self) -> bool:
        """Say whether words can be read at all: the program, and a language it knows."""
        return bool(await self._known())

    async def words_of(self, page: Path, within_s: float = _AT_ONCE_S) -> str:
        """Return the words on a picture of a page; "" where there are none, or it took longer."""
        program, languages = shutil.which("tesseract"), await self._known()
        if program is None or not languages:
            return ""
        command = [program, str(page), "-", "-l", languages, "--psm", "3"]
        nice = shutil.which("nice") if self.gives_way else None
        found = await output([nice, "-n", "10", *command] if nice else command, within_s)
        return (found or b"").decode("utf-8", "replace").replace("\0", "").strip()

    async def _known(self) -> str:
        program = shutil.which("tesseract")
        if program is None:
            return ""
        if self._languages is None:
            listed = await output([program, "--list-langs"], _LIST_S) or b""
            known = listed.decode("utf-8", "replace").split()
            self._languages = "+".join(name for name in _LANGUAGES if name in known)
        return self._languages


@dataclass(slots=True)
class LaterPages:
    """The slow lane: pages behind the first ones, one at a time in a process that gives way.

    A fax has a turn of some pages; its next turn is asked for behind those who wait by then, so
    that one of 200 pages never keeps one of 12 waiting for long.
    """

    _recogniser: Recogniser = field(default_factory=lambda: Recogniser(gives_way=True))
    _place: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    _asking: int = 0

    async def read(self, pages: Sequence[Callable[[], Awaitable[bytes | None]]]) -> list[str]:
        """Return the words of the first of these pages, at least of one: as many as a turn allows.

        Each page is asked for when it is read; of one that is gone (None) there are no words. Takes
        85 s at the most. Raises PagesBusy where too many wait already, or the turn does not come.
        """
        if self._asking > _WAITING:
            raise PagesBusy
        self._asking += 1
        try:
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await self._place.acquire()
            except TimeoutError:
                raise PagesBusy from None
            try:
                return await self._turn(pages)
            finally:
                self._place.release()
        finally:
            self._asking -= 1

    async def _turn(self, pages: Sequence[Callable[[], Awaitable[bytes | None]]]) -> list[str]:
        loop, texts = asyncio.get_running_loop(), list[str]()
        end = loop.time() + _TURN_S
        async with Folder() as folder:
            path = folder / "page.png"
            for page in pages:
                image = await page()
                if image is None:
                    texts.append("")
                    continue
                await asyncio.to_thread(path.write_bytes, image)
                texts.append(await self._recogniser.words_of(path, _LATER_PAGE_S))
                if loop.time() >= end:
                    break
        return texts


def by_page(texts: Sequence[str], first: int = 1) -> str:
    """Return the words of pages as one text, each page but the first of all under its number."""
    numbered = ((number, text) for number, text in enumerate(texts, start=first) if text)
    return "\n\n".join(text if page == 1 else f"— {page} —\n{text}" for page, text in numbered)


class Folder:
    """A temporary folder, removed off the event loop."""

    async def __aenter__(self) -> Path:
        self._path = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="hub-fax-"))
        return self._path

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(shutil.rmtree, self._path, True)


async def output(command: Sequence[str], timeout_s: float) -> bytes | None:
    """Run a program and return its output; None if it failed or took too long. Killed on cancel."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=dict(ENVIRONMENT),
    )
    try:
        async with asyncio.timeout(timeout_s):
            out, _ = await process.communicate()
    except TimeoutError:
        log.warning("%s took more than %.0f s and was ended", Path(command[0]).name, timeout_s)
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return out if process.returncode == 0 else None
