"""Who listens to a recording is audited: one line for each listening, however it is fetched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select

from hub.accounts.audit import audit, find_last
from hub.accounts.model import actor_of
from hub.contacts.recordings.access import access_recording
from hub.contacts.recordings.model import RecordingState
from hub.contacts.recordings.tables import recordings
from hub.core.errors import NotFound
from hub.storage import Store, Tx
from hub.web import Principal

from .readers import sight_of

_PLAY = "recording.play"
_LISTENING = timedelta(minutes=30)  # beyond its length: pauses, going back, slower speeds


async def listen(store: Store, principal: Principal, recording_id: str) -> Row[Any]:
    """Return a recording that is kept, and that this user may hear, once it is noted that they do.

    Raises NotFound.
    """
    row, is_known = await store.read(_listen, (principal, recording_id))
    if not is_known:
        await store.write(_note, (principal, recording_id))
    return row


def kept_recording(tx: Tx, asked: tuple[Principal, str]) -> Row[Any]:
    """Return a recording whose sound this user may have. Raises NotFound."""
    principal, recording_id = asked
    row = access_recording(tx, sight_of(tx, principal), recording_id)
    if row.state != RecordingState.KEPT:
        raise NotFound("The sound of this recording is not kept.", code="recording.deleted")
    return row


def recording_of(tx: Tx, file: Row[Any]) -> str | None:
    """Return the recording that a row of `attachments` is: a spoken message is a file of its entry,
    too.
    """
    if not file.media_type.startswith("audio/"):
        return None
    found = select(recordings.c.id).where(recordings.c.blob_id == file.blob_id)
    return tx.execute(found.limit(1)).scalar_one_or_none()


def _listen(tx: Tx, asked: tuple[Principal, str]) -> tuple[Row[Any], bool]:
    """Return the recording, and whether this listening has its line already."""
    row = kept_recording(tx, asked)
    last = find_last(tx, _PLAY, "recording", row.id, asked[0].user_id)
    lasts = timedelta(seconds=row.duration_s) + _LISTENING
    return row, last is not None and last.at + lasts > tx.now


def _note(tx: Tx, asked: tuple[Principal, str]) -> None:
    """Keep who listens. Of requests that come together only the first does."""
    row, is_known = _listen(tx, asked)
    if not is_known:
        about = {"contact": row.contact_id}
        audit(tx, actor_of(asked[0]), _PLAY, "recording", row.id, about)
