"""One look at a customer: what is open, what is missing, how satisfied they are, whom they name."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from playwright.async_api import Page, expect

from hub.accounts.model import SYSTEM
from hub.agent_console.client import HeadlessAgent
from hub.contacts.research.feed import Answer, PutAnswers, put_answers
from hub.contacts.research.model import SATISFACTION
from hub.customers.addresses import NewAddress, attach_address, check_address
from hub.customers.business.balances import PutBalances, put_balances
from hub.customers.business.cases import PutCases, put_cases
from hub.customers.business.facts import PutFacts, put_facts
from hub.customers.business.model import CaseKind, CaseState, OrderState
from hub.customers.business.orders import PutOrders, put_orders
from hub.customers.business.rows import Balance, Case, Fact, Order
from hub.customers.facts import AddFact, add_fact
from hub.customers.model import IdentityKind
from hub.customers.settings import (
    Competitor,
    CustomerSettings,
    Outreach,
    Surveys,
    save_customer_settings,
)
from hub.routing.recovery import recovery_aims
from hub.routing.settings import tier_of_new_customers
from hub.storage import Tx
from tests.scenarios.stage import Stage, one_offer
from tests.scenarios.test_satisfaction import survey_link

from .conftest import Consoles
from .test_looks import faults
from .test_merging import PICTURES

MAIL = "chen@example.test"
ACCOUNT = "10023"
SHOP = "shop"
DAY = timedelta(days=1)
PHONE = {"width": 390, "height": 844}


def _set_up(tx: Tx, _: None) -> None:
    """Surveys by mail at any hour, and one competitor."""
    never = Outreach(quiet_from="00:00", quiet_until="00:00", per_week=0, per_month=0)
    settings = CustomerSettings(
        outreach=never,
        surveys=Surveys(by_mail=True),
        competitors=[Competitor(key="acme", names=["Acme", "艾克米"])],
        zone="UTC",
    )
    save_customer_settings(tx, settings)


def _deliver(tx: Tx, customer_id: str) -> None:
    """What other systems know: an order, a repair, a credit hold, secondary data."""
    address = check_address(NewAddress(IdentityKind.EXTERNAL, ACCOUNT), "CN")
    attach_address(tx, customer_id, address, None, SHOP)
    at = tx.now - 3 * DAY
    order = Order("A-1", ACCOUNT, at, 429_900, "CNY", None, OrderState.SHIPPED)
    put_orders(tx, PutOrders(SHOP, [order], tier_of_new_customers))
    repair = Case("R-1", ACCOUNT, CaseKind.REPAIR, CaseState.REPAIRING, "A-1", None, "漏水")
    put_cases(tx, PutCases(SHOP, [repair], tier_of_new_customers))
    owed = Balance(ACCOUNT, 50_000, "CNY", 40_000, credit_hold=True)
    put_balances(tx, PutBalances(SHOP, [owed], tier_of_new_customers))
    known = Fact(
        "F-1",
        ACCOUNT,
        "competitor",
        "Has a service contract with Acme until June",
        licence="CC BY 4.0",
        url="https://data.example/firms/1",
        competitor="acme",
        expires_at=tx.now + 90 * DAY,
    )
    put_facts(tx, PutFacts("registry", [known], tier_of_new_customers))
    add_fact(tx, AddFact(SYSTEM, customer_id, "preference", "周末上午方便接电话", "contact"))


async def _picture(page: Page, name: str) -> None:
    """The whole of it: what scrolls has room meanwhile."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    size = page.viewport_size or PHONE
    await page.set_viewport_size({"width": size["width"], "height": 2_200})
    await page.screenshot(path=PICTURES / f"look-{name}.png")
    await page.set_viewport_size({"width": size["width"], "height": size["height"]})


@pytest.mark.parametrize(
    ("language", "theme", "words"),
    [
        ("en", "light", ("What is open", "Worth asking for: phone number", "Fill in")),
        ("zh-CN", "dark", ("当前事项", "值得询问：电话", "填入")),
    ],
)
async def test_an_agent_sees_what_is_open_and_fills_in_what_is_missing(
    stage: Stage, consoles: Consoles, language: str, theme: str, words: tuple[str, ...]
) -> None:
    title, asks, fill = words
    await stage.hub.store.write(_set_up, None)
    customer_id = await stage.known("陈晓梅 Chen Xiaomei", "gold", email=MAIL)
    await stage.hub.store.write(_deliver, customer_id)
    await stage.mail("My machine leaks. Acme says they would be faster.", subject="Leak")
    await stage.waited(1)
    page = await consoles.enter("Li", language=language, theme=theme, ready=False)
    await page.goto(f"{stage.hub.base_url}/customers/{customer_id}")
    block = page.get_by_role("region", name=title)
    await expect(block.get_by_role("link", name="Leak")).to_be_visible()
    await expect(block.get_by_text("R-1")).to_be_visible()
    await expect(block.get_by_role("status")).to_be_visible()  # the credit hold
    source = page.get_by_role("link", name="data.example")
    await expect(source).to_have_attribute("href", "https://data.example/firms/1")
    await expect(page.get_by_text("CC BY 4.0")).to_be_visible()
    await _picture(page, f"{theme}")
    assert await faults(page) == []
    await block.get_by_label(asks).fill("12")
    await block.get_by_role("button", name=fill).click()
    await expect(block.get_by_role("alert")).to_be_visible()  # no number: it says so, and stays
    await block.get_by_label(asks).fill("13800138000")
    await block.get_by_label(asks).press("Enter")
    await expect(block.get_by_label(asks)).to_have_count(0)
    await expect(page.get_by_text(re.compile("138.*8000")).first).to_be_visible()
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    await _picture(page, f"{theme}-phone")
    assert await faults(page) == []


async def test_the_timeline_has_every_source_at_its_place(stage: Stage, consoles: Consoles) -> None:
    await stage.hub.store.write(_set_up, None)
    customer_id = await stage.known("Chen Li", "gold", email=MAIL)
    await stage.hub.store.write(_deliver, customer_id)
    await stage.mail("It leaks.", subject="Leak")
    await stage.waited(1)
    page = await consoles.enter("Li", ready=False)
    await page.goto(f"{stage.hub.base_url}/customers/{customer_id}")
    timeline = page.get_by_role("region", name="Timeline")
    log = timeline.get_by_role("group", name="Timeline")
    for said in ("Order A-1", "Repair", "About a competitor", "It leaks."):
        await expect(log.get_by_text(said).first).to_be_visible()
    choose = timeline.get_by_role("combobox", name="Filter by source or way")
    await choose.select_option("source:order")
    await expect(log.get_by_text("Order A-1")).to_be_visible()
    await expect(log.get_by_text("It leaks.")).to_have_count(0)
    words = timeline.get_by_role("searchbox", name="Search the timeline")
    await words.fill("leaks")  # orders have no words: the whole of the contacts is looked through
    await expect(log.get_by_text("It leaks.").first).to_be_visible()
    await expect(log.get_by_text("Order A-1")).to_have_count(0)
    await expect(choose).to_have_value("all")
    assert await faults(page) == []
    await choose.select_option("source:fact")
    await expect(words).to_have_value("")
    await expect(log.get_by_text("service contract with Acme")).to_be_visible()


def _before(tx: Tx, customer_id: str) -> None:
    """They were satisfied twice, as another system says."""
    address = check_address(NewAddress(IdentityKind.EXTERNAL, ACCOUNT), "CN")
    attach_address(tx, customer_id, address, None, "panel")
    answers = [
        Answer(f"P-{days}", ACCOUNT, "spring", SATISFACTION, 5, "好", None, tx.now - days * DAY)
        for days in (40, 80)
    ]
    put_answers(tx, PutAnswers("panel", answers, tier_of_new_customers, recovery_aims))


async def _rated(stage: Stage, agent: HeadlessAgent, contact_id: str) -> None:
    """The mail is answered and closed; the customer says 1 on the public page."""
    await agent.reply(contact_id, "We come once more.")
    await agent.close(contact_id, "repair", "solved")
    said = {"score": "1", "comment": "Three times, and it still leaks"}
    link = await survey_link(stage)
    async with ClientSession() as session, session.post(link, data=said) as answer:
        assert answer.status == 200


async def test_a_1_by_the_public_page_is_in_the_trend_and_a_recovery(
    stage: Stage, consoles: Consoles
) -> None:
    await stage.hub.store.write(_set_up, None)
    customer_id = await stage.known("Chen Li", "gold", email=MAIL)
    await stage.hub.store.write(_before, customer_id)
    page = await consoles.enter("Sun", role="supervisor", ready=False)
    async with stage.console("Li") as agent:
        await stage.mail("It leaks again. Acme would have mended it!", subject="Leak")
        contact_id = await agent.accept(await one_offer(agent))
        await page.goto(f"{stage.hub.base_url}/desk/{contact_id}")
        named = page.get_by_role("region", name="Competitors named here")
        await expect(named).to_contain_text("They name Acme")
        await expect(named).to_contain_text("Acme would have mended it!")
        assert await faults(page) == []
        await _picture(page, "desk")
        await _rated(stage, agent, contact_id)
    await page.goto(f"{stage.hub.base_url}/customers/{customer_id}")
    block = page.get_by_role("region", name="What is open")
    recovery = block.get_by_role("listitem").filter(has_text="Recovery")
    await expect(recovery).to_contain_text("Rated us 1 of 5: “Three times, and it still leaks”")
    await expect(block.get_by_text("3 answers")).to_be_visible()
    await expect(block.get_by_text("falling")).to_be_visible()
    await expect(block.get_by_text("To win back")).to_be_visible()
    chart = page.get_by_role("img", name="Scores of 5, from the oldest to the newest: 5 · 5 · 1")
    await expect(chart).to_be_visible()
    assert await faults(page) == []
    await _picture(page, "recovery")
    other = await consoles.enter("Wu", language="zh-CN", theme="dark", ready=False)
    await other.goto(f"{stage.hub.base_url}/customers/{customer_id}")
    block = other.get_by_role("region", name="当前事项")
    await expect(block.get_by_text("3 次评价")).to_be_visible()
    await expect(other.get_by_text("需挽回")).to_have_count(0)  # agents are told no zone
    assert await faults(other) == []
    await _picture(other, "recovery-agent")
