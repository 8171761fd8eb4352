"""Which open contact something that came in goes on with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.contacts import threads
from hub.contacts.joining.reads import find_landings
from hub.contacts.model import ContactState, InteractionKind, is_dialling
from hub.contacts.threads import Thread
from hub.storage import Tx


def find_what_goes_on(tx: Tx, made: Sequence[Thread]) -> dict[str, dict[str, Any]]:
    """Return, by conversation, the contact that is open on it, else the one that its last contact
    was merged into; locked.
    """
    found = threads.find_open_contacts(tx, [thread.id for thread in made])
    others = {thread.id for thread in made if not thread.is_new} - found.keys()
    return {**find_landings(tx, others), **found}


def is_no_call(contact: Mapping[str, Any] | None) -> bool:
    """Say whether this open contact has nobody on the line, and no parked request that wakes."""
    if contact is None or contact["state"] == ContactState.PARKED:
        return False
    dialling = is_dialling(contact["direction"], contact["answered_at"])
    return dialling or contact["promise"] == InteractionKind.VOICEMAIL
