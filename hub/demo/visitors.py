"""The visitor as a customer: what they type on the customer's desk goes over the real channels."""

from __future__ import annotations

import asyncio

import msgspec

from hub.channels.webchat import protocol as chat
from hub.testing.chat_page import ChatPage
from hub.testing.twilio_simulator import SimulatedCaller
from hub.vendors.mail.templates import why_not_acknowledged

from .outside import NO_ANSWER, Act, Outside
from .world import Person, World

_CALL_S = 300.0  # who forgets to hang up shall not keep a colleague
KNOWN = ("gold", "standard")
UNKNOWN = Person(
    name="新访客 New visitor",
    en="New Visitor",
    called="",
    tier="standard",
    language="en",
    email="new.visitor@mail.example",
    phone="+8613900008888",
    fax="+862155670099",
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
        await self._post(subject[:200], rest.strip() or subject, None)

    async def reply(self, text: str) -> None:
        """Answer the last mail that came, as a mail program does with Reply."""
        last = self._outside.mailroom.newest_to(self.act.person.email)
        if last is None:
            await self.mail(text)
            return
        _, _, rest = text.partition("\n")
        subject = last.subject if last.subject.startswith("Re:") else f"Re: {last.subject}"
        await self._post(subject[:200], rest.strip() or text.strip(), last.message_id)

    async def _post(self, subject: str, text: str, in_reply_to: str | None) -> None:
        """Send a mail; where it is not acknowledged, show why, as the agent sees it."""
        mark = await self._outside.send_mail(self.act, subject, text, in_reply_to)
        verdict = await self._outside.verdict(mark)
        if verdict is not None and verdict.reason is not None:
            why = why_not_acknowledged(self.act.talk.language, verdict.reason)
            words = (
                f"Not acknowledged, because {why}."
                if self.act.talk.language == "en"
                else f"未发送确认，因为{why}。"
            )
            self._show("system", words, channel="email")

    async def fax(self, text: str) -> None:
        talk = msgspec.structs.replace(self.act.talk, first=text or self.act.talk.first)
        await self._outside.fax(Act(self.act.person, talk, self.act.lane, self.act.known))

    @property
    def on_the_phone(self) -> bool:
        return self._caller is not None and not self._caller.ended

    async def call(self, _: str) -> None:
        """Call the hotline; the line stays open until somebody hangs up. One call at a time."""
        if self.on_the_phone:
            return
        number = self.act.person.phone if self.act.known else "anonymous"
        self._caller = await self._outside.phones.call(number, self._outside.addresses.hotline)
        self._show("customer", f"→ {self._outside.addresses.hotline}")
        try:
            async with asyncio.timeout(_CALL_S):
                async for caption in self._caller.captions():
                    if caption.source != "music":
                        who = "hub" if caption.source == "system" else "agent"
                        self._show(who, caption.text, self._outside.speaker(caption))
        except TimeoutError:
            await self.hang_up("")
        self._show("system", "✆ —")

    async def say(self, text: str) -> None:
        if self._caller is not None and not self._caller.ended:
            await self._caller.say(text)
            self._show("customer", text)

    async def press(self, keys: str) -> None:
        """Press a key; where no menu listens it is heard by nobody, as in life."""
        if self._caller is not None and not self._caller.ended:
            self._show("customer", f"[{keys}]")
            await self._caller.press(keys, timeout_s=15)

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

    def person(self, persona: str, language: str) -> Person:
        """Return who the visitor is then."""
        return self._world.person(persona, language) if persona in KNOWN else UNKNOWN

    def on_the_phone(self) -> list[str]:
        """Return the lanes whose call goes on."""
        return [visitor.lane for visitor in self._by_key.values() if visitor.on_the_phone]

    def visitor(self, persona: str, language: str) -> Visitor:
        """Return the visitor as this persona, the same each time."""
        language = "en" if language == "en" else "zh-CN"
        key = (persona, language)
        if key not in self._by_key:
            talk = self._world.talks_for("fax", language)[0]
            known = persona in KNOWN
            act = Act(self.person(persona, language), talk, f"{persona}-{language}", known)
            self._by_key[key] = Visitor(self._outside, act)
        return self._by_key[key]
