"""The editor of articles in the real console: written with a picture, seen as customers will, its
versions compared, translated; on a phone too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select, update

from hub.knowledge.tables import article_files, articles
from hub.storage import Tx
from tests.scenarios.stage import Stage
from tests.unit.pictures.test_cleaning import SVG, drawn

from .conftest import Consoles
from .test_looks import PHONE, faults

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"
ANSWER = "## 步骤\n\n1. 关闭进水阀\n2. 拔掉插头\n\n> 小心触电。<script>alert(1)</script>\n"


async def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.wait_for_timeout(200)
    await page.screenshot(path=PICTURES / f"articles-{name}.png")


def _article(tx: Tx, _: None) -> Any:
    return tx.execute(select(articles).order_by(articles.c.id)).first()


def _files(tx: Tx, _: None) -> Any:
    return tx.execute(select(article_files)).all()


def _flag(tx: Tx, _: None) -> None:
    flags = {"flagged_at": tx.now, "not_helpful": 3, "out_of_date": True}
    tx.execute(update(articles).where(articles.c.language == "zh-CN").values(**flags))


async def write(page: Page, stage: Stage) -> None:
    await page.goto(f"{stage.hub.base_url}/knowledge/new")
    await page.get_by_label("Question").fill("洗衣机漏水怎么办？")
    await page.get_by_label("Answer").fill(ANSWER)
    await page.get_by_label("Language", exact=True).last.select_option("zh-CN")
    await page.get_by_label("For whom").select_option("public")


async def show(page: Page, tab: str) -> None:
    await page.locator("form").get_by_text(tab, exact=True).first.click()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_an_article_is_written_with_a_picture_and_seen_as_customers_will(
    stage: Stage, consoles: Consoles, theme: str
) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False, theme=theme)
    await write(page, stage)
    answer = page.get_by_label("Answer")
    await answer.press("Control+End")
    chooser = page.locator("form input[type=file]")
    file: Any = {"name": "evil.svg", "mimeType": "image/svg+xml", "buffer": SVG}
    await chooser.set_input_files(file)
    await expect(page.get_by_role("alert")).to_contain_text("SVG cannot")
    await page.wait_for_url("**/knowledge/*-*")  # the draft is there, the text still in its field
    file = {"name": "水阀.png", "mimeType": "image/png", "buffer": drawn("PNG", (600, 200))}
    await chooser.set_input_files(file)
    await expect(answer).to_have_value(re.compile(r"!\[水阀\]"))
    await expect(answer).to_have_value(f"{ANSWER}\n![水阀](files/{await one_file(stage)})\n\n")
    await page.keyboard.type("红色的水阀")  # what it shows is marked
    await expect(page.get_by_text("Not saved yet")).to_be_visible()
    await picture(page, f"write-{theme}")
    assert await faults(page) == []
    await show(page, "Preview")
    frame = page.frame_locator("iframe[title=Preview]")
    await expect(frame.get_by_role("heading", name="步骤")).to_be_visible()
    shown = frame.get_by_role("img", name="红色的水阀")
    assert (
        await shown.evaluate("async one => { await one.decode(); return one.naturalWidth }") == 600
    )
    await expect(frame.get_by_text("<script>alert(1)</script>")).to_be_visible()
    await picture(page, f"preview-{theme}")
    assert await faults(page) == []
    await page.get_by_label("State", exact=True).select_option("published")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("link", name="On the help pages").wait_for()
    help_path = await page.get_by_role("link", name="On the help pages").get_attribute("href")
    reader = await consoles.page()
    await reader.goto(f"{stage.hub.base_url}{help_path}")
    there = reader.get_by_role("img", name="红色的水阀")
    assert (
        await there.evaluate("async one => { await one.decode(); return one.naturalWidth }") == 600
    )
    assert consoles.complaints == []


async def one_file(stage: Stage) -> str:
    [file] = await stage.hub.store.read(_files, None)
    return str(file.id)


async def test_versions_are_compared_and_brought_back_and_nothing_is_lost_by_leaving(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await write(page, stage)
    await page.get_by_role("button", name="Save").click()
    await page.wait_for_url("**/knowledge/*-*")
    await page.get_by_label("Answer").fill(ANSWER.replace("进水阀", "总水阀"))
    await page.get_by_role("button", name="New article").first.click()
    await page.get_by_role("button", name="Stay").click()
    await expect(page.get_by_label("Question")).to_have_value("洗衣机漏水怎么办？")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Not saved yet")).to_be_hidden()
    await show(page, "Versions")
    await expect(page.locator("del")).to_have_text("进")
    await expect(page.locator("ins")).to_have_text("总")
    await picture(page, "versions")
    assert await faults(page) == []
    await page.get_by_role("button", name="Version 1").click()
    await page.get_by_role("button", name="Take this text").click()
    await expect(page.get_by_label("Answer")).to_have_value(ANSWER.strip())


async def test_a_translation_begins_as_its_original_and_is_told_when_it_is_behind(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await write(page, stage)
    await page.get_by_label("State", exact=True).select_option("published")
    await page.get_by_role("button", name="Save").click()
    await page.wait_for_url("**/knowledge/*-*")
    original = page.url
    await page.get_by_role("link", name="Translate: English").click()
    await expect(page.get_by_text("Translation of")).to_be_visible()
    await page.get_by_label("Question").fill("The washing machine leaks")
    await page.get_by_role("button", name="Save").click()
    await page.wait_for_url("**/knowledge/*-*")
    await expect(page.get_by_role("link", name="Chinese")).to_be_visible()
    await stage.hub.store.write(_flag, None)
    await page.goto(original)
    owned = page.get_by_role("region", name="Yours to look at")
    await expect(owned.get_by_text("0 helped, 3 did not")).to_be_visible()
    await expect(page.get_by_text("The other language was changed since")).to_be_visible()
    await picture(page, "behind")
    assert await faults(page) == []
    await page.get_by_role("button", name="Read and right").click()
    await expect(owned).to_be_hidden()
    row = await stage.hub.store.read(_article, None)
    assert (row.flagged_at, row.out_of_date) == (None, False)


async def test_on_a_phone_and_in_chinese(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await write(page, stage)
    await page.get_by_role("button", name="Save").click()
    await page.wait_for_url("**/knowledge/*-*")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await page.evaluate("localStorage['hub.console.locale'] = '\"zh-CN\"'")
    await page.reload()
    await page.get_by_label("答案").wait_for()
    await picture(page, "phone-zh")
    await show(page, "预览")
    await page.frame_locator("iframe").get_by_role("heading", name="步骤").wait_for()
    await picture(page, "phone-zh-preview")
    wide = await page.evaluate("document.scrollingElement.scrollWidth")
    assert wide <= PHONE["width"]
    assert await faults(page) == []
