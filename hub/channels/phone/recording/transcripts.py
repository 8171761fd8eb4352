"""What was said on recordings and messages, as the provider heard it: kept until it is told."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.channels.base import Door
from hub.channels.phone.tables import messages
from hub.contacts.recordings.model import Transcribed
from hub.core.errors import HubError, Unavailable
from hub.storage import Tx

from .tables import tapings, transcripts

_LIMIT = 20
_AGAIN = timedelta(seconds=30)
_GIVE_UP = timedelta(days=1)


class Heard(NamedTuple):
    call_id: str
    recording_sid: str
    words: str


def keep_transcript(tx: Tx, heard: Heard) -> None:
    """Keep the words until the recording is there; the first ones count."""
    make = postgresql.insert if tx.dialect == "postgresql" else sqlite.insert
    tx.execute(
        make(transcripts)
        .values(**heard._asdict(), at=tx.now, due_at=tx.now)
        .on_conflict_do_nothing(index_elements=["recording_sid"])
    )


class Due(NamedTuple):
    recording_sid: str
    recording_id: str | None  # None: it is not known, or not filed, yet
    words: str


def list_due(tx: Tx, limit: int) -> list[Due]:
    """Return words to be told; those that wait for their recording too long are forgotten."""
    known = or_(tapings.c.id.is_not(None), messages.c.contact_id.is_not(None))
    rows = tx.execute(
        select(
            transcripts.c.recording_sid,
            transcripts.c.words,
            tapings.c.id,
            messages.c.recording_id,
            known.label("known"),
        )
        .outerjoin(tapings, tapings.c.sid == transcripts.c.recording_sid)
        .outerjoin(messages, messages.c.recording_sid == transcripts.c.recording_sid)
        .where(transcripts.c.due_at <= tx.now)
        .order_by(transcripts.c.due_at)
        .limit(limit)
    ).all()
    return [
        Due(row.recording_sid, (row.id or row.recording_id) if row.known else None, row.words)
        for row in rows
    ]


def put_off(tx: Tx, recording_sid: str) -> None:
    """Try again later, and no more after a day."""
    one = transcripts.c.recording_sid == recording_sid
    tx.execute(delete(transcripts).where(one, transcripts.c.at <= tx.now - _GIVE_UP))
    tx.execute(update(transcripts).where(one).values(due_at=tx.now + _AGAIN))


def settle(tx: Tx, recording_sid: str) -> None:
    tx.execute(delete(transcripts).where(transcripts.c.recording_sid == recording_sid))


async def tell_transcripts(door: Door) -> None:
    """Tell the words whose recordings the hub has."""
    for due in await door.store.read(list_due, _LIMIT):
        told = due.recording_id is not None and await _tell(door, due.recording_id, due.words)
        await door.store.write(settle if told else put_off, due.recording_sid)


async def _tell(door: Door, recording_id: str, words: str) -> bool:
    try:
        await door.report(Transcribed(recording_id, words))
    except Unavailable:
        raise
    except HubError:  # it is not filed yet, or is deleted already
        return False
    return True
