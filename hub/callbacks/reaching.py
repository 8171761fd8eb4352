"""The customer reaches us, or is called, while a callback is pending: exactly one talk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.contacts.model import InteractionKind
from hub.routing.queue_states import closed_queues
from hub.routing.settings import load_settings
from hub.routing.standing import is_open_for
from hub.storage import Tx
from hub.storage.bulk import Statement

from .entries import NOBODY
from .model import OUR_IDEA, CallbackKind, CallbackState
from .rows import Callback, find_by_ids
from .stopping import stop_many

# Theirs, and those to the number they call from: it was keyed in by who withheld it. Another number
# of theirs may be that of their whole house. CROSS: SQLite then keeps to this order, and finds each
# by its index.
_OPEN_OF = Statement("""
SELECT b.id, b.kind, b.state, i.customer_id
FROM {rows} CROSS JOIN customer_identities i CROSS JOIN callbacks b
WHERE i.customer_id = {text 0} AND b.identity_id = i.id
AND b.state IN ('waiting', 'queued', 'dialling')
UNION
SELECT b.id, b.kind, b.state, {text 0}
FROM {rows} CROSS JOIN callbacks b
WHERE b.number = {text 1} AND b.state IN ('waiting', 'queued', 'dialling')
""")


@dataclass(frozen=True, slots=True)
class Reached:
    """A customer who reaches us, by what, and on which way (an entry point and its queue).

    `number`: where they call from, E.164; "": it is withheld, or they write.
    """

    customer_id: str
    kind: InteractionKind
    entry_point_id: str
    queue_id: str
    number: str = ""


def drop_reached(tx: Tx, reached: Sequence[Reached]) -> dict[str, Callback]:
    """Drop what these customers need no more; return it by customer, with the place it had.

    Who calls while it is open is on the line: any callback of theirs is needless. Who calls while
    it is closed talks to nobody: all stay. Who writes will be answered: then only what they did not
    ask for is dropped (routing.md 3.10). One read where nobody is to be called back.
    """
    if not reached:
        return {}
    asked = sorted({(one.customer_id, one.number) for one in reached})
    rows = _OPEN_OF(tx, [list(one) for one in asked])
    if not rows:
        return {}
    settings = load_settings(tx)
    closed = closed_queues(tx)
    found: dict[str, str] = {}
    for one in reached:
        is_open = one.queue_id not in closed and is_open_for(
            settings, one.entry_point_id, one.queue_id, tx.now
        )
        own = [row for row in rows if row.customer_id == one.customer_id]
        found.update((row.id, row.customer_id) for row in own if _is_needless(row, one, is_open))
    if not found:
        return {}
    open_ones = find_by_ids(tx, list(found))
    dropped = stop_many(tx, settings, open_ones, CallbackState.DROPPED, NOBODY)
    return {found[one.id]: one for one in dropped}


def _is_needless(row: Any, by: Reached, is_open: bool) -> bool:
    """Say whether a callback (`_OPEN_OF`) is needless now. One more message leaves the first one's:
    both are answered by it.
    """
    if by.kind is InteractionKind.CALL:
        return is_open
    kind = CallbackKind(row.kind)
    if by.kind is InteractionKind.VOICEMAIL and kind is CallbackKind.VOICEMAIL:
        return False
    return kind in OUR_IDEA and row.state != CallbackState.DIALLING
