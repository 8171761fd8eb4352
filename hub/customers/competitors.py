"""Which competitors a message names. Pure; never raises on what people write.

Exact names and aliases of the set-up after NFKC, case folding and single blanks. A name in Latin
letters or digits stands between word borders ("Arc" is not in "search"); one in Chinese needs none.
What quotes an older mail is not read: it is not the customer who says it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from .settings import Competitor

MAX_READ = 20_000  # characters of a message that are looked at
MAX_SENTENCE = 300
_SENTENCES = re.compile(r"(?<=[。！？!?；;\n])|(?<=\.)(?=\s)")
_QUOTED = re.compile(
    r"^\s*[>＞]|^-{2,}\s*(?:Original Message|Forwarded message|原始邮件|原邮件|转发邮件)"
    r"|^On .{4,200} wrote:|^在.{4,200}写道[:：]|^(?:From|发件人)\s*[:：]",
    re.IGNORECASE,
)
# Letters that are written in words: not Han, kana or hangul, which stand beside each other.
_IN_A_WORD = r"[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"

Names = tuple[tuple[str, tuple[str, ...]], ...]
"""Keys of competitors, each with its names."""


def names_of(competitors: Sequence[Competitor]) -> Names:
    """Return those of the set-up as they are looked for."""
    return tuple((one.key, tuple(one.names)) for one in competitors)


class Mention(NamedTuple):
    """`name`: as the set-up has it; `sentence`: the customer's own."""

    competitor_id: str
    name: str
    sentence: str


def find_mentions(text: str, competitors: Names) -> list[Mention]:
    """Return the competitors that a message names, each with the first sentence that does."""
    if not competitors or not text:
        return []
    pattern, meant = _pattern(competitors)
    folded = _folded(text[:MAX_READ])
    if not any(name in folded for name in meant):  # almost all; the pattern alone is far slower
        return []
    if pattern is None or pattern.search(folded) is None:
        return []
    found: dict[str, Mention] = {}
    for sentence in _own_sentences(text[:MAX_READ]):
        for match in pattern.finditer(_folded(sentence)):
            for key, name in meant[match.group(0)]:
                found.setdefault(key, Mention(key, name, sentence[:MAX_SENTENCE]))
    return list(found.values())


def find_competitor(said: str, competitors: Names) -> str | None:
    """Return the key of a competitor that is called so, by its key or one of its names."""
    wanted = _folded(said).strip()
    for key, names in competitors:
        if wanted == key or any(wanted == _folded(name).strip() for name in names):
            return key
    return None


def _own_sentences(text: str) -> Iterable[str]:
    lines = []
    for line in text.splitlines():
        if _QUOTED.search(line[:400]):
            if line.lstrip()[:1] in (">", "＞"):
                continue
            break
        lines.append(line)
    for sentence in _SENTENCES.split("\n".join(lines)):
        if clean := " ".join(sentence.split()):
            yield clean


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@lru_cache(maxsize=8)
def _pattern(
    competitors: Names,
) -> tuple[re.Pattern[str] | None, Mapping[str, Sequence[tuple[str, str]]]]:
    """Return what finds the names, the longest first, and whom each means."""
    meant: dict[str, list[tuple[str, str]]] = {}
    for key, names in competitors:
        for name in names:
            if folded := _folded(name):
                meant.setdefault(folded, []).append((key, name))
    if not meant:
        return None, {}
    longest_first = sorted(meant, key=lambda name: (-len(name), name))
    return re.compile("|".join(map(_bordered, longest_first))), meant


def _bordered(name: str) -> str:
    """A border where the name itself begins or ends with a letter of words."""
    before = rf"(?<!{_IN_A_WORD})" if re.match(_IN_A_WORD, name) else ""
    after = rf"(?!{_IN_A_WORD})" if re.match(_IN_A_WORD, name[-1]) else ""
    return f"{before}{re.escape(name)}{after}"
