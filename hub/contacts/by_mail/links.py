"""Links by which a customer returns to one conversation: random, kept as a hash, for a time."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from hub.contacts.research.model import hash_token, make_token
from hub.contacts.tables import conversations
from hub.storage import LIMIT, NOW, Look, Tx

from .tables import return_links

GOOD_FOR = timedelta(days=30)
_TOKEN_BYTES = 24


def make_return_link(tx: Tx, conversation_id: str) -> str:
    """Make a link to a conversation and return its token: it is kept only in the mail that waits
    to be sent.
    """
    return make_return_links(tx, [conversation_id])[0]


def make_return_links(tx: Tx, conversation_ids: Sequence[str]) -> list[str]:
    """Make a link to each of these conversations; as make_return_link, in one statement."""
    if not conversation_ids:
        return []
    tokens = [make_token(secrets.token_bytes(_TOKEN_BYTES)) for _ in conversation_ids]
    tx.execute(
        insert(return_links),
        [
            {
                "token_hash": hash_token(token),
                "conversation_id": conversation_id,
                "made_at": tx.now,
                "expires_at": tx.now + GOOD_FOR,
            }
            for token, conversation_id in zip(tokens, conversation_ids, strict=True)
        ],
    )
    return tokens


def find_return(tx: Tx, asked: tuple[str, str]) -> str | None:
    """(entry point, token): return the conversation it leads to; None for a link that is none of
    this entry point's, or has expired.
    """
    entry_point_id, token = asked
    hashed = hash_token(token)
    if hashed is None:
        return None
    found = (
        select(return_links.c.conversation_id)
        .join(conversations, conversations.c.id == return_links.c.conversation_id)
        .where(
            return_links.c.token_hash == hashed,
            return_links.c.expires_at > tx.now,
            conversations.c.entry_point_id == entry_point_id,
        )
    )
    conversation_id: str | None = tx.execute(found).scalar_one_or_none()
    return conversation_id


_STALE = Look(
    select(return_links.c.token_hash)
    .where(return_links.c.expires_at <= NOW)
    .order_by(return_links.c.expires_at)
    .limit(LIMIT)
)


def forget_expired(tx: Tx, now: datetime, limit: int) -> int:
    """Delete at most `limit` links that lead nowhere any more; return how many."""
    hashes = _STALE.ids(tx, now, limit)
    if hashes:
        tx.execute(delete(return_links).where(return_links.c.token_hash.in_(hashes)))
    return len(hashes)
