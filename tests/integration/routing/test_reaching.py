"""Who is not reached on the phone is offered no calls: after how long, and until when."""

from __future__ import annotations

from typing import cast

import pytest

from hub.contacts.model import Channel
from hub.core.errors import Conflict
from hub.routing import reaching
from hub.routing import service as routing
from hub.routing.reaching import Reached, fire_due_lost, note_reached
from hub.routing.reads import floor_of
from hub.routing.record import Obstacle, WaitReason
from hub.routing.standing import Lines
from hub.routing.standing_reads import find_rows
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock
from tests.integration.sla.house import Planning

from .scene import Scene


@pytest.fixture
async def scene(store: Store, clock: ManualClock) -> Scene:
    await store.write(open_center, None)
    return Scene(store, clock)


async def say(scene: Scene, agent: str, *, on: bool) -> None:
    await scene.store.write(note_reached, Reached(agent, ["phone"], on))


async def present(scene: Scene, agent: str, seconds: float) -> None:
    """Time passes while the agent's console goes on."""
    scene.clock.advance(seconds)
    await scene.store.write(routing.renew_presence, agent)


async def test_a_lost_softphone_takes_its_agent_out_of_calls_and_of_nothing_else(
    scene: Scene,
) -> None:
    agent = await scene.agent("Li")
    call, chat = await scene.contact(Channel.PHONE), await scene.contact()
    await say(scene, agent, on=False)
    await present(scene, agent, 25)
    assert await scene.fire(fire_due_lost) == 1
    assert await scene.fire(fire_due_lost) == 0
    assert await scene.matched() == [(chat, agent)]
    # Back again, only the chat in hand stands before the call.
    await scene.accept(chat)
    await say(scene, agent, on=True)
    with pytest.raises(Conflict, match="capacity"):  # and for no other reason
        await scene.made(call, agent, "phone")


async def test_a_reload_changes_nothing(scene: Scene) -> None:
    agent = await scene.agent("Li")
    before = (await scene.row(agent)).version
    await say(scene, agent, on=False)
    await present(scene, agent, 15)
    assert await scene.fire(fire_due_lost) == 0
    await say(scene, agent, on=True)
    await present(scene, agent, 15)
    assert await scene.fire(fire_due_lost) == 0
    assert (await scene.row(agent)).version == before
    call = await scene.contact(Channel.PHONE)
    assert await scene.matched() == [(call, agent)]


async def test_said_again_it_is_lost_since_it_was_said_first(scene: Scene) -> None:
    agent = await scene.agent("Li")
    await say(scene, agent, on=False)
    await present(scene, agent, 15)
    await say(scene, agent, on=False)
    await present(scene, agent, 6)
    assert await scene.fire(fire_due_lost) == 1


async def test_what_is_offered_goes_back_and_to_another_who_is_reached(scene: Scene) -> None:
    agent = await scene.agent("Li")
    call = await scene.contact(Channel.PHONE)
    await say(scene, agent, on=False)
    await present(scene, agent, 21)
    assert await scene.matched() == [(call, agent)]
    other = await scene.agent("Wang")
    assert await scene.fire(fire_due_lost) == 1
    offer = await scene.offer_of(call)
    assert (offer.state, offer.reason) == ("withdrawn", "unreached")
    assert (await scene.row(agent)).missed == 0
    assert await scene.matched() == [(call, other)]


async def test_an_offer_that_was_on_its_way_is_refused(scene: Scene) -> None:
    agent = await scene.agent("Li")
    call = await scene.contact(Channel.PHONE)
    await say(scene, agent, on=False)
    await present(scene, agent, 21)
    await scene.fire(fire_due_lost)
    with pytest.raises(Conflict) as refused:
        await scene.made(call, agent, "phone")
    assert refused.value.reason == "agent.unreached"


async def test_why_a_call_still_waits_says_so(scene: Scene) -> None:
    agent = await scene.agent("Li")
    call = await scene.contact(Channel.PHONE)
    await say(scene, agent, on=False)
    await present(scene, agent, 21)
    await scene.fire(fire_due_lost)
    router = await scene.look()
    found = router.why_waiting(call)
    assert found is not None
    assert found.reason is WaitReason.NOBODY_REACHED
    assert [line.obstacle for line in found.agents] == [Obstacle.UNREACHED]


async def test_nobody_is_called_first_for_who_is_not_reached(scene: Scene) -> None:
    agent = await scene.agent("Li")
    await say(scene, agent, on=False)
    await present(scene, agent, 21)
    await scene.fire(fire_due_lost)
    floor = await scene.store.read(floor_of, ["support"])
    assert (floor.ready_at, floor.idle) == (frozenset(), {})


async def test_no_wait_is_told_while_nobody_who_is_ready_can_be_rung(scene: Scene) -> None:
    agent = await scene.agent("Li")
    call, chat = await scene.contact(Channel.PHONE), await scene.contact()
    await say(scene, agent, on=False)
    await present(scene, agent, 21)

    def served(tx: Tx, _: None) -> list[bool]:
        rows, lines = find_rows(tx, [call, chat]), Lines(tx)
        return [lines.is_served(rows[one]) for one in (call, chat)]

    assert await scene.store.read(served, None) == [True, True]
    await scene.fire(fire_due_lost)
    assert await scene.store.read(served, None) == [False, True]


async def test_who_is_reached_again_at_that_moment_stays(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = await scene.agent("Li")
    await say(scene, agent, on=False)
    await present(scene, agent, 21)

    def back(tx: Tx, *_: object, **__: object) -> None:
        """Another process has heard of it, after this one has looked who is lost."""
        note_reached(tx, Reached(agent, ["phone"], on=True))

    monkeypatch.setattr(reaching, "withdraw_offers", back)
    await scene.fire(fire_due_lost)
    monkeypatch.undo()
    call = await scene.contact(Channel.PHONE)
    assert await scene.matched() == [(call, agent)]


async def test_who_is_lost_is_found_among_those_who_are(sqlite_store: Store) -> None:
    """The timekeeper asks again and again, of all agents and all their channels."""

    def plans(tx: Tx, _: None) -> list[str]:
        found: list[str] = []
        planning = cast(Tx, Planning(tx, found))
        fire_due_lost(planning, tx.now, 10)
        floor_of(planning, ["support"])
        return [plan for plan in found if "agent_channels" in plan]

    await sqlite_store.write(open_center, None)
    lost, unreached = await sqlite_store.write(plans, None)
    assert "ix_agent_channels_lost" in lost
    assert "ix_agent_channels_unreached" in unreached
