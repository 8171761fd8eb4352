"""One timeline of a customer over all channels, newest first, page by page.

Interactions belong to identities; the customer of today owns some of those. Each identity has an
index by time, so a page costs the same for a customer of ten years as for one of today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, Select, and_, func, or_, select, union_all

from hub.customers.reads import get_customer_row, identity_ids_of
from hub.storage import Store, Tx
from hub.web import (
    Access,
    Key,
    Page,
    PageQuery,
    Principal,
    View,
    decode_cursor,
    encode_cursor,
    route,
)

from .access import Sight, VisibleQueues
from .model import Direction
from .tables import attachments, contacts, conversations, entry_points, interactions

MAX_TEXT = 4_000  # characters of one entry; the conversation has the rest


class Position(msgspec.Struct, frozen=True, array_like=True):
    at: datetime
    id: str


class ListTimeline(NamedTuple):
    sight: Sight
    customer_id: str
    limit: int
    before: Position | None = None


class TimelineFile(View, frozen=True):
    id: str
    name: str
    media_type: str
    size_bytes: int


class TimelineEntry(View, frozen=True):
    """One interaction as the customer's page shows it.

    `cut`: the text is longer than shown. `unanswered`: the customer still waits for an answer.
    """

    id: str
    conversation_id: str
    seq: int
    contact_id: str | None
    contact_reference: str | None
    channel: str
    entry_point_id: str
    entry_point_name: str | None
    kind: str
    direction: str
    author_id: str | None
    author_name: str | None
    text: str
    cut: bool
    subject: str | None
    delivery: str | None
    delivery_detail: str | None
    unanswered: bool
    at: datetime
    files: list[TimelineFile]
    meta: dict[str, Any]  # Any: JSON scalars of the channel's choosing


def list_timeline(tx: Tx, ask: ListTimeline) -> tuple[list[TimelineEntry], Position | None]:
    """Return a page, newest first, and where to go on. Raises NotFound for no such customer."""
    get_customer_row(tx, ask.customer_id)
    ids = identity_ids_of(tx, ask.customer_id)
    if not ids:
        return [], None
    parts = [_of_identity(ask, identity_id).subquery() for identity_id in ids]
    merged = union_all(*(select(part.c.id, part.c.at) for part in parts)).subquery()
    keys = tx.execute(
        select(merged.c.id, merged.c.at)
        .order_by(merged.c.at.desc(), merged.c.id.desc())
        .limit(ask.limit + 1)
    ).all()
    shown = keys[: ask.limit]
    following = Position(shown[-1].at, shown[-1].id) if len(keys) > ask.limit else None
    return _entries(tx, [key.id for key in shown]), following


def _of_identity(ask: ListTimeline, identity_id: str) -> Select[str, datetime]:
    """The newest entries of one identity that this user may see: one range of one index."""
    found: Select[str, datetime] = (
        select(interactions.c.id, interactions.c.at)
        .where(interactions.c.identity_id == identity_id)
        .order_by(interactions.c.at.desc(), interactions.c.id.desc())
        .limit(ask.limit + 1)
    )
    if ask.before is not None:
        at, last = ask.before.at, ask.before.id
        found = found.where(
            interactions.c.at <= at,
            or_(interactions.c.at < at, and_(interactions.c.at == at, interactions.c.id < last)),
        )
    if ask.sight.queues is None:
        return found
    queue = func.coalesce(contacts.c.queue_id, entry_points.c.queue_id)
    return (
        found.outerjoin(contacts, contacts.c.id == interactions.c.contact_id)
        .join(conversations, conversations.c.id == interactions.c.conversation_id)
        .outerjoin(entry_points, entry_points.c.id == conversations.c.entry_point_id)
        .where(
            or_(
                queue.in_(sorted(ask.sight.queues)),
                contacts.c.agent_id == ask.sight.user_id,
                interactions.c.author_id == ask.sight.user_id,
            )
        )
    )


def _entries(tx: Tx, ids: Sequence[str]) -> list[TimelineEntry]:
    if not ids:
        return []
    rows = tx.execute(
        select(
            interactions,
            contacts.c.reference,
            contacts.c.unanswered_since,
            conversations.c.entry_point_id,
            entry_points.c.display_name,
        )
        .join(conversations, conversations.c.id == interactions.c.conversation_id)
        .outerjoin(contacts, contacts.c.id == interactions.c.contact_id)
        .outerjoin(entry_points, entry_points.c.id == conversations.c.entry_point_id)
        .where(interactions.c.id.in_(ids))
        .order_by(interactions.c.at.desc(), interactions.c.id.desc())
    ).all()
    files: defaultdict[str, list[TimelineFile]] = defaultdict(list)
    for row in tx.execute(
        select(attachments).where(attachments.c.interaction_id.in_(ids)).order_by(attachments.c.id)
    ):
        files[row.interaction_id].append(
            TimelineFile(
                id=row.id, name=row.name, media_type=row.media_type, size_bytes=row.size_bytes
            )
        )
    return [_entry(row, files[row.id]) for row in rows]


def _entry(row: Row[Any], files: list[TimelineFile]) -> TimelineEntry:
    waits = row.unanswered_since is not None and row.at >= row.unanswered_since
    return TimelineEntry(
        id=row.id,
        conversation_id=row.conversation_id,
        seq=row.seq,
        contact_id=row.contact_id,
        contact_reference=row.reference,
        channel=row.channel,
        entry_point_id=row.entry_point_id,
        entry_point_name=row.display_name,
        kind=row.kind,
        direction=row.direction,
        author_id=row.author_id,
        author_name=row.author_name,
        text=row.text[:MAX_TEXT],
        cut=len(row.text) > MAX_TEXT,
        subject=row.subject,
        delivery=row.delivery,
        delivery_detail=row.delivery_detail,
        unanswered=waits and row.direction == Direction.INBOUND,
        at=row.at,
        files=files,
        meta=row.meta,
    )


class TimelineRoutes:
    def __init__(self, store: Store, visible_queues: VisibleQueues) -> None:
        self._store = store
        self._visible_queues = visible_queues

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/timeline",
        access=Access.AGENT,
        summary="Everything that passed between this customer and us, newest first",
    )
    async def timeline(
        self, principal: Principal, customer_id: Key, query: PageQuery
    ) -> Page[TimelineEntry]:
        return await self._store.read(self._list, (principal, customer_id, query))

    def _list(self, tx: Tx, asked: tuple[Principal, str, PageQuery]) -> Page[TimelineEntry]:
        principal, customer_id, query = asked
        items, following = list_timeline(
            tx,
            ListTimeline(
                sight=Sight.of(tx, principal, self._visible_queues),
                customer_id=customer_id,
                limit=query.limit,
                before=decode_cursor(query.after, Position),
            ),
        )
        return Page(items=items, after=encode_cursor(following) if following else None)
