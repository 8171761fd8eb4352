"""Two records become one and come apart again, by hand; what is to be decided, by agents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Page, expect

from hub.customers.identify import identify_batch
from hub.customers.model import Identify, IdentityKind, SenderIdentity
from hub.routing.settings import tier_of_new_customers
from hub.storage import Tx
from tests.scenarios.stage import Stage

from .conftest import Consoles

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"


def _meet(tx: Tx, people: Sequence[Sequence[SenderIdentity]]) -> list[str]:
    asked = [Identify(tuple(senders), "CN", source="test") for senders in people]
    return [one.customer_id for one in identify_batch(tx, asked, tier_of_new_customers)]


def mail(address: str, name: str | None = None) -> SenderIdentity:
    return SenderIdentity(IdentityKind.EMAIL, address, name)


def phone(number: str, name: str | None = None) -> SenderIdentity:
    return SenderIdentity(IdentityKind.PHONE, number, name)


async def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"merging-{name}.png", full_page=True)


async def test_a_supervisor_merges_by_the_keyboard_and_takes_it_back(
    stage: Stage, consoles: Consoles
) -> None:
    people = [(mail("ann@example.test", "Ann Lee"),), (phone("13800138000", "A. Lee"),)]
    by_mail, by_phone = await stage.hub.store.write(_meet, people)
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await page.goto(f"{stage.hub.base_url}/customers/{by_phone}")
    await page.get_by_role("button", name="Merge…").press("Enter")
    dialog = page.get_by_role("dialog", name="Merge two records")
    await dialog.get_by_role("searchbox", name="The other record").fill("ann@example.test")
    await dialog.get_by_role("button", name="Ann Lee").press("Enter")
    await dialog.get_by_role("radio", name="Ann Lee").check()
    await dialog.get_by_label("Why").fill("she told us")
    await picture(page, "dialog")
    await dialog.get_by_role("button", name="Merge", exact=True).press("Enter")
    await page.wait_for_url(f"**/customers/{by_mail}")
    main = page.get_by_role("main")
    await expect(main.get_by_text("138 0013 8000").first).to_be_visible()
    await expect(main.get_by_text("A. Lee was merged into Ann Lee")).to_be_visible()
    await picture(page, "merged")
    await page.goto(f"{stage.hub.base_url}/customers/{by_phone}")
    await page.get_by_role("link", name="open what it is now").click()
    await page.wait_for_url(f"**/customers/{by_mail}")
    await page.get_by_role("button", name="Undo", exact=True).click()
    await expect(main.get_by_text("undone", exact=True)).to_be_visible()
    await page.goto(f"{stage.hub.base_url}/customers/{by_phone}")
    await expect(page.get_by_role("heading", name="A. Lee")).to_be_visible()
    await expect(page.get_by_text("This record was merged")).to_have_count(0)


async def test_a_record_of_the_same_name_is_offered(stage: Stage, consoles: Consoles) -> None:
    people = [(mail("ann@example.test", "Ann Lee"),), (phone("13800138000", "Lee, Ann"),)]
    by_mail, by_phone = await stage.hub.store.write(_meet, people)
    page = await consoles.enter("Li")
    await page.goto(f"{stage.hub.base_url}/customers/{by_phone}")
    await page.get_by_role("button", name="Merge…").click()
    dialog = page.get_by_role("dialog", name="Merge two records")
    await expect(dialog.get_by_text("same name")).to_be_visible()
    await picture(page, "offered")
    await dialog.get_by_role("button", name="Ann Lee").click()
    await dialog.get_by_label("Why").fill("same name and street")
    await dialog.get_by_role("button", name="Merge", exact=True).click()
    await expect(page.get_by_text("The records are one now")).to_be_visible()
    await page.goto(f"{stage.hub.base_url}/customers/{by_mail}")
    await expect(page.get_by_role("link", name="open what it is now")).to_be_visible()


async def test_an_address_of_somebody_else_gets_a_record_of_its_own(
    stage: Stage, consoles: Consoles
) -> None:
    people = [(mail("ann@example.test", "Ann Lee"), phone("13800138000"))]
    [customer_id] = await stage.hub.store.write(_meet, people)
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await page.goto(f"{stage.hub.base_url}/customers/{customer_id}")
    await page.get_by_role("button", name="Split…").click()
    dialog = page.get_by_role("dialog", name="Whose addresses are these?")
    await dialog.get_by_role("checkbox", name="138 0013 8000").check()
    await dialog.get_by_label("Name of the new record").fill("Bob")
    await dialog.get_by_label("Why").fill("her neighbour's")
    await picture(page, "split")
    await dialog.get_by_role("button", name="Split", exact=True).click()
    await expect(page.get_by_role("heading", name="Bob")).to_be_visible()
    await expect(page.get_by_text("From Ann Lee to Bob")).to_be_visible()


async def test_an_agent_decides_who_is_the_same(stage: Stage, consoles: Consoles) -> None:
    for senders in (
        (phone("13800138000", "王芳"),),
        (mail("fang@example.test", "Fang"), phone("13800138000")),
        (phone("13900139000", "李雷"),),
        (mail("lei@example.test"), phone("13900139000")),
    ):
        await stage.hub.store.write(_meet, [senders])
    page = await consoles.enter("Li", language="zh-CN")
    await page.goto(f"{stage.hub.base_url}/customers")
    await page.get_by_role("button", name="是否同一客户？").click()
    await expect(page.get_by_role("heading", name="是同一客户吗？")).to_be_visible()
    await expect(page.get_by_role("link", name="王芳")).to_be_visible()
    await picture(page, "conflicts")
    await page.get_by_role("button", name="同一客户：保留 王芳").click()
    await expect(page.get_by_role("link", name="王芳")).to_have_count(0)
    await page.get_by_role("button", name="不是同一客户").click()
    await expect(page.get_by_text("没有待决定的事项")).to_be_visible()


async def test_conflicts_are_decided_on_a_phone(stage: Stage, consoles: Consoles) -> None:
    for senders in (
        (phone("13800138000", "Ann"),),
        (mail("ann.lee.with.a.long.address@department.example.test"), phone("13800138000")),
    ):
        await stage.hub.store.write(_meet, [senders])
    page = await consoles.enter("Li", theme="dark")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{stage.hub.base_url}/customers?decide")
    await expect(page.get_by_role("button", name="Both use it")).to_be_visible()
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    for button in await page.get_by_role("main").get_by_role("button").all():
        box = await button.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 390
    await picture(page, "phone")
    await page.get_by_role("button", name="Both use it").click()
    await expect(page.get_by_text("Nothing to decide")).to_be_visible()
