"""A callback ends before its customer was reached by it: cancelled, or dropped."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from hub.contacts import outgoing_calls
from hub.contacts import service as contact_service
from hub.contacts.effects import Hangup
from hub.contacts.model import WAITING, CallOutcome, ContactState, EndedAs
from hub.contacts.outreach.sending import to_channel
from hub.core.ids import new_id
from hub.routing.settings import RoutingSettings, load_settings
from hub.storage import Tx
from hub.storage.bulk import Statement
from hub.storage.outbox import NewEffect, add_effects

from . import messages, model
from .entries import NOBODY, By, Told, tell
from .line import close, leave, unmark
from .model import CallbackState
from .rows import Callback, find_by_ids, find_open_asked, save

_CODES = {
    CallbackState.CANCELLED: "callback_cancelled",
    CallbackState.DROPPED: "callback_dropped",
}


def stop(
    tx: Tx,
    settings: RoutingSettings,
    callback: Callback,
    state: CallbackState,
    by: By,
    note: str | None = None,
) -> Callback:
    """End one. Raises IllegalMove if it is over."""
    return stop_many(tx, settings, [callback], state, by, note)[0]


def stop_many(
    tx: Tx,
    settings: RoutingSettings,
    stopped: Sequence[Callback],
    state: CallbackState,
    by: By,
    note: str | None = None,
) -> list[Callback]:
    """End callbacks: their contacts leave the queue, phones that ring for them are hung up. A
    spoken message stays where it is, to be heard: it is a callback no more.

    Return them with the place they had. Raises IllegalMove if one is over.
    """
    ended = [
        replace(
            one.moved(model.end(one.progress, state)),
            finished_at=tx.now,
            finished_by=by.id,
            note=note or one.note,
        )
        for one in stopped
    ]
    _hang_up(tx, [one for one in stopped if one.state is CallbackState.DIALLING])
    unmark(tx, [one.contact_id for one in ended if one.contact_id and one.is_message])
    left = leave(
        tx, settings, [replace(one, contact_id=None) if one.is_message else one for one in ended]
    )
    tell(
        tx,
        [
            Told(one, _CODES[state], {"note": note or ""}, contact_id=before.contact_id)
            for before, one in zip(stopped, left, strict=True)
        ],
        by,
    )
    save(tx, left)
    return left


def stop_asked(tx: Tx, contact_id: str, by: By, identity_id: str | None = None) -> None:
    """Cancel what was asked for in a contact that turned out to be nobody's, or by an identity."""
    asked = find_open_asked(tx, contact_id, identity_id)
    if asked:
        stop_many(tx, load_settings(tx), asked, CallbackState.CANCELLED, by)


def stop_refused(
    tx: Tx, settings: RoutingSettings, callbacks: Sequence[Callback], permitted: Container[str]
) -> None:
    """Cancel those of these whose customers have said meanwhile that they want no call of ours, or
    whose number was blocked.
    """
    refused = [one for one in callbacks if one.id not in permitted]
    if refused:
        stop_many(tx, settings, refused, CallbackState.CANCELLED, NOBODY)


_UNWISHED = Statement("""
SELECT b.id FROM {rows} CROSS JOIN customer_identities i CROSS JOIN callbacks b
WHERE i.customer_id = {text 0} AND b.identity_id = i.id AND b.kind = 'abandoned'
AND b.state IN ('waiting', 'queued', 'dialling')
""")


def stop_unwished(tx: Tx, settings: RoutingSettings, customer_ids: Sequence[str]) -> None:
    """Cancel the calls back that these customers did not ask for: they want none."""
    rows = _UNWISHED(tx, [[customer_id] for customer_id in customer_ids]) if customer_ids else []
    unwished = find_by_ids(tx, [row.id for row in rows])
    if unwished:
        stop_many(tx, settings, unwished, CallbackState.CANCELLED, NOBODY)


def _hang_up(tx: Tx, dialling: Sequence[Callback]) -> None:
    """End the calls of attempts; who was called first is still in the queue (`leave` ends that)."""
    ids = [one.contact_id for one in dialling if one.contact_id is not None]
    rows = [
        row
        for row in contact_service.lock_contacts(tx, ids).values()
        if row.state == ContactState.CONNECTING or row.state in WAITING
    ]
    for row in rows:
        outgoing_calls.settle(tx, row, CallOutcome.CANCELLED, tx.now)
        messages.not_reached(tx, row, CallOutcome.CANCELLED, "", called_again=False)
    close(tx, [row for row in rows if row.state not in WAITING], EndedAs.CALLBACK)
    add_effects(tx, [hang_up(row) for row in rows])


def hang_up(row: Row[Any]) -> NewEffect:
    """Return the order to end whatever call this contact has."""
    return to_channel(
        Hangup(contact_id=row.id),
        channel=row.channel,
        entry_point_id=row.entry_point_id,
        contact_id=row.id,
        dedupe_key=f"call:{new_id()}",
        at_most_once=True,
    )
