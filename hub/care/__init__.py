"""The customer record's story: what changes about a customer and reaches what waits for them.

A new tier and one that ends (`tiers`), two records that are one person (`merging`), an owner who
leaves (`leaving`), what everybody is worth (`value_run`), where everybody stands (`lifecycle`),
promises by the business's hours that fall due (`promises`), who is best for one (`people`), and who
it was of several (`holders`).
"""

from hub.routing.retier import retier

from .leaving import (
    HandOver,
    Held,
    Holdings,
    LeaveUser,
    Left,
    check_nothing_held,
    hand_over,
    holdings_of,
    leave_user,
)
from .lifecycle import look_at_customers, sweep_customers
from .merging import merge_customers, split_customer, undo_split, unmerge_customer
from .people import WantedVisit, rank_agents, rank_technicians
from .promises import business_hours, fire_due_commitments, home_zone
from .tiers import (
    change_customer,
    change_tier,
    decide_objection,
    fire_due_tiers,
    object_to_tier,
    set_role,
)

__all__ = [
    "HandOver",
    "Held",
    "Holdings",
    "LeaveUser",
    "Left",
    "WantedVisit",
    "business_hours",
    "change_customer",
    "change_tier",
    "check_nothing_held",
    "decide_objection",
    "fire_due_commitments",
    "fire_due_tiers",
    "hand_over",
    "holdings_of",
    "home_zone",
    "leave_user",
    "look_at_customers",
    "merge_customers",
    "object_to_tier",
    "rank_agents",
    "rank_technicians",
    "retier",
    "set_role",
    "split_customer",
    "sweep_customers",
    "undo_split",
    "unmerge_customer",
]
