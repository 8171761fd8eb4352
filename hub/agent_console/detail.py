"""One contact in full: row, decision record, segments, disposition, the customer's others."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from hub.care.holders import may_be_another
from hub.contacts.access import access_contact
from hub.contacts.joining.reads import brought_entries
from hub.contacts.model import OPEN
from hub.contacts.tables import contacts, conversations, entry_points, segments
from hub.customers.reads import customers_of_identities, identity_ids_of
from hub.customers.tables import identities
from hub.routing.tables import offers
from hub.storage import Tx

from .callback_views import pending_callback
from .capabilities import CapabilitiesView
from .deadlines import open_deadlines
from .disposition_shapes import DispositionView
from .holders import list_sharers
from .joining_views import NOTHING, Capabilities, joined_conversations, merged_into
from .readers import Reader
from .rows import contact_rows, user_names
from .same_subject import same_subject
from .shapes import (
    ContactDetail,
    ContactRow,
    Recipients,
    SegmentView,
    WhyView,
)
from .timeline import entry_views
from .why import decode_why, returned_words, why_view
from .writing_to import recipients_of

_OTHERS = 20


def show_contact(
    tx: Tx, reader: Reader, contact_id: str, capabilities: Capabilities
) -> ContactDetail:
    """Return a contact in full on behalf of the reader. Raises NotFound."""
    row = access_contact(tx, reader.sight, contact_id)
    head = tx.execute(select(conversations).where(conversations.c.id == row.conversation_id)).one()
    point = tx.execute(
        select(entry_points.c.display_name).where(entry_points.c.id == row.entry_point_id)
    ).scalar_one_or_none()
    shown = contact_rows(tx, reader, [row])[0]
    others = other_open(tx, reader, shown.customer.id, row.id)
    own = tx.execute(select(identities).where(identities.c.id == row.identity_id)).one()
    return ContactDetail(
        contact=shown,
        entry_point_name=point or row.entry_point_id,
        capabilities=capabilities.get(row.channel, NOTHING),
        recipients=_recipients(tx, reader, row, capabilities.get(row.channel, NOTHING)),
        why=_why(tx, reader, row),
        disposition=DispositionView(
            reason_id=row.reason_id,
            outcome_id=row.outcome_id,
            next_action=row.next_action,
            note=row.disposition_note,
            fields=row.disposition_fields or {},
        ),
        segments=_segments(tx, row.id),
        last_seq=head.last_seq,
        customer_read_seq=head.customer_read_seq,
        promised_at=head.promised_at,
        quarantine_reason=row.quarantine_reason,
        raw_file_url=raw_url(row) if reader.steers else None,
        survey_score=row.survey_score,
        survey_comment=row.survey_comment,
        deadlines=open_deadlines(tx, [(reader, row)]).get((reader.principal.user_id, row.id), []),
        other_open=others,
        same_subject=same_subject(tx, row, [one.id for one in others]),
        pending_callback=pending_callback(tx, reader, shown.customer.id),
        may_be_another=may_be_another(own),
        sharers=list_sharers(tx, reader, own),
        merged=joined_conversations(tx, reader, row, capabilities) if row.joins else [],
        merged_into=merged_into(tx, reader, row),
        brought=entry_views(tx, brought_entries(tx, row.id), masks=reader.masks),
    )


def raw_url(row: Row[Any]) -> str | None:
    """Where the raw bytes of a contact in quarantine are; only for those who steer."""
    return f"/api/v1/contacts/{row.id}/raw" if row.raw_blob_id else None


def _recipients(tx: Tx, reader: Reader, row: Row[Any], can: CapabilitiesView) -> Recipients:
    """Where an answer goes if nothing is changed: to where the customer wrote from."""
    customer = customers_of_identities(tx, [row.identity_id])[row.identity_id]
    address = reader.address(customer.kind, customer.value_raw)
    if not can.recipients:
        return Recipients(to=[address], cc=[])
    return recipients_of(tx, row.conversation_id, customer.customer_id, address)


def _why(tx: Tx, reader: Reader, row: Row[Any]) -> WhyView | None:
    record = tx.execute(
        select(offers.c.why)
        .where(offers.c.contact_id == row.id)
        .order_by(offers.c.made_at.desc(), offers.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    if record is None:
        return None
    more = returned_words(row.meta, row.opened_at)
    return why_view(decode_why(record), seen=reader.line, more=more)


def _segments(tx: Tx, contact_id: str) -> list[SegmentView]:
    rows = tx.execute(
        select(segments)
        .where(segments.c.contact_id == contact_id)
        .order_by(segments.c.started_at, segments.c.id)
    ).all()
    names = user_names(tx, [row.agent_id for row in rows])
    return [
        SegmentView(
            kind=row.kind,
            queue_id=row.queue_id,
            agent_name=names.get(row.agent_id or ""),
            started_at=row.started_at,
            ended_at=row.ended_at,
        )
        for row in rows
    ]


def other_open(tx: Tx, reader: Reader, customer_id: str, contact_id: str) -> list[ContactRow]:
    """Return the same customer's other open contacts that the reader may see."""
    rows = tx.execute(
        select(contacts)
        .where(
            contacts.c.identity_id.in_(identity_ids_of(tx, customer_id)),
            contacts.c.state.in_(sorted(OPEN)),
            contacts.c.id != contact_id,
            reader.sight.contacts(),
        )
        .order_by(contacts.c.opened_at.desc())
        .limit(_OTHERS)
    ).all()
    return contact_rows(tx, reader, rows)
