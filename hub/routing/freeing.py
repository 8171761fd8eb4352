"""When the busiest of some agents is likely to be free: told beside why a contact still waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from hub.storage import Tx

from .tables import assignments

_RECENT = 200  # contacts of the queue and channel that ended lately
_LATELY = timedelta(days=14)  # of a rare channel no older ones are looked for
_LEAST = 5  # fewer that lasted longer say nothing honest


@dataclass(frozen=True, slots=True)
class AskFreeing:
    """Agents who could take a contact of this queue and channel but for what they hold of it."""

    agent_ids: Sequence[str]
    queue_id: str
    channel: str


def free_in_s(tx: Tx, asked: AskFreeing) -> float | None:
    """Return in how many seconds, on average, who is longest at it will have ended; None: unknown.

    Of the contacts of that queue and channel that lasted longer than this one has by now, the mean
    of what was left of them (the mean residual life, wrap-up included).
    """
    if not asked.agent_ids:
        return None
    of_channel = assignments.c.channel == asked.channel
    began = tx.execute(
        select(assignments.c.made_at)
        .where(
            assignments.c.agent_id.in_(asked.agent_ids),
            assignments.c.ended_at.is_(None),
            of_channel,
        )
        .order_by(assignments.c.made_at)
        .limit(1)
    ).scalar_one_or_none()
    if began is None:
        return None
    ended = tx.execute(
        select(assignments.c.made_at, assignments.c.ended_at)
        .where(
            assignments.c.queue_id == asked.queue_id,
            assignments.c.made_at >= tx.now - _LATELY,
            assignments.c.ended_at.is_not(None),
            of_channel,
        )
        .order_by(assignments.c.made_at.desc())
        .limit(_RECENT)
    )
    passed_s = (tx.now - began).total_seconds()
    left_s = [
        lasted_s - passed_s
        for row in ended
        if (lasted_s := (row.ended_at - row.made_at).total_seconds()) > passed_s
    ]
    return sum(left_s) / len(left_s) if len(left_s) >= _LEAST else None
