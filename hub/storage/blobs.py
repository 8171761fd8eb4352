"""Attachments, recordings and raw mails: bytes under random ids, durable before anyone is told."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Protocol

from hub.core.errors import Invalid, NotFound, TooLarge, Unavailable
from hub.core.ids import is_id, made_at_ms, new_id

PARTS = 256  # of a store: what is looked through at a time
NOTE = "sweep.json"  # beside the parts, in no backup
_PAGE = 500


@dataclass(frozen=True, slots=True)
class BlobRef:
    id: str
    size_bytes: int
    sha256: str  # 64 hex digits


class Blobs(Protocol):
    """A store of immutable byte strings."""

    async def put(self, data: bytes) -> BlobRef:
        """Store `data` durably. Raises Unavailable when it cannot (disk full)."""

    async def put_stream(self, chunks: AsyncIterator[bytes], limit_bytes: int) -> BlobRef:
        """Store a stream durably. Raises TooLarge past `limit_bytes`, leaving nothing behind."""

    async def get(self, blob_id: str) -> bytes:
        """Return the bytes. Raises NotFound."""

    async def delete(self, blob_id: str) -> None:
        """Remove the bytes; nothing happens where there are none."""

    def path(self, blob_id: str) -> Path:
        """Return a local file with the bytes, for sending and for child processes."""

    def full(self) -> str | None:
        """Return None while there is room, else a sentence that says what is wrong."""

    def old_in(self, part: int, before: datetime) -> AsyncIterator[list[str]]:
        """Yield the ids of what was stored before then, in pages, in no order. `part`: 0 to 255,
        which is the end of the id."""

    async def size(self, blob_id: str) -> int:
        """Return how many bytes it has, 0 where there is none."""

    async def drop_unfinished(self, part: int, before: datetime) -> int:
        """Remove what was begun before then and never became a blob; return how many."""

    async def note(self) -> bytes | None:
        """Return what `keep_note` kept last; None where there was nothing yet."""

    async def keep_note(self, note: bytes) -> None:
        """Keep a few bytes beside the blobs, instead of those before: what a look at them left."""


class DirectoryBlobs:
    """Blobs as files `<root>/<last two hex>/<id>`: written aside, renamed, then file and folder
    synced, which the file system does at once. Whoever sees the name sees all of the bytes.
    """

    def __init__(self, root: Path, spare_bytes: int = 1 << 20) -> None:
        """`spare_bytes`: with less than this free, the disk counts as full."""
        self.root = root
        self.spare_bytes = spare_bytes

    async def put(self, data: bytes) -> BlobRef:
        return await asyncio.to_thread(self._put, data)

    async def put_stream(self, chunks: AsyncIterator[bytes], limit_bytes: int) -> BlobRef:
        blob_id = new_id()
        aside = self._aside(blob_id)
        digest, size = hashlib.sha256(), 0
        try:
            aside.parent.mkdir(parents=True, exist_ok=True)
            with aside.open("xb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > limit_bytes:
                        raise TooLarge(f"The file is larger than {limit_bytes >> 20} MiB.")
                    digest.update(chunk)
                    await asyncio.to_thread(file.write, chunk)
                await asyncio.to_thread(self._finish, aside, blob_id, file)
        except OSError as error:
            self._give_up(blob_id)
            raise Unavailable("The file could not be stored; free disk space and retry.") from error
        except BaseException:
            self._give_up(blob_id)
            raise
        return BlobRef(blob_id, size, digest.hexdigest())

    async def get(self, blob_id: str) -> bytes:
        try:
            return await asyncio.to_thread(self.path(blob_id).read_bytes)
        except FileNotFoundError:
            raise NotFound(f"There is no stored file {blob_id}.") from None

    async def delete(self, blob_id: str) -> None:
        await asyncio.to_thread(_drop, self.path(blob_id))

    def path(self, blob_id: str) -> Path:
        if not is_id(blob_id):
            raise Invalid("That is not the id of a stored file.")
        return self.root / blob_id[-2:] / blob_id

    def full(self) -> str | None:
        place = next(folder for folder in (self.root, *self.root.parents) if folder.exists())
        room = os.statvfs(place)  # room for this user: some of the disk may be kept for root
        if room.f_bavail * room.f_frsize < self.spare_bytes:
            return "The disk is full: no file can be stored until there is room."
        return None

    async def old_in(self, part: int, before: datetime) -> AsyncIterator[list[str]]:
        try:
            below = await asyncio.to_thread(os.scandir, self._folder(part))
        except FileNotFoundError:
            return
        with below:
            names = (entry.name for entry in below if _stored_before(entry, before))
            while page := await asyncio.to_thread(_next_of, names):
                yield page

    async def size(self, blob_id: str) -> int:
        with contextlib.suppress(FileNotFoundError):
            return (await asyncio.to_thread(self.path(blob_id).stat)).st_size
        return 0

    async def drop_unfinished(self, part: int, before: datetime) -> int:
        return await asyncio.to_thread(_drop_unfinished, self._folder(part), before.timestamp())

    async def note(self) -> bytes | None:
        with contextlib.suppress(FileNotFoundError):
            return await asyncio.to_thread((self.root / NOTE).read_bytes)
        return None

    async def keep_note(self, note: bytes) -> None:
        await asyncio.to_thread(self._keep_note, note)

    def _keep_note(self, note: bytes) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        aside = (self.root / NOTE).with_suffix(".part")
        aside.write_bytes(note)  # not synced: one that is lost with the power is missed by nobody
        aside.rename(self.root / NOTE)

    def _folder(self, part: int) -> Path:
        return self.root / f"{part:02x}"

    def _put(self, data: bytes) -> BlobRef:
        blob_id = new_id()
        aside = self._aside(blob_id)
        try:
            aside.parent.mkdir(parents=True, exist_ok=True)
            with aside.open("xb") as file:
                file.write(data)
                self._finish(aside, blob_id, file)
        except OSError as error:
            self._give_up(blob_id)
            raise Unavailable("The file could not be stored; free disk space and retry.") from error
        return BlobRef(blob_id, len(data), hashlib.sha256(data).hexdigest())

    def _aside(self, blob_id: str) -> Path:
        return self.path(blob_id).with_suffix(".part")

    def _finish(self, aside: Path, blob_id: str, file: IO[bytes]) -> None:
        file.flush()
        final = self.path(blob_id)
        aside.rename(final)
        os.fsync(file.fileno())
        folder = os.open(final.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _give_up(self, blob_id: str) -> None:
        _drop(self._aside(blob_id))
        _drop(self.path(blob_id))


def _stored_before(entry: os.DirEntry[str], before: datetime) -> bool:
    """By the time in its id, and where that has passed, by the file's own."""
    latest = before.timestamp()
    if not is_id(entry.name) or made_at_ms(entry.name) >= latest * 1000:
        return False
    try:
        return entry.stat().st_mtime < latest
    except FileNotFoundError:
        return False


def _next_of(names: Iterator[str]) -> list[str]:
    return list(islice(names, _PAGE))


def _drop_unfinished(folder: Path, before: float) -> int:
    dropped = 0
    for path in folder.glob("*.part"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()
                dropped += 1
    return dropped


def _drop(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        path.unlink()
