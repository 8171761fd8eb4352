"""Who calls, told before the call is filed: their language, what they may call about, and whether
the queue that they would come to is open and records its calls.

Nothing is changed, and nothing is guessed: a number that several people use, or of which somebody
has to decide whose it is, is nobody's here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from msgspec import structs
from sqlalchemy import Row, func, or_, select

from hub.callbacks.awaited import Whose, cancel_awaited, find_awaited
from hub.callbacks.rows import Callback
from hub.callbacks.rules import zone_of
from hub.contacts.blocks.model import candidates_of
from hub.contacts.blocks.service import find_blocked
from hub.contacts.commitments.model import VISITS, CommitmentState, OwnerKind
from hub.contacts.commitments.tables import commitments
from hub.contacts.inbound import Awaited, Caller, Matter, SenderIdentity
from hub.contacts.model import ContactState
from hub.contacts.tables import contacts, entry_points
from hub.core.errors import HubError
from hub.customers.merging.tables import customer_conflicts
from hub.customers.model import IdentityStatus
from hub.customers.normalise import accept_address
from hub.customers.reads import identity_ids_of, same_customer_ids
from hub.customers.tables import customers, identities
from hub.hours import is_open
from hub.routing.queue_states import closed_queues
from hub.routing.settings import RoutingSettings, calendar_of, load_settings
from hub.routing.standing import is_open_for
from hub.storage import Tx

from .recordings import recording_ask
from .waiting import standings

_SOON = timedelta(days=7)  # a visit further away is not what they call about
_LATE = timedelta(days=1)  # nobody came
_LATELY = timedelta(days=30)
_IN_HAND = (ContactState.ACTIVE, ContactState.HOLD, ContactState.PARKED)


def open_hours(tx: Tx, names: Sequence[str]) -> frozenset[str]:
    """Return which of the named hours are open now; hours that are no more are open."""
    calendars = load_settings(tx).calendars
    return frozenset(
        name
        for name in names
        if name not in calendars or is_open(calendar_of(calendars[name]), tx.now)
    )


class Calling(NamedTuple):
    """Who calls where. `queue_id`: the queue they chose; None: the entry point's."""

    entry_point_id: str
    sender: SenderIdentity
    queue_id: str | None = None


def recognise_caller(tx: Tx, asked: Calling) -> Caller:
    """Say who calls an entry point, as far as the number alone says, and what they would come to;
    at most ten short reads, and where they stand who are to be called back.
    """
    point = select(entry_points.c.region, entry_points.c.queue_id)
    row = tx.execute(point.where(entry_points.c.id == asked.entry_point_id)).first()
    region = "" if row is None else row.region
    if find_blocked(tx, candidates_of((asked.sender,), region)):
        return Caller(is_blocked=True)
    language, whose = _who(tx, asked.sender, region)
    ids = whose.identity_ids
    caller = Caller(
        language=language, matter=(_visit(tx, ids) or _in_hand(tx, ids)) if ids else None
    )
    if row is None:
        return caller
    settings = load_settings(tx)
    awaited = find_awaited(tx, whose)
    chosen = asked.queue_id if asked.queue_id in settings.queues else None
    queue_id = chosen or row.queue_id
    in_hours = is_open_for(settings, asked.entry_point_id, queue_id, tx.now)
    return structs.replace(
        caller,
        open_now=in_hours and queue_id not in closed_queues(tx),
        recording=recording_ask(settings, queue_id),
        callback=None if awaited is None else _told(tx, settings, awaited),
    )


def cancel_callback(tx: Tx, asked: Calling) -> None:
    """Who calls wants the callback no more that they are told of; none is open: nothing changes."""
    point = select(entry_points.c.region).where(entry_points.c.id == asked.entry_point_id)
    region = tx.execute(point).scalar_one_or_none()
    cancel_awaited(tx, _who(tx, asked.sender, region or "")[1])


def _told(tx: Tx, settings: RoutingSettings, awaited: Callback) -> Awaited:
    """Return what a caller is told of their callback: its place, or its time."""
    zone = zone_of(settings, awaited.queue_id)
    if awaited.contact_id is None:
        return Awaited(at=awaited.due_at, zone=zone)
    [standing] = standings(tx, [awaited.contact_id])
    return Awaited(position=None if isinstance(standing, HubError) else standing.position)


def _who(tx: Tx, sender: SenderIdentity, region: str) -> tuple[str | None, Whose]:
    """Return a caller's language, and whose callbacks they may ask about: their customer's (all of
    whose addresses these are) where the number is surely one person's, and those to the number.
    """
    address = accept_address(sender.kind, sender.value, region)
    if address.is_anonymous:
        return None, Whose((), "")
    found = tx.execute(
        select(identities.c.id, identities.c.customer_id, identities.c.status, customers.c.language)
        .join(customers, customers.c.id == identities.c.customer_id)
        .where(
            identities.c.kind == sender.kind,
            identities.c.value_norm == address.value,
            identities.c.status != IdentityStatus.REMOVED,
        )
        .limit(2)
    ).all()
    language = found[0].language if len(found) == 1 else None
    return language, Whose(_sure_identities(tx, found), address.value)


def _sure_identities(tx: Tx, owners: Sequence[Row[Any]]) -> list[str]:
    """Return all addresses of the one customer a number belongs to; [] where that is not sure."""
    if len(owners) != 1:
        return []
    (who,) = owners
    if who.status != IdentityStatus.ACTIVE or _is_doubtful(tx, who):
        return []
    return [
        identity_id
        for customer_id in same_customer_ids(tx, who.customer_id)
        for identity_id in identity_ids_of(tx, customer_id)
    ]


def _is_doubtful(tx: Tx, who: Row[Any]) -> bool:
    """Say whether somebody still has to decide who this customer is."""
    conflicts = customer_conflicts.c
    open_ = select(conflicts.id).where(
        conflicts.decided_at.is_(None),
        or_(conflicts.customer_id == who.customer_id, conflicts.other_id == who.customer_id),
    )
    return tx.execute(open_.limit(1)).first() is not None


def _visit(tx: Tx, identity_ids: Collection[str]) -> Matter | None:
    """Return the next visit that was promised, with whom it is to be spoken of."""
    columns = commitments.c
    at = func.coalesce(columns.window_from, columns.due_at)
    row = tx.execute(
        select(
            columns.id, columns.owner_id, columns.owner_kind, columns.taken_by,
            columns.window_from, columns.due_at, contacts.c.queue_id,
        )
        .outerjoin(contacts, contacts.c.id == columns.contact_id)
        .where(
            columns.identity_id.in_(identity_ids),
            columns.kind.in_(sorted(VISITS)),
            columns.state.in_([CommitmentState.OPEN, CommitmentState.BROKEN]),
            columns.due_at.between(tx.now - _LATE, tx.now + _SOON),
        )
        .order_by(at)
        .limit(1)
    ).first()  # fmt: skip
    if row is None:
        return None
    owner = row.owner_id if row.owner_kind == OwnerKind.USER else None
    when: datetime = row.window_from or row.due_at
    zone = zone_of(load_settings(tx), row.queue_id or "")
    return Matter("visit", row.id, row.queue_id, row.taken_by or owner, when, zone)


def _in_hand(tx: Tx, identity_ids: Collection[str]) -> Matter | None:
    """Return the newest request that somebody has in hand."""
    columns = contacts.c
    row = tx.execute(
        select(columns.id, columns.queue_id, columns.agent_id)
        .where(
            columns.identity_id.in_(identity_ids),
            columns.opened_at >= tx.now - _LATELY,
            columns.state.in_(_IN_HAND),
            columns.agent_id.is_not(None),
        )
        .order_by(columns.opened_at.desc())
        .limit(1)
    ).first()
    return None if row is None else Matter("contact", row.id, row.queue_id, row.agent_id)
