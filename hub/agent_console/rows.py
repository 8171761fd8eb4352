"""Contacts as lists and deltas show them: one fixed number of statements for any number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from sys import intern
from typing import Any

import msgspec
from sqlalchemy import Row

from hub.contacts.commitments.reads import nearest_due
from hub.contacts.model import PHONE_LIST_META, ContactState, is_dialling
from hub.contacts.pbx.model import META
from hub.contacts.recordings.model import META as RECORDING
from hub.customers.model import IdentityKind
from hub.customers.reads import customers_of_identities
from hub.routing.settings import NextReply
from hub.storage import Tx
from hub.storage.bulk import Statement, read_json, read_time

from .callback_shapes import CallbackBrief, PhoneListBrief
from .deadlines import open_deadlines
from .due import DeadlineView
from .readers import Reader
from .shapes import (
    CallProgress,
    ContactRow,
    CustomerBrief,
    ProofView,
    RecordingLive,
    Urgency,
)

# While a contact is in these states its clock goes on (routing.md section 1).
_SPOKEN_TO = frozenset({ContactState.ACTIVE, ContactState.HOLD})
_WAITS = frozenset({ContactState.QUEUED, ContactState.OFFERED, ContactState.CONNECTING})


def contact_rows(tx: Tx, reader: Reader, rows: Sequence[Row[Any]]) -> list[ContactRow]:
    """Show rows of `contacts` to `reader`, in their order."""
    return rows_of_readers(tx, [(reader, row) for row in rows])


def rows_of_readers(tx: Tx, shown: Sequence[tuple[Reader, Row[Any]]]) -> list[ContactRow]:
    """Show rows of `contacts`, each to its reader, in their order."""
    customers = customers_of_identities(tx, [row.identity_id for _, row in shown])
    names = user_names(tx, [row.agent_id for _, row in shown])
    deadlines = open_deadlines(tx, shown)
    due = nearest_due(tx, sorted({customer.customer_id for customer in customers.values()}))
    return [
        _contact_row(
            reader,
            row,
            customers[row.identity_id],
            names.get(row.agent_id or ""),
            due.get(customers[row.identity_id].customer_id),
            next(iter(deadlines.get((reader.principal.user_id, row.id), ())), None),
        )
        for reader, row in shown
    ]


_NAMES = Statement("SELECT u.id, u.name FROM {rows} JOIN users u ON u.id = {text 0}")


def user_names(tx: Tx, user_ids: Iterable[str | None]) -> dict[str, str]:
    """Return the names of these users by id."""
    wanted = sorted({user_id for user_id in user_ids if user_id})
    if not wanted:
        return {}
    return {row.id: row.name for row in _NAMES(tx, [[user_id] for user_id in wanted])}


def customer_brief(reader: Reader, customer: Row[Any]) -> CustomerBrief:
    """Show the customer behind an identity (a row of customers_of_identities)."""
    address = reader.address(customer.kind, customer.value_raw)
    return CustomerBrief(
        id=customer.customer_id,
        name=customer.name or address,
        tier=intern(reader.tier(customer.tier)),
        language=customer.language and intern(customer.language),
        address=address,
        kind=intern(customer.customer_kind),
    )


def urgency_of(reader: Reader, row: Row[Any]) -> Urgency:
    """Return the share of the promise used, now, and whether it goes on growing: of the wait, or of
    the next answer where the customer is being spoken to and waits for it.
    """
    reply = reader.settings.next_reply.get(row.channel)
    if reply is not None and row.unanswered_since is not None and row.state in _SPOKEN_TO:
        return _until_answered(reader, row, reply)
    dialling = row.state == ContactState.CONNECTING and is_dialling(row.direction, row.answered_at)
    waits = ContactState(row.state) in _WAITS and not dialling
    waited_us = row.waited_us
    if waits:
        waited_us = max(0, reader.clock_us(row.calendar_id) - row.virtual_start_us)
    waited_s = waited_us / 1_000_000
    target_s = reader.target_s(row.queue_id, row.channel, row.tier, row.target_s)
    return Urgency(
        value=round(waited_s / max(1, target_s), 4),
        at=reader.now,
        target_s=target_s,
        waited_s=round(waited_s, 3),
        running=waits and reader.is_running(row.calendar_id),
    )


def _until_answered(reader: Reader, row: Row[Any], reply: NextReply) -> Urgency:
    """Before the first answer the time begins with the accept: what was waited before has passed
    its own promise, or not.
    """
    since = max(read_time(row.unanswered_since), read_time(row.state_since))
    waited_s = max(0.0, (reader.now - since).total_seconds())
    return Urgency(
        value=round(waited_s / reply.late, 4),
        at=reader.now,
        target_s=reply.late,
        waited_s=round(waited_s, 3),
        running=True,
        warn_from=round(min(1.0, reply.warn / reply.late), 4),
    )


def _contact_row(
    reader: Reader,
    row: Row[Any],
    customer: Row[Any],
    agent_name: str | None,
    due_at: datetime | None,
    deadline: DeadlineView | None,
) -> ContactRow:
    # A console keeps its rows: what is the same on many of them is one object.
    urgency = urgency_of(reader, row)
    meta = read_json(row.meta)
    return ContactRow(
        id=row.id,
        version=row.version,
        reference=row.reference,
        state=intern(row.state),
        state_since=read_time(row.state_since),
        channel=intern(row.channel),
        entry_point_id=intern(row.entry_point_id),
        queue_id=intern(row.queue_id),
        tier=intern(reader.tier(row.tier)),
        conversation_id=row.conversation_id,
        customer=customer_brief(reader, customer),
        urgency=urgency,
        enqueued_at=read_time(row.enqueued_at),
        last_message_at=read_time(row.last_message_at),
        unanswered_since=read_time(row.unanswered_since),
        answered_at=read_time(row.answered_at),
        subject=row.subject,
        preview=row.preview,
        unread=row.unread,
        agent_id=row.agent_id and intern(row.agent_id),
        agent_name=agent_name and intern(agent_name),
        wrap_until=read_time(row.wrap_until),
        wrap_extensions=row.wrap_extensions,
        parked_until=read_time(row.parked_until),
        interrupted_until=(
            read_time(row.interrupted_until) if row.state == ContactState.ACTIVE else None
        ),
        reminded_at=read_time(row.reminded_at) if row.state == ContactState.ACTIVE else None,
        priority=row.priority,
        ended_as=row.ended_as,
        commitment_due_at=due_at,
        target_s=urgency.target_s,
        language=row.language and intern(row.language),
        direction=intern(row.direction),
        call=_progress(meta),
        recording=_recording(meta),
        callback=_callback(reader, meta, customer),
        phone_list=_phone_list(reader, meta, customer),
        in_pbx=META in meta,
        draft_author_id=row.draft_author_id,
        draft_version=row.draft_version,
        deadline=deadline,
        tags=read_json(row.tags) or [],
        scheduled_at=read_time(row.scheduled_at),
        scheduled_held=bool(row.scheduled_held),
        closing=row.closes is not None,
        proof=_proof(row),
    )


def _proof(row: Row[Any]) -> ProofView | None:
    if row.proven_until is None:
        return None
    return ProofView(at=read_time(row.proven_at), until=read_time(row.proven_until))


def _progress(meta: dict[str, Any]) -> CallProgress | None:
    call = meta.get("call")
    return CallProgress(**call) if isinstance(call, dict) else None


def _recording(meta: dict[str, Any]) -> RecordingLive | None:
    live = meta.get(RECORDING)
    if not isinstance(live, dict):
        return None
    at = live.get("at")
    return RecordingLive(
        state=live["state"],
        of=live.get("of", "recording"),
        at=datetime.fromisoformat(at) if at else None,
        turn=live.get("turn"),
        why=live.get("why"),
        remind_s=live.get("remind_s", 60),
    )


def callback_number(reader: Reader, number: str, identity: Row[Any]) -> str:
    """Show the number to be called back: the identity's own as people write it."""
    written = identity.value_raw if number == identity.value_norm else number
    return reader.address(IdentityKind.PHONE, written)


def _callback(reader: Reader, meta: dict[str, Any], customer: Row[Any]) -> CallbackBrief | None:
    found = meta.get("callback")
    if not isinstance(found, dict):
        return None
    brief = msgspec.convert(found, CallbackBrief)
    number = callback_number(reader, brief.number, customer)
    return msgspec.structs.replace(brief, number=number)


def _phone_list(reader: Reader, meta: dict[str, Any], customer: Row[Any]) -> PhoneListBrief | None:
    found = meta.get(PHONE_LIST_META)
    if not isinstance(found, dict):
        return None
    brief = msgspec.convert(found, PhoneListBrief)
    number = callback_number(reader, brief.number, customer)
    return msgspec.structs.replace(brief, number=number)
