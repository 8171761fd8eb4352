"""Use cases of agents on calls: rung, joined, let go; plain functions of a transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import update

from hub.core.errors import Conflict
from hub.core.ids import new_id
from hub.storage import Tx

from .dialled import never_called
from .guests.service import adopt, end_left
from .model import Call, Connection, Step, Todo, Verdict
from .rows import (
    add_connection,
    add_steps,
    find_call_of_connection,
    find_call_of_contact,
    find_connection,
    find_newest_connection,
    get_call,
    save_call,
    save_connection,
)
from .tables import connections


class Ring(NamedTuple):
    contact_id: str
    agent_id: str
    agent_address: str


@dataclass(frozen=True, slots=True)
class Ringing:
    """The connection to be rung. `fresh`: nobody has asked the provider for it yet."""

    call: Call
    connection: Connection
    fresh: bool


def start_connection(tx: Tx, ring: Ring) -> Ringing | None:
    """Begin to join an agent; an older try for another agent is dropped. None: no such call.

    Asked again for the same agent while a try is under way, that one is returned: no second ring.
    Raises Conflict when the caller has gone.
    """
    call = find_call_of_contact(tx, ring.contact_id)
    if call is None:
        return None
    if call.leg.ended:
        raise Conflict("The caller has hung up.", code="phone.caller_gone")
    if call.outside_at is not None:
        raise Conflict("The caller talks with a number outside.", code="phone.outside")
    if call.voicemail:
        raise Conflict("The caller is leaving a message.", code="phone.voicemail")
    before = find_newest_connection(tx, call.id)
    if before is not None and not before.over and not before.released:
        if before.agent_id == ring.agent_id and before.verdict in (Verdict.PENDING, Verdict.JOINED):
            return Ringing(call, before, fresh=False)
        adopted = adopt(tx, call, before, ring.agent_id)
        release(tx, call, before)
        if adopted is not None:  # they are in the room already: nobody is rung
            return Ringing(call, adopted, fresh=False)
    connection = Connection(new_id(), ring.agent_id, ring.agent_address, tx.now)
    add_connection(tx, call.id, connection)
    return Ringing(call, connection, fresh=True)


def release(tx: Tx, call: Call, connection: Connection) -> None:
    """End a connection on purpose: its end is no news."""
    released = replace(connection, released=True)
    save_connection(tx, released)
    if not connection.over:
        add_steps(tx, call.id, (Step(Todo.END_AGENT, tx.now, connection.id),))
    end_left(tx, call, released)


def release_connection(tx: Tx, connection_id: str) -> None:
    """End a try that nobody waits for any more."""
    call = find_call_of_connection(tx, connection_id)
    connection = find_connection(tx, connection_id)
    if call is not None and connection is not None and not connection.released:
        release(tx, call, connection)


class NameLeg(NamedTuple):
    connection_id: str
    sid: str


def name_leg(tx: Tx, named: NameLeg) -> None:
    """The provider has named the agent's leg. Nobody may wait for it any more: then it is ended."""
    tx.execute(
        update(connections)
        .where(connections.c.id == named.connection_id, connections.c.sid.is_(None))
        .values(sid=named.sid)
    )
    call = find_call_of_connection(tx, named.connection_id)
    connection = find_connection(tx, named.connection_id)
    if call is None or connection is None or connection.over:
        return
    if call.leg.ended or connection.released:
        add_steps(tx, call.id, (Step(Todo.END_AGENT, tx.now, connection.id),))


@dataclass(frozen=True, slots=True)
class Talk:
    """A contact's call and its newest connection."""

    call: Call
    connection: Connection | None


def find_talk(tx: Tx, contact_id: str) -> Talk | None:
    call = find_call_of_contact(tx, contact_id)
    return None if call is None else Talk(call, find_newest_connection(tx, call.id))


def get_talk(tx: Tx, named: tuple[str, str | None]) -> Talk:
    """Return a call with the connection named, or with its newest one. Raises NotFound."""
    call_id, connection_id = named
    call = get_call(tx, call_id)
    if connection_id is not None:
        return Talk(call, find_connection(tx, connection_id))
    return Talk(call, find_newest_connection(tx, call_id))


def release_agent(tx: Tx, contact_id: str) -> Talk | None:
    """The caller goes back to the waiting room: the agent's end is no news."""
    talk = find_talk(tx, contact_id)
    if talk is not None and talk.connection is not None and not talk.connection.released:
        release(tx, talk.call, talk.connection)
    return talk


def end_by_us(tx: Tx, contact_id: str) -> Talk | None:
    """We hang up: remember it, so that what follows is told as ours."""
    talk = release_agent(tx, contact_id)
    if talk is None:
        return None
    call = replace(talk.call, ended_by_us=True)
    if call.outbound and call.dialled_at is None and not call.leg.ended:
        call = never_called(call, tx.now)
    save_call(tx, call)
    return Talk(call, talk.connection)


def fail_connection(tx: Tx, connection_id: str) -> None:
    """The agent could not be rung or joined: they are let go, the hub is told."""
    call = find_call_of_connection(tx, connection_id)
    connection = find_connection(tx, connection_id)
    if call is None or connection is None or connection.verdict is not Verdict.PENDING:
        return
    save_connection(tx, replace(connection, verdict=Verdict.FAILED, released=True))
    why = "The caller could not be joined to the agent."
    added = [Step(Todo.END_AGENT, tx.now, connection.id)]
    if not call.leg.ended:
        added.append(Step(Todo.TELL_FAILED, tx.now, connection.id, why))
    add_steps(tx, call.id, tuple(added))
