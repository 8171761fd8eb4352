"""Opening mails without holding up the event loop: small ones at once, large ones in a child.

A thread would not do: base64, regular expressions and codecs hold the interpreter while they work,
a quarter of a second for 25 MiB. The child is started when the first large mail comes and ended
when none has come for a while.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from hub.core.errors import Unavailable

from .child import SIZE, Answer, Order
from .model import Limits, Refusal, RefusalCode
from .opened import Opened, open_mail
from .own_check import Evidence

log = logging.getLogger(__name__)

THREAD_BYTES = 8 * 1024  # from here on in a thread: HTML of this size takes about 10 ms
CHILD_BYTES = 128 * 1024  # from here on in the child
# So many tags go to the child as well, and what may hide some by its encoding, from this size on:
# a hostile few hundred can cost seconds and gigabytes, and only the child can be ended.
ENCODED_BYTES = 4 * 1024
_FEW_ANGLES = 300
_ANGLES = (b"<", b"=3C", b"=3c", b"+ADw")  # as they stand, in quoted-printable, in UTF-7
_ENCODED = re.compile(rb"base64|uue", re.I)
# So much is given to it at once, where several wait: it does the next without a way there and back.
TOGETHER_BYTES = 256 * 1024
_PATIENCE_S = 30.0  # a mail within the limits takes 2 s; a busy machine some more
_IDLE_S = 60.0
_PIPE_BYTES = 1024 * 1024
_decoder = msgspec.msgpack.Decoder(Answer)


class _Asked:
    """What is asked of the child, and who waits for the answer."""

    __slots__ = ("answer", "order", "raw")

    def __init__(self, raw: bytes, order: Order) -> None:
        self.raw = raw
        self.order = order
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()


class MailOpener:
    """Opens mails, large ones one after the other, small ones that wait for the child together;
    `close` ends it.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._waiting: deque[_Asked] = deque()
        self._group: list[_Asked] = []  # what the child was given
        self._work: asyncio.Task[None] | None = None
        self._child: asyncio.subprocess.Process | None = None
        self._idle: asyncio.Task[None] | None = None
        self._closed = False

    async def open(self, raw: bytes) -> Opened | Refusal:
        """Return the mail in `raw`, or why it cannot be read.

        Raises Unavailable where that says nothing of the mail: no child can be begun, or `close`
        was called meanwhile.
        """
        light = len(raw) < CHILD_BYTES and not _may_be_heavy(raw)
        if light and len(raw) < THREAD_BYTES:
            return open_mail(raw, self._limits)
        if light:
            return await asyncio.to_thread(open_mail, raw, self._limits)
        answer = await self._ask(raw, Order(self._limits))
        found = answer.opened or answer.refusal
        return found or Refusal(RefusalCode.UNREADABLE, "The mail could not be read.")

    async def check(
        self, raw: bytes, domain: str, records: dict[str, bytes | None]
    ) -> Evidence | None:
        """Check in the child who a mail is from, by what was gathered; None where it is too heavy.

        Raises Unavailable as `open` does.
        """
        answer = await self._ask(raw, Order(self._limits, domain, records))
        return None if answer.evidence is None else Evidence(*answer.evidence)

    async def _ask(self, raw: bytes, order: Order) -> Answer:
        asked = _Asked(raw, order)
        self._waiting.append(asked)
        if self._work is None:
            if self._idle is not None:
                self._idle.cancel()
            self._work = asyncio.create_task(self._work_off(), name="mail-opener")
        try:
            return await asked.answer
        except asyncio.CancelledError:
            if asked in self._group and all(one.answer.done() for one in self._group):
                _kill(self._child)  # nobody waits for what it is at
            raise

    async def _work_off(self) -> None:
        """Give the child what waits until nothing does."""
        try:
            while self._waiting:
                self._group = self._next_group()
                if self._group:
                    await self._serve(self._group)
        finally:
            self._work = None
            for one in (*self._group, *self._waiting):  # only where this task was cancelled
                one.answer.cancel()
            self._group = []
            self._waiting.clear()
        self._idle = asyncio.create_task(self._end_when_idle())

    def _next_group(self) -> list[_Asked]:
        """Take the first that waits, and with it those behind it that are small together."""
        group = [self._waiting.popleft()]
        size = len(group[0].raw)
        while self._waiting and (size := size + len(self._waiting[0].raw)) <= TOGETHER_BYTES:
            group.append(self._waiting.popleft())
        return [one for one in group if not one.answer.done()]

    async def _serve(self, group: Sequence[_Asked]) -> None:
        """Have each answered. Where the child fails at one of several, each goes by itself."""
        kept = self._child is not None
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._exchange(group)
            return
        except TimeoutError:
            reason, again = "Opening the mail took too long.", False
        except (OSError, EOFError, asyncio.IncompleteReadError, msgspec.DecodeError):
            # It may have died of earlier mails, or was ended from outside.
            reason, again = "Opening the mail took too much memory.", kept or self._closed
        except Exception as error:
            for one in group:
                if not one.answer.done():
                    one.answer.set_exception(error)
            return
        await self._end()
        left = [one for one in group if not one.answer.done()]
        if len(left) == 1 and len(group) == 1 and not again:
            log.warning("the child failed at a mail of %d bytes: %s", len(left[0].raw), reason)
            left[0].answer.set_result(_unreadable(reason))
            return
        for one in left:
            await self._serve([one])

    async def _exchange(self, group: Sequence[_Asked]) -> None:
        child = self._child
        if (child is None or child.returncode is not None) and not self._closed:
            child = self._child = await _begin()
        if self._closed:
            raise Unavailable("The hub stops: no more mails are opened.")
        if child is None or child.stdin is None or child.stdout is None:
            raise EOFError
        for one in group:
            ordered = msgspec.msgpack.encode(one.order)
            size = SIZE.pack(len(one.raw))
            child.stdin.writelines((SIZE.pack(len(ordered)), ordered, size))
            for begin in range(0, len(one.raw), _PIPE_BYTES):
                child.stdin.write(one.raw[begin : begin + _PIPE_BYTES])
                if len(group) == 1:  # several are small: it may answer before it has read them all
                    await child.stdin.drain()
        for one in group:
            answer = _decoder.decode(await _sized(child.stdout))
            if not one.answer.done():  # who asked may have gone
                one.answer.set_result(answer)

    async def _end_when_idle(self) -> None:
        await asyncio.sleep(_IDLE_S)
        self._idle = None  # what comes now does not cancel the end of this child, it begins another
        await self._end()

    async def close(self) -> None:
        """End the child, if there is one; large mails that are under way become Unavailable."""
        self._closed = True
        if self._idle is not None:
            self._idle.cancel()
        _kill(self._child)
        if self._work is not None:
            await self._work
        if self._idle is not None:
            self._idle.cancel()
        await self._end()

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        _kill(child)
        if child.stdin is not None:
            child.stdin.close()
        await child.communicate()  # what is left in the pipe is read, so that they close


async def _sized(out: asyncio.StreamReader) -> bytes:
    size = SIZE.unpack(await out.readexactly(SIZE.size))[0]
    pieces: list[bytes] = []
    while size:
        piece = await out.read(min(size, _PIPE_BYTES))
        if not piece:
            raise EOFError
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _may_be_heavy(raw: bytes) -> bool:
    if len(raw) >= ENCODED_BYTES and _ENCODED.search(raw):
        return True
    return sum(map(raw.count, _ANGLES)) > _FEW_ANGLES


def _unreadable(reason: str) -> Answer:
    return Answer(refusal=Refusal(RefusalCode.UNREADABLE, reason))


async def _begin() -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            f"{__package__}.child",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_PIPE_BYTES,
            env={"PYTHONPATH": os.pathsep.join(sys.path), "LC_ALL": "C.UTF-8"},
        )
    except OSError as error:
        raise Unavailable(f"No process can be begun to open a mail: {error.strerror}.") from error


def _kill(child: asyncio.subprocess.Process | None) -> None:
    if child is not None and child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
