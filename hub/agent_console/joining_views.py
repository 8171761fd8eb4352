"""Contacts that were merged, as the console shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, select

from hub.contacts.access import access_contact
from hub.contacts.joining.reads import conversations_of, is_joined
from hub.contacts.joining.tables import contact_merges
from hub.contacts.tables import contacts, conversations, entry_points
from hub.customers.reads import customers_of_identities
from hub.storage import Tx
from hub.web import Principal

from .capabilities import CapabilitiesView, Recipients
from .joining_shapes import JoinedConversation, MergedInto
from .readers import Reader, sight_of
from .rows import customer_brief

Capabilities = Mapping[str, CapabilitiesView]
"""What each channel can do, by its kind; the console asks these and never the channel's name."""

NOTHING = CapabilitiesView(
    reply=False,
    html=False,
    subject=False,
    recipients=False,
    files=False,
    live=False,
    call=False,
    instant=False,
    survey=False,
    pages=False,
)


def joined_conversations(
    tx: Tx, reader: Reader, row: Row[Any], capabilities: Capabilities
) -> list[JoinedConversation]:
    """Return the conversations that go on in this contact (a row of `contacts`): three reads."""
    found = conversations_of(tx, row.conversation_id)
    customers = customers_of_identities(tx, [one.identity_id for one in found])
    wanted = sorted({one.entry_point_id for one in found})
    names = {
        point.id: point.display_name
        for point in tx.execute(select(entry_points).where(entry_points.c.id.in_(wanted)))
    }
    shown = []
    for one in found:
        customer = customer_brief(reader, customers[one.identity_id])
        shown.append(
            JoinedConversation(
                merge_id=one.merge_id,
                contact_id=one.contact_id,
                reference=one.reference,
                conversation_id=one.id,
                channel=one.channel,
                entry_point_id=one.entry_point_id,
                entry_point_name=names.get(one.entry_point_id, one.entry_point_id),
                subject=one.subject,
                customer_id=customer.id,
                customer_name=customer.name,
                address=customer.address,
                last_seq=one.last_seq,
                customer_read_seq=one.customer_read_seq,
                merged_at=one.merged_at,
                by_name=one.by_name,
                may_undo=may_undo(reader, row, one.by_id),
                capabilities=capabilities.get(one.channel, NOTHING),
                recipients=Recipients(to=[customer.address], cc=[]),
            )
        )
    return shown


def may_undo(reader: Reader, kept: Row[Any], by_id: str) -> bool:
    """Who holds the kept contact, who merged it, and who steers undoes a merge."""
    return reader.steers or reader.principal.user_id in (kept.agent_id, by_id)


def merged_into(tx: Tx, reader: Reader, row: Row[Any]) -> MergedInto | None:
    """Return in which contact this one goes on; None where it stands for itself."""
    if row.merged_into_id is None:
        return None
    found = tx.execute(
        select(contacts, contact_merges.c.id.label("merge_id"))
        .join(contact_merges, contact_merges.c.into_id == contacts.c.id)
        .where(contact_merges.c.from_id == row.id, contact_merges.c.undone_at.is_(None))
    ).first()
    if found is None:
        return None
    seen = reader.sight.sees(found.queue_id, found.agent_id, found.id)
    return MergedInto(
        merge_id=found.merge_id, contact_id=found.id, reference=found.reference, seen=seen
    )


def channel_answered_on(tx: Tx, asked: tuple[Principal, str, str | None]) -> str:
    """Return the channel of what is answered on; where it may not be, the answer is refused."""
    principal, contact_id, conversation_id = asked
    row = access_contact(tx, sight_of(tx, principal), contact_id)
    joined = conversation_id and is_joined(tx, row.conversation_id, conversation_id)
    answered_on = conversation_id if joined else row.conversation_id
    found = select(conversations.c.channel).where(conversations.c.id == answered_on)
    channel: str = tx.execute(found).scalar_one()
    return channel
