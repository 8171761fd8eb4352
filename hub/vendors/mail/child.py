"""Child program: opens large mails in a process of its own (see `opener`).

Reads from its standard input, until that ends: 8 bytes with the size of an `Order` and that in
msgpack and, behind 8 bytes with their size, the raw mail. Writes for each 8
bytes with the size of an `Answer` and that in msgpack. It gives up rights to more memory than any
mail within the limits needs. Who stops the hub by a signal to all its processes does not stop this
one amid a mail: it ends when the hub has.
"""

from __future__ import annotations

import os
import resource
import signal
import struct
import sys
from dataclasses import replace
from typing import IO

import msgspec

from hub.core.card_numbers import holds_card_numbers
from hub.core.text import index_words

from .authentication import Verdict
from .model import Limits, Refusal
from .opened import Opened, open_mail

MEMORY_BYTES = 1_024 * 1024 * 1024
_NICENESS = 5  # who chats does not wait for a large mail, which nobody has waited for yet
_LONGEST_S = 60  # the hub has given up by then, or is no more
SIZE = struct.Struct(">Q")


class Order(msgspec.Struct, frozen=True):
    """Open the mail or, where `sender` is given, check whether it is from that domain with these
    records of the DNS.
    """

    limits: Limits
    sender: str | None = None
    records: dict[str, bytes | None] = {}


class Answer(msgspec.Struct, frozen=True):
    """What became of one mail: exactly one of these. `evidence`: DMARC, DKIM, and why."""

    opened: Opened | None = None
    refusal: Refusal | None = None
    evidence: tuple[Verdict, Verdict, str] | None = None


def main() -> None:
    """Open mails until nobody sends any more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICENESS)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    given, out = sys.stdin.buffer, sys.stdout.buffer
    while (size := given.read(SIZE.size)) and len(size) == SIZE.size:
        order = msgspec.msgpack.decode(given.read(SIZE.unpack(size)[0]), type=Order)
        _answer(_sized(given), order, out)


def _sized(given: IO[bytes]) -> bytes:
    return given.read(SIZE.unpack(given.read(SIZE.size))[0])


def _answer(raw: bytes, order: Order, out: IO[bytes]) -> None:
    signal.alarm(_LONGEST_S)  # the kernel ends us, also amid a regular expression
    answer = _opened(raw, order.limits) if order.sender is None else _checked(raw, order)
    signal.alarm(0)
    encoded = msgspec.msgpack.encode(answer)
    out.write(SIZE.pack(len(encoded)))
    out.write(encoded)
    out.flush()


def _opened(raw: bytes, limits: Limits) -> Answer:
    found = open_mail(raw, limits)
    if isinstance(found, Refusal):
        return Answer(refusal=found)
    words = index_words(found.mail.subject, found.folded.text)
    folded = found.folded
    said = "\n".join((found.mail.subject, folded.text, folded.quote or ""))
    cards = holds_card_numbers(said, folded.html)
    return Answer(replace(found, words=words, card_numbers=cards))


def _checked(raw: bytes, order: Order) -> Answer:
    from .own_check import check_sender, known  # cryptography: not for those that are only opened

    found = check_sender(raw, order.sender or "", known(order.records))
    return Answer(evidence=(found.dmarc, found.dkim, found.why))


if __name__ == "__main__":
    main()
