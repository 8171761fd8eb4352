"""Lines without a socket, for networks that let no WebSocket through: the same frames, carried by
requests. The page hands frames in by one request, and waits for ours with another one.

Both directions are numbered, so a request that was lost, or repeated by a proxy, is asked again
without a gap or a double. A line lives in this process only: one that is not known any more is
begun anew with a `hello`, as after any break, and resumes by seq.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub.core.budget import Bucket, Rate
from hub.core.errors import Conflict, NotFound, TooMany, Unavailable
from hub.core.networks import network_of

from .chat_socket import WRITE_BUFFER_BYTES, ChatSocket
from .chats import SWEEP_S, Chats

log = logging.getLogger(__name__)

BATCH_BYTES = 256 * 1024  # of one answer, or one frame where that is larger
REQUESTS = Rate(per_s=10.0, burst=100.0)  # of one line
HANDINGS = 4  # at a time: one, and those made again while the store is slow
TELLINGS = 10  # of the same frames, to a page that never says it got them
CLOSE_AWAY, CLOSE_LOST, CLOSE_FAILED = 1001, 1006, 1011


def always() -> bool:
    """Say yes: nothing is known of who asks."""
    return True


@dataclass(frozen=True, slots=True)
class Batch:
    """What a page is told: frames from number `first` on, and how the line ended, if it did."""

    first: int
    frames: Sequence[bytes]
    closed: tuple[int, str] | None


class PolledLine:
    """One page's line. Its chat leaves once, when nothing of it is being done any more."""

    __slots__ = (
        "_ending",
        "_first",
        "_frames",
        "_handings",
        "_held_bytes",
        "_in_order",
        "_loop",
        "_requests",
        "_taken",
        "_taking",
        "_tellings",
        "_waiter",
        "alive",
        "chat",
        "closed",
        "entry_point_id",
        "heard_at_s",
        "network",
        "rests",
        "told_end",
    )

    def __init__(self, entry_point_id: str, network: str) -> None:
        self._loop = asyncio.get_running_loop()
        self.entry_point_id = entry_point_id
        self.network = network
        self.chat: ChatSocket | None = None
        self.closed: tuple[int, str] | None = None
        self.told_end = False
        self.heard_at_s = self._loop.time()
        self.rests = False  # the page asks now and then only: it is hidden, as one of many
        self.alive: Callable[[], bool] = always  # of the poll that waits: is its page still there
        self._ending = False
        self._requests = Bucket(REQUESTS, self.heard_at_s)
        self._taken = 0  # frames of the page
        self._taking = False
        self._handings = 0  # requests that hand frames in, done or waiting for their turn
        self._in_order = asyncio.Lock()
        self._first = 1  # number of the oldest frame the page has not said it got
        self._frames: deque[bytes] = deque()
        self._held_bytes = 0
        self._tellings = 0  # of the oldest frame
        self._waiter: asyncio.Future[None] | None = None

    @property
    def waits(self) -> bool:
        """Say whether a poll waits for news."""
        return self._waiter is not None

    def check_pace(self) -> None:
        """Count a request. Raises TooMany."""
        if wait_s := self._requests.take(REQUESTS, self._loop.time()):
            raise TooMany("Too many requests. Please wait a moment.", retry_after_s=wait_s)

    # ---- as a Line ------------------------------------------------------------------------------

    def put(self, frame: bytes) -> None:
        if self.closed is not None:
            return
        self._frames.append(frame)
        self._held_bytes += len(frame)
        if self._held_bytes > WRITE_BUFFER_BYTES:
            self.abort()
        self.wake()

    def unsent_bytes(self) -> int:
        """Always 0: what is kept is bounded by `put`, and how long by the sweep."""
        return 0

    def abort(self) -> None:
        if self.closed is None:
            self._first += len(self._frames)
            self._frames.clear()
            self._held_bytes = 0
            self._end(CLOSE_LOST, "")

    async def close(self, code: int, reason: str) -> None:
        self.end(code, reason)

    def end(self, code: int, reason: str) -> None:
        """End it; what was put before can still be fetched."""
        if self.closed is None:
            self._end(code, reason)

    def _end(self, code: int, reason: str) -> None:
        self.closed = (code, reason)
        self.wake()
        # Later: whoever told the page something is in the middle of telling others.
        self._loop.call_soon(self._leave)

    def _leave(self) -> None:
        if self._taking or self._ending:
            return
        self._ending = True
        chat, self.chat = self.chat, None
        if chat is not None:
            chat.left()

    # ---- from the page --------------------------------------------------------------------------

    async def take(self, number: int, frames: Sequence[bytes]) -> None:
        """Do what frames ask, in order, each once. `number`: of the first of them, from 1 on.

        Raises Conflict where frames before them never came, TooMany where others wait already: a
        socket holds its page back, here each request brings its whole body along.
        """
        if self._handings >= HANDINGS:
            raise TooMany("Wait until your last messages are taken.", retry_after_s=1.0)
        self._handings += 1
        try:
            async with self._in_order:
                await self._take_all(number, frames)
        finally:
            self._handings -= 1

    async def _take_all(self, number: int, frames: Sequence[bytes]) -> None:
        known = self._taken + 1 - number
        if known < 0:
            raise Conflict("Frames are missing. Begin a new line.")
        self._taking = True
        try:
            for frame in frames[known:]:
                await self._take(frame)
        except Exception:
            # Unexpected ends only this line (design section 1, rule 8).
            log.exception("a polled chat failed")
            self.end(CLOSE_FAILED, "")
        finally:
            self._taking = False
            if self.closed is not None:
                self._leave()

    async def _take(self, frame: bytes) -> None:
        if self.closed is None and self.chat is not None:
            self._taken += 1
            self.heard_at_s = self._loop.time()
            await self.chat.take(frame)

    # ---- to the page ----------------------------------------------------------------------------

    async def news(
        self, after: int, wait_s: float, alive: Callable[[], bool] | None = None
    ) -> Batch:
        """Return the frames after number `after`, which the page has; wait for one if need be, as
        long as `alive` says that there is somebody to tell.

        Of several that wait only the last one does. Raises Conflict for a number never sent, or
        one before what the page said it has.
        """
        self._forget(after)
        self.wake()
        if not self._frames and self.closed is None and wait_s > 0:
            await self._wait(wait_s, alive or always)
        self.heard_at_s = self._loop.time()
        self._count_telling()
        return self._batch()

    async def _wait(self, wait_s: float, alive: Callable[[], bool]) -> None:
        waiter = self._waiter = self._loop.create_future()
        self.alive = alive
        try:
            async with asyncio.timeout(wait_s):
                await waiter
        except TimeoutError:
            pass
        finally:
            if self._waiter is waiter:
                self._quit_waiting()

    def _quit_waiting(self) -> None:
        self._waiter = None
        self.alive = always  # it holds a request, which is large

    def wake(self) -> None:
        """Answer the poll that waits."""
        waiter = self._waiter
        self._quit_waiting()
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _forget(self, after: int) -> None:
        if not self._first - 1 <= after < self._first + len(self._frames):
            raise Conflict("This line has no frame of that number. Begin a new line.")
        while self._first <= after:
            self._held_bytes -= len(self._frames.popleft())
            self._first += 1
            self._tellings = 0

    def _count_telling(self) -> None:
        """Cut off a page that asks for what it was told on and on: each answer costs."""
        if self._frames:
            self._tellings += 1
            if self._tellings > TELLINGS:
                self.abort()

    def _batch(self) -> Batch:
        batch: list[bytes] = []
        size = 0
        for frame in self._frames:
            size += len(frame)
            if batch and size > BATCH_BYTES:
                break
            batch.append(frame)
        whole = len(batch) == len(self._frames)
        self.told_end = self.told_end or (whole and self.closed is not None)
        return Batch(self._first, batch, self.closed if whole else None)


class PolledLines:
    """All lines of this process that have no socket."""

    def __init__(self, chats: Chats) -> None:
        self._chats = chats
        self._settings = chats.settings
        self._lines: dict[str, PolledLine] = {}
        self._stopped = False

    def __len__(self) -> int:
        return len(self._lines)

    async def run(self) -> None:
        """Give up the lines of pages that are gone, until cancelled."""
        self._stopped = False
        try:
            while True:
                await asyncio.sleep(SWEEP_S)
                self.sweep(asyncio.get_running_loop().time())
        finally:
            await self.stop()

    async def stop(self) -> None:
        """End every line with 1001 (going away): each poll that waits is answered at once."""
        self._stopped = True
        for line in self._lines.values():
            line.end(CLOSE_AWAY, "")
        await asyncio.sleep(0)  # they leave their rooms

    def open(self, entry_point_id: str, address: str) -> tuple[str, PolledLine]:
        """Return a new line and the key that names it, which only its page knows.

        Raises Unavailable when the hub stops or is full, TooMany.
        """
        if self._stopped:
            raise Unavailable("The chat is closing. Try again.", retry_after_s=1.0)
        chats, network = self._chats, network_of(address)
        now_s = asyncio.get_running_loop().time()
        chats.check_room(network)
        chats.check_pace(network, now_s)
        line = PolledLine(entry_point_id, network)
        session = chats.new_session(entry_point_id, now_s)
        line.chat = ChatSocket(line, session, address, chats.shared)
        chats.enter(network)
        key = secrets.token_urlsafe(32)
        self._lines[key] = line
        return key, line

    def get(self, entry_point_id: str, key: str) -> PolledLine:
        """Return a line, and count this request of it. Raises NotFound, TooMany."""
        line = self._lines.get(key)
        if line is None or line.entry_point_id != entry_point_id:
            raise NotFound("This line is not known (any more). Begin a new one.")
        line.check_pace()
        return line

    def drop(self, key: str) -> None:
        """The page is gone, or has nothing to ask for any more.

        Until then its line counts: also one that has ended may hold what was not fetched.
        """
        line = self._lines.pop(key, None)
        if line is not None:
            line.abort()
            self._chats.leave(line.network)

    def sweep(self, now_s: float) -> None:
        """End the lines of pages that stopped asking, and forget those that have ended."""
        settings = self._settings
        for key, line in tuple(self._lines.items()):
            if line.waits and not line.alive():
                line.wake()  # nobody hears the answer: from now on it does not ask
            allowed_s = settings.poll_rests_s if line.rests else settings.poll_gone_s
            silent = not line.waits and now_s - line.heard_at_s > allowed_s
            chat = line.chat
            if silent or (chat is not None and self._chats.never_said_hello(chat, now_s)):
                line.abort()
            if silent or line.told_end:
                self.drop(key)
