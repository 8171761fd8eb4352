"""kill -9 while a list is dialled by itself: calls asked for, ringing, picked up, talked.

After each restart nobody is called twice, nobody is forgotten, and who heard nobody is abandoned.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Update, create_engine, not_, select, update
from sqlalchemy.exc import OperationalError

from hub.campaigns.model import State
from hub.channels.phone.tables import calls, steps
from hub.contacts.tables import contacts
from hub.core.bus import Bus
from hub.demo.child import HubProcess
from hub.phone_lists.reads import get_list
from hub.phone_lists.report import Abandonment, abandonment_of
from hub.phone_lists.tables import phone_list_people, phone_lists
from hub.routing.tables import agents, assignments
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.twilio_simulator import Phone, TwilioSimulator

from .list_house import ANSWERED, NUMBERS, Customers, attempts, seed, works
from .test_phone_storm import a_hub, rows, until

_SOON = timedelta(minutes=2)  # whose agent's phone failed comes again after one
_LOST = 6  # an order that may have been taken is not given again: three agents, two such kills
_LET_GO = timedelta(seconds=20)
_AGENTS = 3
_IN_TIME_S = 0.8  # met so soon after they picked up: in time whatever the provider rounds


@dataclass
class Killing:
    """Kills `hub`; each method returns once it is back."""

    hub: HubProcess
    provider: TwilioSimulator
    customers: Customers
    database_url: str

    async def as_asked(self, holds: Callable[[str], bool]) -> None:
        """As the provider takes the order to ring such a phone: its answer reaches nobody."""
        exchange = self.provider.exchange
        real = exchange.call_out

        def call_out(from_: str, to: str, *more: Any) -> Any:
            leg = real(from_, to, *more)
            if holds(to):
                exchange.call_out = real  # type: ignore[method-assign]  # - once
                self.hub.kill()
            return leg

        starts = self.hub.starts
        exchange.call_out = call_out  # type: ignore[method-assign,assignment]  # - killed in it
        await self._back(starts)

    async def once(self, holds: Callable[[], bool]) -> None:
        """As soon as this can be seen from outside."""
        starts = self.hub.starts
        await until(holds)
        self.hub.kill()
        await self._back(starts)

    def rings(self) -> bool:
        """Say whether a customer's phone rings, and another customer talks."""
        legs = [call for call in self.provider.exchange.calls.values() if call.to in NUMBERS]
        now = {call.status for call in legs}
        return {"ringing", "in-progress"} <= now

    def picked_up(self) -> Callable[[], bool]:
        known = set(self.customers.answered)
        return lambda: self.customers.answered > known

    def talks(self) -> Callable[[], bool]:
        known = set(self.customers.met)
        return lambda: set(self.customers.met) > known

    async def _back(self, starts: int) -> None:
        await until(lambda: self.hub.starts > starts)
        await _leases_end(self.database_url)  # the next one begins only now
        await until(self.hub.ready.is_set)
        await _agents_are_let_go(self.database_url)


@pytest.mark.timeout(600)
async def test_a_list_goes_on_after_kill_9_and_calls_nobody_twice(
    tmp_path: Path, database_url: str
) -> None:
    keys = await seed(database_url)
    customers = Customers()
    async with TwilioSimulator(pace=20.0) as provider, asyncio.TaskGroup() as tasks:
        _phones(provider, customers)
        hub, base_url = a_hub(tmp_path, database_url, provider)
        kill = Killing(hub, provider, customers, database_url)
        running = [tasks.create_task(hub.run())]
        await until(hub.ready.is_set)
        running += [tasks.create_task(works(base_url, key)) for key in keys]
        running.append(tasks.create_task(_minutes_pass(database_url)))
        await kill.as_asked(lambda to: to.startswith("client:"))
        await kill.as_asked(lambda to: to in NUMBERS)
        await kill.once(kill.rings)
        await kill.once(kill.picked_up())
        await kill.once(kill.talks())
        await until(lambda: _left(database_url) == [])
        assert hub.starts == 6
        for task in running:
            task.cancel()
    _nobody_is_called_twice(provider, database_url)
    await _who_heard_nobody_counts(database_url, customers)


def _phones(provider: TwilioSimulator, customers: Customers) -> None:
    """They ring for a second or so, so that somebody is killed meanwhile; some never pick up."""
    for place, number in enumerate(NUMBERS):
        provider.set_phone(number, Phone(after_s=0.5 + place % 3 / 2, pace=1.0))
    for number in NUMBERS[::8]:
        provider.set_phone(number, Phone("no_answer"))
    provider.on_answer(customers.pick_up)


async def _change(database_url: str, *statements: Update) -> None:
    """Change the database beside the hub; where that one writes just now, a moment later."""
    engine = create_engine(database_url)
    try:
        while True:
            with contextlib.suppress(OperationalError), engine.begin() as connection:
                for statement in statements:
                    connection.execute(statement)
                return
            await asyncio.sleep(0.2)
    finally:
        engine.dispose()


async def _leases_end(database_url: str) -> None:
    """What the dead hub had in hand is taken up at once."""
    now = datetime.now(UTC)
    held = [
        update(table).where(table.c.lease_until.is_not(None)).values(lease_until=now)
        for table in (outbox, steps)
    ]
    await _change(database_url, *held)


async def _agents_are_let_go(database_url: str) -> None:
    """Whose phone was asked for and never rang waits two minutes and a half; here not so long, but
    longer than the provider is asked what became of its calls.
    """
    late = assignments.c.connect_by.is_not(None)
    soon = datetime.now(UTC) + _LET_GO
    await _change(database_url, update(assignments).where(late).values(connect_by=soon))


async def _minutes_pass(database_url: str) -> None:
    """Every two seconds minutes are over: a silent call is asked about, a failed phone is rung
    again. Gaps of hours are not over.
    """
    person = phone_list_people.c
    while True:
        await asyncio.sleep(2)
        now = datetime.now(UTC)
        await _change(
            database_url,
            update(calls).values(checked_at=now - timedelta(minutes=5)),
            update(phone_list_people)
            .where(person.due_at.between(now, now + _SOON))
            .values(due_at=now),
        )


def _left(database_url: str) -> list[Any]:
    """Return what is not over: people who are to be called now, contacts, calls, held agents."""
    over = contacts.c.state.in_(("closed", "abandoned"))
    person = phone_list_people.c
    later = person.due_at > datetime.now(UTC) + _SOON
    settled = (person.state == "done") | ((person.state == "due") & later)
    return [
        *rows(database_url, select(person.state).where(not_(settled))),
        *rows(database_url, select(contacts.c.state).where(not_(over))),
        *rows(database_url, select(calls.c.id).where(calls.c.leg_state != "ended")),
        *rows(database_url, select(agents.c.id).where(agents.c.live_load > 0)),
    ]


def _nobody_is_called_twice(provider: TwilioSimulator, database_url: str) -> None:
    """At the provider, and by what is kept of them: everybody is there, and had one attempt."""
    rung = Counter(call.to for call in provider.exchange.calls.values() if call.to in NUMBERS)
    assert {number: count for number, count in rung.items() if count > 1} == {}
    assert [call.sid for call in provider.exchange.calls.values() if not call.ended] == []
    made = rows(database_url, attempts())
    assert len({one.customer_id for one in made}) == len(made) == len(NUMBERS)
    assert (
        len(rung) >= len(NUMBERS) - 6
    )  # an order that was lost is not given again: 3 agents, 2 kills
    [row] = rows(database_url, select(phone_lists))
    assert (row.state, row.next_at is not None) == (State.RUNNING, True)  # it calls them again


async def _who_heard_nobody_counts(database_url: str, customers: Customers) -> None:
    made = {one.number: one for one in rows(database_url, attempts())}
    alone = customers.answered - set(customers.met)
    assert [number for number in alone if not made[number].abandoned] == []
    in_time = {number for number, waited_s in customers.met.items() if waited_s < _IN_TIME_S}
    missed = [number for number in in_time if made[number].result not in ("reached", None)]
    # Who met and was gone before a hub was there that asks: one an agent at each kill amid talks.
    assert len(missed) <= _AGENTS * 3
    assert len(missed) < len(in_time)
    abandonment = await _abandonment(database_url)
    abandoned = sum(one.abandoned for one in made.values())
    assert abandonment.counted.in_flight == 0
    assert abandonment.counted.abandoned == abandoned >= len(alone)
    assert abandonment.counted.answered >= ANSWERED + len(customers.answered) - len(missed)
    assert abandonment.rate is not None
    assert abandonment.rate <= abandonment.limit


async def _abandonment(database_url: str) -> Abandonment:
    def read(tx: Tx, _: None) -> Abandonment:
        return abandonment_of(tx, get_list(tx, "spring"))

    async with Store(database_url, Bus()) as store:
        return await store.read(read, None)
