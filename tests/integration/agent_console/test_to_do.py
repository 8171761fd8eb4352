"""What waits besides the contacts in hand: callbacks that are due, what was missed, and by whom it
was taken since. On both databases.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, text, update

from hub.agent_console import missed
from hub.agent_console.to_do import (
    CallbacksToDo,
    MissedToDo,
    ToDoCounts,
    read_callbacks,
    read_counts,
    read_missed,
)
from hub.contacts.inbound import CallMoment
from hub.contacts.tables import contacts
from hub.core.ids import new_id
from hub.routing.tables import offers, queue_teams
from hub.storage import Store, Tx
from hub.testing.center import add_agent, give_to_agent
from hub.testing.clock import ManualClock
from hub.web import Principal, Role, Via
from tests.integration.callbacks.build import CHEN, LI, Centre
from tests.integration.callbacks.test_callbacks import schedule

TUESDAY = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)  # 14:00 in Shanghai


@pytest.fixture
async def centre(store: Store, clock: ManualClock) -> Centre:
    clock.set(TUESDAY)
    made = Centre(store, clock)
    await made.open()
    return made


def who(user_id: str, role: Role = Role.AGENT, *team_ids: str) -> Principal:
    return Principal(
        user_id=user_id,
        name="Ann",
        role=role,
        via=Via.SESSION,
        credential_id="",
        team_ids=frozenset(team_ids),
    )


async def counts_of(centre: Centre, user: Principal) -> ToDoCounts:
    return await centre.store.read(read_counts, (user, False))


async def callbacks_of(centre: Centre, user: Principal, *, masks: bool = False) -> CallbacksToDo:
    return await centre.store.read(read_callbacks, (user, masks))


async def missed_of(centre: Centre, user: Principal, *, masks: bool = False) -> MissedToDo:
    return await centre.store.read(read_missed, (user, masks))


async def hired(centre: Centre, name: str = "Ann") -> Principal:
    return who(await centre.store.write(add_agent, name), Role.AGENT, "team")


async def missed_by(centre: Centre, contact_id: str, agent_id: str) -> None:
    def ran_out(tx: Tx, _: None) -> None:
        tx.execute(
            insert(offers).values(
                id=new_id(),
                contact_id=contact_id,
                agent_id=agent_id,
                queue_id="support",
                channel="phone",
                cost=1,
                state="expired",
                made_at=tx.now - timedelta(seconds=20),
                expires_at=tx.now,
                resolved_at=tx.now,
                why={},
            )
        )

    await centre.store.write(ran_out, None)


async def test_callbacks_of_ones_queues_stand_by_their_turn_within_a_day(centre: Centre) -> None:
    ann = await hired(centre)
    await schedule(centre, TUESDAY + timedelta(hours=2))
    await centre.wish(await centre.call(LI), LI)  # keeps the place: in the queue now
    found = await callbacks_of(centre, ann)
    assert [one.callback.state for one in found.items] == ["queued", "waiting"]
    last = found.items[-1]
    assert last.callback.next_at == TUESDAY + timedelta(hours=2)
    assert last.call_until == TUESDAY + timedelta(hours=4)  # the office closes at 18:00
    assert (last.callback.attempt, last.callback.attempts, found.more) == (1, 3, False)
    counts = await counts_of(centre, ann)
    assert (counts.callbacks, counts.missed) == (2, 0)


async def test_what_is_due_later_than_in_a_day_does_not_stand_there_yet(centre: Centre) -> None:
    ann = await hired(centre)
    await schedule(centre, TUESDAY + timedelta(hours=25))
    assert (await callbacks_of(centre, ann)).items == []
    centre.clock.advance(3_600 * 2)
    assert len((await callbacks_of(centre, ann)).items) == 1


async def test_other_teams_have_nothing_of_it_nor_has_an_admin_without_a_team(
    centre: Centre,
) -> None:
    await schedule(centre, TUESDAY + timedelta(hours=2))
    await centre.hangs_up(await centre.call(LI))
    for other in (who("u2", Role.AGENT, "south"), who("u3", Role.ADMIN), who("u4")):
        counts = await counts_of(centre, other)
        assert (counts.callbacks, counts.missed) == (0, 0), other
        assert (await callbacks_of(centre, other)).items == []
        assert (await missed_of(centre, other)).items == []


async def test_numbers_are_masked_for_agents(centre: Centre) -> None:
    ann = await hired(centre)
    await schedule(centre, TUESDAY + timedelta(hours=2))
    await centre.hangs_up(await centre.call(LI))
    [back] = (await callbacks_of(centre, ann, masks=True)).items
    [gone] = (await missed_of(centre, ann, masks=True)).items
    assert ("****" in back.callback.number, "****" in gone.contact.customer.address) == (True, True)


async def test_who_gave_up_is_missed_until_somebody_has_spoken_to_them(centre: Centre) -> None:
    ann = await hired(centre)
    gone = await centre.call(LI)
    centre.clock.advance(20)  # too short for a callback of the queue's own
    await centre.hangs_up(gone)
    [one] = (await missed_of(centre, ann)).items
    assert (one.contact.id, one.offered, one.later) == (gone, False, None)
    assert (one.identity_id is not None, round(one.waited_s)) == (True, 20)
    assert (await counts_of(centre, ann)).missed == 1

    centre.clock.advance(60)
    again = await centre.call(LI)
    [one] = (await missed_of(centre, ann)).items
    assert one.later is not None
    assert (one.later.how, one.later.contact_id, one.later.by_name) == ("waiting", again, None)

    ben = await hired(centre, "Ben")
    await centre.store.write(give_to_agent, (again, ben.user_id))
    answered = centre.clock.now()

    def answer(tx: Tx, _: None) -> None:
        tx.execute(update(contacts).where(contacts.c.id == again).values(answered_at=tx.now))

    await centre.store.write(answer, None)
    [one] = (await missed_of(centre, ann)).items
    assert one.later is not None
    assert (one.later.how, one.later.by_name) == ("answered", "Ben")
    assert one.later.at == answered
    assert (await counts_of(centre, ann)).missed == 0


async def test_what_another_team_did_is_told_without_who_and_where(centre: Centre) -> None:
    ann = await hired(centre)
    gone = await centre.call(LI)
    centre.clock.advance(20)
    await centre.hangs_up(gone)
    centre.clock.advance(60)
    again = await centre.call(LI)
    ben = await hired(centre, "Ben")
    await centre.store.write(give_to_agent, (again, ben.user_id))

    def elsewhere(tx: Tx, _: None) -> None:
        moved = {"answered_at": tx.now, "queue_id": "elsewhere"}
        tx.execute(update(contacts).where(contacts.c.id == again).values(**moved))

    await centre.store.write(elsewhere, None)
    [one] = (await missed_of(centre, ann)).items
    assert one.later is not None
    assert (one.later.how, one.later.by_name, one.later.contact_id) == ("answered", None, None)


async def test_who_is_to_be_called_back_is_not_missed_twice(centre: Centre) -> None:
    ann = await hired(centre)
    gone = await centre.call(LI)
    centre.clock.advance(100)
    await centre.hangs_up(gone)  # waited long enough: the queue calls back
    [one] = (await missed_of(centre, ann)).items
    assert one.later is not None
    assert one.later.how == "callback"
    counts = await counts_of(centre, ann)
    assert (counts.callbacks, counts.missed) == (1, 0)


async def test_a_missed_offer_says_who_took_it(centre: Centre) -> None:
    ann = await hired(centre)
    ben = await hired(centre, "Ben")
    rang = await centre.call(CHEN)
    await missed_by(centre, rang, ann.user_id)
    await missed_by(centre, rang, ann.user_id)  # twice: it stands there once
    [one] = (await missed_of(centre, ann)).items
    assert (one.offered, one.later) == (True, None)
    assert (await missed_of(centre, ben)).items == []
    await centre.store.write(give_to_agent, (rang, ben.user_id))
    await centre.told(rang, CallMoment.AGENT_JOINED)
    [one] = (await missed_of(centre, ann)).items
    assert one.later is not None
    assert (one.later.how, one.later.by_name) == ("taken", "Ben")
    assert (await counts_of(centre, ann)).missed == 0


async def test_what_one_took_up_in_the_end_was_not_missed(centre: Centre) -> None:
    ann = await hired(centre)
    rang = await centre.call(CHEN)
    await missed_by(centre, rang, ann.user_id)
    await centre.store.write(give_to_agent, (rang, ann.user_id))
    assert (await missed_of(centre, ann)).items == []


async def test_after_a_day_nobody_is_reminded_of_it(centre: Centre) -> None:
    ann = await hired(centre)
    rang, gone = await centre.call(CHEN), await centre.call(LI)
    await missed_by(centre, rang, ann.user_id)
    await centre.hangs_up(gone)
    assert len((await missed_of(centre, ann)).items) == 2
    centre.clock.advance(3_600 * 25)
    assert (await missed_of(centre, ann)).items == []


async def test_each_part_is_read_by_its_own_index(centre: Centre) -> None:
    ann = await hired(centre)
    await schedule(centre, TUESDAY + timedelta(hours=2))
    await centre.hangs_up(await centre.call(LI))

    def explain(tx: Tx, _: None) -> str:
        if tx.dialect == "postgresql":
            tx.execute(text("SET LOCAL enable_seqscan = off"))  # so few rows are read at once
        connection: Any = tx._connection
        seen: list[tuple[str, Any]] = []

        def note(*args: Any) -> None:
            if not args[2].startswith(("EXPLAIN", "SET")):
                seen.append((args[2], args[3]))

        event.listen(connection, "before_cursor_execute", note)
        read_counts(tx, (ann, False))
        read_callbacks(tx, (ann, False))
        event.remove(connection, "before_cursor_execute", note)
        prefix = "EXPLAIN QUERY PLAN" if tx.dialect == "sqlite" else "EXPLAIN"
        plans = [
            str(row[-1])
            for sql, values in seen
            for row in connection.exec_driver_sql(f"{prefix} {sql}", values)
        ]
        return "\n".join(plans)

    plan = await centre.store.write(explain, None)
    for table in ("callbacks", "contacts", "offers"):
        assert f"Seq Scan on {table}" not in plan
        assert f"SCAN {table}\n" not in f"{plan}\n"
    if centre.store.dialect == "sqlite":  # PostgreSQL takes any of them for so few rows
        for index in ("ix_callbacks_queue ", "ix_contacts_queue_state", "ix_offers_missed"):
            assert index in plan


async def test_a_queue_of_two_teams_counts_once(centre: Centre) -> None:
    ann = await hired(centre)

    def both(tx: Tx, _: None) -> None:
        tx.execute(insert(queue_teams).values(queue_id="support", team_id="south"))

    await centre.store.write(both, None)
    await centre.hangs_up(await centre.call(LI))
    counts = await counts_of(centre, who(ann.user_id, Role.AGENT, "team", "south"))
    assert counts.missed == 1


async def test_who_left_without_a_number_waits_for_nobody(centre: Centre) -> None:
    ann = await hired(centre)
    named, unnamed = await centre.call(CHEN), await centre.withheld()
    for rang in (named, unnamed):
        await missed_by(centre, rang, ann.user_id)
    centre.clock.advance(1)
    await centre.hangs_up(unnamed)
    assert (await counts_of(centre, ann)).missed == 1
    assert [one.contact.id for one in (await missed_of(centre, ann)).items] == [named, unnamed]


async def test_of_many_the_newest_are_told(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await hired(centre)
    for number in (CHEN, LI):
        rang = await centre.call(number)
        await missed_by(centre, rang, ann.user_id)
        centre.clock.advance(60)
    monkeypatch.setattr(missed, "MOST_MISSED", 1)
    assert [one.contact.id for one in (await missed_of(centre, ann)).items] == [rang]


async def test_who_serves_many_queues_is_told_of_them_all(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await hired(centre)
    await centre.hangs_up(await centre.call(LI))
    monkeypatch.setattr(missed, "_MOST_PARTS", 0)
    assert (await counts_of(centre, ann)).missed == 1
