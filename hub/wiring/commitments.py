"""Commitments: their routes and timers."""

from __future__ import annotations

from hub.agent_console.readers import sees_more, visible_queues
from hub.contacts.commitments import service as commitments
from hub.contacts.commitments.api import CommitmentRoutes
from hub.storage.timekeeper import FireDue

from .parts import Parts

TIMERS: tuple[FireDue, ...] = (commitments.fire_due,)


def routes(parts: Parts) -> list[object]:
    """Return the objects whose methods are the routes of commitments."""
    return [CommitmentRoutes(parts.store, visible_queues, sees_more)]
