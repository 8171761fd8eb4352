"""Calls and connections to and from their rows; nothing is decided here."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Row, Table, insert, select, update

from hub.core.errors import NotFound
from hub.core.ids import new_id
from hub.storage import Tx, UTCDateTime
from hub.storage.bulk import Statement, read_time

from .model import (
    Call,
    Cause,
    Connection,
    Consent,
    Hold,
    Leg,
    LegState,
    Presence,
    Seat,
    Step,
    Verdict,
    Watch,
)
from .tables import calls, connections, steps


def _columns(table: Table) -> str:
    return ", ".join(f"c.{column.name}" for column in table.c)


_NAMED = Statement(f"""
SELECT {_columns(calls)} FROM {{rows}}
JOIN phone_calls c ON c.entry_point_id = {{text 0}} AND c.sid = {{text 1}}
""")  # noqa: S608 - our own columns
_CALLS = Statement(
    f"SELECT {_columns(calls)} FROM {{rows}} JOIN phone_calls c ON c.id = {{text 0}}"  # noqa: S608 - our own columns
)
# Of a call the connection named, or its newest one.
_CONNECTIONS = Statement(f"""
SELECT {_columns(connections)} FROM {{rows}}
JOIN phone_connections c ON c.call_id = {{text 0}} AND (
  c.id = {{text 1}} OR {{text 1}} IS NULL AND NOT EXISTS (
    SELECT 1 FROM phone_connections d WHERE d.call_id = c.call_id AND d.id > c.id
  )
)
""")  # noqa: S608 - our own columns


def find_call(tx: Tx, entry_point_id: str, sid: str) -> Call | None:
    """Return the call that the provider names so, locked for change."""
    query = select(calls).where(calls.c.entry_point_id == entry_point_id, calls.c.sid == sid)
    row = tx.execute(query.with_for_update()).first()
    return None if row is None else _call(row)


def read_calls(
    tx: Tx, named: Collection[tuple[str, str]]
) -> dict[tuple[str | None, str | None], Call]:
    """Return calls to be looked at only, by (entry point, the provider's name)."""
    found = _NAMED(tx, named) if named else []
    return {(row.entry_point_id, row.sid): _call(_as_read(row, calls)) for row in found}


def read_with_connection(
    tx: Tx, named: Collection[tuple[str, str | None]]
) -> dict[str, tuple[Call, Connection | None]]:
    """Return calls to be looked at only, by id, each with the connection named, or its newest."""
    found = {row.id: _call(_as_read(row, calls)) for row in _CALLS(tx, named)}
    joined = {
        row.call_id: _connection(_as_read(row, connections)) for row in _CONNECTIONS(tx, named)
    }
    return {call_id: (call, joined.get(call_id)) for call_id, call in found.items()}


def _as_read(row: Any, table: Table) -> Any:  # Any: the row of a Statement
    """Return a row as the expression language would: a Statement's comes raw."""
    times, flags = _kinds(table)
    read = {name: read_time(getattr(row, name)) for name in times}
    return row._replace(**read, **{name: bool(getattr(row, name)) for name in flags})


@cache
def _kinds(table: Table) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns that hold times, and those that say yes or no."""
    return (
        tuple(column.name for column in table.c if isinstance(column.type, UTCDateTime)),
        tuple(column.name for column in table.c if isinstance(column.type, Boolean)),
    )


def get_call(tx: Tx, call_id: str) -> Call:
    """Return a call, locked for change. Raises NotFound."""
    row = tx.execute(select(calls).where(calls.c.id == call_id).with_for_update()).first()
    if row is None:
        raise NotFound("There is no such call.")
    return _call(row)


def find_call_of_contact(tx: Tx, contact_id: str) -> Call | None:
    """Return the newest call of a contact."""
    row = tx.execute(
        select(calls)
        .where(calls.c.contact_id == contact_id)
        .order_by(calls.c.id.desc())
        .limit(1)
        .with_for_update()
    ).first()
    return None if row is None else _call(row)


def add_call(tx: Tx, call: Call) -> None:
    tx.execute(insert(calls).values(id=call.id, checked_at=tx.now, **_call_values(call)))


def save_call(tx: Tx, call: Call) -> None:
    values = _call_values(call)
    tx.execute(update(calls).where(calls.c.id == call.id).values(checked_at=tx.now, **values))


def find_connection(tx: Tx, connection_id: str) -> Connection | None:
    row = tx.execute(select(connections).where(connections.c.id == connection_id)).first()
    return None if row is None else _connection(row)


def find_newest_connection(tx: Tx, call_id: str) -> Connection | None:
    row = tx.execute(
        select(connections)
        .where(connections.c.call_id == call_id)
        .order_by(connections.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else _connection(row)


def find_room(tx: Tx, room_id: str) -> Connection | None:
    """Return the newest connection that goes on in a room; the room has the id of its first."""
    first = find_connection(tx, room_id)
    if first is None or first.verdict is Verdict.PENDING:
        return first
    row = tx.execute(
        select(connections)
        .where(connections.c.room == room_id)
        .order_by(connections.c.id.desc())
        .limit(1)
    ).first()
    return first if row is None else _connection(row)


def find_call_of_connection(tx: Tx, connection_id: str) -> Call | None:
    row = tx.execute(select(connections.c.call_id).where(connections.c.id == connection_id)).first()
    return None if row is None else get_call(tx, row.call_id)


def add_connection(tx: Tx, call_id: str, connection: Connection) -> None:
    tx.execute(
        insert(connections).values(
            id=connection.id, call_id=call_id, **_connection_values(connection)
        )
    )


def save_connection(tx: Tx, connection: Connection) -> None:
    tx.execute(
        update(connections)
        .where(connections.c.id == connection.id)
        .values(**_connection_values(connection))
    )


def add_steps(tx: Tx, call_id: str, new: tuple[Step, ...]) -> None:
    """Write what is to be done, in order; the worker is woken after the commit."""
    if not new:
        return
    tx.execute(
        insert(steps),
        [
            {
                "id": new_id(),
                "call_id": call_id,
                "connection_id": step.connection_id,
                "todo": step.todo,
                "at": step.at,
                "detail": step.detail,
                "attempts": 0,
                "not_before": tx.now,
            }
            for step in new
        ],
    )
    tx.hint("phone.steps", call_id)


def _call(row: Row[Any]) -> Call:
    return Call(
        id=row.id,
        entry_point_id=row.entry_point_id,
        sid=row.sid,
        from_address=row.from_address,
        to_address=row.to_address,
        language=row.language,
        started_at=row.started_at,
        contact_id=row.contact_id,
        conversation_id=row.conversation_id,
        leg=leg_of(row),
        told_position=row.told_position,
        voicemail=row.voicemail,
        callback_offered=row.callback_offered,
        callback_number=row.callback_number,
        ended_by_us=row.ended_by_us,
        outbound=row.direction == "out",
        dialled_at=row.dialled_at,
        in_menu=row.in_menu,
        chosen=row.chosen,
        watch=Watch(row.watch),
        overflowed_at=row.overflowed_at,
        outside_at=row.outside_at,
        consent=Consent(row.consent),
    )


def _call_values(call: Call) -> dict[str, Any]:
    return {
        "entry_point_id": call.entry_point_id,
        "from_address": call.from_address,
        "to_address": call.to_address,
        "language": call.language,
        "started_at": call.started_at,
        "contact_id": call.contact_id,
        "conversation_id": call.conversation_id,
        "told_position": call.told_position,
        "voicemail": call.voicemail,
        "callback_offered": call.callback_offered,
        "callback_number": call.callback_number,
        "ended_by_us": call.ended_by_us,
        "direction": "out" if call.outbound else "in",
        "dialled_at": call.dialled_at,
        "in_menu": call.in_menu,
        "chosen": call.chosen,
        "watch": call.watch,
        "overflowed_at": call.overflowed_at,
        "outside_at": call.outside_at,
        "consent": call.consent,
        **leg_values(call.leg),
        "sid": call.sid,
    }


def _connection(row: Row[Any]) -> Connection:
    return Connection(
        id=row.id,
        agent_id=row.agent_id,
        agent_address=row.agent_address,
        created_at=row.created_at,
        leg=leg_of(row),
        room_sid=row.room_sid,
        agent=Seat(Presence(row.agent_presence), row.agent_joined_at, row.agent_left_at),
        customer=Seat(
            Presence(row.customer_presence), row.customer_joined_at, row.customer_left_at
        ),
        hold=Hold(row.held, row.held_sequence),
        released=row.released,
        dials=row.dials,
        room=row.room,
        verdict=Verdict(row.verdict),
    )


def _connection_values(connection: Connection) -> dict[str, Any]:
    return {
        "agent_id": connection.agent_id,
        "agent_address": connection.agent_address,
        "created_at": connection.created_at,
        "room_sid": connection.room_sid,
        "agent_presence": connection.agent.presence,
        "agent_joined_at": connection.agent.joined_at,
        "agent_left_at": connection.agent.left_at,
        "customer_presence": connection.customer.presence,
        "customer_joined_at": connection.customer.joined_at,
        "customer_left_at": connection.customer.left_at,
        "held": connection.hold.held,
        "held_sequence": connection.hold.sequence,
        "released": connection.released,
        "dials": connection.dials,
        "room": connection.room,
        "verdict": connection.verdict,
        **leg_values(connection.leg),
    }


def leg_of(row: Row[Any]) -> Leg:
    return Leg(
        sid=row.sid,
        state=LegState(row.leg_state),
        ringing_at=row.ringing_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        cause=None if row.cause is None else Cause(row.cause),
    )


def leg_values(leg: Leg) -> dict[str, Any]:
    return {
        "sid": leg.sid,
        "leg_state": leg.state,
        "ringing_at": leg.ringing_at,
        "answered_at": leg.answered_at,
        "ended_at": leg.ended_at,
        "cause": leg.cause,
    }
