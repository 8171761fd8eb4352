"""Use cases of calls of ours on the channel's rows: begun, dialled once, named, given up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import select

from hub.contacts.model import CallOutcome
from hub.core.ids import new_id
from hub.storage import Tx

from .dialled import never_called, not_reached
from .joining import Ringing, Talk
from .model import Call, Connection, Leg, LegEvent, Step, Todo, Verdict, Watch
from .port import LegSnapshot
from .rows import (
    add_call,
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
from .service import Answered, fold, remember
from .tables import calls

_STALE = timedelta(seconds=30)  # nobody sits with the phone at the ear for longer


class Begin(NamedTuple):
    entry_point_id: str
    contact_id: str
    conversation_id: str
    agent_id: str
    agent_address: str
    from_address: str
    to_address: str
    language: str
    watch: Watch = Watch.NOTHING


def begin_call(tx: Tx, begin: Begin) -> Ringing:
    """Write down a call of ours with the agent to be rung; asked again, return the same one."""
    known = find_call_of_contact(tx, begin.contact_id)
    if known is not None:
        connection = find_newest_connection(tx, known.id)
        if connection is not None:
            return Ringing(known, connection, fresh=False)
    call = known or Call(
        id=new_id(),
        entry_point_id=begin.entry_point_id,
        sid=None,
        from_address=begin.from_address,
        to_address=begin.to_address,
        language=begin.language,
        started_at=tx.now,
        contact_id=begin.contact_id,
        conversation_id=begin.conversation_id,
        leg=Leg(),
        outbound=True,
        watch=begin.watch,
    )
    if known is None:
        add_call(tx, call)
    connection = Connection(new_id(), begin.agent_id, begin.agent_address, tx.now, dials=True)
    add_connection(tx, call.id, connection)
    return Ringing(call, connection, fresh=True)


@dataclass(frozen=True, slots=True)
class Dialled:
    """What to do about the customer's phone. `ask`: ask the provider, this once; else look it up,
    because it was asked before and its answer is not known."""

    call: Call
    connection: Connection
    ask: bool


def claim_dial(tx: Tx, step: tuple[str, Step]) -> Dialled | None:
    """Take the one right to ask the provider to call the customer; None: there is nothing to do.

    The right is written before it is used: who finds it used, and no name, has lost an answer.
    """
    call_id, due = step
    call = get_call(tx, call_id)
    connection = None if due.connection_id is None else find_connection(tx, due.connection_id)
    if connection is None or call.sid is not None or call.leg.ended:
        return None
    if call.dialled_at is not None:
        return Dialled(call, connection, ask=False)
    if connection.released or connection.over:
        return None
    if tx.now - due.at > _STALE:
        give_up(tx, GiveUp(connection.id, CallOutcome.FAILED, "timeout"))
        return None
    call = replace(call, dialled_at=tx.now)
    save_call(tx, call)
    return Dialled(call, connection, ask=True)


class Name(NamedTuple):
    """The provider's name for the customer's leg, and how it stands where that was looked up."""

    connection_id: str
    found: LegSnapshot


def name_call(tx: Tx, named: Name) -> bool:
    """The provider has named the customer's leg. False: it is another call's leg."""
    call = find_call_of_connection(tx, named.connection_id)
    connection = find_connection(tx, named.connection_id)
    if call is None or connection is None:
        return False
    taken = select(calls.c.id).where(
        calls.c.entry_point_id == call.entry_point_id,
        calls.c.sid == named.found.sid,
        calls.c.id != call.id,
    )
    if tx.execute(taken.limit(1)).first() is not None:
        return False
    event = LegEvent(named.found.state, tx.now, named.found.sid, named.found.cause)
    fold(tx, call, connection, event)
    return True


class GiveUp(NamedTuple):
    """`words`: the provider's own, where it gave any."""

    connection_id: str
    outcome: CallOutcome
    reason: str
    words: str = ""


def give_up(tx: Tx, order: GiveUp) -> None:
    """A call of ours will not come about: the agent is let go and told why. Once only."""
    call = find_call_of_connection(tx, order.connection_id)
    connection = find_connection(tx, order.connection_id)
    if call is None or connection is None or call.leg.ended:
        return
    save_call(tx, never_called(call, tx.now))
    added: list[Step] = []
    if connection.verdict is Verdict.PENDING:
        save_connection(tx, replace(connection, verdict=Verdict.FAILED, released=True))
        added.append(not_reached(tx.now, connection.id, order.outcome, order.reason, order.words))
    if not connection.over:
        added.append(Step(Todo.END_AGENT, tx.now, connection.id))
    add_steps(tx, call.id, tuple(added))


def find_dialled(tx: Tx, named: tuple[str, str]) -> Talk | None:
    """(entry point, connection): return the call and its connection as they stand."""
    entry_point_id, connection_id = named
    call = find_call_of_connection(tx, connection_id)
    if call is None or call.entry_point_id != entry_point_id:
        return None
    return Talk(call, find_connection(tx, connection_id))


class AnsweredBy(NamedTuple):
    """Who picked up, as the provider heard it: human, machine, fax, unknown."""

    entry_point_id: str
    connection_id: str
    who: str


def note_answered_by(tx: Tx, news: AnsweredBy) -> bool:
    """Tell who picked up, once for a call. False: it is of no call that is watched for it."""
    call = find_call_of_connection(tx, news.connection_id)
    if call is None or call.entry_point_id != news.entry_point_id:
        return False
    if call.watch is not Watch.MACHINE:
        return False
    if remember(tx, Answered(news.entry_point_id, f"{call.id}:answered-by", news.who)):
        step = Step(Todo.TELL_ANSWERED_BY, tx.now, news.connection_id, news.who)
        add_steps(tx, call.id, (step,))
    return True
