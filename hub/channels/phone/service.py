"""Use cases of the phone channel on its own rows: plain functions of a transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import update

from hub.core.ids import new_id
from hub.storage import Tx
from hub.storage.bulk import Statement, tx_time

from .guests.service import end_left
from .model import (
    Call,
    Connection,
    Event,
    Leg,
    LegEvent,
    LegState,
    Role,
    RoomEvent,
    Step,
    Todo,
)
from .reducer import fold_leg, reduce
from .rows import (
    add_call,
    add_steps,
    find_call,
    find_call_of_connection,
    find_connection,
    find_newest_connection,
    find_room,
    get_call,
    read_calls,
    save_call,
    save_connection,
)
from .tables import calls, steps


class Incoming(NamedTuple):
    entry_point_id: str
    sid: str
    from_address: str
    to_address: str
    language: str
    at: datetime


def note_call(tx: Tx, incoming: Incoming) -> Call:
    """Write a call down the first time it is heard of. The hub knows of it once its caller has
    come to the waiting room, or is gone.
    """
    known = find_call(tx, incoming.entry_point_id, incoming.sid)
    if known is not None:
        return known
    event = LegEvent(LegState.RINGING, incoming.at, incoming.sid)
    call = Call(
        id=new_id(),
        entry_point_id=incoming.entry_point_id,
        sid=incoming.sid,
        from_address=incoming.from_address,
        to_address=incoming.to_address,
        language=incoming.language,
        started_at=incoming.at,
        leg=fold_leg(Leg(sid=incoming.sid), event),
        in_menu=True,
    )
    add_call(tx, call)
    return call


class Bind(NamedTuple):
    """`language`: the one to speak with this caller; None: the line's own."""

    call_id: str
    contact_id: str | None
    conversation_id: str
    language: str | None = None


def bind_contact(tx: Tx, bind: Bind) -> Call:
    """Remember which contact the call became; the duty to hand it over is done."""
    call = get_call(tx, bind.call_id)
    bound = replace(call, contact_id=bind.contact_id, conversation_id=bind.conversation_id)
    if call.conversation_id is None and bind.language is not None:  # later the caller has chosen
        bound = replace(bound, language=bind.language)
    save_call(tx, bound)
    tx.execute(
        update(steps)
        .where(steps.c.call_id == call.id, steps.c.todo == Todo.INTAKE, steps.c.done_at.is_(None))
        .values(done_at=tx.now, lease_until=None)
    )
    return bound


class SameNumber(NamedTuple):
    entry_point_id: str
    from_address: str
    call_id: str


def is_number_busy(tx: Tx, same: SameNumber) -> bool:
    """Say whether another call of the same number is on the line: a switchboard, a family."""
    return bool(_BUSY(tx, [[same.entry_point_id, same.from_address, same.call_id]]))


# Only those on the line are looked at, however many ever came: their state is written out, as in
# their index, and `|| ''` keeps from the index of all calls of the entry point, which SQLite takes.
_BUSY = Statement("""
SELECT 1 AS one FROM {rows} JOIN phone_calls c
  ON c.leg_state <> 'ended' AND c.entry_point_id || '' = {text 0} AND c.id <> {text 2}
 AND c.conversation_id IS NOT NULL
 AND (c.direction = 'in' AND c.from_address = {text 1}
      OR c.direction = 'out' AND c.to_address = {text 1})
LIMIT 1
""")


class Happened(NamedTuple):
    """One event. `call_id` where our own id of the call is known and the provider's is not said.

    `by_connection`: news of the customer's leg, told under the connection that called them.
    """

    entry_point_id: str
    event: Event
    call_id: str | None = None
    by_connection: str | None = None


def apply_event(tx: Tx, happened: Happened) -> bool:
    """Fold an event into its call and write what follows. False: it is of no call of ours."""
    event = happened.event
    connection_id = event.connection_id
    call: Call | None
    if connection_id is not None:
        call = find_call_of_connection(tx, connection_id)
        of_customer = isinstance(event, RoomEvent) and event.role is Role.CUSTOMER
        connection = (find_room if of_customer else find_connection)(tx, connection_id)
    elif happened.call_id is not None:
        call = get_call(tx, happened.call_id)
        connection = find_newest_connection(tx, call.id)
    elif happened.by_connection is not None:
        call = find_call_of_connection(tx, happened.by_connection)
        connection = None if call is None else find_newest_connection(tx, call.id)
    elif isinstance(event, LegEvent) and event.sid:
        call = find_call(tx, happened.entry_point_id, event.sid)
        connection = None if call is None else find_newest_connection(tx, call.id)
    else:
        return False
    if call is None or call.entry_point_id != happened.entry_point_id:
        return False
    fold(tx, call, connection, event)
    return True


def fold(tx: Tx, call: Call, connection: Connection | None, event: Event) -> None:
    reduced = reduce(call, connection, event)
    if reduced.call != call:
        save_call(tx, reduced.call)
    if reduced.connection is not None and reduced.connection != connection:
        save_connection(tx, reduced.connection)
    add_steps(tx, call.id, reduced.steps)
    end_left(tx, reduced.call, reduced.connection)


class Answered(NamedTuple):
    """The answer given to the webhook of this key."""

    entry_point_id: str
    key: str
    answer: str


def remember(tx: Tx, answered: Answered) -> bool:
    """Remember a webhook and its answer; False when the key is known already."""
    at = tx_time(tx, tx.now)
    return bool(tx.fetch(_REMEMBER[tx.dialect], {**answered._asdict(), "at": at}))


_INSERT = "INSERT INTO phone_webhooks (entry_point_id, key, answer, at) VALUES"
_ONCE = "ON CONFLICT (entry_point_id, key) DO NOTHING RETURNING key"
_REMEMBER = {
    "sqlite": f"{_INSERT} (:entry_point_id, :key, :answer, :at) {_ONCE}",
    "postgresql": f"{_INSERT} (%(entry_point_id)s, %(key)s, %(answer)s, %(at)s) {_ONCE}",
}


class Followed(NamedTuple):
    """News of a call, and the answer to the webhook that told it; None: of one without a key."""

    happened: Happened
    answered: Answered | None


def follow(tx: Tx, followed: Followed) -> str | None:
    """Fold an event into its call and remember the answer, both or neither. Return the answer that
    the same key was given before; None: this one stands.
    """
    if followed.answered is not None and not remember(tx, followed.answered):
        return find_answer(tx, followed.answered)
    apply_event(tx, followed.happened)
    return None


class AgentAsks(NamedTuple):
    """The webhook of an agent's leg: what it told, and what is said by how their connection stands
    then (pure: it may be asked twice).
    """

    entry_point_id: str
    key: str | None
    connection_id: str
    event: Event | None
    says: Callable[[Connection | None], str]


def answer_agent(tx: Tx, asks: AgentAsks) -> str:
    """Fold the news, answer and remember the answer, all or nothing."""
    if asks.event is not None:
        apply_event(tx, Happened(asks.entry_point_id, asks.event))
    answer = asks.says(find_connection(tx, asks.connection_id))
    if asks.key is None:
        return answer
    return keep_answer(tx, Answered(asks.entry_point_id, asks.key, answer))


def keep_answer(tx: Tx, answered: Answered) -> str:
    """Store the answer to a webhook, or return the one that the same key was given before."""
    if remember(tx, answered):
        return answered.answer
    return find_answer(tx, answered) or answered.answer


_ANSWERS = Statement("""
SELECT w.entry_point_id, w.key, w.answer FROM {rows}
JOIN phone_webhooks w ON w.entry_point_id = {text 0} AND w.key = {text 1}
""")


def find_answer(tx: Tx, asked: Answered) -> str | None:
    """Return the answer that this key was given before."""
    at = asked.entry_point_id, asked.key
    return find_answers(tx, [at]).get(at)


def find_answers(tx: Tx, asked: Collection[tuple[str, str]]) -> dict[tuple[str, str | None], str]:
    """Return the answers that were given before, by (entry point, key)."""
    found = _ANSWERS(tx, asked) if asked else []
    return {(row.entry_point_id, row.key): row.answer for row in found}


class NamedCall(NamedTuple):
    entry_point_id: str
    sid: str


def find_named_call(tx: Tx, named: NamedCall) -> Call | None:
    """Return the call that the provider names so."""
    return read_calls(tx, [named]).get((named.entry_point_id, named.sid))


def offer_callback(tx: Tx, call_id: str) -> None:
    """The caller has heard that 1 asks for a callback."""
    tx.execute(update(calls).where(calls.c.id == call_id).values(callback_offered=True))


class KeyedIn(NamedTuple):
    """`number` None: the one that was keyed in before is no good."""

    call_id: str
    number: str | None


def note_number(tx: Tx, keyed: KeyedIn) -> None:
    """Remember the number to be called back at, until the caller has confirmed it."""
    tx.execute(
        update(calls).where(calls.c.id == keyed.call_id).values(callback_number=keyed.number)
    )


class Choose(NamedTuple):
    call_id: str
    language: str


def choose_language(tx: Tx, choice: Choose) -> None:
    """The caller has asked for another language: spoken from now on, and the hub is told."""
    call = get_call(tx, choice.call_id)
    if call.language == choice.language or call.leg.ended:
        return
    save_call(tx, replace(call, language=choice.language))
    add_steps(tx, call.id, (Step(Todo.TELL_LANGUAGE, tx.now, detail=choice.language),))


def start_voicemail(tx: Tx, call_id: str) -> None:
    """The caller leaves the queue for a message; an agent on the way is sent back. Once only."""
    call = get_call(tx, call_id)
    if call.voicemail or call.leg.ended:
        return
    save_call(tx, replace(call, voicemail=True))
    added = [Step(Todo.TELL_VOICEMAIL, tx.now)]
    connection = find_newest_connection(tx, call_id)
    if connection is not None and not connection.over and not connection.released:
        save_connection(tx, replace(connection, released=True))
        added.append(Step(Todo.END_AGENT, tx.now, connection.id))
    add_steps(tx, call_id, tuple(added))


class Recorded(NamedTuple):
    entry_point_id: str
    call_sid: str
    recording_sid: str
    duration_s: int


def note_recording(tx: Tx, recorded: Recorded) -> bool:
    """A message is ready at the provider: fetch it. False: seen before, or of no call."""
    call = find_call(tx, recorded.entry_point_id, recorded.call_sid)
    if call is None:
        return False
    seen = Answered(recorded.entry_point_id, f"{recorded.recording_sid}:fetch", "")
    if not remember(tx, seen):
        return False
    detail = f"{recorded.recording_sid} {recorded.duration_s}"
    add_steps(tx, call.id, (Step(Todo.FETCH_RECORDING, tx.now, detail=detail),))
    return True
