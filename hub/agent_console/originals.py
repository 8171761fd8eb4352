"""Routes to mails as they came: head, way and source for people, the bytes as a file.

Each opening is audited; one in which a card number stands that is hidden elsewhere, or of which it
is not known, needs a right of its own (opening.py). Where numbers are hidden from somebody, so is
what a gateway wrote around a fax or a call: it names them.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from sqlalchemy import select

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.contacts.access import access_contact, access_interaction
from hub.core.errors import Forbidden, NotFound
from hub.customers.model import IdentityKind
from hub.customers.tables import identities
from hub.storage import Blobs, Store, Tx
from hub.vendors.mail.original import Original, read_original
from hub.web import Access, FileAnswer, Key, Principal, View, route

from .opening import DOWNLOAD, OPEN, check_may_open, is_guarded
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
    """`hops`: the first server first. `words`: what it says to people. `text`: the source, cut
    where `text_cut`.
    """

    size_bytes: int
    headers: list[HeaderLineView]
    hops: list[HopView]
    checks: list[CheckResultView]
    words: str
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
        blob_id = await self._store.write(self._open, (principal, interaction_id, OPEN))
        return await self._read(blob_id, f"/api/v1/interactions/{interaction_id}/original/file")

    @route(
        "GET",
        "/api/v1/interactions/{interaction_id}/original/file",
        access=Access.AGENT,
        summary="Get a mail as it came (.eml)",
    )
    async def file_of_entry(self, principal: Principal, interaction_id: Key) -> FileAnswer:
        blob_id = await self._store.write(self._open, (principal, interaction_id, DOWNLOAD))
        return FileAnswer(self._blobs.path(blob_id), "message/rfc822", "message.eml")

    @route(
        "GET",
        "/api/v1/contacts/{contact_id}/original",
        access=Access.SUPERVISOR,
        summary="Get the head, the way and the source of a contact in quarantine",
    )
    async def of_contact(self, principal: Principal, contact_id: Key) -> OriginalView:
        blob_id = await self._store.write(_open_raw, (principal, contact_id))
        return await self._read(blob_id, f"/api/v1/contacts/{contact_id}/raw")

    async def _read(self, blob_id: str, file_url: str) -> OriginalView:
        raw = await self._blobs.get(blob_id)
        return _view(await asyncio.to_thread(read_original, raw), file_url)

    def _open(self, tx: Tx, asked: tuple[Principal, str, str]) -> str:
        """Note that an original is opened and return where its bytes are.

        Raises NotFound, Forbidden for who has not the right, or from whom numbers are hidden.
        """
        principal, interaction_id, act = asked
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
        if is_guarded(entry.meta):
            check_may_open(tx, principal)
        audit(tx, actor_of(principal), act, "interaction", interaction_id)
        return str(entry.raw_blob_id)


def _open_raw(tx: Tx, asked: tuple[Principal, str]) -> str:
    return _raw_blob(tx, asked, OPEN)


def download_raw(tx: Tx, asked: tuple[Principal, str]) -> str:
    """Note that the raw bytes of a contact in quarantine are taken, and return where they are.

    Raises NotFound, Forbidden.
    """
    return _raw_blob(tx, asked, DOWNLOAD)


def _raw_blob(tx: Tx, asked: tuple[Principal, str], act: str) -> str:
    principal, contact_id = asked
    blob_id: str | None = access_contact(tx, sight_of(tx, principal), contact_id).raw_blob_id
    if blob_id is None:
        raise NotFound("This contact has no raw file.")
    check_may_open(tx, principal)
    audit(tx, actor_of(principal), act, "contact", contact_id)
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
        words=original.words,
        text=original.text,
        text_cut=original.text_cut,
        file_url=file_url,
    )
