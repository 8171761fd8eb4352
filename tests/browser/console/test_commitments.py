"""Commitments in the console: promised in a contact, worked off on a phone, prices decided."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import insert, select, update

from hub.accounts.model import Actor
from hub.accounts.tables import team_members, teams, users
from hub.contacts.commitments.commands import MakeCommitment, Terms, Visit
from hub.contacts.commitments.model import CommitmentKind
from hub.contacts.commitments.service import make_commitment
from hub.contacts.commitments.tables import commitments
from hub.routing.model import AgentState
from hub.routing.service import SetAgentState, set_agent_state
from hub.routing.tables import skills
from hub.storage import Tx
from hub.testing.center import add_agent
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_desk import accept_by_keys
from .test_looks import PHONE, faults

MASKED = re.compile(r"138\s?\*{4}\s?8000")
LOOKS = [("en", "light"), ("zh-CN", "dark")]


async def shown(page: Page, name: str) -> None:
    """Keep a picture of the page where somebody wants to look at it."""
    folder = os.environ.get("HUB_PICTURES")
    if folder:
        await page.screenshot(path=f"{folder}/{name}.png")


async def specialist(stage: Stage, consoles: Consoles, **looks: Any) -> tuple[Page, str]:
    """A technician's page, and their id."""
    user_id = await stage.hub.store.write(add_agent, "Zhang")

    def become(tx: Tx, _: None) -> None:
        tx.execute(insert(teams).values(id="field", zh="外勤组", en="Field service", retired=False))
        tx.execute(update(users).where(users.c.id == user_id).values(role="specialist"))
        set_agent_state(tx, SetAgentState(user_id, AgentState.OFFLINE))
        tx.execute(
            update(team_members).where(team_members.c.user_id == user_id).values(team_id="field")
        )

    await stage.hub.store.write(become, None)
    page = await consoles.page(**looks)
    token = await stage.hub.accounts.make_door(user_id)
    await page.goto(f"{stage.hub.base_url}/enter#{token}")
    await page.wait_for_url("**/my-work")
    return page, user_id


async def promise(stage: Stage, customer_id: str, by: str, **fields: Any) -> str:
    """Somebody promises something on a customer's record."""

    def make(tx: Tx, _: None) -> str:
        name = tx.execute(select(users.c.name).where(users.c.id == by)).scalar_one()
        given = {"kind": CommitmentKind.OTHER, "text": "Look after it"} | fields
        due_at = tx.now + timedelta(days=1)
        command = MakeCommitment(
            Actor(by, name, "session"), due_at=due_at, customer_id=customer_id, **given
        )
        return make_commitment(tx, command)

    return await stage.hub.store.write(make, None)


def a_visit(stage: Stage) -> dict[str, Any]:
    start = stage.hub.clock.now() + timedelta(hours=20)
    return {
        "kind": CommitmentKind.REPAIR,
        "text": "The boiler is cold: bring a pump",
        "visit": Visit(start, start + timedelta(hours=2)),
    }


def a_quote(stage: Stage, price_minor: int) -> dict[str, Any]:
    until = stage.hub.clock.now() + timedelta(days=30)
    return {
        "kind": CommitmentKind.QUOTE,
        "text": "Price of the lamp",
        "terms": Terms(None, "Desk lamp", price_minor, "CNY", until),
    }


async def test_a_repair_is_promised_in_a_contact_to_a_technician(
    stage: Stage, consoles: Consoles
) -> None:
    await specialist(stage, consoles)
    page = await consoles.enter("Li")
    await stage.mail("The boiler is cold.")
    await accept_by_keys(page)
    await expect(page.get_by_role("log")).to_contain_text("The boiler is cold.")
    await page.get_by_role("button", name="Add a commitment").click()
    await page.get_by_label("Kind", exact=True).select_option("repair")
    await page.get_by_label("What was promised").fill("Repair the boiler")
    await expect(page.get_by_text("Not enough data (0 of 5)")).to_be_visible()
    await page.get_by_role("radio", name="Zhang").check()
    await expect(page.get_by_label("Owner").locator("option:checked")).to_have_text("Zhang")
    await shown(page, "commitment_form")
    assert await faults(page) == []
    await page.get_by_role("button", name="Save commitment").click()
    line = page.get_by_role("listitem").filter(has_text="Repair the boiler")
    await expect(line.first).to_contain_text("Zhang")

    def made(tx: Tx, _: None) -> Any:
        return tx.execute(select(commitments)).one()

    row = await stage.hub.store.read(made, None)
    assert (row.kind, row.source_interaction_id is not None) == ("repair", True)
    await line.first.get_by_role("link", name="Repair the boiler").click()
    await page.wait_for_url("**/commitments/*")
    await expect(page.get_by_role("heading", name="Repair the boiler")).to_be_visible()
    await expect(page.get_by_role("main").get_by_text("The boiler is cold.")).to_be_visible()
    await shown(page, "commitment_of_an_agent")


async def test_a_technician_works_it_off_on_a_phone(stage: Stage, consoles: Consoles) -> None:
    page, technician = await specialist(stage, consoles, size=PHONE)
    customer = await stage.known("Chen Li", "gold", phone="+8613800138000")
    agent = await consoles.enter("Li")
    asker = await stage.hub.store.read(_id_of, "Li")
    await promise(stage, customer, asker, owner_id=technician, **a_visit(stage))
    await page.reload()
    await page.get_by_role("link", name="Chen Li").click()
    await expect(page.get_by_role("heading", name="bring a pump")).to_be_visible()
    await expect(page.get_by_text(MASKED)).to_be_visible()
    await shown(page, "specialist_phone")
    await page.get_by_role("button", name="Show", exact=True).click()
    await expect(page.get_by_role("link", name=re.compile(r"138\s?0013\s?8000"))).to_be_visible()
    await page.get_by_role("button", name="Comment").click()
    await page.get_by_label("Comment").fill("Needs a new seal")
    await page.get_by_role("button", name="Add comment").click()
    await expect(page.get_by_text("Needs a new seal")).to_be_visible()
    await page.get_by_role("button", name="Done").click()
    await page.get_by_label("What was done").fill("New pump")
    await page.get_by_role("button", name="Done").click()
    await expect(page.get_by_text("Kept", exact=True).first).to_be_visible()
    await expect(agent.get_by_text("Done, as you asked")).to_be_visible()  # who asked for it
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("link", name="Back").click()
    await expect(page.get_by_text("Nothing to keep")).to_be_visible()
    assert "gold" not in (await page.content()).lower().replace("--gold", "").replace("gold-", "")


async def test_a_specialist_has_nothing_else_and_returns_with_a_reason(
    stage: Stage, consoles: Consoles
) -> None:
    page, technician = await specialist(stage, consoles)
    customer = await stage.known("Chen Li", "gold", email="chen@example.test")
    await consoles.enter("Li")
    asker = await stage.hub.store.read(_id_of, "Li")
    await promise(stage, customer, asker, owner_id=technician)
    for path in ("/desk", "/customers", "/wallboard", "/settings"):
        await page.goto(f"{stage.hub.base_url}{path}")
        await page.wait_for_url("**/my-work")
    await page.get_by_role("link", name="Chen Li").click()
    await page.get_by_role("button", name="Return").click()
    save = page.get_by_role("button", name="Return")
    await expect(save).to_be_disabled()
    await page.get_by_label("Why it goes back").fill("Not my job")
    await save.click()
    await expect(page.get_by_text("Nothing to keep")).to_be_visible()


async def test_a_supervisor_sees_what_is_late_and_decides_between_two_prices(
    stage: Stage, consoles: Consoles
) -> None:
    customer = await stage.known("Chen Li", "gold", email="chen@example.test")
    for name in ("Li", "Wang"):
        await stage.hub.store.write(add_agent, name)
    first, second = [await stage.hub.store.read(_id_of, name) for name in ("Li", "Wang")]
    await promise(stage, customer, first, **a_quote(stage, 19_900))
    await promise(stage, customer, second, **a_quote(stage, 17_900))
    late = await promise(stage, customer, first, text="Call back")

    def overdue(tx: Tx, _: None) -> None:
        past = tx.now - timedelta(days=30)
        where = commitments.c.id == late
        tx.execute(update(commitments).where(where).values(due_at=past, remind_at=past))

    await stage.hub.store.write(overdue, None)
    page = await consoles.enter("Sun", role="supervisor")
    await page.goto(f"{stage.hub.base_url}/commitments")
    await expect(page.get_by_role("list", name="My teams").get_by_role("listitem")).to_have_count(3)
    await shown(page, "commitments_of_teams")
    await page.get_by_role("switch", name="Late only").check()
    rows = page.get_by_role("list", name="My teams").get_by_role("listitem")
    await expect(rows).to_have_count(1)
    await expect(rows.first).to_contain_text("Call back")
    await page.get_by_role("button", name="Prices", exact=True).click()
    await expect(page.get_by_role("heading", name="Desk lamp")).to_be_visible()
    await shown(page, "commitments_prices")
    assert await faults(page) == []
    await page.get_by_role("button", name="This one counts").first.click()
    await page.get_by_label("Why this price counts").fill("List price")
    await page.get_by_role("button", name="Decide").click()
    await expect(page.get_by_text("No prices differ")).to_be_visible()


async def test_a_supervisor_says_what_a_specialist_can_do(stage: Stage, consoles: Consoles) -> None:
    _, technician = await specialist(stage, consoles)

    def prepare(tx: Tx, _: None) -> None:
        tx.execute(insert(skills).values(id="boiler", zh="锅炉", en="Boilers", retired=False))
        of_field = team_members.c.user_id == technician
        tx.execute(update(team_members).where(of_field).values(team_id="team"))

    await stage.hub.store.write(prepare, None)
    page = await consoles.enter("Sun", role="supervisor")
    await page.goto(f"{stage.hub.base_url}/commitments")
    await page.get_by_role("button", name="Specialists").click()
    await page.get_by_label("Add a skill of Zhang").select_option("boiler")
    await page.get_by_role("button", name="Add Boilers").click()
    grade = page.get_by_label("Boilers of Zhang")
    await expect(grade).to_have_value("3")
    await grade.select_option("5")
    await expect(grade).to_have_value("5")
    await shown(page, "specialists")
    assert await faults(page) == []
    await grade.select_option("0")
    await expect(grade).to_have_count(0)


@pytest.mark.parametrize(("language", "theme"), LOOKS)
async def test_the_pages_of_commitments_have_no_accessibility_fault(
    stage: Stage, consoles: Consoles, language: str, theme: str
) -> None:
    page, technician = await specialist(stage, consoles, language=language, theme=theme, size=PHONE)
    customer = await stage.known("Chen Li", "gold", phone="+8613800138000")
    made = await promise(stage, customer, technician, owner_team="field", **a_visit(stage))
    await page.reload()
    await expect(page.get_by_role("link", name="Chen Li")).to_be_visible()
    found = await faults(page)
    await shown(page, f"my_work_{language}")
    await page.goto(f"{stage.hub.base_url}/my-work/{made}")
    await expect(page.get_by_role("heading", name="bring a pump")).to_be_visible()
    found += await faults(page)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    boss = await consoles.enter("Sun", role="supervisor", language=language, theme=theme)
    for path in ("/commitments", f"/commitments/{made}"):
        await boss.goto(f"{stage.hub.base_url}{path}")
        await expect(boss.locator("h1").first).to_be_attached()
        found += await faults(boss)
    await shown(boss, f"commitments_{language}")
    await boss.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    for path in ("/commitments", f"/commitments/{made}"):
        await boss.goto(f"{stage.hub.base_url}{path}")
        await expect(boss.locator("h1, h2").first).to_be_attached()
        assert await boss.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert found == []


def _id_of(tx: Tx, name: str) -> str:
    return str(tx.execute(select(users.c.id).where(users.c.name == name)).scalar_one())
