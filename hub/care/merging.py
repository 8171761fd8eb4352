"""Two records that are one person: what waits follows them together, and apart again."""

from __future__ import annotations

from hub.contacts.commitments.conflicts import compare_quotes
from hub.customers.merging import service, split
from hub.customers.merging.service import MergeCustomers, UnmergeCustomer
from hub.customers.merging.split import SplitCustomer, UndoSplit
from hub.routing.retier import retier
from hub.storage import Tx


def merge_customers(tx: Tx, cmd: MergeCustomers) -> None:
    """Make two records one; what waits is promised what the remaining customer is promised, and two
    prices that one person was told are noted.
    """
    edge = service.merge_customers(tx, cmd)
    retier(tx, edge)
    compare_quotes(tx, edge.into_id)


def unmerge_customer(tx: Tx, cmd: UnmergeCustomer) -> None:
    """Undo a merge exactly; both have their own promises again."""
    into_id = service.unmerge_customer(tx, cmd)
    retier(tx, [cmd.customer_id, into_id])


def split_customer(tx: Tx, cmd: SplitCustomer) -> str:
    """Give addresses to whose they are; what came by them is promised what that one is promised.

    Return that customer's id.
    """
    edge = split.split_customer(tx, cmd)
    retier(tx, edge)
    return edge.into_id


def undo_split(tx: Tx, cmd: UndoSplit) -> None:
    """Give the addresses of a split back."""
    retier(tx, split.undo_split(tx, cmd))
