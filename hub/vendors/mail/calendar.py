"""An invitation (RFC 5545) → the words a person needs: what, when, where, who. Pure."""

from __future__ import annotations

import re

_FOLD = re.compile(r"\r?\n[ \t]")
_PROPERTY = re.compile(r"^([A-Z-]{2,30})((?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?):(.*)$", re.I)
_DATE = re.compile(r"^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d{0,2}(Z?))?")
_ZONE = re.compile(r";TZID=\"?([^;:\"]{1,60})", re.I)
_NAME = re.compile(r";CN=\"?([^;:\"]{1,200})", re.I)
_ESCAPE = re.compile(r"\\([\\;,nN])")
_MAX_LINES = 5_000
_MAX_PEOPLE = 20
_MAX_EVENTS = 20


def text_of_calendar(text: str) -> str:
    """Return the events of a calendar as lines, the first twenty, "" where it holds none; never
    raises.
    """
    told: list[str] = []
    found: dict[str, tuple[str, str]] = {}
    people: list[str] = []
    inside = ""
    for line in _FOLD.sub("", text).splitlines()[:_MAX_LINES]:
        match = _PROPERTY.match(line)
        if match is None:
            continue
        name, parameters, value = match[1].upper(), match[2], match[3].strip()
        if name == "BEGIN" and not inside and value.upper() in ("VEVENT", "VTODO"):
            inside, found, people = value.upper(), {}, []
        elif name == "END" and inside and value.upper() == inside:
            told.append("\n".join(filter(None, _lines(found, people))))
            inside = ""
            if len(told) == _MAX_EVENTS:
                break
        elif name == "ATTENDEE" and inside and len(people) < _MAX_PEOPLE:
            people.append(_person(parameters, value))
        elif inside:
            found.setdefault(name, (parameters, value))
    if inside:  # it breaks off
        told.append("\n".join(filter(None, _lines(found, people))))
    return "\n\n".join(told)


def _lines(found: dict[str, tuple[str, str]], people: list[str]) -> list[str]:
    start, end = (_moment(*found.get(name, ("", ""))) for name in ("DTSTART", "DTEND"))
    organizer = _person(*found["ORGANIZER"]) if "ORGANIZER" in found else ""
    return [
        _plain(found.get("SUMMARY", ("", ""))[1]),
        " – ".join(filter(None, (start, end))),
        _plain(found.get("LOCATION", ("", ""))[1]),
        ", ".join(dict.fromkeys(filter(None, (organizer, *people)))),
        _plain(found.get("DESCRIPTION", ("", ""))[1])[:10_000],
    ]


def _moment(parameters: str, value: str) -> str:
    match = _DATE.match(value)
    if match is None:
        return ""
    day = f"{match[1]}-{match[2]}-{match[3]}"
    if match[4] is None:
        return day
    zone = "UTC" if match[6] else next(iter(_ZONE.findall(parameters)), "")
    return f"{day} {match[4]}:{match[5]} {zone}".rstrip()


def _person(parameters: str, value: str) -> str:
    address = re.sub(r"^mailto:", "", value.strip(), flags=re.I)
    name = _NAME.search(parameters)
    return f"{name[1]} <{address}>" if name and name[1] != address else address


def _plain(value: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()
