"""A message that asks to be contacted: which sentence says so, and by when. Pure.

Found by words, in Chinese and English: a wish is a request to reach the writer ("please call me
back", 请给我回电), not the courtesy at the end of business letters ("do not hesitate to contact
me", 如有疑问请联系我) and not a refusal. What quotes an older mail is not read.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

MAX_READ = 20_000  # characters of a message that are looked at
MAX_SENTENCE = 300

_SENTENCES = re.compile(r"[。！？!?\n;；]+|\.(?=\s|$)")
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
    for line in _own_lines(text[:MAX_READ]):
        for sentence in _SENTENCES.split(line):
            clean = " ".join(sentence.split())
            if clean and _asks(_folded(clean[:1000])):
                return clean[:MAX_SENTENCE]
    return None


def _folded(sentence: str) -> str:
    """Return it as words are looked for: one width, one apostrophe."""
    return unicodedata.normalize("NFKC", sentence).replace("’", "'")


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


# --- by when -------------------------------------------------------------------------------------

_DAYS_EN = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS_ZH = "一二三四五六日"
_DIGITS_ZH = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7,
              "八": 8, "九": 9, "十": 10, "十一": 11, "十二": 12}  # fmt: skip
_CLOCK_EN = re.compile(
    r"\b(after|from|before|by|until|at|around)?\s*(\d{1,2})(?::(\d{2}))?\s*(am|pm|o'clock)?(?!\d)",
    re.I,
)
_CLOCK_ZH = re.compile(
    r"(上午|早上|中午|下午|傍晚|晚上)?\s*(\d{1,2}|十[一二]?|[一二两三四五六七八九])"
    r"(?:点|时|:)(半|\d{1,2})?(?:分)?(以?前|之前|以?后|之后)?"
)
_PARTS = (
    (re.compile(r"\bmorning\b|上午|早上", re.I), time(12)),
    (re.compile(r"\bnoon\b|中午", re.I), time(13)),
    (re.compile(r"\bafternoon\b|下午", re.I), time(18)),
    (re.compile(r"\b(?:evening|tonight)\b|傍晚|晚上|今晚", re.I), time(20)),
)
_DAY_ENDS = time(18)
# Who says "after three" or "at three" does not wait for ever.
_SLACK = timedelta(hours=2)


def asked_time(sentence: str, now: datetime, zone: str) -> datetime | None:
    """Return by when the sentence wants to be answered, UTC; None where it names no time to come.

    A day is its end of work, a part of a day its end; "after three" gives two hours from there.
    """
    sentence = _folded(sentence)
    local = now.astimezone(ZoneInfo(zone))
    ahead = _days_ahead(sentence, local)
    clock = _clock(sentence)
    if clock is None and ahead is None:
        return None
    day = local.date() + timedelta(days=ahead or 0)
    at, slack = clock if clock is not None else (_DAY_ENDS, timedelta())
    moment = datetime.combine(day, at, ZoneInfo(zone)) + slack
    if moment <= now and ahead is None:
        moment += timedelta(days=1)
    return moment.astimezone(now.tzinfo) if moment > now else None


def _days_ahead(sentence: str, local: datetime) -> int | None:
    lower = sentence.lower()
    if "day after tomorrow" in lower or "后天" in lower:
        return 2
    if "tomorrow" in lower or "明天" in lower or "明日" in lower:
        return 1
    if re.search(r"\btoday\b|\btonight\b|今天|今日|今晚", lower):
        return 0
    for weekday, name in enumerate(_DAYS_EN):
        if re.search(rf"\b{name}\b", lower):
            return (weekday - local.weekday()) % 7
    found = re.search(r"(下?)(?:周|星期|礼拜)([一二三四五六日天])", lower)
    if found is None:
        return None
    weekday = _DAYS_ZH.index(found[2].replace("天", "日"))
    if found[1]:
        return 7 - local.weekday() + weekday
    return (weekday - local.weekday()) % 7


def _clock(sentence: str) -> tuple[time, timedelta] | None:
    """Return the time of day and how much later is still in time."""
    found = _CLOCK_ZH.search(sentence)
    if found is not None:
        part, raw, minutes, side = found.groups()
        hour = int(raw) if raw.isdigit() else _DIGITS_ZH[raw]
        late = part in ("下午", "傍晚", "晚上") and hour < 12
        minute = 30 if minutes == "半" else int(minutes or 0)
        slack = timedelta() if side and side.endswith("前") else _SLACK
        return _time(hour + 12 * late, minute, slack)
    for english in _CLOCK_EN.finditer(sentence):
        word, raw, minutes, half = english.groups()
        if not (half or minutes or word) or (word and not (half or minutes) and len(raw) > 2):
            continue
        hour = int(raw) % 12 + 12 if half and half.lower() == "pm" else int(raw)
        slack = timedelta() if word and word.lower() in ("before", "by", "until") else _SLACK
        if (half or minutes) and (at := _time(hour, int(minutes or 0), slack)) is not None:
            return at
    for pattern, ends in _PARTS:
        if pattern.search(sentence):
            return ends, timedelta()
    return None


def _time(hour: int, minute: int, slack: timedelta) -> tuple[time, timedelta] | None:
    return (time(hour, minute), slack) if hour < 24 and minute < 60 else None
