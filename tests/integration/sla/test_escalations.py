"""Warnings, breaches and what they set going: each exactly once, told, audited."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Row, select

from hub.accounts.tables import audit_log, team_members
from hub.contacts.tables import interactions
from hub.core.bus import Bus
from hub.desk.escalations import fire_due_deadlines
from hub.routing.model import AgentState
from hub.routing.service import SetAgentState, renew_presence, set_agent_state
from hub.routing.sla.policies import Act, Escalation, StepName
from hub.storage import Store, Tx
from hub.testing.clock import NOON, ManualClock

from .house import FIRST, HOUR, RESOLUTION, Counting, House, a_policy, a_sender

WARNING, BREACH, LATE = StepName


def on_breach(action: Act, to: str = "", **changes: Any) -> Escalation:
    return Escalation(at=BREACH, action=action, to=to, on=FIRST, **changes)


async def audited(store: Store) -> list[Row[Any]]:
    found = select(audit_log).where(audit_log.c.object_kind == "sla_deadline")
    ordered = found.order_by(audit_log.c.at, audit_log.c.id)
    return await store.read(lambda tx, _: list(tx.execute(ordered).all()), None)


async def test_a_warning_and_a_breach_are_told_once_and_the_rest_is_silence(
    store: Store, clock: ManualClock, bus: Bus
) -> None:
    house = await House.opened(store, clock, a_policy(HOUR, None, None))
    contact_id = await house.message()
    version = (await house.contact(contact_id)).version
    with bus.subscribe(["deadline.reached"]) as hints:
        clock.advance(0.75 * HOUR - 1)
        assert await house.fire() == 0
        clock.advance(1)
        assert [await house.fire() for _ in range(3)] == [1, 0, 0]
        clock.advance(0.25 * HOUR)
        assert [await house.fire() for _ in range(3)] == [1, 0, 0]
        assert len(await hints.next()) == 2
    assert await house.codes(contact_id) == ["sla_warning_first_reply", "sla_breach_first_reply"]
    first = await house.deadline(contact_id, FIRST)
    assert (first.warned_at - NOON).total_seconds() == 0.75 * HOUR
    assert first.breached_at == first.decided_at == clock.now()
    assert first.look_at is None
    assert (await house.contact(contact_id)).version == version + 2
    lines = await audited(store)
    assert [line.action for line in lines] == ["sla.warning", "sla.breach"]
    assert lines[1].detail["contact"] == contact_id


async def test_after_a_crash_the_step_that_was_not_committed_is_taken_once(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock, a_policy(HOUR, None, None))
    contact_id = await house.message()
    clock.advance(HOUR)

    def crash(tx: Tx, _: None) -> None:
        fire_due_deadlines(tx, tx.now, 10)
        raise RuntimeError("the plug is pulled")

    with pytest.raises(RuntimeError):
        await store.write(crash, None)
    assert (await house.deadline(contact_id, FIRST)).breached_at is None
    assert await house.codes(contact_id) == []
    clock.advance(5 * HOUR)  # as long as it was down
    assert [await house.fire() for _ in range(2)] == [1, 0]
    assert await house.codes(contact_id) == ["sla_breach_first_reply"]
    breached = (await house.deadline(contact_id, FIRST)).breached_at
    assert (breached - NOON).total_seconds() == HOUR


async def test_so_long_after_the_breach_more_people_hear_of_it(
    store: Store, clock: ManualClock
) -> None:
    late = Escalation(at=LATE, after_s=1800, action=Act.NOTIFY, to="boss@hub.test")
    house = await House.opened(store, clock, a_policy(HOUR, None, None, late))
    contact_id = await house.message()
    for _ in range(4):
        clock.advance(0.5 * HOUR)
        await house.fire()
    assert await house.codes(contact_id) == [
        "sla_breach_first_reply",
        "sla_late_first_reply",
    ]
    found = select(interactions.c.meta).where(interactions.c.kind == "system")
    rows = await store.read(lambda tx, _: list(tx.execute(found).scalars()), None)
    assert [meta["told"] for meta in rows] == ["owner supervisors", "boss@hub.test"]


async def test_a_breach_raises_the_priority_of_what_waits(store: Store, clock: ManualClock) -> None:
    raises = on_breach(Act.RAISE_PRIORITY, priority=3)
    house = await House.opened(store, clock, a_policy(HOUR, None, None, raises))
    contact_id = await house.message()
    clock.advance(HOUR)
    await house.fire()
    assert (await house.contact(contact_id)).priority == 3
    assert await house.codes(contact_id) == ["sla_breach_first_reply", "priority"]


async def test_what_is_in_hand_is_left_there_and_the_timeline_says_so(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(
        store,
        clock,
        a_policy(
            HOUR,
            None,
            None,
            on_breach(Act.RAISE_PRIORITY, priority=3),
            on_breach(Act.MOVE, "finance"),
        ),
    )
    contact_id = await house.message()
    await house.taken(contact_id)
    clock.advance(HOUR)
    await house.fire()
    contact = await house.contact(contact_id)
    assert (contact.state, contact.queue_id, contact.priority) == ("active", "support", 0)
    assert (await house.codes(contact_id))[1:] == ["sla_in_hand"]


async def test_a_breach_moves_what_waits_to_another_queue_with_its_policy(
    store: Store, clock: ManualClock
) -> None:
    moves = a_policy(HOUR, None, 4 * HOUR, on_breach(Act.MOVE, "finance"), queues=("support",))
    there = a_policy(2 * HOUR, None, None, key="there", queues=("finance",), calendar_id="always")
    house = await House.opened(store, clock, moves, there)
    contact_id = await house.message()
    clock.advance(HOUR)
    await house.fire()
    contact = await house.contact(contact_id)
    assert (contact.queue_id, contact.sla_policy_id) == ("finance", "there")
    assert await house.codes(contact_id) == ["sla_breach_first_reply", "moved"]
    first = await house.deadline(contact_id, FIRST)
    assert (first.policy_id, first.breached_at, first.used_us) == ("there", None, 0)
    assert (await house.deadline(contact_id, RESOLUTION)).ended_at == clock.now()
    clock.advance(HOUR)
    await house.fire()
    assert (await house.deadline(contact_id, FIRST)).breached_at == clock.now()


async def test_a_breach_gives_it_to_an_agent_who_is_there_and_has_room(
    store: Store, clock: ManualClock
) -> None:
    gives = on_breach(Act.ASSIGN, "anna@hub.test")
    house = await House.opened(store, clock, a_policy(HOUR, None, None, gives))
    contact_id = await house.message()
    clock.advance(HOUR)
    await store.write(renew_presence, house.agent_id)
    await house.fire()
    assert (await house.contact(contact_id)).preferred_agent_id == house.agent_id
    assert await house.codes(contact_id) == ["sla_breach_first_reply", "moved"]


async def test_of_many_that_breach_at_once_an_agent_is_given_what_there_is_room_for(
    store: Store, clock: ManualClock
) -> None:
    gives = on_breach(Act.ASSIGN, "anna@hub.test")
    house = await House.opened(store, clock, a_policy(HOUR, None, None, gives))
    ids = [await house.message(senders=(a_sender(number),)) for number in range(4)]
    clock.advance(HOUR)
    await store.write(renew_presence, house.agent_id)
    await house.fire()
    held = [(await house.contact(id_)).preferred_agent_id for id_ in ids]
    assert sorted(held, key=bool) == [None, None, house.agent_id, house.agent_id]  # two mails
    for id_, agent_id in zip(ids, held, strict=True):
        said = "moved" if agent_id else "sla_no_assign"
        assert await house.codes(id_) == ["sla_breach_first_reply", said]


@pytest.mark.parametrize("why", ["away", "not_ready", "full", "nobody", "elsewhere"])
async def test_who_cannot_take_it_is_not_given_it_and_the_timeline_says_so(
    store: Store, clock: ManualClock, why: str
) -> None:
    to = "nobody@hub.test" if why == "nobody" else "anna@hub.test"
    gives = on_breach(Act.ASSIGN, to)
    house = await House.opened(store, clock, a_policy(HOUR, None, None, gives))
    if why == "full":
        for number in range(2):
            other = await house.message(senders=(a_sender(number),))
            await house.taken(other)
    contact_id = await house.message()
    clock.advance(HOUR)
    if why != "away":
        await store.write(renew_presence, house.agent_id)
    if why == "not_ready":
        state = SetAgentState(house.agent_id, AgentState.NOT_READY, "break")
        await store.write(set_agent_state, state)
    if why == "elsewhere":
        await store.write(_leave_the_team, house.agent_id)
    await house.fire()
    assert await house.codes(contact_id) == ["sla_breach_first_reply", "sla_no_assign"]


def _leave_the_team(tx: Tx, user_id: str) -> None:
    tx.execute(team_members.delete().where(team_members.c.user_id == user_id))


async def test_many_deadlines_at_once_cost_a_fixed_number_of_statements(
    store: Store, clock: ManualClock
) -> None:
    raises = on_breach(Act.RAISE_PRIORITY, priority=3)
    moves = on_breach(Act.MOVE, "finance")
    house = await House.opened(store, clock, a_policy(HOUR, None, None, raises, moves))

    def counted(tx: Tx, _: None) -> int:
        counting = Counting(tx)
        fire_due_deadlines(counting, tx.now, 200)  # type: ignore[arg-type]  # stands in for it
        return counting.count

    counts = []
    for many in (4, 16):
        for number in range(many):
            await house.message(senders=(a_sender(100 * many + number),))
        clock.advance(HOUR)
        counts.append(await store.write(counted, None))
    assert counts[0] == counts[1] > 0
