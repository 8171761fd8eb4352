"""`hub demo` as a newcomer meets it: sign in, go ready, take what is offered, watch the wallboard.

Leaves pictures in build/screenshots; `docs/images/console.png`, in the README, is one of them.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.conftest import skip_missing

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "screenshots"
READY_S = 60.0


@dataclass(frozen=True, slots=True)
class Demo:
    facts: dict[str, Any]
    browser: Browser

    async def enter(self, role: str, *, language: str, theme: str) -> Page:
        """Sign in with the printed password, in a browser profile of its own."""
        user = next(user for user in self.facts["users"] if user["role"] == role)
        context = await self.browser.new_context(viewport={"width": 1440, "height": 900})
        await context.add_init_script(
            f"localStorage['hub.console.locale'] ??= '\"{language}\"';"
            f"localStorage['hub.console.theme'] ??= '\"{theme}\"';"
        )
        page = await context.new_page()
        await page.goto(self.facts["console_url"])
        await page.locator("input[type=email]").fill(user["email"])
        await page.locator("input[type=password]").fill(user["password"])
        await page.keyboard.press("Enter")
        await page.wait_for_url(re.compile(r"^http://[^/]+/(desk|wallboard)"))
        return page


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    program = shutil.which("chromium")
    if program is None:
        skip_missing("Chromium (apt-get install chromium)")
    if not (ROOT / "hub" / "agent_console" / "static" / "index.html").is_file():
        skip_missing("the built console (make web)")
    ready = tmp_path / "ready.json"
    ports = [f"--{name}port" for name in ("", "chat-", "mail-", "site-")]
    arguments = [part for port in ports for part in (port, "0")]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub", "demo", *arguments, "--ready-file", str(ready)),
        stdout=asyncio.subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    try:
        facts = await asyncio.to_thread(_facts, ready)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=program, args=["--no-sandbox", "--disable-background-networking"]
            )
            yield Demo(facts, browser)
            await browser.close()
    finally:
        process.terminate()
        await process.wait()


def _facts(ready: Path) -> dict[str, Any]:
    """Wait for the file that the demo writes when everything listens."""
    deadline = time.monotonic() + READY_S
    while not ready.exists():
        assert time.monotonic() < deadline, "the demo was not ready in time"
        time.sleep(0.2)
    facts: dict[str, Any] = json.loads(ready.read_text("utf-8"))
    return facts


@pytest.mark.timeout(240)
async def test_an_agent_takes_a_contact_of_the_demo_and_a_supervisor_watches(demo: Demo) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    agent = await demo.enter("agent", language="en", theme="light")
    await agent.get_by_role("button", name="Go ready").first.click()
    offer = agent.locator("[data-offer]")
    await expect(offer).to_be_visible(timeout=60_000)
    await agent.screenshot(path=PICTURES / "offer.png")
    await agent.keyboard.press("o")
    await agent.wait_for_timeout(700)
    await agent.keyboard.press("Enter")
    await expect(agent.get_by_role("log")).to_be_visible(timeout=30_000)
    await agent.wait_for_timeout(1_000)
    await agent.screenshot(path=PICTURES / "console.png")

    for language, theme in (("en", "light"), ("zh-CN", "dark")):
        supervisor = await demo.enter("supervisor", language=language, theme=theme)
        await supervisor.goto(f"{demo.facts['console_url']}/wallboard")
        await expect(supervisor.get_by_role("table").first).to_be_visible()
        await supervisor.wait_for_timeout(2_500)  # the first figures are pushed within 2 s
        await supervisor.screenshot(path=PICTURES / f"wallboard-{language}-{theme}.png")
