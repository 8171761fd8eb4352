"""May we write to this person, or call? Pure: no I/O, no clock; `decide` takes `now`.

A `Permit` is made here and nowhere else, and what goes out to a person needs one
(`sending.to_person`); a test holds the code to both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.contacts.model import OPEN, ContactState
from hub.customers.consent.model import ANY, AddressKey, Purpose, State

WEEK = timedelta(days=7)
MONTH = timedelta(days=30)


class Why(StrEnum):
    """Why it is as it is: for programs; the console has the words."""

    SERVICE = "service"  # what the customer has with us, or asked for
    ALLOWED = "allowed"
    QUIET_HOURS = "quiet_hours"
    TOO_OFTEN = "too_often"
    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"  # they have not said yes, and have to
    COMPLAINT = "complaint"
    SENT_BEFORE = "sent_before"  # the same material


# What a supervisor may set aside, with a reason. A no of the customer is not among it.
OVERRIDABLE = frozenset({Why.COMPLAINT, Why.TOO_OFTEN})


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to reach one person for one purpose. `not_before`: not earlier than this.

    `override`: the reason for which a supervisor set aside `over`. `opt_out`: the token of the link
    by which the customer says stop, where the message is to have one.
    """

    purpose: Purpose
    identity_id: str | None
    why: Why
    not_before: datetime | None = None
    override: str | None = None
    over: Why | None = None
    opt_out: str | None = None

    @property
    def is_service(self) -> bool:
        return self.purpose is Purpose.SERVICE


class Later(NamedTuple):
    """Not now: from `until` on. `permit` is good for what can wait till then by itself."""

    until: datetime
    why: Why
    permit: Permit


class Refused(NamedTuple):
    why: Why


Answer = Permit | Later | Refused


def can_be_overridden(answer: Answer) -> bool:
    """Say whether a supervisor may set aside, with a reason, what stands against it."""
    return not isinstance(answer, Permit) and answer.why in OVERRIDABLE


class OutreachRules(NamedTuple):
    """When and how often, by the customer's clock. Equal times: no quiet hours; 0: no limit.
    `only_with_consent`: purposes for which a yes is needed.
    """

    quiet_from: time = time(20)
    quiet_until: time = time(9)
    per_week: int = 1
    per_month: int = 3
    only_with_consent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ask:
    """What is known when it is asked.

    `states`: of the address itself; `persons`: of the other addresses that are the person's alone.
    `recent`: when we last reached them of our own accord. `asked_for`: the customer asked to be
    reached. `in_contact`: they are with us at this moment, as for the question how it was.
    `override`: the reason of a supervisor.
    """

    purpose: Purpose
    channel: str
    identity_id: str | None = None
    address: AddressKey | None = None
    states: tuple[State, ...] = ()
    persons: tuple[State, ...] = ()
    open_complaint: bool = False
    recent: tuple[datetime, ...] = ()
    material_sent: bool = False
    asked_for: bool = False
    in_contact: bool = False
    zone: str = "UTC"
    override: str | None = None


def decide(ask: Ask, rules: OutreachRules, now: datetime) -> Answer:
    """Return whether this person may be reached for this purpose, now or from when on.

    The customer's no comes before everything but what they asked for themselves; then an open
    complaint, what they were sent before, how often, and their night.
    """
    if ask.asked_for:
        return Permit(ask.purpose, ask.identity_id, Why.SERVICE)
    if is_opted_out(ask):
        return Refused(Why.OPTED_OUT)
    if ask.purpose is Purpose.SERVICE:
        return Permit(ask.purpose, ask.identity_id, Why.SERVICE)
    permit = Permit(ask.purpose, ask.identity_id, Why.ALLOWED)
    if ask.in_contact:
        return permit
    if ask.purpose in rules.only_with_consent and not _has_consented(ask):
        return Refused(Why.NO_CONSENT)
    if ask.open_complaint:
        if not ask.override:
            return Refused(Why.COMPLAINT)
        permit = replace(permit, override=ask.override, over=Why.COMPLAINT)
    if ask.material_sent:
        return Refused(Why.SENT_BEFORE)
    free = _free_from(ask.recent, rules, now)
    if free > now and ask.override:
        permit = replace(permit, override=ask.override, over=permit.over or Why.TOO_OFTEN)
        free = now
    until = awake_from(free, rules, ask.zone)
    if until <= now:
        return permit
    why = Why.TOO_OFTEN if free > now else Why.QUIET_HOURS
    return Later(until, why, replace(permit, not_before=until))


def is_opted_out(ask: Ask) -> bool:
    """Say whether the customer's no stands: at this address, else anywhere of theirs.

    What they said of the very channel counts before what they said of every one. Their own yes at
    an address counts there; what an import says does not undo a no at another address.
    """
    own = {state.channel: state for state in ask.states if state.purpose == ask.purpose}
    said = own.get(ask.channel) or own.get(ANY)
    if said is not None and not said.allowed:
        return True
    if said is not None and said.own_word:
        return False
    return any(
        state.purpose == ask.purpose and state.person and not state.allowed for state in ask.persons
    )


def _has_consented(ask: Ask) -> bool:
    """Say whether somebody said yes for this address: they themselves, or who knows of it."""
    own = {state.channel: state for state in ask.states if state.purpose == ask.purpose}
    said = own.get(ask.channel) or own.get(ANY)
    return said is not None and said.allowed


def service_reply(state: str, identity_id: str | None) -> Permit:
    """Return the permit to answer an open contact (its state): the customer waits for it.

    Raises ValueError where the contact is not open: that is no answer any more.
    """
    if ContactState(state) not in OPEN:
        raise ValueError(f"a contact that is {state} waits for no answer")
    return Permit(Purpose.SERVICE, identity_id, Why.SERVICE)


def _free_from(recent: Sequence[datetime], rules: OutreachRules, now: datetime) -> datetime:
    """Return from when on the person was not reached too often."""
    free = now
    for limit, span in ((rules.per_week, WEEK), (rules.per_month, MONTH)):
        within = sorted(at for at in recent if now - span < at)
        if limit and len(within) >= limit:
            free = max(free, within[-limit] + span)
    return free


def awake_from(at: datetime, rules: OutreachRules, zone: str) -> datetime:
    """Return `at` if it is no quiet hour then on the clock of `zone`, else when those end (UTC)."""
    clock = ZoneInfo(zone)
    if not _is_quiet(at.astimezone(clock), rules):
        return at
    local = at.astimezone(clock)
    ends = [
        datetime.combine(local.date() + timedelta(days=day), rules.quiet_until, clock)
        .replace(fold=fold)
        .astimezone(UTC)
        for day in (0, 1)
        for fold in (0, 1)  # an hour that the clock shows twice: the night may end in the second
    ]
    return next(
        end for end in sorted(ends) if end > at and not _is_quiet(end.astimezone(clock), rules)
    )


def _is_quiet(local: datetime, rules: OutreachRules) -> bool:
    begins, ends, wall = rules.quiet_from, rules.quiet_until, local.time()
    if begins <= ends:
        return begins <= wall < ends
    return wall >= begins or wall < ends
