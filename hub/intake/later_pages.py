"""Words of pages behind the first ones of a file: read by and by, found from then on.

Each turn of some pages is an effect, which the report of the turn before asks for in its own
transaction: what a crash interrupts goes on where it was. Queue, sender and language are decided by
the first pages (`file_read`); these words change none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, select, update

from hub.contacts.card_numbers import HIDDEN
from hub.contacts.effects import EffectFile, ReadPages
from hub.contacts.inbound import PAGE_PREFIX, READING_ON, PagesRead
from hub.contacts.outreach.sending import to_channel
from hub.contacts.tables import attachments, interactions
from hub.customers.card_numbers import hide_card_numbers
from hub.storage import Tx
from hub.storage.outbox import add_effects
from hub.storage.search import SearchKind, add_words

MOST_WORDS = 500_000  # characters of one entry, as of a mail; what is beyond is found all the same
_TURN = 5  # pages


class Left(NamedTuple):
    """Words of an entry's pages behind `page`, up to page `of`, are still to be read."""

    entry_point_id: str
    page: int
    of: int


def ask_for_pages(tx: Tx, entry: Row[Any], left: Left) -> dict[str, Any]:
    """Have the next pages read; return what the entry's meta says of it, {} where none is left."""
    files = _pages_behind(tx, entry.id, left) if left.page < left.of else []
    if not files:
        return {}
    effect = ReadPages(interaction_id=entry.id, page=left.page + 1, files=tuple(files))
    add_effects(
        tx,
        [
            to_channel(
                effect,
                channel=entry.channel,
                entry_point_id=left.entry_point_id,
                contact_id=entry.contact_id,
                dedupe_key=f"read:{entry.id}:{left.page + 1}",
            )
        ],
    )
    return {READING_ON: {"page": left.page, "of": left.of}}


def pages_read(tx: Tx, news: PagesRead) -> None:
    """Add the words of some pages to their entry, and ask for the next ones; told again, or of an
    entry that is gone, nothing changes.
    """
    entry = tx.execute(
        select(interactions).where(interactions.c.id == news.interaction_id).with_for_update()
    ).first()
    far = None if entry is None else entry.meta.get(READING_ON)
    if entry is None or far is None or far["page"] != news.first - 1:
        return
    text = hide_card_numbers(tx, news.text)
    left = Left(news.entry_point_id, max(news.last, news.first), far["of"])
    meta = {key: value for key, value in entry.meta.items() if key != READING_ON}
    meta |= {HIDDEN: True} if text != news.text else {}
    tx.execute(
        update(interactions)
        .where(interactions.c.id == entry.id)
        .values(
            text="\n\n".join(filter(None, (entry.text, text)))[:MOST_WORDS],
            meta={**meta, **ask_for_pages(tx, entry, left)},
        )
    )
    add_words(tx, SearchKind.INTERACTIONS, entry.id, text)
    tx.hint("conversation.marked", entry.conversation_id)


def _pages_behind(tx: Tx, entry_id: str, left: Left) -> Sequence[EffectFile]:
    """Return the next pages without a gap: of what was removed meanwhile nothing is read."""
    numbers = range(left.page + 1, min(left.page + _TURN, left.of) + 1)
    names = [f"{PAGE_PREFIX}{number}" for number in numbers]
    found = {
        row.content_id: EffectFile(
            blob_id=row.blob_id,
            name=row.name,
            media_type=row.media_type,
            size_bytes=row.size_bytes,
        )
        for row in tx.execute(
            select(attachments).where(
                attachments.c.interaction_id == entry_id, attachments.c.content_id.in_(names)
            )
        )
    }
    files = []
    for name in names:
        if name not in found:
            break
        files.append(found[name])
    return files
