"""The built console in a real Chromium before a whole hub in the same process."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

import hub.agent_console
from hub.accounts.model import SYSTEM, Role
from tests.conftest import skip_missing
from tests.scenarios.stage import Stage, a_stage

CONSOLE = Path(hub.agent_console.__file__).parent
PASSWORD = "correct-horse-battery-staple"  # noqa: S105 - of users that live for one test
NO_SESSION = "401 (Unauthorized)"  # what the browser notes where nobody is signed in

_WATCH = """
document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`policy ${event.violatedDirective} refused ${event.blockedURI}`))
"""


@dataclass
class Consoles:
    """Opens consoles; what a script throws, a policy refuses or the console logs is kept."""

    browser: Browser
    url: str
    exits: AsyncExitStack
    complaints: list[str] = field(default_factory=list)

    async def open(
        self,
        path: str = "/",
        *,
        locale: str = "en",
        theme: str = "light",
        width: int = 1440,
        height: int = 900,
    ) -> Page:
        """Open a page of its own browser profile, in a language and a theme."""
        context = await self.browser.new_context(
            locale="zh-CN" if locale == "zh-CN" else "en-GB",
            timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
        )
        self.exits.push_async_callback(context.close)
        await context.add_init_script(_WATCH + _kept("locale", locale) + _kept("theme", theme))
        return await self.another(context, path)

    async def another(self, context: BrowserContext, path: str) -> Page:
        """Open one more page of a profile."""
        page = await context.new_page()
        page.on(
            "console",
            lambda message: self.complain(message.text) if message.type == "error" else None,
        )
        page.on("pageerror", lambda error: self.complain(str(error)))
        await page.goto(self.url + path)
        return page

    def complain(self, text: str) -> None:
        if NO_SESSION not in text:
            self.complaints.append(text)


def _kept(key: str, value: str) -> str:
    name, text = json.dumps(f"hub.console.{key}"), json.dumps(json.dumps(value))
    return f"if (localStorage.getItem({name}) === null) localStorage.setItem({name}, {text});\n"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as opened:
        yield opened


@pytest.fixture
async def consoles(browser: Browser, stage: Stage) -> AsyncIterator[Consoles]:
    check_built()
    async with AsyncExitStack() as exits:
        opened = Consoles(browser, stage.hub.base_url, exits)
        yield opened
        assert opened.complaints == []


def check_built() -> None:
    if not (CONSOLE / "static" / "index.html").is_file():
        skip_missing("the built console (make web)")


async def add_user(stage: Stage, name: str, role: Role = Role.AGENT) -> str:
    """Add a user of the team with PASSWORD and return the id."""
    return await stage.hub.accounts.add_user(
        SYSTEM, f"{name.lower()}@hub.test", name, role, PASSWORD, team_ids=("team",)
    )


async def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Fill the form and send it; labels in either language."""
    await page.locator("input[type=email]").fill(f"{name.lower()}@hub.test")
    await page.locator("input[type=password]").fill(password)
    await page.locator("button[type=submit]").click()


async def at_the_desk(consoles: Consoles, stage: Stage, name: str = "Li") -> Page:
    """An agent signed in and ready, before an empty desk."""
    await add_user(stage, name)
    page = await consoles.open()
    await sign_in(page, name)
    await page.get_by_role("button", name="Go ready").click()
    await expect(page.get_by_text("Nothing in your hands")).to_be_visible()
    return page


async def accept_by_keyboard(page: Page) -> None:
    """`o` goes to the offer, Enter accepts it once its guard time is over."""
    card = page.locator("[data-offer]")
    await expect(card).to_be_visible()
    await page.keyboard.press("o")
    await expect(card).to_be_focused()
    async with page.expect_event("framenavigated", lambda frame: "/desk/" in frame.url):
        while not await card.evaluate("card => card.dataset.armed === 'true'"):
            await card.evaluate("() => new Promise(requestAnimationFrame)")
        await page.keyboard.press("Enter")
    await expect(card).to_have_count(0)
