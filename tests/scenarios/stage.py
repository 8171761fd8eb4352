"""What every scenario needs: a whole hub, agents at their consoles, customers outside."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Any

import aiosmtplib
import msgspec
from aiohttp import web
from sqlalchemy import Row, select, update

from hub.accounts.model import SYSTEM
from hub.agent_console.client import HeadlessAgent
from hub.app import Hub
from hub.contacts.tables import contacts, entry_points, interactions
from hub.customers.addresses import NewAddress
from hub.customers.model import IdentityKind
from hub.customers.service import CreateCustomer, SetTier, create_customer, set_tier
from hub.customers.tables import identities
from hub.demo.shop import shop_routes
from hub.routing.settings import load_settings, save_settings
from hub.settings import Mail, Mailbox, MailServer, Secret, Settings, Twilio
from hub.storage import Tx
from hub.testing.center import a_queue, add_agent, open_center
from hub.testing.chat_page import ChatPage, sign_identity
from hub.testing.hub import hub_settings, running_hub
from hub.testing.mail import SmtpSink
from hub.testing.twilio_simulator import SimulatedCaller, TwilioSimulator
from hub.vendors.outbound import OutboundHttp

HOTLINE = "+862155501000"
_SITE_KEY = "a key that the shop signs its visitors with"
_PACE = 20.0  # speech, music and ringing pass so many times faster than in life


@dataclass
class Stage:
    """A running hub with its outside: `mails` is what the hub has sent to customers."""

    hub: Hub
    mails: SmtpSink
    phones: TwilioSimulator
    shop_url: str
    agents: dict[str, str] = field(default_factory=dict)

    async def hire(self, name: str) -> str:
        """Add an agent and return an API key."""
        user_id = await self.hub.store.write(add_agent, name)
        self.agents[name] = user_id
        key = await self.hub.accounts.add_api_key(SYSTEM, user_id, "scenario")
        return key.key

    @asynccontextmanager
    async def console(self, name: str, *, ready: bool = True) -> AsyncIterator[HeadlessAgent]:
        """A signed-in agent of this name, ready unless told otherwise."""
        agent = HeadlessAgent(self.hub.base_url, await self.hire(name))
        async with agent.signed_in():
            if ready:
                await agent.set_state("ready")
            else:
                await agent.set_state("not_ready", "break")
            yield agent

    async def known(self, name: str, tier: str, **addresses: str) -> str:
        """Add a customer of this tier (email=, phone=, fax=, external=) and return their id."""
        return await self.hub.store.write(_add_customer, (name, tier, addresses))

    def chat(self) -> ChatPage:
        port = self.hub.settings.server.chat_port
        return ChatPage(
            f"ws://127.0.0.1:{port}/channels/shop-chat/chat", "shop-chat", self.hub.base_url
        )

    def signed(self, email: str) -> str:
        """Return what the shop says of a visitor who is signed in there: their external id."""
        return sign_identity(_SITE_KEY, email=email)

    async def call(self, number: str) -> SimulatedCaller:
        """Call the hotline and wait until the caller hears the waiting room."""
        caller = await self.phones.call(number, HOTLINE)
        await caller.until("queue")
        return caller

    async def mail(
        self,
        text: str,
        sender: str = "chen@example.test",
        subject: str = "Washing machine",
        **headers: str,
    ) -> str:
        """Send a mail to the support address over real SMTP; return its Message-ID."""
        message = EmailMessage()
        message["From"] = f"Chen Li <{sender}>"
        message["To"] = "support@example.test"
        message["Subject"] = subject
        message["Message-ID"] = make_msgid(domain="example.test")
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        await aiosmtplib.send(
            message,
            hostname="127.0.0.1",
            port=self.hub.settings.server.mail_port,
            start_tls=False,
        )
        return str(message["Message-ID"])

    async def fax(self, raw: bytes) -> None:
        """Deliver a mail of the fax gateway (tests/fixtures/fax) over real SMTP."""
        await aiosmtplib.send(
            raw,
            sender="fax@gw.shop.example",
            recipients=["fax@example.test"],
            hostname="127.0.0.1",
            port=self.hub.settings.server.mail_port,
            start_tls=False,
        )

    async def waited(self, count: int, minutes: int = 10) -> None:
        """Wait until `count` contacts are queued; then all have waited `minutes` more.

        So the order in which they came no longer matters, only the promises do.
        """

        async def all_here() -> bool:
            return [row.state for row in await self.contacts()].count("queued") == count

        await settled(all_here)
        await self.hub.store.write(_later, minutes * 60)

    async def contacts(self) -> list[Row[Any]]:
        return await self._rows(contacts)

    async def said(self) -> list[Row[Any]]:
        return await self._rows(interactions)

    async def owner(self, identity_id: str) -> str:
        """Return whose address this is."""
        rows = await self._rows(identities)
        return next(str(row.customer_id) for row in rows if row.id == identity_id)

    async def _rows(self, table: Any) -> list[Row[Any]]:
        def read(tx: Tx, _: None) -> list[Row[Any]]:
            return list(tx.execute(select(table).order_by(table.c.id)).all())

        return await self.hub.store.read(read, None)


@asynccontextmanager
async def a_stage(
    folder: Path,
    database_url: str = "",
    *,
    pace: float = _PACE,
    outbound: OutboundHttp | None = None,
    public: bool = False,
    own_account: bool = True,
    api_key: tuple[str, str] = ("", ""),
    also: Callable[[Tx], None] | None = None,
) -> AsyncIterator[Stage]:
    """Run a hub with a shop that embeds its chat; mail goes to a sink, calls to a simulator.

    `public`: the hub knows by which address it is reached. `own_account`: its settings have the
    phone account; else only where the provider is. `api_key`: of that account, with its secret:
    what softphones sign in with. `also`: more that is set up before.
    """
    async with AsyncExitStack() as held:
        sink = await held.enter_async_context(SmtpSink())
        phones = await held.enter_async_context(TwilioSimulator(pace=pace, api_key=api_key))
        listener = held.enter_context(socket.create_server(("127.0.0.1", 0)))
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def seed(tx: Tx, _: None) -> None:
            open_center(tx)
            chat = {
                "origins": ["self", origin],
                "pre_chat": {"name": "off"},
                "identity_keys": [_SITE_KEY],
            }
            where = entry_points.c.id == "shop-chat"
            tx.execute(update(entry_points).where(where).values(settings=chat))
            rules = load_settings(tx)
            queues = {**rules.queues, "support": a_queue(disposition_required=True)}
            save_settings(tx, msgspec.structs.replace(rules, queues=queues))
            if also is not None:
                also(tx)

        settings = _outside(hub_settings(folder, database_url), sink.port, phones)
        if not own_account:
            nobody = Twilio(base_url=phones.base_url)
            settings = msgspec.structs.replace(settings, twilio=nobody)
        if api_key[0]:
            secret = Secret(api_key[1])
            keyed = msgspec.structs.replace(settings.twilio, api_key=api_key[0], api_secret=secret)
            settings = msgspec.structs.replace(settings, twilio=keyed)
        if public:
            settings = _known_outside(settings)
        hub = await held.enter_async_context(running_hub(settings, seed, outbound=outbound))
        phones.add_number(HOTLINE, f"{hub.base_url}/channels/hotline")
        await held.enter_async_context(_shop(hub, listener))
        yield Stage(hub, sink, phones, f"{origin}/shop/")


@asynccontextmanager
async def _shop(hub: Hub, listener: socket.socket) -> AsyncIterator[None]:
    """Serve the sample shop: another origin than the hub's, as in real life."""
    app = web.Application()
    app.add_routes(shop_routes(hub.base_url, hub.settings.server.chat_socket_url()))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        yield
    finally:
        await runner.cleanup()


def _outside(settings: Settings, port: int, phones: TwilioSimulator) -> Settings:
    smtp = MailServer(host="127.0.0.1", port=port, tls="none")
    boxes = tuple(Mailbox(entry_point=key, smtp=smtp) for key in ("mail", "finance-mail", "fax"))
    account = Twilio(
        account_sid=phones.account_sid,
        auth_token=Secret(phones.auth_token),
        base_url=phones.base_url,
    )
    return msgspec.structs.replace(settings, mail=Mail(mailboxes=boxes), twilio=account)


def _known_outside(settings: Settings) -> Settings:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    server = msgspec.structs.replace(
        settings.server, port=port, public_base_url=f"http://127.0.0.1:{port}"
    )
    return msgspec.structs.replace(settings, server=server)


def _add_customer(tx: Tx, asked: tuple[str, str, dict[str, str]]) -> str:
    name, tier, addresses = asked
    new = tuple(NewAddress(IdentityKind(kind), value) for kind, value in addresses.items())
    customer_id = create_customer(tx, CreateCustomer(SYSTEM, "CN", name=name, addresses=new))
    set_tier(tx, SetTier(SYSTEM, customer_id, tier, "for this test"))
    return customer_id


def _later(tx: Tx, seconds: int) -> None:
    later = contacts.c.virtual_start_us - seconds * 1_000_000
    tx.execute(update(contacts).values(virtual_start_us=later))
    tx.hint("setup.changed", "")


async def one_offer(agent: HeadlessAgent, timeout_s: float = 60.0) -> str:
    """Wait for an offer and return its id."""
    await agent.until(lambda: bool(agent.offers), timeout_s)
    return next(iter(agent.offers))


async def settled(condition: Any, timeout_s: float = 60.0) -> None:
    """Wait until the awaitable `condition()` is true; it is asked again after each short pause.

    The pauses grow from 20 to 200 ms: what lasts is not hastened by asking.
    """
    pause_s = 0.02
    async with asyncio.timeout(timeout_s):
        while not await condition():
            await asyncio.sleep(pause_s)
            pause_s = min(0.2, pause_s * 1.5)
