"""What became of what we sent, how a call went, what the customer thought: news from a channel.

Every report is idempotent: deliveries by rank, calls by their key, surveys by their first answer,
files by being unread.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, insert, or_, select, update

from hub.accounts.link_mails import is_link_mail, note_link_bounced
from hub.contacts import service as contact_service
from hub.contacts.delivery import fate_of_one, fates_of, named, of_all, with_fates
from hub.contacts.effects import Reached, RecipientFate
from hub.contacts.guests.model import GuestEvent
from hub.contacts.inbound import (
    BeingRead,
    CallEvent,
    DeliveryReport,
    FileRead,
    PagesRead,
    ReadReport,
    Report,
    SurveyAnswer,
)
from hub.contacts.lost.service import note_lost
from hub.contacts.model import DELIVERY_RANK, DeliveryState, Direction, InteractionKind
from hub.contacts.outreach.delivered import note_delivery
from hub.contacts.outreach.opting_out import OptOut
from hub.contacts.recordings.model import CaptionNews, RecordingNews, Transcribed
from hub.contacts.recordings.service import note_transcript
from hub.contacts.tables import conversations, inbound_keys, interactions
from hub.contacts.undeliverable import note_bad_addresses
from hub.core.errors import Conflict, Invalid, NotFound
from hub.customers.consent.model import STOP_ALL
from hub.customers.model import IdentityKind
from hub.customers.tables import identities
from hub.storage import Tx

from .calls import apply_call_event
from .files import being_read, file_read
from .guests import apply_guest_event
from .later_pages import pages_read
from .opt_out import opt_out
from .recordings import captioned, recorded
from .surveys import surveyed


def report(tx: Tx, news: Report) -> None:
    """Apply one report. Raises NotFound where it speaks of something we do not have."""
    if isinstance(news, DeliveryReport):
        _delivered(tx, news)
    elif isinstance(news, ReadReport):
        _read(tx, news)
    elif isinstance(news, SurveyAnswer):
        surveyed(tx, news)
    elif isinstance(news, FileRead):
        file_read(tx, news)
    elif isinstance(news, BeingRead):
        being_read(tx, news)
    elif isinstance(news, PagesRead):
        pages_read(tx, news)
    elif isinstance(news, GuestEvent):
        if (about := _once(tx, news)) is not None:
            apply_guest_event(tx, about, news)
    elif isinstance(news, RecordingNews):
        recorded(tx, news)
    elif isinstance(news, CaptionNews):
        captioned(tx, news)
    elif isinstance(news, Transcribed):
        note_transcript(tx, news)
    else:
        _called(tx, news)


def _delivered(tx: Tx, news: DeliveryReport) -> None:
    if news.external_id is not None and is_link_mail(news.external_id):
        _link_returned(tx, news, news.external_id)
        return
    row = _sent_interaction(tx, news)
    before = DeliveryState(row.delivery or DeliveryState.PENDING)
    if DELIVERY_RANK[news.state] <= DELIVERY_RANK[before] and news.state is not before:
        return
    if news.recipient is not None:
        _of_recipient(tx, row, news, news.recipient)
        return
    set_delivery(tx, row, news.state, news.detail, news.external_id)
    if news.opted_out:
        evidence = {"interaction_id": row.id}
        opt_out(tx, [OptOut(row.identity_id, STOP_ALL, "provider", row.channel, None, evidence,
                            alone=True)])  # fmt: skip
    if news.pages is not None:
        meta = {**row.meta, "delivered_pages": news.pages}
        tx.execute(update(interactions).where(interactions.c.id == row.id).values(meta=meta))


def _link_returned(tx: Tx, news: DeliveryReport, message_id: str) -> None:
    failed = news.state is DeliveryState.FAILED
    if not failed or not note_link_bounced(tx, message_id, news.detail or ""):
        raise NotFound("No link that is in force was sent under that id.")


_REACHED = {
    DeliveryState.FAILED: Reached.FAILED,
    DeliveryState.DELIVERED: Reached.DELIVERED,
    DeliveryState.SENT: Reached.SENT,
}


def _of_recipient(tx: Tx, row: Row[Any], news: DeliveryReport, recipient: str) -> None:
    """Note what became of it with one of those it went to; the whole is lost only with all."""
    reached = Reached.DELAYED if news.delayed else _REACHED.get(news.state, Reached.SENT)
    fate = RecipientFate(recipient, reached, news.detail or "", news.bad_address)
    went_to = _with_recipient(tx, row)
    fates = fate_of_one(went_to, recipient, fate)
    ours = {address.casefold() for address in named(went_to)}  # a report may name anybody
    note_bad_addresses(tx, [one for one in fates if one.address.casefold() in ours])
    meta = with_fates(row.meta, fates)
    state = of_all(meta, news.state)
    lost = len(fates_of(meta)) > 1 and state is not news.state
    detail = f"{fates[-1].address}: {news.detail}" if lost and news.detail else news.detail
    tx.execute(update(interactions).where(interactions.c.id == row.id).values(meta=meta))
    set_delivery(tx, row, state, detail, news.external_id, meta)
    if reached is Reached.FAILED and state is not DeliveryState.FAILED:
        tx.hint("delivery.failed", row.id)


def _with_recipient(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    """Return the meta with whom it went to, where that was not chosen: to its customer."""
    if row.meta.get("to"):
        return dict(row.meta)
    own = select(identities.c.value_norm).where(
        identities.c.id == row.identity_id, identities.c.kind == IdentityKind.EMAIL
    )
    return {**row.meta, "to": list(tx.execute(own).scalars())}


def set_delivery(
    tx: Tx,
    row: Row[Any],
    state: DeliveryState,
    detail: str | None,
    external_id: str | None = None,
    meta: Mapping[str, Any] | None = None,
) -> None:
    """Write the delivery of an interaction and tell those who look at its conversation. `meta`: as
    it is now, where it has changed since `row` was read.
    """
    tx.execute(
        update(interactions)
        .where(interactions.c.id == row.id)
        .values(
            delivery=state,
            delivery_detail=detail or row.delivery_detail,
            external_id=row.external_id or external_id,
        )
    )
    tx.hint("conversation.marked", row.conversation_id)
    note_delivery(tx, row.id, DeliveryState(row.delivery or DeliveryState.PENDING), state)
    note_lost(tx, row, row.meta if meta is None else meta, state)
    if state is DeliveryState.FAILED:
        tx.hint("delivery.failed", row.id)


_LOOKS_BACK = 20  # mails of a conversation: a server tries for five days at the most


def _sent_interaction(tx: Tx, news: DeliveryReport) -> Row[Any]:
    """Return what it speaks of, locked: by the most exact of what it names that we know."""
    if not (news.interaction_id or news.external_id or news.conversation_id):
        raise Invalid("A delivery report names an interaction, an outside id or a conversation.")
    row = None
    if news.interaction_id is not None:
        row = _newest(tx, interactions.c.id == news.interaction_id)
    elif news.external_id is not None:
        row = _newest(tx, interactions.c.external_id == news.external_id)
    if row is None and news.conversation_id is not None:
        found = _by_return_path(tx, news.conversation_id, news.recipient)
        row = None if found is None else _newest(tx, interactions.c.id == found)
    if row is None:
        raise NotFound("Nothing was sent under that id.")
    return row


_OURS = or_(
    interactions.c.direction == Direction.OUTBOUND,
    and_(
        interactions.c.kind == InteractionKind.ASIDE,
        interactions.c.author_id.is_not(None),  # what we forwarded, not what came back
    ),
)


def _newest(tx: Tx, which: ColumnElement[bool]) -> Row[Any] | None:
    query = select(interactions).where(_OURS, which).order_by(interactions.c.seq.desc()).limit(1)
    return tx.execute(query.with_for_update()).first()


def _by_return_path(tx: Tx, conversation_id: str, recipient: str | None) -> str | None:
    """Return the newest that went out of a conversation to a recipient; to anybody where it went to
    none of that name (they have another address now), or none is named.
    """
    column = interactions.c
    sent = tx.execute(
        select(column.id, column.identity_id, column.meta)
        .where(_OURS, column.conversation_id == conversation_id, column.external_id.is_not(None))
        .order_by(column.seq.desc())
        .limit(_LOOKS_BACK)
    ).all()
    asked = select(identities.c.id, identities.c.value_norm).where(
        identities.c.id.in_(sorted({row.identity_id for row in sent})),
        identities.c.kind == IdentityKind.EMAIL,
    )
    own = {row.id: row.value_norm for row in tx.execute(asked)}
    wanted = (recipient or "").casefold()
    for row in sent:
        went_to = named({**row.meta, "to": row.meta.get("to") or [own.get(row.identity_id, "")]})
        if wanted and wanted in {address.casefold() for address in went_to}:
            return str(row.id)
    return str(sent[0].id) if sent else None


def _read(tx: Tx, news: ReadReport) -> None:
    changed = tx.execute(
        update(conversations)
        .where(
            conversations.c.id == news.conversation_id,
            conversations.c.customer_read_seq < news.seq,
            conversations.c.last_seq >= news.seq,
        )
        .values(customer_read_seq=news.seq, version=conversations.c.version + 1)
    )
    if changed.rowcount:
        tx.hint("conversation.marked", news.conversation_id)


def _called(tx: Tx, news: CallEvent) -> None:
    if (row := _once(tx, news)) is not None:
        apply_call_event(tx, row, news)


def _once(tx: Tx, news: CallEvent | GuestEvent) -> Row[Any] | None:
    """Return the contact that the news is of; None where its key was told before."""
    row = contact_service.get_contact(tx, news.contact_id)
    known = tx.execute(
        select(inbound_keys.c.dedupe_key).where(
            inbound_keys.c.entry_point_id == news.entry_point_id,
            inbound_keys.c.dedupe_key == news.key,
        )
    ).first()
    if known is not None:
        return None
    if row.entry_point_id != news.entry_point_id:
        raise Conflict("The call belongs to another entry point.")
    tx.execute(
        insert(inbound_keys).values(
            entry_point_id=news.entry_point_id,
            dedupe_key=news.key,
            conversation_id=row.conversation_id,
            interaction_id="",
            contact_id=row.id,
            seq=0,
            created_at=tx.now,
        )
    )
    return row
