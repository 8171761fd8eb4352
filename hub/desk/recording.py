"""The agent pauses the recording of a call, for a card number, and lets it go on."""

from __future__ import annotations

from hub.contacts import service as contact_service
from hub.contacts.effects import Record
from hub.contacts.outreach.sending import to_channel
from hub.contacts.recordings.model import Turn
from hub.contacts.recordings.service import AskTurn, ask_turn
from hub.core.ids import new_id
from hub.storage import Tx
from hub.storage.outbox import add_effects

from .handling import Handle


def pause_recording(tx: Tx, cmd: Handle) -> None:
    """Ask for silence on the recording. Raises Conflict where nothing is recorded."""
    _turn(tx, cmd, paused=True)


def resume_recording(tx: Tx, cmd: Handle) -> None:
    """Ask for the recording to go on. Raises Conflict where nothing is recorded."""
    _turn(tx, cmd, paused=False)


def _turn(tx: Tx, cmd: Handle, *, paused: bool) -> None:
    ask_turn(tx, AskTurn(cmd.contact_id, Turn.PAUSING if paused else Turn.RESUMING))
    row = contact_service.get_contact(tx, cmd.contact_id)
    effect = to_channel(
        Record(contact_id=row.id, paused=paused, at=tx.now),
        channel=row.channel,
        entry_point_id=row.entry_point_id,
        contact_id=row.id,
        dedupe_key=f"call:{new_id()}",
    )
    add_effects(tx, [effect])
