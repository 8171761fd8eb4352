"""Campaigns on the screens: written, counted, started, followed, and what came of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import insert

from hub.accounts.model import SYSTEM
from hub.campaigns.model import Arm, Text
from hub.campaigns.reads import get_campaign
from hub.campaigns.results import fire_due_results
from hub.campaigns.service import PutCampaign, StartCampaign, put_campaign, start_campaign
from hub.contacts.inbound import IdentityKind
from hub.core.ids import new_id
from hub.customers.business.tables import orders
from hub.customers.groups.tables import customer_groups, group_members
from hub.storage import Tx
from tests.integration.outreach.build import add_customer
from tests.scenarios.stage import Stage, settled
from tests.scenarios.test_campaigns import EVERYTHING
from tests.scenarios.test_consent import never_quiet

from .conftest import Consoles
from .test_looks import faults

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"
NAMES = [
    "王芳",
    "Ann Lee",
    "李雷",
    "Bob Stone",
    "韩梅梅",
    "Carol",
    "陈贵",
    "Dan Fox",
    "赵敏",
    "Eve Hill",
]
TEXTS = {
    "en": Text("Spring for {name}", "Dear {name},\n\nour offer of the spring.\n\n{sender}"),
    "zh-CN": Text("{name}，春季优惠", "{name}，您好：\n\n春季优惠来了。"),
}


async def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"campaigns-{name}.png", full_page=True)


def _people(tx: Tx, _: None) -> list[str]:
    """Forty customers, two of them without an address, in a group."""
    ids = []
    for number in range(40):
        address = [(IdentityKind.EMAIL, f"p{number}@example.test")] if number > 1 else []
        name = f"{NAMES[number % 10]}{'' if number < 10 else f' {number}'}"
        ids.append(add_customer(tx, (name, address)))
    tx.execute(
        insert(customer_groups).values(
            id="g", key="regulars", zh="老客户", en="Regulars", rule={"all": []}, owner_id="boss",
            version=1, made_at=tx.now,
        )
    )  # fmt: skip
    rows = [
        {"id": new_id(), "group_id": "g", "customer_id": id_, "entered_at": tx.now} for id_ in ids
    ]
    tx.execute(insert(group_members), rows)
    return ids


@pytest.fixture
async def people(stage: Stage) -> list[str]:
    await stage.hub.store.write(never_quiet, None)
    return await stage.hub.store.write(_people, None)


async def test_a_supervisor_writes_counts_and_starts_a_campaign(
    stage: Stage, people: list[str], consoles: Consoles
) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await page.goto(f"{stage.hub.base_url}/customers")
    await page.get_by_role("button", name="Campaigns").click()
    await expect(page.get_by_text("No campaigns yet")).to_be_visible()
    await page.get_by_role("button", name="New campaign").click()
    await page.get_by_label("Name in English").fill("Spring offer")
    await page.get_by_label("Name in Chinese").fill("春季优惠")
    await page.get_by_label("Material").fill("spring-2026")
    await page.get_by_label("Customer group", exact=True).select_option("regulars")
    await page.get_by_role("button", name="Save draft").click()
    await expect(page.get_by_role("alert")).to_contain_text("Each mail needs a subject")
    await page.get_by_label("Subject").fill("Spring for {name}")
    await page.get_by_label("Text", exact=True).fill("Dear {name},\n\nour offer.\n\n{sender}")
    await expect(page.get_by_text("Spring for Ann Lee")).to_be_visible()
    assert await faults(page) == []
    await picture(page, "editor")
    await page.get_by_role("button", name="Save draft").click()
    await page.get_by_role("button", name="Count whom it reaches").click()
    await expect(page.get_by_text("40 people are meant")).to_be_visible()
    await expect(page.get_by_text("No mail address")).to_be_visible()
    assert await faults(page) == []
    await expect(page.get_by_text("Spring for Ann Lee")).to_be_visible()
    await picture(page, "counted")
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.get_by_text("of 40 people are decided")).to_be_visible()
    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_text("Paused", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Stop", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Stop").click()
    await expect(page.get_by_text("Stopped", exact=True)).to_be_visible()
    assert await faults(page) == []


async def test_what_came_of_it(stage: Stage, people: list[str], consoles: Consoles) -> None:
    def begin(tx: Tx, _: None) -> None:
        arms = (Arm("a", 60, False, TEXTS), Arm("holdout", 40, True, {}))
        draft = PutCampaign(
            SYSTEM, EVERYTHING, "spring", "春季优惠", "Spring offer", "marketing", "email", "mail",
            "regulars", (), "spring", None, None, tx.now + timedelta(days=1), 14, 100_000, arms,
        )  # fmt: skip
        put_campaign(tx, draft)
        row = get_campaign(tx, "spring", for_change=True)
        start_campaign(tx, StartCampaign(SYSTEM, row, row.version))

    def order(tx: Tx, _: None) -> None:
        for number in range(2, 22):
            tx.execute(
                insert(orders).values(
                    id=new_id(), source="shop", external_id=f"o{number}",
                    customer_id=people[number], customer_external_id="x", ordered_at=tx.now,
                    amount_minor=100, currency="CNY", state="paid", state_at=tx.now,
                    received_at=tx.now,
                )
            )  # fmt: skip

    async def done() -> bool:
        row = await stage.hub.store.read(get_campaign, "spring")
        return bool(row.state == "done")

    await stage.hub.store.write(begin, None)
    await settled(done)
    await stage.hub.store.write(order, None)
    later = timedelta(minutes=2)
    await stage.hub.store.write(lambda tx, _: fire_due_results(tx, tx.now + later, 200), None)
    looks = {"language": "zh-CN", "theme": "dark"}
    page = await consoles.enter("Wang", role="supervisor", ready=False, **looks)
    await page.goto(f"{stage.hub.base_url}/campaigns")
    await expect(page.get_by_role("link", name="春季优惠")).to_be_visible()
    await picture(page, "list-dark")
    await page.get_by_role("link", name="春季优惠").click()
    await expect(page.get_by_text("40 人中已处理 40 人")).to_be_visible()
    await expect(page.get_by_text("个百分点")).to_be_visible()
    assert await faults(page) == []
    await picture(page, "report-dark")
    await page.set_viewport_size({"width": 390, "height": 844})
    await picture(page, "report-narrow")
    await (
        page.get_by_role("radio", name="人员").or_(page.get_by_role("button", name="人员")).click()
    )
    await expect(page.get_by_text("没有邮箱地址").first).to_be_visible()
    await expect(page.get_by_text("已下单").first).to_be_visible()
    assert await faults(page) == []
    await picture(page, "people-narrow")
    overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
    await page.goto(f"{stage.hub.base_url}/campaigns/new")
    await expect(page.get_by_label("英文名称")).to_be_visible()
    overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
    await picture(page, "editor-narrow")
