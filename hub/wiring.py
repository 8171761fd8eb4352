"""Which channels, routes and timers a hub has: the long lists of the composition root."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import select

from hub import care
from hub.accounts.accounts import Accounts
from hub.accounts.api import AccountRoutes
from hub.accounts.doors import DoorRoutes
from hub.accounts.sessions import forget_old
from hub.agent_console.api import DeskRoutes, WorkRoutes
from hub.agent_console.callbacks import CallbackRoutes
from hub.agent_console.consoles import Consoles
from hub.agent_console.customer_history import CustomerHistoryRoutes
from hub.agent_console.day import DayRoutes
from hub.agent_console.deadlines import SlaRoutes
from hub.agent_console.drafts import DraftRoutes
from hub.agent_console.files import FileRoutes
from hub.agent_console.images import ImageRoutes
from hub.agent_console.quarantine import QuarantineRoutes
from hub.agent_console.readers import visible_queues
from hub.agent_console.reads import ReadRoutes
from hub.agent_console.search import SearchRoutes
from hub.agent_console.setup_view import SetupFacts
from hub.agent_console.shapes import CapabilitiesView
from hub.agent_console.staffing import StaffingRoutes
from hub.agent_console.start import StartRoutes
from hub.agent_console.steering import SteeringRoutes
from hub.agent_console.together import TogetherRoutes
from hub.callbacks import service as callbacks
from hub.callbacks.calling_first import fire_due_turns
from hub.channels.base import Channel, Door, EntryPoint
from hub.channels.email.channel import EmailChannel
from hub.channels.entry_points import SETTINGS_CHECKS
from hub.channels.fax.channel import FaxChannel
from hub.channels.phone import PhoneChannel
from hub.channels.registry import Registry
from hub.channels.sender import fire_lost_effects
from hub.channels.webchat.channel import WebChat
from hub.channels.webchat.settings import GatewaySettings
from hub.contacts.commitments import service as commitments
from hub.contacts.commitments.api import CommitmentRoutes
from hub.contacts.home import home_region
from hub.contacts.model import Channel as ChannelKind
from hub.customers.api import CustomerRoutes
from hub.customers.matching.api import MatchingRoutes
from hub.customers.merging.api import MergingRoutes, MergingStory
from hub.desk.escalations import fire_due_deadlines
from hub.desk.parked import fire_due_parked
from hub.intake.dialling import fire_due_dials
from hub.knowledge.api import KnowledgeRoutes
from hub.routing import service as routing
from hub.routing.intervals import Intervals
from hub.routing.router import Router
from hub.routing.settings import load_settings, tier_of_new_customers
from hub.settings import Settings, Twilio
from hub.setup.api import SetupRoutes
from hub.simulation.whatif.api import WhatIfRoutes
from hub.simulation.whatif.process import Workshop
from hub.storage import Blobs, Store
from hub.storage.timekeeper import FireDue
from hub.vendors.mail.intake import MailIntake
from hub.vendors.outbound import OutboundHttp
from hub.vendors.twilio import Account
from hub.web.health import Check, HealthRoutes
from hub.web.metrics import WebMetrics

MASK_NUMBERS = True  # agents see 138****8000 and every reveal is audited (reliability.md 4)


@dataclass(frozen=True, slots=True)
class Ports:
    """Bound sockets, each None where the settings switch it off."""

    web: socket.socket
    chat: socket.socket
    mail: socket.socket | None


def build_channels(
    settings: Settings,
    door: Door,
    points: Sequence[EntryPoint],
    ports: Ports,
    intake: MailIntake | None,
) -> list[Channel]:
    """Build each channel with its entry points; a channel without any still answers for itself."""

    def of(kind: ChannelKind) -> list[EntryPoint]:
        return [point for point in points if point.channel is kind]

    server = settings.server
    gateway = GatewaySettings(
        host=server.chat_host,
        port=server.chat_port,
        trusted_proxies=server.trusted_proxies,
        max_connections_per_address=settings.limits.chat_sockets_per_address,
        messages_per_s=settings.limits.chat_messages_per_minute / 60,
        frame_bytes=settings.limits.chat_frame_bytes,
    )
    return [
        WebChat(
            door,
            of(ChannelKind.WEBCHAT),
            gateway,
            server.base_url(),
            server.chat_url,
            ports.chat,
        ),
        EmailChannel(
            door,
            of(ChannelKind.EMAIL),
            settings.mail,
            intake,
            max_bytes=settings.limits.mail_bytes,
        ),
        FaxChannel(
            door,
            of(ChannelKind.FAX),
            settings.mail,
            intake,
            max_bytes=settings.limits.mail_bytes,
        ),
        PhoneChannel(
            door, of(ChannelKind.PHONE), _phone_account(settings.twilio), server.base_url()
        ),
    ]


def _phone_account(twilio: Twilio) -> Account | None:
    if not twilio.account_sid:
        return None
    return Account(
        sid=twilio.account_sid,
        auth_token=twilio.auth_token.reveal(),
        api_key=twilio.api_key,
        api_secret=twilio.api_secret.reveal(),
        base_url=twilio.base_url,
    )


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes are made of."""

    settings: Settings
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
    doors: bool


def route_owners(parts: Parts) -> list[object]:
    """Return the objects whose methods are the typed routes."""
    store = parts.store
    capabilities = {
        channel.kind.value: CapabilitiesView(**asdict(channel.capabilities))
        for channel in parts.registry.all()
    }

    async def database() -> str | None:
        await store.read(lambda tx, _: tx.execute(select(1)), None)
        return store.refusing

    async def files() -> str | None:
        return parts.blobs.full()

    return [
        HealthRoutes([Check("database", database), Check("files", files)], parts.metrics),
        AccountRoutes(store, parts.accounts, routing.sign_out),
        *([DoorRoutes(parts.accounts)] if parts.doors else []),
        WorkRoutes(store, parts.consoles.is_connected, mask_numbers=MASK_NUMBERS),
        DeskRoutes(store, capabilities),
        TogetherRoutes(store, capabilities),
        DraftRoutes(store),
        SteeringRoutes(store),
        DayRoutes(store, parts.day),
        CallbackRoutes(store, mask_numbers=MASK_NUMBERS),
        SlaRoutes(store),
        StaffingRoutes(store, mask_numbers=MASK_NUMBERS),
        QuarantineRoutes(store, parts.registry.reread, mask_numbers=MASK_NUMBERS),
        StartRoutes(store, capabilities),
        ReadRoutes(
            store,
            capabilities,
            SetupFacts(organisation="Contact Hub", demo=parts.doors),
            parts.router.why_waiting,
            parts.day,
            mask_numbers=MASK_NUMBERS,
        ),
        SetupRoutes(store, SETTINGS_CHECKS),
        FileRoutes(store, parts.blobs, parts.settings.limits.attachment_bytes),
        ImageRoutes(store, parts.outbound),
        CustomerRoutes(
            store,
            region=home_region,
            agents_see=lambda tx: load_settings(tx).shown_tier,
            default_tier=tier_of_new_customers,
            change_tier=care.change_tier,
            set_role=care.set_role,
            change_customer=care.change_customer,
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
            region=home_region,
            agents_see=lambda tx: load_settings(tx).shown_tier,
            default_tier=tier_of_new_customers,
            mask_numbers=MASK_NUMBERS,
        ),
        MatchingRoutes(
            store, agents_see=lambda tx: load_settings(tx).shown_tier, mask_numbers=MASK_NUMBERS
        ),
        CustomerHistoryRoutes(store, mask_numbers=MASK_NUMBERS),
        SearchRoutes(store, mask_numbers=MASK_NUMBERS),
        CommitmentRoutes(store, visible_queues),
        KnowledgeRoutes(store, visible_queues),
        WhatIfRoutes(store, parts.workshop, parts.settings.whatif, visible_queues),
    ]


def timers() -> list[FireDue]:
    """Everything that becomes due by itself, in the order it is fired."""
    return [
        *routing.FIRE_DUE,
        fire_due_dials,
        callbacks.fire_due,
        fire_due_turns,
        fire_due_parked,
        fire_due_deadlines,
        fire_lost_effects,
        commitments.fire_due,
        care.fire_due_tiers,
        forget_old,
    ]
