"""The customer record's story: what changes about a customer and reaches what waits for them.

A new tier and one that ends (`tiers`), two records that are one person (`merging`), an owner who
leaves (`leaving`), promises by the business's hours that fall due (`promises`), and who is best for
one (`people`).
"""

from .leaving import HandOver, hand_over
from .merging import merge_customers, unmerge_customer
from .people import WantedVisit, rank_agents, rank_technicians
from .promises import business_hours, fire_due_commitments, home_zone
from .tiers import change_customer, change_tier, fire_due_tiers, retier, set_role

__all__ = [
    "HandOver",
    "WantedVisit",
    "business_hours",
    "change_customer",
    "change_tier",
    "fire_due_commitments",
    "fire_due_tiers",
    "hand_over",
    "home_zone",
    "merge_customers",
    "rank_agents",
    "rank_technicians",
    "retier",
    "set_role",
    "unmerge_customer",
]
