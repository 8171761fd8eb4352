"""A reply that was begun travels with its contact, to another agent or page; never once sent."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, Response, expect

from tests.scenarios.stage import Stage

from .conftest import UNDO_SOON_S, Consoles
from .test_composer import a_mail_at_hand, answer_of, field_of
from .test_desk import accept_by_keys
from .test_looks import PHONE, faults

SHOTS = os.environ.get("HUB_DRAFT_SHOTS")


def banner(page: Page) -> Locator:
    return page.locator("[data-draft]")


def saved(words: str) -> Callable[[Response], bool]:
    """The hub's answer that it keeps a draft with these words."""

    def is_it(answer: Response) -> bool:
        asked = answer.request
        return asked.method == "PUT" and words in (asked.post_data or "") and answer.ok

    return is_it


async def shoot(page: Page, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=str(Path(SHOTS) / f"draft-{name}.png"))


async def sign_out(page: Page) -> None:
    await page.get_by_role("button", name=re.compile("Menu of|的菜单")).click()
    await page.get_by_role("menuitem", name=re.compile("Sign out|退出|签出")).click()
    await page.wait_for_url("**/sign-in")


async def a_travelled_mail(
    stage: Stage, consoles: Consoles, language: str = "en", theme: str = "light"
) -> Page:
    """Li begins an answer and signs out; the page of Wang, who has the mail now."""
    page, _ = await a_mail_at_hand(stage, consoles)
    async with page.expect_response(saved("please check the plug")):
        await page.keyboard.type("Dear Ms Chen, please ")
        await page.keyboard.press("Control+b")
        await page.keyboard.type("check the plug")
    await sign_out(page)
    wang = await consoles.enter("Wang", language=language, theme=theme)
    await accept_by_keys(wang)
    await expect(banner(wang)).to_be_visible()
    return wang


async def test_the_draft_of_who_signs_out_is_the_next_agents_to_use(
    stage: Stage, consoles: Consoles
) -> None:
    consoles.undo_s = UNDO_SOON_S
    page = await a_travelled_mail(stage, consoles)
    await expect(banner(page)).to_contain_text(re.compile(r"Draft by Li, .*\d"))
    await expect(banner(page)).to_contain_text("please check the plug")
    await expect(page.locator(".tiptap")).to_have_text("")
    await banner(page).get_by_role("button", name="Use draft").click()
    await expect(banner(page)).to_be_hidden()
    await expect(page.locator(".tiptap strong")).to_have_text("check the plug")
    await page.keyboard.press("r")
    await expect(field_of(page)).to_be_focused()
    await page.keyboard.press("Control+Enter")
    await stage.mails.wait_for(2, 20.0)
    assert "please check the plug" in str(answer_of(stage))
    await page.reload()
    await expect(field_of(page)).to_have_text("")
    await expect(banner(page)).to_be_hidden()


async def test_a_colleagues_draft_can_be_discarded_for_good(
    stage: Stage, consoles: Consoles
) -> None:
    page = await a_travelled_mail(stage, consoles)
    async with page.expect_response(lambda answer: answer.request.method == "DELETE") as dropped:
        await banner(page).get_by_role("button", name="Discard").click()
    answer = await dropped.value
    assert answer.status == 200
    await expect(banner(page)).to_be_hidden()
    kept = await page.request.get(answer.url.partition("?")[0])
    assert (await kept.json())["draft"] is None


async def test_two_pages_of_one_agent_write_over_each_other_only_when_told_to(
    stage: Stage, consoles: Consoles
) -> None:
    page, _ = await a_mail_at_hand(stage, consoles)
    other = await page.context.new_page()
    await other.goto(page.url)
    await expect(other.locator(".tiptap")).to_be_visible()
    await page.bring_to_front()
    await page.keyboard.type("First")
    await expect(field_of(other)).to_have_text("First")
    await other.route("**/draft*", lambda route: route.abort())
    await other.bring_to_front()
    await field_of(other).click()
    await other.keyboard.press("End")
    await other.keyboard.type(" of the other page")
    await page.bring_to_front()
    async with page.expect_response(saved("First and more")):
        await page.keyboard.type(" and more")
    await other.unroute("**/draft*")
    await expect(banner(other)).to_contain_text("First and more")
    await expect(field_of(other)).to_have_text("First of the other page")
    await shoot(other, "two")
    await banner(other).get_by_role("button", name="Keep mine").click()
    await expect(field_of(page)).to_have_text("First of the other page")


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh-CN", "dark")])
async def test_the_draft_that_came_with_a_mail_is_readable_in_every_look(
    stage: Stage, consoles: Consoles, language: str, theme: str
) -> None:
    page = await a_travelled_mail(stage, consoles, language, theme)
    assert await faults(page) == []
    await shoot(page, f"{language}-{theme}")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await shoot(page, f"{language}-{theme}-narrow")
