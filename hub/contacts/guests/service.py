"""The guests of calls in the database: found, changed, ended. Whoever shows them is hinted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, insert, or_, select, update

from hub.contacts.tables import contacts
from hub.core.errors import NotFound
from hub.core.ids import new_id
from hub.storage import Tx, in_words

from .model import GuestEnd, GuestMode, GuestRole, GuestState
from .tables import call_guests

CHANGED = "guest.changed"


class NewGuest(NamedTuple):
    """Who is rung: a colleague (`user_id`, `name`), or an outside `number`."""

    contact_id: str
    role: GuestRole
    mode: GuestMode
    by_id: str
    by_name: str
    user_id: str | None = None
    name: str = ""
    number: str = ""
    blind: bool = False


def add_guest(tx: Tx, new: NewGuest) -> str:
    """Write a guest down who is about to be rung; return their id."""
    guest_id = new_id()
    tx.execute(
        insert(call_guests).values(
            id=guest_id, state=GuestState.RINGING, at=tx.now, **new._asdict()
        )
    )
    tx.hint(CHANGED, guest_id)
    return guest_id


def get_guest(tx: Tx, guest_id: str) -> Row[Any]:
    """Return a guest, locked. Raises NotFound."""
    return _one(tx, select(call_guests).where(call_guests.c.id == guest_id).with_for_update())


def read_guest(tx: Tx, guest_id: str) -> Row[Any]:
    """Return a guest, to be shown only. Raises NotFound."""
    return _one(tx, select(call_guests).where(call_guests.c.id == guest_id))


def _one(tx: Tx, found: Select[Any]) -> Row[Any]:
    row = tx.execute(found).first()
    if row is None:
        raise NotFound("There is no such guest of a call.")
    return row


def list_open(tx: Tx, contact_ids: Collection[str]) -> list[Row[Any]]:
    """Return the guests who ring or are on these contacts' calls, the first first."""
    if not contact_ids:
        return []
    found = select(call_guests).where(
        call_guests.c.contact_id.in_(sorted(contact_ids)), call_guests.c.ended_at.is_(None)
    )
    return list(tx.execute(found.order_by(call_guests.c.at, call_guests.c.id)))


def list_shown(tx: Tx, contact_id: str, since: datetime) -> list[Row[Any]]:
    """Return the guests of one contact's call: those of now, and who ended after `since`."""
    found = select(call_guests).where(
        call_guests.c.contact_id == contact_id,
        or_(call_guests.c.ended_at.is_(None), call_guests.c.ended_at > since),
    )
    return list(tx.execute(found.order_by(call_guests.c.at, call_guests.c.id)))


def list_open_of(tx: Tx, user_id: str) -> list[Row[Any]]:
    """Return where somebody is a guest now: of calls on which somebody talks."""
    found = (
        select(call_guests)
        .join(contacts, contacts.c.id == call_guests.c.contact_id)
        .where(
            call_guests.c.user_id == user_id,
            call_guests.c.ended_at.is_(None),
            in_words(contacts.c.state, ["active", "hold"]),
        )
    )
    return list(tx.execute(found))


def note_joined(tx: Tx, guest_id: str, at: datetime) -> None:
    _change(tx, guest_id, {"state": GuestState.JOINED, "joined_at": at}, GuestState.RINGING)


def note_mode(tx: Tx, guest_id: str, mode: GuestMode) -> None:
    _change(tx, guest_id, {"mode": mode})


def end_guest(tx: Tx, guest_id: str, end: GuestEnd) -> bool:
    """A guest is one no more; False: they were not, before."""
    changes = {"state": GuestState.ENDED, "ended_at": tx.now, "ended_as": end}
    return _change(tx, guest_id, changes)


def _change(tx: Tx, guest_id: str, changes: dict[str, Any], state: str | None = None) -> bool:
    of = and_(call_guests.c.id == guest_id, call_guests.c.ended_at.is_(None))
    if state is not None:
        of = and_(of, call_guests.c.state == state)
    changed = tx.execute(update(call_guests).where(of).values(**changes)).rowcount > 0
    if changed:
        tx.hint(CHANGED, guest_id)
    return changed
