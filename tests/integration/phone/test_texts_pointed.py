"""A number whose texts come to us, but not as they should, is said to be so and mended."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from hub.settings import Secret, Twilio
from hub.testing.twilio_simulator import TwilioSimulator
from hub.vendors.twilio.check import check_texts
from hub.vendors.twilio.numbers import PhoneLine, check_numbers, point_here

from .conftest import OURS

BASE = "https://hub.example"
LINES = [PhoneLine("texts", OURS, texts=True)]


def the_account(provider: TwilioSimulator) -> Twilio:
    return Twilio(
        account_sid=provider.account_sid,
        auth_token=Secret(provider.auth_token),
        base_url=provider.base_url,
    )


@pytest.mark.parametrize(
    ("odd", "comes"),
    [({"sms_method": "GET"}, False), ({"sms_fallback_url": ""}, True)],
)
async def test_texts_by_get_or_asked_for_once_are_mended(
    provider: TwilioSimulator, odd: dict[str, Any], comes: bool
) -> None:
    account = the_account(provider)
    provider.add_text_number(OURS, f"{BASE}/channels/texts")
    right = provider.exchange.numbers[OURS]
    provider.exchange.numbers[OURS] = replace(right, **odd)

    def look() -> list[str]:
        found = [*check_numbers(account, BASE, LINES), *check_texts(account, BASE, "texts")]
        return [one.code for one in found if one.code.startswith("texts.")]

    told = "texts.here" if comes else "texts.not_here"  # a text is lost only while we are away
    assert await asyncio.to_thread(look) == ["texts.partly", told]
    [done] = await asyncio.to_thread(lambda: list(point_here(account, BASE, LINES)))
    assert (done.before, done.found.code) == (right.sms_url, "texts.written")
    assert provider.exchange.numbers[OURS] == right
    assert await asyncio.to_thread(look) == ["texts.here", "texts.here"]


async def test_an_application_is_taken_off_the_number(provider: TwilioSimulator) -> None:
    account = the_account(provider)
    provider.add_text_number(OURS, f"{BASE}/channels/texts")
    right = provider.exchange.numbers[OURS]
    provider.exchange.numbers[OURS] = replace(right, sms_application_sid="AP" + "1" * 32)
    [done] = await asyncio.to_thread(lambda: list(point_here(account, BASE, LINES)))
    assert (done.before, done.found.code) == ("AP" + "1" * 32, "texts.written")
    assert provider.exchange.numbers[OURS] == right
