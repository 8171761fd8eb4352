"""The built console in a real Chromium, before a whole hub with agents and customers."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect
from sqlalchemy import update

from hub.accounts.tables import users
from hub.app import Hub
from hub.routing.model import AgentState
from hub.routing.service import SetAgentState, set_agent_state
from hub.storage import Tx
from hub.testing.center import add_agent
from tests.browser.conftest import ARGUMENTS
from tests.conftest import skip_missing
from tests.scenarios.stage import Stage, a_stage

CONSOLE = Path(__file__).parents[3] / "hub" / "agent_console"
WIDE = {"width": 1440, "height": 900}
UNDO_SOON_S = 1.0  # for who waits until a mail is out: it goes the way it goes after five seconds


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        skip_missing("Chromium (apt-get install chromium)")
    if not (CONSOLE / "static" / "index.html").is_file():
        skip_missing("the built console (make web)")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield opened
        finally:
            await opened.close()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as opened:
        yield opened


@dataclass(slots=True)
class Consoles:
    """Opens the console for users of a hub. What a page complains of fails the test.

    `undo_s`: how long an answer can be taken back before it goes out, as its users may set.
    """

    hub: Hub
    browser: Browser
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    undo_s: float = 5.0

    async def page(
        self,
        *,
        language: str = "en",
        theme: str = "light",
        size: dict[str, int] | None = None,
    ) -> Page:
        """A page of its own browser profile, nobody signed in."""
        context = await self.browser.new_context(
            viewport=size or WIDE,  # type: ignore[arg-type]  # playwright's TypedDict
            reduced_motion="reduce",
        )
        self.contexts.append(context)
        await context.add_init_script(
            f"localStorage['hub.console.locale'] ??= '\"{language}\"';"
            f"localStorage['hub.console.theme'] ??= '\"{theme}\"';"
            f"localStorage['hub.console.undoSeconds'] ??= '{self.undo_s}';"
        )
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    async def enter(
        self, name: str, *, role: str = "agent", ready: bool = True, **looks: str
    ) -> Page:
        """A page with this agent (or supervisor) signed in and ready."""
        user_id = await self.hub.store.write(add_agent, name)
        await self.hub.store.write(_set_role, (user_id, role))
        if not ready:
            await self.hub.store.write(set_agent_state, SetAgentState(user_id, AgentState.OFFLINE))
        page = await self.page(**looks)  # type: ignore[arg-type]  # looks are never the size
        token = await self.hub.accounts.make_door(user_id)
        await page.goto(f"{self.hub.base_url}/enter#{token}")
        await page.wait_for_url("**/wallboard" if role != "agent" else "**/desk")
        await is_live(page)
        return page


async def is_live(page: Page) -> None:
    """Wait until the console has its first picture: from now on everything new is shown at once.

    A page can be typed into before its socket is there; how long that takes is up to the machine.
    """
    await expect(page.locator("[data-live]")).to_be_attached(timeout=30_000)


async def kept_undo(page: Page, name: str = "Undo") -> Locator:
    """The undo of what was just done, with the pointer on it: so it stays for as long as needed."""
    undo = page.get_by_role("button", name=name, exact=True)
    await undo.hover()
    return undo


def _set_role(tx: Tx, asked: tuple[str, str]) -> None:
    user_id, role = asked
    tx.execute(update(users).where(users.c.id == user_id).values(role=role))


@pytest.fixture
async def consoles(stage: Stage, browser: Browser) -> AsyncIterator[Consoles]:
    opened = Consoles(stage.hub, browser)
    yield opened
    for context in opened.contexts:
        await context.close()
    assert opened.complaints == []
