"""Whatever becomes of the frames on the way, a console ends up with what a fresh one shows."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from playwright.async_api import Page, WebSocketRoute, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout
from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.accounts.tables import users
from hub.agent_console.client import HeadlessAgent, Refused
from hub.core.ids import new_id
from hub.customers.service import SetTier, set_tier
from hub.storage import Tx
from hub.testing.chat_page import ChatPage, MessageRefused
from tests.scenarios.stage import Stage

from .conftest import Consoles, is_live

STEPS = 60  # at least, and until every fate has been met so often
MOST = 600
FATES = 4
NUMBERED = {"snapshot", "contact", "contact_gone", "offer", "offer_gone", "me", "interactions"}
NUMBERED |= {"summary", "board", "commitments", "to_do", "notice", "setup"}
# Seconds that run by themselves, and what counts the frames of one socket.
RUNNING = {"n", "at", "value", "waited_s", "longest_wait_s", "wait_s", "used_s"}
HELD = """() => {
  const app = document.querySelector('#app').__vue_app__
  const stores = app.config.globalProperties.$pinia.state.value
  const talks = Object.entries(stores.conversations.held).filter(([, one]) => one.followers > 0)
  return {
    picture: stores.live.picture,
    talks: Object.fromEntries(talks.map(([id, one]) => [id, one.timeline])),
  }
}"""


@dataclass
class BadLine:
    """Loses, doubles and holds back frames of the hub while `chaos` is on."""

    chance: random.Random
    chaos: bool = True
    done: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("lost", "twice", "late"), 0)
    )
    _held: list[str] = field(default_factory=list)

    def route(self, page: WebSocketRoute) -> None:
        hub = page.connect_to_server()
        self._held.clear()  # a socket that is gone takes along what was on its way
        hub.on_message(lambda message: self._carry(page, str(message)))

    def _carry(self, page: WebSocketRoute, message: str) -> None:
        kind = msgspec.json.decode(message)["type"]
        fate = self.chance.random() if self.chaos and kind in NUMBERED else 1.0
        if kind == "snapshot" and self.chance.random() < 0.7:
            fate = 1.0  # without one, all waits for the next beat
        if fate < 0.12:
            self.done["lost"] += 1
        elif fate < 0.24:
            self.done["late"] += 1
            self._held.append(message)
        else:
            page.send(message)
            if fate < 0.36:
                self.done["twice"] += 1
                page.send(message)
            while self._held and fate > 0.5:
                page.send(self._held.pop(0))


def steady(value: Any) -> Any:
    """The same without what runs by itself."""
    if isinstance(value, dict):
        return {key: steady(one) for key, one in value.items() if key not in RUNNING}
    if isinstance(value, list):
        return [steady(one) for one in value]
    return value


@dataclass
class House:
    """Customers and two agents who do whatever comes up; `page` shows the first one's desk."""

    stage: Stage
    chance: random.Random
    me: HeadlessAgent
    colleague: HeadlessAgent
    customers: list[ChatPage]
    page: Page
    did: list[str] = field(default_factory=list)

    async def step(self) -> None:
        """Do one random thing; what the hub refuses just now did not happen."""
        acts: list[Callable[[], Awaitable[object]]] = [
            self._write, self._write, self._mail, self._accept, self._accept, self._reply,
            self._note, self._park, self._go_on, self._transfer, self._close, self._tier,
            self._pause, self._look, self._colleague, self._tick,
        ]  # fmt: skip
        act = self.chance.choice(acts)
        try:
            if await act() is not False:
                self.did.append(act.__name__.strip("_"))
        except (Refused, MessageRefused):
            pass

    async def _write(self) -> None:
        await self.chance.choice(self.customers).write(f"Question {len(self.did)}")

    async def _mail(self) -> None:
        number = self.chance.randrange(4)
        await self.stage.mail(f"Mail {len(self.did)}", sender=f"mail{number}@example.test")

    async def _accept(self, agent: HeadlessAgent | None = None) -> bool:
        agent = agent or self.me
        if not agent.offers:
            return False
        await agent.accept(self.chance.choice(sorted(agent.offers)))
        return True

    def _held(self, *states: str) -> str | None:
        found = sorted(row.id for row in self.me.contacts.values() if row.state in states)
        return self.chance.choice(found) if found else None

    async def _of_mine(self, states: tuple[str, ...], path: str, body: dict[str, Any]) -> bool:
        contact_id = self._held(*states)
        if contact_id is None:
            return False
        await self.me.call("POST", f"/contacts/{contact_id}/{path}", body)
        return True

    async def _reply(self) -> bool:
        body = {"client_id": new_id(), "text": f"Answer {len(self.did)}"}
        return await self._of_mine(("active", "parked"), "reply", body)

    async def _note(self) -> bool:
        body = {"client_id": new_id(), "text": f"Note {len(self.did)}"}
        return await self._of_mine(("active", "parked", "wrap_up"), "note", body)

    async def _park(self) -> bool:
        return await self._of_mine(("active",), "park", {"until": None})

    async def _go_on(self) -> bool:
        return await self._of_mine(("parked",), "resume", {})

    async def _transfer(self) -> bool:
        return await self._of_mine(
            ("active",), "transfer", {"queue_id": "finance", "note": "Please"}
        )

    async def _close(self) -> bool:
        disposition = {"reason_id": "repair", "outcome_id": "solved"}
        return await self._of_mine(("active", "wrap_up"), "close", {"disposition": disposition})

    async def _tier(self) -> None:
        rows = [*self.me.contacts.values(), *(one.contact for one in self.me.offers.values())]
        if rows:
            row = self.chance.choice(sorted(rows, key=lambda one: one.id))
            tier = self.chance.choice(["gold", "standard", "potential_gold"])
            change = SetTier(SYSTEM, row.customer.id, tier, "for this test")
            await self.stage.hub.store.write(set_tier, change)

    async def _pause(self) -> None:
        if self.me.me is not None and self.me.me.state == "ready":
            await self.me.set_state("not_ready", "break")
        else:
            await self.me.set_state("ready")

    async def _look(self) -> bool:
        """Open one of my contacts in the browser: its conversation is followed."""
        contact_id = self._held("active", "parked", "wrap_up")
        if contact_id is None:
            return False
        row = self.page.locator(f"[data-contact='{contact_id}']").first
        if not await row.is_visible():
            return False
        try:
            await row.press("Enter", timeout=1_000)
        except PlaywrightTimeout:  # gone meanwhile
            return False
        return True

    async def _colleague(self) -> bool:
        return await self._accept(self.colleague)

    async def _tick(self) -> None:
        """Let what is on its way arrive, so that runs are not one burst."""
        await self.me.changed(0.3)


async def a_house(
    stage: Stage, consoles: Consoles, line: BadLine, stack: AsyncExitStack, seed: int
) -> House:
    page = await consoles.enter("Li", ready=False)
    await page.context.route_web_socket("**/api/v1/console", line.route)
    await page.reload()
    await is_live(page)

    def find(tx: Tx, name: str) -> str:
        return str(tx.execute(select(users.c.id).where(users.c.name == name)).scalar_one())

    user_id = await stage.hub.store.read(find, "Li")
    key = await stage.hub.accounts.add_api_key(SYSTEM, user_id, "for this test")
    me = HeadlessAgent(stage.hub.base_url, key.key)
    await stack.enter_async_context(me.signed_in())
    colleague = await stack.enter_async_context(stage.console("Wang"))
    await me.set_state("ready")
    customers = []
    for name in ("Chen", "Zhao", "Liu"):
        customer = await stack.enter_async_context(stage.chat())
        await customer.hello(name=name)
        customers.append(customer)
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    return House(stage, chance, me, colleague, customers, page)


async def held(page: Page) -> Any:
    return steady(await page.evaluate(HELD))


async def a_fresh_one(consoles: Consoles, stage: Stage, old: Page, user_id: str) -> Page:
    """Another browser of the same agent, at the same address."""
    page = await consoles.page()
    token = await stage.hub.accounts.make_door(user_id)
    await page.goto(f"{stage.hub.base_url}/enter#{token}")
    await page.wait_for_url("**/desk")
    await page.goto(old.url)
    await is_live(page)
    return page


@pytest.mark.parametrize("seed", range(4))
async def test_after_lost_doubled_and_late_frames_a_console_holds_what_a_fresh_one_does(
    stage: Stage, consoles: Consoles, seed: int
) -> None:
    line = BadLine(random.Random(1000 + seed))  # noqa: S311 - repeatable, not secret
    async with AsyncExitStack() as stack:
        house = await a_house(stage, consoles, line, stack, seed)
        for number in range(MOST):
            await house.step()
            if number > STEPS and min(line.done.values()) >= FATES:
                break
        await house.me.set_state("not_ready", "break")
        await house.colleague.set_state("not_ready", "break")
        line.chaos = False
        assert house.me.me is not None
        fresh = await a_fresh_one(consoles, stage, house.page, house.me.me.id)
        seen = expected = None
        for _ in range(60):  # a beat of 5 s tells what never came; offers under way run out
            expected, seen = await held(fresh), await held(house.page)
            if seen == expected:
                break
            await asyncio.sleep(0.5)
        assert seen == expected, house.did
        await expect(house.page.get_by_text("Offline since")).to_have_count(0)
    assert min(line.done.values()) >= FATES, line.done
