"""A mail as it came, for people: its head line by line, its way here, and its source as text. Pure.

Nothing here decides anything: what the hub believes of a mail is settled when it is filed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from .charsets import decode, scrub_text
from .headers import decode_header, parse_date
from .model import Refusal
from .parse import parse_mail

MAX_TEXT_CHARACTERS = 200_000
_HEAD_BYTES = 1_048_576
_WORDS_BYTES = 131_072
_MAX_WORDS = 50_000
_MAX_FIELDS = 500
_MAX_VALUE_BYTES = 8_192
_MAX_HOPS = 60
_HEAD_END = re.compile(rb"\r?\n\r?\n|\r\r")
_FIELD_LINE = re.compile(rb"^([!-9;-~]{1,200}):[ \t]?(.*)$", re.S)
_COMMENT = re.compile(r"\([^()]{0,1000}\)")
_CLAUSE = re.compile(r"\b(from|by)\s+([^\s;()]{1,255})", re.I)
_RESULT = re.compile(r"(?:^|;)\s*(dmarc|dkim|spf|arc|iprev)\s*=\s*([a-z]{1,20})", re.I)


@dataclass(frozen=True, slots=True)
class HeaderLine:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Hop:
    """One server on the way (a Received field). `delay_s`: since the hop before, where both say
    when; below zero where their clocks differ.
    """

    sent_by: str
    taken_by: str
    at: datetime | None
    delay_s: int | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a server says it found out (Authentication-Results): anybody can write one."""

    server: str
    method: str
    result: str


@dataclass(frozen=True, slots=True)
class Original:
    """`hops`: the first server first. `words`: what it says to people, "" where that is nothing.
    `text_cut`: the source is longer than what is shown.
    """

    size_bytes: int
    headers: tuple[HeaderLine, ...]
    hops: tuple[Hop, ...]
    checks: tuple[CheckResult, ...]
    words: str
    text: str
    text_cut: bool


def read_original(raw: bytes) -> Original:
    """Return what can be told of any bytes; never raises. Linear in what is shown."""
    head = raw[:_HEAD_BYTES]
    end = _HEAD_END.search(head)
    fields = _fields(head[: end.start()] if end else head)
    lines = tuple(HeaderLine(name, decode_header(value)) for name, value in fields)
    shown = raw[: MAX_TEXT_CHARACTERS * 4]
    text = scrub_text(decode(shown))
    return Original(
        size_bytes=len(raw),
        headers=lines,
        hops=_hops([line.value for line in lines if line.name.lower() == "received"]),
        checks=_checks(
            [line.value for line in lines if line.name.lower() == "authentication-results"]
        ),
        words=_words(raw),
        text=text[:MAX_TEXT_CHARACTERS],
        text_cut=len(text) > MAX_TEXT_CHARACTERS or len(shown) < len(raw),
    )


def _words(raw: bytes) -> str:
    """Return the text for people; of a large mail that of its beginning, where it stands."""
    try:
        mail = parse_mail(raw[:_WORDS_BYTES])
    except Exception:  # what broke the reader lies in quarantine: its source is shown all the same
        return ""
    return "" if isinstance(mail, Refusal) else mail.text[:_MAX_WORDS]


def _fields(head: bytes) -> list[tuple[str, bytes]]:
    """Return the fields of a head in order; what is no field is left out."""
    fields: list[tuple[str, bytes]] = []
    for line in re.split(rb"\r?\n|\r", head):
        if line[:1] in (b" ", b"\t"):
            if fields and len(fields[-1][1]) < _MAX_VALUE_BYTES:
                name, value = fields[-1]
                fields[-1] = (name, value + b" " + line.strip())
            continue
        found = _FIELD_LINE.match(line)
        if found is None:
            continue
        if len(fields) >= _MAX_FIELDS:
            break
        fields.append((found.group(1).decode("ascii"), found.group(2)[:_MAX_VALUE_BYTES]))
    return fields


def _hops(received: list[str]) -> tuple[Hop, ...]:
    """Return the way of a mail: servers put their field on top, so the last one was first."""
    hops: list[Hop] = []
    for value in reversed(received[:_MAX_HOPS]):
        said, _, when = value.rpartition(";")
        names: dict[str, str] = {}
        for clause in _CLAUSE.finditer(_COMMENT.sub(" ", said or value)):
            names.setdefault(clause.group(1).lower(), clause.group(2))
        at = parse_date(when.strip())
        before = next((hop.at for hop in reversed(hops) if hop.at is not None), None)
        delay = round((at - before).total_seconds()) if at and before else None
        hops.append(Hop(names.get("from", ""), names.get("by", ""), at, delay))
    return tuple(hops)


def _checks(values: list[str]) -> tuple[CheckResult, ...]:
    found: list[CheckResult] = []
    for value in values[:20]:
        clean = _COMMENT.sub(" ", value)
        server = clean.partition(";")[0].strip().split(" ")[0][:255]
        found.extend(
            CheckResult(server, method.lower(), result.lower())
            for method, result in _RESULT.findall(clean)
        )
    return tuple(found[:60])
