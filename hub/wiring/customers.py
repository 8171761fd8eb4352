"""Customers: their routes, timers, and what rules may ask of them."""

from __future__ import annotations

from hub import care
from hub.agent_console.customer_history import CustomerHistoryRoutes
from hub.agent_console.customer_page import CustomerPageRoutes
from hub.agent_console.customer_stream import CustomerStreamRoutes
from hub.agent_console.readers import sees_more
from hub.care.value_run import OPEN_COMPLAINTS, load_tiers
from hub.contacts.complaints.service import OPEN_COMPLAINT
from hub.contacts.home import region_of
from hub.contacts.research.features import SATISFACTION_PART
from hub.customers.api import CustomerRoutes
from hub.customers.business.features import ORDERS
from hub.customers.imports.api import ImportRoutes
from hub.customers.imports.service import fire_due_forgetting
from hub.customers.index import fire_due_reindex
from hub.customers.matching.api import MatchingRoutes
from hub.customers.merging.api import MergingRoutes, MergingStory
from hub.customers.ownership.api import OwnershipRoutes
from hub.customers.rules.features import RECORD, FeaturePart
from hub.customers.value.api import ValueRoutes
from hub.customers.value.features import VALUE
from hub.jobs.tiers import PARTS
from hub.routing.settings import load_settings, tier_of_new_customers
from hub.storage.timekeeper import FireDue

from .parts import MASK_NUMBERS, Parts

FEATURES: tuple[FeaturePart, ...] = (
    RECORD,
    ORDERS,
    VALUE,
    OPEN_COMPLAINT,
    SATISFACTION_PART,
)
"""Every part of a customer's features; rules on other fields hold for nobody."""

TIMERS: tuple[FireDue, ...] = (care.fire_due_tiers, fire_due_reindex, fire_due_forgetting)


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
    ]
