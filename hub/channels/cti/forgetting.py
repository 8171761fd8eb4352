"""A customer is erased: what PBXs told of their calls."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, tuple_

from hub.contacts.forgetting import Whose
from hub.contacts.pbx.tables import pbx_calls
from hub.storage import Tx

from .tables import calls, dials, events


def forget(tx: Tx, whose: Whose) -> Sequence[str]:
    """Forget the numbers and the events; that there was a call stands on the timeline."""
    theirs = pbx_calls.c.conversation_id.in_(whose.conversation_ids)
    named = select(pbx_calls.c.entry_point_id, pbx_calls.c.call_id).where(theirs)
    asked = select(calls.c.entry_point_id, calls.c.call_id).where(
        calls.c.contact_id.in_(whose.contact_ids)
    )
    for found in (named, asked):
        tx.execute(
            delete(events).where(tuple_(events.c.entry_point_id, events.c.call_id).in_(found))
        )
    tx.execute(delete(dials).where(dials.c.contact_id.in_(whose.contact_ids)))
    return []
