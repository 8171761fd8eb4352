"""A spoken message whose caller is called back from it: what its entry says, what becomes of it.

The entry of the message keeps every call (`CALLED_BACK`), the call's contact which message it is
for (`CALLS_BACK`). While the phones ring the message is set aside; the talk settles it, and a call
that did not come about leaves it to come back by itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select, update

from hub.contacts import service as contact_service
from hub.contacts.model import CallOutcome, ContactState, EndedAs
from hub.contacts.tables import interactions
from hub.routing.settings import load_settings
from hub.storage import Tx

from .line import close
from .rules import plan_of

CALLS_BACK = "calls_back"  # on a call's contact: {"interaction_id", "contact_id"} of the message
CALLED_BACK = "called_back"  # on the message's entry: its calls, the oldest first
_MOST_KEPT = 20
_LEAST_ASIDE_S = 900.0  # longer than phones ring (150 s), with time to try once more


def aside_for(tx: Tx, queue_id: str) -> timedelta:
    """Return how long a message is set aside when its caller is called: the queue's time between
    two attempts.
    """
    gap_s = plan_of(load_settings(tx), queue_id).gap_s
    return timedelta(seconds=max(gap_s, _LEAST_ASIDE_S))


def note_begun(tx: Tx, message: Row[Any], call_contact_id: str, by_name: str) -> None:
    """Write on the entry of a message (its row) that its caller is being called, and by whom."""
    call = {
        "contact_id": call_contact_id,
        "at": tx.now.isoformat(),
        "by_name": by_name,
        "outcome": None,
        "reason": "",
    }
    if (entry := _lock_entry(tx, message.id)) is not None:
        _write(tx, entry, [*calls_of(entry), call][-_MOST_KEPT:])


def calls_of(message: Row[Any]) -> list[dict[str, Any]]:
    """Return the calls that were made from the entry of a message, the oldest first."""
    return list(message.meta.get(CALLED_BACK) or ())


def reached(tx: Tx, call: Row[Any]) -> None:
    """The caller of a message is on the line (`call`: the call's contact): it is settled.

    Why they had called is said of the call. Nothing for calls that are for no message.
    """
    message = _message_of(tx, call, CallOutcome.ANSWERED, "")
    if message is not None and message.state == ContactState.PARKED:
        close(tx, [message], EndedAs.HANDLED)


def not_reached(
    tx: Tx, call: Row[Any], outcome: CallOutcome, reason: str, *, called_again: bool
) -> None:
    """The call for a message did not come about. `called_again`: the queue's own callback goes on,
    which stands for the message then; else it comes back to its agent when its time is over.
    """
    message = _message_of(tx, call, outcome, reason)
    if called_again and message is not None and message.state == ContactState.PARKED:
        close(tx, [message], EndedAs.CALLBACK)


def _message_of(tx: Tx, call: Row[Any], outcome: CallOutcome, reason: str) -> Row[Any] | None:
    """Write the result on the entry of the message; return the message's contact, locked."""
    link = call.meta.get(CALLS_BACK)
    if link is None:
        return None
    contact = contact_service.lock_contacts(tx, [link["contact_id"]]).get(link["contact_id"])
    message = _lock_entry(tx, link["interaction_id"])
    if message is None or contact is None:
        return contact
    ended = {"outcome": outcome.value, "reason": reason}
    calls = [
        {**one, **ended} if one["contact_id"] == call.id and one["outcome"] is None else one
        for one in calls_of(message)
    ]
    _write(tx, message, calls)
    return contact


def _lock_entry(tx: Tx, interaction_id: str) -> Row[Any] | None:
    """Read the entry of a message for change: others write its recording and words there."""
    return tx.execute(
        select(interactions).where(interactions.c.id == interaction_id).with_for_update()
    ).first()


def _write(tx: Tx, message: Row[Any], calls: list[dict[str, Any]]) -> None:
    tx.execute(
        update(interactions)
        .where(interactions.c.id == message.id)
        .values(meta={**message.meta, CALLED_BACK: calls})
    )
    tx.hint("conversation.marked", message.conversation_id)
