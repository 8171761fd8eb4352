"""Files of customers on their way in: what is too large, too many or of a wrong kind is refused
before it is stored, and what the scanner finds something in is kept but never sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from time import monotonic

from aiohttp import web

from hub.channels.base import Door
from hub.core.budget import Budgets
from hub.core.card_numbers import mask_card_numbers_in_file_name
from hub.core.errors import Forbidden, Invalid, TooLarge, TooMany, Unavailable, WrongType
from hub.core.ids import new_id
from hub.core.networks import network_of

from . import service
from .files import SNIFFED_BYTES, clean_file_name, is_program, may_be_sent, sniff_media_type
from .settings import GatewaySettings, WebChatSettings

log = logging.getLogger(__name__)

SCAN_S = 60.0
_CHUNK = 64 * 1024
_CLEAN, _FOUND = 0, 1  # how clamscan, clamdscan and most others end


class Uploads:
    """Takes files of visitors in, at the pace one visitor and one network may have."""

    def __init__(self, door: Door, settings: GatewaySettings) -> None:
        self._door = door
        self._scan_command = settings.scan_command
        self._of_visitor = Budgets(settings.upload_rate())
        self._of_network = Budgets(settings.network_upload_rate())

    async def store(
        self, request: web.Request, widget: WebChatSettings, visitor_id: str, address: str
    ) -> service.Upload:
        """Store the body as a file of this visitor, of the name in the query. `address`: where they
        are on the internet.

        Raises Forbidden (no files here), TooLarge, TooMany, WrongType, Invalid (the scanner found
        something), Unavailable (the scanner does not answer: nothing goes unscanned).
        """
        if not widget.files:
            raise Forbidden("Files cannot be sent in this chat.")
        limit = widget.max_file_mb << 20
        size = request.content_length
        if size is not None and size > limit:
            raise TooLarge(f"A file may have {widget.max_file_mb} MiB.")
        # Who does not say how much is coming may send as much as there may be.
        self._take(visitor_id, network_of(address), max(limit if size is None else size, _CHUNK))
        name = mask_card_numbers_in_file_name(clean_file_name(request.query.get("name", "")))
        head = bytearray()
        ref = await self._door.blobs.put_stream(_checked(request, head, name, widget), limit)
        found = await self._scan(ref.id)
        upload = service.Upload(
            id=new_id(),
            visitor_id=visitor_id,
            blob_id=ref.id,
            name=name,
            media_type=sniff_media_type(bytes(head), name),
            size_bytes=ref.size_bytes,
            found=found,
        )
        await self._door.store.write(service.add_upload, upload)
        if found is not None:
            log.warning("an upload is kept apart: %s", found, extra={"upload_id": upload.id})
            raise Invalid("This file looks dangerous and is not sent.", code="file_found")
        return upload

    def _take(self, visitor_id: str, network: str, size: int) -> None:
        """Count a file before it comes. One larger than all there is at once takes all of that.
        Raises TooMany.
        """
        now_s = monotonic()
        taken: list[tuple[Budgets, str, float]] = []
        for budgets, key in ((self._of_visitor, visitor_id), (self._of_network, network)):
            amount = min(float(size), budgets.rate.burst)
            if wait_s := budgets.take(key, now_s, amount):
                for before, of, much in taken:
                    before.give_back(of, much)
                raise TooMany("Too many files at once. Please wait a moment.", retry_after_s=wait_s)
            taken.append((budgets, key, amount))

    async def _scan(self, blob_id: str) -> str | None:
        """Return what the scanner found in a stored file; None: nothing, or there is no scanner."""
        if not self._scan_command:
            return None
        path = str(self._door.blobs.path(blob_id))
        try:
            process = await asyncio.create_subprocess_exec(
                *self._scan_command,
                path,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            try:
                async with asyncio.timeout(SCAN_S):
                    said, _ = await process.communicate()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        except (OSError, TimeoutError) as error:
            await self._door.blobs.delete(blob_id)
            log.warning("the scanner of uploads does not answer: %s", error)
            raise _not_scanned() from error
        if process.returncode == _CLEAN:
            return None
        words = " ".join(said.decode("utf-8", "replace").replace(path, "").split())
        if process.returncode == _FOUND:
            return (words.lstrip(": ") or "found something")[:200]
        await self._door.blobs.delete(blob_id)
        log.warning("the scanner of uploads ended with %s: %s", process.returncode, words[:500])
        raise _not_scanned()


def _not_scanned() -> Unavailable:
    return Unavailable("Files cannot be checked at the moment. Please try again later.")


async def _checked(
    request: web.Request, head: bytearray, name: str, widget: WebChatSettings
) -> AsyncIterator[bytes]:
    """Yield the body, once its first bytes are of a kind that is taken; they are left in `head`."""
    before: list[bytes] = []
    async for chunk in request.content.iter_chunked(_CHUNK):
        if len(head) >= SNIFFED_BYTES:
            yield chunk
            continue
        head.extend(chunk[: SNIFFED_BYTES - len(head)])
        before.append(chunk)
        if len(head) >= SNIFFED_BYTES:
            _check_kind(bytes(head), name, widget)
            for one in before:
                yield one
    if len(head) < SNIFFED_BYTES:
        _check_kind(bytes(head), name, widget)
        for one in before:
            yield one


def _check_kind(head: bytes, name: str, widget: WebChatSettings) -> None:
    allowed = widget.file_types
    if is_program(head):
        raise WrongType("Programs cannot be sent.", types=", ".join(allowed))
    if not may_be_sent(sniff_media_type(head, name), allowed):
        raise WrongType(
            f"Only files of these types can be sent: {', '.join(allowed)}.",
            types=", ".join(allowed),
        )
