"""Campaigns and phone lists: their routes and timers."""

from __future__ import annotations

from hub.agent_console.readers import sees_more, visible_queues
from hub.campaigns.api import CampaignRoutes
from hub.campaigns.due import fire_due_campaigns
from hub.campaigns.results import fire_due_results
from hub.desk.reserving import fire_due_reserved
from hub.phone_lists.api import PhoneListRoutes
from hub.phone_lists.due import fire_due_phone_lists
from hub.phone_lists.numbers_api import NumberRoutes
from hub.phone_lists.opening_api import OpeningRoutes
from hub.storage.timekeeper import FireDue

from .parts import Parts

TIMERS: tuple[FireDue, ...] = (
    fire_due_campaigns,
    fire_due_results,
    fire_due_phone_lists,
    fire_due_reserved,
)


def routes(parts: Parts) -> list[object]:
    """Return the objects whose methods are the routes of campaigns and of phone lists."""
    store = parts.store
    return [
        CampaignRoutes(store, sees_more),
        PhoneListRoutes(store, sees_more, visible_queues),
        NumberRoutes(store),
        OpeningRoutes(store, visible_queues),
    ]
