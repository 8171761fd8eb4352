"""A law of the queue that is broken stands on the wallboard: where, for admins."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from hub.contacts.tables import contacts
from hub.routing.laws.book import Round, note_round
from hub.routing.laws.model import Breach, Cursors, Law
from hub.routing.tables import agents
from hub.storage import Tx
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_looks import faults

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"
TITLES = {"en": "The hub's own books do not agree", "zh-CN": "系统自检发现数据不一致"}


def _break(tx: Tx, _: None) -> str:
    """Find contacts beside free agents, and every agent's load wrong; return a reference."""
    agent_ids = list(tx.execute(select(agents.c.id)).scalars())
    waiting = tx.execute(select(contacts).order_by(contacts.c.id)).all()
    found = [Breach(Law.SERVED, row.id, {"agent_id": agent_ids[0]}) for row in waiting]
    found += [Breach(Law.LOADS, agent_id, {"live_load": 1}) for agent_id in agent_ids]
    note_round(tx, Round(found, Cursors(), 2, 2))
    reference: str = waiting[0].reference
    return reference


def _mend(tx: Tx, _: None) -> None:
    note_round(tx, Round([], Cursors(), 2, 2))


async def _shot(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"laws-{name}.png")


@pytest.mark.parametrize(
    ("language", "theme", "width"), [("en", "light", 1440), ("zh-CN", "dark", 390)]
)
async def test_an_admin_sees_where_a_law_is_broken_and_goes_there(
    stage: Stage, consoles: Consoles, language: str, theme: str, width: int
) -> None:
    await stage.mail("It leaks.")
    await stage.mail("It leaks again.", sender="wang@example.test")
    await stage.waited(2)
    page = await consoles.enter("Wang", role="admin", ready=False, language=language, theme=theme)
    await page.set_viewport_size({"width": width, "height": 900})
    await page.goto(f"{stage.hub.base_url}/wallboard")
    reference = await stage.hub.store.write(_break, None)
    told = page.get_by_role("region", name=TITLES[language])
    await page.reload()
    await expect(told).to_be_visible()
    await expect(told.get_by_role("listitem")).to_have_count(2)
    assert await faults(page) == []
    await _shot(page, f"{language}-{theme}")
    await told.get_by_role("link", name=reference).click()
    await page.wait_for_url("**/desk/*")


async def test_a_supervisor_sees_that_a_law_is_broken_until_it_holds_again(
    stage: Stage, consoles: Consoles
) -> None:
    await stage.mail("It leaks.")
    await stage.waited(1)
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await stage.hub.store.write(_break, None)
    await page.goto(f"{stage.hub.base_url}/wallboard")
    told = page.get_by_role("region", name=TITLES["en"])
    await expect(told.get_by_text("1 contact waits beside a free agent")).to_be_visible()
    await expect(told.get_by_role("link")).to_have_count(0)
    assert await faults(page) == []
    await stage.hub.store.write(_mend, None)
    await page.reload()
    await expect(page.get_by_role("heading", name="Wallboard")).to_be_visible()
    await expect(told).to_have_count(0)
