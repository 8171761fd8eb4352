"""An answer that is being written, as it would be sent now: to look at its pages."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from hub.contacts.effects import EffectFile, Send
from hub.contacts.tables import attachments, contacts
from hub.core.errors import HubError, Invalid, NotFound
from hub.customers.model import IdentityKind
from hub.customers.normalise import mask
from hub.storage import Tx

from .answering import rows_to_answer
from .commands import Reply
from .messages import check_length
from .outgoing import addresses_of


@dataclass(frozen=True, slots=True)
class ToDraw:
    """`channel` and `entry_point_id`: by which it would go."""

    channel: str
    entry_point_id: str
    send: Send


def answer_to_draw(tx: Tx, item: Reply, *, masked: bool) -> ToDraw:
    """Return an answer as it would be sent now. Nothing is written. `masked`: its number is hidden
    from who looks.

    Raises NotFound, Conflict for a conversation that does not go on there, Invalid for a file that
    is not to be had.
    """
    contact = tx.execute(select(contacts).where(contacts.c.id == item.contact_id)).first()
    row = rows_to_answer(tx, [item], {} if contact is None else {contact.id: contact})[0]
    if row is None:
        raise NotFound("There is no such contact.")
    if isinstance(row, HubError):
        raise row
    check_length(item.text)
    address = addresses_of(tx, {row.identity_id})[row.identity_id]
    return ToDraw(
        row.channel,
        row.entry_point_id,
        Send(
            interaction_id="",
            conversation_id=row.conversation_id,
            contact_id=row.id,
            to=(mask(IdentityKind.FAX, address) if masked else address,),
            text=item.text,
            files=_files(tx, item),
            language=row.language,
            author_name=item.agent_name,
        ),
    )


def _files(tx: Tx, item: Reply) -> tuple[EffectFile, ...]:
    wanted = dict.fromkeys(item.attachment_ids)
    if not wanted:
        return ()
    rows = tx.execute(
        select(attachments).where(
            attachments.c.id.in_(list(wanted)), attachments.c.interaction_id.is_(None)
        )
    )
    found = {
        row.id: row
        for row in rows
        if row.uploader == f"user:{item.agent_id}" or row.contact_id == item.contact_id
    }
    if len(found) != len(wanted):
        raise Invalid(
            "A file of this answer was not uploaded by you, or is used already.",
            code="reply.unknown_file",
        )
    return tuple(
        EffectFile(
            blob_id=found[id_].blob_id,
            name=found[id_].name,
            media_type=found[id_].media_type,
            size_bytes=found[id_].size_bytes,
        )
        for id_ in wanted
    )
