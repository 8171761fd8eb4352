"""What comes and goes over the desk, in both languages and themes: no accessibility fault.

The screens themselves: test_every_screen.py.
"""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.scenarios.stage import Stage

from .conftest import CONSOLE, Consoles
from .test_desk import accept_by_keys

AXE = CONSOLE / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"width": 390, "height": 844}
_WEAR = """([locale, theme]) => {
    const app = document.querySelector('#app').__vue_app__
    Object.assign(app.config.globalProperties.$pinia.state.value.preferences, {locale, theme})
}"""


async def faults(page: Page) -> list[str]:
    """What axe finds on the page, one line per node."""
    await page.wait_for_timeout(200)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    found = await page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(r => r.violations.flatMap("
        "v => v.nodes.map(n => v.id + ' ' + n.target + ' ' + n.html.slice(0, 120))))",
        RULES,
    )
    return [f"{page.url}: {line}" for line in found]


async def wear(page: Page, language: str, theme: str) -> None:
    """Change language and theme in place."""
    await page.evaluate(_WEAR, [language, theme])
    await expect(page.locator(f"html[lang='{language}'][data-theme={theme}]")).to_be_attached()


async def test_who_speaks_to_a_button_says_its_name_and_not_the_letters_of_its_picture(
    consoles: Consoles,
) -> None:
    """WCAG 2.5.3: what a button shows as text is part of its name; "LN" is none of "Menu of …"."""
    page = await consoles.enter("Li Na")
    menu = page.get_by_role("button", name="Menu of Li Na")
    await expect(menu).to_be_visible()
    assert await menu.inner_text() == ""
    letters = "one => getComputedStyle(one.firstElementChild, '::before').content"
    assert await menu.evaluate(letters) == '"LN"'
    await page.evaluate(AXE.read_text())
    rule = "axe.run(document, {runOnly: ['label-content-name-mismatch']})"
    found = await page.evaluate(f"{rule}.then(r => r.violations.map(v => v.nodes[0].html))")
    assert found == []


async def test_an_offer_its_conversation_and_the_closing_have_no_accessibility_fault(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await expect(page.locator("[data-offer]")).to_be_visible()
        found = await faults(page)
        await accept_by_keys(page)
        await expect(page.get_by_role("log")).to_contain_text("Hello?")
        await page.keyboard.press("e")
        await expect(page.get_by_role("dialog")).to_be_visible()
        for language, theme in (("en", "dark"), ("zh-CN", "light"), ("zh-CN", "dark")):
            await wear(page, language, theme)
            found += await faults(page)
    assert found == []
