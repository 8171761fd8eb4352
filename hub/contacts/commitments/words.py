"""What a customer is told about a promise, in Chinese and English. Pure.

Of what agents and customers wrote nothing is repeated: only what was promised, and for when.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

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


class Told(NamedTuple):
    subject: str
    text: str


class Promised(NamedTuple):
    """What was promised, by when, or within which window; times in the customer's zone."""

    kind: str
    due: datetime
    window_from: datetime | None = None


def done(language: str, promised: Promised) -> Told:
    """Return the news that a promise was kept."""
    if _is_chinese(language):
        what = _KINDS["zh"].get(promised.kind, "事项")
        return Told(
            f"已完成：{what}",
            f"您好，\n\n我们答应您的{what}已经完成。如还有问题，请直接回复。\n\n（本消息由系统自动发送）",
        )
    what = _KINDS["en"].get(promised.kind, "matter")
    return Told(
        f"Done: the {what} we promised",
        f"Hello,\n\nThe {what} we promised you is done. If anything is missing, just reply."
        "\n\n(This message was sent automatically.)",
    )


def late(language: str, promised: Promised, today: datetime) -> Told:
    """Return the news that a promise was not kept in time, with an apology and what follows."""
    when = time_span(language, promised, today)
    if _is_chinese(language):
        what = _KINDS["zh"].get(promised.kind, "事项")
        failed = (
            f"我们未能在约定的时间（{when}）为您提供{what}"
            if promised.window_from is not None
            else f"我们未能在约定的时间（{when}）前完成答应您的{what}"
        )
        return Told(
            f"致歉：{what}延误",
            f"您好，\n\n非常抱歉，{failed}。我们会尽快与您联系，商定新的时间。\n\n"
            "（本消息由系统自动发送）",
        )
    what = _KINDS["en"].get(promised.kind, "matter")
    failed = (
        f"nobody came for the {what} we had agreed for {when}"
        if promised.window_from is not None
        else f"the {what} we promised you by {when} is not done yet"
    )
    return Told(
        f"We are sorry: the {what} is late",
        f"Hello,\n\nWe are sorry: {failed}. We will contact you as soon as we can to agree on a"
        " new time.\n\n(This message was sent automatically.)",
    )


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


def _is_chinese(language: str) -> bool:
    return language.lower().startswith("zh")
