"""Take pictures of the console, the wallboard, a customer's page and the widget into
build/screenshots: both languages, both themes, wide and narrow.

`make screenshots` calls it; languages may be named.

The demo runs around it, so every page is as full as a newcomer sees it.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, Page, async_playwright, expect

from hub.testing.demo import running_demo
from hub.testing.screens import LOOKS, SCREENS

PICTURES = Path(__file__).resolve().parents[1] / "build" / "screenshots"
SIZES = {1440: 900, 390: 844}


async def main() -> None:
    """Start the demo, take every picture, end it."""
    program = shutil.which("chromium")
    if program is None:
        sys.exit("Chromium is missing: apt-get install chromium")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hub-pictures-") as folder:
        async with running_demo(Path(folder)) as facts, async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=program,
                args=["--no-sandbox", "--disable-background-networking"],
            )
            await _all(browser, facts)
            await browser.close()


async def _all(browser: Browser, facts: dict[str, Any]) -> None:
    """One page for each role goes from screen to screen; language and theme change in place."""
    roles = {screen.role or "" for screen in SCREENS}
    pages = {role: await _open(browser, facts, role) for role in roles}
    for language in sys.argv[1:] or ("en", "zh-CN"):
        for theme in ("light", "dark"):
            look = f"{language}-{theme}"
            for page in pages.values():
                await page.evaluate("worn => looks.wear(...worn)", [language, theme])
            contact, customer = await _take_one(pages["agent"], look)
            for screen in SCREENS:
                page = pages[screen.role or ""]
                path = screen.path.format(contact=contact, customer=customer)
                await page.evaluate("path => looks.go(path)", path)
                await _shoot(page, f"{screen.name}-{look}")
            await _widget(browser, facts, language, theme)


async def _open(browser: Browser, facts: dict[str, Any], role: str) -> Page:
    """Sign in as the first of this role; '': stay outside."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    await context.add_init_script(path=LOOKS)
    page = await context.new_page()
    await page.goto(f"{facts['console_url']}/{'enter#' + await _door(facts, role) if role else ''}")
    await page.wait_for_url(lambda url: "/enter" not in url)
    await expect(page.locator("h1").first).to_be_attached(timeout=30_000)
    return page


async def _door(facts: dict[str, Any], role: str) -> str:
    """Return a token that signs in the one whom the demo does not play, without a password."""
    users = {user["role"]: user for user in facts["users"] if not user["works"]}
    async with (
        aiohttp.ClientSession(raise_for_status=True) as http,
        http.post(
            f"{facts['console_url']}/api/v1/doors",
            json={"user_id": users[role]["id"]},
            headers={"Authorization": f"Bearer {users['admin']['api_key']}"},
        ) as answer,
    ):
        return str((await answer.json())["token"])


async def _take_one(page: Page, look: str) -> tuple[str, str]:
    """Accept an offer and take a break; return the contact's and the customer's id."""
    await page.evaluate("looks.go('/desk')")
    await page.keyboard.press("b")
    offer = page.locator("[data-offer]").first
    await expect(offer).to_be_visible(timeout=90_000)
    await _shoot(page, f"offer-{look}")
    await page.locator("[data-offer]").first.get_by_role("button").first.click()
    await page.wait_for_url("**/desk/*-*")
    await page.keyboard.press("b")
    link = page.locator("a[href^='/customers/']").first
    await expect(link).to_be_attached(timeout=30_000)
    path = await link.get_attribute("href") or ""
    return page.url.rpartition("/")[2], path.rpartition("/")[2]


async def _widget(browser: Browser, facts: dict[str, Any], language: str, theme: str) -> None:
    context = await browser.new_context(
        locale=language,
        color_scheme="dark" if theme == "dark" else "light",
        viewport={"width": 1440, "height": 900},
    )
    page = await context.new_page()
    await page.goto(f"{facts['shop_url']}/?lang={language}")
    await page.get_by_role("button", name=re.compile("Open chat|打开在线客服")).click()
    await expect(page.locator("contact-hub-chat .hit").first).to_be_visible()
    await _shoot(page, f"widget-help-{language}-{theme}")
    await page.get_by_role("button", name=re.compile("Talk to us|联系人工客服")).click()
    field = page.get_by_role("textbox").last
    await expect(field).to_be_visible()
    await page.wait_for_timeout(1_000)
    await _shoot(page, f"widget-{language}-{theme}")
    await context.close()


async def _shoot(page: Page, name: str) -> None:
    for width, height in SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        await page.wait_for_timeout(300)
        await page.screenshot(path=PICTURES / f"{name}-{width}.png")
    await page.set_viewport_size({"width": 1440, "height": 900})


if __name__ == "__main__":
    asyncio.run(main())
