"""Where callers go on to after the longest wait is set in the pages: asked for as it is chosen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from hub.contacts.tables import entry_points
from hub.storage import Tx
from tests.scenarios.stage import Stage, a_stage

from .conftest import Consoles
from .setup_stage import apply_whole, open_setup, save, shown
from .test_looks import PHONE, faults, wear


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as opened:
        await opened.hub.store.write(apply_whole, None)
        yield opened


def kept(tx: Tx, _: None) -> dict[str, Any]:
    wanted = select(entry_points.c.settings).where(entry_points.c.id == "hotline")
    settings = tx.execute(wanted).scalar_one()
    return {name: value for name, value in settings.items() if "longest" in name}


async def test_the_queue_or_the_number_is_asked_for_with_its_choice(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "points/hotline")
    after = page.get_by_label("After the longest wait", exact=True)
    queue = page.get_by_label("Queue to go on to", exact=True)
    number = page.get_by_label("Number outside", exact=True)
    await expect(after).to_be_visible()
    await expect(queue).to_have_count(0)
    await expect(number).to_have_count(0)
    await after.select_option("number")
    await number.fill("+862155501999")
    await number.blur()
    await expect(queue).to_have_count(0)
    await number.scroll_into_view_if_needed()
    await shown(page, "longest-number")
    await save(page)
    assert await stage.hub.store.read(kept, None) == {
        "after_longest": "number",
        "longest_number": "+862155501999",
    }
    await after.select_option("queue")
    await queue.select_option("repair")
    await expect(number).to_have_count(0)
    found = await faults(page)
    await wear(page, "zh-CN", "dark")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await page.get_by_label("转入的技能组", exact=True).scroll_into_view_if_needed()
    await shown(page, "longest-queue-zh-dark-390")
    assert found + await faults(page) == []
