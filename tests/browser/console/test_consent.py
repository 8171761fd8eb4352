"""What a customer allows, as an agent sees and keeps it; a complaint; a call that is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from hub.contacts.outreach.opting_out import OptOut
from hub.customers.consent.model import STOP_SELLING
from hub.customers.tables import identities
from hub.intake.opt_out import opt_out
from hub.storage import Tx
from tests.scenarios.stage import Stage
from tests.scenarios.test_consent import never_quiet

from .conftest import Consoles
from .test_looks import faults

CHEN = "+8613800138000"
MAIL = "chen@example.test"


async def opened(stage: Stage, consoles: Consoles, **looks: Any) -> tuple[Page, str]:
    """The page of a customer, before an agent."""
    await stage.hub.store.write(never_quiet, None)
    chen = await stage.known("Chen Li", "standard", email=MAIL, phone=CHEN)
    page = await consoles.enter("Li", **looks)
    await page.goto(f"{stage.hub.base_url}/customers/{chen}")
    return page, chen


async def identities_of(stage: Stage, customer_id: str) -> dict[str, str]:
    """Return the customer's addresses: kind -> id."""

    def read(tx: Tx, _: None) -> dict[str, str]:
        found = select(identities).where(identities.c.customer_id == customer_id)
        return {row.kind: row.id for row in tx.execute(found)}

    return await stage.hub.store.read(read, None)


async def test_a_no_is_kept_shown_and_taken_back_by_their_own_word(
    stage: Stage, consoles: Consoles
) -> None:
    page, _ = await opened(stage, consoles)
    offers = page.get_by_role("listitem").filter(has_text="Offers").first
    await expect(offers).to_contain_text("allowed")
    await offers.get_by_role("button", name="Said stop").click()
    await page.get_by_label("In the customer's words").fill("No more leaflets, please.")
    assert await faults(page) == []
    await page.get_by_role("button", name="Save").click()
    await expect(offers).to_contain_text("the customer said stop")
    await expect(page.get_by_text("Stop: Offers · told to an agent")).to_be_visible()
    await expect(page.get_by_text("“No more leaflets, please.”")).to_be_visible()
    await offers.get_by_role("button", name="Allow again").click()
    save = page.get_by_role("button", name="Save")
    await expect(save).to_be_disabled()  # it needs their words
    await page.get_by_label("In the customer's words").fill("Send me the catalogue again.")
    await save.click()
    await expect(offers).to_contain_text("allowed")


async def test_a_complaint_stands_on_top_until_it_is_closed(
    stage: Stage, consoles: Consoles
) -> None:
    page, _ = await opened(stage, consoles)
    await page.get_by_role("button", name="The customer complains").click()
    await page.get_by_label("What the customer complains of").fill("It came broken.")
    await page.get_by_role("button", name="Save").click()
    bar = page.get_by_role("region", name="Complaints")
    await expect(bar).to_contain_text("Complaint open: sell nothing")
    await expect(bar).to_contain_text("It came broken.")
    offers = page.get_by_role("listitem").filter(has_text="Offers").first
    await expect(offers).to_contain_text("a complaint is open")
    assert await faults(page) == []
    await bar.get_by_role("button", name="Close").click()
    await page.get_by_label("What was done about it").fill("A new one was sent.")
    await page.get_by_role("button", name="Save").click()
    await expect(bar.get_by_text("Complaint open")).to_have_count(0)
    await expect(offers).to_contain_text("allowed")


async def test_a_call_that_may_not_be_made_says_so_before_it_is_tried(
    stage: Stage, consoles: Consoles
) -> None:
    page, chen = await opened(stage, consoles)
    rows = await identities_of(stage, chen)
    no = OptOut(rows["phone"], STOP_SELLING, "link")
    await stage.hub.store.write(opt_out, [no])
    await page.get_by_role("button", name=re.compile(r"^Call .*8000")).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Offers").click()
    await expect(dialog.get_by_role("status")).to_contain_text("the customer said stop")
    assert await faults(page) == []
    await dialog.get_by_role("button", name="Call", exact=True).click()
    await expect(dialog.get_by_role("alert")).to_contain_text("does not want to be contacted")
    assert stage.phones.api.requests == []


@pytest.mark.parametrize(
    ("language", "theme", "width"), [("zh-CN", "dark", 1440), ("zh-CN", "light", 390)]
)
async def test_it_can_be_read_in_chinese_in_the_dark_and_on_a_phone(
    stage: Stage, consoles: Consoles, language: str, theme: str, width: int
) -> None:
    page, chen = await opened(stage, consoles, language=language, theme=theme)
    rows = await identities_of(stage, chen)
    await stage.hub.store.write(opt_out, [OptOut(rows["email"], STOP_SELLING, "words")])
    await page.set_viewport_size({"width": width, "height": 900})
    await page.reload()
    await expect(page.get_by_text("客户已退订").first).to_be_visible()
    await expect(page.get_by_text("退订：推广 · 消息中的退订词")).to_be_visible()
    await page.get_by_role("button", name="登记投诉").click()
    assert await faults(page) == []
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width


async def test_an_admin_erases_a_customer_who_asks_for_it(stage: Stage, consoles: Consoles) -> None:
    page, chen = await opened(stage, consoles, role="admin")
    await page.get_by_role("button", name="Erase this customer").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Chen Li")
    assert await faults(page) == []
    await dialog.get_by_role("button", name="Erase for ever").click()
    await expect(page.get_by_text("Erased: 0 entries, 0 files.")).to_be_visible()
    await page.goto(f"{stage.hub.base_url}/customers/{chen}")
    await expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    await expect(page.get_by_text("Chen Li")).to_have_count(0)


@pytest.mark.parametrize(
    ("language", "theme", "width"), [("zh-CN", "dark", 390), ("en", "light", 1280)]
)
async def test_who_is_under_legal_hold_is_not_erased(
    stage: Stage, consoles: Consoles, language: str, theme: str, width: int
) -> None:
    page, _ = await opened(stage, consoles, role="admin", language=language, theme=theme)
    await page.set_viewport_size({"width": width, "height": 900})
    zh = language == "zh-CN"
    hold, why = ("法律保全", "原因") if zh else ("Legal hold", "Why")
    await page.get_by_role("button", name=hold).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label(why).fill("A dispute over the kettle")
    assert await faults(page) == []
    await dialog.get_by_role("button", name=hold).click()
    await expect(page.get_by_text("A dispute over the kettle")).to_be_visible()
    assert await faults(page) == []
    erase, sure = (
        ("删除该客户的个人信息", "永久删除") if zh else ("Erase this customer", "Erase for ever")
    )
    await page.get_by_role("button", name=erase).click()
    await dialog.get_by_role("button", name=sure).click()
    refused = "该客户处于法律保全中" if zh else "This customer is under legal hold"
    await expect(dialog.get_by_role("alert")).to_contain_text(refused)
    await dialog.get_by_role("button", name="取消" if zh else "Cancel").click()
    release = "解除保全" if zh else "Release the hold"
    await page.get_by_role("button", name=release).click()
    await dialog.get_by_role("button", name=release).click()
    await expect(page.get_by_role("button", name=hold)).to_be_visible()
