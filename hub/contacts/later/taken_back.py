"""Which answers were taken back, by their writer's own ids: a copy that comes late stays away.

A console sends an answer again under the same id where it heard nothing of the first attempt. One
that was taken back in between, in another tab or because nobody knew whether it had arrived, would
go out by that after all.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from hub.core.errors import Conflict
from hub.storage import LIMIT, NOW, Look, Tx
from hub.storage.bulk import Statement, tx_time

from .tables import answers_taken_back as gone

KEPT = timedelta(days=1)
Key = tuple[str, str]
"""(agent id, client id)"""

_NOTE = Statement("""
INSERT INTO answers_taken_back (agent_id, client_id, at)
SELECT {text 0}, {text 1}, {time :now} FROM {rows} WHERE TRUE
ON CONFLICT (agent_id, client_id) DO NOTHING
""")


def note_taken_back(tx: Tx, keys: Iterable[Key]) -> None:
    """Remember them for a day; those that are known stay as they are."""
    _NOTE(tx, sorted(set(keys)), now=tx_time(tx, tx.now))


def taken_back_of(tx: Tx, keys: Iterable[Key]) -> set[Key]:
    """Return which of these their writers took back within the last day. One statement."""
    wanted = set(keys)
    if not wanted:
        return set()
    # Two INs and a look at the pair: SQLite scans the whole index for (a, b) IN (VALUES …).
    rows = tx.execute(
        select(gone.c.agent_id, gone.c.client_id).where(
            gone.c.agent_id.in_(sorted({agent_id for agent_id, _ in wanted})),
            gone.c.client_id.in_(sorted({client_id for _, client_id in wanted})),
        )
    )
    return {(row.agent_id, row.client_id) for row in rows} & wanted


def taken_back() -> Conflict:
    """Return the refusal of a copy that comes late."""
    return Conflict("This was taken back: send it anew.", code="later.taken_back")


_OLD = Look(select(gone.c.at).where(gone.c.at <= NOW).order_by(gone.c.at).limit(LIMIT))


def forget_taken_back(tx: Tx, now: datetime, limit: int) -> int:
    """Timekeeper: forget about `limit` of those that nobody sends again; return how many."""
    old = _OLD(tx, now - KEPT, limit)
    if not old:
        return 0
    gone_now = delete(gone).where(gone.c.at <= old[-1].at).returning(gone.c.client_id)
    return len(list(tx.execute(gone_now)))
