"""Routing.md section 3, what is timed and told: items 12, 14 and 15, each under its number.

The callback that is offered above 15 minutes (14) is in `phone/test_callback_wish`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hub.channels.phone import session as phone
from hub.contacts import service as contacts_service
from hub.contacts.model import Channel
from hub.contacts.tables import segments
from hub.core.bus import Bus
from hub.desk import handling, parked
from hub.desk.commands import Note
from hub.desk.handling import Park
from hub.desk.messages import note
from hub.routing import service as routing
from hub.routing.model import SkillStep
from hub.routing.settings import CalendarSpec, load_settings
from hub.routing.standing import note_told
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import NOON, ManualClock
from hub.testing.standing import standing
from tests.integration.sla.house import FIRST, HOUR, NEXT, RESOLUTION, House, a_policy, minutes

from .scene import Scene, by


@pytest.fixture
async def scene(store: Store, clock: ManualClock) -> Scene:
    await store.write(open_center, None)
    return Scene(store, clock)


def at(text: str, offset: str = "+08:00") -> datetime:
    return datetime.fromisoformat(text + offset)


# ---- 12 ----------------------------------------------------------------------------------------

Arrange = Callable[[Scene, str], Awaitable[str]]


async def an_offer(scene: Scene, agent: str) -> str:
    contact = await scene.contact()
    await scene.made(contact, agent)
    return contact


async def a_connection(scene: Scene, agent: str) -> str:
    call = await scene.contact(Channel.PHONE)
    offer = await scene.made(call, agent, "phone")
    await scene.store.write(routing.accept_offers, routing.AcceptOffer(offer, agent))
    return call


async def a_step(scene: Scene, _: str) -> str:
    asked = (("repair", 3),)
    steps = (SkillStep(asked, 60.0), SkillStep(asked, 60.0), SkillStep(()))
    await scene.change_queue(steps=steps)
    return await scene.contact()


async def a_wrap_up(scene: Scene, agent: str) -> str:
    chat = await scene.in_hand(agent)
    await scene.store.write(handling.end, by(chat, agent))
    return chat


async def a_park(scene: Scene, agent: str) -> str:
    chat = await scene.in_hand(agent)
    until = scene.clock.now() + timedelta(seconds=60)
    await scene.store.write(handling.park, Park(by(chat, agent), until))
    return chat


async def an_interruption(scene: Scene, agent: str) -> str:
    await scene.change(interrupted_s=60.0)
    mail = await scene.in_hand(agent, Channel.EMAIL)
    await scene.in_hand(agent)
    return mail


@dataclass(frozen=True)
class Timer:
    """What it is set by, which function fires it after how long, and what is then the case."""

    arrange: Arrange
    fire: Any
    after_s: float
    state: str
    segments: tuple[str, ...]
    step: int = 0


BACK = ("waiting", "offered", "handling")
TIMERS = [
    Timer(an_offer, routing.fire_due_offers, 20, "queued", ("waiting", "offered", "waiting")),
    Timer(a_connection, routing.fire_due_connects, 10, "queued", ()),
    Timer(a_step, routing.fire_due_steps, 60, "queued", ("waiting",), 1),
    Timer(a_wrap_up, routing.fire_due_wrap_up, 30, "closed", (*BACK, "wrap_up")),
    Timer(a_park, parked.fire_due_parked, 60, "queued", (*BACK, "parked", "waiting")),
    Timer(an_interruption, routing.fire_due_interrupted, 60, "queued", (*BACK, "waiting")),
]


@pytest.mark.parametrize("timer", TIMERS, ids=lambda timer: timer.arrange.__name__)
async def test_12_timers_survive_a_restart_and_fire_exactly_once(
    scene: Scene, database_url: str, clock: ManualClock, timer: Timer
) -> None:
    """The next process finds them in their columns; two that look at once do it once."""
    agent = await scene.agent("Li")
    contact = await timer.arrange(scene, agent)
    before = await history(scene, contact)
    async with (
        Store(database_url, Bus(), clock) as one,
        Store(database_url, Bus(), clock) as other,
    ):

        async def fire(store: Store) -> int:
            return await store.write(lambda tx, _: int(timer.fire(tx, tx.now, 100)), None)

        clock.advance(timer.after_s - 1)
        assert await fire(one) == 0
        assert await history(scene, contact) == before
        clock.advance(1)
        await asyncio.gather(fire(one), fire(other), fire(one), fire(other))
        row, after = await scene.state(contact), await history(scene, contact)
        assert (row.state, row.skill_step) == (timer.state, timer.step)
        assert after == list(timer.segments or (*before, "waiting"))
        assert await fire(one) == 0
    assert (await scene.state(contact)).version == row.version
    assert (await scene.row(agent)).missed == (1 if timer.arrange is an_offer else 0)


async def history(scene: Scene, contact: str) -> list[str]:
    """The kinds of a contact's segments in their order."""
    found = select(segments.c.kind).where(segments.c.contact_id == contact)
    order = found.order_by(segments.c.started_at, segments.c.id)
    return await scene.store.read(lambda tx, _: list(tx.execute(order).scalars()), None)


# ---- 14 ----------------------------------------------------------------------------------------


async def test_14_estimated_wait_is_a_range_of_position_and_recent_rate_and_never_frozen(
    scene: Scene,
) -> None:
    """Position in effective order: by urgency, not by arrival."""
    agents = [await scene.agent(name) for name in ("Li", "Wang", "Zhao")]
    chat = await scene.contact()
    told = await scene.store.read(standing, chat)
    assert (told.position, told.wait_low_s, told.wait_high_s) == (1, None, None)  # nothing honest
    for agent in agents:
        await scene.in_hand(agent)
    await scene.pass_time(10, *agents)
    gold = await scene.contact()

    def is_gold(tx: Tx, contact_id: str) -> None:
        contacts_service.amend(tx, contact_id, {"tier": "gold", "target_s": 15})

    await scene.store.write(is_gold, gold)
    assert (await scene.store.read(standing, chat)).position == 1
    await scene.pass_time(10, *agents)  # 10 of 15 s against 20 of 60 s
    second = await scene.store.read(standing, chat)
    assert second.position == 2
    assert second.wait_low_s is not None
    assert second.wait_high_s is not None
    assert second.wait_low_s < second.wait_high_s
    for agent in agents:
        await scene.in_hand(agent)
    faster = await scene.store.read(standing, chat)
    assert faster.wait_high_s is not None
    assert faster.wait_high_s < second.wait_high_s
    await scene.pass_time(901, *agents)  # nobody took one for a quarter of an hour
    assert (await scene.store.read(standing, chat)).wait_high_s is None


async def test_14_estimated_wait_a_position_told_never_gets_worse(scene: Scene) -> None:
    """Then only the range is told, on the phone too, and by a transfer no place is forgotten."""
    agents = [await scene.agent(name) for name in ("Li", "Wang", "Zhao")]
    for agent in agents:
        await scene.in_hand(agent)
    chat = await scene.contact()
    await scene.store.write(note_told, (chat, 1))
    ahead = await scene.contact()
    await scene.store.write(routing.set_priority, routing.SetPriority(ahead, 5))
    worse = await scene.store.read(standing, chat)
    assert worse.position is None
    spoken = phone.waiting(replace(worse, position=2), 1, "en", voicemail=False)
    assert spoken.told_position == 1
    assert [said.text for said in spoken.prompts] == ["The wait is about 2 to 32 minutes."]
    await scene.made(chat, agents[0])
    await scene.accept(chat)
    back = handling.Transfer(by(chat, agents[0]), queue_id="support")
    await scene.store.write(handling.transfer, back)
    assert (await scene.store.read(standing, chat)).position is None


async def test_14_estimated_wait_under_30_seconds_is_not_spoken(scene: Scene) -> None:
    told = await scene.store.read(standing, await scene.contact(Channel.PHONE))
    assert told.position == 1
    for high, words in (
        (29, ["Somebody will be with you in a moment."]),
        (30, ["You are next.", "The wait is less than a minute."]),
    ):
        heard = phone.waiting(
            replace(told, wait_low_s=5, wait_high_s=high), None, "en", voicemail=False
        )
        assert [said.text for said in heard.prompts] == words


# ---- 15 ----------------------------------------------------------------------------------------


async def test_15_sla_policies_run_first_reply_next_reply_and_resolution(
    store: Store, clock: ManualClock
) -> None:
    """First reply: human and public. Next reply: from the oldest unanswered customer message."""
    house = await House.opened(store, clock, a_policy())
    mail = await house.message(acknowledge=True)
    assert minutes(await house.deadline(mail, FIRST), NOON) == 60
    assert minutes(await house.deadline(mail, RESOLUTION), NOON) == 480
    await house.taken(mail)
    clock.advance(600)
    await store.write(note, Note(mail, house.agent_id, "Anna", "n1", "Asked the workshop"))
    assert (await house.deadline(mail, FIRST)).met_at is None
    await house.reply(mail)
    assert (await house.deadline(mail, FIRST)).met_at == clock.now()
    await house.message()
    oldest = clock.now()
    clock.advance(1200)
    await house.message()
    assert minutes(await house.deadline(mail, NEXT), oldest) == 120
    clock.advance(6000)
    assert [await house.fire() for _ in range(2)] == [1, 0]
    assert (await house.deadline(mail, NEXT)).breached_at == clock.now()
    await house.reply(mail)
    await house.close(mail)
    resolved = await house.deadline(mail, RESOLUTION)
    assert (resolved.met_at, resolved.breached_at) == (clock.now(), None)


async def test_15_sla_policies_count_business_hours_and_pause_for_the_customer(
    store: Store, clock: ManualClock
) -> None:
    """Reopened, the resolution goes on with what it had used."""
    house = await House.opened(store, clock, a_policy(calendar_id="office"))
    clock.set(at("2026-03-13T17:30:00"))  # a Friday; 09:00 to 18:00 in Shanghai
    mail = await house.message()
    assert (await house.deadline(mail, FIRST)).due_at == at("2026-03-16T09:30:00")
    await house.taken(mail)
    await house.reply(mail)
    await house.park(mail)
    clock.set(at("2026-03-16T12:00:00"))
    assert (await house.deadline(mail, RESOLUTION)).due_at is None
    await house.message()
    assert (await house.deadline(mail, RESOLUTION)).due_at == at("2026-03-17T11:00:00")
    await house.taken(mail)
    await house.reply(mail)
    clock.advance(HOUR)
    await house.close(mail)
    clock.advance(HOUR)  # closed: nothing runs
    again = await house.message()
    assert again != mail
    assert (await house.deadline(again, RESOLUTION)).due_at == at("2026-03-17T12:00:00")


@pytest.mark.parametrize("change", ["policy", "calendar"])
async def test_15_sla_policies_that_change_are_recomputed_and_keep_used_time(
    store: Store, clock: ManualClock, change: str
) -> None:
    house = await House.opened(store, clock, a_policy(calendar_id="office"))
    clock.set(at("2026-03-10T10:00:00"))
    mail = await house.message()
    clock.advance(1800)  # half of the hour promised
    if change == "policy":
        await house.change(sla_policies=(a_policy(2 * HOUR, calendar_id="office"),))
        due = at("2026-03-10T12:00:00")
    else:
        settings = await store.read(lambda tx, _: load_settings(tx), None)
        later = CalendarSpec(hours="Mon-Fri 14:00-18:00", zone="Asia/Shanghai")
        await house.change(calendars={**settings.calendars, "office": later})
        due = at("2026-03-10T14:30:00")
    assert (await house.deadline(mail, FIRST)).due_at == due
    clock.set(due)
    await house.taken(mail)
    await house.reply(mail)
    used = (await house.deadline(mail, FIRST)).used_us
    assert used == (2 if change == "policy" else 1) * HOUR * 1_000_000
