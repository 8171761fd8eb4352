"""A gateway in an admin's words: what its mails are called and what stands before each fact. Pure.

For a gateway that no profile knows, or one whose mails were changed: written in the set-up, as its
mails write it, without patterns, so that nothing in it can be wrong or slow.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated

import msgspec

from .profiles import NUMBER, Patterns, Profile

Phrase = Annotated[str, msgspec.Meta(min_length=2, max_length=80)]
Phrases = Annotated[tuple[Phrase, ...], msgspec.Meta(max_length=20)]

_WORD = r"(?P<value>\S[^\n]*)"
_COUNT = r"(?P<value>\d{1,4})(?!\d)"
_MOMENT = r"(?P<value>\d{4}[-/:.]\d\d[-/:.]\d\d[ T]\d\d:\d\d(?::\d\d)?)"


class GatewayWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a gateway's mails say; asked before its profile, which fills what is not told here.

    `received`, `sent`, `failed`, `retrying`: of the subject, any of them in it. The others: what
    stands before the fact in subject or text, as "Caller ID:" or 主叫号码; capitals do not matter.
    Times are read as year, month, day.
    """

    received: Phrases = ()
    sent: Phrases = ()
    failed: Phrases = ()
    retrying: Phrases = ()
    caller: Phrases = ()
    called: Phrases = ()
    station: Phrases = ()
    pages: Phrases = ()
    at: Phrases = ()
    error: Phrases = ()


@lru_cache(maxsize=64)
def profile_in(words: GatewayWords) -> Profile:
    """Return an admin's words as a profile; one that knows no mail where nothing is told."""
    facts = Patterns(
        caller=_after(words.caller, NUMBER),
        called=_after(words.called, NUMBER),
        station=_after(words.station, _WORD),
        pages=_after(words.pages, _COUNT),
        at=_after(words.at, _MOMENT),
        error=_after(words.error, _WORD),
    )
    return Profile(
        key="words",
        knows=(),
        received=_any(words.received),
        sent=_any(words.sent),
        failed=_any(words.failed),
        retrying=_any(words.retrying),
        facts=facts,
        results=facts,
    )


def _any(phrases: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(_literal(phrase), re.I) for phrase in phrases)


def _after(labels: tuple[str, ...], value: str) -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(
            rf"(?<![A-Za-z0-9]){_literal(label)}[ \t]*[:：=]?[ \t]*[\"'<(\[]?{value}", re.I | re.M
        )
        for label in labels
    )


def _literal(phrase: str) -> str:
    """Blanks fit any blanks: a mail's lines are folded where its writer did not see it."""
    return r"\s+".join(re.escape(word) for word in phrase.split()) or r"(?!)"
