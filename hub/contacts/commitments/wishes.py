"""A message that asks to be contacted: which sentence says so, and by when. Pure.

Found by words, in Chinese and English: a wish is a request to reach the writer ("please call me
back", 请给我回电), not the courtesy at the end of business letters ("do not hesitate to contact
me", 如有疑问请联系我) and not a refusal. What quotes an older mail is not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from .when import asked_time as asked_time
from .when import folded

MAX_READ = 20_000  # characters of a message that are looked at
MAX_SENTENCE = 300

_SENTENCES = re.compile(r"[。！？!?\n;；]+|(?<![aApP]\.[mM])\.(?=\s|$)")
_QUOTED = re.compile(
    r"^\s*>|^-{2,}\s*(?:Original Message|原始邮件|原邮件)|^On .{4,200} wrote:|^在.{4,200}写道[:：]"
    r"|^(?:From|发件人)\s*[:：]",
    re.I,
)

_WISH_EN = re.compile(
    r"\b(?:call|ring|phone|telephone) me\b"
    r"|\bgive me a (?:call|ring|buzz)\b"
    r"|\b(?:call|ring|phone|get) back to me\b"
    r"|\b(?:contact|reach) me\b"
    r"|\bget in (?:touch|contact) with me\b"
    r"|\b(?:want|like|wish|ask|need|waiting|wait)\b[^,]{0,40}\bto be (?:contacted|called)\b"
    r"|\b(?:want|would like|need|request(?:ing)?|waiting for|expect) (?:a|your) (?:call ?back|call)"
    r"\b"
    r"|\bcall(?: me)? back\b",
    re.I,
)
# What every wish holds one of, however it is put: most messages hold none, and are read no further.
# Looked for one after the other: a pattern of them all takes several times as long.
_MAYBE = (
    "call", "ring", "phone", "buzz", "back", "contact", "reach", "touch", "回电", "电话", "回拨",
    "联系", "致电", "来电", "复电",
)  # fmt: skip
_NO_EN = re.compile(
    r"\b(?:do not|don't|dont|never|stop|no need to|not necessary to|without|should not|must not)\b"
    r"[^,]{0,40}\b(?:call|ring|phone|contact|reach|hesitate|get)"
    r"|\b(?:feel free|hesitate|welcome to)\b"
    r"|\bif (?:you|there|anything|any)\b"
    r"|\b(?:you|he|she|they|someone|somebody|agent|colleague) (?:called|rang|phoned|contacted) me\b"
    r"|\bcalls? me (?:every|all the time|again and again)\b"
    r"|\bshould you\b",
    re.I,
)
_WISH_ZH = re.compile(
    r"(?:请|麻烦|希望|望|盼|烦请|务必|尽快|可否|能否|能不能|可以|需要|要求|等|让|叫|安排|派)[^，,]{0,16}"
    r"(?:回电|回个电话|回一个电话|回我电话|回拨|回复电话|联系(?:一下)?(?:我|本人)|和我联系|与我联系"
    r"|跟我联系|同我联系|与本人联系|给我(?:来|打)?(?:个|一个)?电话|致电(?:我|本人)?|打电话给我|来电)"
    r"|(?:请|盼)(?:速|早日)?(?:复电|来电)"
    r"|给我(?:回|打)(?:个|一个)?电话"
    r"|(?:回电|联系)(?:给)?我(?:吧|一下|谢谢)?$"
)
_NO_ZH = re.compile(
    r"(?:不用|不要|别|无需|无须|不必|不需要|请勿|勿|没必要)[^，,]{0,10}"
    r"(?:回电|回|打|致电|联系|来电|电话)"
    r"|(?:如|若|如果|倘若|假如)[^，,]{0,6}(?:有|需)"
    r"|有(?:任何|什么)?(?:问题|疑问|需要)(?:请|可|随时|欢迎)"
    r"|随时(?:联系|致电)|欢迎(?:联系|致电|来电)"
    r"|(?:已经|已|刚才|昨天|前天)[^，,]{0,8}(?:给我|跟我|与我)[^，,]{0,4}(?:打|联系|回)"
)


@dataclass(frozen=True, slots=True)
class Wish:
    """`words`: the sentence that asks for it. `by`: the time that it names, UTC; None: none."""

    words: str
    by: datetime | None


def find_wish(text: str, now: datetime, zone: str) -> Wish | None:
    """Return the first wish to be contacted in a message, None where it has none.

    `zone` (IANA): the clock by which the writer names a time.
    """
    words = find_words(text)
    return None if words is None else Wish(words, asked_time(words, now, zone))


def find_words(text: str) -> str | None:
    """Return the sentence that asks to be contacted, at most MAX_SENTENCE characters."""
    read = text[:MAX_READ]
    if not _may_ask(read):
        return None
    for line in _own_lines(read):
        if not _may_ask(line):
            continue
        for sentence in _SENTENCES.split(line):
            clean = " ".join(sentence.split())
            if clean and _asks(folded(clean[:1000])):
                return clean[:MAX_SENTENCE]
    return None


def _may_ask(text: str) -> bool:
    return any(map(folded(text).lower().__contains__, _MAYBE))


def _asks(sentence: str) -> bool:
    if _WISH_EN.search(sentence) is not None:
        return _NO_EN.search(sentence) is None
    return _WISH_ZH.search(sentence) is not None and _NO_ZH.search(sentence) is None


def _own_lines(text: str) -> list[str]:
    """Return the lines before the first that quotes an older mail."""
    own = []
    for line in text.splitlines():
        if _QUOTED.search(line[:400]):
            if line.lstrip().startswith(">"):
                continue
            break
        own.append(line)
    return own
