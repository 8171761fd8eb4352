"""Which of the messages that come in ask to be contacted (hub.callbacks.wishes keeps them)."""

from __future__ import annotations

from collections.abc import Sequence

from hub.callbacks.wishes import Asking, keep_wishes
from hub.contacts.commitments.wishes import find_words
from hub.contacts.inbound import Inbound
from hub.contacts.model import InteractionKind
from hub.storage import Tx

from .case import Case


def keep_wishes_of(tx: Tx, cases: Sequence[Case]) -> None:
    """Keep the wishes to be contacted that these messages contain."""
    keep_wishes(tx, [asked for case in cases if (asked := _asking(case)) is not None])


def _asking(case: Case) -> Asking | None:
    """Return what is asked for in a message of a customer that waits for an answer."""
    item, contact = case.item, case.contact
    if contact is None or not _is_letter(item):
        return None
    words = find_words(f"{item.subject or ''}\n{item.text}")
    if words is None:
        return None
    return Asking(
        case.who.identity_id,
        contact["id"],
        contact["queue_id"],
        str(item.channel),
        case.interaction_id,
        words,
    )


def _is_letter(item: Inbound) -> bool:
    """Written by a person: machines' mails and what could not be read ask for nothing."""
    return item.kind is InteractionKind.MESSAGE and item.queues and item.quarantine_reason is None
