"""`hub demo` as a newcomer meets it: sign in, go ready, take what is offered, watch the wallboard.

Leaves pictures in build/screenshots; those in the README come from `make screenshots`.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from hub.testing.demo import running_demo
from tests.browser.conftest import ARGUMENTS
from tests.conftest import skip_missing

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "screenshots"
AXE = ROOT / "hub/agent_console/web/node_modules/axe-core/axe.min.js"


@dataclass(frozen=True, slots=True)
class Demo:
    facts: dict[str, Any]
    browser: Browser

    async def doors(self, path: str = "") -> Page:
        """Open one of the demo's own pages in English."""
        context = await self.browser.new_context(viewport={"width": 1440, "height": 900})
        await context.add_init_script("localStorage['demo-language'] ??= 'en'")
        page = await context.new_page()
        await page.goto(self.facts["start_url"] + path)
        return page

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
    async with _running(tmp_path) as demo:
        yield demo


@pytest.fixture
async def quiet_demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """Without customers and colleagues."""
    async with _running(tmp_path, "--no-traffic") as demo:
        yield demo


@asynccontextmanager
async def _running(tmp_path: Path, *options: str) -> AsyncIterator[Demo]:
    program = shutil.which("chromium")
    if program is None:
        skip_missing("Chromium (apt-get install chromium)")
    if not (ROOT / "hub" / "agent_console" / "static" / "index.html").is_file():
        skip_missing("the built console (make web)")
    async with running_demo(tmp_path, *options) as facts, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield Demo(facts, browser)
        await browser.close()


@pytest.mark.timeout(240)
async def test_an_agent_takes_a_contact_of_the_demo_and_a_supervisor_watches(demo: Demo) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    agent = await demo.enter("agent", language="en", theme="light")
    await agent.get_by_role("button", name="Go ready").first.click()
    offer = agent.locator("[data-offer]").first  # with room for several, several come at once
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


@pytest.mark.timeout(240)
async def test_the_agents_door_leads_to_an_offer_that_says_why_it_matters(demo: Demo) -> None:
    """In the doors' language, with nothing typed: who waits, how long, what connects us."""
    doors = await demo.doors()
    async with doors.context.expect_page() as opened:
        await doors.get_by_role("link", name="Open the console").click()
    agent = await opened.value
    offer = agent.locator("[data-offer]", has_text="Olivia Bennett")
    await _until_offered(agent, "Olivia Bennett")
    await expect(offer).to_contain_text("of 10s promised")
    for words in ("Gold", "you served this customer last", "a commitment is due"):
        await expect(offer).to_contain_text(words)
    await agent.screenshot(path=_picture("offer-of-a-gold-caller"))

    await doors.get_by_role("button", name="中文").click()
    await expect(doors.get_by_role("heading", name="三扇门，一条队列")).to_be_visible()
    async with doors.context.expect_page() as opened:
        await doors.get_by_role("link", name="进入监控大屏").click()
    supervisor = await opened.value
    await expect(supervisor.get_by_role("heading", name="监控大屏")).to_be_visible()


async def _until_offered(agent: Page, name: str) -> None:
    """Go ready until this customer's call comes: one of the traffic may have waited longer.

    The set-up lets nobody decline a call: it is missed, and goes to a colleague.
    """
    call = agent.locator("header").get_by_label("Phone")
    calls = agent.locator("[data-offer]").filter(has=call)
    while True:
        await agent.get_by_role("button", name="Go ready").first.click()
        await expect(calls.first).to_be_visible(timeout=40_000)
        offered = await calls.first.get_by_role("heading").inner_text()
        if name in offered:
            return
        await expect(calls).to_have_count(0, timeout=20_000)


@pytest.mark.timeout(240)
async def test_a_visitor_is_a_customer_on_every_channel(demo: Demo) -> None:
    desk = await demo.doors("/customer")
    await desk.get_by_role("button", name="Standard customer").click()
    heard = desk.get_by_role("log")
    for button in ("Send", "Send a new mail", "Send the fax", "Call the hotline"):
        await desk.get_by_role("button", name=button, exact=True).click()
    await expect(heard).to_contain_text("We will answer by", timeout=30_000)
    await desk.get_by_role("textbox", name="Text", exact=True).fill("One more thing.")
    await desk.get_by_role("button", name="Reply to the last one").click()
    because = "Not acknowledged, because this conversation was acknowledged before."
    await expect(heard).to_contain_text(because, timeout=30_000)
    await expect(heard).to_contain_text("How can I help you?", timeout=90_000)
    await desk.get_by_role("button", name="Say", exact=True).click()
    await expect(heard).to_contain_text("E4 means", timeout=30_000)
    await desk.get_by_role("button", name="Hang up").click()
    await expect(desk.get_by_role("button", name="Call the hotline")).to_be_enabled()
    await expect(heard).to_contain_text("2 pages delivered", timeout=120_000)
    await desk.screenshot(path=_picture("customers-desk"), full_page=True)


@pytest.mark.timeout(240)
async def test_wrong_order_a_killed_hub_and_the_checklist(demo: Demo) -> None:
    doors = await demo.doors()
    await doors.get_by_role("button", name="Let them come").click()
    runners = doors.locator("#race li")
    await expect(runners).to_have_count(3, timeout=30_000)
    await expect(runners.nth(2)).to_contain_text("taken as no. 1", timeout=60_000)
    await expect(runners.nth(2)).to_contain_text("Olivia Bennett")

    await doors.get_by_role("button", name="Kill the hub now").click()
    balance = doors.locator("#balance dd")
    await expect(balance).to_have_count(6, timeout=60_000)
    await expect(balance.nth(0)).to_have_text(re.compile(r"^\d+\.\d s$"))
    assert int(await balance.nth(1).inner_text()) > 0
    assert [await balance.nth(place).inner_text() for place in (4, 5)] == ["0", "0"]

    for button in await doors.locator("#checks button").all():
        await button.click()
    for status in await doors.locator("#checks [role=status]").all():
        await expect(status).to_have_text(re.compile("^✓"), timeout=60_000)
    mailbox = doors.locator("#checks [role=status]").first
    await expect(mailbox).to_contain_text("not acknowledged, because")
    await doors.screenshot(path=_picture("doors"), full_page=True)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_demo_s_pages_are_accessible_and_fit_a_telephone(
    quiet_demo: Demo, scheme: Literal["light", "dark"]
) -> None:
    context = await quiet_demo.browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme, bypass_csp=True
    )
    page = await context.new_page()
    for path in ("/", "/customer"):
        await page.goto(quiet_demo.facts["start_url"] + path)
        await expect(page.get_by_role("heading", level=1)).not_to_be_empty()
        await page.add_script_tag(path=AXE)
        found = await page.evaluate("axe.run().then(r => r.violations.map(v => v.id))")
        assert found == []
        assert await page.evaluate("document.documentElement.scrollWidth") == 390


def _picture(name: str) -> Path:
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES / f"{name}.png"
