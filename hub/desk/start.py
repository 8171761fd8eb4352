"""The agent writes first: a new conversation with a contact that is theirs from the start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select

from hub.contacts import service as contact_service
from hub.contacts import threads
from hub.contacts.inbound import Inbound, SenderIdentity
from hub.contacts.model import Channel, ContactState, Direction, SegmentKind
from hub.contacts.outreach.service import may_contact, require
from hub.contacts.references import new_reference
from hub.contacts.tables import contacts, entry_points, segments
from hub.contacts.threads import Thread
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import new_id
from hub.customers.model import Identified, Identify
from hub.customers.service import identify_batch
from hub.routing.direct import take_up
from hub.routing.placement import Arrival, place
from hub.routing.settings import branch_of_new_customers, tier_of_new_customers
from hub.storage import Tx

from .permits import SERVICE, OwnAccord


@dataclass(frozen=True, slots=True)
class StartContact:
    """Begin a conversation from one of our entry points to an address of a customer.

    `what_for`: nothing is sold, and nobody asked, against the customer's wish (docs/consent.md).
    `instant`: what is written there is read at once, so it does not wait for the morning.
    `one_thread`: it goes on with their conversation there, as the medium knows only one.
    """

    agent_id: str
    entry_point_id: str
    to: SenderIdentity
    subject: str | None = None
    queue_id: str | None = None
    what_for: OwnAccord = SERVICE
    instant: bool = False
    one_thread: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    contact_id: str
    conversation_id: str


def start_contact(tx: Tx, cmd: StartContact) -> Started:
    """Open the contact as active with this agent; the first message follows as a reply.

    Raises NotFound for an unknown entry point, Conflict where the agent has no room, Invalid for an
    address that cannot be one, Conflict ("outreach.…") where this customer may not be reached, and
    ("start.open") where their one conversation has an open contact already.
    """
    point = tx.execute(
        select(entry_points).where(
            entry_points.c.id == cmd.entry_point_id, entry_points.c.retired.is_(False)
        )
    ).first()
    if point is None:
        raise NotFound(f"There is no entry point {cmd.entry_point_id!r}.")
    who = identify_batch(
        tx,
        [Identify((cmd.to,), point.region, None, "agent", cmd.queue_id or point.queue_id)],
        tier_of_new_customers,
        branch_of_new_customers,
    )[0]
    if not who.identity_id:
        raise Invalid("That is not an address this channel can reach.", code="address.invalid")
    ask = cmd.what_for.asks(point.channel, who.identity_id)
    require(may_contact(tx, [ask])[0], waits=not cmd.instant)
    thread = _thread(tx, point, cmd, who)
    row = contact_row(tx, point, cmd.agent_id, who, thread.id, cmd.queue_id)
    row = {**row, "subject": cmd.subject, "meta": {**row["meta"], **cmd.what_for.meta()}}
    tx.execute(insert(contacts).values(**row))
    tx.execute(
        insert(segments).values(
            **contact_service.a_segment(tx, row, SegmentKind.HANDLING, cmd.agent_id)
        )
    )
    take_up(tx, contact_service.get_contact(tx, row["id"]), cmd.agent_id)
    tx.hint("contact.changed", row["id"])
    tx.hint("customer.came", who.customer_id)
    return Started(row["id"], thread.id)


def _thread(tx: Tx, point: Row[Any], cmd: StartContact, who: Identified) -> Thread:
    begins = _as_inbound(tx, point, cmd)
    if cmd.one_thread:
        found = threads.find_threads(tx, [begins], [who.identity_id])[0].thread
        if found is not None:
            if threads.find_open_contacts(tx, [found.id]):
                raise Conflict(
                    "This customer's conversation is open already: write in it.", code="start.open"
                )
            return found
    return threads.open_threads(tx, [begins], [who.identity_id], [who.language or point.language])[
        0
    ]


def _as_inbound(tx: Tx, point: Row[Any], cmd: StartContact) -> Inbound:
    return Inbound(
        entry_point_id=point.id,
        channel=Channel(point.channel),
        dedupe_key="",
        senders=(cmd.to,),
        received_at=tx.now,
        subject=cmd.subject,
        continues_latest=cmd.one_thread,
    )


def contact_row(
    tx: Tx,
    point: Row[Any],
    agent_id: str,
    who: Identified,
    conversation_id: str,
    queue_id: str | None,
) -> dict[str, Any]:
    """Return the columns of a contact that an agent begins: active, and theirs."""
    queue_id = queue_id or point.queue_id
    columns = place(tx, [Arrival(queue_id, who.tier, point.channel, point.language)])[0]
    return {
        **columns,
        "id": new_id(),
        "reference": new_reference(),
        "conversation_id": conversation_id,
        "identity_id": who.identity_id,
        "channel": point.channel,
        "entry_point_id": point.id,
        "queue_id": queue_id,
        "tier": who.tier,
        "direction": Direction.OUTBOUND,
        "state": ContactState.ACTIVE,
        "state_since": tx.now,
        "language": who.language or point.language,
        "preview": "",
        "unread": 0,
        "opened_at": tx.now,
        "enqueued_at": tx.now,
        "last_message_at": tx.now,
        "agent_id": agent_id,
        "meta": {"started_by": agent_id},
    }
