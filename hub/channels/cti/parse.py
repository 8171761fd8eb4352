"""What a PBX posts → events of calls. Pure; never raises on hostile input."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from .events import Direction, EventKind, PbxEvent
from .profiles import Members, Profile

MOST_EVENTS = 64  # of one request: members of a call
_MOST_FIELDS = 400
_LONGEST = 200
_LONGEST_ID = 190  # of a call: keys of 200 characters are made of it
_LONGEST_URL = 1_000
_LONGEST_EXTENSION = 6  # digits: what is longer is a number of the outside
_EARLIEST = timedelta(days=1)
_CLOCKS_DIFFER = timedelta(minutes=5)
_LONGEST_TALK_S = 86_400
_DIGITS = re.compile(r"\+?[0-9][0-9 ()./-]{0,30}")
_DIRECTIONS = {
    "in": Direction.IN,
    "inbound": Direction.IN,
    "out": Direction.OUT,
    "outbound": Direction.OUT,
    "internal": Direction.INTERNAL,
}

Fields = Mapping[str, Any]


def parse_events(
    profile: Profile, body: bytes, content_type: str, now: datetime
) -> list[PbxEvent] | str:
    """Return the events of a request, none for what is not about a call; or why it cannot be read.

    `now`: when it came (UTC).
    """
    fields = _fields(body, content_type)
    if fields is None:
        return "The body is neither a JSON object nor a form."
    if profile.members is not None:
        fields = _unwrapped(fields, profile.members.within)
        found = list(_of_members(profile, profile.members, fields, now))
        if found:
            return found[:MOST_EVENTS]
    name = _first(profile, fields, "event").lower()
    kind = _kind(profile, fields, name)
    if kind is None:
        return []  # a PBX tells much that is no news of a call
    call_id = _first(profile, fields, "call_id", _LONGEST_ID)
    if not call_id:
        return "It does not say which call it is about."
    return [_event(profile, fields, kind, call_id, now)]


def _fields(body: bytes, content_type: str) -> Fields | None:
    if content_type == "application/x-www-form-urlencoded":
        try:
            return dict(parse_qsl(body.decode(), max_num_fields=_MOST_FIELDS))
        except ValueError:  # too many, or not UTF-8
            return None
    return _object(body)


def _object(text: bytes | str) -> Fields | None:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) and len(found) <= _MOST_FIELDS else None


def _unwrapped(fields: Fields, within: str) -> Fields:
    inner = fields.get(within)
    if isinstance(inner, str):
        inner = _object(inner)
    return {**fields, **inner} if isinstance(inner, dict) else fields


def _text(value: object, limit: int = _LONGEST) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return "".join(sign for sign in str(value) if sign.isprintable()).strip()[:limit]


def _first(profile: Profile, fields: Fields, name: str, limit: int = _LONGEST) -> str:
    for theirs in profile.fields.get(name, ()):
        if text := _text(fields.get(theirs), limit):
            return text
    return ""


def _kind(profile: Profile, fields: Fields, name: str) -> EventKind | None:
    for theirs in profile.fields.get("also", ()):
        found = profile.events.get(f"{name}:{_text(fields.get(theirs)).lower()}")
        if found is not None:
            return found
    return profile.events.get(name)


def _event(
    profile: Profile, fields: Fields, kind: EventKind, call_id: str, now: datetime
) -> PbxEvent:
    caller, called = _first(profile, fields, "from"), _first(profile, fields, "to")
    extension = _first(profile, fields, "extension")[:32]
    said = _DIRECTIONS.get(_first(profile, fields, "direction").lower())
    direction = said or _direction(caller, called)
    out = direction is Direction.OUT
    if not said and not is_extension(extension):
        own = caller if out else called
        extension = own if is_extension(own) else ""
    at = _moment(_first(profile, fields, "at"), now)
    return PbxEvent(
        call_id=call_id,
        kind=kind,
        at=at or now,
        timed=at is not None,
        direction=direction,
        number=_number(called if out else caller),
        line=_first(profile, fields, "line") or ("" if out else called),
        extension=extension,
        ref=_first(profile, fields, "ref")[:64],
        recording_url=_url(_first(profile, fields, "recording_url", _LONGEST_URL)),
        talked_s=_seconds(_first(profile, fields, "talked_s")),
        cause=_first(profile, fields, "cause")[:80],
    )


def _direction(caller: str, called: str) -> Direction | None:
    """Say who calls whom, where both are told: short numbers are ours."""
    if not called:
        return None
    if is_extension(caller):
        return Direction.INTERNAL if is_extension(called) else Direction.OUT
    return Direction.IN


def is_extension(text: str) -> bool:
    """Whether this is the number of a phone of the house: a few digits."""
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_EXTENSION


def _number(text: str) -> str:
    """Return a number as it is dialled; "" for none, for a withheld one, and for one of ours."""
    if not _DIGITS.fullmatch(text) or is_extension(text):
        return ""
    return text


def _moment(text: str, now: datetime) -> datetime | None:
    """Return a time that can be right: ISO 8601 with its zone, or seconds or microseconds since
    1970.
    """
    try:
        if re.fullmatch(r"[0-9]{10}(\.[0-9]{1,9})?|[0-9]{13}|[0-9]{16}", text):
            scale = {13: 1e3, 16: 1e6}.get(len(text.partition(".")[0]), 1)
            at = datetime.fromtimestamp(float(text) / scale, UTC)
        else:
            at = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    if at.tzinfo is None or not now - _EARLIEST <= at <= now + _CLOCKS_DIFFER:
        return None
    return at.astimezone(UTC)


def _seconds(text: str) -> int | None:
    if not (text.isascii() and text.isdecimal()) or len(text) > 6:
        return None
    return min(int(text), _LONGEST_TALK_S)


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        plain = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        return ""
    return text if plain and " " not in text else ""


def _of_members(
    profile: Profile, members: Members, fields: Fields, now: datetime
) -> Iterator[PbxEvent]:
    """Yield what a list of parties tells: of each extension, and of who is outside."""
    parties = fields.get(members.list)
    call_id = _first(profile, fields, "call_id", _LONGEST_ID)
    if not isinstance(parties, list) or not call_id:
        return
    found = [one for one in parties[:MOST_EVENTS] if isinstance(one, dict)]
    coming = _party(found, members.outside_in)
    going = _party(found, members.outside_out)
    outside = coming or going
    direction = Direction.INTERNAL if outside is None else None
    number = line = ""
    if coming is not None:
        direction = Direction.IN
        number, line = _text(coming.get("from")), _text(coming.get("to"))
    elif going is not None:
        direction = Direction.OUT
        number, line = _text(going.get("to")), _text(going.get("trunk_name"))
    for one in found:
        party = one.get(members.extension)
        inside = isinstance(party, dict)
        status_of = party if inside else outside
        if not isinstance(status_of, dict):
            continue
        status = _text(status_of.get(members.status)).lower()
        kind = (members.extension_events if inside else members.outside_events).get(status)
        if kind is None:
            continue
        yield PbxEvent(
            call_id=call_id,
            kind=kind,
            at=now,
            direction=direction,
            number=_number(number),
            line=line,
            extension=_text(status_of.get(members.number))[:32] if inside else "",
        )


def _party(parties: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    return next((one[name] for one in parties if isinstance(one.get(name), dict)), None)
