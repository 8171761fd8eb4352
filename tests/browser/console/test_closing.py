"""What was learned is asked at closing; files become drafts on the page of articles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_desk import accept_by_keys
from .test_looks import faults

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"


async def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.wait_for_timeout(200)
    await page.screenshot(path=PICTURES / f"closing-{name}.png")


async def test_what_is_missing_is_said_at_closing(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("How often is the filter changed?")
        await accept_by_keys(page)
        await page.get_by_role("textbox", name="Reply").fill("Twice a year.")
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Finish", exact=True).click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("radio", name="Repair").check(force=True)
        await dialog.get_by_role("combobox", name="Outcome").select_option("solved")
        await dialog.get_by_role("radio", name="An article is missing").check()
        await dialog.get_by_label("What should it say?").fill("How often filters are changed")
        await picture(page, "missing")
        assert await faults(page) == []
        await dialog.locator("button[type=submit]").click()
        await expect(dialog).to_be_hidden()
    [row] = await stage.contacts()
    assert (row.knowledge_outcome, row.knowledge_note) == (
        "missing",
        "How often filters are changed",
    )


async def test_files_become_drafts_each_or_its_reason(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    await page.goto(f"{stage.hub.base_url}/knowledge")
    await page.get_by_role("button", name="Import files").click()
    files: Any = [
        {"name": "refund.html", "mimeType": "text/html", "buffer": b"<h1>Refunds</h1><p>30 days"},
        {"name": "empty.md", "mimeType": "text/markdown", "buffer": b" "},
    ]
    await page.get_by_role("dialog").locator("input[type=file]").set_input_files(files)
    await expect(page.get_by_text("Drafts: 1 · refused: 1")).to_be_visible()
    await expect(page.get_by_text("There is no text in it.")).to_be_visible()
    await picture(page, "files")
    assert await faults(page) == []
    await page.get_by_role("link", name="Refunds").click()
    await expect(page.get_by_label("Question")).to_have_value("Refunds")
