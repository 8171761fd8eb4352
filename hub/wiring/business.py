"""Business data: their routes, webhooks and timers."""

from __future__ import annotations

from aiohttp import web

from hub.agent_console.readers import sees_more
from hub.customers.business.api import BusinessRoutes
from hub.customers.business.deliver import Delivery
from hub.customers.business.feeds import fire_due_feeds
from hub.customers.business.webhook import Webhooks
from hub.routing.settings import load_settings, tier_of_new_customers
from hub.storage import Store, Tx
from hub.storage.timekeeper import FireDue

from .parts import Parts

TIMERS: tuple[FireDue, ...] = (fire_due_feeds,)


def routes(parts: Parts) -> list[object]:
    """Return the objects whose methods are the routes of business data."""
    return [BusinessRoutes(parts.store, _delivery(parts.store), sees_more)]


def webhooks(store: Store) -> list[web.RouteDef]:
    """Return the routes that systems call by themselves, signed."""
    return Webhooks(store, _delivery(store)).routes()


def _delivery(store: Store) -> Delivery:
    return Delivery(store, _zone, tier_of_new_customers)


def _zone(tx: Tx) -> str:
    return load_settings(tx).zone
