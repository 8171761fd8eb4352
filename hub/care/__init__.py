"""The customer record's story: what changes about a customer and reaches what waits for them.

A new tier and one that ends (`tiers`), two records that are one person (`merging`), an owner who
leaves (`leaving`). Promises that fall due are in `hub.contacts.commitments`.
"""

from .leaving import HandOver, hand_over
from .merging import merge_customers, split_customer, undo_split, unmerge_customer
from .tiers import change_customer, change_tier, fire_due_tiers, retier, set_role

__all__ = [
    "HandOver",
    "change_customer",
    "change_tier",
    "fire_due_tiers",
    "hand_over",
    "merge_customers",
    "retier",
    "set_role",
    "split_customer",
    "undo_split",
    "unmerge_customer",
]
