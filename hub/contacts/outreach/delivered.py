"""What became of what went out of our own accord: what never arrived does not count as sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Update, and_, or_, select, update

from hub.contacts.model import DeliveryState
from hub.storage import Tx

from .tables import outreach

UNDELIVERED = "undelivered"
_ARRIVED = frozenset({DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ})


class NotCalled(NamedTuple):
    """A call of our own accord that was never made: whom, and in which contact."""

    identity_id: str
    contact_id: str


def note_delivery(tx: Tx, interaction_id: str, before: DeliveryState, after: DeliveryState) -> None:
    """Follow a message: bounced or given up, it stands against nothing that is sent later; where it
    arrived after all it counts again. One statement, and none for what is as it was.
    """
    if after is DeliveryState.FAILED and before is not after:
        failed = and_(outreach.c.interaction_id == interaction_id, outreach.c.outcome == "sent")
        tx.execute(update(outreach).where(failed).values(outcome="failed", reason=UNDELIVERED))
    elif before is DeliveryState.FAILED and after in _ARRIVED:
        tx.execute(_arrived(interaction_id))


def note_not_called(tx: Tx, calls: Sequence[NotCalled]) -> None:
    """Let calls that were never made count for nothing."""
    if not calls:
        return
    meant = [
        and_(outreach.c.identity_id == one.identity_id, outreach.c.contact_id == one.contact_id)
        for one in calls
    ]
    tx.execute(
        update(outreach)
        .where(or_(*meant), outreach.c.interaction_id.is_(None), outreach.c.outcome == "sent")
        .values(outcome="failed", reason=UNDELIVERED)
    )


def _arrived(interaction_id: str) -> Update:
    again = outreach.alias("again")
    same = (
        select(again.c.id)
        .where(
            again.c.identity_id == outreach.c.identity_id,
            again.c.material == outreach.c.material,
            again.c.outcome == "sent",
        )
        .exists()
    )
    return (
        update(outreach)
        .where(
            outreach.c.interaction_id == interaction_id,
            outreach.c.outcome == "failed",
            ~same,  # it was sent once more meanwhile: that one counts
        )
        .values(outcome="sent", reason="allowed")
    )
