"""Two records that are one person: what waits follows them together, and apart again."""

from __future__ import annotations

from hub.contacts.commitments.conflicts import compare_quotes
from hub.customers import merge
from hub.customers.merge import MergeCustomers, UnmergeCustomer
from hub.storage import Tx

from .tiers import retier


def merge_customers(tx: Tx, cmd: MergeCustomers) -> None:
    """Make two records one; what waits is promised what the remaining customer is promised, and two
    prices that one person was told are noted.
    """
    merge.merge_customers(tx, cmd)
    retier(tx, [cmd.from_id, cmd.into_id])
    compare_quotes(tx, cmd.into_id)


def unmerge_customer(tx: Tx, cmd: UnmergeCustomer) -> None:
    """Undo a merge exactly; both have their own promises again."""
    into_id = merge.unmerge_customer(tx, cmd)
    retier(tx, [cmd.customer_id, into_id])
