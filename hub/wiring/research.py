"""Satisfaction, surveys, competitors: their routes and their public page."""

from __future__ import annotations

from aiohttp import web

from hub.agent_console.readers import sees_more, visible_queues
from hub.contacts.research.api import ResearchRoutes
from hub.contacts.research.public import SurveyPages
from hub.customers.business.deliver import Delivery
from hub.intake.surveys import answer_by_link
from hub.routing.recovery import recovery_aims
from hub.routing.settings import load_settings, tier_of_new_customers
from hub.storage import Store, Tx
from hub.web.calls import Network

from .parts import Parts


def routes(parts: Parts) -> list[object]:
    """Return the objects whose methods are the routes of research."""
    delivery = Delivery(parts.store, _zone, tier_of_new_customers)
    return [ResearchRoutes(parts.store, delivery, visible_queues, sees_more, recovery_aims)]


def pages(store: Store, trusted_proxies: tuple[Network, ...] = ()) -> list[web.RouteDef]:
    """Return the public page on which a customer answers."""
    return SurveyPages(store, answer_by_link, trusted_proxies).routes()


def _zone(tx: Tx) -> str:
    return load_settings(tx).zone
