"""What became of each contact of an act on many."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Row

from hub.core.errors import HubError
from hub.web import View


class Before(View, frozen=True):
    """How a contact stood before the act: what an undo needs. `added`, `removed`: the tags that the
    act put on and took off.
    """

    contact_id: str
    queue_id: str
    agent_id: str | None
    priority: int
    state: str
    added: list[str] = msgspec.field(default_factory=list)
    removed: list[str] = msgspec.field(default_factory=list)


class Refused(View, frozen=True):
    """`who`: the agent it is with, where that is why."""

    contact_id: str
    code: str
    message: str
    who: str | None = None


class BulkView(View, frozen=True):
    done: list[Before]
    refused: list[Refused]


def told(results: Iterable[Before | Refused]) -> BulkView:
    """Put what was done and what was refused apart, each in its order."""
    results = list(results)
    return BulkView(
        done=[result for result in results if isinstance(result, Before)],
        refused=[result for result in results if isinstance(result, Refused)],
    )


def refused(contact_id: str, error: HubError) -> Refused:
    """Say why this contact stays as it is."""
    who = error.details.get("name")
    return Refused(
        contact_id=contact_id,
        code=error.reason,
        message=error.message,
        who=None if who is None else str(who),
    )


def before(row: Row[Any]) -> Before:
    """Say how a contact, a row of `contacts`, stood."""
    return Before(
        contact_id=row.id,
        queue_id=row.queue_id,
        agent_id=row.agent_id,
        priority=row.priority,
        state=row.state,
    )
