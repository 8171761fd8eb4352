"""Take pictures of the console, the wallboard, a customer's page and the widget into
build/screenshots: both languages, both themes, wide and narrow.

`make screenshots` calls it; languages may be named.

The demo runs around it, so every page is as full as a newcomer sees it.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect

from hub.testing.screens import SCREENS
from hub.web.principal import Role

PICTURES = Path(__file__).resolve().parents[1] / "build" / "screenshots"
SIZES = {1440: 900, 390: 844}
READY_S = 120


async def main() -> None:
    """Start the demo, take every picture, end it."""
    program = shutil.which("chromium")
    if program is None:
        sys.exit("Chromium is missing: apt-get install chromium")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hub-pictures-") as folder:
        ready = Path(folder) / "ready.json"
        ports = [
            word for name in ("", "chat-", "mail-", "site-") for word in (f"--{name}port", "0")
        ]
        demo = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hub", "demo", *ports, "--ready-file", str(ready)),
            stdout=asyncio.subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": folder},
        )
        try:
            async with asyncio.timeout(READY_S):
                while not ready.exists():  # noqa: ASYNC110 - a file has no event
                    await asyncio.sleep(0.2)
            facts = json.loads(ready.read_text("utf-8"))
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=program,
                    args=["--no-sandbox", "--disable-background-networking"],
                )
                await _all(browser, facts)
        finally:
            demo.terminate()
            await demo.wait()


async def _all(browser: Browser, facts: dict[str, Any]) -> None:
    contact = customer = ""
    for language in sys.argv[1:] or ("en", "zh-CN"):
        for theme in ("light", "dark"):
            agent = await _enter(browser, facts, "agent", language, theme)
            if not contact:
                contact, customer = await _takes_one(agent)
            supervisor = await _enter(browser, facts, "supervisor", language, theme)
            admin = await _enter(browser, facts, "admin", language, theme)
            base = facts["console_url"]
            sees = {Role.AGENT: agent, Role.SUPERVISOR: supervisor, Role.ADMIN: admin}
            for screen in SCREENS:
                page = sees.get(screen.role) if screen.role else None
                if page is None:  # sign-in and the specialist's page
                    continue
                await page.goto(base + screen.path.format(contact=contact, customer=customer))
                await expect(page.locator("h1").first).to_be_attached(timeout=30_000)
                await expect(page.locator("[data-live]")).to_be_attached(timeout=30_000)
                await page.wait_for_timeout(2_500)  # figures are pushed within 2 s
                await _shoot(page, f"{screen.name}-{language}-{theme}")
            await _widget(browser, facts, language, theme)
            await agent.context.close()
            await supervisor.context.close()
            await admin.context.close()


async def _enter(
    browser: Browser, facts: dict[str, Any], role: str, language: str, theme: str
) -> Page:
    user = next(user for user in facts["users"] if user["role"] == role)
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    await context.add_init_script(
        f"localStorage['hub.console.locale'] ??= '\"{language}\"';"
        f"localStorage['hub.console.theme'] ??= '\"{theme}\"';"
    )
    page = await context.new_page()
    await page.goto(facts["console_url"])
    await page.locator("input[type=email]").fill(user["email"])
    await page.locator("input[type=password]").fill(user["password"])
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile(r"^http://[^/]+/(desk|wallboard)"))
    return page


async def _takes_one(page: Page) -> tuple[str, str]:
    """Accept an offer and take a break; return the contact's and the customer's id."""
    await expect(page.locator("[data-live]")).to_be_attached(timeout=30_000)
    await page.keyboard.press("b")
    offer = page.locator("[data-offer]").first
    await expect(offer).to_be_visible(timeout=90_000)
    await _shoot(page, "offer")
    await offer.get_by_role("button").first.click()
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
        await page.wait_for_timeout(400)
        await page.screenshot(path=PICTURES / f"{name}-{width}.png")
    await page.set_viewport_size({"width": 1440, "height": 900})


if __name__ == "__main__":
    asyncio.run(main())
