"""Waiting contacts change their line: by those who steer, or by what was found in them.

A fixed number of statements, whatever their number. Callers hold the contacts' lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from hub.contacts import service as contact_service
from hub.contacts.model import ContactState
from hub.contacts.service import Move, Relocation
from hub.core.errors import HubError
from hub.storage import Tx

from .placement import Arrival, place
from .service import release, waited_now_us
from .settings import load_settings
from .sla.service import follow_contacts

_OFFERED = frozenset({ContactState.OFFERED})


@dataclass(frozen=True, slots=True)
class NewLine:
    """Where to wait: in a queue, or (`queue_id` None) for an agent within one's own queue."""

    queue_id: str | None = None
    agent_id: str | None = None


def change_line(
    tx: Tx, rows: Sequence[Row[Any]], line: NewLine
) -> tuple[dict[str, Row[Any]], dict[str, HubError]]:
    """Move contacts that wait or ring, with what they have waited (routing.md 3.2).

    Return the rows as they were by id, and why the others stay. Raises Invalid for a queue that is
    not set up.
    """
    settings = load_settings(tx)
    placed = place(tx, [_arrival(line, row, waited_now_us(settings, row, tx.now)) for row in rows])
    changes = {
        row.id: {
            **columns,
            **_kept(line, row),
            "queue_id": line.queue_id or row.queue_id,
            "agent_id": None,
            "enqueued_at": tx.now,
        }
        for row, columns in zip(rows, placed, strict=True)
    }
    ringing = [row.id for row in rows if row.state == ContactState.OFFERED]
    waiting = [row.id for row in rows if row.state == ContactState.QUEUED]
    results = [
        *contact_service.move_many(
            tx, [Move(id_, ContactState.QUEUED, _OFFERED, changes=changes[id_]) for id_ in ringing]
        ),
        *contact_service.relocate_many(tx, [Relocation(id_, changes[id_]) for id_ in waiting]),
    ]
    release(tx, ringing, "moved")
    moved: dict[str, Row[Any]] = {}
    refused: dict[str, HubError] = {}
    for id_, result in zip([*ringing, *waiting], results, strict=True):
        if isinstance(result, HubError):
            refused[id_] = result
        else:
            moved[id_] = result
    follow_contacts(tx, [id_ for id_ in waiting if id_ in moved])  # `release` followed the others
    for contact_id in moved:
        tx.hint("contact.queued", contact_id)
    return moved, refused


def _kept(line: NewLine, row: Row[Any]) -> dict[str, Any]:
    """What a move leaves as it was: the place that was told; in its queue, what is asked for."""
    kept = {"told_position": row.told_position}
    if line.queue_id is None:
        names = ("requirements", "skill_step", "step_until")
        kept |= {name: row._mapping[name] for name in names}
    return kept


def _arrival(line: NewLine, row: Row[Any], waited_us: int) -> Arrival:
    return Arrival(
        queue_id=line.queue_id or row.queue_id,
        tier=row.tier,
        channel=row.channel,
        language=row.language,
        last_agent_id=line.agent_id,
        waits_for_agent=line.agent_id is not None,
        waited_s=waited_us / 1_000_000,
        promise=row.promise,
    )
