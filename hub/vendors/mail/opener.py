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
_PATIENCE_S = 30.0  # a mail within the limits takes 2 s; a busy machine some more
_IDLE_S = 60.0
_PIPE_BYTES = 1024 * 1024
_decoder = msgspec.msgpack.Decoder(Answer)


class MailOpener:
    """Opens mails, large ones one after the other; `close` ends the child."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._one = asyncio.Lock()
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
        async with self._one:
            answer = await self._ask(raw, Order(self._limits))
        found = answer.opened or answer.refusal
        return found or Refusal(RefusalCode.UNREADABLE, "The mail could not be read.")

    async def check(
        self, raw: bytes, domain: str, records: dict[str, bytes | None]
    ) -> Evidence | None:
        """Check in the child who a mail is from, by what was gathered; None where it is too heavy.

        Raises Unavailable as `open` does.
        """
        async with self._one:
            answer = await self._ask(raw, Order(self._limits, domain, records))
        return None if answer.evidence is None else Evidence(*answer.evidence)

    async def _ask(self, raw: bytes, order: Order) -> Answer:
        if self._idle is not None:
            self._idle.cancel()
        kept = self._child is not None
        try:
            async with asyncio.timeout(_PATIENCE_S):
                answer = await self._exchange(raw, order)
        except TimeoutError:
            log.warning("a mail of %d bytes took longer than %s s to open", len(raw), _PATIENCE_S)
            await self._end()
            return _unreadable("Opening the mail took too long.")
        except (OSError, EOFError, asyncio.IncompleteReadError, msgspec.DecodeError):
            log.warning("the child that opens mails ended at one of %d bytes", len(raw))
            await self._end()
            if kept or self._closed:  # it may have died of earlier mails, or was ended from outside
                return await self._ask(raw, order)
            return _unreadable("Opening the mail took too much memory.")
        except BaseException:  # cancelled half-way: what is left in the pipes is no answer
            await self._end()
            raise
        self._idle = asyncio.create_task(self._end_when_idle())
        return answer

    async def _exchange(self, raw: bytes, order: Order) -> Answer:
        child = self._child
        if (child is None or child.returncode is not None) and not self._closed:
            child = self._child = await _begin()
        if self._closed:
            raise Unavailable("The hub stops: no more mails are opened.")
        if child is None or child.stdin is None or child.stdout is None:
            raise EOFError
        ordered = msgspec.msgpack.encode(order)
        child.stdin.writelines((SIZE.pack(len(ordered)), ordered, SIZE.pack(len(raw))))
        for begin in range(0, len(raw), _PIPE_BYTES):
            child.stdin.write(raw[begin : begin + _PIPE_BYTES])
            await child.stdin.drain()
        size = SIZE.unpack(await child.stdout.readexactly(SIZE.size))[0]
        pieces: list[bytes] = []
        while size:
            piece = await child.stdout.read(min(size, _PIPE_BYTES))
            if not piece:
                raise EOFError
            pieces.append(piece)
            size -= len(piece)
        return _decoder.decode(b"".join(pieces))

    async def _end_when_idle(self) -> None:
        await asyncio.sleep(_IDLE_S)
        async with self._one:
            await self._end()

    async def close(self) -> None:
        """End the child, if there is one; large mails that are under way become Unavailable."""
        self._closed = True
        if self._idle is not None:
            self._idle.cancel()
        _kill(self._child)
        async with self._one:
            await self._end()

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        _kill(child)
        if child.stdin is not None:
            child.stdin.close()
        await child.communicate()  # what is left in the pipe is read, so that they close


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
