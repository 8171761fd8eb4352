"""A full shift: sixty contacts of four channels by keyboard, while the network fails ten times."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import ConsoleMessage, Locator, Page, expect
from sqlalchemy import Row

from tests.scenarios.stage import Stage, settled
from tests.unit.fax.samples import raw_fax

from .conftest import UNDO_SOON_S, Consoles
from .net import Net
from .test_desk import GUARD_MS

ROUNDS = 20
CUTS = 10
WRITTEN = ("webchat", "email", "fax")
MOST_TABS = 60
LINES = re.compile(
    "Failed to load resource|WebSocket connection"
)  # the browser's own words of a cut


@dataclass
class Shift:
    stage: Stage
    page: Page
    net: Net
    stack: AsyncExitStack
    cuts: int = 0
    answered: dict[str, str] = field(default_factory=dict)  # contact -> what was written

    # ---- customers come

    async def come(self, number: int) -> None:
        """Three customers on three channels."""
        chat = await self.stack.enter_async_context(self.stage.chat())
        await chat.hello(name=f"Visitor {number}")
        await chat.write(f"Chat {number}")
        await self.stage.mail(f"Mail {number}", sender=f"m{number}@example.test")
        if number % 2:
            await self.stage.call(f"+86138001380{number:02}")
        else:
            raw = raw_fax("hylafax_received")
            other = f"6123{number:04}".encode()
            key = f"<f{number}.2026".encode()
            await self.stage.fax(raw.replace(b"61234567", other).replace(b"<2026", key))

        async def here() -> bool:
            return Counter(row.state for row in await self.stage.contacts())["queued"] == 3

        await settled(here)

    # ---- the agent works

    async def take(self) -> Row[Any]:
        """Accept what is offered, and let the next one wait in the queue."""
        offers = self.page.locator("[data-offer]")
        await self.toggle("Ready")
        await expect(offers.first).to_be_visible()
        await self.page.keyboard.press("o")
        focused = self.page.locator("[data-offer]:focus")
        contact_id = await focused.get_attribute("data-offer")
        await self.page.wait_for_timeout(GUARD_MS)  # of this one: others may come after it
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_url(f"**/desk/{contact_id}*")
        await self.toggle("Break")
        await expect(offers).to_have_count(0)
        return await self.open_row()

    async def toggle(self, state: str) -> None:
        """Go ready, or for a break; the next press of the key means the other."""
        await self.page.keyboard.press("b")
        await expect(self.page.get_by_role("button", name=f"State: {state}")).to_be_visible()

    async def open_row(self) -> Row[Any]:
        contact_id = self.page.url.rpartition("/")[2]
        return next(row for row in await self.stage.contacts() if row.id == contact_id)

    async def answer(self, row: Row[Any], *, cut: str) -> None:
        """Write to the customer, or take a note of a call; a `cut` meets it on the way."""
        written = row.channel in WRITTEN
        key, name = ("r", re.compile("^Reply")) if written else ("n", re.compile("^(Add )?[Nn]ote"))
        box = self.page.get_by_role("textbox", name=name)
        await expect(box).to_be_visible()
        await self.page.keyboard.press(key)
        await expect(box).to_be_focused()
        text = f"Answer to {row.preview or row.channel} {len(self.answered)}"
        if cut == "while it is written":
            await self.page.keyboard.type(text[:5])
            await self.cut()
            await self.page.keyboard.type(text[5:])
        else:
            await self.page.keyboard.type(text)
        if cut == "its answer is lost":
            self.net.lose_next = True
        await self.page.keyboard.press("Enter" if row.channel == "webchat" else "Control+Enter")
        if cut == "while it is written":
            await expect(self.page.get_by_text("1 message will be sent")).to_be_visible()
            await self.mend()
        self.answered[row.id] = text

        async def stored() -> bool:
            return any(one.text == text for one in await self.stage.said())

        await settled(stored)
        if cut == "its answer is lost":
            await settled(self._sent)
            self.cuts += 1

    async def _sent(self) -> bool:
        return self.net.lost == 1 and await self.page.get_by_text("Sending").count() == 0

    async def close(self, *, cut: bool) -> None:
        """Say why they came and what became of it."""
        await self.page.keyboard.press("Escape")  # out of the field
        await self.page.keyboard.press("e")
        dialog = self.page.get_by_role("dialog")
        await expect(dialog.get_by_role("searchbox")).to_be_focused()
        await self.page.keyboard.press("1")
        await expect(dialog.get_by_role("radio", name="Repair")).to_be_checked()
        await self.tab_to(dialog.get_by_role("combobox", name="Outcome"))
        await self.page.keyboard.type("solved")
        submit = dialog.locator("button[type=submit]")
        await self.tab_to(submit)
        if cut:
            await self.cut()
        await self.page.keyboard.press("Enter")
        await expect(dialog).to_be_hidden()
        if cut:
            await expect(self.page.get_by_text("1 step will be taken.")).to_be_visible()
            await self.mend()
            await expect(self.page.get_by_text("1 step will be taken.")).to_be_hidden()

    async def tab_to(self, wanted: Locator) -> None:
        for _ in range(MOST_TABS):
            if await wanted.evaluate("one => one === document.activeElement"):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError("The keyboard does not get there.")

    # ---- the network

    async def cut(self) -> None:
        await self.net.cut()
        await expect(self.page.get_by_text(re.compile("^Offline since"))).to_be_visible()

    async def mend(self) -> None:
        self.net.mend()
        await expect(self.page.get_by_text(re.compile("^Offline since"))).to_be_hidden()
        self.cuts += 1


@pytest.mark.timeout(1200)  # sixty contacts, at the pace of a practised agent
async def test_sixty_contacts_by_keyboard_while_the_network_fails_ten_times(
    stage: Stage, consoles: Consoles
) -> None:
    consoles.undo_s = UNDO_SOON_S
    page = await consoles.enter("Li", ready=False)
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not LINES.search(message.text):
            said.append(message.text)

    page.on("console", hear)
    net = Net()
    await net.between(page.context)
    await page.reload()
    await page.wait_for_selector("[data-live]", state="attached")
    async with AsyncExitStack() as stack:
        shift = Shift(stage, page, net, stack)
        for number in range(ROUNDS):
            await shift.come(number)
            for place in range(3):
                row = await shift.take()
                first = place == 0 and row.channel in WRITTEN
                cut = "while it is written" if first and number % 4 == 0 else ""
                if row.channel in WRITTEN and number == 3 and net.lost == 0:
                    cut = "its answer is lost"
                await shift.answer(row, cut=cut)
                await shift.close(cut=place == 1 and number % 4 == 2)
        assert shift.cuts >= CUTS, shift.cuts
        await everything_is_kept(shift)
    assert said == []


async def everything_is_kept(shift: Shift) -> None:
    """Each contact is closed as it was said, with one answer; the desk shows none any more."""
    rows = await shift.stage.contacts()
    assert len(rows) == 3 * ROUNDS
    assert {(row.state, row.reason_id, row.outcome_id) for row in rows} == {
        ("closed", "repair", "solved")
    }
    texts = Counter(row.text for row in await shift.stage.said() if row.author_id)
    assert [texts[text] for text in shift.answered.values()] == [1] * len(rows)
    await expect(shift.page.locator("[data-contact]")).to_have_count(0)
