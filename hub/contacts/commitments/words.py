"""What a customer is told about a promise, in Chinese and English. Pure.

Of what agents and customers wrote nothing is repeated: only what was promised, and for when.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from hub.contacts.templates.filling import Changed, say
from hub.contacts.templates.model import Wording
from hub.contacts.templates.near import base_of
from hub.contacts.templates.usual import COMMITMENT_DONE, COMMITMENT_LATE, COMMITMENT_MISSED
from hub.vendors.mail.templates import clock_time

_KINDS = {
    "en": {
        "callback": "call",
        "visit": "visit",
        "repair": "repair visit",
        "quote": "quote",
        "recovery": "follow-up",
        "other": "matter",
    },
    "zh": {
        "callback": "回电",
        "visit": "上门服务",
        "repair": "上门维修",
        "quote": "报价",
        "recovery": "跟进处理",
        "other": "事项",
    },
}


class Promised(NamedTuple):
    """What was promised, by when, or within which window; times in the customer's zone."""

    kind: str
    due: datetime
    window_from: datetime | None = None


def done(changed: Changed, language: str, promised: Promised) -> Wording:
    """Return the news that a promise was kept."""
    return say(changed, COMMITMENT_DONE, language, what=_what(language, promised))


def late(changed: Changed, language: str, promised: Promised, today: datetime) -> Wording:
    """Return the news that a promise was not kept in time, with an apology and what follows."""
    template = COMMITMENT_LATE if promised.window_from is None else COMMITMENT_MISSED
    when = time_span(language, promised, today)
    return say(changed, template, language, what=_what(language, promised), time=when)


def _what(language: str, promised: Promised) -> str:
    kinds = _KINDS["zh" if base_of(language) == "zh-CN" else "en"]
    return kinds.get(promised.kind, kinds["other"])


def time_span(language: str, promised: Promised, today: datetime) -> str:
    """Return when it was promised for, as customers read it: "Tue 14:00–16:00"."""
    if promised.window_from is None:
        return clock_time(language, promised.due, _day(promised.due, today))
    start = clock_time(language, promised.window_from, _day(promised.window_from, today))
    if promised.window_from.date() == promised.due.date():
        return f"{start}–{promised.due:%H:%M}"
    return f"{start}–{clock_time(language, promised.due, _day(promised.due, today))}"


def _day(moment: datetime, today: datetime) -> date:
    """What is long past is named with its date, as what is far ahead."""
    past = (today.date() - moment.date()).days >= 6
    return moment.date() - timedelta(days=7) if past else today.date()
