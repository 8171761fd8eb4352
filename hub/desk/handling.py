"""The agent handles a contact: hold, park, transfer, end, wrap up, close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from hub.accounts.model import Actor
from hub.callbacks.attempts import handled, not_reached
from hub.contacts import outgoing_calls
from hub.contacts import service as contact_service
from hub.contacts.effects import Hangup, Hold, Unhold
from hub.contacts.effects import Move as MoveCall
from hub.contacts.incoming_calls import note_length
from hub.contacts.model import (
    OPEN,
    CallOutcome,
    ContactState,
    EndedAs,
    InteractionKind,
    is_dialling,
)
from hub.contacts.outreach.sending import ToChannel, to_channel
from hub.contacts.pbx.model import META
from hub.contacts.service import Move
from hub.core.errors import Conflict, Invalid
from hub.core.ids import new_id
from hub.customers.card_numbers import hide_card_numbers
from hub.knowledge.cases import learn_cases
from hub.phone_lists import attempts as lists
from hub.phone_lists.results import require_result
from hub.routing import service as routing
from hub.routing.direct import take_up
from hub.storage import Tx
from hub.storage.outbox import add_effects

from .after import ask_how_it_was, note_complaint
from .dispositions import Disposition, check_disposition
from .handed import Handed
from .messages import append_internal
from .said import tell_end
from .taken import held_by_other

_TALKING = frozenset({ContactState.ACTIVE, ContactState.HOLD})
_ENDABLE = _TALKING | {ContactState.CONNECTING}  # a call of ours can be given up


@dataclass(frozen=True, slots=True)
class Handle:
    """One agent's act on a contact they hold. `call`: its channel has audio to be moved with it;
    `survey`: its channel can itself ask the customer how it was.

    `agent_id` None: a supervisor acts, whoever holds it.
    """

    contact_id: str
    agent_id: str | None
    by_id: str
    by_name: str
    call: bool = False
    survey: bool = False


def hold(tx: Tx, cmd: Handle) -> None:
    """Put the caller on hold."""
    _needs_call(cmd)
    _needs_our_audio(tx, cmd)
    row = contact_service.move(
        tx,
        Move(cmd.contact_id, ContactState.HOLD, frozenset({ContactState.ACTIVE}), cmd.agent_id),
    )
    _effect(tx, row, Hold(contact_id=row.id))


def resume(tx: Tx, cmd: Handle) -> None:
    """Take the caller from hold, or take a parked contact up again (capacity permitting)."""
    row = contact_service.get_contact(tx, cmd.contact_id)
    if row.state == ContactState.PARKED:
        if cmd.agent_id is None:
            raise Conflict("Only an agent can take up a contact.", code="contact.not_yours")
        take_up(tx, row, cmd.agent_id)
        contact_service.move(
            tx,
            Move(
                row.id,
                ContactState.ACTIVE,
                agent_id=cmd.agent_id,
                changes=dict.fromkeys(("parked_until", "interrupted_until", "untouched_until")),
            ),
        )
        routing.follow_contacts(tx, [row.id])
        return
    _needs_call(cmd)
    _needs_our_audio(tx, cmd)
    contact_service.move(
        tx, Move(row.id, ContactState.ACTIVE, frozenset({ContactState.HOLD}), cmd.agent_id)
    )
    _effect(tx, row, Unhold(contact_id=row.id))


@dataclass(frozen=True, slots=True)
class Park:
    handle: Handle
    until: datetime | None = None  # UTC; then it returns to the agent's desk by itself


def park(tx: Tx, cmd: Park) -> None:
    """Wait for the customer: frees capacity and keeps the agent preferred (routing.md 3.6)."""
    if cmd.handle.call:
        raise Conflict("A call cannot wait for the customer: hold it, or end it.", code="park.call")
    if cmd.until is not None and cmd.until <= tx.now:
        raise Invalid(
            "The time to come back to it is already past: choose a later one.", code="park.past"
        )
    row = contact_service.move(
        tx,
        Move(
            cmd.handle.contact_id,
            ContactState.PARKED,
            frozenset({ContactState.ACTIVE}),
            cmd.handle.agent_id,
            {"parked_until": cmd.until},
        ),
    )
    routing.release(tx, [row.id], "parked")


@dataclass(frozen=True, slots=True)
class Transfer:
    """To a queue, or to one agent (who is offered it first); exactly one of the two."""

    handle: Handle
    queue_id: str | None = None
    agent_id: str | None = None
    note: str = ""


def transfer(tx: Tx, cmd: Transfer) -> None:
    """Move the contact on with the time already waited; a new segment of the same contact."""
    if (cmd.queue_id is None) == (cmd.agent_id is None):
        raise Invalid("Name the queue or the agent to transfer to, one of the two.")
    _needs_our_audio(tx, cmd.handle)
    row = routing.transfer(
        tx,
        routing.Transfer(
            cmd.handle.contact_id, cmd.queue_id, cmd.agent_id, by_agent_id=cmd.handle.agent_id
        ),
    )
    if cmd.handle.call:
        _effect(tx, row, MoveCall(contact_id=row.id))
    note = hide_card_numbers(tx, cmd.note.strip())
    handed = Handed(cmd.handle.by_name, tx.now, note)
    contact_service.amend(tx, row.id, {"meta": handed.kept(row.meta)})
    append_internal(
        tx,
        row,
        InteractionKind.SYSTEM,
        note,
        author_id=cmd.handle.by_id,
        author_name=cmd.handle.by_name,
        meta={
            "code": "transferred",
            "note": note,
            "queue": cmd.queue_id,
            "agent": cmd.agent_id,
        },
    )


def end(tx: Tx, cmd: Handle) -> str:
    """End the contact with the customer; return the state it is in now: wrap_up or closed."""
    row = contact_service.get_contact(tx, cmd.contact_id)
    rule = routing.wrap_up_of(tx, row.queue_id, row.channel)
    dialling = _is_dialling(row)
    survey = rule.survey and row.survey_score is None and not dialling
    endable = _ENDABLE if dialling else _TALKING
    if cmd.call:
        _settle_call(tx, row)
        _effect(tx, row, Hangup(contact_id=row.id))
    if dialling and _gives_up_attempt(tx, row, cmd):
        return ContactState.CLOSED
    handled(tx, row)
    if rule.mode is routing.WrapMode.NONE:
        _close(tx, row, endable, cmd.agent_id, EndedAs.HANDLED, {})
        if survey:
            ask_how_it_was(tx, row, in_channel=cmd.survey)
        return ContactState.CLOSED
    _wrap_up(tx, row, endable, cmd.agent_id, {"wrap_until": rule.until(tx.now)})
    if survey:
        ask_how_it_was(tx, row, in_channel=cmd.survey)
    return ContactState.WRAP_UP


def _wrap_up(
    tx: Tx,
    row: Row[Any],
    expected: frozenset[ContactState],
    agent_id: str | None,
    changes: Mapping[str, Any],
) -> None:
    contact_service.move(tx, Move(row.id, ContactState.WRAP_UP, expected, agent_id, changes))
    routing.follow_contacts(tx, [row.id])


@dataclass(frozen=True, slots=True)
class Close:
    handle: Handle
    disposition: Disposition | None = None


def close(tx: Tx, cmd: Close) -> None:
    """Close from wrap-up, or end and close at once; also classifies one that closed unclassified.

    Where wrap-up lasts its full time, what was said is kept, and its end closes the contact.
    Raises Invalid where the queue requires a disposition, where it names one that does not exist,
    or where its reason or outcome asks for what was not said.
    """
    row = contact_service.get_contact(tx, cmd.handle.contact_id)
    if ContactState(row.state) in OPEN:
        _check_holder(tx, row, cmd.handle)
    rule = routing.wrap_up_of(tx, row.queue_id, row.channel)
    disposition = check_close(tx, row, cmd.disposition)
    by = Actor(cmd.handle.by_id, cmd.handle.by_name, "console")
    note_complaint(tx, row.id, by, disposition.get("reason_id"))
    state = ContactState(row.state)
    who = (cmd.handle.by_id, cmd.handle.by_name)
    if state is ContactState.CLOSED and row.ended_as == EndedAs.UNCLASSIFIED:
        tell_end(tx, row, disposition, who)
        _classify(tx, row, cmd.handle, disposition)
        return
    dialling = _is_dialling(row)
    if cmd.handle.call and (state in _TALKING or dialling):
        _settle_call(tx, row)
        _effect(tx, row, Hangup(contact_id=row.id))
    if dialling and _gives_up_attempt(tx, row, cmd.handle):
        return
    tell_end(tx, row, disposition, who)
    talking = _ENDABLE if dialling else _TALKING
    said = {**disposition, "ended_as": EndedAs.HANDLED}
    full = rule.mode is routing.WrapMode.FULL
    if full and state is ContactState.WRAP_UP and row.wrap_until is not None:
        _check_holder(tx, row, cmd.handle)
        contact_service.amend(tx, row.id, said)
        learn_cases(tx, [row.id])
    elif full and state in talking:
        said["wrap_until"] = rule.until(tx.now)
        _wrap_up(tx, row, talking, cmd.handle.agent_id, said)
        learn_cases(tx, [row.id])
    else:
        closable = talking | {ContactState.WRAP_UP, ContactState.PARKED}
        _close(tx, row, closable, cmd.handle.agent_id, EndedAs.HANDLED, disposition)
    handled(tx, row)
    if state in _TALKING and rule.survey and row.survey_score is None:
        ask_how_it_was(tx, row, in_channel=cmd.handle.survey)


def check_close(tx: Tx, row: Row[Any], said: Disposition | None) -> dict[str, Any]:
    """Return the columns that keep what is said of a contact's end. Raises Invalid as `close`."""
    require_result(tx, row)
    rule = routing.wrap_up_of(tx, row.queue_id, row.channel)
    return check_disposition(tx, row, said, required=rule.disposition_required)


def _close(
    tx: Tx,
    row: Row[Any],
    expected: frozenset[ContactState],
    agent_id: str | None,
    ended_as: EndedAs,
    disposition: Mapping[str, Any],
) -> None:
    contact_service.move(
        tx,
        Move(
            row.id,
            ContactState.CLOSED,
            expected,
            agent_id,
            {
                **disposition,
                "ended_as": ended_as,
                "closed_at": tx.now,
                "wrap_until": None,
                "parked_until": None,
                "unanswered_since": contact_service.unanswered_at_end(row),
            },
        ),
    )
    routing.release(tx, [row.id], "closed")
    learn_cases(tx, [row.id])
    tx.hint("contact.closed", row.id)


def _gives_up_attempt(tx: Tx, row: Row[Any], cmd: Handle) -> bool:
    """Say whether an attempt of a callback or a phone list was given up by this, and closed."""
    _check_holder(tx, row, cmd)
    given_up = CallOutcome.CANCELLED
    return not_reached(tx, row, given_up, "", tx.now) or lists.not_reached(
        tx, row, given_up, "", tx.now
    )


def _is_dialling(row: Row[Any]) -> bool:
    connecting = row.state == ContactState.CONNECTING
    return connecting and is_dialling(row.direction, row.answered_at)


def _settle_call(tx: Tx, row: Row[Any]) -> None:
    """We hang up: the call was answered, or is one of ours and given up before it was."""
    outcome = CallOutcome.ANSWERED if row.answered_at is not None else CallOutcome.CANCELLED
    outgoing_calls.settle(tx, row, outcome, tx.now)
    note_length(tx, row, tx.now)


def _classify(tx: Tx, row: Row[Any], cmd: Handle, disposition: Mapping[str, Any]) -> None:
    _check_holder(tx, row, cmd)
    contact_service.amend(tx, row.id, {**disposition, "ended_as": EndedAs.HANDLED})


def _check_holder(tx: Tx, row: Row[Any], cmd: Handle) -> None:
    if cmd.agent_id is not None and row.agent_id != cmd.agent_id:
        raise held_by_other(tx, row)


def settle(tx: Tx, cmd: Handle) -> None:
    """Say that an ended contact needs no answer: it is in no list of unanswered ones any more.

    Raises Conflict while it is not over, or where nobody waits for an answer.
    """
    row = contact_service.get_contact(tx, cmd.contact_id)
    if row.state not in (ContactState.CLOSED, ContactState.ABANDONED):
        raise Conflict("The contact is not over: answer it, or close it.", code="settle.open")
    if row.unanswered_since is None:
        raise Conflict("Nobody waits for an answer here.", code="settle.answered")
    contact_service.amend(tx, row.id, {"unanswered_since": None})
    append_internal(
        tx,
        row,
        InteractionKind.SYSTEM,
        "",
        author_id=cmd.by_id,
        author_name=cmd.by_name,
        meta={"code": "no_answer_needed"},
    )


def extend_wrap_up(tx: Tx, cmd: Handle) -> datetime:
    """Give wrap-up one more step of time; return its new end. Raises Conflict when used up."""
    row = contact_service.get_contact(tx, cmd.contact_id)
    if row.state != ContactState.WRAP_UP or (cmd.agent_id and row.agent_id != cmd.agent_id):
        raise Conflict("The contact is not in your wrap-up.", code="contact.not_yours")
    rule = routing.wrap_up_of(tx, row.queue_id, row.channel)
    if row.wrap_extensions >= rule.extensions or row.wrap_until is None:
        raise Conflict("This wrap-up cannot be extended again.", code="wrap_up.used_up")
    until: datetime = row.wrap_until + timedelta(seconds=rule.extend_s)
    contact_service.amend(
        tx, row.id, {"wrap_until": until, "wrap_extensions": row.wrap_extensions + 1}
    )
    return until


def _needs_our_audio(tx: Tx, cmd: Handle) -> None:
    """Raise Conflict for a call that a PBX carries: its phone holds it and passes it on."""
    if cmd.call and META in contact_service.get_contact(tx, cmd.contact_id).meta:
        raise Conflict(
            "This call is in your phone system: hold it or pass it on there, it is followed here.",
            code="call.in_pbx",
        )


def _needs_call(cmd: Handle) -> None:
    if not cmd.call:
        raise Conflict("Only a call can be held; park this contact instead.", code="hold.no_call")


def _effect(tx: Tx, row: Row[Any], effect: ToChannel) -> None:
    add_effects(
        tx,
        [
            to_channel(
                effect,
                channel=row.channel,
                entry_point_id=row.entry_point_id,
                contact_id=row.id,
                dedupe_key=f"call:{new_id()}",
                at_most_once=True,
            )
        ],
    )
