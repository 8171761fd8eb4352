"""The console and the set-up: accounts, the desk, steering, and what watches them."""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version

from sqlalchemy import select

from hub import care
from hub.accounts.api import AccountRoutes
from hub.accounts.chain.api import ChainRoutes
from hub.accounts.doors import DoorRoutes
from hub.accounts.links import forget_old_links
from hub.accounts.links_api import LinkRoutes
from hub.accounts.sessions import forget_old
from hub.agent_console.acts import Acts
from hub.agent_console.api import DeskRoutes, WorkRoutes
from hub.agent_console.blocking import BlockRoutes
from hub.agent_console.call_guests import GuestRoutes
from hub.agent_console.callbacks import CallbackRoutes
from hub.agent_console.calling_back import CallingBackRoutes
from hub.agent_console.consulting import ConsultRoutes
from hub.agent_console.contact_products import ContactProductRoutes
from hub.agent_console.day import DayRoutes
from hub.agent_console.deadlines import SlaRoutes
from hub.agent_console.deliveries import DeliveryRoutes
from hub.agent_console.drafts import DraftRoutes
from hub.agent_console.drawing import DrawingRoutes
from hub.agent_console.files import FileRoutes
from hub.agent_console.holders import HolderRoutes
from hub.agent_console.images import ImageRoutes
from hub.agent_console.joining import JoiningRoutes
from hub.agent_console.later import LaterRoutes
from hub.agent_console.laws import LawRoutes
from hub.agent_console.leaving import LeavingRoutes
from hub.agent_console.list_calls import ListCallRoutes
from hub.agent_console.live_calls import LiveCallRoutes
from hub.agent_console.macros import MacroRoutes
from hub.agent_console.mentions import MentionRoutes
from hub.agent_console.my_day import MyDayRoutes
from hub.agent_console.originals import OriginalRoutes
from hub.agent_console.outages import OutageRoutes
from hub.agent_console.panel_links import PanelRoutes
from hub.agent_console.previews import PreviewRoutes
from hub.agent_console.quarantine import QuarantineRoutes
from hub.agent_console.readers import visible_queues
from hub.agent_console.reads import ReadRoutes
from hub.agent_console.recordings import RecordingRoutes
from hub.agent_console.relating import RelatingRoutes
from hub.agent_console.ringing import RingingRoutes
from hub.agent_console.search import SearchRoutes
from hub.agent_console.setup_view import SetupFacts
from hub.agent_console.shapes import CapabilitiesView
from hub.agent_console.signing import SignatureRoutes
from hub.agent_console.softphone import SoftphoneRoutes
from hub.agent_console.staffing import StaffingRoutes
from hub.agent_console.start import StartRoutes
from hub.agent_console.steering import SteeringRoutes
from hub.agent_console.tagging import TaggingRoutes
from hub.agent_console.targets import TargetRoutes
from hub.agent_console.templates import TemplateRoutes
from hub.agent_console.to_do import ToDoRoutes
from hub.agent_console.together import TogetherRoutes
from hub.agent_console.transcripts import TranscriptRoutes
from hub.agent_console.views.api import ViewRoutes
from hub.agent_console.views.bulk import BulkRoutes
from hub.callbacks import service as callbacks
from hub.callbacks.calling_first import fire_due_turns
from hub.channels.cti.api import PbxRoutes
from hub.channels.entry_points import SETTINGS_CHECKS
from hub.channels.phone.refusals import RefusalRoutes
from hub.channels.points import PointRoutes, refresh_account, refresh_mailboxes
from hub.channels.registry import Registry
from hub.channels.samples import SampleRoutes
from hub.channels.sender import fire_lost_effects
from hub.contacts.by_mail.links import forget_expired
from hub.contacts.later.taken_back import forget_taken_back
from hub.contacts.proving.service import forget_codes
from hub.contacts.tags.api import TagRoutes
from hub.contacts.words.api import WordRoutes
from hub.desk.escalations import fire_due_deadlines
from hub.desk.later import fire_due_replies
from hub.desk.lost import fire_lost_answers
from hub.desk.parked import fire_due_parked
from hub.intake.by_mail import fire_due_mails
from hub.intake.dialling import fire_due_dials
from hub.intake.link_mail import link_mailer
from hub.intake.silence import fire_due_silences
from hub.routing import service as routing
from hub.setup.api import SetupRoutes
from hub.setup.mailboxes.api import MailboxRoutes
from hub.setup.phone_account import Carried
from hub.setup.phone_account.api import PhoneAccountRoutes
from hub.simulation.whatif.api import WhatIfRoutes
from hub.storage.timekeeper import FireDue
from hub.vendors.pictures import DocumentPages
from hub.web.health import Check, HealthRoutes

from .channels import channel_looks, unconnected
from .parts import MASK_NUMBERS, Parts

TIMERS: tuple[FireDue, ...] = (
    *routing.FIRE_DUE,
    fire_due_dials,
    callbacks.fire_due,
    fire_due_turns,
    fire_due_parked,
    fire_lost_answers,
    fire_due_silences,
    fire_due_mails,
    fire_due_replies,
    fire_due_deadlines,
    fire_lost_effects,
)
LAST_TIMERS: tuple[FireDue, ...] = (
    forget_old,
    forget_expired,
    forget_old_links,
    forget_codes,
    forget_taken_back,
)


def _mail_channels(parts: Parts) -> list[str]:
    """Return the channels that write to a mail address."""
    return [one.kind.value for one in parts.registry.all() if one.capabilities.recipients]


def routes(parts: Parts) -> list[object]:
    """Return the objects whose methods are the routes of the console and of the set-up."""
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
        AccountRoutes(store, parts.accounts, routing.sign_out, care.check_nothing_held),
        ChainRoutes(store),
        LinkRoutes(
            store,
            parts.accounts,
            parts.settings.server.base_url(),
            routing.sign_out,
            link_mailer(
                parts.mail.mailboxes.senders,
                _mail_channels(parts),
                addressed=bool(parts.settings.server.public_base_url),
            ),
        ),
        LeavingRoutes(store),
        *([DoorRoutes(parts.accounts)] if parts.doors else []),
        WorkRoutes(store, parts.consoles.is_connected, mask_numbers=MASK_NUMBERS),
        DeskRoutes(store, capabilities),
        BlockRoutes(store, capabilities),
        TogetherRoutes(store, capabilities),
        TranscriptRoutes(store),
        JoiningRoutes(store, capabilities, mask_numbers=MASK_NUMBERS),
        RelatingRoutes(store, capabilities, mask_numbers=MASK_NUMBERS),
        ConsultRoutes(store, capabilities, mask_numbers=MASK_NUMBERS),
        GuestRoutes(store, capabilities, mask_numbers=MASK_NUMBERS),
        LiveCallRoutes(store, capabilities, mask_numbers=MASK_NUMBERS),
        HolderRoutes(store),
        ContactProductRoutes(store),
        DraftRoutes(store),
        LaterRoutes(store, capabilities),
        TagRoutes(store),
        TaggingRoutes(store),
        TargetRoutes(store),
        WordRoutes(store, parts.blobs),
        MacroRoutes(store, capabilities, mask_numbers=MASK_NUMBERS),
        PanelRoutes(store, mask_numbers=MASK_NUMBERS),
        MentionRoutes(store, mask_numbers=MASK_NUMBERS),
        SteeringRoutes(store),
        ViewRoutes(store, mask_numbers=MASK_NUMBERS),
        BulkRoutes(store, Acts(capabilities)),
        DayRoutes(store, parts.day),
        MyDayRoutes(store),
        ToDoRoutes(store, mask_numbers=MASK_NUMBERS),
        CallbackRoutes(store, mask_numbers=MASK_NUMBERS),
        ListCallRoutes(store, mask_numbers=MASK_NUMBERS),
        SlaRoutes(store),
        RingingRoutes(store, mask_numbers=MASK_NUMBERS),
        StaffingRoutes(store, mask_numbers=MASK_NUMBERS),
        QuarantineRoutes(
            store,
            parts.blobs,
            parts.registry.reread,
            version("contact-hub"),
            mask_numbers=MASK_NUMBERS,
        ),
        StartRoutes(store, capabilities),
        CallingBackRoutes(store),
        ReadRoutes(
            store,
            capabilities,
            SetupFacts(organisation="Contact Hub", demo=parts.doors),
            parts.router.why_waiting,
            parts.day,
            mask_numbers=MASK_NUMBERS,
        ),
        SetupRoutes(store, SETTINGS_CHECKS),
        TemplateRoutes(store, capabilities, parts.mail.mailboxes.senders),
        PointRoutes(
            store,
            parts.registry,
            channel_looks(parts.settings, parts.mail.mailboxes, parts.phone.accounts),
            lambda point: unconnected(parts.mail.mailboxes, parts.phone.accounts, point),
            parts.settings.server.base_url(),
        ),
        PbxRoutes(store),
        OutageRoutes(store),
        LawRoutes(store),
        RefusalRoutes(store),
        SampleRoutes(),
        MailboxRoutes(
            store,
            parts.mail.mailboxes,
            parts.mail.sealer,
            parts.mail.tokens,
            parts.registry.fed_by_mail(),
            lambda: refresh_mailboxes(
                store, parts.registry, parts.mail.mailboxes, parts.mail.sealer
            ),
        ),
        SoftphoneRoutes(
            store,
            parts.phone.accounts,
            [kind for kind, can in capabilities.items() if can.call],
        ),
        PhoneAccountRoutes(
            store,
            parts.phone.accounts,
            parts.phone.sealer,
            parts.settings.server.base_url(),
            _carried(parts.registry),
            lambda: refresh_account(
                store, parts.registry, parts.phone.accounts, parts.phone.sealer
            ),
        ),
        RecordingRoutes(store, parts.blobs, Acts(capabilities)),
        FileRoutes(store, parts.blobs, parts.settings.limits.attachment_bytes),
        PreviewRoutes(store, parts.blobs, DocumentPages()),
        OriginalRoutes(store, parts.blobs, mask_numbers=MASK_NUMBERS),
        ImageRoutes(store, parts.outbound),
        DeliveryRoutes(store, parts.blobs, capabilities),
        DrawingRoutes(store, parts.registry.draw, mask_numbers=MASK_NUMBERS),
        SignatureRoutes(store, mask_numbers=MASK_NUMBERS),
        SearchRoutes(store, mask_numbers=MASK_NUMBERS),
        WhatIfRoutes(store, parts.workshop, parts.settings.whatif, visible_queues),
    ]


def _carried(registry: Registry) -> Carried:
    calls = registry.called_by_account()
    return Carried(calls, registry.carried_by_account() - calls)
