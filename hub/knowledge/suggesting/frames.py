"""What the hub and the process that fits say to each other: frames, each a length and a message.

In pieces, so that neither side ever makes or reads one long message: the hub goes on answering.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec import Struct

from .model import ArticleText, CaseText, Fitted

PIECE = 400  # rows in a frame: a few milliseconds of the writer's time
LENGTH = struct.Struct("<I")

Row = tuple[str | int, ...]


class Begin(Struct, frozen=True, tag=True):
    """`precision`: the share of suggestions that are to be right (the set-up's)."""

    topics: int
    precision: float


class Some(Struct, frozen=True, tag=True):
    articles: list[ArticleText] = []
    cases: list[CaseText] = []


class Summary(Struct, frozen=True, kw_only=True, tag=True):
    """All of a fit but its rows. Shares are 0-1, None where nothing was judged."""

    order: tuple[float, ...]
    sure: tuple[float, ...]
    threshold: float
    held: int
    precision: float | None
    recall: float | None
    articles: int
    cases: int
    norm: float


class Weights(Struct, frozen=True, tag=True):
    """(word, articles that hold it, cases, packed weights)."""

    rows: list[tuple[str, int, int, str]]


class Spellings(Struct, frozen=True, tag=True):
    """(three letters, words that hold them)."""

    rows: list[tuple[str, str]]


Told = Begin | Some
Answered = Summary | Weights | Spellings


def answers(fitted: Fitted) -> Iterator[Answered]:
    """Yield a fit piece by piece, its summary first."""
    yield Summary(
        order=fitted.order,
        sure=fitted.sure,
        threshold=fitted.threshold,
        held=fitted.held,
        precision=fitted.precision,
        recall=fitted.recall,
        articles=fitted.articles,
        cases=fitted.cases,
        norm=fitted.norm,
    )
    weights = (
        (word[:64], held[0], held[1], pack(held[2], held[3]))
        for word, held in sorted(fitted.words.items())
    )
    while rows := list(islice(weights, PIECE)):
        yield Weights(rows)
    spelt = ((gram, " ".join(words)) for gram, words in sorted(fitted.spellings.items()))
    while pairs := list(islice(spelt, PIECE)):
        yield Spellings(pairs)


def pack(numbers: Sequence[int], weights: Sequence[float]) -> str:
    """Return topics' numbers and weights as one short text."""
    count = len(numbers)
    return base64.b64encode(struct.pack(f"<{count}I{count}f", *numbers, *weights)).decode()


def unpack(packed: str) -> list[tuple[int, float]]:
    """Return what `pack` was given, in pairs."""
    data = base64.b64decode(packed)
    count = len(data) // 8
    values = struct.unpack(f"<{count}I{count}f", data)
    return list(zip(values[:count], values[count:], strict=True))
