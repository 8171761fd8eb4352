"""Which signature stands below an answer, and what it says. Pure.

The agent's own counts before their team's, and that before the entry point's; but one in the
customer's language before all of them in another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, NamedTuple

from msgspec import Meta

from hub.customers.settings import Tag

from .templates.filling import fill
from .templates.near import base_of, nearest

LONGEST = 1_000
Texts = Mapping[str, str]
"""Language (BCP 47) -> text."""
WrittenTexts = Annotated[
    dict[Tag, Annotated[str, Meta(max_length=LONGEST)]],
    Meta(max_length=10),
]
"""The same as somebody writes it: at most ten languages."""


class SignatureOf(StrEnum):
    AGENT = "agent"
    TEAM = "team"
    ENTRY_POINT = "entry_point"


class Chosen(NamedTuple):
    """`place`: among those that were written; `text`: its places still open."""

    place: int
    language: str
    text: str


class Names(NamedTuple):
    """What the places of a signature stand for: {name}, {team}, {organisation}."""

    agent: str
    team_zh: str
    team_en: str
    organisation: str


def choose_signature(written: Sequence[Texts], languages: Iterable[str]) -> Chosen | None:
    """Return the first that fits: language by language, and in each in the order of `written`.

    In a language as templates are chosen (near.py); then any of its tags, for no usual text stands
    in for it. None: there is none in these languages.
    """
    for language in languages:
        for place, texts in enumerate(written):
            for tag in _near(texts, language):
                if texts[tag].strip():
                    return Chosen(place, tag, texts[tag].strip())
    return None


def _near(tags: Iterable[str], wanted: str) -> list[str]:
    stem = wanted.partition("-")[0].lower()
    alike = [tag for tag in tags if tag.partition("-")[0].lower() == stem]
    return [*nearest(alike, wanted), *alike]


def said(chosen: Chosen, names: Names) -> str:
    """Return its words. A place for which there is nothing is left out, and its line with it if
    nothing else stood there; a name in braces that is no place stays.
    """
    chinese = base_of(chosen.language) == "zh-CN"
    values = {
        "name": names.agent,
        "team": names.team_zh if chinese else names.team_en,
        "organisation": names.organisation,
    }
    lines = []
    for line in chosen.text.splitlines():
        filled = fill(line, values)
        if filled.strip() or not line.strip():
            lines.append(filled.rstrip())
    return "\n".join(lines).strip()


def is_signed(text: str, signature: str) -> bool:
    """Say whether a text ends with the signature already, however its lines are broken."""
    return " ".join(text.split()).endswith(" ".join(signature.split()))


__all__ = [
    "Chosen",
    "Names",
    "SignatureOf",
    "Texts",
    "WrittenTexts",
    "choose_signature",
    "is_signed",
    "said",
]
