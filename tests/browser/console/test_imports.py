"""A file of customers by hand: looked at, its columns said, run, taken back; on a phone too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect
from sqlalchemy import func, select

from hub.customers.identify import identify_batch
from hub.customers.model import Identify, IdentityKind, SenderIdentity
from hub.customers.tables import customers
from hub.routing.settings import tier_of_new_customers
from hub.storage import Tx
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_looks import faults

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"
FILE = """姓名,手机,邮箱,备注
陈小明,13800138000,chen@example.com,下午联系
李娜,13900139000,,
王五,12,,
张三,13700137000,both@example.com,
"""


def _meet(tx: Tx, senders: Sequence[SenderIdentity]) -> None:
    asked = [Identify((sender,), "CN", source="test") for sender in senders]
    identify_batch(tx, asked, tier_of_new_customers)


def _people(tx: Tx, _: None) -> int:
    return int(tx.execute(select(func.count()).select_from(customers)).scalar_one())


async def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"imports-{name}.png", full_page=True)


async def _there_already(stage: Stage) -> None:
    await stage.hub.store.write(
        _meet,
        [
            SenderIdentity(IdentityKind.PHONE, "13900139000", "李娜"),
            SenderIdentity(IdentityKind.PHONE, "13700137000", "张三"),
            SenderIdentity(IdentityKind.EMAIL, "both@example.com", "Both"),
        ],
    )


def _class(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="Rows").locator("button", has_text=name)


async def _send(page: Page, stage: Stage, text: str, button: str, name: str = "cards.csv") -> None:
    await page.goto(f"{stage.hub.base_url}/imports")
    data = {"name": name, "mimeType": "text/csv", "buffer": text.encode("gb18030")}
    await page.locator("input[type=file]").set_input_files(data)  # type: ignore[arg-type]  # - playwright's TypedDict
    await page.get_by_role("button", name=button, exact=True).click()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_supervisor_looks_runs_and_takes_back(
    stage: Stage, consoles: Consoles, theme: str
) -> None:
    await _there_already(stage)
    before = await stage.hub.store.read(_people, None)
    page = await consoles.enter("Wang", role="supervisor", ready=False, theme=theme)
    await page.goto(f"{stage.hub.base_url}/customers")
    await page.get_by_role("button", name="Import customers").click()
    await page.wait_for_url("**/imports")
    await _send(page, stage, FILE, "Look at it")
    await expect(page.get_by_text("2 rows can be written, 2 are refused.")).to_be_visible()
    await expect(page.get_by_text("It could be:")).to_be_visible()  # the conflict comes first
    await picture(page, f"conflict-{theme}")
    assert await faults(page) == []
    await _class(page, "Invalid").click()
    await expect(page.get_by_text("王五").first).to_be_visible()
    assert await stage.hub.store.read(_people, None) == before
    await page.get_by_role("button", name="Import 2 rows").click()
    done = "New customers: 1 · completed: 0 · as they were: 1"
    await expect(page.get_by_text(done)).to_be_visible()
    await picture(page, f"done-{theme}")
    await _class(page, "New").click()
    await expect(page.get_by_role("link", name="陈小明")).to_be_visible()
    await page.get_by_role("button", name="Take back").click()
    dialog = page.get_by_role("dialog", name="Take this import back?")
    await dialog.get_by_role("button", name="Take back").click()
    await expect(page.get_by_text("Everything that the file wrote is taken back.")).to_be_visible()
    assert await stage.hub.store.read(_people, None) == before
    await page.get_by_role("link", name="Imports").first.click()
    await expect(page.get_by_role("link", name="cards.csv")).to_be_visible()
    await picture(page, f"list-{theme}")
    assert await faults(page) == []


async def test_on_a_phone_the_columns_are_said_in_chinese(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter(
        "Wang",
        role="supervisor",
        ready=False,
        language="zh-CN",
    )
    await page.set_viewport_size({"width": 390, "height": 844})
    await _send(page, stage, "who,where\n陈小明,13800138000\n", "查看")
    await expect(page.get_by_text("请说明各列的内容")).to_be_visible()
    await page.get_by_label("who").select_option(label="姓名")
    await page.get_by_label("where").select_option(label="电话")
    await picture(page, "columns-phone")
    assert await faults(page) == []
    await page.get_by_role("button", name="重新查看").click()
    await expect(page.get_by_text("全部 1 行都可以写入")).to_be_visible()
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    await picture(page, "preview-phone")
    await page.get_by_role("button", name="导入 1 行").click()
    await expect(page.get_by_text("新建客户 1 位")).to_be_visible()


async def test_a_file_that_cannot_be_read_says_why(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await _send(page, stage, "\n", "Look at it", "empty.csv")
    await expect(page.get_by_role("alert")).to_contain_text("The file is empty")
    agent = await consoles.enter("Li")
    await agent.goto(f"{stage.hub.base_url}/imports")
    await agent.wait_for_url("**/desk*")
