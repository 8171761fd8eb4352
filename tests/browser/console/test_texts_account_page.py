"""A number for texts is pointed here from the page of its entry point."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import insert

from hub.contacts.tables import entry_points
from hub.storage import Tx
from hub.testing.center import an_entry_point
from hub.testing.twilio_simulator.state import Number
from tests.scenarios.stage import Stage, a_stage

from .conftest import Consoles
from .setup_stage import apply_whole, open_setup, shown
from .test_looks import faults

TEXTS = "+862155501009"
OLD = "https://old.example/sms"
WORDS = {
    "en": ("Check now", "Point the numbers here", f"Texts to {TEXTS} come here"),
    "zh-CN": ("立即检查", "将号码指向本系统", f"发到 {TEXTS} 的短信会进入此处"),
}


def _a_number(tx: Tx) -> None:
    tx.execute(insert(entry_points).values(**an_entry_point("texts", "sms", TEXTS)))


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path, public=True, also=_a_number) as opened:
        await opened.hub.store.write(apply_whole, None)
        opened.phones.exchange.numbers[TEXTS] = Number(TEXTS, "", sms_url=OLD)
        yield opened


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_it_is_checked_said_where_its_texts_go_and_written(
    stage: Stage, consoles: Consoles, language: str
) -> None:
    check, point, here = WORDS[language]
    theme = "dark" if language == "en" else "light"
    page = await open_setup(consoles, "points/texts", language=language, theme=theme)
    await page.get_by_role("button", name=check).last.click()
    await page.get_by_role("button", name=point).click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text(OLD)).to_be_visible()
    assert await faults(page) == []
    await shown(page, f"texts-point-{language}")
    await dialog.get_by_role("button", name=point).click()
    await expect(page.get_by_text(here).last).to_be_visible()
    await page.set_viewport_size({"width": 390, "height": 800})
    await expect(page.get_by_text(here).last).to_be_visible()
    await page.get_by_text(here).last.scroll_into_view_if_needed()
    await shown(page, f"texts-pointed-{language}")
    numbers = stage.phones.exchange.numbers
    assert numbers[TEXTS].sms_url == f"{stage.hub.base_url}/channels/texts/sms"
