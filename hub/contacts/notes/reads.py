"""What was said to whom in notes, as far as they may see it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, func, or_, select

from hub.contacts.access import Sight
from hub.contacts.tables import contacts, interactions
from hub.storage import Tx

from .tables import mentions, note_versions

MOST_COUNTED = 100
"""A badge says no more than that."""


class ListMentions(NamedTuple):
    """`after`: (at, id) of the last one seen. `unread`: only those not read yet."""

    sight: Sight
    limit: int
    unread: bool = False
    after: tuple[datetime, str] | None = None


def list_mentions(tx: Tx, wanted: ListMentions) -> list[Row[Any]]:
    """Return mentions of the user whose sight it is, newest first, with their notes.

    Those of contacts that have left the user's sight are not there.
    """
    found = (
        _seen(wanted.sight)
        .add_columns(
            mentions.c.id,
            mentions.c.kind,
            mentions.c.at,
            mentions.c.read_at,
            mentions.c.by_id,
            interactions.c.author_name,
            interactions.c.text,
            interactions.c.seq,
            mentions.c.contact_id,
            mentions.c.interaction_id,
        )
        .join(interactions, interactions.c.id == mentions.c.interaction_id)
        .order_by(mentions.c.at.desc(), mentions.c.id.desc())
        .limit(wanted.limit)
    )
    if wanted.unread:
        found = found.where(mentions.c.read_at.is_(None))
    if wanted.after is not None:
        at, mention_id = wanted.after
        same = and_(mentions.c.at == at, mentions.c.id < mention_id)
        found = found.where(or_(mentions.c.at < at, same))
    return list(tx.execute(found))


def count_unread(tx: Tx, sight: Sight) -> int:
    """Return how many mentions the user has not read, at most MOST_COUNTED."""
    some = _seen(sight).add_columns(mentions.c.id).where(mentions.c.read_at.is_(None))
    few = some.limit(MOST_COUNTED).subquery()
    return int(tx.execute(select(func.count()).select_from(few)).scalar_one())


def list_versions(tx: Tx, interaction_id: str) -> list[Row[Any]]:
    """Return what a note said before, oldest first; access to it was checked."""
    found = select(note_versions).where(note_versions.c.interaction_id == interaction_id)
    return list(tx.execute(found.order_by(note_versions.c.version)))


def _seen(sight: Sight) -> Select[Any]:
    return (
        select()
        .select_from(mentions)
        .join(contacts, contacts.c.id == mentions.c.contact_id)
        .where(mentions.c.user_id == sight.user_id, sight.contacts())
    )
