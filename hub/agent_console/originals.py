"""Routes to mails as they came: head, way and source for people, the bytes as a file.

An agent who may read a mail may read its original. Where numbers are hidden from them, so is what
a gateway wrote around a fax or a call: it names them.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from sqlalchemy import select

from hub.contacts.access import access_contact, access_interaction
from hub.core.errors import Forbidden, NotFound
from hub.customers.model import IdentityKind
from hub.customers.tables import identities
from hub.storage import Blobs, Store, Tx
from hub.vendors.mail.original import Original, read_original
from hub.web import Access, FileAnswer, Key, Principal, View, route

from .readers import reader_of, sight_of

_NUMBERS = frozenset({IdentityKind.PHONE, IdentityKind.FAX})


class HeaderLineView(View, frozen=True):
    name: str
    value: str


class HopView(View, frozen=True):
    """One server on the way. `delay_s`: seconds since the one before, where both say when."""

    sent_by: str
    taken_by: str
    at: datetime | None
    delay_s: int | None


class CheckResultView(View, frozen=True):
    """What `server` wrote into the mail that it found out: anybody can write so."""

    server: str
    method: str
    result: str


class OriginalView(View, frozen=True):
    """`hops`: the first server first. `text`: the source, cut where `text_cut`."""

    size_bytes: int
    headers: list[HeaderLineView]
    hops: list[HopView]
    checks: list[CheckResultView]
    text: str
    text_cut: bool
    file_url: str


class OriginalRoutes:
    def __init__(self, store: Store, blobs: Blobs, *, mask_numbers: bool) -> None:
        self._store = store
        self._blobs = blobs
        self._mask_numbers = mask_numbers

    @route(
        "GET",
        "/api/v1/interactions/{interaction_id}/original",
        access=Access.AGENT,
        summary="Get the head, the way and the source of a mail",
    )
    async def of_entry(self, principal: Principal, interaction_id: Key) -> OriginalView:
        blob_id = await self._store.read(self._entry_blob, (principal, interaction_id))
        return await self._read(blob_id, f"/api/v1/interactions/{interaction_id}/original/file")

    @route(
        "GET",
        "/api/v1/interactions/{interaction_id}/original/file",
        access=Access.AGENT,
        summary="Get a mail as it came (.eml)",
    )
    async def file_of_entry(self, principal: Principal, interaction_id: Key) -> FileAnswer:
        blob_id = await self._store.read(self._entry_blob, (principal, interaction_id))
        return FileAnswer(self._blobs.path(blob_id), "message/rfc822", "message.eml")

    @route(
        "GET",
        "/api/v1/contacts/{contact_id}/original",
        access=Access.SUPERVISOR,
        summary="Get the head, the way and the source of a contact in quarantine",
    )
    async def of_contact(self, principal: Principal, contact_id: Key) -> OriginalView:
        blob_id = await self._store.read(raw_blob_of, (principal, contact_id))
        return await self._read(blob_id, f"/api/v1/contacts/{contact_id}/raw")

    async def _read(self, blob_id: str, file_url: str) -> OriginalView:
        raw = await self._blobs.get(blob_id)
        return _view(await asyncio.to_thread(read_original, raw), file_url)

    def _entry_blob(self, tx: Tx, asked: tuple[Principal, str]) -> str:
        """Raises NotFound, Forbidden where numbers are hidden from this user."""
        principal, interaction_id = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        entry = access_interaction(tx, reader.sight, interaction_id)
        if entry.raw_blob_id is None:
            raise NotFound("The original of this entry was not kept.")
        kind = select(identities.c.kind).where(identities.c.id == entry.identity_id)
        if reader.masks and tx.execute(kind).scalar_one_or_none() in _NUMBERS:
            raise Forbidden(
                "The original names the whole number: ask a supervisor for it.",
                code="original.masked",
            )
        return str(entry.raw_blob_id)


def raw_blob_of(tx: Tx, asked: tuple[Principal, str]) -> str:
    """Return where the raw bytes of a contact in quarantine are. Raises NotFound."""
    principal, contact_id = asked
    blob_id: str | None = access_contact(tx, sight_of(tx, principal), contact_id).raw_blob_id
    if blob_id is None:
        raise NotFound("This contact has no raw file.")
    return blob_id


def _view(original: Original, file_url: str) -> OriginalView:
    return OriginalView(
        size_bytes=original.size_bytes,
        headers=[HeaderLineView(name=line.name, value=line.value) for line in original.headers],
        hops=[
            HopView(sent_by=hop.sent_by, taken_by=hop.taken_by, at=hop.at, delay_s=hop.delay_s)
            for hop in original.hops
        ],
        checks=[
            CheckResultView(server=one.server, method=one.method, result=one.result)
            for one in original.checks
        ],
        text=original.text,
        text_cut=original.text_cut,
        file_url=file_url,
    )
