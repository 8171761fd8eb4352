"""How the simulated provider talks to the hub: signed posts over real HTTP, faults on demand.

Signature: HMAC-SHA1 over the URL and all parameters; `I-Twilio-Idempotency-Token` is one for an
event and the same on every repetition of it.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp
from twilio.request_validator import RequestValidator

_FETCH_TIMEOUT_S = 15.0  # Twilio's own limit for a webhook


@dataclass(slots=True)
class Faults:
    """What goes wrong between provider and hub. Chances from 0 to 1; `seed` makes it repeatable.

    `duplicate`: sent twice. `lose`: not sent at all (status callbacks only). `delay_s`: each status
    callback waits up to this long, so that they overtake each other. `path`: only where the URL
    contains it.
    """

    duplicate: float = 0.0
    lose: float = 0.0
    delay_s: float = 0.0
    seed: int = 1
    path: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook as sent, and what came back (status 0: no answer)."""

    url: str
    params: Mapping[str, str]
    token: str
    status: int
    body: str


@dataclass(slots=True)
class Messenger:
    """Sends webhooks of one account and keeps a ledger of them."""

    auth_token: str
    faults: Faults = field(default_factory=Faults)
    ledger: list[Delivery] = field(default_factory=list)
    _session: aiohttp.ClientSession | None = None
    _closed: bool = False
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _random: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - no secret

    def set_faults(self, faults: Faults) -> None:
        self.faults = faults
        self._random = random.Random(faults.seed)  # noqa: S311 - repeatable faults, no secret

    async def fetch(self, url: str, params: Mapping[str, str], method: str = "POST") -> Delivery:
        """Ask the hub what a call shall do next; wait for the answer."""
        token = str(uuid.uuid4())
        first = await self._send(url, params, token, method)
        if self._random.random() < self.faults.duplicate:
            self._later(url, params, token, method, 0.0)
        return first

    def notify(self, url: str, params: Mapping[str, str], method: str = "POST") -> None:
        """Post a status callback in the background; nobody waits for it."""
        token = str(uuid.uuid4())
        faults = self.faults if self.faults.path in url else Faults()
        if self._random.random() < faults.lose:
            return
        times = 2 if self._random.random() < faults.duplicate else 1
        for _ in range(times):
            delay_s = self._random.uniform(0.0, faults.delay_s)
            self._later(url, params, token, method, delay_s)

    async def get_media(self, url: str, method: str = "GET") -> bytes | None:
        """Fetch what <Play> names; None if it cannot be had."""
        try:
            async with self._open().request(method, url) as answer:
                return await answer.read() if answer.status < 400 else None
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def settle(self) -> None:
        """Wait until every callback has been sent."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _later(
        self, url: str, params: Mapping[str, str], token: str, method: str, delay_s: float
    ) -> None:
        async def deliver() -> None:
            await asyncio.sleep(delay_s)
            await self._send(url, params, token, method)

        task = asyncio.create_task(deliver())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, url: str, params: Mapping[str, str], token: str, method: str) -> Delivery:
        signature = RequestValidator(self.auth_token).compute_signature(url, dict(params))
        headers = {
            "X-Twilio-Signature": str(signature),
            "I-Twilio-Idempotency-Token": token,
            "User-Agent": "TwilioProxy/1.1",
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        }
        body = aiohttp.FormData(dict(params), charset="utf-8")() if method == "POST" else None
        try:
            async with self._open().request(method, url, data=body, headers=headers) as answer:
                delivery = Delivery(url, dict(params), token, answer.status, await answer.text())
        except (aiohttp.ClientError, TimeoutError) as error:
            delivery = Delivery(url, dict(params), token, 0, type(error).__name__)
        self.ledger.append(delivery)
        return delivery

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise aiohttp.ClientConnectionError("closed")  # a late one opens nothing anew
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=_FETCH_TIMEOUT_S)
            self._session = aiohttp.ClientSession(timeout=timeout)
        return self._session
