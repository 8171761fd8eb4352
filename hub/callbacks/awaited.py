"""Who is to be called back calls: which callback it is, and that they need it no more."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select

from hub.routing.settings import load_settings
from hub.storage import Tx

from .entries import CUSTOMER
from .model import OPEN, OUR_IDEA, CallbackKind, CallbackState
from .rows import Callback, callback_of, get_locked
from .stopping import stop
from .tables import callbacks

_ASKED_FOR = sorted(set(CallbackKind) - OUR_IDEA)
_NOT_BEGUN = (CallbackState.WAITING, CallbackState.QUEUED)


class Whose(NamedTuple):
    """Of a customer (their identities), or of who is at this number (E.164, "": withheld)."""

    identity_ids: Collection[str]
    number: str


def find_awaited(tx: Tx, whose: Whose) -> Callback | None:
    """Return the callback that a customer has asked for, the oldest; None: there is none, or their
    phone rings for it already.
    """
    found = [one for one in _asked_for(tx, whose) if one.state in _NOT_BEGUN]
    return min(found, key=lambda one: one.made_at, default=None)


def cancel_awaited(tx: Tx, whose: Whose) -> None:
    """The customer wants no call any more; where none is open, nothing changes."""
    for asked in sorted(_asked_for(tx, whose), key=lambda one: one.id):
        callback = get_locked(tx, asked.id)
        if callback.state in OPEN:
            stop(tx, load_settings(tx), callback, CallbackState.CANCELLED, CUSTOMER)


def _asked_for(tx: Tx, whose: Whose) -> list[Callback]:
    columns = callbacks.c
    open_ones = select(callbacks).where(columns.state.in_(OPEN), columns.kind.in_(_ASKED_FOR))
    asked = []
    if whose.identity_ids:
        asked.append(open_ones.where(columns.identity_id.in_(sorted(whose.identity_ids))))
    if whose.number:
        asked.append(open_ones.where(columns.number == whose.number))
    # Two reads, each by its own index.
    rows = {row.id: row for one in asked for row in tx.execute(one)}
    return [callback_of(row) for row in rows.values()]
