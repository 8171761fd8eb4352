"""A colleague at work: takes offers, answers, wraps up, has a break now and then. A real
console.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable
from functools import partial

import aiohttp
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from hub.agent_console.client import HeadlessAgent, Refused
from hub.agent_console.shapes import ContactRow, InteractionView, OfferView
from hub.channels.phone.line import agent_address
from hub.testing.twilio_simulator import TwilioSimulator

from .seed import Login
from .world import Talk, World

log = logging.getLogger(__name__)

_HUB_AWAY = (OSError, ConnectionClosed, InvalidHandshake, TimeoutError, aiohttp.ClientError)
_BREAK_EVERY_S = 420.0
# How long the first answer takes; a letter takes longer than a chat.
_READS_S = {"webchat": (10.0, 26.0), "email": (15.0, 40.0), "fax": (15.0, 40.0)}
_GREETING = {
    "zh-CN": "您好，我是{name}，请问有什么可以帮您？",
    "en": "Hello, {name} speaking. How can I help you?",
}
_SORRY = {
    "zh-CN": "您好，我看到您的消息了，马上为您查一下，请稍等。",
    "en": "Hello, I have your message and am looking into it right now.",
}


class Colleague:
    """One headless agent. Times are human: some seconds to read, some to write."""

    def __init__(self, base_url: str, login: Login, world: World, phones: TwilioSimulator) -> None:
        self._base_url = base_url
        self._login = login
        self._world = world
        self._phones = phones
        self._dice = random.Random(login.email)  # noqa: S311 - how fast somebody types
        self._busy: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Work until cancelled; whenever the hub is away, come back when it is there."""
        while True:
            try:
                agent = HeadlessAgent(self._base_url, self._login.api_key)
                async with agent.signed_in():
                    await self._work(agent)
            except* _HUB_AWAY:
                log.info("%s waits for the hub", self._login.name)
                await asyncio.sleep(self._dice.uniform(0.5, 1.5))
            finally:
                for task in self._busy.values():
                    task.cancel()
                self._busy.clear()

    async def _work(self, agent: HeadlessAgent) -> None:
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(agent.lost())
            tasks.create_task(self._shift(agent))
            while not watch.done():
                for offer in list(agent.offers.values()):
                    self._start(tasks, offer.id, partial(self._accept, agent, offer))
                for row in list(agent.contacts.values()):
                    self._start(tasks, row.id, partial(self._handle, agent, row.id))
                await agent.changed(1.0)

    async def _shift(self, agent: HeadlessAgent) -> None:
        """Be at work, with a break now and then; back soon after the hub took them out."""
        clock = asyncio.get_running_loop().time
        next_break = self._dice.uniform(0.5, 1.5) * _BREAK_EVERY_S
        await agent.set_state("ready")
        began = clock()
        while True:
            await agent.changed(1.0)
            if clock() - began > next_break and not agent.contacts:
                await agent.set_state("not_ready", "break")
                await asyncio.sleep(self._dice.uniform(15, 40))
                await agent.set_state("ready")
                began = clock()
            elif _is_out(agent):
                await asyncio.sleep(self._dice.uniform(3, 8))
                await agent.set_state("ready")

    def _start(
        self, tasks: asyncio.TaskGroup, key: str, work: Callable[[], Awaitable[None]]
    ) -> None:
        running = self._busy.get(key)
        if running is None or running.done():
            self._busy[key] = tasks.create_task(self._calm(work))

    async def _calm(self, work: Callable[[], Awaitable[None]]) -> None:
        """A refusal (somebody was faster, the customer left) is part of the work."""
        try:
            await work()
        except Refused as refusal:
            log.info("%s: %s", self._login.name, refusal)
        except TimeoutError:
            log.info("%s waited in vain", self._login.name)

    async def _accept(self, agent: HeadlessAgent, offer: OfferView) -> None:
        await asyncio.sleep(self._dice.uniform(0.8, 4.0))
        if offer.id in agent.offers:
            await agent.accept(offer.id)

    async def _handle(self, agent: HeadlessAgent, contact_id: str) -> None:
        row = agent.contacts.get(contact_id)
        if row is None:
            return
        if row.state == "wrap_up":
            await asyncio.sleep(self._dice.uniform(2, 8))
            await self._close(agent, row, self._talk(agent, row))
        elif row.channel == "phone":
            await self._takes_call(agent, row)
        elif row.state == "active":
            await self._answer(agent, row)

    async def _takes_call(self, agent: HeadlessAgent, row: ContactRow) -> None:
        """Talk until the call is over."""
        talking = asyncio.create_task(self._talks(row.language or row.customer.language or "zh-CN"))
        try:
            await agent.until(lambda: _state(agent, row.id) not in ("connecting", "active"), 600)
        finally:
            talking.cancel()

    async def _talks(self, language: str) -> None:
        """Greet, and answer what the caller says. Who is not there after all is not talked to."""
        language = language if language in _GREETING else "en"
        address = agent_address("", self._login.id)
        with contextlib.suppress(TimeoutError):
            leg = await self._phones.agent_leg(address, timeout_s=15)
            await leg.until("room", timeout_s=15)
            await asyncio.sleep(self._dice.uniform(0.5, 1.5))
            await leg.say(_GREETING[language].format(name=self._login.name))
            async for caption in leg.captions():
                if caption.source != "customer":
                    continue
                talk = self._known({caption.text.strip()})
                await asyncio.sleep(self._dice.uniform(1, 3))
                if talk is None:
                    await leg.say(_SORRY["zh-CN" if _is_chinese(caption.text) else "en"])
                else:
                    await leg.say(talk.closing if caption.text == talk.more else talk.answer)

    async def _answer(self, agent: HeadlessAgent, row: ContactRow) -> None:
        """Read, answer, wait for what the customer says to it, and end it."""
        await agent.open_conversation(row.conversation_id)
        await agent.until(lambda: bool(_said(agent, row)))
        await asyncio.sleep(self._dice.uniform(*_READS_S[row.channel]))
        talk = self._talk(agent, row)
        if row.unanswered_since is not None:
            follow_up = talk is not None and _said(agent, row)[-1].text.strip() == talk.more
            words = talk.closing if talk and follow_up else talk.answer if talk else None
            language = row.language if row.language in _SORRY else "en"
            await agent.reply(row.id, words or _SORRY[language or "en"])
            if not follow_up and row.channel == "webchat":
                await self._hears_more(agent, row, talk)
        await asyncio.sleep(self._dice.uniform(2, 6))
        if row.id in agent.contacts:
            await self._close(agent, agent.contacts[row.id], talk)

    async def _hears_more(self, agent: HeadlessAgent, row: ContactRow, talk: Talk | None) -> None:
        known = len(_said(agent, row))
        try:
            await agent.until(
                lambda: len(_said(agent, row)) > known or row.id not in agent.contacts, 45
            )
        except TimeoutError:
            return
        await asyncio.sleep(self._dice.uniform(5, 14))
        if row.id in agent.contacts and talk is not None:
            await agent.reply(row.id, talk.closing)

    async def _close(self, agent: HeadlessAgent, row: ContactRow, talk: Talk | None) -> None:
        reason, outcome = (talk.reason, talk.outcome) if talk else ("other", "solved")
        await agent.close(row.id, reason, outcome)

    def _talk(self, agent: HeadlessAgent, row: ContactRow) -> Talk | None:
        """The talk the customer is having, known by any of their words."""
        return self._known(
            {entry.text.strip() for entry in _said(agent, row)} | {row.preview.strip()}
        )

    def _known(self, said: set[str]) -> Talk | None:
        return next(
            (
                talk
                for talk in self._world.talks
                if any(words.startswith((talk.first[:40], talk.more[:40])) for words in said)
            ),
            None,
        )


class Reserve(Colleague):
    """A colleague on a break, who comes back while they are wanted."""

    def __init__(
        self,
        base_url: str,
        login: Login,
        world: World,
        phones: TwilioSimulator,
        wanted: asyncio.Event,
    ) -> None:
        super().__init__(base_url, login, world, phones)
        self._wanted = wanted

    async def _shift(self, agent: HeadlessAgent) -> None:
        while True:
            await agent.set_state("not_ready", "break")
            await self._wanted.wait()
            while agent.contacts:  # of those who came before
                await agent.changed(1.0)
            await agent.set_state("ready")
            while self._wanted.is_set():
                await agent.changed(1.0)
                if _is_out(agent):
                    await agent.set_state("ready")


def _is_out(agent: HeadlessAgent) -> bool:
    return agent.me is not None and agent.me.state == "not_ready"


def _is_chinese(words: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in words)


def _state(agent: HeadlessAgent, contact_id: str) -> str | None:
    row = agent.contacts.get(contact_id)
    return row.state if row else None


def _said(agent: HeadlessAgent, row: ContactRow) -> list[InteractionView]:
    """What the customer wrote in this conversation, oldest first."""
    entries = agent.entries.get(row.conversation_id, {})
    return [entries[seq] for seq in sorted(entries) if entries[seq].direction == "in"]
