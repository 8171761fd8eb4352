"""The menu of a phone line is made in the pages: keys, both languages, a walk through it, saved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from hub.contacts.tables import entry_points
from hub.storage import Tx
from tests.scenarios.stage import Stage, a_stage

from .conftest import Consoles
from .setup_stage import apply_whole, open_setup, save, shown
from .test_looks import faults


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as opened:
        await opened.hub.store.write(apply_whole, None)
        yield opened


def menu_of_hotline(tx: Tx, _: None) -> object:
    wanted = select(entry_points.c.settings).where(entry_points.c.id == "hotline")
    return tx.execute(wanted).scalar_one().get("menu")


async def test_a_menu_is_made_walked_through_and_saved(stage: Stage, consoles: Consoles) -> None:
    page = await open_setup(consoles, "points/hotline")
    await page.get_by_role("button", name="Add a menu").click()
    first = page.get_by_role("group", name="Key 1")
    label = first.get_by_role("group", name="For what")
    await label.get_by_label("English").fill("repairs")
    await label.get_by_label("Chinese").fill("维修")
    await first.get_by_label("Queue", exact=True).select_option("repair")
    await page.get_by_role("button", name="Add a choice").click()
    second = page.get_by_role("group", name="Key 2")
    await second.get_by_role("group", name="For what").get_by_label("English").fill("our hours")
    await second.get_by_label("Then", exact=True).select_option("text")
    await second.get_by_role("group", name="What they hear").get_by_label("English").fill("9 to 5.")

    tried = page.get_by_role("region", name="Try it")
    await tried.get_by_role("button", name="English", exact=True).click()
    heard = tried.get_by_role("log")
    await expect(heard).to_contain_text("For repairs, press 1. For our hours, press 2.")
    await expect(heard).to_contain_text("To speak with a person, press 0.")
    await heard.press("2")
    await expect(heard).to_contain_text("9 to 5.")
    await tried.get_by_role("button", name="1", exact=True).click()
    await expect(heard).to_contain_text("→ waits in Repairs")
    assert await faults(page) == []
    await tried.scroll_into_view_if_needed()
    await shown(page, "phone-menu-try")
    await first.scroll_into_view_if_needed()
    await shown(page, "phone-menu")

    await second.get_by_role("group", name="For what").get_by_label("Chinese").fill("营业时间")
    await second.get_by_role("group", name="What they hear").get_by_label("Chinese").fill("九点。")
    await tried.get_by_role("button", name="From the beginning").click()
    await save(page)
    kept = await stage.hub.store.read(menu_of_hotline, None)
    assert kept == {
        "choices": [
            {"press": "1", "label": {"en": "repairs", "zh-CN": "维修"}, "queue": "repair"},
            {
                "press": "2",
                "label": {"en": "our hours", "zh-CN": "营业时间"},
                "does": "text",
                "text": {"en": "9 to 5.", "zh-CN": "九点。"},
            },
        ],
        "otherwise": {},
    }
