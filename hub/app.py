"""The composition root: Settings in, a running hub out. The only file that knows every part.

Order of life: lock and schema → store → ports bound → parts built → services run until told to
stop → services end, the last first → store closed. Ports are bound before anything is built, so
that port 0 works and every address a part prints is the true one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from ipaddress import ip_network
from pathlib import Path

import msgspec
from aiohttp import web

from hub import care
from hub.accounts.accounts import Accounts
from hub.accounts.chain.looking import ChainWatch
from hub.accounts.passwords import Passwords
from hub.agent_console.consoles import Consoles
from hub.channels.base import Door
from hub.channels.points import (
    TestPages,
    read_entry_points,
    take_up_account,
    take_up_changes,
    take_up_mailboxes,
)
from hub.channels.registry import Registry
from hub.channels.sender import Sender
from hub.core.bus import Bus
from hub.core.clock import Clock, SystemClock
from hub.core.errors import Conflict, Invalid
from hub.core.memory import keep_handing_back, settle, share_arenas
from hub.core.metrics import Metrics
from hub.core.structs import prepare_structs
from hub.core.supervise import Service, run_services
from hub.customers.imports.runner import ImportRunner
from hub.intake.after_upgrade import AfterUpgrade
from hub.intake.door import HubDoor
from hub.intake.quarantine_figures import QuarantineFigures
from hub.jobs import (
    JobServer,
    Keeping,
    Learner,
    LearnImports,
    NightlyBackup,
    Retention,
    Workplace,
    nightly_learning,
    nightly_tiers,
)
from hub.jobs.blob_sweep import BlobSweep
from hub.jobs.imports import import_rules
from hub.jobs.socket import socket_path
from hub.knowledge.help.pace import HelpPace
from hub.knowledge.help.pages import HelpPages
from hub.routing.intervals import Intervals
from hub.routing.laws.sweep import LawSweep
from hub.routing.router import Router
from hub.schema import upgrade
from hub.settings import Settings
from hub.setup.mailboxes import Mailboxes, Sealer, StoredGrants, read_connected
from hub.setup.phone_account import PhoneAccounts, read_account
from hub.simulation.whatif.process import Workshop
from hub.storage import Blobs, DirectoryBlobs, Store
from hub.storage.lock import FileLock
from hub.storage.pieces import PieceWork
from hub.storage.timekeeper import Timekeeper
from hub.vendors.mail.intake import MailIntake
from hub.vendors.mail.intake_tls import listener_tls
from hub.vendors.mail.oauth import TokenBook
from hub.vendors.outbound import OutboundHttp
from hub.vendors.twilio.softphone import signalling_origins
from hub.web.app import WebOptions, build_guard, build_web_app
from hub.web.guard import Guard
from hub.web.metrics import WebMetrics
from hub.web.pages import Pages
from hub.web.routes import bind_routes
from hub.wiring import (
    FORGET,
    MASK_NUMBERS,
    MailHouse,
    Parts,
    PhoneHouse,
    Ports,
    WidgetHelp,
    build_channels,
    looking,
    public_pages,
    route_owners,
    timers,
    webhooks,
)

log = logging.getLogger(__name__)

_STATIC = Path(__file__).parent / "agent_console" / "static"
_VERSION = version("contact-hub")


@dataclass(frozen=True, slots=True)
class Hub:
    """The parts of one running hub, for those who embed it: tests, the demo, jobs."""

    settings: Settings
    store: Store
    bus: Bus
    blobs: Blobs
    clock: Clock
    metrics: Metrics
    accounts: Accounts
    passwords: Passwords
    door: Door
    registry: Registry
    guard: Guard
    services: Sequence[Service]

    @property
    def base_url(self) -> str:
        return self.settings.server.base_url()


async def serve(
    settings: Settings,
    stop: asyncio.Event,
    ready: Callable[[Hub], None] | None = None,
    *,
    doors: bool = False,
) -> None:
    """Run a hub until `stop` is set. `ready` is told once everything listens.

    `doors`: one-click sign-in from this machine (the demo). Raises HubRuns where another hub has
    the database, SettingsError, or an ExceptionGroup when a service broke.
    """
    async with open_hub(settings, doors=doors) as hub:
        settle()
        if ready is not None:
            ready(hub)
        await run_services(hub.services, stop)


@asynccontextmanager
async def open_hub(
    settings: Settings, *, doors: bool = False, outbound: OutboundHttp | None = None
) -> AsyncIterator[Hub]:
    """Build every part on an opened store; the caller runs `hub.services`.

    `outbound` fetches what customers' mails point at; by default from public addresses only.
    Raises Invalid or Conflict with the setting's key where the data folder or a port cannot be had.
    """
    _make_data_folder(settings.data_path())
    share_arenas()
    prepare_structs()
    with contextlib.ExitStack() as held:
        database = settings.sqlite_path()
        if database is not None:
            held.enter_context(FileLock(database, socket_path(settings)))
        await asyncio.to_thread(upgrade, settings.database())
        bus = Bus()
        passwords = Passwords()
        held.callback(passwords.close)
        ports = _bind(settings, held)
        settings = _with_ports(settings, ports)
        async with Store(settings.database(), bus) as store:
            fetches = outbound or OutboundHttp()
            yield await _build(settings, store, bus, passwords, ports, fetches, doors=doors)


def _make_data_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Invalid(f"data_dir: {folder} cannot be made: {error.strerror or error}.") from error


def _bind(settings: Settings, held: contextlib.ExitStack) -> Ports:
    server = settings.server

    def bind(key: str, host: str, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            made = socket.create_server((host, port), family=family, backlog=1024)
        except OSError as error:
            raise Conflict(
                f"server.{key}: {host} port {port} cannot be listened on: {error.strerror}. "
                "End what uses it, or choose another one; hub doctor says more."
            ) from error
        return held.enter_context(contextlib.closing(made))

    return Ports(
        web=bind("port", server.host, server.port),
        chat=bind("chat_port", server.chat_host, server.chat_port),
        mail=None
        if server.mail_port < 0
        else bind("mail_port", server.mail_host, server.mail_port),
    )


def _with_ports(settings: Settings, ports: Ports) -> Settings:
    """Return the settings with the ports that were really bound."""
    server = msgspec.structs.replace(
        settings.server,
        port=ports.web.getsockname()[1],
        chat_port=ports.chat.getsockname()[1],
        mail_port=ports.mail.getsockname()[1] if ports.mail else 0,
    )
    return msgspec.structs.replace(settings, server=server)


async def _build(
    settings: Settings,
    store: Store,
    bus: Bus,
    passwords: Passwords,
    ports: Ports,
    outbound: OutboundHttp,
    *,
    doors: bool,
) -> Hub:
    clock = SystemClock()
    metrics = Metrics()
    blobs = DirectoryBlobs(settings.blobs_path())
    door = HubDoor(store, blobs, clock, bus)
    accounts = Accounts(store, passwords, settings.security, doors=doors)
    points = await store.read(read_entry_points, None)
    intake = _mail_intake(ports.mail, settings) if ports.mail else None
    pace = HelpPace()
    house = await _mail_house(settings, store)
    phone = await _phone_house(settings, store)
    help_ = WidgetHelp(store, pace)
    channels = build_channels(
        settings, door, points, ports, intake, help_, house, phone.accounts, outbound, metrics
    )
    registry = Registry(channels, points)
    router = Router(store, bus, clock)
    options = WebOptions(
        public_base_url=settings.server.base_url(),
        version=_VERSION,
        allowed_origins=_loopback_names(settings),
        trusted_proxies=tuple(ip_network(p) for p in settings.server.trusted_proxies),
    )
    guard = build_guard(options, accounts.authenticate)
    web_metrics = WebMetrics(metrics.registry)
    day = Intervals()
    consoles = Consoles(store, bus, guard, web_metrics, day, mask_numbers=MASK_NUMBERS)
    workshop = Workshop(settings.whatif.timeout_s)
    parts = Parts(
        settings,
        house,
        phone,
        store,
        blobs,
        accounts,
        registry,
        router,
        consoles,
        day,
        web_metrics,
        outbound,
        workshop,
        pace.reads,
        doors=doors,
    )
    app = build_web_app(
        options,
        bind_routes(*route_owners(parts)),
        guard,
        web_metrics,
        [
            *consoles.routes(),
            *(route for channel in channels for route in channel.routes()),
            *TestPages(store, registry, guard).routes(),
            *webhooks(store),
            *public_pages(store, options.trusted_proxies),
            *HelpPages(store, blobs, pace, lambda request: guard.peer(request)[0]).routes(),
            *Pages(_STATIC, lambda: signalling_origins(phone.accounts.current())).routes(),
        ],
    )
    app.on_shutdown.append(consoles.close_all)
    app.on_shutdown.append(workshop.close)
    app.on_shutdown.append(registry.release)
    place = Workplace(settings, store, blobs, passwords)
    learner = Learner(store)
    learning = nightly_learning(learner, clock, metrics, settings.backup.hour_utc)
    timekeeper = Timekeeper(store, timers())
    services = [
        Service("memory", keep_handing_back),
        Service("database", lambda: _watch(store)),
        Service("jobs", JobServer(place).run),
        Service("backup", NightlyBackup(place, clock, metrics).run),
        Service("tiers", nightly_tiers(store, clock, metrics).run),
        Service("recordings", Retention(store, blobs).run),
        Service("keeping", Keeping(store, blobs, FORGET).run),
        Service("blob-sweep", BlobSweep(store, blobs, clock).run),
        Service("knowledge", learning.run),
        Service("knowledge-imports", LearnImports(learner, bus).run),
        Service("timekeeper", timekeeper.run),
        Service("customers", PieceWork(store, "customers", looking()).run),
        Service("imports", ImportRunner(store, blobs, import_rules, care.retier).run),
        Service("router", router.run),
        Service("laws", LawSweep(store, clock, metrics).run),
        Service("audit-chain", ChainWatch(store, clock, metrics).run),
        Service("sender", Sender(store, bus, registry).run),
        *(Service(f"channel-{channel.kind}", channel.run) for channel in channels),
        *([Service("mail-intake", intake.run)] if intake else []),
        Service("quarantine", AfterUpgrade(store, registry.reread, _VERSION).run),
        Service("quarantine-figures", QuarantineFigures(store, clock, metrics).run),
        Service("entry-points", lambda: take_up_changes(store, bus, registry)),
        Service(
            "mailboxes",
            lambda: take_up_mailboxes(store, bus, registry, house.mailboxes, house.sealer),
        ),
        Service(
            "phone-account",
            lambda: take_up_account(store, bus, registry, phone.accounts, phone.sealer),
        ),
        Service("consoles", consoles.run),
        Service("web", lambda: _serve_web(app, ports.web)),
    ]
    return Hub(
        settings=settings,
        store=store,
        bus=bus,
        blobs=blobs,
        clock=clock,
        metrics=metrics,
        accounts=accounts,
        passwords=passwords,
        door=door,
        registry=registry,
        guard=guard,
        services=services,
    )


def _mail_intake(listener: socket.socket, settings: Settings) -> MailIntake:
    limits, tls = settings.limits, listener_tls(settings.server)
    return MailIntake(
        listener, max_bytes=limits.mail_bytes, per_minute=limits.mails_per_minute, tls=tls
    )


async def _mail_house(settings: Settings, store: Store) -> MailHouse:
    sealer = Sealer(settings.mail_key_path())
    connected = await store.read(read_connected, sealer)
    tokens = TokenBook(StoredGrants(store, sealer))
    return MailHouse(Mailboxes(settings.mail, connected), sealer, tokens)


async def _phone_house(settings: Settings, store: Store) -> PhoneHouse:
    sealer = Sealer(settings.mail_key_path())
    connected = await store.read(read_account, sealer)
    return PhoneHouse(PhoneAccounts(settings.twilio, connected), sealer)


def _loopback_names(settings: Settings) -> tuple[str, ...]:
    """On loopback without a public name, people type `localhost` as well as the number."""
    if settings.server.public_base_url:
        return ()
    return (f"http://localhost:{settings.server.port}",)


async def _watch(store: Store) -> None:
    """End with the error when the disk failed under a commit: the process must stop."""
    broken = store.writer.broken
    if broken is None:
        raise RuntimeError("the store is not open")
    await asyncio.shield(broken)


async def _serve_web(app: web.Application, listener: socket.socket) -> None:
    """Serve until cancelled; open requests may finish."""
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
