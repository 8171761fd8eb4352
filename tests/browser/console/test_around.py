"""Signing in, the wallboard, customers and knowledge, settings."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect

from hub.web.principal import Role
from tests.scenarios.stage import Stage, settled

from .conftest import Consoles
from .test_desk import accept_by_keys

PASSWORD = "correct horse battery staple"
PICTURES = Path(__file__).parents[3] / "build" / "screenshots"


async def test_a_wrong_password_is_said_and_the_right_one_opens_the_page_asked_for(
    stage: Stage, consoles: Consoles
) -> None:
    await stage.hub.accounts.add_user(
        email="li@hub.test", name="Li", role=Role.AGENT, password=PASSWORD
    )
    page = await consoles.page()
    await page.goto(f"{stage.hub.base_url}/settings")
    await page.get_by_label("Email").fill("li@hub.test")
    await page.get_by_label("Password").fill("wrong wrong wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/settings")
    await expect(page.get_by_role("heading", name="Settings", exact=True)).to_be_visible()


async def test_an_agent_cannot_open_the_wallboard(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    await page.goto(f"{stage.hub.base_url}/wallboard")
    await page.wait_for_url("**/desk")


async def test_the_wallboard_shows_who_waits_without_a_reload(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await expect(page.get_by_role("table")).to_be_visible()
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Is anybody there?")
        waiting = page.get_by_role("table").get_by_role("row", name="support").locator("td").first
        await expect(waiting).to_have_text("1")
        await expect(page.get_by_role("link", name="Chen")).to_be_visible(timeout=15_000)


async def test_an_article_written_in_chinese_is_found_and_inserted(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li", role="supervisor")
    await page.goto(f"{stage.hub.base_url}/knowledge/new")
    await page.get_by_label("Question").fill("洗衣机漏水怎么办?")
    await page.get_by_label("Answer").fill("请先关闭进水阀。")
    await page.get_by_label("Language", exact=True).last.select_option("zh-CN")
    await page.get_by_label("State", exact=True).select_option("published")
    await page.get_by_role("button", name="Save").click()
    await page.wait_for_url("**/knowledge/*-*")
    async with stage.chat() as customer:
        await customer.hello(language="zh-CN")
        await customer.write("我家洗衣机在漏水")
        await accept_by_keys(page)
        panel = page.get_by_role("complementary")
        await panel.get_by_role("searchbox").fill("漏水")
        await panel.get_by_role("button", name="Insert").click()
        await expect(page.get_by_role("textbox", name="Reply")).to_have_value("请先关闭进水阀。")


async def test_language_and_theme_change_at_once_and_stay(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    await page.goto(f"{stage.hub.base_url}/settings")
    await page.get_by_role("button", name="中文").click()
    await expect(page.get_by_role("heading", name="设置", exact=True)).to_be_visible()
    await page.get_by_role("button", name="深色").click()
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


async def test_a_short_answer_is_told_while_a_dialog_is_open(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    await page.route("**/api/v1/me/state", lambda route: route.abort())
    await page.keyboard.press("b")
    told = page.get_by_role("status").get_by_role("button", name="Dismiss")
    await expect(told).to_be_visible()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await expect(told).to_be_visible()  # by role: what is hidden from screen readers is not found


async def test_all_that_a_customer_still_waits_for_can_be_reached(
    stage: Stage, consoles: Consoles
) -> None:
    for number in range(12):
        await stage.mail("Where is it?", subject=f"Question {number}")
    await settled(lambda: _is(stage, 12))
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await page.goto(f"{stage.hub.base_url}/customers")
    await page.get_by_role("button", name="Chen Li").click()
    asked = page.get_by_role("list", name="Unanswered").get_by_role("link")
    await expect(asked).to_have_count(10)
    await (
        page.get_by_role("list", name="Unanswered").get_by_role("button", name="Show more").click()
    )
    await expect(asked).to_have_count(12)
    await expect(page.get_by_role("button", name="Show more")).to_have_count(0)


async def _is(stage: Stage, count: int) -> bool:
    return len(await stage.contacts()) == count


async def test_what_a_customer_once_wrote_is_found_and_opened(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li", ready=False)
    await stage.mail("The washer leaks at the door.")
    await page.keyboard.press("Control+k")
    await page.get_by_role("dialog").get_by_role("textbox").fill("leaks")
    found = page.get_by_role("option", name="The washer leaks at the door.")
    await expect(found).to_be_visible()
    await page.screenshot(path=PICTURES / "search.png")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/desk/*")
    await expect(page.get_by_role("log")).to_contain_text("The washer leaks at the door.")
