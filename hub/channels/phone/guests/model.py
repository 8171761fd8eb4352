"""One guest's leg and what follows from its news. Pure; folded as everything of a call is.

States only rise and times keep the earliest, so duplicates and late events change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from hub.channels.phone.model import (
    Cause,
    Leg,
    LegEvent,
    Presence,
    RoomMoment,
    Seat,
    Step,
    Todo,
)
from hub.channels.phone.reducer import fold_leg, fold_seat
from hub.contacts.guests.model import GuestEnd, GuestMode, GuestMoment, GuestRole

_ENDS = {
    Cause.COMPLETED: GuestEnd.LEFT,
    Cause.CANCELLED: GuestEnd.CANCELLED,
    Cause.NO_ANSWER: GuestEnd.NO_ANSWER,
    Cause.BUSY: GuestEnd.BUSY,
    Cause.FAILED: GuestEnd.FAILED,
    Cause.GONE: GuestEnd.FAILED,
}


@dataclass(frozen=True, slots=True)
class Guest:
    """`room_id`: the connection whose room they join. `blind`: the call is theirs once they are in.

    `released`: we let them go. `adopted`: their leg is a connection's now, with the same id.
    `has_call`: the agent has left them with the customer.
    """

    id: str
    call_id: str
    room_id: str
    role: GuestRole
    mode: GuestMode
    address: str
    user_id: str | None
    created_at: datetime
    blind: bool = False
    leg: Leg = field(default_factory=Leg)
    seat: Seat = field(default_factory=Seat)
    released: bool = False
    adopted: bool = False
    has_call: bool = False

    @property
    def over(self) -> bool:
        return self.leg.ended or self.seat.presence is Presence.GONE

    @property
    def is_in(self) -> bool:
        return self.seat.presence is Presence.IN and not self.over

    @property
    def label(self) -> str:
        """How the room's news name them."""
        return f"{self.role}-{self.id}"


@dataclass(frozen=True, slots=True)
class SeatEvent:
    """A guest joined or left the room."""

    moment: RoomMoment
    at: datetime


def read_label(label: str) -> str | None:
    """Return the id of the guest that a label names; None for the customer and the agent."""
    role, dash, guest_id = label.partition("-")
    return guest_id[:36] if dash and role in set(GuestRole) else None


def fold_guest(guest: Guest, event: LegEvent | SeatEvent) -> tuple[Guest, tuple[Step, ...]]:
    """Return the guest with the event folded in, and what follows. Each consequence comes once."""
    if isinstance(event, LegEvent):
        after = replace(guest, leg=fold_leg(guest.leg, event))
    else:
        joined = event.moment is RoomMoment.JOINED
        after = replace(guest, seat=fold_seat(guest.seat, event.at, joined=joined))
    return after, tuple(_follows(guest, after, event.at))


def _follows(before: Guest, after: Guest, at: datetime) -> list[Step]:
    steps: list[Step] = []
    named = before.leg.sid is None and after.leg.sid is not None
    arrived = after.seat.was_in and not before.seat.was_in
    if after.released and not after.over and (named or arrived):
        return [Step(Todo.END_GUEST, at, detail=after.id)]
    if arrived and not before.over:
        steps.append(tell(at, after.id, GuestMoment.JOINED))
        if after.role is GuestRole.SUPERVISOR:
            steps.append(Step(Todo.SET_GUEST, at, detail=after.id))
        if after.blind and not after.over:
            steps.append(Step(Todo.LEAVE_TO, at, detail=after.id))
    if after.over and not before.over:
        steps.append(tell(at, after.id, GuestMoment.ENDED, end_of(after)))
        if not after.leg.ended:
            steps.append(Step(Todo.END_GUEST, at, detail=after.id))
        if after.has_call:
            steps.append(Step(Todo.END_CUSTOMER, at))  # nobody is left for them to talk to
        elif after.blind:
            steps.append(Step(Todo.UNHOLD, at, after.room_id))
    return steps


def end_of(guest: Guest) -> GuestEnd:
    if guest.seat.was_in or guest.leg.cause is None:
        return GuestEnd.LEFT
    return _ENDS[guest.leg.cause]


def tell(at: datetime, guest_id: str, moment: GuestMoment, end: GuestEnd | None = None) -> Step:
    """Return the step that tells the hub; its detail is read by `read_told`."""
    return Step(Todo.TELL_GUEST, at, detail=f"{guest_id}:{moment}:{end or ''}")


def read_told(detail: str) -> tuple[str, GuestMoment, GuestEnd | None]:
    guest_id, moment, end = detail.split(":")
    return guest_id, GuestMoment(moment), GuestEnd(end) if end else None
