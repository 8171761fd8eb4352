"""What a round of keeping took, counted with each step: whoever is killed leaves it to be told.

A step and its count are one transaction, so are the line of the audit log and the end of the count:
however often a round is cut short, what went is in the log once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update

from hub.accounts.audit import audit
from hub.accounts.model import SYSTEM
from hub.care.keeping import Gone
from hub.contacts.keeping.tables import keeping_round
from hub.storage import Tx

_ROW = 1
_r = keeping_round.c


class Counted(NamedTuple):
    """A step, to be taken with its count."""

    step: Callable[[Tx], Gone]


def take_counted(tx: Tx, counted: Counted) -> Gone:
    """Take a step, and add what went to the round."""
    gone = counted.step(tx)
    more = {
        "contacts": gone.contacts,
        "entries": gone.entries,
        "files": len(gone.blob_ids),
        "access_lines": gone.lines,
    }
    if any(more.values()):
        added = {name: _r[name] + n for name, n in more.items()}
        changed = tx.execute(update(keeping_round).where(_r.id == _ROW).values(**added))
        if changed.rowcount == 0:
            tx.execute(insert(keeping_round).values(id=_ROW, **more))
    return gone


def tell_round(tx: Tx, _: None = None) -> dict[str, int] | None:
    """Write what went into the audit log, and count anew; return it. None: nothing went."""
    row = tx.execute(select(keeping_round).where(_r.id == _ROW).with_for_update()).first()
    if row is None:
        return None
    tx.execute(delete(keeping_round).where(_r.id == _ROW))
    told = {name: int(n) for name, n in row._asdict().items() if name != "id"}
    audit(tx, SYSTEM, "content.expire", "keeping", "", told)
    return told
