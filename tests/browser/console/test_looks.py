"""Every page in both languages and both themes: no accessibility fault, no scrolling sideways."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.scenarios.stage import Stage

from .conftest import CONSOLE, Consoles
from .test_desk import accept_by_keys

AXE = CONSOLE / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = ["/desk", "/customers", "/knowledge", "/knowledge/new", "/settings", "/nowhere"]
PHONE = {"width": 390, "height": 844}


async def faults(page: Page) -> list[str]:
    """What axe finds on the page, one line per node."""
    await page.wait_for_timeout(200)
    await page.evaluate(AXE.read_text())
    found = await page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(r => r.violations.flatMap("
        "v => v.nodes.map(n => v.id + ' ' + n.target + ' ' + n.html.slice(0, 120))))",
        RULES,
    )
    return [f"{page.url}: {line}" for line in found]


@pytest.mark.parametrize(
    ("language", "theme"),
    [("en", "light"), ("zh-CN", "dark"), ("en", "dark"), ("zh-CN", "light")],
)
async def test_no_page_has_an_accessibility_fault(
    stage: Stage, consoles: Consoles, language: str, theme: str
) -> None:
    page = await consoles.page(language=language, theme=theme)
    await page.goto(f"{stage.hub.base_url}/sign-in")
    await expect(page.locator("input[type=email]")).to_be_visible()
    found = await faults(page)
    page = await consoles.enter("Li", language=language, theme=theme)
    for path in PAGES:
        await page.goto(f"{stage.hub.base_url}{path}")
        await expect(page.locator("h1").first).to_be_attached()
        found += await faults(page)
    await page.goto(f"{stage.hub.base_url}/desk")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await expect(page.locator("[data-offer]")).to_be_visible()
        found += await faults(page)
        await accept_by_keys(page)
        await expect(page.get_by_role("log")).to_contain_text("Hello?")
        found += await faults(page)
        await page.keyboard.press("e")
        await expect(page.get_by_role("dialog")).to_be_visible()
        found += await faults(page)
    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_wallboard_has_no_accessibility_fault(
    stage: Stage, consoles: Consoles, theme: str
) -> None:
    page = await consoles.enter("Wang", role="supervisor", theme=theme)
    await expect(page.get_by_role("table")).to_be_visible()
    assert await faults(page) == []


async def test_no_page_scrolls_sideways_on_a_phone(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li", role="supervisor")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    for path in [*PAGES, "/wallboard"]:
        await page.goto(f"{stage.hub.base_url}{path}")
        await expect(page.locator("h1").first).to_be_attached()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
