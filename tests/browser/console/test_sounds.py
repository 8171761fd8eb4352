"""How the console calls its agent: what sounds, what a notice says, what title and icon count.

The page's own sound is listened to: each tone as it is started, with its pitch, and whether the
browser lets it out.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.conftest import ARGUMENTS
from tests.conftest import skip_missing
from tests.scenarios.stage import Stage, settled

from .conftest import Consoles, is_live
from .test_desk import accept_by_keys
from .test_looks import PHONE, faults
from .test_views import shot

# As a browser of somebody's own: nothing sounds before the page is touched.
STRICT = "--autoplay-policy=document-user-activation-required"
OFFER, MESSAGE, BELL = [659, 880], [784], [1319, 1976]  # hertz (shared/lib/sound.ts)
_LISTEN = """
window.heard = []
const start = OscillatorNode.prototype.start
OscillatorNode.prototype.start = function (...at) {
  const out = this.context.state === 'running'
  window.heard.push({hertz: Math.round(this.frequency.value), out})
  return start.apply(this, at)
}
window.told = []
window.behind = false
document.hasFocus = () => !window.behind
window.Notification = class extends Notification {
  constructor(title, options) {
    super(title, options)
    window.told.push(title + ' | ' + options.body)
  }
}
"""


_UNLOCK = """(() => {
  const box = document.querySelector("[aria-label^='Turn the sound on']")?.getBoundingClientRect()
  return box ? [box.x + box.width / 2, box.y + box.height / 2] : null
})()"""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        skip_missing("Chromium (apt-get install chromium)")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=program, args=[*ARGUMENTS, STRICT]
        )
        yield opened
        await opened.close()


async def heard(page: Page) -> list[int]:
    """The pitches that came out of this page so far."""
    tones: list[dict[str, Any]] = await page.evaluate("window.heard")
    assert all(tone["out"] for tone in tones)
    return [tone["hertz"] for tone in tones]


async def until_heard(page: Page, *pitches: int) -> None:
    """Wait until these sounded in this order, then forget them."""

    async def sounded() -> bool:
        return (await heard(page))[: len(pitches)] == list(pitches)

    await settled(sounded)
    await page.evaluate("window.heard.length = 0")


async def listen(page: Page) -> None:
    """Hear what the page plays from its next load on, and load it."""
    await page.add_init_script(_LISTEN)
    await page.reload()
    await is_live(page)


def choice(page: Page, name: str) -> Any:
    return page.get_by_role("checkbox", name=name)


async def untouched(page: Page, expression: str) -> Any:
    """Ask the page without touching it: playwright's own questions count as a person's gestures."""
    session = await page.context.new_cdp_session(page)
    try:
        asked = {"expression": expression, "returnByValue": True}
        return (await session.send("Runtime.evaluate", asked))["result"].get("value")
    finally:
        await session.detach()


async def test_an_offer_rings_until_answered_and_title_and_icon_count_it(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    await page.add_init_script(_LISTEN)
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await expect(page).to_have_title("(1) Offer")
        await page.reload()  # who comes back signed in has not touched the page

        async def called() -> bool:
            return bool(await untouched(page, "document.title") == "(1) Offer")

        async def where() -> list[float] | None:
            found = await untouched(page, _UNLOCK)
            return found if found and found[0] > 0 else None

        await settled(called)
        await settled(where)  # the browser lets nothing out, and the console says so
        assert await untouched(page, "heard") == []
        await page.mouse.click(*(await where() or (0, 0)))
        await until_heard(page, *OFFER)
        await until_heard(page, *OFFER)  # and again, until it is answered
        await expect(page.get_by_role("button", name="Turn the sound on")).to_be_hidden()
        icon = page.locator("link[rel=icon]")
        await expect(icon).to_have_attribute("href", re.compile("%3E1%3C%2Ftext"))
        await accept_by_keys(page)
        await expect(page).to_have_title("Contact Hub")
        await expect(icon).not_to_have_attribute("href", re.compile("text"))


async def test_each_event_calls_as_it_was_set(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li", language="zh-CN", theme="dark")
    await page.context.grant_permissions(["notifications"])
    await listen(page)
    await page.goto(f"{stage.hub.base_url}/settings")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await page.get_by_role("button", name="试听").click()
    await expect(page.get_by_text("您应该听到了声音。")).to_be_visible()
    await until_heard(page, *OFFER)
    await choice(page, "有新的服务请求待接入：声音").uncheck()
    await choice(page, "客户发来消息：角标").uncheck()
    assert await faults(page) == []
    await page.get_by_role("group", name="待接入的提示音").scroll_into_view_if_needed()
    await shot(page, "offer-sounds-zh")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("link", name=re.compile("工作台")).first.click()
    await page.evaluate("window.behind = true")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("你好?")
        await expect(page).to_have_title("(1) 待接入")  # told by the badge, and not by a sound
        await expect(page.locator("[data-offer]")).to_be_visible()
        assert [line.partition(" | ")[0] for line in await page.evaluate("told")] == [
            "Chen 等待接入"
        ]
        assert await heard(page) == []
        await accept_by_keys(page)
        await page.get_by_role("button", name="返回").click()
        await customer.write("还在吗?")
        await until_heard(page, *MESSAGE)
        assert (await page.evaluate("told"))[1:] == ["Chen | 还在吗?"]
        await expect(page.locator("[data-contact]")).to_contain_text("还在吗?")
        await expect(page).to_have_title("Contact Hub")  # its badge is off


async def test_who_wants_silence_has_it(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    await listen(page)
    await page.goto(f"{stage.hub.base_url}/settings")
    await page.get_by_role("switch", name="Sound", exact=True).click()
    await expect(choice(page, "A contact is offered: Sound")).to_be_disabled()
    await page.get_by_role("link", name="Desk").first.click()
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await expect(page).to_have_title("(1) Offer")
        await expect(page.get_by_role("button", name="Turn the sound on")).to_have_count(0)
        assert await heard(page) == []


async def test_an_offer_sounds_as_was_chosen_for_its_tier(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    await listen(page)
    await page.goto(f"{stage.hub.base_url}/settings")
    sounds = page.get_by_role("group", name="How an offer sounds")
    await sounds.get_by_label("Sound of standard").select_option(label="Bell")
    await until_heard(page, *BELL)  # chosen, it is heard
    await sounds.get_by_label("Sound of gold").select_option(label="Silent")
    await expect(sounds.get_by_role("button", name="Hear gold")).to_be_disabled()
    assert await faults(page) == []
    await sounds.get_by_role("button").last.scroll_into_view_if_needed()
    await shot(page, "offer-sounds-en")
    await page.get_by_role("link", name=re.compile("Desk")).first.click()
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await until_heard(page, *BELL)
