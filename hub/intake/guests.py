"""What became of the guests of a call: they joined, they left, the call is theirs now."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from hub.contacts import service as contact_service
from hub.contacts.guests.model import GuestEnd, GuestEvent, GuestMoment, GuestRole
from hub.contacts.guests.service import end_guest, get_guest, note_joined
from hub.contacts.heads import lock_heads
from hub.contacts.model import ContactState
from hub.core.errors import Conflict
from hub.storage import Tx

from .talks import finish

_TALKING = frozenset({ContactState.ACTIVE, ContactState.HOLD})
_NOT_REACHED = frozenset({GuestEnd.NO_ANSWER, GuestEnd.BUSY, GuestEnd.FAILED})


def apply_guest_event(tx: Tx, row: Row[Any], news: GuestEvent) -> None:
    """Note what happened to a guest of a contact (`row`). Raises Conflict for another's guest."""
    guest = get_guest(tx, news.guest_id)
    if guest.contact_id != row.id:
        raise Conflict("The guest is of another call.")
    if news.moment is GuestMoment.JOINED:
        note_joined(tx, guest.id, news.occurred_at)
    elif news.moment is GuestMoment.TOOK_OVER:
        if end_guest(tx, guest.id, GuestEnd.TOOK_OVER) and ContactState(row.state) in _TALKING:
            _say(tx, row, guest, "call_left_to")
            finish(tx, row)
    else:
        end = news.end or GuestEnd.LEFT
        ended = end_guest(tx, guest.id, end)
        if ended and guest.role == GuestRole.CONSULT and end in _NOT_REACHED:
            _say(tx, row, guest, f"call_ask_{end}")


def _say(tx: Tx, row: Row[Any], guest: Row[Any], code: str) -> None:
    """Write it on the timeline; `name` or `number`: of whom it speaks."""
    meta = {"code": code, "name": guest.name, "number": guest.number}
    entry = contact_service.system_entry(tx, row, meta, (guest.by_id, guest.by_name))
    contact_service.append_system(tx, [entry], lock_heads(tx, [row.id]))
