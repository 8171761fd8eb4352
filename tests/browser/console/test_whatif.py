"""A supervisor asks what would have been: the question, the bar, the answer, the way to stop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from hub.app import Hub
from hub.routing.settings import load_settings
from hub.storage import Store
from hub.testing.clock import NOON, ManualClock
from hub.testing.hub import hub_settings, running_hub
from tests.integration.simulation.test_whatif import a_day, nothing
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .setup_stage import apply_whole, shown, type_into
from .test_looks import PHONE, faults

DAY = str(NOON.date())


@pytest.fixture
async def hub(sqlite_store: Store, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Hub]:
    """A hub with a day that was too much for its agents."""
    await a_day(sqlite_store, clock)
    async with running_hub(hub_settings(tmp_path / "hub", sqlite_store.url), nothing) as opened:
        yield opened


@pytest.fixture
async def after_a_day(hub: Hub, browser: Browser) -> AsyncIterator[Consoles]:
    opened = Consoles(hub, browser)
    yield opened
    for context in opened.contexts:
        await context.close()
    assert opened.complaints == []


async def choose_the_day(page: Page) -> None:
    await (
        page.get_by_role("radio", name="Other days")
        .or_(page.get_by_role("button", name="Other days"))
        .first.click()
    )
    await page.get_by_label("From", exact=True).fill(DAY)
    await expect(page.get_by_label("To", exact=True)).to_have_value(DAY)


async def open_page(consoles: Consoles, **looks: str) -> Page:
    page = await consoles.enter("Chief", role="supervisor", ready=False, **looks)
    await page.get_by_role("link", name="What-if").first.click()
    await expect(page.get_by_role("form", name="Question")).to_be_visible()
    return page


async def test_two_more_agents_are_asked_for_and_the_tiers_would_wait_less(
    after_a_day: Consoles,
) -> None:
    page = await open_page(after_a_day)
    assert await faults(page) == []
    await choose_the_day(page)
    await page.get_by_role("button", name="Play it again").click()
    bar = page.get_by_role("progressbar")
    await expect(bar).to_be_visible()
    answer = page.get_by_role("article", name="Answer")
    await expect(answer).to_be_visible(timeout=60_000)
    await expect(bar).to_be_hidden()
    await expect(answer.get_by_text("would wait").first).to_be_visible()
    row = answer.get_by_role("row", name="Everybody")
    await expect(row.get_by_role("cell")).to_have_count(5)
    await expect(row).to_contain_text("−")
    await expect(answer.get_by_text("The model").first).to_be_visible()
    await (
        page.get_by_role("radio", name="Service level")
        .or_(answer.get_by_role("button", name="Service level"))
        .first.click()
    )
    await expect(row).to_contain_text("%")
    assert await faults(page) == []
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await page.wait_for_timeout(300)  # the chart follows
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await faults(page) == []


async def test_stop_ends_it_and_it_can_be_asked_again(after_a_day: Consoles) -> None:
    page = await open_page(after_a_day)
    await choose_the_day(page)
    await page.get_by_label("Runs: more make").select_option("50")
    await page.get_by_role("button", name="Play it again").click()
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_role("progressbar")).to_be_hidden()
    await page.get_by_label("Runs: more make").select_option("5")
    await page.get_by_role("button", name="Play it again").click()
    answer = page.get_by_role("article", name="Answer")
    await expect(answer).to_be_visible(timeout=60_000)
    await expect(page.get_by_role("alert")).to_be_hidden()


@pytest.mark.parametrize(("language", "theme"), [("en", "dark"), ("zh-CN", "light")])
async def test_how_many_agents_it_takes_in_both_languages_without_a_fault(
    after_a_day: Consoles, language: str, theme: str
) -> None:
    page = await after_a_day.enter(
        "Chief", role="supervisor", ready=False, language=language, theme=theme
    )
    await page.goto(f"{after_a_day.hub.base_url}/whatif?tab=staff")
    await page.locator("fieldset button").nth(1).click()
    await page.locator("input[type=date]").first.fill(DAY)
    await page.locator("button[type=submit]").click()
    answer = page.locator("[data-answer]")
    await expect(answer).to_be_visible(timeout=90_000)
    await expect(answer.get_by_role("table")).to_be_visible()
    await expect(answer.locator("tbody tr").first).to_be_visible()
    assert await faults(page) == []


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh-CN", "dark")])
async def test_a_draft_of_the_set_up_is_played_before_it_is_saved(
    after_a_day: Consoles, language: str, theme: str
) -> None:
    store = after_a_day.hub.store
    await store.write(apply_whole, None)
    page = await after_a_day.enter(
        "Zhou", role="admin", ready=False, language=language, theme=theme
    )
    await page.goto(f"{after_a_day.hub.base_url}/setup/tiers")
    en = language == "en"
    await type_into(page.locator("table.num input").first, "0.5 min")  # gold, on the phone
    await page.get_by_role("button", name="Try on a past day…" if en else "用往日推演…").click()
    dialog = page.get_by_role("dialog")
    await dialog.locator("fieldset button").nth(1).click()
    await dialog.locator("input[type=date]").first.fill(DAY)
    async with page.expect_request("**/whatif/replay") as asked:
        await dialog.locator("button[type=submit]").click()
    body = (await asked.value).post_data_json
    assert body is not None
    assert body["setup"]["target_s"]["phone"][0] == 30
    answer = dialog.locator("[data-answer]")
    await expect(answer).to_be_visible(timeout=60_000)
    await expect(answer.get_by_role("row", name="Gold" if en else "金牌")).to_be_visible()
    await shown(page, f"try-{language}")
    assert await faults(page) == []
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await page.wait_for_timeout(300)  # the chart follows
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await shown(page, f"try-{language}-narrow")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    settings = await store.read(lambda tx, _: load_settings(tx), None)
    assert settings.target_s("support", "gold", "phone") == 10  # nothing was saved


async def test_without_a_past_it_says_what_to_do(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Chief", role="supervisor", ready=False)
    await page.goto(f"{stage.hub.base_url}/whatif")
    await expect(page.get_by_text("Nothing is recorded yet")).to_be_visible()
    assert await faults(page) == []
    agent = await consoles.enter("Li")
    await agent.goto(f"{stage.hub.base_url}/whatif")
    await agent.wait_for_url("**/desk")
