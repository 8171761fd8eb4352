"""Those who steer change what waits: priority, queue, the agent to take it; and end what is stuck.

Moving is one act on many contacts: a fixed number of statements, whatever their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from hub.contacts import service as contact_service
from hub.contacts.heads import lock_heads
from hub.contacts.model import ContactState, EndedAs
from hub.contacts.service import Move
from hub.core.errors import Conflict, HubError, Invalid, NotFound
from hub.routing import service as routing
from hub.routing.moving import NewLine, change_line
from hub.storage import Tx

from .telling import By, Said, tell_each

__all__ = [
    "MAX_MOVED",
    "By",
    "MoveWaiting",
    "Moved",
    "Raise",
    "complete_wrap_up",
    "move_waiting",
    "set_priority",
]

MAX_MOVED = 100
_WAITING = (ContactState.QUEUED, ContactState.OFFERED)


@dataclass(frozen=True, slots=True)
class MoveWaiting:
    """Move waiting contacts to a queue, or to an agent within their queues; one of the two."""

    contact_ids: tuple[str, ...]
    by: By
    queue_id: str | None = None
    agent_id: str | None = None
    agent_name: str | None = None  # as the timeline names the agent


@dataclass(frozen=True, slots=True)
class Moved:
    """`moved`: the rows as they were, by id. `refused`: why the others stay."""

    moved: Mapping[str, Row[Any]]
    refused: Mapping[str, HubError]


def move_waiting(tx: Tx, cmd: MoveWaiting) -> Moved:
    """Move contacts that wait or ring; what they have waited stays (routing.md 3.2).

    Raises Invalid for no or both targets, an unknown queue, or more than MAX_MOVED contacts;
    Conflict where the agent is not signed in. A contact that was taken meanwhile is refused alone.
    """
    if (cmd.queue_id is None) == (cmd.agent_id is None):
        raise Invalid("Name the queue or the agent to move to, one of the two.")
    if not 1 <= len(cmd.contact_ids) <= MAX_MOVED:
        raise Invalid(
            f"Move from 1 to {MAX_MOVED} contacts at once.", code="move.too_many", most=MAX_MOVED
        )
    if cmd.agent_id is not None:
        routing.check_signed_in(tx, cmd.agent_id)
    heads = lock_heads(tx, cmd.contact_ids)
    rows = contact_service.lock_contacts(tx, cmd.contact_ids)
    refused: dict[str, HubError] = {
        id_: NotFound("There is no such contact.") for id_ in cmd.contact_ids if id_ not in rows
    }
    movable = _movable(tx, cmd, rows.values(), refused)
    moved, stayed = change_line(tx, movable, NewLine(cmd.queue_id, cmd.agent_id))
    refused |= stayed
    said: Said = {"code": "moved", "queue": cmd.queue_id, "agent": cmd.agent_name}
    tell_each(tx, [(row, said) for row in moved.values()], heads, cmd.by)
    return Moved(moved, refused)


def _movable(
    tx: Tx, cmd: MoveWaiting, rows: Iterable[Row[Any]], refused: dict[str, HubError]
) -> list[Row[Any]]:
    served = None if cmd.agent_id is None else routing.queues_of(tx, cmd.agent_id)
    found = []
    for row in rows:
        if row.state not in _WAITING:
            refused[row.id] = Conflict(
                "The contact does not wait any more.", code="contact.not_waiting"
            )
        elif served is not None and row.queue_id not in served:
            refused[row.id] = Conflict(
                "That agent does not serve this queue.", code="move.agent_elsewhere"
            )
        else:
            found.append(row)
    return found


@dataclass(frozen=True, slots=True)
class Raise:
    contact_id: str
    priority: int
    by: By


def set_priority(tx: Tx, cmd: Raise) -> int:
    """Raise or lower a waiting contact and say on its timeline who did; return what it was.

    Raises NotFound, Conflict where it waits no more, Invalid.
    """
    heads = lock_heads(tx, [cmd.contact_id])
    before = routing.set_priority(tx, routing.SetPriority(cmd.contact_id, cmd.priority))
    if before != cmd.priority:
        row = contact_service.get_contact(tx, cmd.contact_id)
        said: Said = {"code": "priority", "before": before, "after": cmd.priority}
        tell_each(tx, [(row, said)], heads, cmd.by)
    return before


def complete_wrap_up(tx: Tx, contact_id: str, by: By) -> Row[Any]:
    """End a wrap-up that is stuck, as its timer does; return the row as it was.

    The agent is free again; a contact of which they have said nothing stands in their to-do as
    unclassified (routing.md 3.7).
    Raises NotFound, IllegalMove where it is not in wrap-up.
    """
    heads = lock_heads(tx, [contact_id])
    row = contact_service.get_contact(tx, contact_id)
    before = contact_service.move(
        tx,
        Move(
            contact_id,
            ContactState.CLOSED,
            frozenset({ContactState.WRAP_UP}),
            changes={
                "ended_as": row.ended_as or EndedAs.UNCLASSIFIED,
                "closed_at": tx.now,
                "wrap_until": None,
                "unanswered_since": contact_service.unanswered_at_end(row),
            },
        ),
    )
    routing.release(tx, [contact_id], "wrap_up_over")
    tell_each(tx, [(before, {"code": "wrap_up_completed"})], heads, by)
    tx.hint("contact.closed", contact_id)
    return before
