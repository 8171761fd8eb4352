"""A mail that asks to be contacted becomes a commitment of the team that serves its queue: even
where whoever answers the mail forgets it, it is reminded of, escalated and never silently old.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from hub.contacts.commitments.hints import Changed, tell
from hub.contacts.commitments.model import (
    CommitmentKind,
    CommitmentState,
    OwnerKind,
    reminder_at,
)
from hub.contacts.commitments.tables import commitments, is_unfinished
from hub.contacts.commitments.wishes import asked_time
from hub.core.ids import new_id
from hub.customers.settings import load_customer_settings
from hub.routing.business import business_calendar
from hub.routing.promise import Promise, promises
from hub.routing.settings import RoutingSettings, calendar_of, load_settings
from hub.routing.tables import queue_teams
from hub.storage import Tx
from hub.storage.bulk import insert_rows


class Asking(NamedTuple):
    """A message in which its customer asks to be contacted: `words` say so."""

    identity_id: str
    contact_id: str
    queue_id: str
    channel: str
    interaction_id: str
    words: str


def keep_wishes(tx: Tx, asked: Sequence[Asking]) -> None:
    """Keep what written messages ask for, one for each address of a customer while it is
    unfinished. Without one there is no statement.
    """
    if not asked or not load_customer_settings(tx).commitments.wishes:
        return
    settings = load_settings(tx)
    written = set(settings.written_channels)
    found = [one for one in asked if one.channel in written]
    known = _pending(tx, {one.identity_id for one in found})
    teams = _teams(tx, {one.queue_id for one in found})
    given = promises(tx, [(one.queue_id, one.channel) for one in found])
    rows: dict[str, dict[str, Any]] = {}
    for one, promise in zip(found, given, strict=True):
        team = teams.get(one.queue_id)
        if team is not None and one.identity_id not in known:
            rows.setdefault(one.identity_id, _row(tx, settings, one, promise, team))
    insert_rows(tx, commitments, list(rows.values()))
    tell(
        tx,
        [Changed(row["owner_kind"], row["owner_id"], row["identity_id"]) for row in rows.values()],
    )


def _pending(tx: Tx, identity_ids: set[str]) -> set[str]:
    """Return whose wish waits already: a second mail about it is no second one."""
    rows = tx.execute(
        select(commitments.c.identity_id).where(
            commitments.c.identity_id.in_(sorted(identity_ids)),
            is_unfinished,
            commitments.c.detected,
        )
    )
    return set(rows.scalars())


def _teams(tx: Tx, queue_ids: set[str]) -> dict[str, str]:
    """Return the team that answers for each queue: the first by its key."""
    rows = tx.execute(
        select(queue_teams)
        .where(queue_teams.c.queue_id.in_(sorted(queue_ids)))
        .order_by(queue_teams.c.team_id.desc())
    )
    return {row.queue_id: row.team_id for row in rows}


def _row(
    tx: Tx, settings: RoutingSettings, one: Asking, promise: Promise, team: str
) -> dict[str, Any]:
    """Due when the customer asked for, else when an answer is promised to everybody."""
    due_at = asked_time(one.words, tx.now, promise.zone) or promise.at
    key = business_calendar(settings, one.queue_id)
    calendar = calendar_of(settings.calendars[key]) if key is not None else None
    return {
        "id": new_id(),
        "identity_id": one.identity_id,
        "contact_id": one.contact_id,
        "source_interaction_id": one.interaction_id,
        "kind": CommitmentKind.CALLBACK,
        "text": one.words,
        "owner_kind": OwnerKind.TEAM,
        "owner_id": team,
        "made_at": tx.now,
        "remind_at": reminder_at(tx.now, due_at, calendar),
        "due_at": due_at,
        "calendar_id": key,
        "state": CommitmentState.OPEN,
        "tell_customer": "no",
        "detected": True,
        "version": 1,
    }
