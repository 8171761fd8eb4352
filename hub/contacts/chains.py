"""The outside's own names of what was said in a conversation: what a reply refers to."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import func, select

from hub.storage import Tx

from .model import Direction
from .tables import interactions

_NEWEST = 20


class Chain(NamedTuple):
    """`ids`: the first and the newest outside ids, oldest first (References). `asked`: the one that
    the customer wrote last, which an answer is a reply to.
    """

    ids: tuple[str, ...] = ()
    asked: str | None = None


def chains_of(tx: Tx, conversation_ids: Collection[str]) -> dict[str, Chain]:
    """Return, by conversation, its chain; by one statement. Without one where nothing has an id."""
    if not conversation_ids:
        return {}
    seq, each = interactions.c.seq, interactions.c.conversation_id
    ranked = (
        select(
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
        asked = row.external_id if row.direction == Direction.INBOUND else before.asked
        chains[row.conversation_id] = Chain((*before.ids, row.external_id), asked)
    return chains
