"""What came in, stored in the transaction in which its channel keeps what it needs of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from hub.contacts.inbound import Inbound, Receipt
from hub.core.errors import HubError
from hub.storage import Batch, Tx

from .receive import receive


@cache  # one for each step of a channel: calls of the same one are neighbours for the writer
def receive_by(keep: Batch[Any, Inbound | None]) -> Batch[Any, Receipt | None]:
    """Return `keep` and then `receive` as one, which goes ahead if `keep` does: both or neither.

    What is refused is raised, not returned: a batch with one is undone and tried one by one, so
    that nothing stays of what was kept of it.
    """

    def kept_and_received(tx: Tx, items: Sequence[Any]) -> Sequence[Receipt | None]:
        given = keep(tx, items)
        receipts = iter(receive(tx, [_come(one) for one in given if one is not None]))
        return [None if one is None else _put(next(receipts)) for one in given]

    return Batch(kept_and_received, goes_ahead=keep.goes_ahead)


def _come(one: Inbound | HubError) -> Inbound:
    if isinstance(one, HubError):
        raise one
    return one


def _put(receipt: Receipt | HubError) -> Receipt:
    if isinstance(receipt, HubError):
        raise receipt
    return receipt
