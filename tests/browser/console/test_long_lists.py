"""Much on the desk: what is drawn stays little, and the keyboard reaches all of it."""

from __future__ import annotations

import re

from playwright.async_api import Page, Route, expect

from benchmarks.long_desk import LongTimeline, lengthen
from tests.scenarios.stage import Stage

from .conftest import Consoles, is_live
from .test_desk import accept_by_keys, finish

ENTRIES = 2_000
ROWS = 5_000
MOST_DRAWN = 200


async def drawn(page: Page, what: str) -> int:
    return await page.locator(what).count()


async def test_two_thousand_entries_and_five_thousand_rows(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("My kettle is broken.")
        [contact] = await stage.contacts()
        await stage.hub.store.write(lengthen, LongTimeline(contact.conversation_id, ENTRIES))
        await accept_by_keys(page)
        await the_timeline(page)
        await customer.write("Are you there?")  # announced where it is drawn: at the end
        await expect(page.get_by_role("log").get_by_text("Are you there?")).to_be_visible()
        await finish(page)
    await the_list(page)


async def the_timeline(page: Page) -> None:
    log = page.get_by_role("log", name="Timeline")
    await page.goto(f"{page.url.split('?')[0]}?at=5")  # as a mention leads there
    await is_live(page)
    entry = log.locator('[data-seq="5"]')
    await expect(entry).to_be_focused()
    await expect(entry).to_be_in_viewport()
    assert await drawn(page, "[data-seq]") < MOST_DRAWN
    await log.focus()
    for key, seq in (("End", ENTRIES), ("Home", 1), ("End", ENTRIES)):
        await page.keyboard.press(key)
        await expect(log.locator(f'[data-seq="{seq}"]')).to_be_in_viewport()
        assert await drawn(page, "[data-seq]") < MOST_DRAWN
    await page.keyboard.press("PageUp")
    await expect(log.locator(f'[data-seq="{ENTRIES - 12}"]')).to_be_visible()


async def the_list(page: Page) -> None:
    await page.route("**/api/v1/contacts?*", five_thousand)
    await page.get_by_role("button", name=re.compile("^Closed")).click()
    rows = page.locator("[data-contact]")
    await expect(rows.first).to_be_visible()
    await rows.first.focus()
    for key, wanted in (
        ("End", ROWS - 1),
        ("k", ROWS - 2),
        ("Home", 0),
        ("PageDown", None),
        ("End", ROWS - 1),
    ):
        await page.keyboard.press(key)
        if wanted is not None:
            await expect(page.locator(f'[data-contact="row-{wanted}"]')).to_be_focused()
        assert 0 < await drawn(page, "[data-contact]") < MOST_DRAWN
    await rows.last.hover()
    await page.mouse.wheel(0, -4_000)
    last = page.locator(f'[data-contact="row-{ROWS - 1}"]')
    await expect(last).not_to_be_in_viewport()
    await expect(last).to_be_focused()
    await page.keyboard.press("k")
    await expect(page.locator(f'[data-contact="row-{ROWS - 2}"]')).to_be_focused()
    assert await drawn(page, "[data-contact]") < MOST_DRAWN


async def five_thousand(route: Route) -> None:
    """The hub's page with its one contact, as often as it takes."""
    answer = await route.fetch()
    page = await answer.json()
    items = [{**page["items"][0], "id": f"row-{number}"} for number in range(ROWS)]
    await route.fulfill(json={"items": items, "after": None})
