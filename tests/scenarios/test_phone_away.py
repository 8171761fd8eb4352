"""The provider's interface is away in the middle of a full house: callers in a menu, waiting, in
talk, on hold, being passed on, a supervisor listening, callbacks promised. Nobody is lost.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, not_, select, update

from hub.accounts.model import SYSTEM
from hub.accounts.tables import users
from hub.agent_console.client import HeadlessAgent, Refused
from hub.callbacks.tables import callbacks
from hub.channels.phone.guests.tables import guests
from hub.channels.phone.tables import calls, connections
from hub.contacts.guests.tables import call_guests
from hub.contacts.outages.tables import provider_outages
from hub.contacts.tables import contacts, entry_points
from hub.customers.addresses import NewAddress
from hub.customers.model import IdentityKind
from hub.customers.service import CreateCustomer, SetTier, create_customer, set_tier
from hub.routing.settings import CallbackRules, load_settings, save_settings
from hub.routing.tables import agents, offers
from hub.storage import Tx
from hub.testing.center import a_queue
from hub.testing.twilio_simulator import Phone, SimulatedCaller, Trouble
from tests.integration.phone.published import unpublished

from .stage import HOTLINE, Stage, a_stage, settled

NUMBERS = [f"+86138001390{number:02}" for number in range(20)]
TALKING, WISHED, WISHING = NUMBERS[:4], NUMBERS[4:6], NUMBERS[6:8]
LEAVING, STAYING, CHOOSING, NEW = NUMBERS[8:11], NUMBERS[11:15], NUMBERS[15:17], NUMBERS[17:]
BOSS, PLUMBER = "+8613700137002", "+8613700137004"
NAMES = ("Li", "Wu", "He", "Ma")
MENU = {"choices": [{"press": "1", "label": {"zh-CN": "维修"}, "queue": "support"}]}
RULES = CallbackRules(offer_over_s=0, attempts=2, gap_s=1.0, window="00:00-24:00")
_PATIENCE_S = 120.0


@pytest.mark.timeout(300)
async def test_nobody_is_lost_while_the_provider_is_away(tmp_path: Path, database_url: str) -> None:
    async with a_stage(tmp_path, database_url, also=_open_phone) as stage, _staff(stage) as staff:
        talking = await _talks(stage, staff)
        waiting = {number: await _waits(stage, number) for number in WISHING + LEAVING + STAYING}
        for number in WISHED:
            await _wishes(await _waits(stage, number))
        choosing = [await stage.phones.call(number, HOTLINE) for number in CHOOSING]
        await asyncio.gather(*(one.hears("维修") for one in choosing))
        await _begin_a_transfer(stage, staff["Wu"])

        away = Trouble(503, times=100_000)
        stage.phones.set_trouble(away)
        await staff["Ma"].call("POST", f"/contacts/{_talk_of(staff['Ma'])}/hold")
        await staff["Li"].until(lambda: _told(staff["Li"]) == 1)
        await staff["Ma"].until(lambda: _talk_of(staff["Ma"]) != "")  # not held, and not shown so
        assert not talking["Ma"].on_hold
        known_at = stage.hub.clock.now()

        await asyncio.gather(*(one.press("1") for one in choosing))
        await asyncio.gather(*(one.until("queue") for one in choosing))
        fresh = [await _waits(stage, number) for number in NEW]
        for number in WISHING:
            await _wishes(waiting[number])
        await asyncio.gather(*(waiting[number].hang_up() for number in LEAVING))
        await asyncio.gather(talking["Li"].hang_up(), talking["He"].hang_up())
        await _closed(staff["Li"], staff["He"])
        await settled(lambda: _says_why(staff["Boss"], stage, "provider does not answer"))
        [outage] = await _rows_of(stage, provider_outages)
        assert outage.heard_at is not None
        staying = [waiting[number] for number in STAYING] + choosing + fresh
        assert [one.where for one in staying] == ["queue"] * len(staying)

        back_at = stage.hub.clock.now()
        away.times = 0
        stage.phones.on_answer(_is_called)
        async with asyncio.timeout(_PATIENCE_S), asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(_works(staff[name])) for name in NAMES]
            running.append(tasks.create_task(_minutes_pass(stage)))
            await settled(lambda: _is_over(stage), 30)
            await staff["Li"].until(lambda: _told(staff["Li"]) >= 2)
            await asyncio.gather(*(_talks_a_little(one) for one in staying))
            await asyncio.gather(talking["Wu"].hang_up(), talking["Ma"].hang_up())
            await settled(lambda: _nothing_left(stage), _PATIENCE_S)
            for task in running:
                task.cancel()
        await _each_ended_in_one_state(stage)
        between = offers.c.made_at.between(known_at, back_at)
        assert await _rows_of(stage, offers, between) == []


async def _each_ended_in_one_state(stage: Stage) -> None:
    assert [call for call in stage.phones.exchange.calls.values() if not call.ended] == []
    rows = await _rows_of(stage, contacts)
    live = [row for row in rows if row.direction == "in"]
    assert len(live) == len(NUMBERS)
    left = [row for row in live if row.state == "abandoned"]
    assert len(left) == len(LEAVING)
    assert sum(row.answered_at is not None for row in live) == 4 + 9
    done = await _rows_of(stage, callbacks)
    assert sorted(row.number for row in done) == sorted(WISHED + WISHING)
    assert [(row.state, row.failed) for row in done] == [("done", 0)] * 4
    for number in WISHED + WISHING:
        asked = [one for one in stage.phones.api.requests if one.form.get("To") == number]
        assert sum(one.method == "POST" for one in asked) == 1
    assert stage.phones.alerts == []
    assert unpublished(stage.phones.messenger.ledger) == []


# ---- who calls ---------------------------------------------------------------------------------


async def _waits(stage: Stage, number: str) -> SimulatedCaller:
    """Call, choose, and hear the waiting room."""
    caller = await stage.phones.call(number, HOTLINE)
    await caller.hears("维修")
    await caller.press("1")
    await caller.until("queue")
    return caller


async def _wishes(caller: SimulatedCaller) -> None:
    """Ask for a callback at one's own number."""
    await caller.hears("回电.*请按1")
    await caller.press("1")
    await caller.hears("我们将回拨")
    await caller.press("1#")
    await caller.until("ended")


async def _talks_a_little(caller: SimulatedCaller) -> None:
    await caller.until("room", _PATIENCE_S)
    await asyncio.sleep(0.3)
    if not caller.ended:
        await caller.hang_up()


async def _is_called(phone: SimulatedCaller) -> None:
    """A customer who asked for it picks up, talks a little and hangs up; others stay."""
    if phone.number in NUMBERS:
        await _talks_a_little(phone)


# ---- who works ---------------------------------------------------------------------------------


@asynccontextmanager
async def _staff(stage: Stage) -> AsyncIterator[dict[str, HeadlessAgent]]:
    """Four agents who take no call by themselves, and their supervisor."""
    async with AsyncExitStack() as held:
        staff = {}
        for name in (*NAMES, "Boss"):
            staff[name] = await held.enter_async_context(stage.console(name, ready=False))
        await stage.hub.store.write(_supervises, stage.agents["Boss"])
        yield staff


def _supervises(tx: Tx, user_id: str) -> None:
    boss = {"role": "supervisor", "phone_address": BOSS}
    tx.execute(update(users).where(users.c.id == user_id).values(**boss))
    tx.hint("account.changed", user_id)


async def _talks(stage: Stage, staff: dict[str, HeadlessAgent]) -> dict[str, SimulatedCaller]:
    """Each agent talks to a customer; the supervisor listens to the first of these talks."""
    talking = {}
    for name, number in zip(NAMES, TALKING, strict=True):
        agent, caller = staff[name], await _waits(stage, number)
        await agent.set_state("ready")
        await agent.until(lambda: bool(agent.offers))  # noqa: B023 - awaited here
        await agent.accept(next(iter(agent.offers)))
        await caller.until("room")
        await agent.until(lambda: _talk_of(agent) != "")  # noqa: B023 - awaited here
        talking[name] = caller
    path = f"/contacts/{_talk_of(staff['Li'])}/supervise"
    await staff["Boss"].call("POST", path, {"mode": "listen"})
    await (await stage.phones.agent_leg(BOSS)).until("room")
    return talking


def _talk_of(agent: HeadlessAgent) -> str:
    return next((row.id for row in agent.contacts.values() if row.state == "active"), "")


async def _begin_a_transfer(stage: Stage, agent: HeadlessAgent) -> None:
    """The customer is passed on to a number outside, which rings for a long time."""
    stage.phones.set_phone(PLUMBER, Phone(after_s=160))
    order = {"number": PLUMBER, "blind": True}
    await agent.call("POST", f"/contacts/{_talk_of(agent)}/ask-by-phone", order)
    await stage.phones.agent_leg(PLUMBER)


async def _closed(*ended: HeadlessAgent) -> None:
    """Their customers have hung up: they wrap up and are free again."""
    for agent in ended:
        await agent.until(lambda: any(_wraps_up(agent)))  # noqa: B023 - awaited here
        await _round(agent)
        await agent.until(lambda: not agent.contacts)  # noqa: B023 - awaited here


def _wraps_up(agent: HeadlessAgent) -> list[str]:
    return [row.id for row in agent.contacts.values() if row.state == "wrap_up"]


async def _works(agent: HeadlessAgent) -> None:
    while True:
        await _round(agent)
        await agent.changed(0.3)


async def _round(agent: HeadlessAgent) -> None:
    try:
        if agent.me is not None and agent.me.state != "ready":
            await agent.set_state("ready")
        for offer_id in list(agent.offers):
            await agent.accept(offer_id)
        for contact_id in _wraps_up(agent):
            await agent.close(contact_id, "repair", "solved")
    except Refused as refusal:  # the caller left: look again
        if refusal.status >= 500:
            raise


def _told(agent: HeadlessAgent) -> int:
    """Return how often a console was told to look at what provider is away."""
    return sum(notice.code == "provider_changed" for notice in agent.notices)


async def _says_why(boss: HeadlessAgent, stage: Stage, words: str) -> bool:
    waiting = await _rows_of(stage, contacts, contacts.c.state == "queued")
    why = await boss.call("GET", f"/contacts/{waiting[0].id}/why")
    return words in why["en"]


# ---- what is left ------------------------------------------------------------------------------


async def _is_over(stage: Stage) -> bool:
    return await _rows_of(stage, provider_outages) == []


async def _nothing_left(stage: Stage) -> bool:
    over = contacts.c.state.in_(("closed", "abandoned"))
    left: Sequence[Any] = [
        *await _rows_of(stage, contacts, not_(over)),
        *await _rows_of(stage, calls, calls.c.leg_state != "ended"),
        *await _rows_of(stage, guests, guests.c.leg_state != "ended"),
        *await _rows_of(stage, call_guests, call_guests.c.ended_at.is_(None)),
        *await _rows_of(stage, agents, agents.c.live_load > 0),
        *await _rows_of(stage, callbacks, callbacks.c.state != "done"),
    ]
    return not left


async def _minutes_pass(stage: Stage) -> None:
    """What is silent is asked about after a minute: let it be over every three seconds."""
    while True:
        await asyncio.sleep(3)
        await stage.hub.store.write(_a_minute_passes, None)


def _a_minute_passes(tx: Tx, _: None) -> None:
    long_ago = tx.now - timedelta(minutes=5)
    tx.execute(update(calls).values(checked_at=long_ago))
    unnamed = connections.c.sid.is_(None)
    tx.execute(update(connections).where(unnamed).values(created_at=long_ago))


async def _rows_of(stage: Stage, table: Any, *where: Any) -> list[Row[Any]]:
    def read(tx: Tx, _: None) -> list[Row[Any]]:
        return list(tx.execute(select(table).where(*where)).all())

    return await stage.hub.store.read(read, None)


def _open_phone(tx: Tx) -> None:
    settings = {"calls_per_second": 100.0, "languages": ["zh-CN"], "menu": MENU}
    tx.execute(update(entry_points).where(entry_points.c.id == "hotline").values(settings=settings))
    rules = load_settings(tx)
    queues = {**rules.queues, "support": a_queue(disposition_required=True, callback=RULES)}
    save_settings(tx, msgspec.structs.replace(rules, queues=queues))
    tiers = itertools.cycle(("gold", "standard", "low"))
    for number, tier in zip(NUMBERS, tiers, strict=False):
        address = NewAddress(IdentityKind.PHONE, number)
        new = CreateCustomer(SYSTEM, "CN", name=number, addresses=(address,))
        set_tier(tx, SetTier(SYSTEM, create_customer(tx, new), tier, "for this test"))
