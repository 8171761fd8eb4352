"""What a view shows: a typed filter and an order; and the views that everybody has. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, NamedTuple

import msgspec

from hub.contacts.model import FINAL, OPEN, WAITING, Channel, ContactState
from hub.core.errors import Invalid

MOST_WORDS = 200
NOBODY = "nobody"
ME = "me"
# What nobody has let in yet is in no view: it has a page of its own.
LISTED = frozenset(ContactState) - {ContactState.QUARANTINED}
LISTED_OPEN = OPEN & LISTED

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_Some = Annotated[list[_Id], msgspec.Meta(max_length=50)]
_Words = Annotated[str, msgspec.Meta(max_length=MOST_WORDS)]


class Order(StrEnum):
    DUE = "due"  # what is due soonest; then what nothing is due of, the longest silent first
    NEWEST = "newest"
    OLDEST = "oldest"
    URGENCY = "urgency"  # only of what waits


class ViewFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True,
                 omit_defaults=True):  # fmt: skip
    """Which contacts, and in what order. A list that is empty, a text that is "" asks nothing.

    `agent`: "me", "nobody" or a user. `due_within_s`: what was promised is due within so many
    seconds, or overdue. `unanswered`: of channels that write, those whose customer waits for an
    answer. `tags`: those with any of them. `opened_within_s`: opened so lately. `words`: in what
    was said; `phrase`: exactly so. `customer`: words of a name or an address of the customer.
    """

    states: Annotated[list[ContactState], msgspec.Meta(max_length=12)] = []
    channels: Annotated[list[Channel], msgspec.Meta(max_length=8)] = []
    queues: _Some = []
    teams: _Some = []
    tiers: _Some = []
    agent: Annotated[str, msgspec.Meta(max_length=64)] = ""
    least_priority: Annotated[int, msgspec.Meta(ge=0, le=9)] = 0
    due_within_s: Annotated[int, msgspec.Meta(ge=0, le=31_536_000)] | None = None
    opened_within_s: Annotated[int, msgspec.Meta(ge=60, le=315_360_000)] | None = None
    opened_after: datetime | None = None
    opened_before: datetime | None = None
    languages: Annotated[list[_Id], msgspec.Meta(max_length=20)] = []
    reasons: _Some = []
    tags: _Some = []
    unanswered: bool = False
    attachment: bool = False
    customer: _Words = ""
    words: _Words = ""
    phrase: _Words = ""
    order: Order = Order.NEWEST

    @property
    def wanted_states(self) -> frozenset[ContactState]:
        """The states asked for; all that lists show where none is."""
        return (frozenset(self.states) or LISTED) & LISTED

    @property
    def searches(self) -> bool:
        """Whether it is found by words: those come by the time they were said."""
        return bool(self.words.strip() or self.phrase.strip())


def check_filter(wanted: ViewFilter) -> ViewFilter:
    """Return the filter if it can be listed. Raises Invalid, which says what is to be changed."""
    if wanted.order is Order.URGENCY and not (wanted.states and wanted.wanted_states <= WAITING):
        raise Invalid(
            "Only what waits has an urgency: choose the states queued and offered, or another"
            " order.",
            code="view.no_urgency",
            field="order",
        )
    if wanted.due_within_s is not None and wanted.wanted_states <= FINAL:
        raise Invalid(
            "Nothing is due of what is closed: choose open states, or leave the time out.",
            code="view.nothing_due",
            field="due_within_s",
        )
    for moment in (wanted.opened_after, wanted.opened_before):
        if moment is not None and moment.tzinfo is None:
            raise Invalid("Give times with their zone, as 2026-05-01T08:00:00Z.", field="opened")
    return wanted


class BuiltIn(NamedTuple):
    """A view that everybody has. `steers`: only who supervises sees it at first."""

    id: str
    filter: ViewFilter


BREACHING_S = 900

BUILT_IN: Sequence[BuiltIn] = (
    BuiltIn(
        "mine",
        ViewFilter(
            agent=ME,
            states=sorted(LISTED_OPEN - {ContactState.QUEUED, ContactState.OFFERED}),
            order=Order.DUE,
        ),
    ),
    BuiltIn("waiting", ViewFilter(states=sorted(WAITING), order=Order.URGENCY)),
    BuiltIn("unanswered", ViewFilter(unanswered=True, order=Order.DUE, states=sorted(LISTED_OPEN))),
    BuiltIn(
        "breaching",
        ViewFilter(due_within_s=BREACHING_S, states=sorted(LISTED_OPEN), order=Order.DUE),
    ),
    BuiltIn("team", ViewFilter(states=sorted(LISTED_OPEN), order=Order.NEWEST)),
    BuiltIn("parked", ViewFilter(states=[ContactState.PARKED], order=Order.OLDEST)),
    BuiltIn("closed", ViewFilter(states=sorted(FINAL), order=Order.NEWEST)),
    BuiltIn("all", ViewFilter(order=Order.NEWEST)),
)
BUILT_IN_IDS = frozenset(view.id for view in BUILT_IN)
