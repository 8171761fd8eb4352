"""The audit log on the screens: an admin reads it and checks it, and is told what was changed."""

from __future__ import annotations

import os

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select, update

from hub.accounts.chain.tables import audit_links
from hub.accounts.tables import audit_log
from hub.storage import Tx
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_looks import PHONE, faults

WORDS = {
    "en": ("Check now", "Verified up to", "The log is not what was written"),
    "zh-CN": ("立即校验", "已校验至", "日志与写入时不一致"),
}


async def shown(page: Page, name: str) -> None:
    """Keep a picture of the page where somebody wants to look at it."""
    if folder := os.environ.get("HUB_PICTURES"):
        await page.screenshot(path=f"{folder}/audit-{name}.png")


def change_first(tx: Tx, _: None) -> None:
    first = select(audit_links.c.line_id).where(audit_links.c.seq == 1).scalar_subquery()
    tx.execute(update(audit_log).where(audit_log.c.id == first).values(actor_name="Nobody"))


@pytest.mark.parametrize(("language", "theme"), [("zh-CN", "dark"), ("en", "light")])
async def test_an_admin_checks_the_log(
    stage: Stage, consoles: Consoles, language: str, theme: str
) -> None:
    check, holds, broken = WORDS[language]
    admin = await consoles.enter("Root", role="admin", language=language, theme=theme)
    await admin.goto(f"{stage.hub.base_url}/audit")
    await admin.get_by_role("button", name=check).click()
    await expect(admin.get_by_role("status").filter(has_text=holds)).to_be_visible()
    await admin.get_by_role("main").locator("summary").click()
    found = await faults(admin)
    await shown(admin, f"{language}-{theme}-1440")
    await stage.hub.store.write(change_first, None)
    await admin.get_by_role("button", name=check).click()
    await expect(admin.get_by_role("status").filter(has_text=broken)).to_be_visible()
    await admin.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await shown(admin, f"{language}-{theme}-390")
    assert await admin.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found += await faults(admin)
    assert found == []
