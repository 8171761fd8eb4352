"""The contact of a call that a PBX carries: somebody talks already, or nobody has answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Self

from sqlalchemy import Row, insert, select, update

from hub.contacts import service as contact_service
from hub.contacts import threads
from hub.contacts.inbound import Inbound
from hub.contacts.incoming_calls import note_agent
from hub.contacts.model import CallStage, ContactState, Direction, InteractionKind, SegmentKind
from hub.contacts.pbx.model import META, PbxCall
from hub.contacts.references import new_reference
from hub.contacts.service import NewInteraction, append, append_system, system_entry
from hub.contacts.tables import contacts, conversations, entry_points, interactions, segments
from hub.core.ids import new_id
from hub.customers.model import Identify
from hub.customers.reads import customers_of_identities
from hub.customers.service import identify_batch
from hub.routing import service as routing
from hub.routing.direct import hold_already
from hub.routing.placement import Arrival, place
from hub.routing.settings import branch_of_new_customers, tier_of_new_customers
from hub.storage import Tx


class Opening(NamedTuple):
    """`row`: of the call. Times are those of the PBX."""

    row: Row[Any]
    started_at: datetime
    answered_at: datetime | None
    outbound: bool

    @classmethod
    def of(cls, row: Row[Any], call: PbxCall) -> Self:
        return cls(row, call.started_at, call.answered_at, call.outbound)


class Filed(NamedTuple):
    conversation_id: str
    interaction_id: str
    identity_id: str


def open_talk(tx: Tx, opening: Opening, agent: tuple[str, str]) -> str:
    """Open the contact of a call as active with who talks already (id, name); return its id."""
    agent_id, name = agent
    answered_at = opening.answered_at or tx.now
    out = opening.outbound
    waited_s = 0.0 if out else (answered_at - opening.started_at).total_seconds()
    row = {
        **_contact(tx, opening),
        "state": ContactState.ACTIVE,
        "agent_id": agent_id,
        "answered_at": answered_at,
        "waited_us": max(0, round(waited_s * 1_000_000)),
    }
    if out:
        row["meta"] = {**row["meta"], "call": {"stage": CallStage.TALKING}}
    tx.execute(insert(contacts).values(**row))
    _entry_of(tx, opening.row.interaction_id, row["id"])
    if not out:
        waits = contact_service.a_segment(tx, row, SegmentKind.WAITING, None)
        over = {"ended_at": max(answered_at, opening.started_at), "ended_by": ContactState.ACTIVE}
        tx.execute(insert(segments).values(**{**waits, "started_at": opening.started_at, **over}))
    talk = contact_service.a_segment(tx, row, SegmentKind.HANDLING, agent_id)
    tx.execute(insert(segments).values(**{**talk, "started_at": answered_at}))
    hold_already(tx, contact_service.get_contact(tx, row["id"]), agent_id)
    tx.execute(
        update(conversations)
        .where(conversations.c.id == row["conversation_id"])
        .values(last_agent_id=agent_id, last_agent_at=tx.now, left_at=None, left_waited_us=None)
    )
    routing.follow_contacts(tx, [row["id"]])
    contact = contact_service.get_contact(tx, row["id"])
    if not out:
        note_agent(tx, contact, name)
    tx.hint("contact.changed", row["id"])
    tx.hint("conversation.contact", row["conversation_id"])
    return str(row["id"])


def open_missed(tx: Tx, opening: Opening) -> str:
    """Open the contact of a call that nobody answered, as waiting since it came; the caller of this
    ends it at once, so that nobody is offered it. Return its id.
    """
    row = {**_contact(tx, opening), "state": ContactState.QUEUED, "agent_id": None}
    tx.execute(insert(contacts).values(**row))
    _entry_of(tx, opening.row.interaction_id, row["id"])
    waits = contact_service.a_segment(tx, row, SegmentKind.WAITING, None)
    tx.execute(insert(segments).values(**{**waits, "started_at": opening.started_at}))
    return str(row["id"])


def _contact(tx: Tx, opening: Opening) -> dict[str, Any]:
    """Return the columns of the contact, as far as they are the same."""
    call = opening.row
    point = tx.execute(select(entry_points).where(entry_points.c.id == call.entry_point_id)).one()
    customer = customers_of_identities(tx, [call.identity_id])[call.identity_id]
    language = customer.language or point.language
    arrival = Arrival(point.queue_id, customer.tier, point.channel, language)
    columns = place(tx, [arrival])[0]
    waited_us = round((tx.now - opening.started_at).total_seconds() * 1_000_000)
    return {
        **columns,
        "virtual_start_us": columns["virtual_start_us"] - max(0, waited_us),
        "id": new_id(),
        "reference": new_reference(),
        "conversation_id": call.conversation_id,
        "identity_id": call.identity_id,
        "channel": point.channel,
        "entry_point_id": point.id,
        "queue_id": point.queue_id,
        "tier": customer.tier,
        "direction": Direction.OUTBOUND if opening.outbound else Direction.INBOUND,
        "state_since": tx.now,
        "language": language,
        "preview": "",
        "unread": 0,
        "opened_at": opening.started_at,
        "enqueued_at": opening.started_at,
        "last_message_at": tx.now,
        "meta": {META: True},
    }


def _entry_of(tx: Tx, interaction_id: str, contact_id: str) -> None:
    tx.execute(
        update(interactions)
        .where(interactions.c.id == interaction_id)
        .values(contact_id=contact_id)
    )


def file_outgoing(tx: Tx, point: Row[Any], item: Inbound) -> Filed:
    """Put a call that somebody makes by a phone of the PBX on its customer's timeline."""
    who = identify_batch(
        tx,
        [Identify(item.senders, point.region, None, "agent", point.queue_id)],
        tier_of_new_customers,
        branch_of_new_customers,
    )[0]
    [thread] = threads.open_threads(tx, [item], [who.identity_id], [who.language or point.language])
    entry = NewInteraction(
        id=new_id(),
        conversation_id=thread.id,
        contact_id=None,
        identity_id=who.identity_id,
        channel=point.channel,
        kind=InteractionKind.CALL,
        direction=Direction.OUTBOUND,
        text="",
        at=item.received_at,
        external_id=item.external_id,
        meta=item.meta,
    )
    [seq] = append(tx, [entry], {thread.id: thread.last_seq})
    tx.execute(
        update(conversations)
        .where(conversations.c.id == thread.id)
        .values(last_seq=seq, last_at=tx.now, version=conversations.c.version + 1)
    )
    tx.hint("customer.came", who.customer_id)
    return Filed(thread.id, entry.id, who.identity_id)


def tell_passed_on(tx: Tx, contact: Row[Any], to: tuple[str, str]) -> None:
    """Say on the timeline that the call went to somebody else's phone (id, name)."""
    agent_id, name = to
    facts = {"code": "transferred", "note": "", "queue": None, "agent": agent_id}
    last = select(conversations.c.last_seq).where(conversations.c.id == contact.conversation_id)
    seq = tx.execute(last.with_for_update()).scalar_one()
    append_system(tx, [system_entry(tx, contact, facts)], {contact.conversation_id: seq})
    note_agent(tx, contact, name)


def note_entry(tx: Tx, interaction_id: str, facts: Mapping[str, Any]) -> None:
    """Write what became known of a call on its entry; the same again changes nothing."""
    entry = tx.execute(
        select(interactions.c.meta, interactions.c.conversation_id)
        .where(interactions.c.id == interaction_id)
        .with_for_update()
    ).first()
    if entry is None or all(entry.meta.get(name) == value for name, value in facts.items()):
        return
    tx.execute(
        update(interactions)
        .where(interactions.c.id == interaction_id)
        .values(meta={**entry.meta, **facts})
    )
    tx.hint("conversation.marked", entry.conversation_id)


def entry_of_call(tx: Tx, contact: Row[Any]) -> str | None:
    """Return the entry of the call that is a contact's."""
    found = select(interactions.c.id).where(
        interactions.c.conversation_id == contact.conversation_id,
        interactions.c.contact_id == contact.id,
        interactions.c.kind == InteractionKind.CALL,
    )
    return tx.execute(found.limit(1)).scalar_one_or_none()
