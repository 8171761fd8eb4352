"""What sends an answer: its effect with recipients and the thread's outside ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, func, select

from hub.contacts.effects import EffectFile, Send
from hub.contacts.model import Direction
from hub.contacts.outreach.model import Permit
from hub.contacts.outreach.sending import to_person
from hub.contacts.service import NewInteraction
from hub.contacts.tables import interactions
from hub.customers.tables import identities
from hub.storage import Tx
from hub.storage.outbox import NewEffect

from .commands import Reply


@dataclass(slots=True)
class Outgoing:
    permit: Permit
    send: Send
    channel: str
    entry_point_id: str
    not_before: datetime | None
    conversation_id: str
    identity_id: str


def outgoing(
    permit: Permit,
    item: Reply,
    row: Row[Any],
    files: Sequence[Row[Any]],
    entry: NewInteraction,
    head: Row[Any],
) -> Outgoing:
    """Return the effect that sends one answer; recipients are filled in for all at once."""
    send = Send(
        interaction_id=entry.id,
        conversation_id=row.conversation_id,
        contact_id=row.id,
        to=item.to or (),
        cc=item.cc,
        bcc=item.bcc,
        text=item.text,
        html=item.html,
        subject=item.subject or head.subject,
        files=tuple(
            EffectFile(
                blob_id=file.blob_id,
                name=file.name,
                media_type=file.media_type,
                size_bytes=file.size_bytes,
            )
            for file in files
        ),
        language=row.language,
        author_name=item.agent_name,
    )
    return Outgoing(
        permit,
        send,
        row.channel,
        row.entry_point_id,
        item.not_before,
        head.id,
        head.identity_id,
    )


def fill_recipients(tx: Tx, outgoing: Sequence[Outgoing]) -> None:
    """Where no recipient was named: the conversation's identity; and the thread's outside ids."""
    if not outgoing:
        return
    addresses = addresses_of(tx, {one.identity_id for one in outgoing})
    chains = _outside_ids(tx, {one.conversation_id for one in outgoing})
    for one in outgoing:
        chain = chains.get(one.conversation_id, [])
        asked = [outside_id for outside_id, by_customer in chain if by_customer]
        one.send = msgspec.structs.replace(
            one.send,
            to=one.send.to or (addresses[one.identity_id],),
            in_reply_to=asked[-1] if asked else None,
            references=tuple(outside_id for outside_id, _ in chain),
        )


def addresses_of(tx: Tx, identity_ids: set[str]) -> dict[str, str]:
    """Return the address behind each identity, in the form we send to."""
    rows = tx.execute(
        select(identities.c.id, identities.c.value_norm).where(identities.c.id.in_(identity_ids))
    )
    return {row.id: row.value_norm for row in rows}


def _outside_ids(
    tx: Tx, conversation_ids: set[str], newest: int = 20
) -> dict[str, list[tuple[str, bool]]]:
    """The first and the newest outside ids of each conversation, oldest first (References).

    Each with whether the customer wrote it: an answer is a reply to their last one.
    """
    ranked = (
        select(
            interactions.c.conversation_id,
            interactions.c.external_id,
            interactions.c.direction,
            interactions.c.seq,
            func.row_number()
            .over(partition_by=interactions.c.conversation_id, order_by=interactions.c.seq.desc())
            .label("from_end"),
            func.row_number()
            .over(partition_by=interactions.c.conversation_id, order_by=interactions.c.seq)
            .label("from_start"),
        )
        .where(
            interactions.c.conversation_id.in_(conversation_ids),
            interactions.c.external_id.is_not(None),
        )
        .subquery()
    )
    rows = tx.execute(
        select(ranked)
        .where((ranked.c.from_end <= newest) | (ranked.c.from_start == 1))
        .order_by(ranked.c.conversation_id, ranked.c.seq)
    )
    chains: dict[str, list[tuple[str, bool]]] = {}
    for row in rows:
        by_customer = row.direction == Direction.INBOUND
        chains.setdefault(row.conversation_id, []).append((row.external_id, by_customer))
    return chains


def encoded(one: Outgoing) -> NewEffect:
    return to_person(
        one.permit,
        one.send,
        channel=one.channel,
        entry_point_id=one.entry_point_id,
        interaction_id=one.send.interaction_id,
        contact_id=one.send.contact_id,
        dedupe_key=f"send:{one.send.interaction_id}",
        not_before=one.not_before,
    )
