"""Use cases of guests on the channel's rows: plain functions of a transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, insert, select, update

from hub.channels.phone.model import (
    Call,
    Cause,
    Connection,
    LegEvent,
    LegState,
    Presence,
    Seat,
    Step,
    Todo,
    Verdict,
)
from hub.channels.phone.rows import (
    add_connection,
    add_steps,
    find_call_of_contact,
    find_newest_connection,
    find_room,
    get_call,
    leg_of,
    leg_values,
    save_connection,
)
from hub.contacts.guests.model import GuestEnd, GuestMode, GuestMoment, GuestRole
from hub.core.errors import Conflict
from hub.storage import Tx

from .model import Guest, SeatEvent, fold_guest, tell
from .tables import guests

_PATIENCE = timedelta(seconds=15)  # as for agents' legs


class StartGuest(NamedTuple):
    guest_id: str
    contact_id: str
    role: GuestRole
    mode: GuestMode
    address: str
    user_id: str | None
    blind: bool


@dataclass(frozen=True, slots=True)
class Started:
    """A guest with the talk they join. `fresh`: nobody has asked the provider for them yet."""

    call: Call
    connection: Connection
    guest: Guest
    fresh: bool


def start_guest(tx: Tx, cmd: StartGuest) -> Started:
    """Write down a guest who is to be rung. Raises Conflict where nobody talks on the call."""
    call = find_call_of_contact(tx, cmd.contact_id)
    connection = None if call is None else find_newest_connection(tx, call.id)
    known = find_guest(tx, cmd.guest_id)
    if call is not None and connection is not None and known is not None:
        return Started(call, connection, known, fresh=False)
    if call is None or call.leg.ended or connection is None or not connection.talking:
        raise Conflict("Nobody talks on this call any more.", code="phone.no_talk")
    guest = Guest(
        id=cmd.guest_id,
        call_id=call.id,
        room_id=connection.room_id,
        role=cmd.role,
        mode=cmd.mode,
        address=cmd.address,
        user_id=cmd.user_id,
        created_at=tx.now,
        blind=cmd.blind,
    )
    tx.execute(insert(guests).values(id=guest.id, call_id=call.id, **_values(guest)))
    return Started(call, connection, guest, fresh=True)


class NameGuest(NamedTuple):
    guest_id: str
    sid: str


def name_guest(tx: Tx, named: NameGuest) -> None:
    """The provider has named a guest's leg; who is not wanted any more is let go."""
    guest = find_guest(tx, named.guest_id)
    if guest is not None and guest.leg.sid is None:
        fold_news(tx, guest, LegEvent(LegState.CREATED, tx.now, named.sid))


class FailGuest(NamedTuple):
    guest_id: str
    cause: Cause


def fail_guest(tx: Tx, failed: FailGuest) -> None:
    """A guest could not be rung, or did not answer in time."""
    guest = find_guest(tx, failed.guest_id)
    if guest is not None and not guest.over:
        fold_news(tx, guest, LegEvent(LegState.ENDED, tx.now, cause=failed.cause))


def fold_news(tx: Tx, guest: Guest, event: LegEvent | SeatEvent) -> None:
    """Fold one event into a guest; of who has taken the call over nothing follows here."""
    after, steps = fold_guest(guest, event)
    if after != guest:
        _save(tx, after)
    if not guest.adopted:
        add_steps(tx, guest.call_id, steps)


class SetMode(NamedTuple):
    guest_id: str
    mode: GuestMode | None  # None: as it is


def set_mode(tx: Tx, order: SetMode) -> None:
    """Remember who shall hear a guest; it is set once they are in, or at once."""
    guest = find_guest(tx, order.guest_id)
    if guest is None or guest.over or guest.released:
        raise Conflict("They are not on this call any more.", code="phone.guest_gone")
    if order.mode is not None:
        _save(tx, replace(guest, mode=order.mode))
    if guest.seat.was_in:
        add_steps(tx, guest.call_id, (Step(Todo.SET_GUEST, tx.now, detail=guest.id),))


def release_guest(tx: Tx, guest_id: str) -> None:
    """Let a guest go, ringing or talking."""
    guest = find_guest(tx, guest_id)
    if guest is None or guest.over or guest.released or guest.adopted:
        return
    _save(tx, replace(guest, released=True))
    add_steps(tx, guest.call_id, (Step(Todo.END_GUEST, tx.now, detail=guest.id),))


def order_leave(tx: Tx, guest_id: str) -> None:
    """The agent leaves the customer to this guest. Raises Conflict where they are not there."""
    guest = find_guest(tx, guest_id)
    if guest is None or not guest.is_in or guest.released:
        raise Conflict("They are not on this call any more.", code="phone.guest_gone")
    if not guest.has_call:
        add_steps(tx, guest.call_id, (Step(Todo.LEAVE_TO, tx.now, detail=guest.id),))


def leave_to(tx: Tx, guest_id: str) -> None:
    """The customer hears the guest: the agent's leg is ended, and the hub is told."""
    guest = find_guest(tx, guest_id)
    if guest is None or not guest.is_in or guest.has_call:
        return
    call = get_call(tx, guest.call_id)
    connection = find_room(tx, guest.room_id)
    if call.leg.ended or connection is None or not connection.talking:
        return
    _save(tx, replace(guest, has_call=True))
    released = replace(connection, released=True)
    save_connection(tx, released)
    ends = Step(Todo.END_AGENT, tx.now, connection.id)
    add_steps(tx, call.id, (tell(tx.now, guest.id, GuestMoment.TOOK_OVER), ends))
    end_left(tx, call, released)


def end_left(tx: Tx, call: Call, connection: Connection | None) -> None:
    """End the guests of a talk that is over: of the call, or of a connection that was let go."""
    over = connection is not None and (connection.over or connection.released)
    if not call.leg.ended and not over:
        return
    rows = tx.execute(
        select(guests).where(guests.c.call_id == call.id, guests.c.ended_at.is_(None))
    )
    room_id = None if connection is None else connection.room_id
    for guest in map(_guest, rows):
        left = call.leg.ended or (guest.room_id == room_id and not guest.has_call)
        if left and not guest.over and not guest.adopted:
            release_guest(tx, guest.id)


def adopt(tx: Tx, call: Call, before: Connection, agent_id: str) -> Connection | None:
    """Make a guest who is in the room the agent of the call; None where this agent is no guest.

    They stay in the room they are in; the connection has their id, so their leg's news finds it.
    """
    if not before.talking or before.customer.presence is not Presence.IN:
        return None
    rows = tx.execute(
        select(guests).where(
            guests.c.call_id == call.id,
            guests.c.ended_at.is_(None),
            guests.c.user_id == agent_id,
            guests.c.room_id == before.room_id,
        )
    )
    guest = next((one for one in map(_guest, rows) if one.is_in and not one.released), None)
    if guest is None or guest.adopted:
        return None
    taken = replace(guest, adopted=True, mode=GuestMode.NORMAL, blind=False)
    _save(tx, taken)
    connection = Connection(
        id=guest.id,
        agent_id=agent_id,
        agent_address=guest.address,
        created_at=tx.now,
        leg=guest.leg,
        room_sid=before.room_sid,
        agent=guest.seat,
        customer=Seat(Presence.IN, before.customer.joined_at),
        hold=before.hold,
        room=before.room_id,
        verdict=Verdict.JOINED,
    )
    add_connection(tx, call.id, connection)
    steps = [
        tell(tx.now, guest.id, GuestMoment.ENDED, GuestEnd.TOOK_OVER),
        Step(Todo.SET_GUEST, tx.now, detail=guest.id),
        Step(Todo.UNHOLD, tx.now, connection.id),
        Step(Todo.TELL_JOINED, tx.now, connection.id),
    ]
    add_steps(tx, call.id, tuple(steps))
    return connection


@dataclass(frozen=True, slots=True)
class Placed:
    """A guest with the connection whose room they are in."""

    guest: Guest
    connection: Connection | None
    entry_point_id: str
    contact_id: str | None

    @property
    def supervises(self) -> bool:
        """Who has taken the call over is its agent, and supervises no more."""
        return self.guest.role is GuestRole.SUPERVISOR and not self.guest.adopted


def find_placed(tx: Tx, guest_id: str) -> Placed | None:
    guest = find_guest(tx, guest_id)
    if guest is None:
        return None
    call = get_call(tx, guest.call_id)
    room = find_room(tx, guest.room_id)
    return Placed(guest, room, call.entry_point_id, call.contact_id)


class Silent(NamedTuple):
    ring_s: int
    limit: int


def list_silent(tx: Tx, ask: Silent) -> list[Guest]:
    """Return guests who should have answered or given up by now."""
    since = tx.now - timedelta(seconds=ask.ring_s) - _PATIENCE
    rows = tx.execute(
        select(guests)
        .where(
            guests.c.ended_at.is_(None),
            guests.c.presence == Presence.OUT,
            guests.c.created_at <= since,
        )
        .order_by(guests.c.created_at)
        .limit(ask.limit)
    )
    return [_guest(row) for row in rows]


def find_guest(tx: Tx, guest_id: str) -> Guest | None:
    row = tx.execute(select(guests).where(guests.c.id == guest_id).with_for_update()).first()
    return None if row is None else _guest(row)


def _save(tx: Tx, guest: Guest) -> None:
    tx.execute(update(guests).where(guests.c.id == guest.id).values(**_values(guest)))


def _guest(row: Row[Any]) -> Guest:
    return Guest(
        id=row.id,
        call_id=row.call_id,
        room_id=row.room_id,
        role=GuestRole(row.role),
        mode=GuestMode(row.mode),
        address=row.address,
        user_id=row.user_id,
        created_at=row.created_at,
        blind=row.blind,
        leg=leg_of(row),
        seat=Seat(Presence(row.presence), row.joined_at, row.left_at),
        released=row.released,
        adopted=row.adopted,
        has_call=row.has_call,
    )


def _values(guest: Guest) -> dict[str, datetime | str | bool | None]:
    return {
        "room_id": guest.room_id,
        "role": guest.role,
        "mode": guest.mode,
        "address": guest.address,
        "user_id": guest.user_id,
        "created_at": guest.created_at,
        "blind": guest.blind,
        "presence": guest.seat.presence,
        "joined_at": guest.seat.joined_at,
        "left_at": guest.seat.left_at,
        "released": guest.released,
        "adopted": guest.adopted,
        "has_call": guest.has_call,
        **leg_values(guest.leg),
    }
