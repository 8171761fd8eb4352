"""Commitments: their routes and timers."""

from __future__ import annotations

from hub import care
from hub.agent_console.people import PeopleRoutes
from hub.agent_console.readers import sees_more, visible_queues
from hub.contacts.commitments.api import CommitmentRoutes
from hub.contacts.commitments.api_work import CommitmentWorkRoutes
from hub.storage.timekeeper import FireDue

from .parts import MASK_NUMBERS, Parts

TIMERS: tuple[FireDue, ...] = (care.fire_due_commitments,)


def routes(parts: Parts) -> list[object]:
    """Return the objects whose methods are the routes of commitments."""
    store = parts.store
    return [
        CommitmentRoutes(
            store, visible_queues, sees_more, hours=care.business_hours, zone=care.home_zone
        ),
        CommitmentWorkRoutes(
            store, visible_queues, sees_more, zone=care.home_zone, mask_numbers=MASK_NUMBERS
        ),
        PeopleRoutes(store),
    ]
