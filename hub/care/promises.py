"""Promises to customers, by the business's own hours and clock."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from hub.contacts.commitments import due
from hub.contacts.commitments.commands import BusinessHours
from hub.contacts.tables import contacts
from hub.routing.business import business_calendar
from hub.routing.settings import calendar_of, load_settings
from hub.storage import Tx


def business_hours(tx: Tx, contact_id: str | None, calendar_id: str | None) -> BusinessHours | None:
    """Return the hours of this calendar, else those of the queue that a contact waits in, else of
    most queues; None where the set-up has no such calendar.
    """
    settings = load_settings(tx)
    if calendar_id is None:
        queue_id = None
        if contact_id is not None:
            found = select(contacts.c.queue_id).where(contacts.c.id == contact_id)
            queue_id = tx.execute(found).scalar_one_or_none()
        calendar_id = business_calendar(settings, queue_id)
    spec = settings.calendars.get(calendar_id or "")
    if spec is None or calendar_id is None:
        return None
    return BusinessHours(calendar_id, calendar_of(spec))


def home_zone(tx: Tx) -> str:
    """Return the zone of the set-up, for customers of whom no other is known."""
    return load_settings(tx).zone


def fire_due_commitments(tx: Tx, now: datetime, limit: int) -> int:
    """Remind owners at half time, escalate what is late and tell its customers (timekeeper)."""
    return due.fire_due(tx, now, limit, home_zone)
