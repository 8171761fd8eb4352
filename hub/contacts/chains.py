"""The outside's own names of what was said in a conversation: what a reply refers to."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import func, select

from hub.storage import Tx

from .model import Direction, InteractionKind
from .tables import interactions

THREAD_INDEX = "thread_index"  # in the meta of a mail that came in
_NEWEST = 20


class Chain(NamedTuple):
    """`ids`: the first and the newest outside ids, oldest first (References). `asked`: the one that
    the customer wrote last, which an answer is a reply to; `thread_index`: that one's, if it has
    one (Outlook's).
    """

    ids: tuple[str, ...] = ()
    asked: str | None = None
    asked_entry_id: str | None = None
    thread_index: str | None = None


def chains_of(tx: Tx, conversation_ids: Collection[str]) -> dict[str, Chain]:
    """Return, by conversation, its chain; by one statement. Without one where nothing has an id."""
    if not conversation_ids:
        return {}
    seq, each = interactions.c.seq, interactions.c.conversation_id
    ranked = (
        select(
            interactions.c.id,
            interactions.c.conversation_id,
            interactions.c.external_id,
            interactions.c.direction,
            interactions.c.seq,
            func.row_number().over(partition_by=each, order_by=seq.desc()).label("from_end"),
            func.row_number().over(partition_by=each, order_by=seq).label("from_start"),
        )
        .where(
            interactions.c.conversation_id.in_(sorted(set(conversation_ids))),
            interactions.c.external_id.is_not(None),
            interactions.c.kind != InteractionKind.ASIDE,  # another thread, with somebody else
        )
        .subquery()
    )
    rows = tx.execute(
        select(ranked)
        .where((ranked.c.from_end <= _NEWEST) | (ranked.c.from_start == 1))
        .order_by(ranked.c.conversation_id, ranked.c.seq)
    )
    chains: dict[str, Chain] = {}
    for row in rows:
        before = chains.get(row.conversation_id, Chain())
        asks = row.direction == Direction.INBOUND
        chains[row.conversation_id] = Chain(
            (*before.ids, row.external_id),
            row.external_id if asks else before.asked,
            row.id if asks else before.asked_entry_id,
        )
    return _with_indexes(tx, chains)


def _with_indexes(tx: Tx, chains: dict[str, Chain]) -> dict[str, Chain]:
    """Add what the mails that are answered say of their threads, by one statement for all."""
    asked = [chain.asked_entry_id for chain in chains.values() if chain.asked_entry_id]
    if not asked:
        return chains
    rows = tx.execute(
        select(interactions.c.id, interactions.c.meta).where(interactions.c.id.in_(sorted(asked)))
    )
    indexes = {row.id: row.meta.get(THREAD_INDEX) for row in rows}
    return {
        conversation_id: chain._replace(thread_index=indexes.get(chain.asked_entry_id))
        for conversation_id, chain in chains.items()
    }
