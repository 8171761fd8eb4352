"""What every scenario needs: a whole hub, agents at their consoles, customers outside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Any

import aiosmtplib
import msgspec
from sqlalchemy import Row, select

from hub.accounts.model import SYSTEM
from hub.agent_console.client import HeadlessAgent
from hub.app import Hub
from hub.contacts.tables import contacts, interactions
from hub.settings import Mail, Mailbox, MailServer, Settings
from hub.storage import Tx
from hub.testing.center import add_agent
from hub.testing.chat_page import ChatPage
from hub.testing.hub import hub_settings, running_hub
from hub.testing.mail import SmtpSink
from hub.vendors.outbound import OutboundHttp


@dataclass
class Stage:
    """A running hub with its outside: `mails` is what the hub has sent to customers."""

    hub: Hub
    mails: SmtpSink
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

    def chat(self) -> ChatPage:
        port = self.hub.settings.server.chat_port
        return ChatPage(
            f"ws://127.0.0.1:{port}/channels/shop-chat/chat", "shop-chat", self.hub.base_url
        )

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

    async def contacts(self) -> list[Row[Any]]:
        return await self._rows(contacts)

    async def said(self) -> list[Row[Any]]:
        return await self._rows(interactions)

    async def _rows(self, table: Any) -> list[Row[Any]]:
        def read(tx: Tx, _: None) -> list[Row[Any]]:
            return list(tx.execute(select(table).order_by(table.c.id)).all())

        return await self.hub.store.read(read, None)


@asynccontextmanager
async def a_stage(
    folder: Path, database_url: str = "", outbound: OutboundHttp | None = None
) -> AsyncIterator[Stage]:
    """Run a hub whose mail goes to a sink of this test."""
    async with SmtpSink() as sink:
        settings = _with_mail(hub_settings(folder, database_url), sink.port)
        async with running_hub(settings, outbound=outbound) as hub:
            yield Stage(hub, sink)


def _with_mail(settings: Settings, port: int) -> Settings:
    smtp = MailServer(host="127.0.0.1", port=port, tls="none")
    boxes = tuple(Mailbox(entry_point=key, smtp=smtp) for key in ("mail", "finance-mail", "fax"))
    return msgspec.structs.replace(settings, mail=Mail(mailboxes=boxes))


async def one_offer(agent: HeadlessAgent, timeout_s: float = 10.0) -> str:
    """Wait for an offer and return its id."""
    await agent.until(lambda: bool(agent.offers), timeout_s)
    return next(iter(agent.offers))


async def settled(condition: Any, timeout_s: float = 10.0) -> None:
    """Wait until the awaitable `condition()` is true; it is asked again after each short pause."""
    async with asyncio.timeout(timeout_s):
        while not await condition():  # noqa: ASYNC110 - a row has no event to wait for
            await asyncio.sleep(0.02)
