"""Words of what joins contacts, and where a chain of merges ends. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec


class LinkKind(StrEnum):
    """How one contact is related to another; `related` is the same from both ends."""

    RELATED = "related"
    DUPLICATE_OF = "duplicate_of"
    FOLLOW_UP_OF = "follow_up_of"


class ConsultState(StrEnum):
    OPEN = "open"
    DONE = "done"  # who was asked has said what there is to say
    TAKEN_OVER = "taken_over"
    WITHDRAWN = "withdrawn"  # by who asked
    ENDED = "ended"  # the contact was given on or ended meanwhile


class HeldDraft(msgspec.Struct, frozen=True):
    """A reply begun, as it was before two contacts were merged. `version`: after the merge."""

    author_id: str
    author_name: str
    saved_at: datetime
    document: str
    version: int


class Place(msgspec.Struct, frozen=True):
    """Where a contact stood in its line: columns of `contacts`."""

    target_s: int
    virtual_start_us: int
    sla_policy_id: str | None


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """What both contacts were before one was merged into the other, and what the merge made of the
    kept one: only what still is as the merge left it is put back.
    """

    from_state: str
    from_agent_id: str | None
    from_ended_as: str | None
    from_waited_us: int
    from_unanswered: datetime | None
    from_unread: int
    from_parked_until: datetime | None
    from_draft: HeldDraft | None
    into_tier: str
    into_priority: int
    into_unanswered: datetime | None
    into_draft: HeldDraft | None
    into_parked: bool
    into_place: Place
    made_place: Place
    made_tier: str
    made_priority: int
    made_unanswered: datetime | None
    made_draft_version: int
    into_promised: datetime | None = None  # what the customer was told, by when
    made_promised: datetime | None = None


class Edge(msgspec.Struct, frozen=True):
    """A merge in force: `source` goes on in `target` since `at` (`id` breaks ties)."""

    id: str
    source: str
    target: str
    at: datetime


def end_of_chain(start: str, since: tuple[datetime, str], edges: Sequence[Edge]) -> str:
    """Return the conversation in which `start` goes on, by merges made after `since`.

    Each step must be newer than the one before, so a ring of merges ends, too: it is where the last
    one led.
    """
    here, after = start, since
    while True:
        later = [e for e in edges if e.source == here and (e.at, e.id) > after]
        if not later:
            return here
        step = min(later, key=lambda e: (e.at, e.id))
        here, after = step.target, (step.at, step.id)
