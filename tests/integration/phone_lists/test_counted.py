"""What guards the limit is kept by hour: it is what the attempts say, and costs the same however
many there are.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, event, select, text

from hub.core.ids import new_id
from hub.desk.handling import Close, close
from hub.phone_lists import flight, guard
from hub.phone_lists.flight import Counted
from hub.phone_lists.reads import get_list
from hub.phone_lists.report import report_of
from hub.phone_lists.tables import phone_list_attempts
from hub.storage import Tx

from .build import Room, handle, talked

MACHINE = {"machine", "fax"}
TALKED = {"reached", "interested", "refused", "call_later", "wrong_number", "never"}


def counted(attempts: Sequence[Row[Any]], now: datetime) -> Counted:
    """Count them one by one, as docs/phone-lists.md says it."""
    lately = [one for one in attempts if one.dialled_at > now - guard.OVER]
    answered = [
        one
        for one in lately
        if one.abandoned
        or (
            one.answered_at
            and one.answered_by not in MACHINE
            and (one.answered_by == "human" or one.result in TALKED)
        )
    ]
    undecided = [one for one in lately if not one.joined_at and not one.ended_at]
    return Counted(len(answered), sum(one.abandoned for one in answered), len(undecided))


async def kept(room: Room) -> Counted:
    return await room.store.read(lambda tx, _: flight.count(tx, get_list(tx, "spring").id), None)


def _begin(tx: Tx, asked: tuple[str, Sequence[datetime]]) -> None:
    list_id, moments = asked
    rows = [
        {
            "contact_id": new_id(), "list_id": list_id, "customer_id": "", "arm": "all",
            "identity_id": "", "by_itself": True, "dialled_at": at, "abandoned": False,
        }
        for at in moments
    ]  # fmt: skip
    flight.add(tx, rows)


async def test_the_hours_say_what_the_attempts_say_whatever_is_told_of_them(room: Room) -> None:
    await room.hires(1)
    await room.drafts()
    list_id = (await room.row()).id
    dice = random.Random(7)  # noqa: S311 - a shuffle of a test
    now = room.clock.now()
    moments = [now - timedelta(seconds=dice.randrange(31 * 86_400)) for _ in range(300)]
    # Around the second in which the 30 days begin, in one hour.
    moments += [now - guard.OVER + timedelta(seconds=one) for one in range(-300, 300, 25)]
    await room.store.write(_begin, (list_id, moments))

    def tell(tx: Tx, _: None) -> None:
        for one in tx.execute(select(phone_list_attempts)).all():
            at = one.dialled_at
            facts: list[dict[str, Any]] = [
                {"answered_at": at + timedelta(seconds=5)},
                {"joined_at": at + timedelta(seconds=5 + dice.random() * 3)},
                {"ended_at": at + timedelta(seconds=20), "result": "no_answer"},
                {"answered_by": dice.choice(["human", "machine", "fax", "unknown"])},
                {"result": dice.choice([*sorted(TALKED), "machine", "busy"])},
                {"result": dice.choice([*sorted(TALKED), "machine", "busy"])},
            ]
            for news in dice.sample(facts, dice.randrange(len(facts) + 1)):
                [known] = flight.find_attempts(tx, [one.contact_id]).values()
                flight.change(tx, known, **news)

    await room.store.write(tell, None)
    found = counted(await room.attempts(), room.clock.now())
    assert min(found) > 10
    assert await kept(room) == found
    await room.store.write(_end_some, None)
    after = counted(await room.attempts(), room.clock.now())
    assert after.in_flight < found.in_flight
    assert after.abandoned > found.abandoned
    assert await kept(room) == after
    await _the_report_says_the_same(room)
    for days in (1, 10, 25):
        room.clock.advance(days * 86_400 + 700)
        assert await kept(room) == counted(await room.attempts(), room.clock.now())


async def _the_report_says_the_same(room: Room) -> None:
    made = await room.attempts()
    found = await room.store.read(lambda tx, _: report_of(tx, get_list(tx, "spring")), None)
    heard = [one for one in made if one.answered_at]
    assert found.total.dialled == len(made)
    assert found.total.not_answered == len(made) - len(heard)
    assert found.total.abandoned == sum(one.abandoned for one in made)
    machines = [one for one in heard if one.answered_by in MACHINE or one.result == "machine"]
    assert found.total.answered_machine == len(machines)
    assert found.total.results == Counter(one.result for one in made if one.result)


def _end_some(tx: Tx, _: None) -> None:
    ids = sorted(tx.execute(select(phone_list_attempts.c.contact_id)).scalars())
    flight.end_undecided(tx, flight.find_attempts(tx, ids[::2]))


async def test_a_call_through_the_desk_is_in_the_hours(room: Room) -> None:
    contact_id = await talked(room)
    assert await kept(room) == (1, 0, 0)
    room.clock.advance(50)
    await room.hangs_up(contact_id)
    await room.says(contact_id, "machine")
    assert await kept(room) == (1, 0, 0)  # the provider heard a person


async def test_a_talk_is_added_once_it_is_over(room: Room) -> None:
    contact_id = await talked(room)
    room.clock.advance(50)
    await room.hangs_up(contact_id)
    await room.says(contact_id, "call_later", at=room.clock.now() + timedelta(hours=1))
    before = await _talk_s(room)
    assert before >= 50
    [attempt] = await room.attempts()
    assert attempt.talked_ms is None  # its wrap-up goes on
    await room.store.write(close, Close(handle(room, contact_id), None))
    await room.turn()
    [attempt] = await room.attempts()
    assert round(attempt.talked_ms / 1000) == before
    assert await _talk_s(room) == before
    await room.turn(3)
    assert await _talk_s(room) == before


async def test_a_talk_that_was_ended_a_month_late_is_added_all_the_same(room: Room) -> None:
    """A hub that was switched off meanwhile: its length is more than the column holds."""
    contact_id = await talked(room)
    await room.says(contact_id, "call_later", at=room.clock.now() + timedelta(hours=1))
    await room.later(days=29)
    await room.hangs_up(contact_id)
    await room.store.write(close, Close(handle(room, contact_id), None))
    await room.turn()
    [attempt] = await room.attempts()
    assert attempt.talked_ms == 2**31 - 1
    assert await _talk_s(room) == round(attempt.talked_ms / 1000)


async def _talk_s(room: Room) -> int:
    found = await room.store.read(lambda tx, _: report_of(tx, get_list(tx, "spring")), None)
    return found.total.talk_s


async def test_the_limit_is_asked_of_indexes_alone(room: Room) -> None:
    """However many attempts there are: those of one hour, and those under way."""
    await room.hires(1)
    await room.drafts()
    list_id = (await room.row()).id
    began = room.clock.now() - timedelta(days=29)
    moments = [began + timedelta(seconds=60 * one) for one in range(20_000)]
    await room.store.write(_begin, (list_id, moments))

    def join(tx: Tx, _: None) -> None:
        at = phone_list_attempts.c.dialled_at
        tx.execute(phone_list_attempts.update().values(answered_at=at, joined_at=at))
        if tx.dialect == "postgresql":
            tx.execute(text("ANALYZE phone_list_attempts"))

    await room.store.write(join, None)
    plans = await room.store.read(_plans, list_id)
    assert len(plans) == 3
    for plan in plans:
        assert "SCAN phone_list" not in plan, plan
        assert "Seq Scan on phone_list_attempts" not in plan, plan
    assert "phone_list_hours" in plans[0]
    assert "dialled_at" in plans[1]
    assert "ix_phone_list_attempts_list" in plans[1]
    assert "ix_phone_list_attempts_undecided" in plans[2]


def _plans(tx: Tx, list_id: str) -> list[str]:
    """Return how the database answers each statement of a count."""
    asked: list[tuple[str, Any]] = []

    def hear(_c: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        asked.append((statement, values))

    connection = tx._connection  # what the statements are, no use case may know
    event.listen(connection, "before_cursor_execute", hear)
    flight.count(tx, list_id)
    event.remove(connection, "before_cursor_execute", hear)
    explain = "EXPLAIN QUERY PLAN " if tx.dialect == "sqlite" else "EXPLAIN "
    return [
        "\n".join(str(row) for row in connection.exec_driver_sql(explain + statement, values))
        for statement, values in asked
    ]
