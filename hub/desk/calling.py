"""The agent calls: a contact that is theirs from the start, and the order to ring both phones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select

from hub.accounts.model import Actor
from hub.accounts.ringing import ring_addresses
from hub.callbacks.attempts import CONNECT_S, take_over
from hub.callbacks.line import leave
from hub.callbacks.model import CallbackState
from hub.callbacks.reads import sees_callback
from hub.callbacks.rows import Callback, find_open_of_customer, find_open_of_number
from hub.contacts import outgoing_calls, threads
from hub.contacts import service as contact_service
from hub.contacts.access import Sight
from hub.contacts.effects import Dial
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import (
    HELD,
    CallStage,
    Channel,
    ContactState,
    SegmentKind,
)
from hub.contacts.numbers import check_number
from hub.contacts.outgoing_calls import Begun
from hub.contacts.outreach.model import Permit
from hub.contacts.outreach.sending import to_person
from hub.contacts.outreach.service import Sent, may_contact, note_sent, require
from hub.contacts.tables import contacts, inbound_keys, segments
from hub.contacts.threads import Thread
from hub.core.errors import Conflict
from hub.customers.model import Identified, Identify
from hub.customers.service import identify_batch
from hub.routing.direct import take_up
from hub.routing.settings import branch_of_new_customers, load_settings, tier_of_new_customers
from hub.storage import Tx
from hub.storage.outbox import NewEffect, add_effects

from .permits import SERVICE, OwnAccord
from .start import Started, contact_row

_FULL = frozenset({"agent.channel_full", "agent.full"})


@dataclass(frozen=True, slots=True)
class StartCall:
    """Call a number from one of our entry points (its row).

    `number` as typed, read in the entry point's region. `client_key`: the same again begins no
    second call. `sight`: only of callbacks that it sees can this call be the attempt; None: of any.
    `meta`: kept with the contact, too.
    """

    agent_id: str
    agent_name: str
    entry_point: Row[Any]
    number: str
    queue_id: str | None = None
    client_key: str | None = None
    sight: Sight | None = None
    what_for: OwnAccord = SERVICE
    meta: Mapping[str, Any] = field(default_factory=dict)


def start_call(tx: Tx, cmd: StartCall) -> Started:
    """Open the contact as connecting with this agent, and order the call.

    A callback that is pending for the customer is taken over: this call is its attempt. One out of
    sight is another team's matter: it stays where it is. Raises Invalid for what is no number to be
    called, Conflict where the agent is signed out or has no room for a call, or the customer is
    being called back just now, by whomever, or may not be called ("outreach.…").
    """
    point = cmd.entry_point
    number = check_number(tx, cmd.number, point)
    before = find_begun(tx, point.id, cmd.agent_id, cmd.client_key)
    if before is not None:
        return before
    sender = SenderIdentity(IdentityKind.PHONE, number)
    who = identify_batch(
        tx,
        [Identify((sender,), point.region, None, "agent", cmd.queue_id or point.queue_id)],
        tier_of_new_customers,
        branch_of_new_customers,
    )[0]
    ask = cmd.what_for.asks(point.channel, who.identity_id)
    permit = require(may_contact(tx, [ask])[0])
    pending = _pending(tx, who.customer_id, number, cmd.sight)
    thread = number_thread(tx, point, sender, who)
    row = {
        **contact_row(tx, point, cmd.agent_id, who, thread.id, cmd.queue_id),
        "state": ContactState.CONNECTING,
        "meta": {
            "started_by": cmd.agent_id,
            "call": {"stage": CallStage.AGENT},
            **cmd.what_for.meta(),
            **cmd.meta,
        },
    }
    until = tx.now + timedelta(seconds=CONNECT_S)
    tx.execute(insert(contacts).values(**row))
    # Ringing is work of the agent, and no waiting of the customer.
    segment = contact_service.a_segment(tx, row, SegmentKind.HANDLING, cmd.agent_id)
    tx.execute(insert(segments).values(**segment))
    _take(tx, row["id"], cmd.agent_id, until)
    call = Begun(row, thread, cmd.agent_id, cmd.agent_name)
    [entry_id] = outgoing_calls.begin(tx, [call])
    if pending is not None:
        take_over(tx, pending, row["id"])
    if cmd.client_key:
        _remember(tx, point.id, _key(cmd.agent_id, cmd.client_key), row, entry_id)
    add_effects(tx, [_dial(tx, permit, cmd, row, number, until)])
    by = Actor(cmd.agent_id, cmd.agent_name, "console")
    note_sent(tx, [Sent(ask, permit, row["id"])], by)
    tx.hint("contact.changed", row["id"])
    tx.hint("customer.came", who.customer_id)
    return Started(row["id"], thread.id)


def find_begun(
    tx: Tx, entry_point_id: str, agent_id: str, client_key: str | None
) -> Started | None:
    """Return the call that this agent began from the entry point under this key."""
    if not client_key:
        return None
    key = _key(agent_id, client_key)
    row = tx.execute(
        select(inbound_keys.c.contact_id, inbound_keys.c.conversation_id).where(
            inbound_keys.c.entry_point_id == entry_point_id, inbound_keys.c.dedupe_key == key
        )
    ).first()
    return None if row is None else Started(row.contact_id, row.conversation_id)


def _key(agent_id: str, client_key: str) -> str:
    return f"dial:{agent_id}:{client_key}"[:200]


def _remember(tx: Tx, entry_point_id: str, key: str, row: dict[str, Any], entry_id: str) -> None:
    tx.execute(
        insert(inbound_keys).values(
            entry_point_id=entry_point_id,
            dedupe_key=key,
            conversation_id=row["conversation_id"],
            interaction_id=entry_id,
            contact_id=row["id"],
            seq=0,
            created_at=tx.now,
        )
    )


def _pending(tx: Tx, customer_id: str, number: str, sight: Sight | None) -> Callback | None:
    """Take the customer's callback, or the one to this number, out of the queue: this call is its
    attempt.

    Raises Conflict while somebody calls them for it.
    """
    pending = find_open_of_customer(tx, customer_id) or find_open_of_number(tx, number)
    if pending is None:
        return None
    if pending.state is CallbackState.DIALLING:
        raise Conflict("This customer is being called back just now.", code="callback.dialling")
    if not sees_callback(tx, sight, pending.id):
        return None
    return leave(tx, load_settings(tx), [pending])[0]


def number_thread(
    tx: Tx,
    point: Row[Any],
    sender: SenderIdentity,
    who: Identified,
    *,
    opens_contact: bool = True,
) -> Thread:
    """Return the number's conversation. `opens_contact`: one is opened on it now, so it is a new
    conversation where a contact is open on that: there is one at a time. Else it goes on with one
    that an agent has in hand, too: when any other ends nobody knows.
    """
    item = Inbound(
        entry_point_id=point.id,
        channel=Channel(point.channel),
        dedupe_key="",
        senders=(sender,),
        received_at=tx.now,
        continues_latest=True,
    )
    found = threads.find_threads(tx, [item], [who.identity_id])[0].thread
    if found is not None:
        contact = threads.find_open_contacts(tx, [found.id]).get(found.id)
        if contact is None or (not opens_contact and contact["state"] in HELD):
            return found
    return threads.open_threads(tx, [item], [who.identity_id], [who.language or point.language])[0]


def _take(tx: Tx, contact_id: str, agent_id: str, until: datetime) -> None:
    try:
        take_up(tx, contact_service.get_contact(tx, contact_id), agent_id, connect_by=until)
    except Conflict as refusal:
        if refusal.reason in _FULL:
            raise Conflict(
                "You have no room for a call now: finish what you are on first.",
                code=refusal.reason,
            ) from None
        raise


def _dial(
    tx: Tx, permit: Permit, cmd: StartCall, row: dict[str, Any], number: str, until: datetime
) -> NewEffect:
    effect = Dial(
        contact_id=row["id"],
        conversation_id=row["conversation_id"],
        agent_id=cmd.agent_id,
        agent_address=ring_addresses(tx, [cmd.agent_id])[cmd.agent_id],
        from_address=cmd.entry_point.address,
        to_address=number,
        language=row["language"],
        until=until,
    )
    return to_person(
        permit,
        effect,
        channel=row["channel"],
        entry_point_id=row["entry_point_id"],
        contact_id=row["id"],
        dedupe_key=f"dial:{row['id']}",
        at_most_once=True,
    )
