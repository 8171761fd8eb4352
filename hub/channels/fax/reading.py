"""A gateway's mail → a fax that came in, the result of one of ours, or neither. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from zoneinfo import ZoneInfo

from hub.vendors.mail.acknowledge import without_tag
from hub.vendors.mail.model import MailFile, ParsedMail

from .profiles import BY_KEY, GENERIC, PROFILES, Profile
from .settings import FaxSettings
from .words import profile_in

# As we wrote it into the subject, and as HylaFAX repeats a job's tag.
TAG = re.compile(r"\b(?:fax[-:# ]?|facsimile job )(?P<tag>[0-9A-HJKMNP-TV-Z]{8})\b", re.I)
_PAGE_TYPES = ("image/tiff", "application/pdf", "image/png", "image/jpeg")
_WITHHELD = re.compile(
    r"<?unspecified|<none>|anonym|unknown|private|withheld|unavailable|匿名|未知", re.I
)
# Dates, and seconds since 1970: ten digits that begin with 1, which no ten-digit number does.
_NO_PHONE = re.compile(r"20\d{6}(\d{4}|\d{6})?$|1[4-9]\d{8}$")
_PHONE_IN_TEXT = re.compile(r"(?:fax|传真|傳真|f)\s*+[.:：]?\s*+(\+?\d[\d\s()-]{6,18}\d)", re.I)

# What a gateway says stands near the head of a short mail: of a long one the rest is not searched.
_SUBJECT = 1_000
_SEARCHED = 32_000
_BLANKS = re.compile(r"[^\S\n]{2,}")
_EMPTY_LINES = re.compile(r"\n(?:[^\S\n]?\n){2,}")


class Kind(Enum):
    """What a gateway's mail is."""

    RECEIVED = "received"
    DELIVERED = "delivered"
    FAILED = "failed"
    RETRYING = "retrying"


@dataclass(frozen=True, slots=True)
class ReceivedFax:
    """What the gateway says about a fax. Numbers are as written; times UTC."""

    gateway: str
    document: MailFile | None
    caller: str | None = None
    called: str | None = None
    station: str | None = None
    pages: int | None = None
    at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class FaxResult:
    """What became of a fax of ours. `delivered` None: the gateway goes on trying."""

    gateway: str
    delivered: bool | None
    number: str | None
    tag: str | None
    message_ids: tuple[str, ...]
    pages: int | None
    reason: str | None


def read_fax_mail(mail: ParsedMail, settings: FaxSettings) -> ReceivedFax | FaxResult | None:
    """Return what a mail to a fax address is; None for what no gateway wrote."""
    if not from_gateway(mail, settings):
        return None
    subject = _searchable(mail.subject.strip()[:_SUBJECT])
    body = _searchable(f"Subject: {subject}\n{mail.text[:_SEARCHED]}")
    head = f"From: {mail.sender.name or ''} <{mail.sender.email}>\n{body}"
    profile = _profile_of(head, settings)
    own = profile_in(settings.words)
    kind = _kind(subject, own) or _kind(subject, profile) or _fate(body, profile)
    if kind is not None and kind is not Kind.RECEIVED:
        return _result(mail, profile, own, body, kind)
    document = _document(mail)
    if document is None and kind is None:
        return None
    facts = own.facts.before(profile.facts)
    return ReceivedFax(
        gateway=profile.key,
        document=document,
        caller=_number(_find(facts.caller, body)) or _number_in_name(document, profile),
        called=_number(_find(facts.called, body)),
        station=_station(_find(facts.station, body)),
        pages=_count(_find(facts.pages, body)),
        at=_time(_find(facts.at, body), settings.time_zone) or mail.sent_at,
        error=_find(facts.error, body),
    )


def _searchable(text: str) -> str:
    """Return a text without long runs of blanks: a pattern that skips them would try them all."""
    return _EMPTY_LINES.sub("\n\n", _BLANKS.sub(" ", text))


def _kind(subject: str, profile: Profile) -> Kind | None:
    """Return what a subject says that its mail is, by the words of one profile."""
    for kind, patterns in (
        (Kind.DELIVERED, profile.sent),
        (Kind.FAILED, profile.failed),
        (Kind.RETRYING, profile.retrying),
        (Kind.RECEIVED, profile.received),
    ):
        if any(pattern.search(subject) for pattern in patterns):
            return kind
    return None


def _fate(body: str, profile: Profile) -> Kind | None:
    """Return what became of a fax where the subject does not say it, but the text below."""
    for kind, patterns in ((Kind.DELIVERED, profile.sent), (Kind.FAILED, profile.failed)):
        if any(one.search(body) for one in patterns if one.pattern.startswith("^Subject: ")):
            return kind
    return None


def from_gateway(mail: ParsedMail, settings: FaxSettings) -> bool:
    """Say whether the sender is one of the configured gateway addresses or domains, if any are."""
    if not settings.gateway_senders:
        return True
    sender = without_tag(mail.sender.email)
    domain = mail.sender.domain
    return any(
        sender == entry.lower()
        or domain == entry.lower().removeprefix("@")
        or domain.endswith("." + entry.lower().removeprefix("@"))
        for entry in settings.gateway_senders
    )


def _profile_of(head: str, settings: FaxSettings) -> Profile:
    configured = BY_KEY.get(settings.gateway)
    if configured is not None:
        return configured
    for profile in PROFILES:
        if any(pattern.search(head) for pattern in profile.knows):
            return profile
    return GENERIC


def _result(mail: ParsedMail, profile: Profile, own: Profile, body: str, kind: Kind) -> FaxResult:
    tag = TAG.search(body)
    facts = own.results.before(profile.results)
    delivered = {Kind.DELIVERED: True, Kind.FAILED: False}.get(kind)
    reason = None if delivered else _find(facts.error, body)
    means = profile.means.get(reason or "")
    reason = f"{reason} {means}" if means else reason
    return FaxResult(
        gateway=profile.key,
        delivered=delivered,
        number=_number(_find(facts.called, body)),
        tag=tag.group("tag").upper() if tag else None,
        message_ids=(*mail.in_reply_to, *mail.references),
        pages=_count(_find(facts.pages, body)),
        reason=" ".join(reason.split())[:200] if reason else None,
    )


def _document(mail: ParsedMail) -> MailFile | None:
    """Return the fax itself: the first TIFF, else PDF, else picture that is no logo in the text."""
    for wanted in _PAGE_TYPES:
        for file in mail.files:
            if file.media_type == wanted and not file.inline:
                return file
    return None


def _find(patterns: tuple[re.Pattern[str], ...], text: str) -> str | None:
    for pattern in patterns:
        found = pattern.search(text)
        if found:
            return found.group("value").strip()
    return None


def _number(text: str | None) -> str | None:
    """Return a number with its plus, without blanks and brackets; None for fewer than 5 digits."""
    if text is None or _WITHHELD.search(text):
        return None
    digits = re.sub(r"\D", "", text)
    if not 5 <= len(digits) <= 20:
        return None
    return ("+" if text.strip().startswith("+") else "") + digits


def _number_in_name(document: MailFile | None, profile: Profile) -> str | None:
    """Some devices say the caller in the file name only: FAX_02161234567_20260310.tif."""
    if document is None or profile is not GENERIC:
        return None
    runs = re.findall(r"(?<![\d.])\+?\d{7,15}(?![\d.])", document.name.rpartition(".")[0])
    return next((run for run in runs if not _NO_PHONE.match(run)), None)


def _station(text: str | None) -> str | None:
    return text.strip('" ')[:100] or None if text and not _WITHHELD.search(text) else None


def _count(text: str | None) -> int | None:
    return int(text) if text and len(text) < 5 and text.isdigit() else None


def _time(text: str | None, time_zone: str) -> datetime | None:
    if text is None:
        return None
    parts = [int(part) for part in re.findall(r"\d+", text)]
    try:
        moment = datetime(*parts[:6], tzinfo=ZoneInfo(time_zone))  # type: ignore[arg-type,misc]  # six ints
    except (ValueError, TypeError):
        return None
    return moment.astimezone(UTC)


def station_number(station: str | None) -> str | None:
    """Return the number a machine gives as its own name (TSI), if it is one."""
    if station is None or re.search(r"[A-Za-z\u4e00-\u9fff]", station):
        return None
    return _number(station)


def without_number(name: str, caller: str | None) -> str:
    """Return the name of a file, another one where it names the caller: it is shown to those from
    whom numbers are hidden.
    """
    end = re.sub(r"\D", "", caller or "")[-7:]
    if len(end) < 7 or end not in re.sub(r"\D", "", name):
        return name
    kind = name.rpartition(".")[2]
    return f"fax.{kind}" if 0 < len(kind) < 6 else "fax"


def number_in_text(text: str) -> str | None:
    """Return the fax number printed on a page ("Fax: +86 21 6123 4567"), if there is just one."""
    found = {number for match in _PHONE_IN_TEXT.findall(text) if (number := _number(match))}
    return found.pop() if len(found) == 1 else None


def same_number(one: str, other: str) -> bool:
    """Say whether two written numbers are one: the last eight digits agree, prefixes differ
    freely."""
    a, b = re.sub(r"\D", "", one), re.sub(r"\D", "", other)
    shorter = min(len(a), len(b))
    return shorter >= 5 and a[-min(shorter, 8) :] == b[-min(shorter, 8) :]
