"""The provider's webhooks from a process of its own, so that the load costs the hub nothing.

Run as `python -m benchmarks.phone_load`: one JSON command on standard input, one line on standard
output when all callers wait, then one JSON answer. Requests are signed as the provider signs them.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

import aiohttp
import msgspec
import uvloop
from twilio.request_validator import RequestValidator

from .figures import percentile
from .machine import LOAD_CORE, pin


class Order(msgspec.Struct, kw_only=True):
    """`callers` wait and ask again each `round_s`, which is what a round of the hub's own takes:
    some 9 s of words, 20 s of music, 1 s for a key; `events_per_s`: calls that come and end.

    `url`: where webhooks of the entry point lie; `called`: its number.
    """

    url: str
    account_sid: str
    auth_token: str
    called: str
    seconds: float
    callers: int = 0
    round_s: float = 30.0
    events_per_s: float = 0.0


class Answered(msgspec.Struct):
    """What was answered: how many webhooks, how many of them with no 2xx, and how soon."""

    count: int
    failed: int
    p50_ms: float
    p99_ms: float


class Load:
    def __init__(self, order: Order, session: aiohttp.ClientSession) -> None:
        self._order = order
        self._session = session
        self._validator = RequestValidator(order.auth_token)
        self._numbers = itertools.count(time.time_ns() // 1000)
        self._taken_s: list[float] = []
        self._failed = 0

    async def run(self) -> None:
        """Make the load of the order; say when all callers wait, and how they were answered."""
        order = self._order
        waiting = [self._call() for _ in range(order.callers)]
        for some in _twenty(waiting):
            await asyncio.gather(*(self._post("voice", call, "ringing") for call in some))
            await asyncio.gather(*(self._post("wait", call, "in-progress") for call in some))
        self._taken_s, self._failed = [], 0  # from here on it is measured
        _say("here")
        async with asyncio.timeout(order.seconds + 60), asyncio.TaskGroup() as tasks:
            for place, call in enumerate(waiting):
                tasks.create_task(self._wait(call, order.round_s * place / len(waiting)))
            if order.events_per_s:
                tasks.create_task(self._events(tasks))
        answered = Answered(
            len(self._taken_s),
            self._failed,
            percentile(self._taken_s, 50) * 1000,
            percentile(self._taken_s, 99) * 1000,
        )
        _say(msgspec.json.encode(answered).decode())
        for some in _twenty(waiting):
            await asyncio.gather(*(self._post("status", call, "completed") for call in some))

    async def _wait(self, call: Mapping[str, str], first_s: float) -> None:
        """Ask for what the caller hears, round after round."""
        until = time.monotonic() + self._order.seconds
        await asyncio.sleep(first_s)
        while time.monotonic() < until:
            await self._post("wait", call, "in-progress")
            await asyncio.sleep(self._order.round_s)

    async def _events(self, tasks: asyncio.TaskGroup) -> None:
        """Calls that come, hear the waiting room twice and hang up: four webhooks each."""
        pause_s = 4 / self._order.events_per_s
        began = time.monotonic()
        for number in itertools.count():
            at = number * pause_s
            if at >= self._order.seconds:
                return
            await asyncio.sleep(max(0.0, began + at - time.monotonic()))
            tasks.create_task(self._short_call())

    async def _short_call(self) -> None:
        call = self._call()
        await self._post("voice", call, "ringing")
        for _ in range(2):
            await self._post("wait", call, "in-progress")
            await asyncio.sleep(0.5)
        await self._post("status", call, "completed")

    def _call(self) -> dict[str, str]:
        number = next(self._numbers)
        return {
            "AccountSid": self._order.account_sid,
            "CallSid": f"CA{number:032x}",
            "ApiVersion": "2010-04-01",
            "Direction": "inbound",
            "From": f"+86139{number % 100_000_000:08}",
            "To": self._order.called,
        }

    async def _post(self, path: str, call: Mapping[str, str], status: str) -> None:
        url = f"{self._order.url}/{path}"
        form = {**call, "CallStatus": status}
        headers = {"X-Twilio-Signature": str(self._validator.compute_signature(url, form))}
        began = time.perf_counter()
        try:
            async with self._session.post(url, data=form, headers=headers) as answer:
                await answer.read()
                self._failed += answer.status >= 300
        except (aiohttp.ClientError, TimeoutError):
            self._failed += 1
        self._taken_s.append(time.perf_counter() - began)


def _twenty(some: Sequence[dict[str, str]]) -> Iterator[Sequence[dict[str, str]]]:
    for first in range(0, len(some), 20):
        yield some[first : first + 20]


async def _main() -> None:
    order = msgspec.json.decode(sys.stdin.readline(), type=Order)
    timeout = aiohttp.ClientTimeout(total=15)  # the provider's own limit for a webhook
    async with aiohttp.ClientSession(timeout=timeout) as session:
        await Load(order, session).run()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    pin(LOAD_CORE)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main())
