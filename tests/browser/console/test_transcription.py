"""A call that is transcribed and not recorded: how it stands is beside the call, and is paused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import select, update

from hub.contacts.tables import entry_points
from hub.storage import Tx
from tests.scenarios.stage import Stage, a_stage

from .conftest import Consoles
from .test_calling import dial
from .test_recordings import CHEN, look


def shows_captions(tx: Tx) -> None:
    """The line transcribes what customers say."""
    hotline = entry_points.c.id == "hotline"
    settings = tx.execute(select(entry_points.c.settings).where(hotline)).scalar_one()
    changed = {**settings, "captions": True}
    tx.execute(update(entry_points).where(hotline).values(settings=changed))


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path, also=shows_captions) as opened:
        yield opened
    assert opened.phones.alerts == []


async def test_what_is_transcribed_is_paused_for_a_card_number(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    await dial(page, "138 0013 8000")
    line = page.get_by_role("group", name="Transcription")
    await expect(line.get_by_role("status")).to_contain_text("what the customer says is transcrib")
    await look(page, "transcribed")
    customer = await stage.phones.agent_leg(CHEN)
    await customer.say("my order has not come yet")
    await expect(page.get_by_text("my order has not come yet")).to_be_visible()
    await line.get_by_role("button", name="Pause transcription").click()
    await expect(line.get_by_role("status")).to_have_text("Transcription paused")
    await look(page, "transcription_paused")
    await customer.say("my card number is four one one one")
    await line.get_by_role("button", name="Resume transcription").click()
    await expect(line.get_by_role("status")).to_contain_text("is transcribed")
    await customer.say("that was all")
    await expect(page.get_by_text("that was all")).to_be_visible()
    told = [one.params.get("TranscriptionData", "") for one in stage.phones.messenger.ledger]
    assert not any("card number" in words for words in told)
    await page.get_by_role("button", name="Hang up").click()
    await expect(line).to_be_hidden()
