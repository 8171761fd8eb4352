"""A refit in a process of its own: all words come in, a model goes out, frame by frame.

It works when nobody else wants the machine, and the hub's own process goes on answering.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from .frames import LENGTH, Begin, Some, Told, answers
from .model import Texts, refit

_NICER = 5


def main() -> None:
    """Read, fit, write."""
    os.nice(_NICER)
    texts = _read(sys.stdin.buffer)
    for answer in answers(refit(texts)):
        message = msgspec.msgpack.encode(answer)
        sys.stdout.buffer.write(LENGTH.pack(len(message)) + message)
    sys.stdout.buffer.flush()


def _read(source: BinaryIO) -> Texts:
    begin, texts = Begin(0, 0.0), Texts([], [], 0)
    for told in _frames(source):
        if isinstance(told, Some):
            texts.articles.extend(told.articles)
            texts.cases.extend(told.cases)
        else:
            begin = told
    return Texts(texts.articles, texts.cases, begin.topics, begin.precision)


def _frames(source: BinaryIO) -> Iterator[Told]:
    while head := source.read(LENGTH.size):
        yield msgspec.msgpack.decode(source.read(*LENGTH.unpack(head)), type=Told)


if __name__ == "__main__":
    main()
