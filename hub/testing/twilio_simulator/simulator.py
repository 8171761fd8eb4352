"""The simulated provider: start it, give it numbers, call the hub, be the agent's phone.

async with TwilioSimulator(account_sid="AC…", auth_token="…") as provider:
    provider.add_number("+862100000000", f"{hub}/channels/hotline")
    caller = await provider.call("+8613800138000", "+862100000000")
    await caller.hears("press 2")
    await caller.press("2")
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from typing import Literal, Self

from aiohttp import web

from . import audio
from .exchange import Exchange, Phone
from .interpreter import SPOKEN
from .rest import RestApi, Trouble
from .softphones import Softphones
from .state import Alert, Caption, Number, SimCall, SimRecording, new_sid
from .tapes import SimTape
from .texts import Texts
from .webhooks import Faults, Messenger

Where = Literal["queue", "room", "message", "line", "ended"]


class TwilioSimulator:
    """`pace`: how many times faster than life speech, music and ringing pass. `port` 0: any."""

    def __init__(
        self,
        account_sid: str | None = None,
        auth_token: str = "simulated",  # noqa: S107 - of a provider that exists on loopback only
        *,
        api_key: tuple[str, str] = ("", ""),
        pace: float = 1.0,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.account_sid = account_sid or new_sid("AC")
        self.auth_token = auth_token
        self.messenger = Messenger(auth_token)
        self.exchange = Exchange(self.messenger, self.account_sid, pace)
        self.api = RestApi(self.exchange, auth_token, api_key)
        self.softphones = Softphones(self.account_sid, *api_key)
        self.exchange.softphones = self.softphones
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self.base_url = ""

    def __repr__(self) -> str:
        return f"<TwilioSimulator {self.account_sid} at {self.base_url}>"

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self.api.application(), access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.base_url = f"http://{host}:{port}"
        self.exchange.recorder.public_url = self.base_url
        self.exchange.texts.public_url = self.base_url
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.exchange.close()
        await self.softphones.close()
        await self.messenger.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def alerts(self) -> list[Alert]:
        """What Twilio's debugger would show: failed webhooks, wrong documents."""
        return self.exchange.alerts

    @property
    def recordings(self) -> list[SimRecording]:
        """The recordings that are still at the provider."""
        return list(self.exchange.recorder.recordings.values())

    @property
    def tapes(self) -> list[SimTape]:
        """All recordings of legs, those that go on and those that ended."""
        return list(self.exchange.tapes.tapes.values())

    def add_number(self, number: str, webhooks_url: str) -> None:
        """Own a number whose webhooks lie under `webhooks_url` (…/channels/<entry point>)."""
        self.exchange.numbers[number] = Number(
            number=number,
            voice_url=f"{webhooks_url}/voice",
            status_callback=f"{webhooks_url}/status",
            voice_fallback_url=f"{webhooks_url}/fallback",
        )

    def add_text_number(self, number: str, webhooks_url: str) -> None:
        """Let a number be texted whose webhooks lie under `webhooks_url`; it may be called, too."""
        known = self.exchange.numbers.get(number) or Number(number, "", "", "")
        url = f"{webhooks_url}/sms"
        self.exchange.numbers[number] = replace(known, sms_url=url, sms_fallback_url=url)

    @property
    def texts(self) -> Texts:
        """All texts, and how people's phones take them."""
        return self.exchange.texts

    def set_faults(self, faults: Faults) -> None:
        """From now on let webhooks be doubled, lost or late."""
        self.messenger.set_faults(faults)

    def set_trouble(self, trouble: Trouble) -> None:
        """Let coming REST requests fail."""
        self.api.troubles.append(trouble)

    def set_phone(self, address: str, phone: Phone) -> None:
        """Say how a phone behaves when it is rung; others answer after half a second."""
        self.exchange.phones[address] = phone

    def on_answer(self, person: Callable[[SimulatedCaller], Coroutine[None, None, None]]) -> None:
        """Let `person` behave at every phone that the hub rings and that is picked up."""
        self.exchange.on_answer = lambda call: person(SimulatedCaller(self.exchange, call))

    async def call(self, from_: str, to: str) -> SimulatedCaller:
        """Dial one of the numbers. Raises KeyError for a number nobody has."""
        return SimulatedCaller(self.exchange, self.exchange.call_in(from_, to))

    async def agent_leg(self, address: str, timeout_s: float = 30.0) -> SimulatedCaller:
        """Return the newest live leg to `address` once it is there. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while True:
                for call in reversed(self.exchange.calls.values()):
                    if call.to == address and not call.ended and call.direction != "inbound":
                        return SimulatedCaller(self.exchange, call)
                await asyncio.sleep(0.01)

    async def until(self, condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
        """Wait until REST requests have made `condition()` true. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                await self.api.answered.wait()

    async def settle(self) -> None:
        """Wait until every callback under way has been sent."""
        await self.messenger.settle()


class SimulatedCaller:
    """A person at one end of a call: hears captions, presses keys, speaks, hangs up."""

    def __init__(self, exchange: Exchange, call: SimCall) -> None:
        self._exchange = exchange
        self._leg = call

    @property
    def sid(self) -> str:
        return self._leg.sid

    @property
    def number(self) -> str:
        """Return the number or client that was rung, or that calls."""
        return self._leg.from_ if self._leg.direction == "inbound" else self._leg.to

    @property
    def status(self) -> str:
        return self._leg.status

    @property
    def ended(self) -> bool:
        return self._leg.ended

    @property
    def heard(self) -> list[Caption]:
        return list(self._leg.heard)

    @property
    def on_hold(self) -> bool:
        return self._leg.seat is not None and self._leg.seat.hold

    @property
    def where(self) -> Where:
        """Return what the call is doing: waiting, talking, recording, or anything else."""
        if self._leg.ended:
            return "ended"
        if self._leg.queue is not None and self._leg.waits:
            return "queue"
        if self._leg.seat is not None:
            return "room"
        return "message" if self._leg.recording else "line"

    async def hears(self, pattern: str, timeout_s: float = 30.0) -> Caption:
        """Wait for a caption that matches the regular expression. Raises TimeoutError."""
        match = re.compile(pattern, re.IGNORECASE)

        def found() -> Caption | None:
            return next((one for one in self._leg.heard if match.search(one.text)), None)

        await self._until(lambda: found() is not None, timeout_s, f"to hear {pattern!r}")
        caption = found()
        assert caption is not None  # noqa: S101 - waited for just above
        return caption

    async def captions(self) -> AsyncIterator[Caption]:
        """Yield what is heard, from the first moment to the end of the call."""
        told = 0
        while True:
            while told < len(self._leg.heard):
                yield self._leg.heard[told]
                told += 1
            if self._leg.ended:
                return
            await self._leg.changed.wait()

    async def press(self, keys: str, timeout_s: float = 30.0) -> None:
        """Press keys once the menu listens, as a person does."""
        await self._until(lambda: self._leg.listening, timeout_s, "for a menu")
        for key in keys:
            self._leg.digits.put_nowait(key)

    async def say(self, words: str) -> None:
        """Speak: onto the recording, to a menu that listens, or to whoever is in the room."""
        if self._leg.recording:
            self._leg.spoken.put_nowait(words)
        elif self._leg.seat is not None:
            self._exchange.rooms.speak(self._leg.seat, words)
            self._exchange.tapes.hear(self._leg.seat, words)
        elif self._leg.hears_words:
            self._leg.digits.put_nowait(f"{SPOKEN}{words}")
        heard = self._leg.transcriber
        if heard is not None:
            params = heard.params(self._leg, "transcription-content", words)
            self._exchange.messenger.notify(heard.url, params)

    def hears_now(self) -> set[str]:
        """Return whom this person hears while everybody in the room speaks at once: the numbers or
        clients, "music" on hold. Read out of the mixed sound itself.
        """
        seat = self._leg.seat
        if seat is None:
            return set()
        tones = audio.voices(seat.conference.participants)
        found = audio.heard_in(audio.mixed_for(seat), {**tones, "music": audio.MUSIC_HZ})
        numbers = {
            party.call.sid: SimulatedCaller(self._exchange, party.call).number
            for party in seat.conference.participants
        }
        return {numbers.get(name, name) for name in found}

    async def until_hears(self, heard: set[str], timeout_s: float = 30.0) -> None:
        """Wait until the sound that reaches this person is exactly these. Raises TimeoutError."""
        try:
            async with asyncio.timeout(timeout_s):
                while self.hears_now() != heard:
                    await self._exchange.rooms.changed.wait()
        except TimeoutError:
            now = f"hears {sorted(self.hears_now())} ({self.status}, {self.where})"
            raise TimeoutError(f"waited for {sorted(heard)}, {now}") from None

    async def pick_up(self) -> None:
        """Let it ring, and answer at once then: for phones that would ring for longer."""
        await self._until(lambda: self._leg.status == "ringing", 30.0, "to ring")
        self._exchange.pick_up(self._leg)

    async def hang_up(self) -> None:
        """End the call and wait until it has ended."""
        self._exchange.hang_up(self._leg)
        await self._until(lambda: self._leg.ended, 30.0, "for the end of the call")

    async def until(self, where: Where, timeout_s: float = 30.0) -> None:
        """Wait until the call is there. Raises TimeoutError, also when it ended instead."""
        await self._until(lambda: self.where in (where, "ended"), timeout_s, f"for {where}")
        if self.where != where:
            raise TimeoutError(f"waited for {where}, but the call has ended")

    async def _until(self, condition: Callable[[], bool], timeout_s: float, what: str) -> None:
        try:
            await self._leg.until(condition, timeout_s)
        except TimeoutError:
            heard = " | ".join(one.text for one in self._leg.heard[-6:])
            state = f"{self.status}, {self.where}"
            raise TimeoutError(f"waited {what} ({state}); heard: {heard}") from None
