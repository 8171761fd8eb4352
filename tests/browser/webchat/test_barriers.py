"""The chat in each of its states, in both languages and schemes: no accessibility fault."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Page, expect

from hub.channels.webchat import protocol as p
from hub.contacts.effects import AskSurvey
from hub.contacts.inbound import Standing

from .conftest import Site
from .test_widget import AGENT

AXE = Path(p.__file__).parent / "widget" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("zh-CN", "dark")])
async def test_no_barrier_is_found_in_any_state(
    page: Page, site: Site, scheme: Literal["light", "dark"], language: str
) -> None:
    await page.set_viewport_size({"width": 390, "height": 1400})  # nothing is scrolled out of sight
    await page.emulate_media(color_scheme=scheme)
    await page.goto(site.url.replace("lang=en", f"lang={language}"))
    await page.evaluate(AXE.read_text())
    chat = page.locator("contact-hub-chat")
    found: list[str] = []
    found += await barriers(page, "only the launcher")
    await page.evaluate("ContactHub.open()")
    box = chat.locator(".composer textarea")
    await expect(box).to_be_focused()
    found += await barriers(page, "nothing said yet")
    await box.fill("hello")
    await box.press("Enter")
    await expect(chat.locator(".fate.sent")).to_be_visible()
    found += await barriers(page, "waiting")
    site.door.stand(site.conversation, Standing("queued", None, None, None, False))
    await expect(chat.locator("input[type=email]")).to_be_visible()
    found += await barriers(page, "closed: asked for an address")
    site.door.stand(site.conversation, AGENT)
    site.door.live(site.conversation, {"type": "typing", "from": "agent", "on": True, "name": "Li"})
    site.door.reply(site.conversation, "您好 https://shop.example")
    await expect(chat.get_by_role("link", name="https://shop.example")).to_be_visible()
    await chat.get_by_role("button", name=re.compile("^(More|更多)$")).click()
    await expect(chat.get_by_role("menu")).to_be_visible()
    found += await barriers(page, "an agent, the menu")
    await page.keyboard.press("Escape")
    await site.stop()
    await box.fill("while away")
    await box.press("Enter")
    await expect(
        chat.get_by_role("button", name=re.compile("^(Try now|立即重试)$"))
    ).to_be_visible()
    found += await barriers(page, "not connected")
    await site.start()
    await expect(chat.locator(".fate.sent")).to_be_visible()
    contact_id = site.door.end(site.conversation)
    await site.chat.perform(
        "shop-chat", AskSurvey(contact_id=contact_id, conversation_id=site.conversation)
    )
    await chat.locator(".star input").nth(2).check()
    found += await barriers(page, "ended: asked for a rating")
    assert found == []


async def barriers(page: Page, state: str) -> list[str]:
    """What axe finds in the chat, and which contrasts it cannot tell."""
    found: dict[str, list[dict[str, Any]]] = await page.evaluate(
        "axe.run('contact-hub-chat', {resultTypes: ['violations', 'incomplete']})"
    )
    unsure = [rule for rule in found["incomplete"] if rule["id"] == "color-contrast"]
    return [
        f"{state}: {rule['id']} {node['html']} {[one['message'] for one in node['any']]}"
        for rule in [*found["violations"], *unsure]
        for node in rule["nodes"]
    ]
