"""What a customer has waited is lost by no callback, and by no second call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import select

from hub.callbacks.calling_first import fire_due_turns
from hub.callbacks.entries import NOBODY
from hub.contacts import service as contact_service
from hub.contacts.inbound import CallMoment
from hub.contacts.tables import entry_points
from hub.desk.callbacks import ScheduleCallback, schedule_callback
from hub.routing.model import SkillStep
from hub.routing.settings import load_settings, save_settings
from hub.storage import Tx
from hub.testing.center import add_agent

from .build import CHEN, LI, RULES, Centre


async def waited_s(centre: Centre, contact_id: str) -> float:
    row = await centre.contact(contact_id)
    return float(centre.clock.now().timestamp() - row.virtual_start_us / 1_000_000)


async def test_who_gave_up_and_is_to_be_called_back_keeps_the_wait_by_calling_again(
    centre: Centre,
) -> None:
    first = await centre.call()
    centre.clock.advance(60)
    await centre.hangs_up(first)
    dropped = await centre.callback()
    assert dropped.kind == "abandoned"
    centre.clock.advance(20)
    again = await centre.call()
    assert (await centre.callback()).state == "dropped"
    assert await waited_s(centre, again) == 60
    meta = (await centre.contact(again)).meta
    assert (meta["took_callback"], meta["returned"]["waited_s"]) == (dropped.id, 60.0)


async def test_a_time_that_was_agreed_takes_no_waited_time_away(centre: Centre) -> None:
    first = await centre.call()
    centre.clock.advance(20)  # shorter than what is called back
    await centre.hangs_up(first)

    def agree(tx: Tx, _: None) -> None:
        point = tx.execute(select(entry_points).where(entry_points.c.id == "hotline")).one()
        at = tx.now + timedelta(days=1)
        schedule_callback(tx, ScheduleCallback(NOBODY, point, CHEN, at))

    await centre.store.write(agree, None)
    assert await waited_s(centre, await centre.call()) == 20


async def test_who_was_called_first_and_gives_up_on_the_line_keeps_the_wait(
    centre: Centre,
) -> None:
    await centre.open_again(msgspec.structs.replace(RULES, customer_first=True))
    contact_id = await centre.call()
    centre.clock.advance(100)
    await centre.wish(contact_id)
    await centre.store.write(add_agent, "Ann")
    await centre.store.write(lambda tx, _: fire_due_turns(tx, tx.now, 100), None)
    kept = (await centre.callback()).contact_id
    await centre.told(kept, CallMoment.ON_THE_LINE)
    centre.clock.advance(30)
    await centre.told(kept, CallMoment.CUSTOMER_LEFT)
    back = await centre.callback()
    assert (back.state, back.failed) == ("waiting", 1)
    centre.clock.advance(10)
    assert await waited_s(centre, await centre.call()) == 130


@pytest.mark.parametrize("is_due", [True, False])
async def test_who_calls_takes_the_kept_place_with_priority_skills_and_step(
    centre: Centre, *, is_due: bool
) -> None:
    """Whether its contact is in the queue already, or it waits for the queue to open."""
    await centre.store.write(with_steps, None)
    if not is_due:
        centre.clock.set(datetime(2026, 3, 10, 0, 50, tzinfo=UTC))  # 08:50 in Shanghai
    first = await centre.call()
    await centre.store.write(demands_repair, first)
    await centre.wish(first)
    assert ((await centre.callback()).contact_id is not None) == is_due
    if not is_due:
        centre.clock.advance(600)  # open, and nobody has looked yet
    other = await centre.contact(await centre.call(LI))
    assert (other.priority, other.requirements, other.skill_step) == (0, {}, 0)
    live = await centre.contact(await centre.call())
    assert (live.priority, live.requirements, live.skill_step) == (3, {"repair": 2}, 1)
    assert live.step_until - centre.clock.now() == timedelta(seconds=60)


def with_steps(tx: Tx, _: None) -> None:
    settings = load_settings(tx)
    asked = (("repair", 2),)
    steps = (SkillStep(asked, 30.0), SkillStep(asked, 60.0), SkillStep(()))
    queue = msgspec.structs.replace(settings.queues["support"], steps=steps)
    queues = {**settings.queues, "support": queue}
    save_settings(tx, msgspec.structs.replace(settings, queues=queues))


def demands_repair(tx: Tx, contact_id: str) -> None:
    changes = {"priority": 3, "requirements": {"repair": 2}, "skill_step": 1}
    contact_service.amend(tx, contact_id, changes)
