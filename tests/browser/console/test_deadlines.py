"""What is due stands in the panel, in words, shape and colour, and goes with what happens."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from playwright.async_api import expect
from sqlalchemy import update

from hub.routing.settings import load_settings, save_settings
from hub.routing.sla.policies import DeadlineKind, SlaPolicy
from hub.routing.sla.tables import deadlines
from hub.storage import Tx
from tests.scenarios.stage import Stage, settled

from .conftest import Consoles
from .test_desk import accept_by_keys
from .test_looks import faults

POLICY = SlaPolicy(
    key="usual",
    zh="常规",
    en="Usual",
    target_s={
        DeadlineKind.FIRST_REPLY: 3600,
        DeadlineKind.NEXT_REPLY: 7200,
        DeadlineKind.RESOLUTION: 86_400,
    },
)
WORDS = {
    "en": ("Deadlines", "First reply", "left", "over", "The first reply is overdue"),
    "zh-CN": ("时限", "首次回复", "剩余", "超时", "首次回复已超时"),
}


def give_a_policy(tx: Tx, _: None) -> None:
    save_settings(tx, msgspec.structs.replace(load_settings(tx), sla_policies=(POLICY,)))


def pass_by(tx: Tx, longer: timedelta) -> None:
    """Let all deadlines have run so much longer."""
    micros = round(longer.total_seconds() * 1_000_000)
    tx.execute(
        update(deadlines)
        .where(deadlines.c.start_us.is_not(None))
        .values(start_us=deadlines.c.start_us - micros, look_at=tx.now)
    )


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh-CN", "dark")])
async def test_the_panel_says_what_is_due_and_what_is_over(
    stage: Stage, consoles: Consoles, language: str, theme: str
) -> None:
    label, first, left, over, told = WORDS[language]
    await stage.hub.store.write(give_a_policy, None)
    page = await consoles.enter("Li", language=language, theme=theme)
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await accept_by_keys(page)
        lines = page.get_by_role("list", name=label)
        await expect(lines.get_by_role("listitem")).to_have_count(2)
        await expect(lines.get_by_role("listitem").first).to_contain_text(first)
        await expect(lines).to_contain_text(left)
        await stage.hub.store.write(pass_by, timedelta(minutes=61))
        await expect(lines.get_by_role("listitem").first).to_contain_text(over)
        await expect(page.get_by_text(told).first).to_be_visible()
        assert await faults(page) == []
        await page.locator("[contenteditable], textarea").first.fill("Here I am.")
        await page.keyboard.press("Enter")
        await expect(lines.get_by_role("listitem")).to_have_count(1)


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh-CN", "dark")])
async def test_the_wallboard_says_what_share_was_met_today(
    stage: Stage, consoles: Consoles, language: str, theme: str
) -> None:
    title, share = {"en": ("SLA policies today", "0%"), "zh-CN": ("今日时限策略", "0%")}[language]
    async with stage.chat() as customer:
        await stage.hub.store.write(give_a_policy, None)
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await settled(stage.contacts)
        # By a second, not a minute: just after midnight that minute would be yesterday's.
        await stage.hub.store.write(pass_by, timedelta(minutes=60, seconds=1))
        page = await consoles.enter("Boss", role="supervisor", language=language, theme=theme)
        table = page.get_by_role("region", name=title)
        await expect(table.get_by_role("row").nth(1)).to_contain_text(share)
        await expect(table.get_by_role("row")).to_have_count(4)
        assert await faults(page) == []
