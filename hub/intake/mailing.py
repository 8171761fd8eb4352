"""The parts of a mail that goes on with a chat: who writes it, what is in it, what is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, func, select

from hub.contacts.by_mail.letter import Letter, Said
from hub.contacts.by_mail.model import SilenceRules, rules_in
from hub.contacts.chains import Chain
from hub.contacts.effects import EffectFile, Send
from hub.contacts.inbound import IdentityKind
from hub.contacts.model import Direction, InteractionKind
from hub.contacts.outreach.model import Permit
from hub.contacts.outreach.sending import to_person
from hub.contacts.outreach.service import AskFor
from hub.contacts.service import NewInteraction
from hub.contacts.tables import attachments, conversations, entry_points, interactions
from hub.core.errors import NotFound
from hub.core.ids import new_id
from hub.customers.consent.model import Purpose
from hub.storage import Tx
from hub.storage.outbox import NewEffect

TOLD = InteractionKind.MESSAGE


class Mail(NamedTuple):
    """`about`: the entry whose id the mail has; `writer`: the entry point that sends it; `token`:
    of the link back into the chat.
    """

    head: Row[Any]
    about: Row[Any] | NewInteraction
    point: Row[Any]
    writer: Row[Any]
    letter: Letter
    chain: Chain
    token: str


def mail_effect(
    permit: Permit,
    mail: Mail,
    *,
    to: str = "",
    files: tuple[EffectFile, ...] = (),
    automatic: bool = False,
) -> NewEffect:
    head, about, writer = mail.head, mail.about, mail.writer
    send = Send(
        interaction_id=about.id,
        conversation_id=head.id,
        contact_id=about.contact_id,
        to=(to or head.mail_to,),
        text=mail.letter.text,
        html=mail.letter.html,
        subject=mail.letter.subject,
        in_reply_to=mail.chain.asked,
        references=mail.chain.ids,
        files=files,
        automatic=automatic,
        language=head.language or mail.point.language,
        author_name=about.author_name if not automatic else writer.display_name,
        back=f"channels/{mail.point.id}/return/{mail.token}",
    )
    return to_person(
        permit,
        send,
        channel=writer.channel,
        entry_point_id=writer.id,
        interaction_id=about.id,
        contact_id=about.contact_id,
        dedupe_key=f"by_mail:{about.id}",
    )


def told(
    tx: Tx,
    head: Row[Any],
    contact_id: str | None,
    facts: Mapping[str, Any],
    by: tuple[str, str] | None = None,
) -> NewInteraction:
    return NewInteraction(
        id=new_id(),
        conversation_id=head.id,
        contact_id=contact_id,
        identity_id=head.identity_id,
        channel=head.channel,
        kind=InteractionKind.SYSTEM,
        direction=Direction.INTERNAL,
        text="",
        at=tx.now,
        author_id=by[0] if by else None,
        author_name=by[1] if by else None,
        meta=facts,
    )


def ask_for(writer: Row[Any], address: str) -> AskFor:
    return AskFor(Purpose.SERVICE, writer.channel, address=(IdentityKind.EMAIL, address))


def lock_head(tx: Tx, conversation_id: str) -> Row[Any]:
    found = select(conversations).where(conversations.c.id == conversation_id).with_for_update()
    head = tx.execute(found).first()
    if head is None:
        raise NotFound("There is no such conversation.")
    return head


def points_of(tx: Tx, ids: Collection[str]) -> dict[str, Row[Any]]:
    rows = tx.execute(select(entry_points).where(entry_points.c.id.in_(sorted(ids))))
    return {row.id: row for row in rows}


def writers_of(tx: Tx, points: Mapping[str, Row[Any]]) -> dict[str, Row[Any]]:
    """Return, by the chat's entry point, the one that writes mails for it, where there is one."""
    named = {id_: rules_in(point.settings).mail for id_, point in points.items()}
    found = points_of(tx, set(filter(None, named.values())))
    return {
        id_: found[key] for id_, key in named.items() if key in found and not found[key].retired
    }


def find_rules(tx: Tx, entry_point_ids: Collection[str]) -> dict[str, SilenceRules]:
    """Return, by entry point, what its settings say of silence."""
    return {id_: rules_in(row.settings) for id_, row in points_of(tx, entry_point_ids).items()}


def files_of(tx: Tx, interaction_ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    rows = tx.execute(
        select(attachments)
        .where(attachments.c.interaction_id.in_(interaction_ids))
        .order_by(attachments.c.created_at, attachments.c.id)
    )
    for row in rows:
        found[row.interaction_id].append(row)
    return found


def said_in(
    rows: Sequence[Row[Any]], files: Mapping[str, Sequence[Row[Any]]], point: Row[Any]
) -> list[Said]:
    return [
        Said(
            row.direction == Direction.INBOUND,
            row.author_name or point.display_name,
            row.text,
            row.at,
            [file.name for file in files.get(row.id, ())],
        )
        for row in rows
    ]


def sent_files(
    rows: Sequence[Row[Any]], files: Mapping[str, Sequence[Row[Any]]]
) -> tuple[EffectFile, ...]:
    return tuple(
        EffectFile(
            blob_id=file.blob_id,
            name=file.name,
            media_type=file.media_type,
            size_bytes=file.size_bytes,
        )
        for row in rows
        for file in files.get(row.id, ())
    )


def last_said_seq(tx: Tx, conversation_id: str) -> int:
    """Return the seq of our last public message in a conversation, 0 where there is none."""
    found = select(func.max(interactions.c.seq)).where(
        interactions.c.conversation_id == conversation_id,
        interactions.c.direction == Direction.OUTBOUND,
        interactions.c.kind == TOLD,
    )
    return tx.execute(found).scalar() or 0
