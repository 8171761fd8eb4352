"""One customer who waits on several channels is served at once (routing.md 3.8).

With the contact an agent accepts, has in hand or closes, what else of the same customer waits is
taken along: what the agent may see and has room for. What does not fit stays, and is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, select

from hub.callbacks.model import CallbackState
from hub.callbacks.rows import find_of_contacts
from hub.contacts import service as contact_service
from hub.contacts.access import Sight
from hub.contacts.heads import lock_heads
from hub.contacts.model import HELD, WAITING, ContactState
from hub.contacts.tables import contacts
from hub.core.errors import Conflict, HubError, NotFound
from hub.customers.reads import customers_of_identities, identity_ids_of
from hub.routing.model import OfferState
from hub.routing.queue_states import paused_queues
from hub.routing.record import Rule
from hub.routing.service import Accepted, AcceptOffer, waited_now_us
from hub.routing.settings import RoutingSettings, load_settings
from hub.routing.tables import offers
from hub.storage import Tx
from hub.storage.aside import aside

from .accepting import accept
from .choosing import offer_by_choice
from .handling import Close, close
from .later import send_undoable
from .telling import By, Said, tell_each

MAX_ALONG = 20
_IN_HAND = HELD | {ContactState.PARKED}


@dataclass(frozen=True, slots=True)
class Along:
    """What the agent takes along: `only` these, or (None) all that they see waiting."""

    agent_id: str
    agent_name: str
    sight: Sight
    only: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """A contact that stays where it is, and why."""

    contact: Row[Any]
    why: HubError


@dataclass(frozen=True, slots=True)
class Together:
    """`taken`: the agent has them now; `left`: in the queue, or with somebody else."""

    taken: tuple[Accepted, ...] = ()
    left: tuple[Left, ...] = ()


@dataclass(frozen=True, slots=True)
class AcceptTogether:
    offer_id: str
    along: Along


def accept_together(tx: Tx, cmd: AcceptTogether) -> tuple[Accepted, Together]:
    """Accept an offer, and with it what else of its customer waits, in one transaction.

    Refused as `accept` is, then nothing is taken. Asked again it gives the same acceptance.
    """
    agent_id = cmd.along.agent_id
    mine = (offers.c.id == cmd.offer_id) & (offers.c.agent_id == agent_id)
    contact_id = tx.execute(select(offers.c.contact_id).where(mine)).scalar_one_or_none()
    if contact_id is None:
        raise NotFound("There is no such offer for you.", code="offer.not_found")
    found = _find(tx, contact_id, cmd.along)
    [accepted] = accept(tx, [AcceptOffer(cmd.offer_id, agent_id)])
    if isinstance(accepted, HubError):
        raise accepted
    return accepted, _take(tx, found, cmd.along)


@dataclass(frozen=True, slots=True)
class TakeAlong:
    contact_id: str
    along: Along


def take_along(tx: Tx, cmd: TakeAlong) -> Together:
    """Take up what else waits of the customer of a contact the agent has in hand.

    Raises NotFound, Conflict where the contact is not in the agent's hands.
    """
    found = _find(tx, cmd.contact_id, cmd.along)
    if found.main.agent_id != cmd.along.agent_id or found.main.state not in _IN_HAND:
        raise Conflict("The contact is with somebody else.", code="contact.not_yours")
    return _take(tx, found, cmd.along)


@dataclass(frozen=True, slots=True)
class CloseTogether:
    close: Close
    along: Along


def close_together(tx: Tx, cmd: CloseTogether) -> Together:
    """Close a contact and take up others of its customer in the room that this makes.

    In one transaction: nothing else is offered into that room. Refused as `close` is; what cannot
    be taken never keeps the contact open.
    """
    found = _find(tx, cmd.close.handle.contact_id, cmd.along, all_there=False)
    send_undoable(tx, found.main.id)
    close(tx, cmd.close)
    return _take(tx, found, cmd.along)


@dataclass(frozen=True, slots=True)
class _Found:
    """The contact at hand and the others, locked with their conversations."""

    main: Row[Any]
    others: tuple[Row[Any], ...]


def _find(tx: Tx, contact_id: str, along: Along, *, all_there: bool = True) -> _Found:
    """Lock all that is concerned, in the order of all transactions. Raises NotFound.

    `all_there`: also where one that was named is out of sight by now; else it is left out.
    """
    found = select(contacts.c.identity_id).where(contacts.c.id == contact_id)
    identity_id = tx.execute(found).scalar_one_or_none()
    if identity_id is None:
        raise NotFound("There is no such contact.")
    customer = customers_of_identities(tx, [identity_id])[identity_id]
    theirs = identity_ids_of(tx, customer.customer_id)
    others = tx.execute(
        select(contacts.c.id)
        .where(
            contacts.c.identity_id.in_(theirs),
            contacts.c.id != contact_id,
            along.sight.contacts(),
            _wanted(along.only),
        )
        .order_by(contacts.c.opened_at, contacts.c.id)
        .limit(MAX_ALONG)
    )
    ids = list(others.scalars())
    if all_there and along.only is not None and set(along.only) - {*ids}:
        raise NotFound("There is no such contact of this customer.")
    lock_heads(tx, [contact_id, *ids])
    rows = contact_service.lock_contacts(tx, [contact_id, *ids])
    return _Found(rows[contact_id], tuple(rows[id_] for id_ in ids))


def _wanted(only: tuple[str, ...] | None) -> ColumnElement[bool]:
    """Named ones in any state: what became of them is answered."""
    if only is None:
        return aside(contacts.c.state).in_(sorted(WAITING))
    return contacts.c.id.in_(sorted(only))


def _take(tx: Tx, found: _Found, along: Along) -> Together:
    if not found.others:
        return Together()
    settings = load_settings(tx)
    rows = sorted(found.others, key=lambda row: -_urgency(tx, settings, row))
    refused = _not_to_be_taken(tx, rows, along.agent_id)
    free = [row for row in rows if row.id not in refused]
    offered = _offers_of(tx, [row.id for row in free if row.state == ContactState.OFFERED])
    queued = [row for row in free if row.state == ContactState.QUEUED]
    for id_, answer in offer_by_choice(tx, settings, queued, along.agent_id, Rule.TOGETHER).items():
        if isinstance(answer, HubError):
            refused[id_] = answer
        else:
            offered[id_] = answer
    taken = _accept(tx, offered, along.agent_id, refused)
    said: Said = {"code": "taken_along", "reference": found.main.reference}
    heads = lock_heads(tx, list(taken))  # locked already; read as they are now
    tell_each(
        tx,
        [(row, said) for row in rows if row.id in taken],
        heads,
        By(along.agent_id, along.agent_name),
    )
    return Together(
        tuple(taken[row.id] for row in rows if row.id in taken),
        tuple(Left(row, refused[row.id]) for row in rows if row.id in refused),
    )


def _urgency(tx: Tx, settings: RoutingSettings, row: Row[Any]) -> float:
    return waited_now_us(settings, row, tx.now) / 1_000_000 / max(int(row.target_s), 1)


def _not_to_be_taken(tx: Tx, rows: Sequence[Row[Any]], agent_id: str) -> dict[str, HubError]:
    paused = paused_queues(tx)
    refused: dict[str, HubError] = {}
    for row in rows:
        if row.state == ContactState.OFFERED and row.agent_id != agent_id:
            refused[row.id] = Conflict(
                "It rings at a colleague at this moment.", code="contact.rings_elsewhere"
            )
        elif row.state not in WAITING:
            refused[row.id] = Conflict(
                "The contact does not wait any more.", code="contact.not_waiting"
            )
        elif row.state == ContactState.QUEUED and row.queue_id in paused:
            refused[row.id] = Conflict("Its queue is paused.", code="queue.paused")
    rung = [row.id for row in rows if row.to_call_since is not None]
    for contact_id, callback in find_of_contacts(tx, rung).items():
        if callback.state is CallbackState.DIALLING:
            refused[contact_id] = Conflict(
                "This customer is being called back just now.", code="callback.dialling"
            )
    return refused


def _offers_of(tx: Tx, contact_ids: Sequence[str]) -> dict[str, str]:
    """Return the pending offers of contacts that ring at this agent already."""
    if not contact_ids:
        return {}
    pending = offers.c.state == OfferState.PENDING
    found = select(offers.c.contact_id, offers.c.id).where(
        offers.c.contact_id.in_(contact_ids), pending
    )
    return {row.contact_id: row.id for row in tx.execute(found)}


def _accept(
    tx: Tx, offered: Mapping[str, str], agent_id: str, refused: dict[str, HubError]
) -> dict[str, Accepted]:
    taken: dict[str, Accepted] = {}
    if offered:
        results = accept(tx, [AcceptOffer(offer_id, agent_id) for offer_id in offered.values()])
        for contact_id, result in zip(offered, results, strict=True):
            if isinstance(result, HubError):
                refused[contact_id] = result
            else:
                taken[contact_id] = result
    return taken
