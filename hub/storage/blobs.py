"""Attachments, recordings and raw mails: bytes under random ids, durable before anyone is told."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hub.core.errors import Invalid, NotFound, TooLarge, Unavailable
from hub.core.ids import is_id, new_id


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


class DirectoryBlobs:
    """Blobs as files `<root>/<last two hex>/<id>`; written aside, synced, renamed, folder
    synced.
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
                await asyncio.to_thread(self._finish, file.fileno(), aside, blob_id, file)
        except OSError as error:
            _drop(aside)
            raise Unavailable("The file could not be stored; free disk space and retry.") from error
        except BaseException:
            _drop(aside)
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

    def _put(self, data: bytes) -> BlobRef:
        blob_id = new_id()
        aside = self._aside(blob_id)
        try:
            aside.parent.mkdir(parents=True, exist_ok=True)
            with aside.open("xb") as file:
                file.write(data)
                self._finish(file.fileno(), aside, blob_id, file)
        except OSError as error:
            _drop(aside)
            raise Unavailable("The file could not be stored; free disk space and retry.") from error
        return BlobRef(blob_id, len(data), hashlib.sha256(data).hexdigest())

    def _aside(self, blob_id: str) -> Path:
        return self.path(blob_id).with_suffix(".part")

    def _finish(self, descriptor: int, aside: Path, blob_id: str, file: object) -> None:
        flush = getattr(file, "flush", None)
        if flush is not None:
            flush()
        os.fsync(descriptor)
        final = self.path(blob_id)
        aside.rename(final)
        folder = os.open(final.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _drop(aside: Path) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        aside.unlink()
