"""A free agent is reserved for a list that the hub dials for: the offer is taken with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Select, select

from hub.campaigns.model import State
from hub.contacts.model import Channel, ContactState
from hub.contacts.outages.service import find_outage
from hub.contacts.tables import contacts
from hub.phone_lists.flight import room_of
from hub.phone_lists.model import Mode, PersonState
from hub.phone_lists.tables import phone_list_people, phone_lists
from hub.routing.model import OfferState
from hub.routing.service import AcceptOffer
from hub.routing.tables import offers
from hub.storage import NOW, Look, Tx

from .accepting import accept


def fire_due_reserved(tx: Tx, now: datetime, limit: int) -> int:
    """Take the offers of lists that the hub dials for, and call; return how many.

    No more than the limit of a list leaves room for: the other offers wait for their agents, who
    press a key. One read where nobody is offered anybody.
    """
    taken = 0
    lists = _DIALLED_FOR(tx, now, limit)
    if lists and find_outage(tx, Channel.PHONE) is not None:
        return 0  # the provider is away: nobody would be rung
    for row in lists:
        most = min(limit - taken, room_of(tx, row))
        taken += _take(tx, row.id, now, most) if most > 0 else 0
    return taken


def _take(tx: Tx, list_id: str, now: datetime, most: int) -> int:
    found = _offered(now).where(phone_list_people.c.list_id == list_id)
    rows = tx.execute(found.order_by(offers.c.id).limit(most))
    orders = [AcceptOffer(row.id, row.agent_id) for row in rows]
    if orders:
        accept(tx, orders)
    return len(orders)


def _offered(now: datetime | BindParameter[datetime]) -> Select[Any]:
    people = phone_list_people.c
    return (
        select(offers.c.id, offers.c.agent_id)
        .join(contacts, contacts.c.id == offers.c.contact_id)
        .join(phone_list_people, people.contact_id == contacts.c.id)
        .where(
            people.state == PersonState.QUEUED,
            contacts.c.state == ContactState.OFFERED,
            offers.c.state == OfferState.PENDING,
            offers.c.expires_at > now,
        )
    )


def _dialled_for() -> Look:
    """The running lists that are dialled for and of whom somebody is offered, locked."""
    lists = phone_lists.c
    of_these = _offered(NOW).with_only_columns(phone_list_people.c.list_id)
    return Look(
        select(phone_lists)
        .where(lists.next_at.is_not(None), lists.state == State.RUNNING)
        .where(lists.mode == Mode.PROGRESSIVE, lists.id.in_(of_these))
        .order_by(lists.id)
        .with_for_update()
    )


_DIALLED_FOR = _dialled_for()
