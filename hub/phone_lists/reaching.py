"""Somebody of a list reaches us by themselves: exactly one talk."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from hub.storage import Tx
from hub.storage.bulk import Statement

from .line import withdraw
from .rows import find_of_contacts, save

_LATER = timedelta(hours=1)
# CROSS: from the customers, by the index of who is in the queue.
_WAITING = Statement("""
SELECT p.contact_id FROM {rows} CROSS JOIN customer_identities i CROSS JOIN phone_list_people p
WHERE i.customer_id = {text 0} AND p.identity_id = i.id AND p.state = 'queued'
""")


def withdraw_reached(tx: Tx, customer_ids: Collection[str]) -> None:
    """Take these customers' contacts of lists out of the queue; their turn comes again later.

    One read, where nobody of a list waits. Whom an agent has already is talked to by them.
    """
    if not customer_ids:
        return
    found = [row.contact_id for row in _WAITING(tx, [[id_] for id_ in sorted(customer_ids)])]
    if not found:
        return
    out = withdraw(tx, list(find_of_contacts(tx, found).values()))
    save(tx, [replace(one, due_at=tx.now + _LATER) for one in out])
