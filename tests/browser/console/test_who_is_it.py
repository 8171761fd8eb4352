"""Several people on one mailbox or number: the agent says who it is, in the contact."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_desk import accept_by_keys
from .test_looks import faults
from .test_merging import PICTURES

MAIL = "family@example.test"


async def _picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"who-{name}.png")


async def test_somebody_new_and_then_the_other_one_again(stage: Stage, consoles: Consoles) -> None:
    await stage.known("Ann", "gold", email=MAIL)
    page = await consoles.enter("Li")
    await stage.mail("It does not start.", sender=MAIL, subject="Washing machine")
    await accept_by_keys(page)
    panel = page.get_by_role("complementary", name="Customer panel")
    await panel.get_by_role("button", name="Is it somebody else?").click()
    dialog = page.get_by_role("dialog", name="Who is it?")
    await expect(dialog.get_by_role("radio", name="Somebody new")).to_be_checked()
    await dialog.get_by_label("Their name").fill("Bob")
    assert await faults(page) == []
    await _picture(page, "new")
    await dialog.get_by_role("button", name="Choose", exact=True).click()
    await expect(panel.get_by_role("link", name="Bob")).to_be_visible()
    await expect(panel.get_by_text("2 people use this address.")).to_be_visible()
    await _picture(page, "shared")
    assert await faults(page) == []
    await panel.get_by_role("button", name="Choose who it is").press("Enter")
    await dialog.get_by_role("radio", name="Ann").check()
    await dialog.get_by_role("button", name="Choose", exact=True).press("Enter")
    await expect(panel.get_by_role("link", name="Ann")).to_be_visible()


async def test_the_same_on_a_phone_in_chinese(stage: Stage, consoles: Consoles) -> None:
    await stage.known("陈晓梅", "gold", email=MAIL)
    page = await consoles.enter("Li", language="zh-CN", theme="dark")
    await stage.mail("无法启动", sender=MAIL, subject="洗衣机")
    await accept_by_keys(page)
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.get_by_role("button", name="显示或隐藏客户资料").click()
    await page.get_by_role("button", name="是其他人？").click()
    dialog = page.get_by_role("dialog", name="是哪一位？")
    await dialog.get_by_label("姓名").fill("陈国华")
    await _picture(page, "phone")
    assert await faults(page) == []
    await dialog.get_by_role("button", name="选定").click()
    await expect(page.get_by_text("有 2 人使用此联系方式。")).to_be_visible()
