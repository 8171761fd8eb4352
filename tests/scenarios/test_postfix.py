"""A hub that sends by Postfix and hears from it: its reports of what it could not deliver, or not
yet, land on the answer they tell of.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Any

import aiosmtplib
import msgspec
import pytest
from sqlalchemy import Row, select, update

from hub.accounts.model import SYSTEM
from hub.agent_console.client import HeadlessAgent
from hub.app import Hub
from hub.channels.mailbox.tables import raw_mails
from hub.contacts.tables import contacts, entry_points, interactions
from hub.settings import Mail, Mailbox, MailServer
from hub.storage import Tx
from hub.storage.outbox import outbox
from hub.testing.center import add_agent, open_center
from hub.testing.hub import hub_settings, running_hub, with_server
from hub.testing.mail import SmtpSink
from hub.testing.postfix import PostfixMissing, PrivatePostfix, Route
from tests.conftest import skip_missing

from .stage import one_offer, settled
from .test_email import parsed

CHEN = "chen@customer.test"
SUPPORT = "support@example.test"


@dataclass
class Office:
    """A hub whose mail comes and goes by `server`; `world` is where its customers' mail is."""

    hub: Hub
    server: PrivatePostfix
    world: SmtpSink

    async def write(self, text: str, to: str = SUPPORT, sender: str = CHEN) -> None:
        """A customer's mail program gives Postfix a mail."""
        message = EmailMessage()
        message["From"], message["To"] = sender, to
        message["Subject"] = "Washing machine"
        message["Message-ID"] = make_msgid(domain="customer.test")
        message.set_content(text)
        await aiosmtplib.send(message, hostname="127.0.0.1", port=self.server.port, start_tls=False)

    @asynccontextmanager
    async def asked(self) -> AsyncIterator[tuple[HeadlessAgent, str]]:
        """Chen has written, was acknowledged, and an agent holds the contact."""
        user_id = await self.hub.store.write(add_agent, "Li")
        key = await self.hub.accounts.add_api_key(SYSTEM, user_id, "scenario")
        agent = HeadlessAgent(self.hub.base_url, key.key)
        async with agent.signed_in():
            await agent.set_state("ready")
            await self.write("It leaks.")
            await self.world.wait_for(1)
            contact_id = await agent.accept(await one_offer(agent))
            yield agent, contact_id

    async def rows(self, table: Any) -> list[Row[Any]]:
        def read(tx: Tx, _: None) -> list[Row[Any]]:
            return list(tx.execute(select(table).order_by(table.c.id)))

        return await self.hub.store.read(read, None)

    async def answer(self) -> Row[Any]:
        """Return what the agent answered."""
        said = await self.rows(interactions)
        return next(row for row in said if row.author_id and row.direction == "out")

    async def fates(self) -> dict[str, tuple[str, str]]:
        """Return what became of the answer with each: state and what was said."""
        listed = (await self.answer()).meta.get("recipients", [])
        return {one["address"]: (one["state"], one.get("detail", "")) for one in listed}


@pytest.fixture
async def office(tmp_path: Path, database_url: str) -> AsyncIterator[Office]:
    async with AsyncExitStack() as held:
        world = await held.enter_async_context(SmtpSink())
        mail_port = free_port()
        route = Route("example.test", "lmtp", mail_port)
        try:
            server = PrivatePostfix(route, world_port=world.port, warns=True)
        except PostfixMissing as missing:
            skip_missing(str(missing))
        smtp = MailServer(host="127.0.0.1", port=server.port, tls="none")
        mail = Mail(mailboxes=(Mailbox(entry_point="mail", smtp=smtp),), check_senders=False)
        settings = with_server(hub_settings(tmp_path, database_url), mail_port=mail_port)
        settings = msgspec.structs.replace(settings, mail=mail)
        hub = await held.enter_async_context(running_hub(settings, seed))
        held.enter_context(server)
        yield Office(hub, server, world)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def seed(tx: Tx, _: None) -> None:
    open_center(tx)
    plus = update(entry_points).where(entry_points.c.id == "mail")
    tx.execute(plus.values(settings={"plus_addressing": True}))


async def test_its_report_of_an_unknown_recipient_marks_the_answer_and_the_address(
    office: Office,
) -> None:
    async with office.asked() as (agent, contact_id):
        office.world.answers["RCPT"] = ["550 5.1.1 no such user"]
        await agent.reply(contact_id, "We come tomorrow.")

        async def told_of() -> bool:
            return len(await office.rows(raw_mails)) == 2

        await settled(told_of)
        assert (await office.answer()).delivery == "failed"
        state, detail = (await office.fates())[CHEN]
        assert state == "failed"
        assert "5.1.1" in detail
        assert "no such user" in detail
        # By our own address for this conversation, from nobody, and no customer's request.
        report = (await office.rows(raw_mails))[-1]
        assert (report.mail_from, report.state) == ("", "filed")
        assert report.recipient.startswith("support+")
        [contact] = await office.rows(contacts)
        told = [row for row in await office.rows(interactions) if row.kind == "system"]
        assert {row.conversation_id for row in told} == {contact.conversation_id}
        assert any(row.meta.get("bounce") == "hard" for row in told)
        # The acknowledgement and the answer: nothing answers a report.
        assert len(await office.rows(outbox)) == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_its_warning_of_a_delay_marks_the_answer_which_arrives_later(
    office: Office,
) -> None:
    async with office.asked() as (agent, contact_id):
        office.world.answers["RCPT"] = ["451 4.7.1 greylisted, come again"] * 3
        await agent.reply(contact_id, "We come tomorrow.")

        async def delayed() -> bool:
            return (await office.fates()).get(CHEN, ("", ""))[0] == "delayed"

        await settled(delayed)
        assert "greylisted" in (await office.fates())[CHEN][1]
        assert (await office.answer()).delivery == "sent"
        _, arrived = await office.world.wait_for(2)
        assert arrived.recipients == (CHEN,)
        assert "We come tomorrow." in arrived.raw.decode()
        assert len(await office.rows(contacts)) == 1


async def test_an_answer_to_our_tagged_address_joins_by_it_alone(office: Office) -> None:
    async with office.asked() as (agent, contact_id):
        await agent.reply(contact_id, "Which machine is it?")
        answer = parsed((await office.world.wait_for(2))[1])
        tagged = answer["Reply-To"].addresses[0].addr_spec
        assert tagged.startswith("support+")
        await office.write("The old one.", tagged, "a-colleague@customer.test")
        await agent.until(lambda: agent.contacts[contact_id].unread == 1)
        [contact] = await office.rows(contacts)
        said = await office.rows(interactions)
        assert {row.conversation_id for row in said} == {contact.conversation_id}
