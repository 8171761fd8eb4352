"""The customers' phones when an agent calls them: most pick up and talk, some cannot be reached."""

from __future__ import annotations

import asyncio
import random

from hub.testing.twilio_simulator import Phone, SimulatedCaller, TwilioSimulator

from .feed import Feed
from .world import Person, World

_RINGS_S = 5.0
_GREETINGS = {
    "zh-CN": "您好，我现在不方便接听电话，请在提示音后留言。",
    "en": "Hello, I cannot take your call now. Please leave a message after the tone.",
}
_HELLO = {"zh-CN": "喂，您好？", "en": "Hello?"}
_THANKS = {"zh-CN": "好的，谢谢您来电。", "en": "All right. Thank you for calling."}


def set_up_phones(phones: TwilioSimulator, world: World, feed: Feed) -> None:
    """Let the customers answer; one of them has a machine, one is busy, one is never there."""
    for person in world.people:
        phones.set_phone(person.phone, Phone(after_s=_RINGS_S))
    away = [person for person in world.people if person.tier == "standard"][-3:]
    for person, answers in zip(away, ("voicemail", "busy", "no_answer"), strict=False):
        greeting = _GREETINGS.get(person.language, _GREETINGS["en"])
        phones.set_phone(person.phone, Phone(answers, _RINGS_S, greeting))
    by_number = {person.phone: person for person in world.people}

    async def pick_up(callee: SimulatedCaller) -> None:
        person = by_number.get(callee.number)
        if person is not None:
            await _talk(callee, person, feed)

    phones.on_answer(pick_up)


async def _talk(callee: SimulatedCaller, person: Person, feed: Feed) -> None:
    """Say hello, let the agent speak, thank; the agent hangs up, or the customer after a while."""
    dice = random.Random()  # noqa: S311 - how long somebody talks
    words = (_HELLO, _THANKS)
    try:
        await callee.until("room", timeout_s=10)
        for said, pause_s in zip(words, (dice.uniform(12, 20), dice.uniform(8, 14)), strict=True):
            await asyncio.sleep(0.8)
            text = said.get(person.language, said["en"])
            await callee.say(text)
            feed.add("phone", "customer", person.name, text, tier=person.tier)
            await asyncio.sleep(pause_s)
            if callee.ended:
                return
        await callee.hang_up()
    except TimeoutError:  # the agent was gone, or hung up in this moment
        return
