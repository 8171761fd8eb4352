"""What an agent says came of a call, and what follows for the person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select

from hub.accounts.model import Actor
from hub.campaigns.model import State
from hub.contacts import service as contact_service
from hub.contacts.model import PHONE_LIST_META
from hub.contacts.outreach.opting_out import OptOut, note_opt_out
from hub.core.errors import Conflict, Invalid
from hub.customers.consent.model import STOP_ALL, STOP_SELLING, Purpose
from hub.customers.model import IdentityKind, IdentityStatus
from hub.customers.tables import customers, identities
from hub.storage import Tx

from . import flight
from .attempts import moved
from .dialling import lock_lists
from .judging import CHANNEL, called_from
from .line import mark
from .model import BY_AGENT, RULES, Course, PersonState, Reason, Result, Then, after_attempt
from .rows import Member, find_of_contacts, save
from .service import go_on

_LONGEST = timedelta(days=90)
_COUNTED = frozenset({Then.AGAIN, Then.ELSEWHERE})


@dataclass(frozen=True, slots=True)
class GiveResult:
    """`at`: the time agreed, for `call_later`."""

    contact_id: str
    agent_id: str
    result: Result
    at: datetime | None = None


def give_result(tx: Tx, cmd: GiveResult) -> None:
    """Keep what came of a call: in the talk, in the wrap-up, or after it; another one replaces it.

    Raises Conflict where the contact is not this agent's, was not answered, or the list has gone on
    with the person; Invalid for a result that is not an agent's to give, without its time, or for a
    time at which the list calls nobody.
    """
    contact = contact_service.get_contact(tx, cmd.contact_id)
    member = find_of_contacts(tx, [contact.id]).get(contact.id)
    if member is None or contact.agent_id != cmd.agent_id:
        raise Conflict("This contact is not yours.", code="phone_list.not_yours")
    attempt = flight.find_attempts(tx, [contact.id]).get(contact.id)
    if attempt is None or contact.answered_at is None or member.state is PersonState.QUEUED:
        raise Conflict("There was no talk that had a result.", code="phone_list.not_now")
    [row] = lock_lists(tx, [member.list_id])
    _check(tx, row, contact, member, cmd)
    course = _before(row, member, attempt)
    member = _of_number(member, attempt, wrong=cmd.result is Result.WRONG_NUMBER)
    if cmd.result is Result.NEVER:
        _never(tx, row, contact, cmd)
    after = after_attempt(
        course,
        cmd.result,
        row.gaps,
        tx.now,
        agreed=cmd.at,
        numbers_left=_numbers_left(tx, member),
    )
    flight.change(tx, attempt, result=cmd.result.value)
    said = moved(member.ended(cmd.result, tx.now), after)
    save(tx, [said if after.state is not PersonState.DUE else _comes_again(tx, row, cmd, said)])
    mark(tx, contact.id, result=cmd.result.value)


def _comes_again(tx: Tx, row: Row[Any], cmd: GiveResult, said: Member) -> Member:
    """Somebody is to be called again: a list that is done by now goes on for them; where it is over
    for good, nobody is.
    """
    if row.state == State.STOPPED:
        return replace(said, state=PersonState.SUPPRESSED, reason=Reason.STOPPED, due_at=None)
    if row.state == State.DONE and (said.due_at is None or said.due_at >= row.ends_at):
        return replace(said, state=PersonState.SUPPRESSED, reason=Reason.WINDOW_OVER, due_at=None)
    if row.state == State.DONE:
        go_on(tx, row, Actor(cmd.agent_id, "", "console"))
    return said


def _of_number(member: Member, attempt: Row[Any], *, wrong: bool) -> Member:
    """Return it with the number of this attempt known to be wrong, or known not to be."""
    times = member.tried.get(attempt.identity_id, 0)
    tried = {**member.tried, attempt.identity_id: -1 if wrong else max(times, 1)}
    return replace(member, tried=tried)


def _check(tx: Tx, row: Row[Any], contact: Row[Any], member: Member, cmd: GiveResult) -> None:
    if cmd.result not in BY_AGENT:
        raise Invalid("That is no result to be given.", code="phone_list.result", field="result")
    if cmd.result is not Result.CALL_LATER:
        return
    at = cmd.at
    if at is None or at.tzinfo is None or not tx.now < at <= tx.now + _LONGEST:
        raise Invalid(
            f"Say when they want to be called: within {_LONGEST.days} days, with the zone.",
            code="phone_list.at",
            field="at",
        )
    if row.state == State.STOPPED or at >= row.ends_at:
        raise Invalid("The list is over by then.", code="phone_list.at_over", field="at")
    number = contact.meta[PHONE_LIST_META]["number"]
    if called_from(tx, row, member.customer_id, number, at) != at:
        raise Invalid("They are not called at that time.", code="phone_list.at_hours", field="at")


def _before(row: Row[Any], member: Member, attempt: Row[Any]) -> Course:
    """Return how far it was before this attempt: what was said of it first is replaced."""
    known = attempt.result
    counted = known is not None and RULES[Result(known)].then in _COUNTED
    if known == Result.WRONG_NUMBER and member.state is PersonState.DONE:
        counted = False  # no other number was left to be tried
    return Course(row.attempts, max(member.failed - (1 if counted else 0), 0))


def _numbers_left(tx: Tx, member: Member) -> bool:
    owner = select(func.coalesce(customers.c.merged_into_id, customers.c.id)).where(
        customers.c.id == member.customer_id
    )
    wrong = [identity_id for identity_id, times in member.tried.items() if times < 0]
    found = select(identities.c.id).where(
        identities.c.customer_id == owner.scalar_subquery(),
        identities.c.kind == IdentityKind.PHONE,
        identities.c.status == IdentityStatus.ACTIVE,
        identities.c.id.not_in(wrong),
    )
    return tx.execute(found.limit(1)).first() is not None


def _never(tx: Tx, row: Row[Any], contact: Row[Any], cmd: GiveResult) -> None:
    """Keep their no for good: to all that sells or asks, where the list does; else to all lists."""
    purposes = STOP_SELLING if Purpose(row.purpose) in STOP_SELLING else STOP_ALL
    no = OptOut(
        identity_id=contact.identity_id,
        purposes=purposes,
        source="agent",
        channel=CHANNEL,
        evidence={"contact_id": contact.id, "phone_list": row.key},
        by=cmd.agent_id,
    )
    note_opt_out(tx, [no])


def require_result(tx: Tx, contact: Row[Any]) -> None:
    """Raise Conflict where somebody of a list was talked to, and nobody said what came of it."""
    if PHONE_LIST_META not in contact.meta or contact.answered_at is None:
        return
    attempt = flight.find_attempts(tx, [contact.id]).get(contact.id)
    if attempt is not None and attempt.result is None:
        raise Conflict("Say what came of the call first.", code="phone_list.result_required")


def unsaid(member: Member) -> Member:
    """Return somebody who was talked to without a word of what came of it."""
    return replace(member, state=PersonState.DONE, reason="no_result")
