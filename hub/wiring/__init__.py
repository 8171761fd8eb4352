"""Which channels, routes and timers a hub has: the long lists of the composition root.

Each feature has a module with its `routes` and `TIMERS`; a new one is a module and its line here.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from hub.accounts.permissions import RoleRoutes
from hub.storage import Store
from hub.storage.pieces import Piece
from hub.storage.timekeeper import FireDue
from hub.web.calls import Network

from . import (
    business,
    campaigns,
    commitments,
    consent,
    console,
    customers,
    knowledge,
    reports,
    research,
)
from .business import webhooks as webhooks
from .channels import build_channels as build_channels
from .consent import FORGET as FORGET
from .parts import MASK_NUMBERS as MASK_NUMBERS
from .parts import MailHouse as MailHouse
from .parts import Parts as Parts
from .parts import PhoneHouse as PhoneHouse
from .parts import Ports as Ports
from .widget_help import WidgetHelp as WidgetHelp


def public_pages(store: Store, trusted_proxies: tuple[Network, ...] = ()) -> list[web.RouteDef]:
    """Return the pages that customers open by links in their mails."""
    return [*consent.pages(store), *research.pages(store, trusted_proxies)]


def route_owners(parts: Parts) -> list[object]:
    """Return the objects whose methods are the typed routes."""
    owners = [
        *console.routes(parts),
        *customers.routes(parts),
        *commitments.routes(parts),
        *consent.routes(parts),
        *knowledge.routes(parts),
        *business.routes(parts),
        *research.routes(parts),
        *campaigns.routes(parts),
        *reports.routes(parts),
    ]
    return [*owners, RoleRoutes(owners)]


def timers() -> list[FireDue]:
    """Everything that becomes due by itself, in the order it is fired."""
    return [
        *console.TIMERS,
        *commitments.TIMERS,
        *customers.TIMERS,
        *business.TIMERS,
        *campaigns.TIMERS,
        *console.LAST_TIMERS,
    ]


def looking() -> Sequence[Piece]:
    """What is done for customers about whom something changed, however many they are."""
    return customers.PIECES
