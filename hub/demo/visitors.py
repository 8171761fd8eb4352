"""The visitor as a customer: what they type on the customer's desk goes over the real channels."""

from __future__ import annotations

import asyncio

import msgspec

from hub.channels.webchat import protocol as chat
from hub.testing.chat_page import ChatPage
from hub.testing.twilio_simulator import SimulatedCaller

from .outside import NO_ANSWER, Act, Outside
from .world import Person, World

_UNKNOWN = Person(
    name="新访客 New visitor",
    en="New Visitor",
    called="",
    tier="standard",
    language="en",
    email="new.visitor@mail.example",
    phone="+8613900008888",
)


class Visitor:
    """One persona of the visitor; its lane in the feed is its name."""

    def __init__(self, outside: Outside, act: Act) -> None:
        self._outside = outside
        self.act = act
        self._page: ChatPage | None = None
        self._caller: SimulatedCaller | None = None
        self._listening: asyncio.Task[None] | None = None

    @property
    def lane(self) -> str:
        return self.act.lane

    async def chat(self, text: str) -> None:
        """Send one chat message; the socket stays open and what comes back is shown."""
        if self._page is None:
            self._page = self._outside.chat_page()
        if self._listening is None or self._listening.done():
            await self._outside.until_it_works(self._greet)
            self._listening = asyncio.create_task(self._listen(self._page))
        await self._outside.write_chat(self._page, self.act, text)

    async def end_chat(self, _: str) -> None:
        if self._page is not None:
            await self._page.say(chat.End())

    async def mail(self, text: str) -> None:
        subject, _, rest = text.partition("\n")
        await self._outside.send_mail(self.act, subject[:200], rest.strip() or subject)

    async def fax(self, text: str) -> None:
        talk = msgspec.structs.replace(self.act.talk, first=text or self.act.talk.first)
        await self._outside.fax(Act(self.act.person, talk, self.act.lane, self.act.known))

    async def call(self, _: str) -> None:
        """Call the hotline; the line stays open until somebody hangs up."""
        number = self.act.person.phone if self.act.known else "anonymous"
        self._caller = await self._outside.phones.call(number, self._outside.addresses.hotline)
        self._show("customer", f"→ {self._outside.addresses.hotline}")
        async for caption in self._caller.captions():
            if caption.source != "music":
                self._show("hub" if caption.source == "system" else "agent", caption.text)
        self._show("system", "—")

    async def say(self, text: str) -> None:
        if self._caller is not None and not self._caller.ended:
            await self._caller.say(text)
            self._show("customer", text)

    async def press(self, keys: str) -> None:
        if self._caller is not None and not self._caller.ended:
            await self._caller.press(keys)
            self._show("customer", f"[{keys}]")

    async def hang_up(self, _: str) -> None:
        if self._caller is not None and not self._caller.ended:
            await self._caller.hang_up()

    async def _greet(self) -> None:
        if self._page is not None:
            await self._outside.greet(self._page, self.act)

    async def _listen(self, page: ChatPage) -> None:
        """Show what comes over the socket; after a break, say hello again and miss nothing."""
        while True:
            try:
                frame = await page.expect(chat.Message, chat.Queue, within_s=3600)
            except TimeoutError:
                return
            except NO_ANSWER:
                await self._outside.until_it_works(self._greet)
                continue
            if isinstance(frame, chat.Queue):
                continue
            if frame.sender == "agent":
                self._show("agent", frame.text, frame.author, "webchat")

    def _show(self, who: str, text: str, name: str = "", channel: str = "phone") -> None:
        person = self.act.person
        self._outside.feed.add(
            channel, who, name or (person.name if who == "customer" else ""), text, lane=self.lane
        )


class Visitors:
    """The personas the visitor can be: a gold customer, a standard one, somebody unknown."""

    def __init__(self, outside: Outside, world: World) -> None:
        self._outside = outside
        self._world = world
        self._by_key: dict[tuple[str, str], Visitor] = {}

    def visitor(self, persona: str, language: str) -> Visitor:
        """Return the visitor as this persona, the same each time."""
        language = "en" if language == "en" else "zh-CN"
        key = (persona, language)
        if key not in self._by_key:
            known = persona in ("gold", "standard")
            person = self._world.person(persona, language) if known else _UNKNOWN
            talk = self._world.talks_for("fax", language)[0]
            act = Act(person, talk, f"{persona}-{language}", known)
            self._by_key[key] = Visitor(self._outside, act)
        return self._by_key[key]
