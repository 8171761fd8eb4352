"""Consent, complaints and outreach: their routes, their public pages, and what rules may ask."""

from __future__ import annotations

from aiohttp import web

from hub.agent_console.readers import sees_more, visible_queues
from hub.contacts.complaints.api import ComplaintRoutes
from hub.contacts.outreach.api import OutreachRoutes
from hub.contacts.outreach.public import OptOutPages
from hub.intake.opt_out import opt_out
from hub.storage import Store

from .parts import Parts


def routes(parts: Parts) -> list[object]:
    """Return the objects whose methods are the routes of consent and complaints."""
    return [
        OutreachRoutes(parts.store, sees_more, opt_out),
        ComplaintRoutes(parts.store, visible_queues, sees_more),
    ]


def pages(store: Store) -> list[web.RouteDef]:
    """Return the public pages: where a customer says stop."""
    return OptOutPages(store, opt_out).routes()
