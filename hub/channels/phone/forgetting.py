"""A customer is erased: the numbers of their calls, and what they said after the tone."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, delete, or_, select, update

from hub.contacts.forgetting import Whose
from hub.contacts.model import InteractionKind
from hub.contacts.tables import interactions
from hub.storage import Tx

from .guests.tables import guests
from .recording.rows import forget_unfinished
from .recording.tables import transcripts
from .tables import calls, messages, steps


def forget(tx: Tx, whose: Whose) -> Sequence[str]:
    """Keep that there were calls, and not with whom."""
    theirs = or_(calls.c.contact_id.in_(whose.contact_ids), calls.c.id.in_(_filed(tx, whose)))
    of_calls = sorted(tx.execute(select(calls.c.id).where(theirs)).scalars())
    if of_calls:  # most contacts are none, and steps are looked through for those of a call
        _forget_calls(tx, of_calls)
    gone = delete(messages).where(messages.c.contact_id.in_(whose.contact_ids))
    blob_ids = [*tx.execute(gone.returning(messages.c.blob_id)).scalars()]
    return blob_ids + forget_unfinished(tx, whose.contact_ids)


def _forget_calls(tx: Tx, of_calls: Sequence[str]) -> None:
    tx.execute(update(steps).where(steps.c.call_id.in_(of_calls)).values(detail="", error=None))
    outside = and_(guests.c.call_id.in_(of_calls), guests.c.user_id.is_(None))
    tx.execute(update(guests).where(outside).values(address=""))
    tx.execute(delete(transcripts).where(transcripts.c.call_id.in_(of_calls)))
    blank = {"from_address": "", "to_address": "", "callback_number": None}
    tx.execute(update(calls).where(calls.c.id.in_(of_calls)).values(**blank))


def _filed(tx: Tx, whose: Whose) -> list[str]:
    """Return the calls that stand on their timeline: who only heard the menu has no contact."""
    entries = select(interactions.c.meta).where(
        interactions.c.conversation_id.in_(whose.conversation_ids),
        interactions.c.kind == InteractionKind.CALL,
    )
    found = [meta.get("call_id") for meta in tx.execute(entries).scalars()]
    return sorted({str(call_id) for call_id in found if call_id})
