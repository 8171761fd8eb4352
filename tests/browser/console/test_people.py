"""Somebody leaves, on the screens: who gets what is asked, with counts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select, update

from hub.accounts.model import SYSTEM, Actor
from hub.accounts.tables import users
from hub.contacts.commitments.model import CommitmentKind
from hub.contacts.commitments.service import MakeCommitment, make_commitment
from hub.contacts.commitments.tables import commitments
from hub.contacts.tables import contacts
from hub.customers.service import ChangeCustomer, change_customer
from hub.customers.tables import customers
from hub.knowledge.service import WriteArticle, write_article
from hub.routing.model import AgentState
from hub.routing.service import SetAgentState, set_agent_state
from hub.storage import Tx
from hub.testing.center import add_agent, give_to_agent
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_looks import faults

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"


async def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"people-{name}.png")


def _fill(tx: Tx, customer_id: str) -> str:
    """Li looks after a customer, owes two promises, answers for an article; return Li's id."""
    li = add_agent(tx, "Li")
    add_agent(tx, "Wang")
    specialist = add_agent(tx, "Zhou")
    tx.execute(update(users).where(users.c.id == specialist).values(role="specialist"))
    for user_id in tx.execute(select(users.c.id)).scalars().all():  # nobody is offered anything
        set_agent_state(tx, SetAgentState(user_id, AgentState.OFFLINE))
    change_customer(tx, ChangeCustomer(SYSTEM, customer_id, owner_id=li))
    actor = Actor(li, "Li", "session")
    write_article(tx, WriteArticle(actor, "en", "How is a drum cleaned?", "With vinegar."))
    for text in ("Call back about the drum", "Send the invoice"):
        made = MakeCommitment(
            actor=actor,
            kind=CommitmentKind.OTHER,
            text=text,
            due_at=tx.now + timedelta(days=1),
            customer_id=customer_id,
            owner_id=li,
        )
        make_commitment(tx, made)
    return li


def _on_the_phone(tx: Tx, agent_id: str) -> str:
    contact_id = tx.execute(select(contacts.c.id)).scalar_one()
    tx.execute(update(contacts).where(contacts.c.id == contact_id).values(channel="phone"))
    give_to_agent(tx, (contact_id, agent_id))
    return str(contact_id)


def _owners(tx: Tx, customer_id: str) -> tuple[str, set[str]]:
    owner = select(users.c.name).join(customers, customers.c.owner_id == users.c.id)
    owes = select(users.c.name).join(commitments, commitments.c.owner_id == users.c.id)
    return (
        tx.execute(owner.where(customers.c.id == customer_id)).scalar_one(),
        set(tx.execute(owes).scalars()),
    )


async def test_who_leaves_hands_everything_over(stage: Stage, consoles: Consoles) -> None:
    store = stage.hub.store
    chen = await stage.known("陈晓梅 Chen Xiaomei", "gold", email="chen@example.test")
    li = await store.write(_fill, chen)
    page = await consoles.enter("Sun", role="supervisor", ready=False)
    await page.get_by_role("button", name="Menu of Sun").click()
    await page.get_by_role("menuitem", name="People").click()
    people = page.get_by_role("list", name="People")
    await expect(people.get_by_role("listitem")).to_have_count(4)
    assert await faults(page) == []
    await picture(page, "list")
    own = people.get_by_role("listitem").filter(has_text="Sun")
    await expect(own.get_by_role("button")).to_have_count(0)  # nobody sends themselves away
    await people.get_by_role("button", name="What to do with Li").click()
    await page.get_by_role("menuitem", name="Leaves…").click()
    dialog = page.get_by_role("dialog", name="Li leaves")
    for held in ("1 customer", "2 commitments", "1 article"):
        await expect(dialog.get_by_text(held, exact=True)).to_be_visible()
    await dialog.get_by_role("button", name="Hand over and disable").click()
    await expect(dialog.get_by_text("Somebody has to take it over.")).to_have_count(3)
    await dialog.get_by_label("Everything goes to").select_option(label="Zhou")
    # a specialist looks after commitments only: the rest still needs somebody
    await expect(dialog.get_by_text("Somebody has to take it over.")).to_have_count(2)
    assert await faults(page) == []
    await picture(page, "leaving")
    await dialog.get_by_label("1 customer").select_option(label="Wang")
    await dialog.get_by_label("1 article").select_option(label="Sun")
    await dialog.get_by_role("button", name="Hand over and disable").click()
    await expect(
        page.get_by_text("Handed over: 1 customer, 2 commitments, 1 article.")
    ).to_be_visible()
    await expect(people.get_by_role("listitem")).to_have_count(3)
    assert await store.read(_owners, chen) == ("Wang", {"Zhou"})
    await (
        page.get_by_role("radio", name="Disabled")
        .or_(page.get_by_role("button", name="Disabled"))
        .first.click()
    )
    await people.get_by_role("button", name="What to do with Li").click()
    await page.get_by_role("menuitem", name="Enable", exact=True).click()
    await expect(page.get_by_text("Li can sign in again")).to_be_visible()
    await page.goto(f"{stage.hub.base_url}/customers/{chen}")
    await page.get_by_text("Earlier owners (2)").click()
    await expect(page.get_by_text("the owner left")).to_be_visible()
    assert li


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_nobody_is_cut_off(stage: Stage, consoles: Consoles, theme: str) -> None:
    """On a phone, in Chinese: the call is said before anything is asked for."""
    chen = await stage.known("陈晓梅", "gold", email="chen@example.test")
    li = await stage.hub.store.write(_fill, chen)
    await stage.mail("My washing machine leaks.")
    await stage.waited(1)
    contact_id = await stage.hub.store.write(_on_the_phone, li)
    page = await consoles.enter(
        "Sun", role="supervisor", ready=False, language="zh-CN", theme=theme
    )
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{stage.hub.base_url}/people")
    await page.get_by_role("button", name="对Li的操作").click()
    await page.get_by_role("menuitem", name="离职…").click()
    dialog = page.get_by_role("dialog", name="Li离职")
    await expect(dialog.get_by_text("此人正在与客户通话或聊天")).to_be_visible()
    send = dialog.get_by_role("button", name="移交并停用")
    await expect(send).to_be_disabled()
    assert await faults(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await picture(page, f"live-{theme}")
    await stage.hub.store.write(_hung_up, contact_id)
    await dialog.get_by_role("button", name="重新查看").click()
    await expect(send).to_be_enabled()


def _hung_up(tx: Tx, contact_id: str) -> None:
    changed = update(contacts).where(contacts.c.id == contact_id)
    tx.execute(changed.values(channel="email"))


async def test_agents_have_no_such_page(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li", ready=False)
    for path in ("people", "groups"):
        await page.goto(f"{stage.hub.base_url}/{path}")
        await page.wait_for_url("**/desk**")
