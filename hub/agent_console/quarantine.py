"""Routes of the quarantine: what could not be read, why, and what a person makes of it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from sqlalchemy import select

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.contacts.access import access_contact
from hub.contacts.inbound import Reread
from hub.contacts.model import ContactState, Direction
from hub.contacts.quarantined import (
    QuarantineKind,
    Tried,
    count_kinds,
    kind_of,
    note_tried,
    of_kind,
    tries_of,
)
from hub.contacts.tables import interactions
from hub.core.errors import Conflict
from hub.desk.quarantine import Release, release_quarantined, restore_quarantined
from hub.intake.after_upgrade import RereadRaw
from hub.intake.reprocess import Reprocess, Reprocessed, reprocess
from hub.storage import Blobs, Store, Tx
from hub.web import (
    Access,
    Body,
    Key,
    Page,
    PageQuery,
    Principal,
    View,
    decode_cursor,
    encode_cursor,
    route,
)

from .detail import raw_url
from .lists import ByTime, ContactFilter, Position, find_contacts
from .readers import reader_of, sight_of
from .rows import contact_rows
from .shapes import ContactRow

_NOBODY = "?"  # the name of whoever wrote what cannot be read


class QuarantineQuery(PageQuery, frozen=True):
    """`kind`: "" for all."""

    kind: Literal["", "unreadable", "spam", "blocked"] = ""


class QuarantinedView(View, frozen=True):
    """`sender` and `subject` as far as they could be read; `raw_url` None where no bytes are.

    `tries`: how often it was read. `size_bytes`: of the original, 0 where it is gone.
    """

    contact: ContactRow
    reason: str
    kind: QuarantineKind
    tries: int
    size_bytes: int
    sender: str
    subject: str
    raw_url: str | None
    came_at: datetime


class QuarantineCounts(View, frozen=True):
    """How much waits of each kind, of what this user sees."""

    unreadable: int
    spam: int
    blocked: int


class ReleaseBody(Body, frozen=True):
    """`as_spam`: close it; else it goes to its queue with the time it has waited."""

    as_spam: bool = False


class ReprocessedView(View, frozen=True):
    """`read`: it was filed; `contact_id` is where (None: it only went on a timeline).

    Not read: `reason` says why still not, and it stays in quarantine.
    """

    read: bool
    contact_id: str | None = None
    duplicate: bool = False
    reason: str = ""


class QuarantineRoutes:
    """`version`: of the hub that runs now, kept with each try."""

    def __init__(
        self, store: Store, blobs: Blobs, reread: RereadRaw, version: str, *, mask_numbers: bool
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._reread = reread
        self._version = version
        self._mask_numbers = mask_numbers

    @route(
        "GET",
        "/api/v1/quarantine",
        access=Access.SUPERVISOR,
        summary="What could not be read, newest first",
    )
    async def list_quarantined(
        self, principal: Principal, query: QuarantineQuery
    ) -> Page[QuarantinedView]:
        page, blob_ids = await self._store.read(self._list, (principal, query))
        paths = [self._blobs.path(id_) if id_ else None for id_ in blob_ids]
        sizes = await asyncio.to_thread(_sizes, paths)
        items = [
            msgspec.structs.replace(item, size_bytes=size)
            for item, size in zip(page.items, sizes, strict=True)
        ]
        return msgspec.structs.replace(page, items=items)

    @route(
        "GET",
        "/api/v1/quarantine/counts",
        access=Access.SUPERVISOR,
        summary="How much is in quarantine",
    )
    async def counts(self, principal: Principal) -> QuarantineCounts:
        return await self._store.read(_count, principal)

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/reprocess",
        access=Access.SUPERVISOR,
        summary="Read the stored raw bytes again",
    )
    async def reprocess(self, principal: Principal, contact_id: Key) -> ReprocessedView:
        channel, point, blob_id = await self._store.read(_raw_of, (principal, contact_id))
        read = await self._reread(channel, point, blob_id)
        if read.reason is None and read.inbound is not None:
            read = Reread(read.inbound, read.inbound.quarantine_reason)
        if read.reason is not None:
            await self._store.write(note_tried, Tried(contact_id, self._version))
            return ReprocessedView(read=False, reason=read.reason)
        done = await self._store.write(_reprocess, (principal, contact_id, read))
        return ReprocessedView(read=True, contact_id=done.contact_id, duplicate=done.duplicate)

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/release",
        access=Access.SUPERVISOR,
        summary="Let a quarantined contact into its queue, or close it as spam",
    )
    async def release(self, principal: Principal, contact_id: Key, body: ReleaseBody) -> None:
        await self._store.write(_release, (principal, contact_id, body))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/restore",
        access=Access.SUPERVISOR,
        summary="Put back into quarantine what was thrown out of it",
    )
    async def restore(self, principal: Principal, contact_id: Key) -> None:
        await self._store.write(_restore, (principal, contact_id))

    def _list(
        self, tx: Tx, asked: tuple[Principal, QuarantineQuery]
    ) -> tuple[Page[QuarantinedView], list[str | None]]:
        principal, query = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        position = decode_cursor(query.after, Position)
        after = position.at if position and isinstance(position.at, ByTime) else None
        states = frozenset({ContactState.QUARANTINED})
        more = (of_kind(QuarantineKind(query.kind)),) if query.kind else ()
        wanted = ContactFilter(states, "", "", query.limit, after, more=more)
        found = find_contacts(tx, reader.sight, reader.settings, wanted)
        senders = _senders(tx, [row.id for row in found.rows])
        items = [
            QuarantinedView(
                contact=shown,
                reason=row.quarantine_reason or "",
                kind=kind_of(row.quarantine_reason),
                tries=tries_of(row.meta),
                size_bytes=0,
                sender=senders.get(row.id, ""),
                subject=row.subject or "",
                raw_url=raw_url(row),
                came_at=row.opened_at,
            )
            for row, shown in zip(found.rows, contact_rows(tx, reader, found.rows), strict=True)
        ]
        goes_on = None if found.after is None else encode_cursor(Position(found.after))
        return Page(items=items, after=goes_on), [row.raw_blob_id for row in found.rows]


def _sizes(paths: list[Path | None]) -> list[int]:
    sizes = []
    for path in paths:
        try:
            sizes.append(path.stat().st_size if path else 0)
        except OSError:
            sizes.append(0)
    return sizes


def _count(tx: Tx, principal: Principal) -> QuarantineCounts:
    found = count_kinds(tx, sight_of(tx, principal).contacts())
    return QuarantineCounts(**{kind.value: count for kind, count in found.items()})


def _restore(tx: Tx, asked: tuple[Principal, str]) -> None:
    principal, contact_id = asked
    access_contact(tx, sight_of(tx, principal), contact_id)
    restore_quarantined(tx, contact_id)
    audit(tx, actor_of(principal), "contact.restore", "contact", contact_id, {})


def _senders(tx: Tx, contact_ids: list[str]) -> dict[str, str]:
    """Who seems to have written, by contact: what its first entry says."""
    rows = tx.execute(
        select(interactions.c.contact_id, interactions.c.meta, interactions.c.author_name)
        .where(
            interactions.c.contact_id.in_(contact_ids),
            interactions.c.direction == Direction.INBOUND,
        )
        .order_by(interactions.c.seq.desc())
    )
    said = {row.contact_id: str(row.meta.get("from") or row.author_name or "") for row in rows}
    return {contact_id: "" if name == _NOBODY else name for contact_id, name in said.items()}


def _raw_of(tx: Tx, asked: tuple[Principal, str]) -> tuple[str, str, str]:
    principal, contact_id = asked
    row = access_contact(tx, sight_of(tx, principal), contact_id)
    if row.state != ContactState.QUARANTINED:
        raise Conflict("The contact is not in quarantine any more.", code="quarantine.gone")
    if row.raw_blob_id is None:
        raise Conflict("Nothing of it was kept that could be read again.", code="quarantine.no_raw")
    return row.channel, row.entry_point_id, row.raw_blob_id


def _reprocess(tx: Tx, asked: tuple[Principal, str, Reread]) -> Reprocessed:
    principal, contact_id, read = asked
    access_contact(tx, sight_of(tx, principal), contact_id)
    done = reprocess(tx, Reprocess(contact_id, read.inbound))
    said = {"filed_as": done.contact_id, "duplicate": done.duplicate}
    audit(tx, actor_of(principal), "contact.reprocess", "contact", contact_id, said)
    return done


def _release(tx: Tx, asked: tuple[Principal, str, ReleaseBody]) -> None:
    principal, contact_id, body = asked
    row = access_contact(tx, sight_of(tx, principal), contact_id)
    release_quarantined(tx, Release(row.id, body.as_spam))
    act = {"as_spam": body.as_spam}
    audit(tx, actor_of(principal), "contact.release", "contact", contact_id, act)
