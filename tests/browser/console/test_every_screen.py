"""Every screen of the console in both languages and themes, wide and narrow, at twice the size and
from right to left: no accessibility fault, nothing uncertain about contrast, nothing cut off."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from hub.testing.screens import SCREENS, Screen
from hub.web.principal import Role
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_looks import AXE, RULES

WIDTHS = {"phone": (390, 844), "tablet": (768, 1024), "twice the size": (720, 450)}
SIDEWAYS = "document.documentElement.scrollWidth > innerWidth"
# Where axe cannot tell the background: what is drawn over a picture or a gradient of our own, or
# lies below something that does not hide it. Each was looked at.
LOOKED_AT = re.compile(r"sr-only|uplot|data-tip|aria-hidden")


async def complaints(page: Page) -> list[str]:
    """What axe finds, and the contrasts that it could not judge."""
    await page.evaluate(AXE.read_text())
    found: dict[str, Any] = await page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(r => ({"
        "faults: r.violations.flatMap(v => v.nodes.map(n => v.id + ' ' + n.html.slice(0, 160))),"
        "unsure: r.incomplete.filter(v => v.id === 'color-contrast')"
        ".flatMap(v => v.nodes.map(n => 'unsure ' + n.html.slice(0, 160)))}))",
        RULES,
    )
    unsure = [line for line in found["unsure"] if not LOOKED_AT.search(line)]
    return [f"{page.url}: {line}" for line in [*found["faults"], *unsure]]


async def visit(page: Page, base: str, path: str) -> None:
    await page.goto(f"{base}{path}")
    await expect(page.locator("h1").first).to_be_attached()
    await page.wait_for_load_state("networkidle")


async def look(page: Page, base: str, path: str) -> list[str]:
    """All that is to be said against this screen."""
    await visit(page, base, path)
    found = await complaints(page)
    for name, (width, height) in WIDTHS.items():
        await page.set_viewport_size({"width": width, "height": height})
        if await page.evaluate(SIDEWAYS):
            found.append(f"{page.url}: scrolls sideways: {name}")
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.evaluate("document.documentElement.dir = 'rtl'")
    if await page.evaluate(SIDEWAYS):
        found.append(f"{page.url}: scrolls sideways: right to left")
    return found


def of(*roles: Role | None) -> list[Screen]:
    """The screens of these roles that need no contact or customer."""
    return [screen for screen in SCREENS if screen.role in roles and "{" not in screen.path]


@pytest.mark.parametrize(
    ("language", "theme"),
    [("en", "light"), ("zh-CN", "dark"), ("en", "dark"), ("zh-CN", "light")],
)
async def test_nothing_is_to_be_said_against_any_screen(
    stage: Stage, consoles: Consoles, language: str, theme: str
) -> None:
    base = stage.hub.base_url
    nobody = await consoles.page(language=language, theme=theme)
    found: list[str] = []
    for screen in of(None):
        found += await look(nobody, base, screen.path)
    admin = await consoles.enter("Zhou", role="admin", language=language, theme=theme)
    for screen in of(Role.AGENT, Role.SUPERVISOR, Role.ADMIN):
        found += await look(admin, base, screen.path)
    assert found == []
