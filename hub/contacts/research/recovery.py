"""Who is dissatisfied is somebody's job at once: a commitment of kind recovery (挽回)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, or_, select

from hub.contacts.commitments.commands import BusinessHours, Owner
from hub.contacts.commitments.hints import Changed, tell
from hub.contacts.commitments.model import (
    TELLS,
    CommitmentKind,
    CommitmentState,
    TellCustomer,
    reminder_at,
)
from hub.contacts.commitments.tables import commitments, is_unfinished
from hub.core.ids import new_id
from hub.customers.settings import CustomerSettings
from hub.hours import Calendar, add_open, elapsed, is_open, next_opening
from hub.storage import Tx
from hub.storage.bulk import insert_rows

_MAX_SAID = 500
_MOST_DAYS = 400  # a calendar that opens on none of these is no calendar to count by
_DAY = timedelta(days=1)


class Low(NamedTuple):
    """A score so low that somebody has to make it good. `entry_id`: of the contact, where it stands
    on the timeline.
    """

    identity_id: str
    contact_id: str | None
    score: int
    said: str
    entry_id: str | None = None


class Aim(NamedTuple):
    """Whose job it is, and by whose hours it is counted (None: by the clock)."""

    owner: Owner
    hours: BusinessHours | None


# The contact store knows neither teams of queues nor calendars: who does hands it in. None for one
# for whom there is nobody at all.
AimOf = Callable[[Tx, Sequence[Low]], Sequence[Aim | None]]


def open_recoveries(
    tx: Tx, lows: Sequence[Low], aim_of: AimOf, settings: CustomerSettings
) -> list[str]:
    """Open a recovery for each of these and return their ids; once for a contact, and without one
    only where none of the customer's address is unfinished. A fixed number of statements.
    """
    new = _without_one(tx, lows)
    if not new:
        return []
    days = settings.surveys.recovery_days
    told = settings.commitments.tell_customer.get("recovery")
    rows: list[dict[str, Any]] = []
    for low, aim in zip(new, aim_of(tx, new), strict=True):
        if aim is None:
            continue
        calendar = aim.hours.calendar if aim.hours else None
        due_at = due_in_days(tx.now, days, calendar)
        rows.append(
            {
                "id": new_id(),
                "identity_id": low.identity_id,
                "contact_id": low.contact_id,
                "source_interaction_id": low.entry_id,
                "kind": CommitmentKind.RECOVERY,
                "text": _text(low),
                "owner_kind": aim.owner.kind,
                "owner_id": aim.owner.id,
                "made_at": tx.now,
                "remind_at": reminder_at(tx.now, due_at, calendar),
                "due_at": due_at,
                "calendar_id": aim.hours.calendar_id if aim.hours else None,
                "state": CommitmentState.OPEN,
                "tell_customer": told or TELLS.get(CommitmentKind.RECOVERY, TellCustomer.NO),
                "detected": False,
                "version": 1,
            }
        )
    insert_rows(tx, commitments, rows)
    tell(
        tx,
        [Changed(row["owner_kind"], row["owner_id"], row["identity_id"]) for row in rows],
    )
    for row in rows:
        tx.hint("commitment.given", row["id"])
    return [row["id"] for row in rows]


def due_in_days(now: datetime, days: int, calendar: Calendar | None) -> datetime:
    """Return the moment `days` business days from now: at this hour, or at that day's opening or
    closing where it is closed then. By the clock without a calendar.
    """
    if calendar is None:
        return now + days * _DAY
    local = now.astimezone(calendar.zone)
    day, left = local.date(), days
    for _ in range(_MOST_DAYS):
        day += _DAY
        start = datetime.combine(day, datetime.min.time(), calendar.zone)
        open_s = elapsed(calendar, start, datetime.combine(day + _DAY, start.time(), calendar.zone))
        left -= open_s > 0
        if left == 0:
            at = datetime.combine(day, local.time(), calendar.zone)
            if is_open(calendar, at):
                return at.astimezone(now.tzinfo)
            closing = add_open(calendar, start, open_s)
            return min(max(at, next_opening(calendar, start)), closing).astimezone(now.tzinfo)
    return now + days * _DAY


def _text(low: Low) -> str:
    """Figures and the customer's own words: the same in every language.

    What was said of a contact stands there, for who may see that: a promise is read by more.
    """
    said = "" if low.contact_id else " ".join(low.said.split())[:_MAX_SAID]
    return f"{low.score} / 5: {said}" if said else f"{low.score} / 5"


def _without_one(tx: Tx, lows: Sequence[Low]) -> list[Low]:
    contact_ids = sorted({low.contact_id for low in lows if low.contact_id})
    alone = sorted({low.identity_id for low in lows if not low.contact_id})
    if not lows:
        return []
    table = commitments.c
    rows = tx.execute(
        select(table.contact_id, table.identity_id).where(
            table.kind == CommitmentKind.RECOVERY,
            or_(
                table.contact_id.in_(contact_ids),
                and_(table.contact_id.is_(None), table.identity_id.in_(alone), is_unfinished),
            ),
        )
    )
    known = {row.contact_id or row.identity_id for row in rows}
    new: dict[str, Low] = {}
    for low in lows:
        key = low.contact_id or low.identity_id
        if key not in known:
            new.setdefault(key, low)
    return list(new.values())
