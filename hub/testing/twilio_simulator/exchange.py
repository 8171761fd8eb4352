"""The exchange: calls of the simulated provider from their first ring to their end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from .detection import DETECTS_S, Detection
from .interpreter import Greets, Interpreter
from .recorder import Recorder
from .rooms import Rooms
from .softphones import Browser, Softphones
from .state import Alert, Interrupt, Number, SimCall, Subscription, now, rfc2822
from .tapes import Tapes
from .texts import Texts
from .webhooks import Messenger

_TERMINAL_EVENT = "completed"
_EVENT_STATUS = {"initiated": "initiated", "ringing": "ringing", "answered": "in-progress"}


@dataclass(frozen=True, slots=True)
class Phone:
    """How a called phone behaves, after `after_s` seconds.

    `answers`: yes; voicemail (a machine picks up, plays `greeting` and listens); no_answer; busy;
    rejects (the person declines: a network reports that as busy); failed (no such number).
    `heard_as`: what the provider takes who picks up for (AnsweredBy); "": what they are.
    `pace`: how many times faster than life it rings; 0: as everything else.
    """

    answers: str = "yes"
    after_s: float = 0.5
    greeting: str = "Please leave a message after the tone."
    heard_as: str = ""
    pace: float = 0.0


# It rings as long as it rings in life: there is time to do something meanwhile.
RINGS = Phone(after_s=2000.0, pace=1.0)
# What a phone that is not picked up is to Twilio: the call's final status and the SIP response.
_REFUSALS = {"busy": ("busy", 486), "rejects": ("busy", 603), "failed": ("failed", 404)}
_TALK_S = 5.0  # with a number outside
_ANSWERING = frozenset({"yes", "voicemail"})


class Exchange:
    def __init__(self, messenger: Messenger, account_sid: str, pace: float) -> None:
        self.messenger = messenger
        self.account_sid = account_sid
        self.pace = pace
        self.rooms = Rooms(messenger)
        self.recorder = Recorder(messenger, account_sid)
        self.tapes = Tapes(messenger, self.recorder.recordings)
        self.alerts: list[Alert] = []
        self.calls: dict[str, SimCall] = {}
        self.numbers: dict[str, Number] = {}
        self.texts = Texts(messenger, account_sid, self.numbers)
        self.phones: dict[str, Phone] = {}
        self.default_phone = Phone()
        self.interpreter = Interpreter(
            messenger, self.rooms, self.recorder, self.alerts, pace, self.finish, self.outside
        )
        # How a person behaves who picks up a phone that the API rang; agents' phones included.
        self.on_answer: Callable[[SimCall], Coroutine[None, None, None]] | None = None
        self.softphones = Softphones(account_sid)
        self._tasks: set[asyncio.Task[None]] = set()

    def call_in(self, from_: str, to: str) -> SimCall:
        """A caller dials one of our numbers. Raises KeyError for a number nobody has."""
        number = self.numbers[to]
        call = SimCall(self.account_sid, from_, to, "inbound", status="ringing")
        call.started_at = now()
        call.subscription = Subscription(
            number.status_callback, events=frozenset({_TERMINAL_EVENT})
        )
        self.calls[call.sid] = call
        self._start(self._answer_incoming(call, number))
        return call

    def call_out(
        self,
        from_: str,
        to: str,
        url: str,
        method: str,
        news: Subscription,
        timeout_s: int,
        detection: Detection | None = None,
    ) -> SimCall:
        """The API rings somebody; what `url` answers is run once they have answered."""
        call = SimCall(self.account_sid, from_, to, "outbound-api")
        call.subscription = news
        call.detection = detection
        self.calls[call.sid] = call
        self._start(self._ring(call, url, method, timeout_s))
        return call

    def interrupt(self, call: SimCall, interrupt: Interrupt) -> None:
        call.interrupts.put_nowait(interrupt)

    def hang_up(self, call: SimCall) -> None:
        if not call.ended:
            self.interrupt(call, Interrupt("hangup"))

    def pick_up(self, call: SimCall) -> None:
        """Answer a phone before it does so by itself. Raises ValueError where it does not ring."""
        if call.status != "ringing":
            raise ValueError(f"{call.to} does not ring: it is {call.status}")
        self.interrupt(call, Interrupt("pick-up"))

    def finish(self, call: SimCall, status: str) -> None:
        """End a call once, and tell."""
        if call.ended:
            return
        call.status = status
        call.ended_at = now()
        call.touch()
        self.tapes.call_ended(call)
        self.tell(call, _TERMINAL_EVENT)

    def tell(self, call: SimCall, event: str) -> None:
        """Post a status callback of a call if it was subscribed to."""
        news = call.subscription
        sequence = call.sequence
        call.sequence += 1
        if not news.url or event not in news.events:
            return
        status = _EVENT_STATUS.get(event, call.status)
        params = call.params() | {
            "CallStatus": status,
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(sequence),
            "Timestamp": rfc2822(now()) or "",
        }
        if event == _TERMINAL_EVENT:
            minutes = -(-call.duration_s // 60)
            params |= {"CallDuration": str(call.duration_s), "Duration": str(minutes)}
            if call.sip_response:
                params["SipResponseCode"] = str(call.sip_response)
        self.messenger.notify(news.url, params, news.method)

    async def outside(self, number: str, rings_s: float, greets: Greets) -> str:
        """A caller is put through to a number outside (<Dial><Number>): say how that went. What is
        spoken there is not ours to hear. `greets`: what whoever picks up hears first; False: it
        hangs up on them.
        """
        phone = self.phones.get(number, self.default_phone)
        acts = phone.answers in _ANSWERING or phone.answers in _REFUSALS
        rings_s = min(phone.after_s, rings_s) if acts else rings_s
        await asyncio.sleep(rings_s / (phone.pace or self.pace))
        if phone.answers in _ANSWERING:
            if await greets():
                await asyncio.sleep(_TALK_S / self.pace)
            return "completed"
        return _REFUSALS[phone.answers][0] if acts else "no-answer"

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- the two directions --------------------------------------------------------------------

    async def _answer_incoming(self, call: SimCall, number: Number) -> None:
        page = await self.interpreter.page(call, number.voice_url)
        if page is None and number.voice_fallback_url:
            extra = {"ErrorCode": str(self.alerts[-1].code), "ErrorUrl": number.voice_url}
            page = await self.interpreter.page(call, number.voice_fallback_url, extra)
        if page is None:
            call.hear("system", "We are sorry, an application error has occurred. Goodbye.")
        await self.interpreter.live(call, page)

    async def _ring(self, call: SimCall, url: str, method: str, timeout_s: int) -> None:
        self.tell(call, "initiated")
        browser = self.softphones.find(call.to)
        if browser is not None:
            await self._ring_browser(call, browser, url, method, timeout_s)
            return
        phone = self.phones.get(call.to, self.default_phone)
        refusal = _REFUSALS.get(phone.answers)
        # A phone that is busy or does not exist never rings; one that is declined does.
        if phone.answers in ("busy", "failed"):
            if not await self._is_cancelled(call, phone.after_s, phone.pace):
                self._refuse(call, phone.answers)
            return
        call.status = "ringing"
        call.touch()
        self.tell(call, "ringing")
        acts = refusal is not None or phone.answers in _ANSWERING
        rings_s = min(phone.after_s, timeout_s) if acts else float(timeout_s)
        if await self._is_cancelled(call, rings_s, phone.pace):
            return
        if not acts or phone.after_s > timeout_s:
            self.finish(call, "no-answer")
            return
        if refusal is not None:
            self._refuse(call, phone.answers)
            return
        call.status = "in-progress"
        call.started_at = now()
        call.touch()
        self.tell(call, "answered")
        if call.detection is not None:
            self._start(self._detect(call, call.detection, phone))
        if phone.answers == "voicemail":
            self._start(self._greet(call, phone.greeting))
        elif self.on_answer is not None:
            self._start(self.on_answer(call))
        page = await self.interpreter.page(call, url, method=method)
        await self.interpreter.live(call, page)

    async def _ring_browser(
        self, call: SimCall, browser: Browser, url: str, method: str, timeout_s: int
    ) -> None:
        """Ring a softphone in a browser; somebody there, or its console, does the rest."""
        call.status = "ringing"
        call.touch()
        self.tell(call, "ringing")
        leg = await self.softphones.invite(browser, call)
        stopped = asyncio.create_task(call.interrupts.get())
        either: set[asyncio.Future[Any]] = {leg.outcome, stopped}
        await asyncio.wait(either, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if not leg.outcome.done():
            await leg.stop("cancel")
            self.finish(call, "canceled" if stopped.done() else "no-answer")
        elif leg.outcome.result() == "reject":
            self._refuse(call, "rejects")
        elif leg.outcome.result() == "gone":
            self._refuse(call, "failed")
        stopped.cancel()
        if call.ended:
            return
        leg.ended = lambda: self.hang_up(call)
        call.status = "in-progress"
        call.started_at = now()
        call.touch()
        self.tell(call, "answered")
        page = await self.interpreter.page(call, url, method=method)
        await self.interpreter.live(call, page)
        await leg.stop("hangup")

    async def _is_cancelled(self, call: SimCall, within_s: float, pace: float) -> bool:
        """Wait; True when the API hung up in that time: the call has ended as canceled. Who picks
        up meanwhile waits no longer.
        """
        try:
            async with asyncio.timeout(within_s / (pace or self.pace)):
                stopped = await call.interrupts.get()
        except TimeoutError:
            return False
        if stopped.kind == "pick-up":
            return False
        self.finish(call, "canceled")
        return True

    def _refuse(self, call: SimCall, answers: str) -> None:
        status, call.sip_response = _REFUSALS[answers]
        self.finish(call, status)

    async def _detect(self, call: SimCall, detection: Detection, phone: Phone) -> None:
        """Listen to who picked up, and tell it, as the asynchronous detection does."""
        usual = "machine_start" if phone.answers == "voicemail" else "human"
        await asyncio.sleep(DETECTS_S / self.pace)
        if not call.ended:
            told = call.params()
            params = {name: told[name] for name in ("AccountSid", "CallSid")} | {
                "AnsweredBy": phone.heard_as or usual,
                "MachineDetectionDuration": str(round(DETECTS_S * 1000)),
            }
            self.messenger.notify(detection.url, params, detection.method)

    async def _greet(self, call: SimCall, greeting: str) -> None:
        """Be an answering machine: speak to whoever is in the room, then listen."""
        while call.seat is None and not call.ended:
            await call.changed.wait()
        if call.seat is not None:
            self.rooms.speak(call.seat, greeting)
            self.rooms.speak(call.seat, "(beep)")

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.alerts.append(Alert(0, f"the simulator itself broke: {task.exception()!r}"))
