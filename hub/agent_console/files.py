"""Files: uploaded before they are sent, downloaded by whoever may see their conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Row

from hub.contacts.access import access_interaction
from hub.core.errors import Invalid
from hub.desk.copies import CopyFiles, copy_files, files_of
from hub.desk.uploads import Upload as Keep
from hub.desk.uploads import content_id_of, keep_upload
from hub.storage import Blobs, Store, Tx
from hub.vendors.mail.files import clean_file_name, sniff_media_type
from hub.web import Access, FileAnswer, Key, Page, Principal, Query, Upload, route
from hub.web.dispatch import INLINE_TYPES

from .listening import listen, recording_of
from .opening import check_may_open, is_guarded_fax, open_file
from .originals import download_raw
from .readers import sight_of
from .shapes import FileView
from .timeline import file_url, file_view

_SNIFFED_BYTES = 4096
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_PICTURE_BYTES = 5 * 1_048_576


class UploadQuery(Query, frozen=True):
    """`inline`: a picture that is to stand in the words of a mail, not beside them."""

    inline: bool = False


class FileRoutes:
    """`limit_bytes` is the most one file may have."""

    def __init__(self, store: Store, blobs: Blobs, limit_bytes: int) -> None:
        self._store = store
        self._blobs = blobs
        self._limit_bytes = limit_bytes

    @route(
        "POST",
        "/api/v1/attachments",
        access=Access.AGENT,
        summary="Upload a file for a message to come",
        status=201,
    )
    async def upload(self, principal: Principal, upload: Upload, query: UploadQuery) -> FileView:
        file = await upload.file()
        head = _Head(file.chunks)
        blob = await self._blobs.put_stream(head.chunks(), self._limit_bytes)
        media_type = sniff_media_type(head.start, file.name, file.declared_type)
        name = clean_file_name(file.name, media_type, 1)
        if query.inline and (media_type not in _PICTURES or blob.size_bytes > _PICTURE_BYTES):
            await self._blobs.delete(blob.id)
            raise Invalid(
                "In the words stand PNG, JPEG, GIF and WebP pictures of at most 5 MiB: attach it.",
                code="file.no_picture",
            )
        keep = Keep(
            principal.user_id, blob.id, name, media_type, blob.size_bytes, inline=query.inline
        )
        attachment_id = await self._store.write(keep_upload, keep)
        return FileView(
            id=attachment_id,
            name=name,
            media_type=media_type,
            size_bytes=blob.size_bytes,
            url=file_url(attachment_id),
            inline=media_type in INLINE_TYPES,
            content_id=content_id_of(attachment_id) if query.inline else None,
        )

    @route(
        "POST",
        "/api/v1/interactions/{interaction_id}/copies",
        access=Access.AGENT,
        summary="Copy the files of a message for one that forwards it",
    )
    async def copies(self, principal: Principal, interaction_id: Key) -> Page[FileView]:
        files = await self._store.read(_files, (principal, interaction_id))
        # Each has bytes of its own: an erasure of either's customer leaves the other one whole.
        blobs = [await self._blobs.put(await self._blobs.get(file.blob_id)) for file in files]
        copies = [(file, blob.id) for file, blob in zip(files, blobs, strict=True)]
        command = CopyFiles(principal.user_id, interaction_id, copies)
        rows = await self._store.write(copy_files, command)
        return Page(items=[file_view(row, []) for row in rows])

    @route("GET", "/api/v1/attachments/{attachment_id}", access=Access.AGENT, summary="Get a file")
    async def download(self, principal: Principal, attachment_id: Key) -> FileAnswer:
        """A spoken message is heard, and audited, as any recording."""
        file = await open_file(self._store, principal, attachment_id)
        recording_id = await self._store.read(recording_of, file)
        if recording_id is not None:
            await listen(self._store, principal, recording_id)
        kept = recording_id is None
        path = self._blobs.path(file.blob_id)
        return FileAnswer(path, file.media_type, file.name, inline=True, kept=kept)

    @route(
        "GET",
        "/api/v1/contacts/{contact_id}/raw",
        access=Access.SUPERVISOR,
        summary="Get the raw bytes of a contact in quarantine",
    )
    async def raw(self, principal: Principal, contact_id: Key) -> FileAnswer:
        blob_id = await self._store.write(download_raw, (principal, contact_id))
        return FileAnswer(self._blobs.path(blob_id), "message/rfc822", "message.eml")


class _Head:
    """Passes chunks on and keeps the first bytes, which tell what the file is."""

    def __init__(self, source: AsyncIterator[bytes]) -> None:
        self._source = source
        self.start = b""

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in self._source:
            if len(self.start) < _SNIFFED_BYTES:
                self.start += chunk[: _SNIFFED_BYTES - len(self.start)]
            yield chunk


def _files(tx: Tx, asked: tuple[Principal, str]) -> Sequence[Row[Any]]:
    principal, interaction_id = asked
    entry = access_interaction(tx, sight_of(tx, principal), interaction_id)
    if is_guarded_fax(entry.kind, entry.meta):
        check_may_open(tx, principal)
    found = files_of(tx, interaction_id)
    # A recording is heard here, or downloaded by who may; a copy would be neither's.
    return [row for row in found if recording_of(tx, row) is None]
