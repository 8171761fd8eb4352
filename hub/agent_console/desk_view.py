"""What one agent's console shows: oneself, offers, contacts in hand, to-do, the ticker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Row, and_, or_, select

from hub.contacts.model import ContactState, EndedAs
from hub.contacts.tables import contacts, conversations
from hub.customers.model import IdentityKind
from hub.customers.normalise import number_origin
from hub.customers.tables import identities
from hub.desk.handed import handed_of
from hub.routing.model import AgentState, OfferState
from hub.routing.tables import agent_channels, agents, offers
from hub.storage import Tx

from .call_shapes import PlaceView
from .detail import other_open
from .readers import Reader
from .rows import contact_rows, user_names
from .shapes import AgentView, ChannelLoad, ContactRow, HandedView, OfferView
from .why import decode_why, returned_words, why_view

MINE = (
    ContactState.CONNECTING,
    ContactState.ACTIVE,
    ContactState.HOLD,
    ContactState.PARKED,
    ContactState.WRAP_UP,
)
_TALKING = (ContactState.CONNECTING, ContactState.ACTIVE, ContactState.HOLD)
_NUMBERS = (IdentityKind.PHONE, IdentityKind.FAX)
_MOST = 200
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def agent_views(tx: Tx, agent_ids: Sequence[str]) -> list[AgentView]:
    """Show agents in the order of `agent_ids`; a user the queue does not know yet is offline."""
    wanted = list(agent_ids)
    rows = {row.id: row for row in tx.execute(select(agents).where(agents.c.id.in_(wanted)))}
    names = user_names(tx, wanted)
    channels: defaultdict[str, list[ChannelLoad]] = defaultdict(list)
    for row in tx.execute(
        select(agent_channels)
        .where(agent_channels.c.agent_id.in_(wanted))
        .order_by(agent_channels.c.channel)
    ):
        channels[row.agent_id].append(
            ChannelLoad(
                channel=row.channel,
                open=row.open,
                max=row.maximum,
                unreached_since=row.lost_at if row.unreached else None,
            )
        )
    overlays = _overlays(tx, wanted)
    return [
        _agent(tx.now, names[agent_id], rows[agent_id], channels[agent_id], overlays)
        if agent_id in rows
        else _unknown(agent_id, names[agent_id])
        for agent_id in wanted
        if agent_id in names
    ]


def _agent(
    now: datetime,
    name: str,
    row: Row[Any],
    channels: list[ChannelLoad],
    overlays: dict[str, str],
) -> AgentView:
    return AgentView(
        id=row.id,
        name=name,
        state=row.state,
        reason=row.reason,
        state_since=row.state_since,
        next_state=row.next_state,
        overlay=overlays.get(row.id, "idle"),
        online=row.present_until > now,
        load=row.live_load + row.deferred_load,
        capacity=row.capacity,
        channels=channels,
        version=row.version,
    )


def _unknown(agent_id: str, name: str) -> AgentView:
    return AgentView(
        id=agent_id,
        name=name,
        state=AgentState.OFFLINE,
        reason=None,
        state_since=_NEVER,
        next_state=None,
        overlay="idle",
        online=False,
        load=0,
        capacity=0,
        channels=[],
        version=0,
    )


def _overlays(tx: Tx, agent_ids: Sequence[str]) -> dict[str, str]:
    """Computed, never stored: on a contact, else ringing, else wrapping up."""
    rows = tx.execute(
        select(contacts.c.agent_id, contacts.c.state)
        .where(
            contacts.c.agent_id.in_(agent_ids),
            contacts.c.state.in_([*_TALKING, ContactState.WRAP_UP, ContactState.OFFERED]),
        )
        .distinct()
    )
    states: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        states[row.agent_id].add(row.state)
    return {agent_id: _overlay(held) for agent_id, held in states.items()}


def _overlay(states: set[str]) -> str:
    if states & set(_TALKING):
        return "on_contact"
    return "ringing" if ContactState.OFFERED in states else "wrap_up"


def offers_of(tx: Tx, reader: Reader) -> list[OfferView]:
    """Return the reader's pending offers, the oldest first."""
    pending = tx.execute(
        select(offers)
        .where(offers.c.agent_id == reader.principal.user_id, offers.c.state == OfferState.PENDING)
        .order_by(offers.c.made_at, offers.c.id)
    ).all()
    if not pending:
        return []
    ids = [offer.contact_id for offer in pending]
    rows = {row.id: row for row in tx.execute(select(contacts).where(contacts.c.id.in_(ids)))}
    shown = contact_rows(tx, reader, [rows[contact_id] for contact_id in ids])
    heads = {
        head.id: head
        for head in tx.execute(
            select(conversations).where(
                conversations.c.id.in_([row.conversation_id for row in rows.values()])
            )
        )
    }
    origins = _origins(tx, [row.identity_id for row in rows.values()])
    return [
        msgspec.structs.replace(
            _offer(tx, reader, offer, row, heads[row.conversation_id], rows[row.id]),
            origin=origins.get(rows[row.id].identity_id),
        )
        for offer, row in zip(pending, shown, strict=True)
    ]


def _origins(tx: Tx, identity_ids: Sequence[str]) -> dict[str, PlaceView]:
    """Return where those of the identities that are numbers are from, as far as that is known."""
    numbers = tx.execute(
        select(identities.c.id, identities.c.value_norm).where(
            identities.c.id.in_(identity_ids), identities.c.kind.in_(_NUMBERS)
        )
    )
    found: dict[str, PlaceView] = {}
    for row in numbers:
        zh, en = (number_origin(row.value_norm, language) for language in ("zh", "en"))
        if zh and en:
            found[row.id] = PlaceView(zh=zh, en=en)
    return found


def _offer(
    tx: Tx,
    reader: Reader,
    offer: Row[Any],
    row: ContactRow,
    head: Row[Any],
    contact: Row[Any],
) -> OfferView:
    rules = reader.settings.channels.get(offer.channel)
    return OfferView(
        id=offer.id,
        contact=row,
        made_at=offer.made_at,
        expires_at=offer.expires_at,
        why=why_view(
            decode_why(offer.why),
            seen=reader.line,
            more=returned_words(contact.meta, contact.opened_at),
        ),
        served_you_last=head.last_agent_id == reader.principal.user_id,
        last_contact_at=head.last_agent_at,
        may_decline=rules is None or rules.may_decline,
        other_open=other_open(tx, reader, row.customer.id, row.id),
        handed=_handed(contact),
    )


def _handed(contact: Row[Any]) -> HandedView | None:
    found = handed_of(contact.meta)
    if found is None:
        return None
    return HandedView(by_name=found.by_name, at=found.at, note=found.note)


def contacts_of(tx: Tx, reader: Reader) -> list[ContactRow]:
    """Return the contacts in the reader's hands, by last message."""
    rows = tx.execute(
        select(contacts)
        .where(contacts.c.agent_id == reader.principal.user_id, contacts.c.state.in_(MINE))
        .order_by(contacts.c.last_message_at.desc(), contacts.c.id)
        .limit(_MOST)
    ).all()
    return contact_rows(tx, reader, rows)


def to_do_of(tx: Tx, reader: Reader) -> list[ContactRow]:
    """Return the reader's contacts that closed and still want something: a disposition, or an
    answer their customer never got.
    """
    rows = tx.execute(
        select(contacts)
        .where(
            contacts.c.agent_id == reader.principal.user_id,
            or_(
                contacts.c.ended_as == EndedAs.UNCLASSIFIED,
                and_(
                    contacts.c.state == ContactState.CLOSED,
                    contacts.c.unanswered_since.is_not(None),
                    contacts.c.channel.in_(reader.settings.written_channels),
                ),
            ),
        )
        .order_by(contacts.c.closed_at.desc(), contacts.c.id)
        .limit(_MOST)
    ).all()
    return contact_rows(tx, reader, rows)
