"""What the hub knows of an answer by its writer's own id: that it is in the log, or taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import BigInteger, String, cast, null, select, union_all

from hub.contacts.later.tables import answers_taken_back as gone
from hub.contacts.later.taken_back import Key
from hub.contacts.tables import interactions
from hub.storage import Tx

from .commands import Written


class Known(NamedTuple):
    written: dict[Key, Written]
    taken_back: set[Key]


def known_of(tx: Tx, keys: Sequence[Key]) -> Known:
    """Look in the log and among what was taken back, in one statement: each answer pays for it."""
    wanted = set(keys)
    # Two INs and a look at the pair: SQLite scans the whole index for (a, b) IN (VALUES …).
    writers = sorted({agent_id for agent_id, _ in wanted})
    ids = sorted({client_id for _, client_id in wanted})
    log = select(
        interactions.c.author_id,
        interactions.c.client_id,
        interactions.c.id,
        interactions.c.conversation_id,
        interactions.c.seq,
        interactions.c.delivery,
    ).where(interactions.c.author_id.in_(writers), interactions.c.client_id.in_(ids))
    no_text = cast(null(), String)
    back = select(
        gone.c.agent_id, gone.c.client_id, no_text, no_text, cast(null(), BigInteger), no_text
    ).where(gone.c.agent_id.in_(writers), gone.c.client_id.in_(ids))
    known = Known({}, set())
    for row in tx.execute(union_all(log, back)):
        key = (row.author_id, row.client_id)
        if key not in wanted:
            continue
        if row.id is None:
            known.taken_back.add(key)
        else:
            known.written[key] = Written(row.id, row.conversation_id, row.seq, row.delivery)
    return known
