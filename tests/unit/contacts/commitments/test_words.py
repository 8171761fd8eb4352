"""What customers are told about a promise."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.contacts.commitments.words import Promised, done, late

PLACE = ZoneInfo("Asia/Shanghai")
DUE = datetime(2026, 3, 10, 16, 0, tzinfo=PLACE)
VISIT = Promised("repair", DUE, DUE - timedelta(hours=2))


def test_a_missed_window_is_named_in_both_languages() -> None:
    now = DUE + timedelta(minutes=1)
    assert "周二14:00–16:00" in late({}, "zh-CN", VISIT, now).body
    assert "Tue 14:00–16:00" in late({}, "en", VISIT, now).body
    assert "sorry" in late({}, "en", VISIT, now).body
    assert "抱歉" in late({}, "zh", VISIT, now).body


def test_what_is_long_past_is_named_with_its_date() -> None:
    assert (
        "3月10日周二16:00" in late({}, "zh-CN", Promised("callback", DUE), DUE + timedelta(30)).body
    )


def test_a_kept_promise_is_named_by_its_kind() -> None:
    assert "上门维修已经完成" in done({}, "zh-CN", VISIT).body
    assert "quote" in done({}, "en", Promised("quote", DUE)).subject
    assert "matter" in done({}, "en", Promised("of tomorrow", DUE)).body
