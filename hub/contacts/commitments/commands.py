"""What can be done with commitments, and how it is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from hub.accounts.model import Actor
from hub.core.errors import Conflict, Invalid
from hub.hours import Calendar
from hub.storage import Tx

from .model import CommitmentKind, CommitmentState, OwnerKind, TellCustomer

MAX_TEXT = 2_000


class PastDue(Invalid):
    """The promise would be due in the past: choose a later time."""

    code = "commitment.past_due"


class IllegalMove(Conflict):
    """The commitment is finished already."""

    code = "commitment.illegal_move"


class Owner(NamedTuple):
    """Who has to keep it: a user's id, or a team's key."""

    kind: OwnerKind
    id: str


class BusinessHours(NamedTuple):
    """The hours by which a promise is counted, and their key in the set-up."""

    calendar_id: str
    calendar: Calendar


# The hours of the contact in which something is promised (None: on a customer's record), or those
# of this key; None: by the clock. The contact store knows no calendars: who does hands it in.
HoursOf = Callable[[Tx, str | None, str | None], BusinessHours | None]


def by_the_clock(_tx: Tx, _contact_id: str | None, _calendar_id: str | None) -> None:
    """All time counts."""
    return


@dataclass(frozen=True, slots=True)
class Terms:
    """What a quote says. Money in minor units of `currency` (ISO 4217)."""

    product_id: str | None = None
    product_name: str | None = None
    price_minor: int | None = None
    currency: str | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody comes between these two moments (UTC); `skill_id`: what they must be able to do."""

    window_from: datetime | None = None
    window_until: datetime | None = None
    skill_id: str | None = None


@dataclass(frozen=True, slots=True)
class MakeCommitment:
    """A promise made in a contact, or on a customer's record: exactly one of the two ids.

    `source_interaction_id`: the message or call of that contact it comes from. `tell_customer`
    None: as is usual for its kind. With a window it is due at its end, whatever `due_at` says.
    """

    actor: Actor
    kind: CommitmentKind
    text: str
    due_at: datetime  # UTC
    contact_id: str | None = None
    customer_id: str | None = None
    owner_id: str | None = None  # None: whoever makes it
    owner_team: str | None = None  # instead of a user
    source_interaction_id: str | None = None
    hours: BusinessHours | None = None
    tell_customer: TellCustomer | None = None
    terms: Terms = Terms()
    visit: Visit = Visit()
    campaign_id: str | None = None


@dataclass(frozen=True, slots=True)
class FinishCommitment:
    """It was kept, or the customer does not want it any longer (then `outcome` says why)."""

    actor: Actor
    commitment_id: str
    state: CommitmentState
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class ChangeCommitment:
    """A new owner, a new time or window agreed with the customer, new terms of a quote; None stays.

    `hours`: by which the new time is counted.
    """

    actor: Actor
    commitment_id: str
    owner_id: str | None = None
    due_at: datetime | None = None
    owner_team: str | None = None
    visit: Visit | None = None
    terms: Terms | None = None
    tell_customer: TellCustomer | None = None
    hours: BusinessHours | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    actor: Actor
    commitment_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ReturnCommitment:
    """Its owner cannot do it, and says why."""

    actor: Actor
    commitment_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class TakeCommitment:
    """One of the owning team does it."""

    actor: Actor
    commitment_id: str
