"""A mail that asks to be contacted becomes a commitment of the team that serves its queue: even
where whoever answers the mail forgets it, it is reminded of, escalated and never silently old.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hub.contacts.commitments.hints import Changed, tell
from hub.contacts.commitments.model import (
    CommitmentKind,
    CommitmentState,
    OwnerKind,
    reminder_at,
)
from hub.contacts.commitments.tables import commitments, is_unfinished
from hub.contacts.commitments.wishes import asked_time, find_words
from hub.contacts.inbound import Inbound
from hub.contacts.model import InteractionKind
from hub.core.ids import new_id
from hub.customers.settings import load_customer_settings
from hub.routing.business import business_calendar
from hub.routing.promise import Promise, promises
from hub.routing.settings import RoutingSettings, calendar_of, load_settings
from hub.routing.tables import queue_teams
from hub.storage import Tx
from hub.storage.bulk import insert_rows

from .case import Case


def keep_wishes(tx: Tx, cases: Sequence[Case]) -> None:
    """Keep the wishes to be contacted that written messages contain, one for each customer's
    address while it is unfinished. Without a wish there is no statement.
    """
    found = [(case, words) for case in cases if (words := _words(case)) is not None]
    if not found or not load_customer_settings(tx).commitments.wishes:
        return
    settings = load_settings(tx)
    written = set(settings.written_channels)
    found = [(case, words) for case, words in found if case.item.channel in written]
    known = _pending(tx, {case.who.identity_id for case, _ in found})
    teams = _teams(tx, {_queue(case) for case, _ in found})
    given = promises(tx, [(_queue(case), str(case.item.channel)) for case, _ in found])
    rows: dict[str, dict[str, Any]] = {}
    for (case, words), promise in zip(found, given, strict=True):
        team = teams.get(_queue(case))
        if team is None or case.who.identity_id in known:
            continue
        rows.setdefault(case.who.identity_id, _row(tx, settings, (case, words), promise, team))
    insert_rows(tx, commitments, list(rows.values()))
    tell(
        tx,
        [Changed(row["owner_kind"], row["owner_id"], row["identity_id"]) for row in rows.values()],
    )


def _words(case: Case) -> str | None:
    """Return what asks for it in a message of a customer that waits for an answer."""
    item = case.item
    if case.contact is None or not _is_asked(item):
        return None
    return find_words(f"{item.subject or ''}\n{item.text}")


def _is_asked(item: Inbound) -> bool:
    """A letter of a person: machines' mails and what could not be read ask for nothing."""
    return item.kind is InteractionKind.MESSAGE and item.queues and item.quarantine_reason is None


def _queue(case: Case) -> str:
    return str(_contact(case)["queue_id"])


def _contact(case: Case) -> Mapping[str, Any]:
    if case.contact is None:
        raise RuntimeError("a case with a wish has a contact")
    return case.contact


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
    tx: Tx, settings: RoutingSettings, found: tuple[Case, str], promise: Promise, team: str
) -> dict[str, Any]:
    """Due when the customer asked for, else when an answer is promised to everybody."""
    case, words = found
    queue_id = _queue(case)
    due_at = asked_time(words, tx.now, promise.zone) or promise.at
    key = business_calendar(settings, queue_id)
    calendar = calendar_of(settings.calendars[key]) if key is not None else None
    return {
        "id": new_id(),
        "identity_id": case.who.identity_id,
        "contact_id": _contact(case)["id"],
        "source_interaction_id": case.interaction_id,
        "kind": CommitmentKind.CALLBACK,
        "text": words,
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
