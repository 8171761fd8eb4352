"""When a caller has waited longer than anybody is to: by their queue, then as long again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from hub.channels.base import EntryPoint
from hub.channels.phone.answer import Then
from hub.channels.phone.line import Line
from hub.channels.phone.model import Call
from hub.channels.phone.overflow import back, is_too_long
from hub.channels.phone.port import PhonePort
from hub.channels.phone.settings import PhoneSettings, parse_settings
from hub.contacts.inbound import Standing
from hub.contacts.model import Channel
from hub.core.errors import Invalid

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
POINT = EntryPoint(id="hotline", channel=Channel.PHONE, address="+862155501000", queue_id="support",
                   language="en", settings={}, display_name="Hotline")  # fmt: skip
LINE = Line(POINT, PhoneSettings(longest_wait_s=600), cast("PhonePort", None))
CALL = Call("c", "hotline", "CA1", "+8613800138000", "+862155501000", "en", NOW)
WAITS = Standing("queued", None, None, None, open_now=True, waited_s=600)


def test_the_first_time_counts_what_was_waited() -> None:
    assert is_too_long(LINE, CALL, WAITS, NOW)
    assert not is_too_long(LINE, CALL, replace(WAITS, waited_s=599), NOW)


def test_after_that_as_long_again_whatever_was_waited_before() -> None:
    went_on = replace(CALL, overflowed_at=NOW)
    assert not is_too_long(LINE, went_on, WAITS, NOW + timedelta(seconds=599))
    assert is_too_long(LINE, went_on, replace(WAITS, waited_s=0), NOW + timedelta(seconds=600))


@pytest.mark.parametrize("state", ["offered", "connecting", "closed"])
def test_nobody_goes_on_while_somebody_is_asked(state: str) -> None:
    assert not is_too_long(LINE, CALL, replace(WAITS, state=state), NOW)


def test_only_who_was_taken_outside_does_not_wait_on() -> None:
    assert back(CALL).then is Then.WAIT
    assert back(replace(CALL, outside_at=NOW)).then is Then.HANG_UP


@pytest.mark.parametrize("raw", [
    {"after_longest": "queue"}, {"after_longest": "number"},
    {"after_longest": "number", "longest_number": "021 5550"},
])  # fmt: skip
def test_where_they_go_on_to_has_to_be_said(raw: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        parse_settings("hotline", raw)


def test_a_number_that_cannot_be_called_is_said_at_its_place() -> None:
    with pytest.raises(Invalid) as refused:
        parse_settings("hotline", {"longest_number": "021 5550"})
    [fault] = refused.value.faults
    assert fault.path == "longest_number"
    # The page knows its sentence by this.
    assert fault.message.startswith("Expected `str` matching regex '^(\\\\+[1-9]")
