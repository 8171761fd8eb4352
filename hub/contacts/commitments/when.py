"""By when a sentence wants to be answered: days, dates and hours, in Chinese and English. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY_ENDS = time(18)
# Who says "after three" does not wait for ever.
_SLACK = timedelta(hours=2)
# An hour of which nobody says which half of the day it is in: people are called while it is day.
_FIRST_OF_DAY = 8
# A date without a year is one to come only if it comes soon: else it is one that was.
_SOON = timedelta(days=183)

_DAYS_EN = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS_ZH = "一二三四五六日"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DIGITS_ZH = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7,
              "八": 8, "九": 9, "十": 10, "十一": 11, "十二": 12}  # fmt: skip
_WORDS_EN = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
             "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12}  # fmt: skip

_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_YEAR = r"(?:,?\s*(?P<year>20\d\d)\b)?"
_DATES = (
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}{_YEAR}", re.I),
    re.compile(rf"\b{_MONTH}\s+(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:){_YEAR}", re.I),
    re.compile(r"(?:(?P<year>20\d\d)年)?(?P<month>(?<!\d)\d{1,2})月(?P<day>\d{1,2})[日号]?"),
    re.compile(r"(?<!\d)(?P<year>20\d\d)-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)"),
)

_WORD = r"(?:\b(?P<word>after|from|before|by|until|till|at|around|about)\s+)?"
_HOUR_EN = rf"(?:\d{{1,2}}|{'|'.join(_WORDS_EN)})"
_HALF_DAY = r"[ap]\.?m\b|o'clock"
_CLOCK_EN = re.compile(
    rf"{_WORD}\b(?:(?P<share>half past|quarter past|quarter to)\s+)?(?P<hour>{_HOUR_EN})\b"
    rf"(?::(?P<minute>\d\d))?(?!\d)\s*(?P<half>{_HALF_DAY})?|"
    # "3pm": no end of a word between
    rf"(?:\b(?P<word2>after|from|before|by|until|till|at|around|about)\s+)?"
    rf"\b(?P<hour2>\d{{1,2}})(?::(?P<minute2>\d\d))?(?P<half2>[ap]\.?m\b)",
    re.I,
)
_RANGE_EN = re.compile(
    rf"\b(?:between|from)\s+{_HOUR_EN}(?::\d\d)?\s*(?:{_HALF_DAY})?\s*(?:and|to|until|till|-|–)\s*"
    rf"(?P<hour>{_HOUR_EN})(?::(?P<minute>\d\d))?(?!\d)\s*(?P<half>{_HALF_DAY})?",
    re.I,
)
# What may follow an hour that is a number alone: "at 9 tomorrow", not "after 3 days".
_FOLLOWS = re.compile(
    r"\s*(?:$|[,.;!?)(\"]|-\s|(?:tomorrow|today|tonight|on|in the|sharp|please|at the latest|latest"
    r"|if|or|and|thanks|thank|when|because|so|as|local|beijing|china|for|about|regarding|to"
    rf"|{'|'.join(_DAYS_EN)})\b)",
    re.I,
)
_UNTIL = frozenset({"after", "from"})  # what begins there: some time later is still in time

_PART_ZH = r"凌晨|清晨|早晨|早上|上午|中午|下午|傍晚|晚上|今晚|晚"
_HOUR_ZH = r"\d{1,2}|十[一二]?|[一二两三四五六七八九]"
_CLOCK_ZH = re.compile(
    rf"(?P<part>{_PART_ZH})?\s*(?:(?:{_HOUR_ZH})(?:点|时|:\d\d)?(?:半|\d{{1,2}}分?)?钟?\s*"
    rf"(?:到|至|-|–|—|~)\s*(?P<later>{_PART_ZH})?\s*)?"
    rf"(?<!\d)(?P<hour>{_HOUR_ZH})(?P<mark>点|时|:)(?P<minute>半|\d{{1,2}}|[一三]刻)?(?:分)?钟?"
    r"(?P<side>以?前|之前|以?后|之后)?"
)
_BEFORE_ONE = (
    "天",
    "日",
    "号",
    "在",
    "于",
    "到",
    "至",
    *_DAYS_ZH,
)  # "明天一点", not "早一点"
_MORNING = re.compile(r"\bmorning\b|凌晨|清晨|早晨|早上|上午", re.I)
_LATE = re.compile(r"\b(?:afternoon|evening|tonight|night)\b|下午|傍晚|晚", re.I)
_NOON = re.compile(r"\b(?:before|by|until|till)\s+(?:noon|midday)\b|中午(?:之|以)?前", re.I)
_PARTS = (
    (_NOON, time(12)),
    (re.compile(r"\bmorning\b|上午|早上|早晨", re.I), time(12)),
    (re.compile(r"\b(?:noon|midday)\b|中午", re.I), time(13)),
    (re.compile(r"\bafternoon\b|下午", re.I), time(18)),
    (re.compile(r"\b(?:evening|tonight)\b|傍晚|晚上|今晚", re.I), time(20)),
)
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Clock:
    """`slack`: how much later is still in time. `vague`: in which half of the day is not said."""

    at: time
    slack: timedelta = timedelta()
    vague: bool = False


@dataclass(frozen=True, slots=True)
class _Day:
    """`again`: after how many days it comes again once it is over; 0: never."""

    date: date
    again: int = 0


def folded(sentence: str) -> str:
    """Return it as words are looked for: one width, one apostrophe."""
    return unicodedata.normalize("NFKC", sentence).replace("’", "'")


def asked_time(sentence: str, now: datetime, zone: str) -> datetime | None:
    """Return by when the sentence wants to be answered, UTC; None where it names no time to come.

    An hour is due when it strikes, a range of hours at its end; a day is its end of work, a part of
    a day its end; "after three" gives two hours from there. Hours without am or pm are of the day:
    "at nine" is 9:00, "at three" 15:00.
    """
    sentence = folded(sentence)
    local = now.astimezone(ZoneInfo(zone))
    day, clock = _day(sentence, local), _clock(sentence)
    if clock is None and day is None:
        return None
    clock = clock or _Clock(_DAY_ENDS)
    day = day or _Day(local.date(), again=1)
    moment = datetime.combine(day.date, clock.at, ZoneInfo(zone)) + clock.slack
    if moment <= now and not day.again and clock.vague and clock.at.hour < 12:
        moment += timedelta(hours=12)
    if moment <= now:
        moment += timedelta(days=day.again)
    return moment.astimezone(now.tzinfo) if moment > now else None


# --- the day -------------------------------------------------------------------------------------


def _day(sentence: str, local: datetime) -> _Day | None:
    """Return the day that is named: by a word, by its date, by its name in the week."""
    lower, today = sentence.lower(), local.date()
    if "day after tomorrow" in lower or "后天" in lower:
        return _Day(today + timedelta(days=2))
    if "tomorrow" in lower or re.search("明天|明日|明早|明晚", lower):
        return _Day(today + timedelta(days=1))
    if re.search(r"\btoday\b|\btonight\b|今天|今日|今晚", lower):
        return _Day(today)
    dates = list(_dates(lower, today))
    coming = next((one for one in dates if one >= today), None)
    if coming is not None:
        return _Day(coming)
    weekday = _weekday(lower, today)
    if weekday is None and dates:
        return _Day(dates[0])  # only days that were
    return weekday


def _weekday(lower: str, today: date) -> _Day | None:
    for weekday, name in enumerate(_DAYS_EN):
        if found := re.search(rf"\b(next )?{name}\b", lower):
            ahead = (weekday - today.weekday()) % 7
            return _Day(today + timedelta(days=7 if found[1] and not ahead else ahead), again=7)
    found = re.search(r"(下?)个?(?:周|星期|礼拜)([一二三四五六日天])", lower)
    if found is None:
        return None
    weekday = _DAYS_ZH.index(found[2].replace("天", "日"))
    if found[1]:
        return _Day(today + timedelta(days=7 - today.weekday() + weekday))
    return _Day(today + timedelta(days=(weekday - today.weekday()) % 7), again=7)


def _dates(lower: str, today: date) -> Iterator[date]:
    for pattern in _DATES:
        for found in pattern.finditer(lower):
            said = found["month"]
            month = int(said) if said.isdigit() else _MONTHS.index(said[:3]) + 1
            year, day = found["year"], int(found["day"])
            years = [int(year)] if year else [today.year, today.year + 1]
            days = [one for y in years if (one := _date(y, month, day)) is not None]
            soon = [one for one in days if today <= one <= today + _SOON]
            yield from (soon or days[:1]) if not year else days


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


# --- the hour ------------------------------------------------------------------------------------


def _clock(sentence: str) -> _Clock | None:
    """Return the time of day, None where none is named."""
    found = _range_en(sentence)
    english = list(_clocks_en(sentence))
    halved = any(rank == 0 for rank, _ in english)
    if found is None and not halved and _HAN.search(sentence):
        found = _clock_zh(sentence)
    if found is None and english:
        found = min(english, key=lambda one: one[0])[1]
    if found is not None:
        return found
    for pattern, ends in _PARTS:
        if pattern.search(sentence):
            return _Clock(ends)
    return None


def _range_en(sentence: str) -> _Clock | None:
    found = _RANGE_EN.search(sentence)
    if found is None or not (found["half"] or found["minute"] or _ends(sentence, found.end())):
        return None
    return _read(sentence, found["hour"], found["minute"], found["half"])


def _clocks_en(sentence: str) -> Iterator[tuple[int, _Clock]]:
    """Yield the hours that are named, each with how surely it is one: 0 the most."""
    for found in _CLOCK_EN.finditer(sentence):
        word, hour = found["word"] or found["word2"], found["hour"] or found["hour2"]
        minute, half = found["minute"] or found["minute2"], found["half"] or found["half2"]
        share = (found["share"] or "").lower()
        if not (half or minute or share) and not (word and _ends(sentence, found.end())):
            continue
        clock = _read(sentence, hour, minute, half)
        if clock is None:
            continue
        at, slack = clock.at, _SLACK if word and word.lower() in _UNTIL else timedelta()
        if share:
            quarters = {"half past": 30, "quarter past": 15, "quarter to": -15}[share]
            at = (datetime.combine(date(2000, 1, 2), at) + timedelta(minutes=quarters)).time()
        halved = half is not None and half[0] in "aApP"
        rank = 0 if halved else 1 if half or minute or share else 2
        yield rank, _Clock(at, slack, clock.vague)


def _ends(sentence: str, at: int) -> bool:
    return _FOLLOWS.match(sentence, at) is not None


def _read(sentence: str, said: str, minute: str | None, half: str | None) -> _Clock | None:
    hour = _WORDS_EN[said.lower()] if said.lower() in _WORDS_EN else int(said)
    if half and half[0] in "aApP":
        hour = hour if hour > 12 else hour % 12 + 12 * (half[0] in "pP")
        return _at(hour, int(minute or 0))
    return _of_day(sentence, hour, int(minute or 0), written=minute is not None)


def _clock_zh(sentence: str) -> _Clock | None:
    for found in _CLOCK_ZH.finditer(sentence):
        part, said, minute = found["later"] or found["part"], found["hour"], found["minute"]
        before = sentence[: found.start("hour")].rstrip()
        bare = said == "一" and not (part or minute or found["side"])
        if bare and not before.endswith(_BEFORE_ONE):
            continue
        hour = int(said) if said.isdigit() else _DIGITS_ZH[said]
        quarters = {"半": 30, "一刻": 15, "三刻": 45}
        minutes = quarters[minute] if minute in quarters else int(minute or 0)
        clock = _of_day(part or "", hour, minutes, written=found["mark"] == ":")
        if clock is not None:
            side = found["side"] or ""
            return _Clock(clock.at, _SLACK if side.endswith("后") else timedelta(), clock.vague)
    return None


def _of_day(part: str, hour: int, minute: int, *, written: bool) -> _Clock | None:
    """Read an hour by the part of the day that is named; `written` with its minutes ("5:00"): as it
    stands, else one that people are called at.
    """
    if hour > 12 or not hour:
        return _at(hour, minute)
    if _MORNING.search(part):
        return _at(hour, minute)
    if _LATE.search(part):
        return _at(23, 59) if hour == 12 and "晚" in part else _at(hour % 12 + 12, minute)
    if "中午" in part and hour < 4:
        return _at(hour + 12, minute)
    if written:
        return _at(hour, minute)
    found = _at(hour + 12 * (hour < _FIRST_OF_DAY), minute)
    return found and _Clock(found.at, vague=True)


def _at(hour: int, minute: int) -> _Clock | None:
    return _Clock(time(hour, minute)) if hour < 24 and minute < 60 else None
