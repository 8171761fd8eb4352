"""One timeline of a customer over all channels, newest first, page by page.

Interactions belong to identities; the customer of today owns some of those. Each identity has an
index by time, so a page costs the same for a customer of ten years as for one of today.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, union_all

from hub.core.text import Query, holds
from hub.customers.reads import get_customer_row, identity_ids_of
from hub.storage import Tx

from .access import Sight
from .model import RECORD
from .tables import contacts, conversations, entry_points, interactions

_ROUND = 500  # entries looked at at once for words
_ROUNDS = 10  # of them for one page


class Position(msgspec.Struct, frozen=True, array_like=True):
    at: datetime
    id: str


class Filters(NamedTuple):
    """What is left out: other channels and kinds where any are named, earlier than `since`, from
    `until` on (UTC), and what does not hold `words`.
    """

    channels: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    words: Query | None = None


class ListTimeline(NamedTuple):
    sight: Sight
    customer_id: str
    limit: int
    before: Position | None = None
    only: Filters = Filters()


def list_timeline(tx: Tx, ask: ListTimeline) -> tuple[Sequence[Row[Any]], Position | None]:
    """Return a page, newest first, and where to go on. Raises NotFound for no such customer.

    Rows are those of `interactions` with the contact's `reference` and `unanswered_since`, and the
    entry point's `display_name`. With words a page may have fewer entries than it could, or none,
    and still say where to go on: a limited number is looked at for each.
    """
    get_customer_row(tx, ask.customer_id)
    ids = identity_ids_of(tx, ask.customer_id)
    if not ids:
        return [], None
    if ask.only.words is None:
        keys, following = _page(tx, ask, ids)
    else:
        keys, following = _search(tx, ask, ids, ask.only.words)
    return _entries(tx, [key.id for key in keys]), following


def _page(
    tx: Tx, ask: ListTimeline, ids: Sequence[str]
) -> tuple[Sequence[Row[Any]], Position | None]:
    parts = [_of_identity(ask, identity_id).subquery() for identity_id in ids]
    merged = union_all(*(select(part.c.id, part.c.at) for part in parts)).subquery()
    keys = tx.execute(
        select(merged.c.id, merged.c.at)
        .order_by(merged.c.at.desc(), merged.c.id.desc())
        .limit(ask.limit + 1)
    ).all()
    shown = keys[: ask.limit]
    following = Position(shown[-1].at, shown[-1].id) if len(keys) > ask.limit else None
    return shown, following


def _search(
    tx: Tx, ask: ListTimeline, ids: Sequence[str], words: Query
) -> tuple[Sequence[Row[Any]], Position | None]:
    """Look through the entries for words, newest first, a round after the other.

    A word's own index would be read over all customers; one customer's entries are few beside it.
    """
    found: list[Row[Any]] = []
    before = ask.before
    for _ in range(_ROUNDS):
        looked_at, before = _page(tx, ask._replace(limit=_ROUND, before=before), ids)
        texts = _texts(tx, [key.id for key in looked_at])
        found += [key for key in looked_at if holds(words, texts[key.id])]
        if len(found) > ask.limit:
            last = found[ask.limit - 1]
            return found[: ask.limit], Position(last.at, last.id)
        if before is None:
            break
    return found, before


def _texts(tx: Tx, ids: Sequence[str]) -> dict[str, str]:
    rows = tx.execute(
        select(interactions.c.id, interactions.c.subject, interactions.c.text).where(
            interactions.c.id.in_(ids)
        )
    )
    return {row.id: f"{row.subject or ''}\n{row.text}" for row in rows}


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
    found = found.where(*_kept(ask.only))
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
                interactions.c.channel == RECORD,  # of the customer, whom this user may see
            )
        )
    )


def _kept(only: Filters) -> list[ColumnElement[bool]]:
    kept: list[ColumnElement[bool]] = []
    if only.channels:
        kept.append(interactions.c.channel.in_(sorted(only.channels)))
    if only.kinds:
        kept.append(interactions.c.kind.in_(sorted(only.kinds)))
    if only.since is not None:
        kept.append(interactions.c.at >= only.since)
    if only.until is not None:
        kept.append(interactions.c.at < only.until)
    return kept


def _entries(tx: Tx, ids: Sequence[str]) -> Sequence[Row[Any]]:
    if not ids:
        return []
    return tx.execute(
        select(
            interactions,
            contacts.c.reference,
            contacts.c.unanswered_since,
            entry_points.c.display_name,
        )
        .join(conversations, conversations.c.id == interactions.c.conversation_id)
        .outerjoin(contacts, contacts.c.id == interactions.c.contact_id)
        .outerjoin(entry_points, entry_points.c.id == conversations.c.entry_point_id)
        .where(interactions.c.id.in_(ids))
        .order_by(interactions.c.at.desc(), interactions.c.id.desc())
    ).all()
