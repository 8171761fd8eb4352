"""What the agent does with somebody of a list, what the phones tell, and what follows for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from hub.accounts.ringing import ring_addresses
from hub.callbacks.attempts import Accepted
from hub.callbacks.model import counts
from hub.contacts import service as contact_service
from hub.contacts.model import CallOutcome, CallStage, ContactState, is_of_list
from hub.contacts.outreach.delivered import NotCalled, note_not_called
from hub.core.errors import Conflict
from hub.customers.tables import identities
from hub.routing import service as routing
from hub.routing.tables import assignments
from hub.storage import Tx
from hub.storage.outbox import add_effects

from . import flight, guard
from .dialling import dial, lock_lists
from .figures import NOT_HUMAN
from .judging import numbers_to_call
from .line import close, mark
from .model import (
    AGENT_FAILED_GAP_S,
    RESULT_OF,
    After,
    AnsweredBy,
    Number,
    PersonState,
    Reason,
    Result,
    after_attempt,
)
from .rows import Member, find_of_contacts, save

# Codes of what came of the agent's own phone, where they did not pick it up.
_RANG_IN_VAIN = frozenset({"agent_no_answer", "agent_busy", "agent_failed"})


@dataclass(frozen=True, slots=True)
class DialNow:
    """The agent calls whom they have read about. `identity_id`: another number of theirs."""

    contact_id: str
    agent_id: str
    identity_id: str | None = None


def dial_now(tx: Tx, cmd: DialNow) -> str | None:
    """Order the call; return None, or why they may not be called: then the contact is closed.

    Raises Conflict where the contact is not this agent's, or is not being read, or the number they
    chose is none that lists call: they can choose again.
    """
    contact, member = _in_preview(tx, cmd.contact_id, cmd.agent_id)
    if cmd.identity_id not in (None, *(one.identity_id for one in to_choose(tx, contact))):
        raise Conflict(
            "That number is not called by lists.",
            code="phone_list.suppressed",
            reason=Reason.INVALID_NUMBER.value,
        )
    [row] = lock_lists(tx, [member.list_id])
    held = select(assignments.c.id).where(
        assignments.c.contact_id == contact.id, assignments.c.ended_at.is_(None)
    )
    accepted = Accepted(
        contact,
        cmd.agent_id,
        ring_addresses(tx, [cmd.agent_id])[cmd.agent_id],
        str(tx.execute(held).scalar_one()),
    )
    members = {contact.id: member}
    orders = dial(tx, row, [accepted], members, by_itself=False, identity_id=cmd.identity_id)
    add_effects(tx, orders)
    if orders:
        return None
    after = find_of_contacts(tx, [contact.id])[contact.id]
    return after.reason or ""


def to_choose(tx: Tx, contact: Row[Any]) -> Sequence[Number]:
    """Return the numbers at which whoever this contact is of can be called by a list."""
    owner = select(identities.c.customer_id).where(identities.c.id == contact.identity_id)
    customer_id = str(tx.execute(owner).scalar_one())
    return numbers_to_call(tx, [customer_id])[customer_id]


def _in_preview(tx: Tx, contact_id: str, agent_id: str) -> tuple[Row[Any], Member]:
    contact = contact_service.get_contact(tx, contact_id)
    member = find_of_contacts(tx, [contact_id]).get(contact_id)
    if member is None or contact.agent_id != agent_id:
        raise Conflict("This contact is not yours.", code="phone_list.not_yours")
    if "call" in contact.meta:
        raise Conflict("They are being called already.", code="phone_list.dialled")
    if contact.state != ContactState.CONNECTING or member.state is not PersonState.CALLING:
        raise Conflict("There is nothing to call any more.", code="phone_list.not_now")
    return contact, member


@dataclass(frozen=True, slots=True)
class Skip:
    """`reason`: not_now, wrong_person, handled, other."""

    contact_id: str
    agent_id: str
    reason: str


_ENDS = {"wrong_person": Reason.WRONG_PERSON, "handled": Reason.HANDLED}


def skip(tx: Tx, cmd: Skip) -> None:
    """The agent does not call them: another time, or never. Raises Conflict as `dial_now`."""
    contact, member = _in_preview(tx, cmd.contact_id, cmd.agent_id)
    [row] = lock_lists(tx, [member.list_id])
    _put_off(tx, row, contact, member, _ENDS.get(cmd.reason))


def _put_off(
    tx: Tx, row: Row[Any], contact: Row[Any], member: Member, ends: Reason | None = None
) -> None:
    """Close what was only read."""
    close(tx, [contact], "phone_list")
    after = after_attempt(member.course(row.attempts), Result.SKIPPED, row.gaps, tx.now)
    said = member.ended(Result.SKIPPED, tx.now)
    if ends is not None:
        save(tx, [replace(said, state=PersonState.SUPPRESSED, reason=ends, due_at=None)])
        return
    save(tx, [moved(said, after)])


def moved(member: Member, after: After) -> Member:
    return replace(
        member,
        state=after.state,
        failed=after.failed,
        due_at=after.due_at,
        agreed=after.agreed,
        reason=None,
    )


# ---- the phones ---------------------------------------------------------------------------------


def picked_up(tx: Tx, contact_id: str, at: datetime) -> None:
    """Somebody or something has answered: perhaps as we had just hung up, and this is told last."""
    attempt = flight.find_attempts(tx, [contact_id]).get(contact_id)
    if attempt is not None and flight.change(tx, attempt, answered_at=at):
        _leave_alone(tx, contact_id)


def _leave_alone(tx: Tx, contact_id: str) -> None:
    """Who was abandoned by what is told only now rests, where they were to be tried sooner."""
    member = find_of_contacts(tx, [contact_id]).get(contact_id)
    rests = tx.now + guard.REST
    if member is None or member.state is not PersonState.DUE or member.agreed:
        return
    if member.due_at is not None and member.due_at < rests:
        save(tx, [replace(member, due_at=rests)])


def answered_by(tx: Tx, contact_id: str, who: str) -> None:
    """Who it was, as the provider heard it; shown to the agent."""
    attempt = flight.find_attempts(tx, [contact_id]).get(contact_id)
    if attempt is not None and who in {one.value for one in AnsweredBy}:
        flight.change(tx, attempt, answered_by=who)
        mark(tx, contact_id, answered_by=who)


def joined(tx: Tx, contact: Row[Any], at: datetime) -> None:
    """An agent is heard."""
    attempt = flight.find_attempts(tx, [contact.id]).get(contact.id)
    if attempt is not None:
        flight.change(tx, attempt, joined_at=at)


def not_reached(tx: Tx, contact: Row[Any], outcome: CallOutcome, reason: str, at: datetime) -> bool:
    """The call of `contact` (its row before the end was written) did not come about, or was given
    up. Return whether the contact is closed by this; nothing for contacts of no list.
    """
    if not is_of_list(contact.meta, contact.direction, contact.answered_at):
        return False
    member = find_of_contacts(tx, [contact.id]).get(contact.id)
    if member is None or member.state is not PersonState.CALLING:
        return False
    [row] = lock_lists(tx, [member.list_id])
    attempt = flight.find_attempts(tx, [contact.id]).get(contact.id)
    if attempt is None:
        _put_off(tx, row, contact, member)
        return True
    stage = CallStage((contact.meta.get("call") or {}).get("stage", CallStage.AGENT))
    close(tx, [contact], "phone_list")
    if not counts(stage, outcome, reason) and attempt.answered_at is None:
        _agent_failed(tx, contact, member, attempt)
        if attempt.by_itself and reason in _RANG_IN_VAIN:
            routing.rang_in_vain(tx, contact.agent_id)
        return True
    result, abandoned = _ended(tx, attempt, outcome, at)
    after = after_attempt(member.course(row.attempts), result, row.gaps, tx.now)
    if abandoned and after.due_at is not None:
        after = after._replace(due_at=max(after.due_at, tx.now + guard.REST))
    if not abandoned:
        note_not_called(tx, [NotCalled(attempt.identity_id, contact.id)])
    save(tx, [moved(member.ended(result, at), after)])
    return True


def _ended(tx: Tx, attempt: Row[Any], outcome: CallOutcome, at: datetime) -> tuple[Result, bool]:
    """Keep how an attempt ended that no agent was heard in; return that, and whether somebody
    answered and heard nobody.
    """
    machine = attempt.answered_by in NOT_HUMAN
    result = Result.MACHINE if machine else RESULT_OF[outcome]
    news: dict[str, Any] = {"ended_at": at, "result": result.value}
    if outcome is CallOutcome.ANSWERED:
        news["answered_at"] = at
    return result, flight.change(tx, attempt, **news)


def _agent_failed(tx: Tx, contact: Row[Any], member: Member, attempt: Row[Any]) -> None:
    """The agent's own phone was not reached: the customer knows of nothing."""
    attempt_of = NotCalled(member.identity_id or "", contact.id)
    note_not_called(tx, [attempt_of])
    flight.forget(tx, attempt)
    tried = dict(member.tried)
    if member.identity_id in tried:
        tried[member.identity_id] = max(tried[member.identity_id] - 1, 0)
    due_at = tx.now + timedelta(seconds=AGENT_FAILED_GAP_S)
    save(tx, [replace(member, state=PersonState.DUE, due_at=due_at, tried=tried)])
