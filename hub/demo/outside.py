"""The customers: each act is the real thing — a socket, an SMTP dialogue, signed webhooks.

Everything is written into the feed, and what the hub acknowledged into the ledger.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import aiosmtplib
import msgspec
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from hub.channels.webchat import protocol as chat
from hub.core.ids import new_id
from hub.testing.chat_page import ChatPage, MessageRefused, sign_identity
from hub.testing.twilio_simulator import Caption, SimulatedCaller, TwilioSimulator

from .evidence import Verdict, find_verdict
from .faxes import FAX_PAGES, a_fax_mail, a_result_mail
from .feed import Feed
from .ledger import Ledger
from .mailroom import Mailroom, Received
from .world import Person, Talk

log = logging.getLogger(__name__)

_LOOKS = 50  # a fifth of a second apart

NO_ANSWER = (OSError, ConnectionClosed, InvalidHandshake, TimeoutError, aiosmtplib.SMTPException)
"""How it shows that the hub is away for a moment: the customer tries again."""


async def patient(act: Awaitable[None]) -> None:
    """A customer who gives up is no fault; anything else is written to the log."""
    try:
        await act
    except NO_ANSWER as error:
        log.info("a customer gave up: %s", type(error).__name__)
    except Exception:
        log.exception("a demo act broke")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the contact center is reached."""

    chat_url: str
    origin: str
    mail_port: int
    support: str
    fax: str
    hotline: str
    repair_line: str
    chat_entry: str
    identity_key: str


@dataclass(frozen=True, slots=True)
class Act:
    """One customer about to reach us. `lane`: the visitor's own act, shown apart; "" for traffic.

    `calm`: how many times longer than usual they take on the phone.
    """

    person: Person
    talk: Talk
    lane: str = ""
    known: bool = True  # False: an anonymous visitor, a withheld number
    calm: float = 1.0


class Outside:
    """The world around the hub. Every method is one customer's whole story."""

    def __init__(
        self,
        addresses: Addresses,
        feed: Feed,
        ledger: Ledger,
        mailroom: Mailroom,
        phones: TwilioSimulator,
        database: Path,
        agents: Mapping[str, str],
    ) -> None:
        self.addresses = addresses
        self.feed = feed
        self.ledger = ledger
        self.mailroom = mailroom
        mailroom.on_fax = self.report_fax
        self.phones = phones
        self.database = database
        self._agents = agents  # their names by the phones they speak on
        self._dice = random.Random()  # noqa: S311 - how long a customer types

    def reached_at(self, **addresses: str) -> Outside:
        """Return the same world, whose customers use other addresses of the contact center."""
        elsewhere = copy.copy(self)
        elsewhere.addresses = replace(self.addresses, **addresses)  # type: ignore[arg-type]  # all of them are texts but the port
        return elsewhere

    # ---- chat ----------------------------------------------------------------------------------

    async def chat(self, act: Act, patience_s: float = 240.0) -> None:
        """Write, wait for the answer, answer once, rate it, go."""
        page = self.chat_page()
        async with asyncio.timeout(patience_s):
            await self.until_it_works(lambda: self.greet(page, act))
            await self.write_chat(page, act, act.talk.first)
            if await self._hears(page, act):
                await asyncio.sleep(self._dice.uniform(2, 6))
                await self.write_chat(page, act, act.talk.more)
                await self._rates(page, act)
        await page.close()

    def chat_page(self) -> ChatPage:
        return ChatPage(
            f"{self.addresses.chat_url}/channels/{self.addresses.chat_entry}/chat",
            self.addresses.chat_entry,
            self.addresses.origin,
        )

    async def greet(self, page: ChatPage, act: Act) -> None:
        await page.close()
        await page.connect()
        await page.hello(
            language=act.talk.language,
            identity=self.signed_identity(act.person) if act.known else "",
        )

    async def write_chat(self, page: ChatPage, act: Act, text: str) -> None:
        """Send one message until it is acknowledged: the same client id over every try."""
        mark = new_id()
        self.ledger.sending(mark)

        async def write() -> None:
            if page.socket is None:
                await self.greet(page, act)
            try:
                await page.write(text, mark)
            except MessageRefused as refusal:  # too fast, or stored later: the same words again
                log.info("a message was refused: %s", refusal.code)
                raise TimeoutError from refusal
            except NO_ANSWER:
                await page.close()
                raise

        await self.until_it_works(write)
        self.ledger.accepted(mark)
        self._said(act, "webchat", text)

    async def _hears(self, page: ChatPage, act: Act) -> bool:
        """Wait for an answer by somebody of ours; False when the chat was ended instead."""
        while True:
            try:
                frame = await page.expect(chat.Message, chat.Ended, within_s=300)
            except NO_ANSWER:
                await self.until_it_works(lambda: self.greet(page, act))
                continue
            if isinstance(frame, chat.Ended):
                return False
            if frame.sender == "agent":
                self.feed.add("webchat", "agent", frame.author, frame.text, lane=act.lane)
                return True

    async def _rates(self, page: ChatPage, act: Act) -> None:
        """Stay until the end; give marks when asked."""
        try:
            while True:
                frame = await page.expect(chat.AskSurvey, chat.Message, within_s=120)
                if isinstance(frame, chat.AskSurvey):
                    score = self._dice.choice((5, 5, 5, 4, 4, 3, 2))
                    await page.say(chat.Survey(contact=frame.contact, score=score))
                    return
                if frame.sender == "agent":
                    self.feed.add("webchat", "agent", frame.author, frame.text, lane=act.lane)
        except NO_ANSWER:
            return

    def signed_identity(self, person: Person) -> str:
        """Return what the shop's page says of a signed-in customer."""
        key, known_as = self.addresses.identity_key, person.shop_account
        return sign_identity(key, subject=known_as, email=person.email, name=person.name)

    # ---- mail and fax --------------------------------------------------------------------------

    async def mail(self, act: Act) -> None:
        """Write a mail, read what comes back, answer it once."""
        mark = await self.send_mail(act, act.talk.subject, act.talk.first)
        answer = await self.mailroom.answer_to(act.person.email, mark, timeout_s=900)
        if answer is None:
            return
        await asyncio.sleep(self._dice.uniform(5, 20))
        await self.send_mail(
            act, f"Re: {act.talk.subject}", act.talk.more, in_reply_to=answer.message_id
        )

    async def send_mail(
        self, act: Act, subject: str, text: str, in_reply_to: str | None = None
    ) -> str:
        """Send one mail to the support address until the hub's SMTP says 250; return its id."""
        message = EmailMessage()
        message["From"] = f"{act.person.en} <{act.person.email}>"
        message["To"] = self.addresses.support
        message["Subject"] = subject
        message["Message-ID"] = make_msgid(domain="mail.example")
        if in_reply_to:
            message["In-Reply-To"] = in_reply_to
            message["References"] = in_reply_to
        message.set_content(text)
        mark = str(message["Message-ID"])
        self.mailroom.lanes[act.person.email] = act.lane
        await self._deliver(message.as_bytes(), act.person.email, self.addresses.support, mark)
        self._said(act, "email", f"{subject}: {text}")
        return mark

    async def verdict(self, mark: str) -> Verdict | None:
        """Wait for what the hub decided about a mail; None where it was not filed in time."""
        for _ in range(_LOOKS):
            found = await asyncio.to_thread(find_verdict, self.database, mark)
            if found is not None:
                return found
            await asyncio.sleep(0.2)
        return None

    async def send_test_mail(self, act: Act, address: str, in_reply_to: str | None = None) -> str:
        """Send a mail from a fresh address, so that it will be acknowledged; return its id."""
        person = msgspec.structs.replace(act.person, email=address)
        text = "Does the mailbox work?" if in_reply_to is None else "And the second mail?"
        return await self.send_mail(replace(act, person=person), "Test", text, in_reply_to)

    async def fax(self, act: Act) -> None:
        """Fax one page: the gateway's mail with the page as TIFF."""
        raw, mark = a_fax_mail(act.person, act.talk, self.addresses.fax)
        self.mailroom.lanes[_digits(act.person.fax or act.person.phone)] = act.lane
        await self._deliver(raw, "fax-gateway@lakeside.example", self.addresses.fax, mark)
        self._said(act, "fax", f"[1 page] {act.talk.first}")

    async def report_fax(self, answer: Received) -> None:
        """Be the gateway that faxes an answer of the hub: dial, then mail that it arrived."""
        await asyncio.sleep(self._dice.uniform(3, 6))
        number = answer.to.partition("@")[0]
        raw = a_result_mail(number, answer.subject, self.addresses.fax)
        await self._hand_in(raw, "fax-gateway@lakeside.example", self.addresses.fax)
        lane = self.mailroom.lane_of(answer.to)
        words = f"已送达 {FAX_PAGES} 页", f"{FAX_PAGES} pages delivered"
        said = words[lane.endswith("-en")] if lane else " · ".join(words)
        self.feed.add("fax", "system", number, f"✓ {said}", lane=lane)

    async def _deliver(self, raw: bytes, sender: str, recipient: str, mark: str) -> None:
        self.ledger.sending(mark)
        await self._hand_in(raw, sender, recipient)
        self.ledger.accepted(mark)

    async def _hand_in(self, raw: bytes, sender: str, recipient: str) -> None:
        """Deliver a mail to the hub until its SMTP says 250."""

        async def send() -> None:
            await aiosmtplib.send(
                raw,
                sender=sender,
                recipients=[recipient],
                hostname="127.0.0.1",
                port=self.addresses.mail_port,
                start_tls=False,
                timeout=20,
            )

        await self.until_it_works(send)

    # ---- phone ---------------------------------------------------------------------------------

    async def call(self, act: Act, patience_s: float = 90.0, number: str = "") -> None:
        """Call, wait for somebody, talk, hang up; give up after `patience_s` in the waiting
        room.
        """
        await self.stay(await self.dial(act, number), act, patience_s)

    async def dial(self, act: Act, number: str = "") -> SimulatedCaller:
        """Call a number of the hub's, the hotline where none is named, and be on the line."""
        number = number or self.addresses.hotline
        caller = await self.phones.call(act.person.phone if act.known else "anonymous", number)
        self._said(act, "phone", f"→ {number}")
        return caller

    async def stay(self, caller: SimulatedCaller, act: Act, patience_s: float = 90.0) -> None:
        """Wait on the line for somebody, talk, and hang up."""
        hearing = [asyncio.create_task(self._captions(caller, act))]
        if act.talk.language == "en":
            hearing.append(asyncio.create_task(self._asks_for_english(caller)))
        try:
            await caller.until("room", timeout_s=patience_s)
            await asyncio.sleep(2)
            await self._speaks(caller, act, act.talk.first)
            await asyncio.sleep(self._dice.uniform(8, 16) * act.calm)
            await self._speaks(caller, act, act.talk.more)
            await asyncio.sleep(self._dice.uniform(6, 12) * act.calm)
        except TimeoutError:
            self.feed.add("phone", "system", act.person.name, "…", lane=act.lane)
        finally:
            if not caller.ended:
                await caller.hang_up()
            for task in hearing:
                task.cancel()

    async def _speaks(self, caller: SimulatedCaller, act: Act, words: str) -> None:
        await caller.say(words)
        self._said(act, "phone", words)

    async def _captions(self, caller: SimulatedCaller, act: Act) -> None:
        async for caption in caller.captions():
            if caption.source != "music":
                who = "hub" if caption.source == "system" else "agent"
                self.feed.add("phone", who, self.speaker(caption), caption.text, lane=act.lane)

    def speaker(self, caption: Caption) -> str:
        """Return the name of the agent who said this; empty where it was none of the hub's."""
        return self._agents.get(caption.speaker, "")

    async def _asks_for_english(self, caller: SimulatedCaller) -> None:
        """Press the key that the waiting room names; who is answered first needs none."""
        with contextlib.suppress(TimeoutError):
            await caller.hears("press 9", timeout_s=30)
            await caller.press("9")

    # ---- all -----------------------------------------------------------------------------------

    async def until_it_works(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do it again while the hub is away: what a widget and a mail server do."""
        while True:
            try:
                return await act()
            except NO_ANSWER:
                await asyncio.sleep(self._dice.uniform(0.2, 0.8))

    def _said(self, act: Act, channel: str, text: str) -> None:
        name = act.person.name if act.known else "?"
        tier = act.person.tier if act.known else ""
        self.feed.add(channel, "customer", name, text, tier=tier, lane=act.lane)


def _digits(number: str) -> str:
    return "".join(letter for letter in number if letter.isdigit())
