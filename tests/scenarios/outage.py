"""The world outside a hub that is killed: customers of every channel, agents, and the ledger.

The ledger is kept here, in another process than the hub's. It holds every request and every
acknowledgement, and is held against the database, read without the hub.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

import aiohttp
import aiosmtplib
import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.pool import NullPool
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from hub.agent_console.client import HeadlessAgent, Refused
from hub.channels.phone.tables import calls
from hub.contacts.tables import contacts, interactions
from hub.core.ids import new_id
from hub.testing.chat_page import ChatPage, MessageRefused
from hub.testing.mail import PrivateDovecot, SmtpSink
from hub.testing.twilio_simulator import TwilioSimulator
from tests.unit.fax.samples import raw_fax

from .stage import HOTLINE

AWAY = (
    OSError,
    TimeoutError,
    ConnectionClosed,
    InvalidHandshake,
    aiohttp.ClientError,
    aiosmtplib.SMTPException,
    MessageRefused,  # not stored now: the same words again
)
CHANNELS = ("webchat", "smtp", "imap", "phone", "fax")
ANSWERS = ("answer to webchat", "answer to email")
MAILBOX = "finance"
DONE = "Done"
_HAND_IN_S = 60.0  # a mail server waits for its 250 for minutes (RFC 5321 §4.5.3.2.6)


@dataclass
class Ledger:
    """Marks by channel: a chat's client id, a Message-ID, a call's id, a reply's client id."""

    asked: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    acknowledged: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _grown: asyncio.Event = field(default_factory=asyncio.Event)

    def acknowledge(self, channel: str, marks: set[str]) -> None:
        if not marks <= self.acknowledged[channel]:
            self.acknowledged[channel] |= marks
            self._grown.set()

    async def served(self, within_s: float) -> None:
        """Wait until every channel and every way out had something more acknowledged than now.

        Raises AssertionError that names those that were silent.
        """
        before = {key: len(self.acknowledged[key]) for key in CHANNELS + ANSWERS}
        try:
            async with asyncio.timeout(within_s):
                while self._silent(before):
                    self._grown.clear()
                    await self._grown.wait()
        except TimeoutError:
            pytest.fail(f"nothing acknowledged in {within_s:.0f} s on {self._silent(before)}")

    def _silent(self, before: dict[str, int]) -> list[str]:
        return [key for key, count in before.items() if len(self.acknowledged[key]) == count]


@dataclass
class World:
    """Customers and agents around the hub at `base_url`; they stop when `over` is set."""

    base_url: str
    chat_url: str
    mail_port: int
    sink: SmtpSink
    phones: TwilioSimulator
    imap: PrivateDovecot
    ledger: Ledger = field(default_factory=Ledger)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    pages: list[ChatPage] = field(default_factory=list)

    async def chats(self) -> None:
        """A customer who writes one message after the other, each until it is acknowledged."""
        page = ChatPage(f"{self.chat_url}/channels/shop-chat/chat", "shop-chat", self.base_url)
        self.pages.append(page)
        while not self.over.is_set():
            mark = new_id()
            self.ledger.asked["webchat"].add(mark)
            await insist(lambda: self.write_chat(page, mark))  # noqa: B023 - awaited here
            self.ledger.acknowledge("webchat", {mark})
            await self._pause(0.3)

    async def write_chat(self, page: ChatPage, mark: str) -> None:
        """Write one message, connected anew where need be, and wait for its `ack`."""
        try:
            if page.socket is None:
                await page.connect()
                await page.hello()
            await page.write(f"message {mark}", mark)
        except AWAY:
            await page.close()
            raise

    async def mails(self, name: str) -> None:
        """A mail server: hands each customer's mail in until it hears 250."""
        for count in itertools.count():
            if self.over.is_set():
                return
            mail, mark = _mail(f"{name}{count}@example.test", "support@example.test")
            await self._hand_in("smtp", mail.as_bytes(), "support@example.test", mark)
            await self._pause(0.3)

    async def faxes(self, number: int) -> None:
        """A fax gateway: the same, for the fax address."""
        raw = raw_fax("hylafax_received").replace(b"61234567", str(number).encode())
        while not self.over.is_set():
            mark = make_msgid(domain="gw.shop.example")
            fax = raw.replace(b"<202603101159.faxrcvd@gw.shop.example>", mark.encode())
            await self._hand_in("fax", fax, "fax@example.test", mark)
            await self._pause(0.6)

    async def _hand_in(self, channel: str, raw: bytes, to: str, mark: str) -> None:
        self.ledger.asked[channel].add(mark)

        async def send() -> None:
            await aiosmtplib.send(
                raw,
                sender="customer@example.test",
                recipients=[to],
                hostname="127.0.0.1",
                port=self.mail_port,
                start_tls=False,
                timeout=_HAND_IN_S,
            )

        await insist(send)
        self.ledger.acknowledge(channel, {mark})

    async def posts(self) -> None:
        """Mails that lie in a mailbox until the hub fetches them; filed away is acknowledged."""
        while not self.over.is_set():
            mail, mark = _mail("imap@example.test", "finance@example.test")
            self.ledger.asked["imap"].add(mark)
            await asyncio.to_thread(self.imap.put, MAILBOX, mail.as_bytes())
            await self.look_into_mailbox()
            await self._pause(0.5)

    async def look_into_mailbox(self) -> None:
        filed = await asyncio.to_thread(_message_ids, self.imap, DONE)
        self.ledger.acknowledge("imap", filed)

    async def calls(self, number: str) -> None:
        """A caller who waits a little while and calls again; the provider keeps the ledger."""
        while not self.over.is_set():
            caller = await self.phones.call(number, HOTLINE)
            try:
                await caller.until("room", timeout_s=2.0)
                await self._pause(0.3)
            except TimeoutError:
                pass  # nobody came, or the hub was away
            if not caller.ended:
                await caller.hang_up()
            self.look_at_webhooks()
            await self._pause(0.2)

    def look_at_webhooks(self) -> None:
        """A call is acknowledged when its caller was told to wait in the queue."""
        for webhook in self.phones.messenger.ledger:
            if "/voice" in webhook.url:
                sid = webhook.params["CallSid"]
                self.ledger.asked["phone"].add(sid)
                if webhook.status == 200 and "<Enqueue" in webhook.body:
                    self.ledger.acknowledge("phone", {sid})

    def ended_calls(self) -> set[str]:
        """Calls the hub has acknowledged and the provider knows to be over."""
        calls = self.phones.exchange.calls
        return {sid for sid in self.ledger.acknowledged["phone"] if calls[sid].ended}

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.over.wait()
        except TimeoutError:
            return

    # ---- agents --------------------------------------------------------------------------------

    async def works(self, api_key: str) -> None:
        """An agent who accepts, answers and closes until cancelled, over every outage."""
        drafts: dict[str, str] = {}  # contact -> client id: the same answer until it is stored
        while True:
            agent = HeadlessAgent(self.base_url, api_key)
            try:
                async with agent.signed_in(), asyncio.TaskGroup() as tasks:
                    tasks.create_task(agent.lost())
                    while True:
                        await self._round(agent, drafts)
                        await agent.changed(0.5)
            except* AWAY:
                await asyncio.sleep(0.2)

    async def _round(self, agent: HeadlessAgent, drafts: dict[str, str]) -> None:
        if agent.me is not None and agent.me.state != "ready":
            await agent.set_state("ready")  # after a missed offer
        for offer_id in list(agent.offers):
            await _allowed(agent.accept(offer_id))
        for row in list(agent.contacts.values()):
            if row.state == "active" and row.channel != "phone" and row.unanswered_since:
                mark = drafts.setdefault(row.id, new_id())
                if await _allowed(agent.reply(row.id, f"answer {mark}", mark)):
                    self.ledger.acknowledge(f"answer to {row.channel}", {mark})
            if row.state in ("active", "wrap_up"):
                await _allowed(agent.close(row.id, "repair", "solved"))


async def insist(act: Callable[[], Awaitable[Any]]) -> None:
    """Do it again while the hub is away: what a widget and a mail server do."""
    while True:
        try:
            await act()
            return
        except AWAY:
            await asyncio.sleep(0.2)


async def _allowed(act: Awaitable[Any]) -> bool:
    """A refusal (the customer left, the offer is over) is part of the work."""
    try:
        await act
    except Refused as refusal:
        if refusal.status >= 500:
            raise ConnectionError(str(refusal)) from refusal
        return False
    return True


def _mail(sender: str, to: str) -> tuple[EmailMessage, str]:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, "Question"
    message["Message-ID"] = make_msgid(domain="example.test")
    message.set_content("Where is my order?")
    return message, str(message["Message-ID"])


def _message_ids(server: PrivateDovecot, folder: str) -> set[str]:
    session = server.connect(MAILBOX)
    try:
        if session.select(f'"{folder}"', readonly=True)[0] != "OK":
            return set()
        _, found = session.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
        heads = [part[1].decode() for part in found if isinstance(part, tuple)]
        return {head.partition(":")[2].strip() for head in heads}
    finally:
        session.logout()


@dataclass(frozen=True)
class Stored:
    """What the database holds, read from outside: how often each mark is there, and the rest."""

    marks: Counter[str]
    answers: Counter[str]  # by client id
    mailed: Counter[str]  # answers by mail and fax, by Message-ID
    under_way: list[str]  # what is not at its end yet
    gaps: list[str]  # conversations whose seq is not dense


def read_stored(database_url: str, ended: set[str]) -> Stored:
    """Read it all. `ended`: calls that the provider knows to be over."""
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        rows = connection.execute(select(interactions)).all()
        over = set(
            connection.execute(select(calls.c.sid).where(calls.c.ended_at.is_not(None))).scalars()
        )
        open_ones = select(contacts.c.channel, contacts.c.state).where(
            contacts.c.state.in_(("offered", "connecting", "active", "hold", "wrap_up"))
            | ((contacts.c.state == "queued") & (contacts.c.queue_id == "support"))
        )
        stuck = [f"{row.channel} {row.state}" for row in connection.execute(open_ones)]
    engine.dispose()
    seqs: defaultdict[str, list[int]] = defaultdict(list)
    for row in rows:
        seqs[row.conversation_id].append(row.seq)
    out = [row for row in rows if row.direction == "out"]
    mailed = [row for row in out if row.channel in ("email", "fax") and row.client_id]
    return Stored(
        Counter(str(row.client_id or row.external_id) for row in rows if row.direction == "in"),
        Counter(str(row.client_id) for row in out if row.client_id),
        Counter(str(row.external_id) for row in mailed if row.delivery == "sent"),
        stuck
        + [f"call {sid}" for sid in ended - over]
        + [f"{row.channel} {row.delivery}" for row in mailed if row.delivery == "pending"],
        [key for key, found in seqs.items() if sorted(found) != list(range(1, len(found) + 1))],
    )
