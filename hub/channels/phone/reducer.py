"""The reducer: one event in, the new state and what follows from it out. Pure.

States are folded by joins (maximum of rank, earliest time), so duplicates and late events change
nothing that is settled and only fill in times. What follows is decided by comparing before and
after: each consequence belongs to a condition that can become true only once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from .dialled import decide_called_first, decide_dialled, hold_changed
from .model import (
    LEG_RANK,
    PRESENCE_RANK,
    Call,
    Cause,
    Connection,
    Event,
    Hold,
    Leg,
    LegEvent,
    LegState,
    Presence,
    Reduced,
    Role,
    RoomEvent,
    RoomMoment,
    Seat,
    Step,
    Todo,
    Verdict,
)

_CAUSE_ORDER = {cause: place for place, cause in enumerate(Cause)}

WHY_NOT_REACHED: dict[Cause, str] = {
    Cause.COMPLETED: "The agent hung up before the caller was joined.",
    Cause.CANCELLED: "Ringing was stopped.",
    Cause.NO_ANSWER: "The agent's phone was not answered.",
    Cause.BUSY: "The agent's phone is busy.",
    Cause.FAILED: "The agent's phone could not be reached.",
    Cause.GONE: "The agent's phone was lost.",
}


def reduce(call: Call, connection: Connection | None, event: Event) -> Reduced:
    """Fold `event` into the call and its connection; return both and what follows.

    `connection`: the one the event names; for news of the customer's leg the newest one, if any.
    """
    if isinstance(event, RoomEvent):
        if connection is None:
            return Reduced(call, None)
        return _decide(call, connection, call, _fold_room(connection, event), event.at)
    if event.connection_id is None:
        after = replace(call, leg=fold_leg(call.leg, event), sid=call.sid or event.sid)
        return _decide(call, connection, after, connection, event.at)
    if connection is None:
        return Reduced(call, None)
    folded = replace(connection, leg=fold_leg(connection.leg, event))
    return _decide(call, connection, call, folded, event.at)


def fold_leg(leg: Leg, event: LegEvent) -> Leg:
    """Return the leg with the event folded in: rank only rises, the earliest times are kept."""
    state = max(leg.state, event.state, key=LEG_RANK.__getitem__)
    folded = replace(leg, state=state, sid=leg.sid or event.sid)
    if event.state is LegState.RINGING:
        return replace(folded, ringing_at=_earliest(leg.ringing_at, event.at))
    if event.state is LegState.ANSWERED:
        return replace(folded, answered_at=_earliest(leg.answered_at, event.at))
    if event.state is LegState.ENDED:
        return _ended(folded, event.at, event.cause or Cause.COMPLETED)
    return folded


def _ended(leg: Leg, at: datetime, cause: Cause) -> Leg:
    """Keep the earliest end; of two at the same moment the first in the list of causes."""
    if leg.ended_at is None or leg.cause is None:
        return replace(leg, ended_at=at, cause=cause)
    first = min(
        (leg.ended_at, leg.cause), (at, cause), key=lambda end: (end[0], _CAUSE_ORDER[end[1]])
    )
    return replace(leg, ended_at=first[0], cause=first[1])


def _fold_room(connection: Connection, event: RoomEvent) -> Connection:
    folded = replace(connection, room_sid=connection.room_sid or event.room_sid)
    if event.moment in (RoomMoment.HELD, RoomMoment.RESUMED):
        if event.role is not Role.CUSTOMER or event.sequence <= connection.hold.sequence:
            return folded
        return replace(folded, hold=Hold(event.moment is RoomMoment.HELD, event.sequence))
    if event.role is Role.CUSTOMER:
        return replace(folded, customer=_seat(connection.customer, event))
    if event.role is Role.AGENT:
        return replace(folded, agent=_seat(connection.agent, event))
    return folded


def _seat(seat: Seat, event: RoomEvent) -> Seat:
    return fold_seat(seat, event.at, joined=event.moment is RoomMoment.JOINED)


def fold_seat(seat: Seat, at: datetime, *, joined: bool) -> Seat:
    """Return the seat with a joining or leaving folded in: who has left does not come back."""
    if joined:
        presence = max(seat.presence, Presence.IN, key=PRESENCE_RANK.__getitem__)
        return replace(seat, presence=presence, joined_at=_earliest(seat.joined_at, at))
    return replace(seat, presence=Presence.GONE, left_at=_earliest(seat.left_at, at))


def _decide(
    before: Call,
    connection: Connection | None,
    after: Call,
    folded: Connection | None,
    at: datetime,
) -> Reduced:
    if connection is not None and folded is not None and folded.dials:
        return decide_dialled(before, connection, after, folded, at)
    steps: list[Step] = []
    if connection is None and after.outbound:
        return Reduced(after, None, tuple(decide_called_first(before, after, at)))
    if after.leg.ended and not before.leg.ended:
        steps += _customer_left(after, folded)
    if connection is None or folded is None:
        return Reduced(after, folded, tuple(steps))
    if folded.agent.was_in and not connection.agent.was_in:
        steps += _agent_arrived(after, folded, at)
    folded, settled = _settle(after, folded, at)
    steps += settled
    steps += hold_changed(connection, folded, at)
    return Reduced(after, folded, tuple(steps))


def _customer_left(call: Call, connection: Connection | None) -> list[Step]:
    ended_at = call.leg.ended_at or call.started_at
    steps = []
    if call.in_menu:  # nobody waited: the hub only files that they called
        return [Step(Todo.INTAKE, ended_at)]
    if not call.voicemail:
        steps.append(Step(Todo.TELL_CUSTOMER_LEFT, ended_at, detail=_how_it_ended(call, ended_at)))
    if connection is not None and not connection.over and connection.verdict is Verdict.PENDING:
        steps.append(Step(Todo.END_AGENT, ended_at, connection.id))
    return steps


def _how_it_ended(call: Call, ended_at: datetime) -> str:
    seconds = max(0, round((ended_at - call.started_at).total_seconds()))
    minutes, rest = divmod(seconds, 60)
    who = "We ended the call" if call.ended_by_us else "The caller hung up"
    return f"{who} after {minutes}:{rest:02d}."


def _agent_arrived(call: Call, connection: Connection, at: datetime) -> list[Step]:
    if call.leg.ended or connection.released:
        return [Step(Todo.END_AGENT, at, connection.id)]
    if connection.customer.was_in or connection.over:
        return []
    return [Step(Todo.BRING_CUSTOMER, at, connection.id)]


def _settle(call: Call, connection: Connection, at: datetime) -> tuple[Connection, list[Step]]:
    """Move the verdict on, once each way: pending → joined → left, or pending → failed."""
    steps: list[Step] = []
    if connection.joined and connection.verdict is Verdict.PENDING and not connection.released:
        joined_at = max(connection.agent.joined_at or at, connection.customer.joined_at or at)
        steps.append(Step(Todo.TELL_JOINED, joined_at, connection.id))
        connection = replace(connection, verdict=Verdict.JOINED)
    if not connection.over or connection.released or call.leg.ended:
        return connection, steps
    if connection.verdict is Verdict.PENDING:
        why = WHY_NOT_REACHED[connection.leg.cause or Cause.COMPLETED]
        # Once the agent had answered, the caller may be in the room too, or on the way there.
        answered = connection.agent.was_in or connection.leg.answered_at is not None
        todo = Todo.TAKE_BACK if answered else Todo.TELL_FAILED
        steps.append(Step(todo, at, connection.id, why))
        connection = replace(connection, verdict=Verdict.FAILED)
    elif connection.verdict is Verdict.JOINED:
        steps.append(Step(Todo.TAKE_BACK, at, connection.id, "The agent's line was cut."))
        connection = replace(connection, verdict=Verdict.LEFT)
    return connection, steps


def _earliest(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else min(known, at)
