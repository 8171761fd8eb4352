"""Every screen of the console (hub/testing/screens.py) in both languages and themes, wide and
narrow, mirrored and enlarged: no accessibility fault, nothing sideways, cut off or overlapping.

One demo and one page per role serve the whole file; looks.js switches language, theme and direction
in place and tells when a page has come to rest.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import aiohttp
import aiosmtplib
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from hub.agent_console.client import HeadlessAgent
from hub.testing.chat_page import ChatPage
from hub.testing.demo import running_demo
from hub.testing.screens import LOOKS, SCREENS, Screen
from tests.browser.conftest import ARGUMENTS
from tests.conftest import skip_missing

from .conftest import CONSOLE
from .test_looks import AXE, RULES

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]

BEGIN = (
    "localStorage['hub.console.locale'] = '\"en\"'; localStorage['hub.console.theme'] = '\"light\"'"
)
TALL = 2600  # nothing is scrolled out: axe tells the contrast only of what is in sight
DESKTOP = (1440, 900)
PHONE = (390, 844)
# WCAG 1.4.4 and 1.4.10: 200 % on a screen 1440 wide, 400 % on one 1280 wide.
NARROW = ((768, 1024), (720, 450), PHONE, (320, 256 * 2))


@dataclass(slots=True)
class Center:
    """The demo with one contact taken, and the pages that are open in it, by role."""

    facts: dict[str, Any]
    browser: Browser
    named: dict[str, str] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def user(self, role: str) -> dict[str, Any]:
        users: list[dict[str, Any]] = self.facts["users"]
        return next(user for user in users if user["role"] == role and not user["works"])

    async def page(self, role: str) -> Page:
        """The page of whoever has this role; '' is nobody's, not signed in."""
        if role not in self.pages:
            size = {"width": DESKTOP[0], "height": DESKTOP[1]}
            context = await self.browser.new_context(
                viewport=size,  # type: ignore[arg-type]  # playwright's TypedDict
                reduced_motion="reduce",
            )
            await context.add_init_script(path=LOOKS)
            await context.add_init_script(BEGIN)
            page = self.pages[role] = await context.new_page()
            page.on("pageerror", lambda error: self.complaints.append(str(error)))
            base = self.facts["console_url"]
            await page.goto(f"{base}/enter#{await self._door(role)}" if role else f"{base}/sign-in")
            await page.wait_for_url(lambda url: "/enter" not in url)
            await expect(page.locator("h1").first).to_be_attached()
            await page.evaluate(AXE.read_text("utf-8"))
        return self.pages[role]

    async def take_contacts(self) -> None:
        """Let the agent take a mail of a gold customer and a chat of a stranger."""
        agent = HeadlessAgent(self.facts["console_url"], self.user("agent")["api_key"])
        async with agent.signed_in():
            await self._send_mail()
            await agent.set_state("ready")
            contact_id = await _accepted(agent)
            async with self._chat() as chat:
                await chat.hello(name="Chen Li")
                await chat.write("Where is my order 20931?")
                await _accepted(agent)
            await agent.set_state("not_ready", "break")
            await agent.until(lambda: contact_id in agent.contacts)
            customer = agent.contacts[contact_id].customer
            assert customer is not None
            self.named = {"contact": contact_id, "customer": customer.id}

    async def _door(self, role: str) -> str:
        headers = {"Authorization": f"Bearer {self.user('admin')['api_key']}"}
        url = f"{self.facts['console_url']}/api/v1/doors"
        asked = {"user_id": self.user(role)["id"]}
        async with (
            aiohttp.ClientSession(headers=headers, raise_for_status=True) as http,
            http.post(url, json=asked) as answer,
        ):
            return str((await answer.json())["token"])

    async def _send_mail(self) -> None:
        mail = EmailMessage()
        mail["From"] = "Olivia Bennett <olivia.bennett@mail.example>"
        mail["To"] = self.facts["support_address"]
        mail["Subject"] = "The dishwasher shows E4"
        mail["Message-ID"] = "<e4@mail.example>"
        mail.set_content("Hello,\n\nour LD-300 shows E4 and stops. What does it mean?\n\nOlivia")
        port = self.facts["mail_port"]
        await aiosmtplib.send(mail, hostname="127.0.0.1", port=port, start_tls=False)

    def _chat(self) -> ChatPage:
        entry = self.facts["chat_entry"]
        url = f"{self.facts['chat_url']}/channels/{entry}/chat"
        return ChatPage(url, entry, self.facts["start_url"])


async def _accepted(agent: HeadlessAgent) -> str:
    await agent.until(lambda: bool(agent.offers))
    return await agent.accept(next(iter(agent.offers)))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def center(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Center]:
    program = shutil.which("chromium")
    if program is None:
        skip_missing("Chromium (apt-get install chromium)")
    if not (CONSOLE / "static" / "index.html").is_file():
        skip_missing("the built console (make web)")
    async with (
        running_demo(tmp_path_factory.mktemp("demo"), "--no-traffic") as facts,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        opened = Center(facts, browser)
        await opened.take_contacts()
        yield opened
        await browser.close()


class Look:
    """One page's faults, each with the looks in which it is."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        self._looks = ""
        self._size = DESKTOP

    async def size(self, width: int, height: int) -> None:
        self._size = (width, height)
        await self.page.set_viewport_size({"width": width, "height": height})
        await self.page.evaluate("looks.settled(60)")

    async def wear(self, language: str, theme: str, direction: str = "ltr") -> None:
        self._looks = f"{language} {theme} {direction}"
        await self.page.evaluate(
            "looks => window.looks.wear(...looks)", [language, theme, direction]
        )

    async def placed(self) -> None:
        self._add(await self.page.evaluate("looks.placed()"))

    async def axed(self, *rules: str) -> None:
        self._add(await self.page.evaluate("rules => looks.axed(rules)", rules))

    def _add(self, found: list[str]) -> None:
        self.faults += [f"{self._looks} {self._size}: {one}" for one in found]


@pytest.mark.parametrize(
    ("place", "screen"), list(enumerate(SCREENS)), ids=[screen.name for screen in SCREENS]
)
async def test_the_screen_is_as_it_should_be(center: Center, place: int, screen: Screen) -> None:
    themes = ("light", "dark") if place % 2 else ("dark", "light")
    page = await center.page(screen.role or "")
    look = Look(page)
    await look.size(*DESKTOP)
    path = screen.path.format(**center.named)
    assert await page.evaluate("path => looks.go(path)", path), "the page does not come to rest"
    await look.wear("en", themes[0])
    await look.placed()
    for width, height in NARROW:
        await look.size(width, height)
        await look.placed()
    await look.wear("en", themes[0], "rtl")
    await look.placed()
    await look.size(*DESKTOP)
    await look.placed()
    await look.size(DESKTOP[0], TALL)
    await look.axed(*RULES)
    await look.wear("en", themes[1])
    await look.axed(*RULES)
    await look.wear("zh-CN", themes[1])
    await look.size(PHONE[0], TALL)
    await look.placed()
    await look.axed(*RULES)
    await look.wear("zh-CN", themes[0])
    await look.axed(*RULES)
    assert look.faults == []
    assert center.complaints == []
