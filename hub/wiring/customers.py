"""Customers: their routes, timers, and what rules may ask of them."""

from __future__ import annotations

from datetime import datetime

from hub import care
from hub.agent_console.customer_history import CustomerHistoryRoutes
from hub.agent_console.customer_page import CustomerPageRoutes
from hub.agent_console.customer_stream import CustomerStreamRoutes
from hub.agent_console.readers import sees_more
from hub.care.allocation import fire_due_leads as fire_due
from hub.care.allocation import outside
from hub.care.value_run import OPEN_COMPLAINTS, load_tiers
from hub.contacts.complaints.service import OPEN_COMPLAINT
from hub.contacts.home import region_of
from hub.contacts.research.features import SATISFACTION_PART
from hub.customers.allocation.api import AllocationRoutes
from hub.customers.api import CustomerRoutes
from hub.customers.business.features import ORDERS
from hub.customers.groups.api import GroupRoutes
from hub.customers.groups.service import count_next
from hub.customers.imports.api import ImportRoutes
from hub.customers.imports.service import fire_due_forgetting
from hub.customers.index import fire_due_reindex
from hub.customers.lifecycle.api import LifecycleRoutes
from hub.customers.lifecycle.features import LIFECYCLE
from hub.customers.matching.api import MatchingRoutes
from hub.customers.merging.api import MergingRoutes, MergingStory
from hub.customers.ownership.api import OwnershipRoutes
from hub.customers.plans.api import PlanRoutes
from hub.customers.plans.service import fire_due_plans
from hub.customers.rules.features import RECORD, FeaturePart
from hub.customers.value.api import ValueRoutes
from hub.customers.value.features import VALUE
from hub.jobs.tiers import PARTS
from hub.routing.settings import load_settings, tier_of_new_customers
from hub.storage import Tx
from hub.storage.pieces import Piece
from hub.storage.timekeeper import FireDue

from .parts import MASK_NUMBERS, Parts

FEATURES: tuple[FeaturePart, ...] = (
    RECORD,
    ORDERS,
    VALUE,
    OPEN_COMPLAINT,
    SATISFACTION_PART,
    LIFECYCLE,
)
"""Every part of a customer's features; rules on other fields hold for nobody."""


_LEADS = 50  # of one piece: who is recalled is given to somebody else by rules


def fire_due_customers(tx: Tx, now: datetime, limit: int) -> int:
    """Look again at whom something changed about, by every part that rules may ask of."""
    return care.look_at_customers(tx, now, limit, FEATURES)


def fire_due_leads(tx: Tx, now: datetime, limit: int) -> int:
    """Remind, escalate and recall new customers that nobody has touched."""
    return fire_due(tx, now, min(limit, _LEADS), FEATURES)


def fire_due_counts(tx: Tx, now: datetime, limit: int) -> int:
    """Count the next page of customers of a group whose rule is new."""
    return count_next(tx, now, limit, FEATURES)


TIMERS: tuple[FireDue, ...] = (
    care.fire_due_tiers,
    fire_due_reindex,
    fire_due_forgetting,
    fire_due_plans,
)

PIECES: tuple[Piece, ...] = (
    fire_due_customers,
    care.sweep_customers,
    fire_due_counts,
    fire_due_leads,
)
"""An import can have a hundred thousand looked at: too many for the timekeeper's ticks. As many new
customers can fall due at once.
"""


def routes(parts: Parts) -> list[object]:
    """Return the objects whose methods are the routes of customers."""
    store = parts.store
    return [
        CustomerRoutes(
            store,
            region=region_of,
            agents_see=lambda tx: load_settings(tx).shown_tier,
            default_tier=tier_of_new_customers,
            change_tier=care.change_tier,
            set_role=care.set_role,
            change_customer=care.change_customer,
            sees_more=sees_more,
            mask_numbers=MASK_NUMBERS,
        ),
        MergingRoutes(
            store,
            MergingStory(
                merge=care.merge_customers,
                unmerge=care.unmerge_customer,
                split=care.split_customer,
                undo_split=care.undo_split,
            ),
            region=region_of,
            agents_see=lambda tx: load_settings(tx).shown_tier,
            default_tier=tier_of_new_customers,
            sees_more=sees_more,
            mask_numbers=MASK_NUMBERS,
        ),
        MatchingRoutes(
            store,
            agents_see=lambda tx: load_settings(tx).shown_tier,
            sees_more=sees_more,
            mask_numbers=MASK_NUMBERS,
        ),
        CustomerHistoryRoutes(store, mask_numbers=MASK_NUMBERS),
        CustomerPageRoutes(store, mask_numbers=MASK_NUMBERS),
        CustomerStreamRoutes(store, mask_numbers=MASK_NUMBERS),
        ValueRoutes(
            store,
            load_tiers=load_tiers,
            complaints=OPEN_COMPLAINTS,
            parts=PARTS,
            object_to_tier=care.object_to_tier,
            decide_objection=care.decide_objection,
            sees_more=sees_more,
        ),
        ImportRoutes(store, parts.blobs, sees_more),
        OwnershipRoutes(store, sees_more),
        LifecycleRoutes(store, sees_more),
        GroupRoutes(store, FEATURES, sees_more),
        AllocationRoutes(store, outside, sees_more),
        PlanRoutes(store, sees_more),
    ]
