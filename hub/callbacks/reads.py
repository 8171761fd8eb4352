"""Reading callbacks: the list of a queue's, the newest first, page by page; one by its id."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Row, Select, and_, false, or_, select

from hub.contacts.access import Sight
from hub.contacts.tables import contacts
from hub.core.errors import NotFound
from hub.customers.model import IdentityKind, IdentityStatus
from hub.customers.tables import customers, identities
from hub.storage import Tx

from .model import CallbackKind, CallbackState
from .tables import callbacks


class Position(msgspec.Struct, frozen=True, array_like=True):
    made_at: datetime
    id: str


class ListCallbacks(NamedTuple):
    """What is None or "" does not restrict."""

    sight: Sight
    limit: int
    states: Collection[CallbackState] = ()
    queue_id: str = ""
    kind: CallbackKind | None = None
    customer_id: str = ""
    after: Position | None = None


def list_callbacks(tx: Tx, ask: ListCallbacks) -> Sequence[Row[Any]]:
    """Return callbacks of the queues that may be seen: rows as `get_callback` returns them."""
    table = callbacks.c
    found = _rows().order_by(table.made_at.desc(), table.id.desc()).limit(ask.limit)
    if ask.states:
        found = found.where(table.state.in_(sorted(ask.states)))
    if ask.queue_id:
        found = found.where(table.queue_id == ask.queue_id)
    if ask.kind is not None:
        found = found.where(table.kind == ask.kind)
    if ask.customer_id:
        found = found.where(_is_of(ask.customer_id))
    if ask.sight.queues is not None:
        seen = sorted(ask.sight.queues)
        found = found.where(table.queue_id.in_(seen) if seen else false())
    if ask.after is not None:
        at, last = ask.after.made_at, ask.after.id
        found = found.where(or_(table.made_at < at, and_(table.made_at == at, table.id < last)))
    return tx.execute(found).all()


def _is_of(customer_id: str) -> ColumnElement[bool]:
    """Theirs, or to a number of theirs alone: it was keyed in by who withheld their own."""
    own = identities.alias("own").c
    numbers = select(own.value_norm).where(
        own.customer_id == customer_id,
        own.kind == IdentityKind.PHONE,
        own.status == IdentityStatus.ACTIVE,
    )
    return or_(identities.c.customer_id == customer_id, callbacks.c.number.in_(numbers))


def access_callback(tx: Tx, sight: Sight, callback_id: str) -> Row[Any]:
    """Return a callback that this user may see and change: of their queues, or in their hands.

    Its columns with those of its customer and of its contact. Raises NotFound.
    """
    row = tx.execute(_rows().where(callbacks.c.id == callback_id)).first()
    if row is None or not sight.sees(row.queue_id, row.agent_id, None):
        raise NotFound("There is no such callback.")
    return row


def sees_callback(tx: Tx, sight: Sight | None, callback_id: str) -> bool:
    """Say whether `access_callback` would return it; without a `sight` all are seen."""
    if sight is None:
        return True
    row = tx.execute(_rows().where(callbacks.c.id == callback_id)).first()
    return row is not None and sight.sees(row.queue_id, row.agent_id, None)


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            callbacks,
            identities.c.customer_id,
            identities.c.value_raw,
            identities.c.value_norm,
            customers.c.name.label("customer_name"),
            contacts.c.agent_id,
            contacts.c.state.label("contact_state"),
            contacts.c.virtual_start_us,
            contacts.c.calendar_id,
        )
        .select_from(callbacks)
        .join(identities, identities.c.id == callbacks.c.identity_id)
        .join(customers, customers.c.id == identities.c.customer_id)
        .outerjoin(contacts, contacts.c.id == callbacks.c.contact_id)
    )
