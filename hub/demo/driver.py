"""`hub demo`: seed a database, start the hub as a child, play everybody around it, serve the
doors.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import signal
import socket
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from hub.accounts.accounts import Accounts
from hub.accounts.passwords import Passwords
from hub.channels.phone.line import agent_address
from hub.core.bus import Bus
from hub.core.errors import Conflict, Invalid
from hub.schema import upgrade
from hub.settings import Security
from hub.storage import Store
from hub.storage.lock import FileLock
from hub.testing.twilio_simulator import TwilioSimulator

from .answering import set_up_phones
from .child import HubProcess
from .colleagues import Colleague, Reserve
from .feed import Feed
from .ledger import Ledger
from .mailroom import Mailroom
from .outside import Addresses, Outside
from .seed import Login, demo_setup, seed, write_settings
from .site import DoorSite
from .three import COLLEAGUE, KEY, Three
from .traffic import Traffic
from .world import read_world

log = logging.getLogger(__name__)

_SITE_PORT = 8070
_CHAT_ENTRY = "shop-chat"


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the command line asks for. Ports: 0 picks a free one. `data` None: a temporary
    folder.
    """

    data: Path | None = None
    port: int = 8080
    chat_port: int = 8081
    mail_port: int = 2525
    site_port: int = _SITE_PORT
    traffic: bool = True
    ready_file: Path | None = None


async def run_demo(options: DemoOptions, say: Callable[[str], None]) -> None:
    """Run until interrupted; `say` is told what a person should read."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as held:
        folder = options.data or Path(held.enter_context(_temporary()))
        _make_folder(folder)
        if options.ready_file is not None:
            _make_folder(options.ready_file.parent)
            options.ready_file.unlink(missing_ok=True)  # one of an earlier demo would be a lie
        demo = await Demo.prepare(held, folder.resolve(), options)
        tasks = await held.enter_async_context(_Tasks())
        tasks.start(demo.hub.run())
        stopped = asyncio.create_task(stop.wait())
        ready = asyncio.create_task(demo.hub.ready.wait())
        await asyncio.wait({ready, stopped, *tasks.running}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            ready.cancel()
            return
        if not ready.done():
            ready.cancel()
            stopped.cancel()
            tasks.raise_first()
        await demo.open_doors(held)
        if options.ready_file is not None:
            _write_ready(options.ready_file, demo.facts())
        say(demo.greeting())
        tasks.start(demo.reserve().run())
        if options.traffic:
            for login in demo.logins:
                if login.works and login.email != COLLEAGUE:
                    tasks.start(demo.colleague(login).run())
            tasks.start(Traffic(demo.outside, demo.world, demo.waiting).run())
        await asyncio.wait({stopped, *tasks.running}, return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            stopped.cancel()
            tasks.raise_first()


class _Tasks:
    """Long-lived tasks of the driver; all are cancelled and awaited in the end."""

    def __init__(self) -> None:
        self.running: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> _Tasks:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)

    def start(self, work: Any) -> None:  # Any: a coroutine of any function here
        self.running.add(asyncio.create_task(work))

    def raise_first(self) -> None:
        """Raise the error of the first task that ended."""
        for task in self.running:
            if task.done() and not task.cancelled():
                task.result()


class Demo:
    """The parts of one demo, made by `prepare`."""

    def __init__(
        self,
        folder: Path,
        hub: HubProcess,
        outside: Outside,
        logins: list[Login],
        links: dict[str, str],
        site_socket: socket.socket,
        *,
        lively: bool,
    ) -> None:
        self.folder = folder
        self.hub = hub
        self.outside = outside
        self.logins = logins
        self.links = links
        self.world = read_world()
        self._site_socket = site_socket
        self.lively = lively
        self._wanted = asyncio.Event()

    @classmethod
    async def prepare(cls, held: AsyncExitStack, folder: Path, options: DemoOptions) -> Demo:
        """Seed the database, start the world around, and write the child's settings."""
        site_socket = held.enter_context(_listening(options.site_port))
        start_url = f"http://127.0.0.1:{site_socket.getsockname()[1]}"
        ports = [_free(port) for port in (options.port, options.chat_port, options.mail_port)]
        feed = Feed()
        mailroom = Mailroom(feed)
        await mailroom.start()
        held.push_async_callback(mailroom.stop)
        phones = await held.enter_async_context(TwilioSimulator())
        set_up_phones(phones, read_world(), feed)
        key = secrets.token_urlsafe(32)
        logins = await _seed(folder, start_url, key)
        setup = demo_setup(start_url, key)
        addresses = {point.key: point.address for point in setup.entry_points}
        console_url = f"http://127.0.0.1:{ports[0]}"
        for point in setup.entry_points:
            if point.channel == "phone":
                phones.add_number(point.address, f"{console_url}/channels/{point.key}")
        settings_file = folder / "demo.toml"
        write_settings(settings_file, _settings(folder, ports, mailroom.port, phones))
        outside = Outside(
            Addresses(
                chat_url=f"ws://127.0.0.1:{ports[1]}",
                origin=start_url,
                mail_port=ports[2],
                support=addresses["support-mail"],
                fax=addresses["fax"],
                hotline=addresses["hotline"],
                repair_line=addresses["repair-line"],
                chat_entry=_CHAT_ENTRY,
                identity_key=key,
            ),
            feed,
            Ledger(),
            mailroom,
            phones,
            folder / "hub.sqlite",
            {agent_address("", login.id): login.name for login in logins},
        )
        links = {
            "start_url": start_url,
            "console_url": console_url,
            "chat_url": f"ws://127.0.0.1:{ports[1]}",
            "shop_url": f"{start_url}/shop",
            "customer_url": f"{start_url}/customer",
            "chat_entry": _CHAT_ENTRY,
            "phone_url": f"{console_url}/channels/hotline",
            "mail_port": str(ports[2]),
            "support_address": addresses["support-mail"],
            "fax_address": addresses["fax"],
        }
        hub = HubProcess(settings_file, console_url, folder / "hub.log")
        return cls(folder, hub, outside, logins, links, site_socket, lively=options.traffic)

    async def open_doors(self, held: AsyncExitStack) -> None:
        """Serve the demo's pages."""
        three = Three(self.outside, self.world, self._wanted)
        held.push_async_callback(three.stop)
        site = DoorSite(
            self.world,
            self.outside,
            three,
            self.hub,
            self.logins,
            self.links,
            welcomes=self.lively,
        )
        runner = web.AppRunner(site.application(), access_log=None)
        await runner.setup()
        held.push_async_callback(runner.cleanup)
        await web.SockSite(runner, self._site_socket).start()

    def reserve(self) -> Reserve:
        login = next(login for login in self.logins if login.email == COLLEAGUE)
        console_url = self.links["console_url"]
        return Reserve(console_url, login, self.world, self.outside.phones, self._wanted)

    def colleague(self, login: Login) -> Colleague:
        return Colleague(self.links["console_url"], login, self.world, self.outside.phones)

    async def waiting(self) -> Counter[str] | None:
        """Ask the hub how many wait now, by channel; None while it is away."""
        admin = next(login for login in self.logins if login.role == "admin")
        url = f"{self.links['console_url']}/api/v1/contacts?state=queued&limit=100"
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(url, headers={"Authorization": f"Bearer {admin.api_key}"}) as answer,
            ):
                answer.raise_for_status()
                return Counter(row["channel"] for row in (await answer.json())["items"])
        except (aiohttp.ClientError, TimeoutError):
            return None

    def facts(self) -> dict[str, Any]:
        """Return what the ready file holds."""
        return {
            **self.links,
            "mail_port": int(self.links["mail_port"]),
            "phone_webhooks": [
                f"{self.links['console_url']}/channels/{key}" for key in ("hotline", "repair-line")
            ],
            "users": [msgspec.to_builtins(login) for login in self.logins],
        }

    def greeting(self) -> str:
        """Return what is printed once everything runs."""
        lines = [
            "",
            "Contact Hub demo 演示",
            f"  Start here 从这里开始   {self.links['start_url']}",
            f"  Console 工作台          {self.links['console_url']}",
            f"  Shop with chat 商城     {self.links['shop_url']}",
            f"  Customer's desk 客户桌面 {self.links['customer_url']}",
            f"  Mail 邮件 (SMTP)        127.0.0.1:{self.links['mail_port']}"
            f" → {self.links['support_address']}",
        ]
        lines += [
            f"  {login.role:<11} {login.email}  {login.password}"
            for login in self.logins
            if not login.works
        ]
        return "\n".join([*lines, "  Ctrl-C ends it.", ""])


async def _seed(folder: Path, start_url: str, key: str) -> list[Login]:
    database = folder / "hub.sqlite"
    url = f"sqlite:///{database}"
    passwords = Passwords()
    try:
        with FileLock(database):
            await asyncio.to_thread(upgrade, url)
            async with Store(url, Bus()) as store:
                accounts = Accounts(store, passwords, Security())
                return await seed(store, accounts, read_world(), demo_setup(start_url, key))
    finally:
        passwords.close()


def _settings(folder: Path, ports: list[int], smtp_port: int, phones: TwilioSimulator) -> str:
    """Return the child's settings file: everything on loopback, mail and phone to the driver."""
    text = json.dumps  # a JSON string is a TOML string
    mailboxes = "".join(
        f"""
[[mail.mailboxes]]
entry_point = {text(key)}
[mail.mailboxes.smtp]
host = "127.0.0.1"
port = {smtp_port}
tls = "none"
"""
        for key in ("support-mail", "finance-mail", f"{KEY}-email", "fax")
    )
    return f"""data_dir = {text(str(folder))}

[server]
port = {ports[0]}
chat_port = {ports[1]}
mail_port = {ports[2]}

[backup]
keep = 0

[limits]
chat_sockets_per_address = 500

[twilio]
account_sid = {text(phones.account_sid)}
auth_token = {text(phones.auth_token)}
base_url = {text(phones.base_url)}
{mailboxes}"""


def _temporary() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="contact-hub-demo-", ignore_cleanup_errors=True)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Invalid(f"{folder} cannot be made: {error.strerror or error}.") from error


def _listening(port: int) -> socket.socket:
    """Bind a port of this machine, or the next free one."""
    try:
        return socket.create_server(("127.0.0.1", port), backlog=128)
    except OSError:
        return socket.create_server(("127.0.0.1", 0), backlog=128)


def _free(port: int) -> int:
    """Return `port` if it is free, any free one for 0. Raises Conflict for one in use."""
    try:
        with socket.create_server(("127.0.0.1", port)) as probe:
            free: int = probe.getsockname()[1]
            return free
    except OSError as error:
        raise Conflict(
            f"Port {port} is in use: end what uses it, or choose another one (see hub demo --help)."
        ) from error


def _write_ready(path: Path, facts: dict[str, Any]) -> None:
    """Write the ready file whole or not at all; it holds passwords, so its owner alone reads it."""
    aside = path.with_suffix(".part")
    aside.touch(mode=0o600)
    aside.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
    aside.rename(path)
