"""What belongs apart is split off and brought back; what belongs together is linked."""

from __future__ import annotations

from playwright.async_api import expect

from tests.scenarios.stage import Stage, settled

from .conftest import Consoles, kept_undo
from .test_desk import accept_by_keys
from .test_joining import choose
from .test_looks import faults
from .test_together import chen_in_chat, known_chen


async def two_mails(stage: Stage) -> None:
    """One conversation of two mails: the second answers the first's subject in the same thread."""
    first = await stage.mail("It does not start.", subject="Washing machine")
    await until_said(stage, 1)
    await stage.mail("And where is my invoice?", subject="Re: Washing machine", In_Reply_To=first)
    await until_said(stage, 2)


async def until_said(stage: Stage, count: int) -> None:
    async def there() -> bool:
        return [row.direction for row in await stage.said()].count("in") == count

    await settled(there)


async def test_one_of_two_mails_is_split_off_and_brought_back(
    stage: Stage, consoles: Consoles
) -> None:
    await two_mails(stage)
    page = await consoles.enter("Li", theme="dark")
    await accept_by_keys(page)
    timeline = page.get_by_role("log", name="Timeline")
    await expect(timeline.get_by_text("And where is my invoice?")).to_be_visible()
    first_url = page.url
    await choose(page, "Split off…")
    dialog = page.get_by_role("dialog", name="Split off messages")
    submit = dialog.get_by_role("button", name="Split off", exact=True)
    await expect(submit).to_be_disabled()  # nothing is chosen yet
    await dialog.get_by_role("checkbox", name="It does not start.").check()
    await dialog.get_by_role("checkbox", name="And where is my invoice?").check()
    await expect(submit).to_be_disabled()  # one has to stay
    await dialog.get_by_role("checkbox", name="It does not start.").uncheck()
    await dialog.get_by_label("Subject").fill("Invoice")
    await dialog.get_by_label("Queue").select_option("finance")
    assert await faults(page) == []
    await submit.click()
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_role("status").get_by_text("Split off", exact=True)).to_be_visible()
    await expect(page).not_to_have_url(first_url)
    await expect(page.get_by_role("main")).to_contain_text("Invoice · ")
    await expect(timeline.get_by_text("And where is my invoice?")).to_be_visible()
    await expect(page.locator("[data-contact]")).to_have_count(2)
    panel = page.get_by_role("complementary", name="Customer panel")
    await expect(panel.get_by_text("split off from")).to_be_visible()
    assert await faults(page) == []
    assert {row.queue_id for row in await stage.contacts()} == {"support", "finance"}

    await panel.get_by_role("link").filter(has_text="split off from").click()
    await page.wait_for_url(first_url)
    await panel.get_by_role("button", name="Undo the split").click()
    await expect(panel.get_by_role("button", name="Undo the split")).to_have_count(0)
    await expect(timeline.get_by_text("And where is my invoice?")).to_be_visible()
    await expect(page.locator("[data-contact]")).to_have_count(1)
    states = sorted((row.queue_id, row.state, row.ended_as) for row in await stage.contacts())
    assert states == [("finance", "closed", "merged"), ("support", "active", None)]


async def test_a_live_chat_says_why_it_is_not_split(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li", language="zh-CN")
    async with chen_in_chat(stage) as customer:
        await customer.write("还有，什么时候到货?")
        await accept_by_keys(page)
        await page.get_by_role("main").get_by_role("button", name="更多", exact=True).click()
        await page.get_by_role("menuitem", name="拆分…").click()
        dialog = page.get_by_role("dialog", name="拆分消息")
        await expect(dialog).to_contain_text("在线会话不能拆分")
        assert await faults(page) == []


async def test_two_contacts_are_linked_seen_from_both_and_unlinked(
    stage: Stage, consoles: Consoles
) -> None:
    await known_chen(stage)
    page = await consoles.enter("Li", language="zh-CN")
    async with chen_in_chat(stage):
        await accept_by_keys(page)
        await page.keyboard.press("b")  # nothing else is offered meanwhile
        await stage.mail("It does not start.", subject="Washing machine")
        await until_said(stage, 2)
        here = page.url
        await page.get_by_role("main").get_by_role("button", name="更多", exact=True).click()
        await page.get_by_role("menuitem", name="关联…").click()
        dialog = page.get_by_role("dialog", name="关联另一服务请求")
        await dialog.get_by_role("combobox").select_option("follow_up_of")
        await dialog.get_by_text("Washing machine").click()
        assert await faults(page) == []
        await dialog.locator("button[type=submit]").click()
        panel = page.get_by_role("complementary").first
        other = panel.get_by_role("link").filter(has_text="Washing machine")
        await expect(other.filter(has_text="后续于")).to_be_visible()
        assert await faults(page) == []
        await other.filter(has_text="后续于").click()
        await expect(page).not_to_have_url(here)
        await expect(panel.get_by_text("有后续")).to_be_visible()  # the other one tells it too
        await panel.get_by_role("button", name="取消关联").click()
        await expect(panel.get_by_text("有后续")).to_have_count(0)
        await page.go_back()
        await page.wait_for_url(here)
        await expect(page.get_by_role("log")).to_contain_text("And the invoice?")
        await expect(panel.get_by_text("后续于")).to_have_count(0)


async def test_a_split_is_taken_back_where_it_was_made(stage: Stage, consoles: Consoles) -> None:
    await two_mails(stage)
    page = await consoles.enter("Li")
    await accept_by_keys(page)
    first_url = page.url
    await choose(page, "Split off…")
    dialog = page.get_by_role("dialog", name="Split off messages")
    await dialog.get_by_role("checkbox", name="And where is my invoice?").check()
    await dialog.get_by_role("button", name="Split off", exact=True).click()
    undo = await kept_undo(page, "Undo the split")
    await expect(page).not_to_have_url(first_url)
    await undo.click()
    await page.wait_for_url(first_url)
    await expect(page.get_by_text("Together again")).to_be_visible()
    await expect(page.locator("[data-contact]")).to_have_count(1)
