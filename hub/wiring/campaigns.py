"""Campaigns: their routes and timers."""

from __future__ import annotations

from hub.agent_console.readers import sees_more
from hub.campaigns.api import CampaignRoutes
from hub.campaigns.due import fire_due_campaigns
from hub.campaigns.results import fire_due_results
from hub.storage.timekeeper import FireDue

from .parts import Parts

TIMERS: tuple[FireDue, ...] = (fire_due_campaigns, fire_due_results)


def routes(parts: Parts) -> list[object]:
    """Return the objects whose methods are the routes of campaigns."""
    return [CampaignRoutes(parts.store, sees_more)]
