"""A supervisor on an agent's call, and the agent who asks by phone: what they see, and hear."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.async_api import Page, expect

from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_calling import dial
from .test_looks import faults

CHEN = "+8613800138000"
PLUMBER = "+8613700137004"


async def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        await page.screenshot(path=Path(folder) / f"guests_{name}.png")


async def test_a_call_is_listened_to_whispered_into_and_passed_on_to_three(
    stage: Stage, consoles: Consoles
) -> None:
    await stage.known("Chen Wei", "gold", phone=CHEN)
    agent = await consoles.enter("Li")
    await dial(agent, CHEN)
    call = agent.get_by_role("region", name="Call", exact=True)
    await expect(call).to_contain_text("Talking")
    customer = await stage.phones.agent_leg(CHEN)
    own_leg = customer.hears_now()

    boss = await consoles.enter("Wang", role="supervisor")
    board = boss.get_by_role("region", name="Calls now")
    await expect(board).to_contain_text("Talking")
    await board.get_by_role("button", name="Listen to the call of Chen Wei").click()
    dock = boss.get_by_role("region", name="Calls I am on as a guest")
    await expect(dock).to_contain_text("listen: nobody hears you")
    assert await faults(boss) == []
    await picture(boss, "board")
    seen = agent.get_by_role("region", name="Who else is on the call")
    await expect(seen.get_by_role("button", name="Ask or pass on by phone")).to_be_visible()
    await expect(seen).to_contain_text("Wang listens")  # the agent sees it at once
    await picture(agent, "listened")

    whisper = dock.get_by_role("button", name="Whisper")
    await whisper.click()
    await expect(whisper).to_have_attribute("aria-pressed", "true")
    await expect(seen).to_contain_text("Wang whispers to the agent")
    assert customer.hears_now() == own_leg
    assert await faults(agent) == []
    await picture(agent, "whispered")

    await dock.get_by_role("link", name="Chen Wei").click()
    strip = boss.get_by_role("region", name="Who else is on the call")
    await strip.get_by_role("button", name="Leave the call").click()
    await expect(strip.get_by_role("button", name="Barge in")).to_be_visible()
    await picture(boss, "contact")

    await seen.get_by_role("button", name="Ask or pass on by phone").click()
    dialog = agent.get_by_role("dialog")
    await dialog.get_by_role("button", name="Outside number").click()
    await dialog.get_by_label("Phone number").fill("137 0013 7004")
    assert await faults(agent) == []
    await picture(agent, "ask")
    await agent.keyboard.press("Enter")
    await expect(call).to_contain_text("On hold")
    await customer.until_hears({"music"})
    await seen.get_by_role("button", name="All three together").click()
    await customer.until_hears({*own_leg, PLUMBER})
    await picture(agent, "three")
    await seen.get_by_role("button", name="Leave the customer to them").click()
    await customer.until_hears({PLUMBER})
    await expect(agent.get_by_role("log")).to_contain_text("left the customer to")
