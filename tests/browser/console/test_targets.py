"""Where a contact is given to: who is free, what waits there, found by pinyin."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.scenarios.stage import Stage, settled

from .conftest import Consoles
from .test_desk import accept_by_keys
from .test_looks import PHONE, faults
from .test_views import shot


@pytest.mark.parametrize(
    ("language", "theme", "narrow"), [("en", "light", False), ("zh-CN", "dark", True)]
)
async def test_a_contact_goes_to_who_is_found_by_pinyin(
    stage: Stage, consoles: Consoles, language: str, theme: str, narrow: bool
) -> None:
    zh = language == "zh-CN"
    page = await consoles.enter("Li", language=language, theme=theme)
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await accept_by_keys(page)
        async with stage.console("王小明") as wang:
            me = wang.me
            assert me is not None
            if narrow:
                await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
            await page.get_by_role("log").focus()
            await page.keyboard.press("t")
            dialog = page.get_by_role("dialog")
            field = dialog.get_by_role("searchbox")
            await expect(field).to_be_focused()
            colleague = dialog.locator("label").filter(has_text="王小明")
            await expect(colleague).to_contain_text("有空" if zh else "free")
            await expect(colleague).to_contain_text("0/3")
            queue = dialog.locator("label").filter(has_text="finance")
            told = "2 人有空|非服务时间" if zh else "2 free|out of hours"  # by the time of day
            await expect(queue).to_contain_text(re.compile(told))
            await shot(page, f"targets-{language}")
            assert await faults(page) == []
            await field.fill("wxm")
            await expect(dialog.get_by_role("radio")).to_have_count(1)
            await page.keyboard.press("ArrowDown")
            await expect(dialog.get_by_role("radio")).to_be_checked()
            await page.keyboard.press("Enter")
            await expect(dialog).to_have_count(0)

            async def is_theirs() -> bool:
                return [row.agent_id for row in await stage.contacts()] == [me.id]

            await settled(is_theirs)
