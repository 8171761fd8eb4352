"""Effects whose words are forgotten: what has not gone out by then never does."""

from __future__ import annotations

from sqlalchemy import ColumnElement, update

from .outbox import ERASED, OutboxState, outbox
from .tx import Tx

_WAITS = outbox.c.state.in_((OutboxState.PENDING, OutboxState.RETRY))


def empty_effects(tx: Tx, which: ColumnElement[bool]) -> list[str]:
    """Forget what effects say; those that wait to go out are cancelled. Return the interactions
    that were to be sent by what is cancelled now. One that is under way ends as it ends, and is
    not tried again.
    """
    cancelled = tx.execute(
        update(outbox)
        .where(which, _WAITS)
        .values(state=OutboxState.CANCELLED, finished_at=tx.now)
        .returning(outbox.c.interaction_id)
    ).scalars()
    entry_ids = [entry_id for entry_id in cancelled if entry_id is not None]
    tx.execute(update(outbox).where(which).values(effect=ERASED, last_error=None))
    return entry_ids
