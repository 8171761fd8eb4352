"""What makes an answer a lost one, noted where it becomes known; `hub.desk.lost` does the rest.

Only noted: whoever writes down what became of a message holds its row, and conversations and
contacts are locked before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, delete, insert

from hub.contacts.delivery import fates_of
from hub.contacts.effects import Reached
from hub.contacts.model import DeliveryState, Direction, InteractionKind
from hub.storage import Tx

from .tables import lost_answers

WHOLE = "*"  # nobody has it


def unreached(meta: Mapping[str, Any], delivery: str | None) -> frozenset[str]:
    """Return the addresses it was written to, not for their information only, that never get it;
    `WHOLE` where nobody does.
    """
    copies = {
        str(address).casefold() for field in ("cc", "bcc") for address in meta.get(field) or ()
    }
    failed = {fate.address.casefold() for fate in fates_of(meta) if fate.state is Reached.FAILED}
    return frozenset(failed - copies | ({WHOLE} if delivery == DeliveryState.FAILED else set()))


def note_lost(tx: Tx, before: Row[Any], meta: Mapping[str, Any], delivery: str | None) -> None:
    """Note an answer of an agent that somebody it was written to does not get, once for each loss.

    `before`: its row of `interactions` as it was; `meta`, `delivery`: as they are now. One
    statement or two where it is lost, none else.
    """
    answer = before.direction == Direction.OUTBOUND and before.kind == InteractionKind.MESSAGE
    if not answer or before.author_id is None or before.contact_id is None:
        return
    if unreached(meta, delivery) <= unreached(before.meta, before.delivery):
        return
    tx.execute(delete(lost_answers).where(lost_answers.c.interaction_id == before.id))
    tx.execute(insert(lost_answers).values(interaction_id=before.id, noted_at=tx.now))
