"""What sends an answer: its effect with recipients and the thread's outside ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, select

from hub.contacts.chains import Chain, chains_of
from hub.contacts.effects import EffectFile, Send
from hub.contacts.outreach.model import Permit
from hub.contacts.outreach.sending import to_person
from hub.contacts.service import NewInteraction
from hub.customers.tables import identities
from hub.storage import Tx
from hub.storage.outbox import NewEffect

from .commands import Reply
from .signing import Signer, signatures_of


@dataclass(slots=True)
class Outgoing:
    permit: Permit
    send: Send
    channel: str
    entry_point_id: str
    not_before: datetime | None
    conversation_id: str
    identity_id: str
    signer: Signer


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
        subject=item.subject or head.subject or row.subject,
        files=tuple(
            EffectFile(
                blob_id=file.blob_id,
                name=file.name,
                media_type=file.media_type,
                size_bytes=file.size_bytes,
                content_id=file.content_id,
            )
            for file in files
        ),
        language=row.language,
        author_name=item.agent_name,
        aside=item.aside_of is not None,
        in_reply_to=item.in_reply_to,
        references=(item.in_reply_to,) if item.in_reply_to else (),
    )
    return Outgoing(
        permit,
        send,
        row.channel,
        row.entry_point_id,
        item.not_before,
        head.id,
        # Who wrote a mail in a chat is answered at their mail's address.
        head.identity_id if row.channel == head.channel else row.identity_id,
        Signer(item.agent_id, item.agent_name, row.queue_id, row.entry_point_id, row.language),
    )


def fill_recipients(tx: Tx, outgoing: Sequence[Outgoing]) -> None:
    """Where no recipient was named: the conversation's identity; the thread's outside ids; and the
    signature that its author was shown.
    """
    if not outgoing:
        return
    addresses = addresses_of(tx, {one.identity_id for one in outgoing})
    chains = chains_of(tx, {one.conversation_id for one in outgoing})
    signatures = signatures_of(tx, [one.signer for one in outgoing])
    for one, signature in zip(outgoing, signatures, strict=True):
        one.send = msgspec.structs.replace(one.send, signature=signature.text)
        if one.send.aside:  # another thread, to whom its agent chose
            continue
        chain = chains.get(one.conversation_id, Chain())
        one.send = msgspec.structs.replace(
            one.send,
            to=one.send.to or (addresses[one.identity_id],),
            in_reply_to=chain.asked,
            references=chain.ids,
            thread_index=chain.thread_index,
        )


def addresses_of(tx: Tx, identity_ids: set[str]) -> dict[str, str]:
    """Return the address behind each identity, in the form we send to."""
    rows = tx.execute(
        select(identities.c.id, identities.c.value_norm).where(identities.c.id.in_(identity_ids))
    )
    return {row.id: row.value_norm for row in rows}


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
