"""What channels, routes and timers are made of."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from hub.accounts.accounts import Accounts
from hub.agent_console.consoles import Consoles
from hub.channels.registry import Registry
from hub.core.budget import Budgets
from hub.routing.intervals import Intervals
from hub.routing.router import Router
from hub.settings import Settings
from hub.setup.mailboxes import Mailboxes, Sealer
from hub.setup.phone_account import PhoneAccounts
from hub.simulation.whatif.process import Workshop
from hub.storage import Blobs, Store
from hub.vendors.mail.oauth import TokenBook
from hub.vendors.outbound import OutboundHttp
from hub.web.metrics import WebMetrics

MASK_NUMBERS = True  # agents see 138****8000 and every reveal is audited (reliability.md 4)


@dataclass(frozen=True, slots=True)
class Ports:
    """Bound sockets, each None where the settings switch it off."""

    web: socket.socket
    chat: socket.socket
    mail: socket.socket | None


@dataclass(frozen=True, slots=True)
class MailHouse:
    """The mailboxes as they are now, what opens their secrets, and who signs in by token."""

    mailboxes: Mailboxes
    sealer: Sealer
    tokens: TokenBook


@dataclass(frozen=True, slots=True)
class PhoneHouse:
    """The phone account as it is now, and what opens its secrets."""

    accounts: PhoneAccounts
    sealer: Sealer


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes are made of."""

    settings: Settings
    mail: MailHouse
    phone: PhoneHouse
    store: Store
    blobs: Blobs
    accounts: Accounts
    registry: Registry
    router: Router
    consoles: Consoles
    day: Intervals
    metrics: WebMetrics
    outbound: OutboundHttp
    workshop: Workshop
    help_reads: Budgets
    doors: bool
