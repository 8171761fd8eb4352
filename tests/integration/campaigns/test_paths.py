"""The way out by which campaigns write, walked with a customer who has said stop."""

from __future__ import annotations

import pytest

from hub.customers.consent.model import STOP_ALL, STOP_SELLING, Purpose

from .build import Shop


@pytest.mark.parametrize("said", [STOP_SELLING, STOP_ALL])
@pytest.mark.parametrize("purpose", ["marketing", "survey"])
async def test_campaign(shop: Shop, purpose: str, said: tuple[Purpose, ...]) -> None:
    await shop.hires(2)
    await shop.house.stops(said, value="c0@example.test")
    survey = "spring" if purpose == "survey" else None
    await shop.runs(purpose=purpose, survey_key=survey)
    await shop.turn(4, seconds=1)
    assert [row.identity_id for row in await shop.mails()] == [
        await shop.house.identity("c1@example.test")
    ]
    row = await shop.of("c0@example.test")
    assert (row.state, row.reason) == ("suppressed", "opted_out")
