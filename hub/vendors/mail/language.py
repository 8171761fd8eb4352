"""Chinese or English, by the script of the words. Pure. Anything else is None: the default
decides."""

from __future__ import annotations

import re

# Runs, not letters: a match for each letter of a Chinese mail takes longer than parsing it.
_HAN = re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf]+")
_KANA_OR_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]+")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_ENGLISH = frozenset(
    str.split(
        "the and you your is are to of for in on my we our have has not please with order hello hi"
        " thanks thank can could would this that it from regards when what how why do does help"
    )
)
_SAMPLE = 5_000


def guess_language(text: str) -> str | None:
    """Return "zh", "en", or None where it is neither or there is too little to say."""
    sample = text[:_SAMPLE]
    han, others = 0, 0
    if not sample.isascii():
        han = sum(map(len, _HAN.findall(sample)))
        others = sum(map(len, _KANA_OR_HANGUL.findall(sample)))
    if others > han // 10:
        return None
    words = _LATIN_WORD.findall(sample.lower())
    # One Chinese character says about as much as one English word.
    if han >= 2 and han * 3 >= len(words):
        return "zh"
    known = sum(map(_ENGLISH.__contains__, words))
    return "en" if known >= 1 and known * 12 >= len(words) else None
