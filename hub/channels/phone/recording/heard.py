"""What the other side of a call knows of its being recorded, as it is noted on the call."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import update

from hub.channels.phone.model import Consent
from hub.channels.phone.tables import calls
from hub.storage import Tx


class Heard(NamedTuple):
    call_id: str
    consent: Consent


def note_heard(tx: Tx, heard: Heard) -> None:
    """The other side was told of the recording, or has answered; an answer is not taken back."""
    settled = calls.c.consent.in_((Consent.AGREED, Consent.REFUSED))
    tx.execute(
        update(calls).where(calls.c.id == heard.call_id, ~settled).values(consent=heard.consent)
    )
