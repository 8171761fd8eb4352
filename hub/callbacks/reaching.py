"""The customer reaches us, or is called, while a callback is pending: exactly one talk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.routing.settings import load_settings
from hub.storage import Tx
from hub.storage.bulk import Statement

from .entries import NOBODY
from .model import OUR_IDEA, CallbackKind, CallbackState
from .rows import Callback, find_by_ids
from .stopping import stop_many

# CROSS: SQLite then keeps to this order, and finds each by its index.
_OPEN_OF = Statement("""
SELECT b.id, b.kind, b.state, i.customer_id
FROM {rows} CROSS JOIN customer_identities i CROSS JOIN callbacks b
WHERE i.customer_id = {text 0} AND b.identity_id = i.id
AND b.state IN ('waiting', 'queued', 'dialling')
""")


@dataclass(frozen=True, slots=True)
class Reached:
    """A customer who reaches us. `calls`: they are on the line now and will be talked to."""

    customer_id: str
    calls: bool


def _is_needless(kind: str, state: str) -> bool:
    """Say whether a letter makes it needless: not what was asked for, nor phones that ring."""
    return CallbackKind(kind) in OUR_IDEA and state != CallbackState.DIALLING


def drop_reached(tx: Tx, reached: Sequence[Reached]) -> dict[str, Callback]:
    """Drop what these customers need no more; return it by customer, with the place it had.

    Who calls is on the line: any callback of theirs is. Who writes will be answered: then only what
    they did not ask for is dropped (routing.md 3.10). One read where nobody is to be called back.
    """
    if not reached:
        return {}
    calls = {one.customer_id for one in reached if one.calls}
    found = {
        row.id: row.customer_id
        for row in _OPEN_OF(tx, [[id_] for id_ in sorted({one.customer_id for one in reached})])
        if row.customer_id in calls or _is_needless(row.kind, row.state)
    }
    if not found:
        return {}
    open_ones = find_by_ids(tx, list(found))
    settings = load_settings(tx)
    dropped = stop_many(tx, settings, open_ones, CallbackState.DROPPED, NOBODY)
    return {found[one.id]: one for one in dropped}
