"""The TwiML interpreter of the simulated provider: one task for each live call.

Speech takes the time it takes to say it, divided by `pace`; music is really fetched. What the API
or a hang-up interrupts leaves its queue or room properly, with the callbacks Twilio sends.
"""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from urllib.parse import urljoin

from .documents import IN_QUEUE, BadDocument, Verb, parse_document
from .recorder import Recorder
from .rooms import Rooms
from .state import Alert, Interrupt, SimCall, SimQueue, Transcriber, now
from .transcribers import Transcribers
from .webhooks import Messenger

HTTP_FAILED = 11200
NOTHING_TO_DO = 12200
_WORD_RATE = 15.0  # characters of Latin script a second
_HAN_RATE = 4.5  # Chinese characters a second
SPOKEN = "spoken: "  # before words among the keys
_SHORT_S = 0.2
_MUSIC_S = 20.0


@dataclass(frozen=True, slots=True)
class Page:
    """A document and where it came from: relative addresses in it are read against that."""

    verbs: tuple[Verb, ...]
    url: str


Greets = Callable[[], Coroutine[None, None, bool]]


class LeftQueue(Exception):
    """<Leave> was reached in the waiting room."""


class HungUp(Exception):
    """<Hangup> was reached."""


class Interpreter:
    """Runs documents. `finish(call, status)` is called once when a call has ended; `outside(number,
    seconds, greets)` rings a number that is dialled and returns how it went, once the talk is over.
    """

    def __init__(
        self,
        messenger: Messenger,
        rooms: Rooms,
        recorder: Recorder,
        alerts: list[Alert],
        pace: float,
        finish: Callable[[SimCall, str], None],
        outside: Callable[[str, float, Greets], Awaitable[str]],
    ) -> None:
        self._messenger = messenger
        self.transcribers = Transcribers(messenger)
        self._rooms = rooms
        self._recorder = recorder
        self._alerts = alerts
        self._pace = pace
        self._finish = finish
        self._outside = outside
        self.queues: dict[str, SimQueue] = {}
        self._actions: dict[str, str] = {}  # CallSid -> action of the queue it waits in

    async def live(self, call: SimCall, page: Page | None) -> None:
        """Run a call from its first document to its end."""
        while page is not None:
            work = asyncio.create_task(self._run(call, page))
            stop = asyncio.create_task(call.interrupts.get())
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            if stop.done():
                interrupt = stop.result()
                await self._stop(call, work, interrupt)
                if interrupt.kind == "hangup":
                    return
                page = await self._page_of(call, interrupt)
            else:
                stop.cancel()
                page = work.result()
        self._finish(call, "completed")

    async def page(
        self,
        call: SimCall,
        url: str,
        extra: dict[str, str] | None = None,
        method: str = "POST",
        allowed: frozenset[str] | None = None,
    ) -> Page | None:
        """Fetch the document at `url`; None with an alert where there is none."""
        answer = await self._messenger.fetch(url, call.params() | (extra or {}), method)
        if not 200 <= answer.status < 300:
            self._alert(HTTP_FAILED, f"{url} answered {answer.status}")
            return None
        return self.parse(answer.body, url, allowed)

    def parse(self, text: str, url: str, allowed: frozenset[str] | None = None) -> Page | None:
        try:
            verbs = parse_document(text) if allowed is None else parse_document(text, allowed)
        except BadDocument as error:
            self._alert(error.code, f"{url}: {error}")
            return None
        return Page(verbs, url)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._pace)

    # --- flow ----------------------------------------------------------------------------------

    async def _run(self, call: SimCall, page: Page) -> Page | None:
        """Run a document; return the one that follows it, or None at the end of the call."""
        try:
            for verb in page.verbs:
                if call.status == "ringing" and verb.name != "Reject":
                    call.status = "in-progress"
                    call.touch()
                following = await self._verb(call, verb, page)
                if following is not None:
                    return following
        except HungUp:
            return None
        return None

    async def _stop(self, call: SimCall, work: asyncio.Task[Page | None], by: Interrupt) -> None:
        """Interrupt what a call is doing and leave its queue and room as Twilio does."""
        work.cancel()
        await asyncio.wait({work})
        hangup = by.kind == "hangup"
        if hangup:
            self._finish(call, "completed")
        if call.seat is not None:
            reason = "participant_hung_up" if hangup else "participant_updated_via_api"
            self._rooms.leave(call.seat, reason)
        if call.recording:
            self._recorder.stop(call, "hangup" if hangup else "")
        if call.queue is not None:
            result = "hangup" if hangup else "redirected"
            await self._left_queue(call, call.queue, result)

    async def _page_of(self, call: SimCall, interrupt: Interrupt) -> Page | None:
        if interrupt.document:
            return self.parse(interrupt.document, "")
        return await self.page(call, interrupt.url, method=interrupt.method)

    async def _verb(self, call: SimCall, verb: Verb, page: Page) -> Page | None:
        match verb.name:
            case "Say" | "Play" | "Pause":
                await self._sound(call, verb, page)
            case "Gather":
                return await self._gather(call, verb, page)
            case "Enqueue":
                return await self._enqueue(call, verb, page)
            case "Redirect":
                url = urljoin(page.url, verb.text)
                return await self.page(call, url, method=verb.get("method", "POST"))
            case "Record":
                return await self._record(call, verb, page)
            case "Dial":
                return await self._dial(call, verb, page)
            case "Start" | "Stop":
                self._transcribe(call, verb, page)
            case "Leave":
                raise LeftQueue
            case "Reject":
                self._finish(call, "busy" if verb.get("reason") == "busy" else "failed")
                raise HungUp
            case _:
                raise HungUp
        return None

    def _transcribe(self, call: SimCall, verb: Verb, page: Page) -> None:
        (noun,) = verb.children
        if verb.name == "Stop":
            self.transcribers.stop(call, noun.get("name"))
            return
        url = urljoin(page.url, noun.get("statusCallbackUrl"))
        language = noun.get("languageCode", "en-US")
        self.transcribers.start(call, Transcriber(noun.get("name"), url, language))

    # --- what is heard -------------------------------------------------------------------------

    async def _sound(self, call: SimCall, verb: Verb, page: Page) -> None:
        if verb.name == "Say":
            call.hear("system", verb.text)
            await self.sleep(speaking_s(verb.text))
        elif verb.name == "Pause":
            await self.sleep(verb.seconds("length", 1))
        else:
            url = urljoin(page.url, verb.text)
            call.hear("music", url.rpartition("/")[2])
            await self.sleep(await self._playing_s(url))

    async def _playing_s(self, url: str) -> float:
        media = await self._messenger.get_media(url)
        if media is None:
            self._alert(HTTP_FAILED, f"{url} cannot be played")
            return _SHORT_S
        try:
            with wave.open(io.BytesIO(media)) as sound:
                return float(sound.getnframes() / sound.getframerate())
        except (wave.Error, EOFError):
            return _MUSIC_S

    async def _gather(self, call: SimCall, verb: Verb, page: Page) -> Page | None:
        """Play what is nested while keys are listened for; keys decide what comes next."""
        call.listening = True
        call.hears_words = "speech" in verb.get("input")
        call.touch()
        prompts = asyncio.create_task(self._prompts(call, verb, page))
        try:
            first = await self._first_key(call, prompts, verb.seconds("timeout", 5))
            if first is None and not verb.flag("actionOnEmptyResult", default=False):
                return None
            spoken = first is not None and first.startswith(SPOKEN)
            digits = "" if first is None or spoken else await self._more_keys(call, verb, first)
        finally:
            prompts.cancel()
            call.listening = call.hears_words = False
        url = urljoin(page.url, verb.get("action", page.url))
        extra = {"Digits": digits, "FinishedOnKey": ""}
        if spoken and first is not None:
            extra = {"SpeechResult": first.removeprefix(SPOKEN), "Confidence": "0.9"}
        allowed = IN_QUEUE if call.queue is not None else None
        return await self.page(call, url, extra, verb.get("method", "POST"), allowed)

    async def _prompts(self, call: SimCall, verb: Verb, page: Page) -> None:
        for child in verb.children:
            await self._sound(call, child, page)

    async def _first_key(
        self, call: SimCall, prompts: asyncio.Task[None], timeout_s: float
    ) -> str | None:
        key = asyncio.create_task(call.digits.get())
        try:
            await asyncio.wait({key, prompts}, return_when=asyncio.FIRST_COMPLETED)
            if not key.done():
                prompts.result()
                await asyncio.wait({key}, timeout=timeout_s / self._pace)
            return key.result() if key.done() else None
        finally:
            key.cancel()

    async def _more_keys(self, call: SimCall, verb: Verb, first: str) -> str:
        finish = verb.attributes.get("finishOnKey", "#")
        wanted = int(verb.get("numDigits", "0")) or 64
        digits = "" if first == finish else first
        while first != finish and len(digits) < wanted:
            try:
                async with asyncio.timeout(verb.seconds("timeout", 5) / self._pace):
                    key = await call.digits.get()
            except TimeoutError:
                break
            if key == finish:
                break
            digits += key
        return digits

    # --- waiting room --------------------------------------------------------------------------

    async def _enqueue(self, call: SimCall, verb: Verb, page: Page) -> Page | None:
        queue = self.queues.setdefault(verb.text, SimQueue(verb.text))
        action = urljoin(page.url, verb.get("action"))
        if len(queue.members) >= queue.limit:
            return await self.page(call, action, {"QueueResult": "queue-full"})
        queue.members.append((call, now()))
        call.queue = queue
        self._actions[call.sid] = action if verb.get("action") else ""
        call.touch()
        wait_url = urljoin(page.url, verb.get("waitUrl"))
        try:
            while True:
                await self._wait_round(call, queue, wait_url, verb.get("waitUrlMethod", "POST"))
        except LeftQueue:
            return await self._left_queue(call, queue, "leave")

    async def _wait_round(self, call: SimCall, queue: SimQueue, url: str, method: str) -> None:
        extra = {
            "QueueSid": queue.sid,
            "QueuePosition": str(queue.position(call)),
            "QueueTime": str(queue.waited_s(call)),
            "AvgQueueTime": str(queue.average_s()),
            "CurrentQueueSize": str(len(queue.members)),
        }
        page = await self.page(call, url, extra, method, IN_QUEUE)
        if not call.waits:
            call.waits = True
            call.touch()
        if page is None or not page.verbs:
            await self.sleep(5)
        while page is not None:
            page = await self._run_waiting(call, page)

    async def _run_waiting(self, call: SimCall, page: Page) -> Page | None:
        for verb in page.verbs:
            following = await self._verb(call, verb, page)
            if following is not None:
                return following
        return None

    async def _left_queue(self, call: SimCall, queue: SimQueue, result: str) -> Page | None:
        """Leave the queue and ask its action; the answer counts only after <Leave>."""
        waited_s = queue.leave(call)
        call.queue = None
        call.touch()
        action = self._actions.pop(call.sid, "")
        if not action:
            return None
        extra = {"QueueSid": queue.sid, "QueueResult": result, "QueueTime": str(waited_s)}
        if result == "leave":
            return await self.page(call, action, extra)
        if result == "hangup":  # nobody waits for the answer: it may be lost, late or doubled
            self._messenger.notify(action, call.params() | extra)
        else:
            await self._messenger.fetch(action, call.params() | extra)
        return None

    # --- messages and rooms --------------------------------------------------------------------

    async def _record(self, call: SimCall, verb: Verb, page: Page) -> Page | None:
        action = urljoin(page.url, verb.get("action", page.url))
        callback = urljoin(page.url, verb.get("recordingStatusCallback"))
        self._recorder.start(call, verb, action, callback)
        if verb.flag("playBeep", default=True):
            call.hear("tone", "beep")
        key = await self._recorder.listen(call, verb, self._pace)
        recording = self._recorder.stop(call, key)
        if recording is None:
            return None
        extra = self._recorder.action_params(recording, key)
        return await self.page(call, action, extra, verb.get("method", "POST"))

    async def _dial(self, call: SimCall, verb: Verb, page: Page) -> Page | None:
        status = "completed"
        for noun in verb.children:
            if noun.name == "Number":
                rings_s = verb.seconds("timeout", 30)
                greets = partial(self._greets, call, noun, page)
                status = await self._outside(noun.text, rings_s, greets)
                continue
            participant = self._rooms.join(call, noun)
            await participant.gone.wait()
        if verb.get("action"):
            extra = {"DialCallStatus": status}
            return await self.page(call, urljoin(page.url, verb.get("action")), extra)
        return None

    async def _greets(self, call: SimCall, noun: Verb, page: Page) -> bool:
        """Ask the address of a number that has picked up, as the leg of its own that it is; False:
        it hangs up. Whoever waits for them hears nothing of it.
        """
        if not noun.get("url"):
            return True
        leg = SimCall(call.account_sid, call.to, noun.text, "outbound-dial", status="in-progress")
        url, method = urljoin(page.url, noun.get("url")), noun.get("method", "POST")
        greeting = await self.page(leg, url, {"ParentCallSid": call.sid}, method)
        return greeting is not None and all(one.name != "Hangup" for one in greeting.verbs)

    def _alert(self, code: int, text: str) -> None:
        self._alerts.append(Alert(code, text))


def speaking_s(text: str) -> float:
    """Return how long it takes to say `text`, in seconds."""
    han = sum(1 for letter in text if "\u4e00" <= letter <= "\u9fff")
    return max(_SHORT_S, han / _HAN_RATE + (len(text) - han) / _WORD_RATE)
