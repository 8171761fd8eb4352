"""Where a contact can be given to: what waits there, how long it takes, who is free."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from hub.contacts.tables import contacts
from hub.core.ids import new_id
from hub.routing.newcomers import Newcomer, prospects
from hub.routing.queue_states import QueueState, SetQueueState, set_queue_state
from hub.routing.settings import load_settings
from hub.routing.tables import agents, assignments, queue_teams, queues
from hub.storage import Tx
from hub.web import Role
from tests.integration.customers.allocation.build import counting

from .conftest import Person, Place


async def targets(person: Person, contact_id: object = "") -> tuple[dict[str, Any], dict[str, Any]]:
    status, found = await person.ask("GET", f"/targets?contact={contact_id}")
    assert status == 200, found
    queues_there = {one["id"]: one for one in found["queues"]}
    return queues_there, {one["name"]: one for one in found["agents"]}


async def taken_lately(place: Place, queue_id: str, number: int) -> None:
    """So many contacts that are long over were taken from the queue in the last minutes."""
    over = [await place.write_in("Hello", "mail", f"over{n}@example.test") for n in range(number)]

    def write(tx: Tx, ids: list[str]) -> None:
        changes = {"state": "closed", "ended_as": "handled", "closed_at": tx.now}
        tx.execute(update(contacts).where(contacts.c.id.in_(ids)).values(**changes))
        anybody = tx.execute(select(agents.c.id).limit(1)).scalar_one()
        for contact_id in ids:
            made = {"id": new_id(), "contact_id": contact_id, "agent_id": anybody}
            at = tx.now - timedelta(minutes=5)
            how = {"queue_id": queue_id, "channel": "email", "cost": 25}
            tx.execute(insert(assignments).values(**made, **how, made_at=at, ended_at=tx.now))

    await place.hub.store.write(write, [str(one.contact_id) for one in over])


async def test_queues_say_how_many_wait_and_how_long_it_takes(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    contact = (await place.write_in("Hello", "mail", "a@example.test")).contact_id
    await place.write_in("Hello", "mail", "b@example.test")
    there, _ = await targets(chen, contact)
    assert list(there) == ["support", "finance"]
    support = there["support"]
    assert (support["waiting"], support["ready"], support["free"]) == (2, 0, 0)
    assert (support["wait_low_s"], support["wait_high_s"]) == (None, None)  # nobody is there
    async with chen.console().signed_in() as desk:
        await desk.set_state("not_ready", "break")
        await taken_lately(place, "support", 5)
        await desk.set_state("ready")
        await desk.until(lambda: bool(desk.offers))
        support = (await targets(chen, contact))[0]["support"]
        assert support["ready"] == 1
        assert support["waiting"] == 2  # one of them rings
        assert 0 < support["wait_low_s"] < support["wait_high_s"]
        await place.hub.store.write(
            set_queue_state, SetQueueState("support", QueueState.PAUSED, chen.view.id)
        )
        support = (await targets(chen, contact))[0]["support"]
        assert support["wait_low_s"] is None  # nobody is offered any of it now


async def test_colleagues_say_whether_they_are_free_and_how_much_they_hold(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    liu = await place.hire("liu", Role.AGENT, "team")
    await place.hire("王小明", Role.AGENT, "south")
    mail = (await place.write_in("Hello", "mail", "a@example.test")).contact_id
    async with liu.console().signed_in() as desk:
        await desk.set_state("ready")
        await desk.until(lambda: bool(desk.offers))
        held = await desk.accept(next(iter(desk.offers)))
        assert held == str(mail)
        _, people = await targets(chen, mail)
        assert (people["Liu"]["state"], people["Liu"]["free"]) == ("ready", True)
        assert (people["Liu"]["held"], people["Liu"]["most"] > 1) == (1, True)
        await desk.set_state("not_ready", "break")
        _, people = await targets(chen, mail)
        shown = people["Liu"]
        assert (shown["state"], shown["reason"], shown["free"]) == ("not_ready", "break", False)
    assert "Chen" not in people  # oneself
    wang = people["王小明"]
    assert (wang["state"], wang["free"], wang["held"]) == ("offline", False, None)
    assert {"wang", "wxm"} <= set(wang["words"])


async def test_an_agent_who_is_full_is_not_free(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    liu = await place.hire("liu", Role.AGENT, "team")
    contact = (await place.write_in("Hello")).contact_id
    async with liu.console().signed_in() as desk:
        await desk.set_state("ready")
        await desk.until(lambda: bool(desk.offers))

        def fill(tx: Tx, _: None) -> None:
            tx.execute(update(agents).values(live_load=agents.c.capacity))

        await place.hub.store.write(fill, None)
        there, people = await targets(chen, contact)
        assert (people["Liu"]["state"], people["Liu"]["free"]) == ("ready", False)
        assert (there["support"]["ready"], there["support"]["free"]) == (1, 0)

        def leave_little(tx: Tx, _: None) -> None:
            tx.execute(update(agents).values(live_load=agents.c.capacity - 1))

        await place.hub.store.write(leave_little, None)  # less than it costs
        there, people = await targets(chen, contact)
        assert (people["Liu"]["free"], there["support"]["free"]) == (False, 0)


async def test_only_of_a_contact_one_may_see_and_without_one_no_wait(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    theirs = (await place.write_in("Hello", "finance-mail", "a@example.test")).contact_id
    assert (await chen.ask("GET", f"/targets?contact={theirs}"))[0] == 404
    there, people = await targets(chen)
    assert there["finance"]["waiting"] == 1
    assert there["finance"]["wait_high_s"] is None
    assert people == {}


async def test_many_queues_cost_the_statements_of_one(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.write_in("Hello", "mail", "a@example.test")

    def more(tx: Tx, _: None) -> None:
        like = dict(tx.execute(select(queues).where(queues.c.id == "support")).one()._mapping)
        for n in range(20):
            tx.execute(insert(queues).values({**like, "id": f"q{n}", "position": 10 + n}))
            tx.execute(insert(queue_teams).values(queue_id=f"q{n}", team_id="team"))

    def cost(tx: Tx, ids: list[str]) -> int:
        settings = load_settings(tx)
        of_mail = Newcomer("standard", "email")
        return counting(tx, monkeypatch, lambda: prospects(tx, settings, ids, of_mail), "-")

    await place.hub.store.write(more, None)
    every = ["support", *(f"q{n}" for n in range(20))]
    assert await place.hub.store.read(cost, every[:1]) == await place.hub.store.read(cost, every)
