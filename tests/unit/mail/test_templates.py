from __future__ import annotations

from datetime import date, datetime

import pytest

from hub.vendors.mail.acknowledge import NoAcknowledgement
from hub.vendors.mail.quotes import find_quote
from hub.vendors.mail.templates import attribution, clock_time, why_not_acknowledged

TUESDAY = datetime(2026, 3, 10, 14, 0)  # noqa: DTZ001 - a local time as it is shown


def test_a_promise_beyond_a_week_names_the_date() -> None:
    assert clock_time("en", TUESDAY, date(2026, 3, 1)) == "Tue 10 Mar 14:00"
    assert clock_time("zh", TUESDAY, date(2026, 3, 1)) == "3月10日周二14:00"


@pytest.mark.parametrize("reason", list(NoAcknowledgement))
def test_every_reason_has_a_sentence_in_both_languages(reason: NoAcknowledgement) -> None:
    english = why_not_acknowledged("en", reason)
    chinese = why_not_acknowledged("zh-CN", reason)
    assert english != reason.value
    assert chinese != english


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_our_own_attribution_is_one_that_folds(language: str) -> None:
    lines = ["new", "", attribution(language, TUESDAY, "Jane <jane@example.com>"), "> old"]
    assert find_quote(lines) == (2, 4)
