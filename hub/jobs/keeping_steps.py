"""Steps of keeping that need a channel, or the audit log: originals, and who looked at what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select, update

from hub.accounts.audit import AccessLines, forget_access
from hub.care.keeping import Gone
from hub.care.kept_back import kept_back
from hub.channels.mailbox.forgetting import forget
from hub.channels.mailbox.originals import After, get_originals, list_originals
from hub.channels.mailbox.service import RawState
from hub.contacts.forgetting import Whose
from hub.contacts.joining.reads import kept_contact
from hub.contacts.keeping.model import ACCESS_LOG, ORIGINALS, Why, cutoff
from hub.contacts.keeping.progress import (
    LOOK_AGAIN,
    Place,
    Wait,
    find_place,
    is_rule,
    note_place,
    note_waits,
)
from hub.contacts.keeping.tables import keeping_waits
from hub.contacts.model import OPEN
from hub.contacts.tables import contacts, interactions
from hub.customers.holds.service import held_identities
from hub.customers.settings import load_customer_settings
from hub.storage import Tx


def drop_originals(tx: Tx, limit: int) -> Gone:
    """Forget the next originals that were kept long enough; what was said in them stays."""
    settings = load_customer_settings(tx)
    keep = settings.privacy.keep
    if not keep.deletes or not keep.originals_days:
        return Gone()
    before = cutoff(tx.now, keep.originals_days, settings.zone)
    place = find_place(tx, ORIGINALS)
    rows = list_originals(tx, After(place.at, place.last_id, before, limit))
    if not rows:
        return Gone()
    note_place(tx, Place(rows[-1].received_at, rows[-1].id), ORIGINALS)
    return _drop(tx, rows)


def drop_waiting_originals(tx: Tx, limit: int) -> Gone:
    """Look once more at originals that had to stay a day ago."""
    settings = load_customer_settings(tx)
    keep = settings.privacy.keep
    if not keep.deletes or not keep.originals_days:
        return Gone()
    w = keeping_waits.c
    waiting = select(w.object_id).where(is_rule(ORIGINALS), w.looked_at <= tx.now - LOOK_AGAIN)
    ids = list(tx.execute(waiting.order_by(w.looked_at, w.object_id).limit(limit)).scalars())
    before = cutoff(tx.now, keep.originals_days, settings.zone)
    there = get_originals(tx, ids)
    due = [row for row in there if row.received_at <= before]
    later = [Wait(ORIGINALS, row.id, Why.GOES_ON) for row in there if row.received_at > before]
    note_waits(tx, [(ORIGINALS, one) for one in ids], later)
    return _drop(tx, due)._replace(judged=len(ids))


def _drop(tx: Tx, rows: Sequence[Row[Any]]) -> Gone:
    """What is not read yet stays, and what came in a contact that is open, promised or held."""
    blob_ids = sorted(row.blob_id for row in rows)
    back = _kept_back(tx, blob_ids) | dict.fromkeys(_held(tx, blob_ids), Why.HELD)
    waits = [
        Wait(ORIGINALS, row.id, back.get(row.blob_id, Why.GOES_ON))
        for row in rows
        if row.blob_id in back or row.state != RawState.FILED
    ]
    stays = {one.object_id for one in waits}
    gone = sorted(row.blob_id for row in rows if row.id not in stays)
    note_waits(tx, [(ORIGINALS, row.id) for row in rows if row.id not in stays], waits)
    if gone:
        forget(tx, Whose((), (), (), gone))
        for table in (interactions, contacts):
            there = table.c.raw_blob_id.in_(gone)
            tx.execute(update(table).where(there).values(raw_blob_id=None))
    return Gone(len(rows), 0, 0, tuple(gone))


def _kept_back(tx: Tx, blob_ids: Sequence[str]) -> dict[str, Why]:
    """Return, by file, why the contact stays that it came in, or that this one goes on in."""
    came_in: dict[str, set[str]] = defaultdict(set)
    for table, contact_id in ((interactions, interactions.c.contact_id), (contacts, contacts.c.id)):
        named = select(table.c.raw_blob_id, contact_id.label("contact_id")).where(
            table.c.raw_blob_id.in_(blob_ids), contact_id.is_not(None)
        )
        for row in tx.execute(named):
            came_in[row.contact_id].add(row.raw_blob_id)
    merged = select(contacts.c.id).where(
        contacts.c.id.in_(sorted(came_in)), contacts.c.merged_into_id.is_not(None)
    )
    for one in tx.execute(merged).scalars().all():
        came_in[kept_contact(tx, one)] |= came_in[one]
    rows = tx.execute(select(contacts).where(contacts.c.id.in_(sorted(came_in)))).all()
    stays = {row.id: Why.GOES_ON for row in rows if row.state in OPEN}
    stays |= kept_back(tx, rows, tx.now)
    return {blob_id: why for one, why in stays.items() for blob_id in came_in[one]}


def _held(tx: Tx, blob_ids: Sequence[str]) -> set[str]:
    """Return which of these files came from who is under legal hold."""
    found: set[str] = set()
    for table in (interactions, contacts):
        named = select(table.c.raw_blob_id).where(
            table.c.raw_blob_id.in_(blob_ids), table.c.identity_id.in_(held_identities())
        )
        found.update(tx.execute(named).scalars())
    return found


def drop_access_lines(tx: Tx, limit: int) -> Gone:
    """Delete who came in and who looked at what, among the next lines of the audit log."""
    settings = load_customer_settings(tx)
    keep = settings.privacy.keep
    if not keep.deletes:
        return Gone()
    place = find_place(tx, ACCESS_LOG)
    before = cutoff(tx.now, keep.access_log_days, settings.zone)
    passed = forget_access(tx, AccessLines(place.at, place.last_id, before, limit))
    if passed.lines:
        note_place(tx, Place(passed.at, passed.last_id), ACCESS_LOG)
    return Gone(judged=passed.lines, lines=passed.gone)
