"""Consent, complaints and outreach: their routes, their public pages, and what rules may ask."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web

from hub.agent_console.erasure import ErasureRoutes
from hub.agent_console.keeping import KeepingRoutes
from hub.agent_console.legal_holds import LegalHoldRoutes
from hub.agent_console.readers import sees_more, visible_queues
from hub.channels.cti.forgetting import forget as forget_pbx_calls
from hub.channels.fax.forgetting import forget as forget_faxes
from hub.channels.mailbox.forgetting import forget as forget_mails
from hub.channels.mailbox.originals import After, count_next
from hub.channels.phone.forgetting import forget as forget_calls
from hub.channels.sms.forgetting import forget as forget_texts
from hub.channels.webchat.forgetting import forget as forget_visits
from hub.contacts.complaints.api import ComplaintRoutes
from hub.contacts.forgetting import Forget
from hub.contacts.keeping.progress import Place
from hub.contacts.outreach.api import OutreachRoutes
from hub.contacts.outreach.public import OptOutPages
from hub.intake.opt_out import opt_out
from hub.storage import Store, Tx

from .parts import Parts

FORGET: tuple[Forget, ...] = (
    forget_visits,
    forget_calls,
    forget_pbx_calls,
    forget_faxes,
    forget_mails,
    forget_texts,
)
"""What the channels keep of a customer who is erased."""


def routes(parts: Parts) -> list[object]:
    """Return the objects whose methods are the routes of consent and complaints."""
    return [
        OutreachRoutes(parts.store, sees_more, opt_out),
        ComplaintRoutes(parts.store, visible_queues, sees_more),
        ErasureRoutes(parts.store, parts.blobs, FORGET),
        LegalHoldRoutes(parts.store),
        KeepingRoutes(parts.store, _count_originals),
    ]


def _count_originals(tx: Tx, place: Place, before: datetime, limit: int) -> tuple[int, int]:
    return count_next(tx, After(place.at, place.last_id, before, limit))


def pages(store: Store) -> list[web.RouteDef]:
    """Return the public pages: where a customer says stop."""
    return OptOutPages(store, opt_out).routes()
