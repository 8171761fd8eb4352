"""What the routes of commitments are sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec

from hub.core.errors import Invalid
from hub.hours import add_open
from hub.web import Body, Key, PageQuery

from .commands import BusinessHours, Terms, Visit
from .model import CommitmentKind, CommitmentState, TellCustomer
from .quotes import MAX_PRICE_MINOR

Text = Annotated[str, msgspec.Meta(max_length=2_000)]
Name = Annotated[str, msgspec.Meta(max_length=200)]
Minor = Annotated[int, msgspec.Meta(ge=0, le=MAX_PRICE_MINOR)]
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")]
Seconds = Annotated[int, msgspec.Meta(ge=60, le=366 * 24 * 3600)]


class NewCommitment(Body, frozen=True):
    """`owner_id` is oneself unless given, or a team (`owner_team`).

    Due at `due_at`, or after `due_in_s` seconds of business time, or at the end of its window. What
    a quote says: product, price in minor units, currency, until when it holds.
    """

    kind: CommitmentKind
    text: Text
    due_at: datetime | None = None
    due_in_s: Seconds | None = None
    owner_id: Key | None = None
    owner_team: Key | None = None
    source_interaction_id: Key | None = None
    tell_customer: TellCustomer | None = None
    product_id: Key | None = None
    product_name: Name | None = None
    price_minor: Minor | None = None
    currency: Currency | None = None
    valid_until: datetime | None = None
    window_from: datetime | None = None
    window_until: datetime | None = None
    skill_id: Key | None = None

    def due(self, now: datetime, hours: BusinessHours | None) -> datetime:
        """Return when it is due. Raises Invalid where none of the three ways is taken."""
        at = due_time(now, hours, self.due_at, self.due_in_s) or self.window_until
        if at is None:
            raise Invalid(
                "Say until when it is promised.", code="commitment.no_due", field="due_at"
            )
        return at

    @property
    def terms(self) -> Terms:
        return Terms(
            self.product_id, self.product_name, self.price_minor, self.currency, self.valid_until
        )

    @property
    def visit(self) -> Visit:
        return Visit(self.window_from, self.window_until, self.skill_id)


class QuoteTerms(Body, frozen=True):
    """The whole of what a quote says from now on."""

    product_id: Key | None = None
    product_name: Name | None = None
    price_minor: Minor | None = None
    currency: Currency | None = None
    valid_until: datetime | None = None


class VisitWindow(Body, frozen=True):
    """Between when somebody comes, and who can do it."""

    window_from: datetime
    window_until: datetime
    skill_id: Key | None = None


class CommitmentPatch(Body, frozen=True):
    """`state` kept or withdrawn (then `outcome` says why) ends it; else a new owner, time, window
    or price.
    """

    state: Literal["kept", "withdrawn"] | None = None
    outcome: Text = ""
    owner_id: Key | None = None
    owner_team: Key | None = None
    due_at: datetime | None = None
    due_in_s: Seconds | None = None
    visit: VisitWindow | None = None
    quote: QuoteTerms | None = None
    tell_customer: TellCustomer | None = None

    @property
    def changes(self) -> bool:
        """Whether anything but its state is to be another."""
        asked = (
            self.owner_id,
            self.owner_team,
            self.due_at,
            self.due_in_s,
            self.visit,
            self.quote,
            self.tell_customer,
        )
        return any(one is not None for one in asked)


class CommitmentQuery(PageQuery, frozen=True):
    """`owner`: "me" (default: one's own and one's teams'), "team" (supervisors: all they steer), a
    user's id or a team's key. `asked`: "me", what others do for me. `state` "": unfinished ones.
    """

    owner: Annotated[str, msgspec.Meta(max_length=64)] = ""
    customer: Annotated[str, msgspec.Meta(max_length=64)] = ""
    state: CommitmentState | None = None
    kind: CommitmentKind | None = None
    overdue: bool = False
    asked: Literal["", "me"] = ""


class NewComment(Body, frozen=True):
    text: Text


class Reason(Body, frozen=True):
    reason: Text


class Outcome(Body, frozen=True):
    outcome: Text = ""


class HandedOver(Body, frozen=True):
    """To a user or to a team, with what they have to know."""

    owner_id: Key | None = None
    owner_team: Key | None = None
    text: Text = ""


class Decision(Body, frozen=True):
    """`stands`: the commitment whose price counts; null: both do."""

    stands: Key | None
    reason: Text


def due_time(
    now: datetime, hours: BusinessHours | None, at: datetime | None, in_s: int | None
) -> datetime | None:
    """Return a due time that was named, or that comes after so much business time."""
    if in_s is None or at is not None:
        return at
    return add_open(hours.calendar, now, in_s) if hours else now + timedelta(seconds=in_s)
