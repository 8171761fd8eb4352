"""A card number in a mail at the desk: hidden and said so; its original is not for every role."""

from __future__ import annotations

from playwright.async_api import expect
from sqlalchemy import select, update

from hub.contacts.tables import interactions
from hub.customers.settings import CustomerSettings, Privacy, save_customer_settings
from hub.storage import Tx
from tests.scenarios.stage import Stage
from tests.unit.fax.samples import raw_fax

from .conftest import Consoles
from .test_desk import accept_by_keys
from .test_looks import PHONE, faults, wear
from .test_reading import shown

MORE = "More about this mail"
TOLD = "A card number is hidden here but for its last four digits."


async def test_a_card_number_is_hidden_and_who_may_not_is_offered_no_original(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    await stage.mail("Please charge my card 4111 1111 1111 1111, valid to 12/27.")
    await accept_by_keys(page)
    timeline = page.get_by_role("article")
    await expect(timeline.get_by_text("**** **** **** 1111, valid to 12/27.")).to_be_visible()
    await expect(timeline.get_by_text(TOLD)).to_be_visible()
    await page.get_by_role("button", name=MORE).press("Enter")
    await expect(page.get_by_role("menuitem", name="Print")).to_be_visible()
    await expect(page.get_by_role("menuitem", name="Original and headers")).to_have_count(0)
    await page.keyboard.press("Escape")
    found = await faults(page)
    await shown(page, "card-en-light-1440")
    await wear(page, "zh-CN", "dark")
    await expect(timeline.get_by_text("此处的银行卡号已隐藏")).to_be_visible()
    found += await faults(page)
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await shown(page, "card-zh-dark-390")
    assert found == []

    await stage.hub.store.write(
        save_customer_settings, CustomerSettings(privacy=Privacy(originals="agent"))
    )
    await page.reload()
    await page.get_by_role("button", name="更多邮件操作").press("Enter")
    await expect(page.get_by_role("menuitem", name="原件与邮件头")).to_be_visible()


def _a_card_was_read(tx: Tx, _: None) -> None:
    [entry] = tx.execute(select(interactions).where(interactions.c.kind == "fax")).all()
    meta = {**entry.meta, "card_hidden": True}
    tx.execute(update(interactions).where(interactions.c.id == entry.id).values(meta=meta))
    tx.hint("conversation.marked", entry.conversation_id)


async def test_pages_with_a_card_number_give_way_to_why_they_are_not_shown(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    await stage.fax(raw_fax("hylafax_received"))
    await accept_by_keys(page)
    pages = page.locator("article img")  # not the icons, which are drawn
    await expect(pages.first).to_be_visible()
    await stage.hub.store.write(_a_card_was_read, None)
    told = "Its pages are for who may open originals: ask a supervisor."
    await expect(page.get_by_role("article").get_by_text(told)).to_be_visible()
    await expect(pages).to_have_count(0)
    await shown(page, "card-fax-en-light-1440")
    assert await faults(page) == []
