"""A mail in quarantine is read again: what can be read now takes the place of what could not."""

from __future__ import annotations

from dataclasses import dataclass

from hub.contacts import service as contact_service
from hub.contacts.inbound import Inbound, Receipt
from hub.contacts.model import ContactState, EndedAs
from hub.contacts.service import Move
from hub.core.errors import Conflict, HubError
from hub.storage import Tx

from .receive import receive

_QUARANTINED = frozenset({ContactState.QUARANTINED})


@dataclass(frozen=True, slots=True)
class Reprocess:
    """`inbound`: what was read of it now; None: news about something we sent, already reported."""

    contact_id: str
    inbound: Inbound | None


@dataclass(frozen=True, slots=True)
class Reprocessed:
    """Where it stands now: nowhere as a contact if it was news, or never queues."""

    contact_id: str | None
    duplicate: bool  # the same mail had come in by another way meanwhile


def reprocess(tx: Tx, cmd: Reprocess) -> Reprocessed:
    """File what was read under the key it would have had, and close the quarantined contact.

    One transaction, and the key is unique: twice gives the same. Raises Conflict where somebody
    released or closed it meanwhile, NotFound, Invalid for an entry point that is no more.
    """
    row = contact_service.get_contact(tx, cmd.contact_id)
    if row.state != ContactState.QUARANTINED:
        raise Conflict("The contact is not in quarantine any more.", code="quarantine.gone")
    if cmd.inbound is None:
        _close(tx, row.id, EndedAs.MESSAGE)
        return Reprocessed(None, False)
    if cmd.inbound.quarantine_reason is not None:
        raise Conflict(cmd.inbound.quarantine_reason, code="quarantine.still")
    _close(tx, row.id, EndedAs.MERGED)
    [receipt] = receive(tx, [cmd.inbound])
    if isinstance(receipt, HubError):
        raise receipt
    return _reprocessed(row.id, receipt)


def _reprocessed(contact_id: str, receipt: Receipt) -> Reprocessed:
    found = None if receipt.contact_id == contact_id else receipt.contact_id
    return Reprocessed(found, receipt.duplicate)


def _close(tx: Tx, contact_id: str, ended_as: EndedAs) -> None:
    contact_service.move(
        tx,
        Move(
            contact_id,
            ContactState.CLOSED,
            _QUARANTINED,
            changes={"ended_as": ended_as, "closed_at": tx.now, "unanswered_since": None},
        ),
    )
