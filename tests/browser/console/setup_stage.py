"""The stage with a set-up in force as version 1, and what tests of its pages do again and again."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from playwright.async_api import Locator, Page, expect
from sqlalchemy import select

from hub.contacts.tables import entry_points
from hub.setup import ApplySetup, Setup, apply_setup
from hub.setup.model import EntryPointSetup
from hub.storage import Tx
from tests.scenarios.stage import Stage, a_stage

from .conftest import Consoles


def a_setup(points: list[EntryPointSetup]) -> Setup:
    """The stage's small center as a set-up: three queues, two teams, two skills."""
    named = [
        {"key": "gold", "zh": "金牌", "en": "Gold"},
        {"key": "potential_gold", "zh": "潜力", "en": "Rising"},
        {"key": "standard", "zh": "普通", "en": "Standard", "chip": False},
        {"key": "low", "zh": "基础", "en": "Basic", "chip": False, "agents_see": "standard"},
    ]
    written = [3600, 7200, 14400, 28800]
    plain: dict[str, Any] = {
        "organisation": "Lakeside",
        "timezone": "Asia/Shanghai",
        "tiers": named,
        "default_tier": "standard",
        "target_s": {
            "phone": [10, 20, 40, 60],
            "webchat": [15, 30, 60, 90],
            "email": written,
            "fax": written,
            "voicemail": [900, 1800, 3600, 3600],
        },
        "service_level": {"phone": {"within_s": 20, "goal": 0.8}},
        "hours": {
            "default": "24x7",
            "office": "Mon-Fri 09:00-12:00,13:30-18:00; Sat 22:00-06:00",
            "calendar": "CN+workdays",
        },
        "special_days": {"2026-12-31": "09:00-15:00"},
        "teams": [
            {"key": "team", "zh": "一线客服组", "en": "Front desk"},
            {"key": "back", "zh": "财务组", "en": "Back office"},
        ],
        "skills": [
            {"key": "english", "zh": "英语", "en": "English", "language": "en"},
            {"key": "repair", "zh": "维修", "en": "Repair"},
        ],
        "profiles": {"trainee": {"webchat": 1}},
        "queues": [
            {"key": "support", "zh": "客户支持", "en": "Support", "teams": ["team"]},
            {
                "key": "finance",
                "zh": "财务",
                "en": "Finance",
                "teams": ["team"],
                "hours": "office",
                "overflow": [{"team": "back", "after_s": 900, "over_waiting": 5}],
            },
            {
                "key": "repair",
                "zh": "维修",
                "en": "Repairs",
                "teams": ["team"],
                "requires": [{"skills": {"repair": 3}, "for_s": 60}, {}],
            },
        ],
    }
    return msgspec.structs.replace(msgspec.convert(plain, Setup), entry_points=points)


def apply_whole(tx: Tx, _: None) -> None:
    points = [
        EntryPointSetup(
            key=row.id,
            channel=row.channel,
            address=row.address,
            queue=row.queue_id,
            name=row.display_name,
            settings=row.settings,
        )
        for row in tx.execute(select(entry_points))
    ]
    apply_setup(tx, ApplySetup(a_setup(points)))


@asynccontextmanager
async def a_stage_with_setup(folder: Path) -> AsyncIterator[Stage]:
    async with a_stage(folder) as opened:
        await opened.hub.store.write(apply_whole, None)
        yield opened


async def open_setup(consoles: Consoles, tab: str, **looks: str) -> Page:
    page = await consoles.enter("Wang", role="admin", ready=False, **looks)
    await page.goto(f"{consoles.hub.base_url}/setup/{tab}")
    await expect(page.get_by_role("navigation").nth(1)).to_be_visible()
    return page


async def shown(page: Page, name: str) -> None:
    """Keep a picture of the page where somebody wants to look at it."""
    folder = os.environ.get("HUB_PICTURES")
    if folder:
        await page.wait_for_timeout(300)
        await page.screenshot(path=f"{folder}/setup-{name}.png")


async def type_into(field: Locator, text: str) -> None:
    await field.fill(text)
    await field.press("Enter")


async def save(page: Page, note: str = "") -> None:
    await page.get_by_role("button", name="Save…").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Note").fill(note)
    await dialog.get_by_role("button", name="Save and put in force").click()
    await expect(page.get_by_text("The set-up is saved and in force")).to_be_visible()


def bar(page: Page) -> Locator:
    return page.get_by_role("region", name="Changes not saved")
