"""Child program: opens large mails in a process of its own (see `opener`).

Reads from its standard input, until that ends: 8 bytes with the size of an order and the order,
which is the limits in msgpack and, behind 8 bytes with their size, the raw mail. Writes for each 8
bytes with the size of an `Answer` and that in msgpack. It gives up rights to more memory than any
mail within the limits needs. Who stops the hub by a signal to all its processes does not stop this
one amid a mail: it ends when the hub has.
"""

from __future__ import annotations

import resource
import signal
import struct
import sys
from typing import IO

import msgspec

from .model import Limits, Refusal
from .opened import Opened, open_mail

MEMORY_BYTES = 1_024 * 1024 * 1024
_LONGEST_S = 60  # the hub has given up by then, or is no more
SIZE = struct.Struct(">Q")


class Answer(msgspec.Struct, frozen=True):
    """What became of one mail: exactly one of both."""

    opened: Opened | None = None
    refusal: Refusal | None = None


def main() -> None:
    """Open mails until nobody sends any more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    given, out = sys.stdin.buffer, sys.stdout.buffer
    while (size := given.read(SIZE.size)) and len(size) == SIZE.size:
        limits = msgspec.msgpack.decode(given.read(SIZE.unpack(size)[0]), type=Limits)
        _answer(_sized(given), limits, out)


def _sized(given: IO[bytes]) -> bytes:
    return given.read(SIZE.unpack(given.read(SIZE.size))[0])


def _answer(raw: bytes, limits: Limits, out: IO[bytes]) -> None:
    signal.alarm(_LONGEST_S)  # the kernel ends us, also amid a regular expression
    found = open_mail(raw, limits)
    signal.alarm(0)
    answer = Answer(refusal=found) if isinstance(found, Refusal) else Answer(found)
    encoded = msgspec.msgpack.encode(answer)
    out.write(SIZE.pack(len(encoded)))
    out.write(encoded)
    out.flush()


if __name__ == "__main__":
    main()
