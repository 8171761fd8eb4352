"""Routes of the quarantine: what could not be read, why, and what a person makes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy import select

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.contacts.access import access_contact
from hub.contacts.inbound import Reread
from hub.contacts.model import ContactState, Direction
from hub.contacts.tables import interactions
from hub.core.errors import Conflict
from hub.desk.quarantine import Release, release_quarantined
from hub.intake.reprocess import Reprocess, Reprocessed, reprocess
from hub.storage import Store, Tx
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
RereadRaw = Callable[[str, str, str], Awaitable[Reread]]
"""(channel, entry point, blob id) -> what the channel makes of the stored raw bytes now."""


class QuarantinedView(View, frozen=True):
    """`sender` and `subject` as far as they could be read; `raw_url` None where no bytes are."""

    contact: ContactRow
    reason: str
    sender: str
    subject: str
    raw_url: str | None
    came_at: datetime


class ReleaseBody(Body, frozen=True):
    """`as_spam`: close it; else it goes to its queue and begins to wait now."""

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
    def __init__(self, store: Store, reread: RereadRaw, *, mask_numbers: bool) -> None:
        self._store = store
        self._reread = reread
        self._mask_numbers = mask_numbers

    @route(
        "GET",
        "/api/v1/quarantine",
        access=Access.SUPERVISOR,
        summary="What could not be read, newest first",
    )
    async def list_quarantined(
        self, principal: Principal, query: PageQuery
    ) -> Page[QuarantinedView]:
        return await self._store.read(self._list, (principal, query))

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

    def _list(self, tx: Tx, asked: tuple[Principal, PageQuery]) -> Page[QuarantinedView]:
        principal, query = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        position = decode_cursor(query.after, Position)
        after = position.at if position and isinstance(position.at, ByTime) else None
        states = frozenset({ContactState.QUARANTINED})
        wanted = ContactFilter(states, "", "", query.limit, after)
        found = find_contacts(tx, reader.sight, reader.settings, wanted)
        senders = _senders(tx, [row.id for row in found.rows])
        items = [
            QuarantinedView(
                contact=shown,
                reason=row.quarantine_reason or "",
                sender=senders.get(row.id, ""),
                subject=row.subject or "",
                raw_url=raw_url(row),
                came_at=row.opened_at,
            )
            for row, shown in zip(found.rows, contact_rows(tx, reader, found.rows), strict=True)
        ]
        more = None if found.after is None else encode_cursor(Position(found.after))
        return Page(items=items, after=more)


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
