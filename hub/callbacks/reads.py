"""Reading callbacks: the list of a queue's, the newest first, page by page; one by its id."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Row, Select, and_, case, false, func, or_, select

from hub.contacts.access import Sight
from hub.contacts.tables import contacts
from hub.core.errors import NotFound
from hub.customers.model import IdentityKind, IdentityStatus
from hub.customers.tables import customers, identities
from hub.storage import Tx

from .model import CallbackKind, CallbackState
from .tables import callbacks, is_open


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


class NearCallbacks(NamedTuple):
    """Of these queues, until then; under way only what this user has in hand."""

    queue_ids: Collection[str]
    user_id: str
    until: datetime
    limit: int


def near_callbacks(tx: Tx, ask: NearCallbacks) -> Sequence[Row[Any]]:
    """Return whom these queues have to call next: those whose turn has come, then by their time.

    Rows as `get_callback` returns them.
    """
    table = callbacks.c
    waits = table.state == CallbackState.WAITING
    found = _near(_rows(), ask).order_by(
        case((waits, 1), else_=0), case((waits, table.due_at), else_=table.made_at), table.id
    )
    return tx.execute(found.limit(ask.limit)).all()


def count_near(tx: Tx, ask: NearCallbacks) -> int:
    """Return how many `near_callbacks` there are, at most its limit."""
    some = select(callbacks.c.id).outerjoin(contacts, contacts.c.id == callbacks.c.contact_id)
    few = _near(some, ask).limit(ask.limit).subquery()
    return int(tx.execute(select(func.count()).select_from(few)).scalar_one())


def _near(found: Select[*tuple[Any, ...]], ask: NearCallbacks) -> Select[*tuple[Any, ...]]:
    table = callbacks.c
    return found.where(
        is_open,
        table.queue_id.in_(sorted(ask.queue_ids)) if ask.queue_ids else false(),
        or_(
            and_(table.state == CallbackState.WAITING, table.due_at <= ask.until),
            table.state == CallbackState.QUEUED,
            and_(table.state == CallbackState.DIALLING, contacts.c.agent_id == ask.user_id),
        ),
    )


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
