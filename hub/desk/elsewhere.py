"""What did not reach its number goes to another one, as a message of its own; the two know each
other.

It is no new answer: what waits for one, and what has been answered, stays as it was. A late result
of the first one still lands on the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, update

from hub.contacts import service as contact_service
from hub.contacts.effects import EffectFile, Send
from hub.contacts.model import DeliveryState, Direction, InteractionKind
from hub.contacts.numbers import check_number
from hub.contacts.outreach.sending import to_person
from hub.contacts.service import NewInteraction
from hub.contacts.tables import contacts, conversations, entry_points, interactions
from hub.core.errors import Conflict, HubError, Invalid, NotFound
from hub.core.ids import new_id
from hub.customers.normalise import is_costly
from hub.storage import Tx
from hub.storage.outbox import add_effects
from hub.storage.search import Document, SearchKind, index_documents

from .commands import Reply, Written
from .copies import CopyFiles, bind_copies
from .known import known_of
from .permits import Written as Answer
from .permits import clear, note_cleared

META = "sent_on"
"""In the first one's `meta`: where it went afterwards, [{"id", "to"}], the latest last."""

OF = "sent_on_from"
"""In the `meta` of one that was sent on: the message that did not reach its number."""

_LOST = frozenset({DeliveryState.FAILED, DeliveryState.UNKNOWN})
_MOST = 10  # numbers for one message: whoever tries more of them should look one up


@dataclass(frozen=True, slots=True)
class SendElsewhere:
    """`copies`: the first one's files, each with the blob that holds its bytes once more. The same
    (agent, client id) again changes nothing.
    """

    interaction_id: str
    number: str
    agent_id: str
    agent_name: str
    client_id: str
    copies: Sequence[tuple[Row[Any], str]] = ()


def send_elsewhere(tx: Tx, cmd: SendElsewhere) -> Written:
    """Send what a message says to another number. Raises NotFound, Invalid for the number, Conflict
    where the first has arrived or is under way, or the number wants nothing from us.
    """
    known, _ = known_of(tx, [(cmd.agent_id, cmd.client_id)])
    if known:
        return known[cmd.agent_id, cmd.client_id]
    first = _lost(tx, cmd.interaction_id)
    if not first.text.strip() and not cmd.copies:
        raise Conflict("Its words are not kept any more: write it again.", code="delivery.gone")
    head = tx.execute(
        select(conversations).where(conversations.c.id == first.conversation_id).with_for_update()
    ).one()
    number = _number(tx, cmd.number, head.entry_point_id)
    sent_on = first.meta.get(META, [])
    if len(sent_on) >= _MOST:
        raise Conflict("It was sent to ten numbers already.", code="elsewhere.too_often")
    contact = tx.execute(select(contacts).where(contacts.c.id == first.contact_id)).one()
    item = Reply(
        contact_id=contact.id,
        agent_id=cmd.agent_id,
        agent_name=cmd.agent_name,
        client_id=cmd.client_id,
        text=first.text,
        instant=False,
        to=(number,),
        scheduled=True,  # promised while its agent held the contact, whoever holds it now
    )
    answer = Answer(item, contact, ())
    may = clear(tx, [answer])[0]
    if isinstance(may, HubError):
        raise may
    entry = _entry(tx, item, first, number)
    seq = contact_service.append(tx, [entry], {head.id: head.last_seq})[0]
    files = bind_copies(tx, CopyFiles(cmd.agent_id, first.id, cmd.copies), contact.id, entry.id)
    send = Send(
        interaction_id=entry.id,
        conversation_id=head.id,
        contact_id=contact.id,
        to=(number,),
        text=first.text,
        files=tuple(
            EffectFile(
                blob_id=file.blob_id,
                name=file.name,
                media_type=file.media_type,
                size_bytes=file.size_bytes,
            )
            for file in files
        ),
        language=contact.language,
        author_name=cmd.agent_name,
    )
    effect = to_person(
        may.permit,
        send,
        channel=head.channel,
        entry_point_id=head.entry_point_id,
        interaction_id=entry.id,
        contact_id=contact.id,
        dedupe_key=f"send:{entry.id}",
    )
    add_effects(tx, [effect])
    note_cleared(tx, [(answer, may, entry.id)])
    _note(tx, first, head, seq, [*sent_on, {"id": entry.id, "to": number}])
    if entry.text:
        index_documents(tx, SearchKind.INTERACTIONS, [Document(entry.id, entry.text, entry.at)])
    return Written(entry.id, head.id, seq, entry.delivery)


def _lost(tx: Tx, interaction_id: str) -> Row[Any]:
    row = tx.execute(
        select(interactions)
        .where(
            interactions.c.id == interaction_id,
            interactions.c.direction == Direction.OUTBOUND,
            interactions.c.kind == InteractionKind.MESSAGE,
            interactions.c.contact_id.is_not(None),
            interactions.c.author_id.is_not(None),
        )
        .with_for_update()
    ).first()
    if row is None:
        raise NotFound("There is no such message of ours.")
    if row.delivery not in _LOST:
        raise Conflict("It has gone out already.", code="delivery.went")
    return row


def _number(tx: Tx, typed: str, entry_point_id: str) -> str:
    point = tx.execute(select(entry_points).where(entry_points.c.id == entry_point_id)).first()
    if point is None:
        raise Conflict("The number it was sent from is no more.", code="elsewhere.no_point")
    number = check_number(tx, typed, point)
    if is_costly(number):
        raise Invalid("Numbers of this kind are not faxed.", code="number.costly", field="number")
    return number


def _entry(tx: Tx, item: Reply, first: Row[Any], number: str) -> NewInteraction:
    return NewInteraction(
        id=new_id(),
        conversation_id=first.conversation_id,
        contact_id=first.contact_id,
        identity_id=first.identity_id,
        channel=first.channel,
        kind=InteractionKind.MESSAGE,
        direction=Direction.OUTBOUND,
        text=first.text,
        at=tx.now,
        author_id=item.agent_id,
        author_name=item.agent_name,
        client_id=item.client_id,
        delivery=DeliveryState.PENDING,
        meta={"to": [number], OF: first.id},
    )


def _note(
    tx: Tx, first: Row[Any], head: Row[Any], seq: int, sent_on: Sequence[dict[str, str]]
) -> None:
    tx.execute(
        update(interactions)
        .where(interactions.c.id == first.id)
        .values(meta={**first.meta, META: list(sent_on)})
    )
    tx.execute(
        update(conversations)
        .where(conversations.c.id == head.id)
        .values(last_seq=seq, last_at=tx.now, version=conversations.c.version + 1)
    )
    tx.hint("conversation.marked", head.id)
