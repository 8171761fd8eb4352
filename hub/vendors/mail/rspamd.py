"""What rspamd thinks of a mail, asked by its HTTP protocol (POST /checkv2, rspamd.com/doc).

It decides nothing about delivery: without an answer in time the mail is filed like any other, and
rspamd has a rest, so that a filter that is down delays no further mail.
"""

from __future__ import annotations

import asyncio
import logging
from io import BytesIO

import aiohttp
import msgspec

from .bodies import read_body

log = logging.getLogger(__name__)

_SPAM = frozenset({"add header", "rewrite subject", "reject"})  # "greylist" only asks to wait
_REST_S = 60.0
_ANSWER_BYTES = 1 << 20
_NAMED = 4  # symbols, the weightiest first


class _Symbol(msgspec.Struct):
    score: float = 0.0


class _Answer(msgspec.Struct):
    action: str
    score: float = 0.0
    required_score: float = 0.0
    is_skipped: bool = False
    symbols: dict[str, _Symbol] = {}


class Rspamd:
    """`url`: of a worker or the controller, such as http://127.0.0.1:11333; `limit_s`: how long a
    mail waits for its answer.
    """

    def __init__(self, url: str, limit_s: float) -> None:
        self._url = f"{url.rstrip('/')}/checkv2"
        self._timeout = aiohttp.ClientTimeout(total=limit_s)
        self._rests_until = 0.0

    async def evidence(self, raw: bytes, recipient: str) -> str | None:
        """Return what says that `raw` is spam, in one line, or None."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._rests_until:
            return None
        try:
            answer = await self._ask(raw, recipient)
        except (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError) as error:
            log.warning("rspamd gives no verdict: %s", error or type(error).__name__)
            self._rests_until = loop.time() + _REST_S
            return None
        if answer is None or answer.is_skipped or answer.action not in _SPAM:
            return None
        weighty = sorted(answer.symbols.items(), key=lambda item: -item[1].score)
        names = ", ".join(name for name, symbol in weighty[:_NAMED] if symbol.score > 0)
        return f"rspamd {answer.score:.1f} of {answer.required_score:.1f}: {names}"[:300]

    async def _ask(self, raw: bytes, recipient: str) -> _Answer | None:
        """Return its answer, None where it refuses this mail: the next may be to its taste."""
        rcpt = recipient.encode("ascii", "ignore").decode()
        headers = {"Rcpt": rcpt} if rcpt.isprintable() and rcpt else {}
        async with (
            aiohttp.ClientSession(timeout=self._timeout) as session,
            session.post(
                self._url, data=BytesIO(raw), headers=headers, allow_redirects=False
            ) as response,
        ):
            if 400 <= response.status < 500:
                log.warning("rspamd refuses a mail of %d bytes: HTTP %d", len(raw), response.status)
                return None
            if response.status != 200:
                raise aiohttp.ClientError(f"HTTP {response.status}")
            body = await read_body(response, _ANSWER_BYTES)
        return msgspec.json.decode(body, type=_Answer)
