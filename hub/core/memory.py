"""Memory, set for a process that runs for months: the garbage collector, and glibc's memory."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import time

# The first is a pause: all that was made since the last look is gone through while every thread
# waits, and a statement that SQLAlchemy puts together is some two hundred objects in cycles. 2,000
# take 2 to 3 ms; 20,000 took 20 to 60, which agents saw as late messages. The sum is the same.
# The third is out of the way: going through all there is, again and again, was a twentieth of the
# CPU of a message (150 chats at full speed).
_THRESHOLDS = (2_000, 20, 1_000)


def settle() -> None:
    """Set aside what start-up made, once everything is built: it is never looked through again.

    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)


_M_ARENA_MAX = -8  # https://man7.org/linux/man-pages/man3/mallopt.3.html
_ARENAS = 2  # the event loop's, and one for all other threads, of which one runs at a time anyway


def share_arenas() -> None:
    """Have threads take memory from the same place; call it before they are started.

    glibc gives each thread an arena of its own, and each keeps what its thread once needed most:
    writer and readers together held a seventh of what 1,000 chats take, unused. Elsewhere than on
    glibc there is nothing to set.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)


_REST_S = 10.0
_SHARE = 1_000  # of the time is spent on it, at most one part


async def keep_handing_back(rest_s: float = _REST_S) -> None:
    """Hand free memory back to the system now and then, until cancelled.

    glibc gives back by itself only what lies behind all that is in use. What thousands of messages
    needed for a moment stays between what chats keep: a quarter of what a thousand of them take.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # only glibc has it
    if trim is None:
        await asyncio.Event().wait()
        return
    took_s = 0.0
    while True:
        await asyncio.sleep(max(rest_s, _SHARE * took_s))
        began_s = time.perf_counter()
        await asyncio.to_thread(trim, 0)  # Python's lock is free meanwhile
        took_s = time.perf_counter() - began_s
