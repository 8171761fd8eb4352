"""A customer is erased: the numbers that said stop; that they did stays with their address."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete

from hub.contacts.forgetting import Whose
from hub.storage import Tx

from .tables import sms_stops


def forget(tx: Tx, whose: Whose) -> Sequence[str]:
    """Keep that texts were sent, and not to whom."""
    theirs = [value for _, value in whose.addresses]
    if theirs:  # nobody's addresses go with what was kept long enough
        tx.execute(delete(sms_stops).where(sms_stops.c.number.in_(theirs)))
    return ()
