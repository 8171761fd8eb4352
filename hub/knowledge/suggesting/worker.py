"""A refit in a process of its own: all texts come in as one message, the model goes out as one.

It works when nobody else wants the machine, and the hub's own process goes on answering.
"""

from __future__ import annotations

import os
import sys

import msgspec

from .model import Texts, refit

_NICER = 5


def main() -> None:
    """Read, fit, write."""
    os.nice(_NICER)
    texts = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Texts)
    sys.stdout.buffer.write(msgspec.msgpack.encode(refit(texts)))


if __name__ == "__main__":
    main()
