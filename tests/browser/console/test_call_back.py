"""Who left a message is called back from its entry by one key; the entry says what came of it."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.async_api import Page, expect

from hub.testing.twilio_simulator import Phone
from tests.scenarios.stage import Stage, settled

from .conftest import Consoles
from .test_looks import faults, wear

CHEN = "+8613800138000"
PICTURES = os.environ.get("HUB_TEST_PICTURES")  # a folder, to look at what is tested


async def look(page: Page, name: str) -> None:
    """Look for faults in both languages and themes, wide and narrow."""
    for language, theme, width in (("zh-CN", "dark", 1280), ("en", "light", 420)):
        await page.set_viewport_size({"width": width, "height": 800})
        await wear(page, language, theme)
        assert await faults(page) == []
        if PICTURES:
            await page.screenshot(path=Path(PICTURES) / f"{name}-{language}-{theme}.png")
    await page.set_viewport_size({"width": 1280, "height": 800})


async def a_message(stage: Stage) -> str:
    """Chen leaves a message; return its contact."""
    caller = await stage.call(CHEN)
    await caller.press("2")
    await caller.until("message")
    await caller.say("please call me back, the machine stands still")
    await caller.press("#")
    await caller.until("ended")

    async def is_there() -> bool:
        return any(row.state == "queued" for row in await stage.contacts())

    await settled(is_there)
    [message] = [row for row in await stage.contacts() if row.state == "queued"]
    return str(message.id)


async def test_one_key_calls_back_and_the_message_says_the_result(
    stage: Stage, consoles: Consoles
) -> None:
    stage.phones.set_phone(CHEN, Phone("busy"))
    message = await a_message(stage)
    page = await consoles.enter("Li")
    await page.get_by_role("button", name="Accept").click()
    await page.wait_for_url(f"**/desk/{message}")
    key = page.get_by_role("button", name="Call back")
    await expect(key).to_be_visible(timeout=20_000)
    await look(page, "message")
    await key.focus()
    await page.keyboard.press("Enter")
    result = page.get_by_role("status").filter(has_text="Busy or declined")
    await expect(result).to_be_visible(timeout=20_000)
    assert not page.url.endswith(message)
    await page.goto(f"{stage.hub.base_url}/desk/{message}")
    calls = page.get_by_role("list", name="Calls for this message")
    await expect(calls).to_contain_text("Called back by Li")
    await expect(calls).to_contain_text("Busy or declined")
    await look(page, "called-back")
