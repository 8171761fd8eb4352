"""In a process of its own: what is set holds for a whole process."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

_COUNT_ARENAS = """
import ctypes, sys, threading
from hub.core.memory import share_arenas
if sys.argv[1] == "shared":
    share_arenas()
meet = threading.Barrier(7)
def work():
    kept = [bytes(2_000) for _ in range(200)]  # more than 512 bytes: malloc's, not Python's own
    meet.wait(30)
    del kept
threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads:
    thread.start()
meet.wait(30)
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
for thread in threads:
    thread.join()
"""


def arenas(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _COUNT_ARENAS, how], capture_output=True, text=True, check=True
    )
    return done.stdout.count("<heap nr=")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="only glibc has arenas")
def test_threads_take_memory_from_the_same_place() -> None:
    assert arenas("shared") <= 2 < arenas("apart")


_FREE_BETWEEN = """
import asyncio, time
from hub.core.memory import keep_handing_back

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

async def main():
    kept, needed = [], []
    for _ in range(3_000):
        needed.append(bytearray(b"x" * 20_000))
        kept.append(bytearray(b"x" * 600))  # more than 512 bytes: malloc's, not Python's own
    needed.clear()
    before = resident()
    service = asyncio.create_task(keep_handing_back(0.01))
    ends = time.monotonic() + 20
    while resident() > before - 40_000_000 and time.monotonic() < ends:
        await asyncio.sleep(0.01)
    service.cancel()
    print(before - resident(), len(kept))

asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc keeps it")
def test_what_is_free_between_what_is_in_use_is_handed_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FREE_BETWEEN], capture_output=True, text=True, check=True
    )
    assert int(done.stdout.split()[0]) > 40_000_000  # of 60,000,000
