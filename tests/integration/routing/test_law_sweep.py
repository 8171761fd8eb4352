"""The sweep of the queue's laws: what is broken in the rows is found and told, a busy queue tells
nothing.
"""

from __future__ import annotations

import logging
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Table, delete, insert, select, update

from hub.contacts.model import Channel
from hub.contacts.tables import contacts, segments
from hub.core.bus import Bus
from hub.core.ids import new_id
from hub.doctor.laws import check_laws
from hub.routing import service as routing
from hub.routing.laws import sample
from hub.routing.laws.book import BROKEN, list_standing
from hub.routing.laws.model import Law
from hub.routing.laws.tables import law_rounds
from hub.routing.model import AgentState, Reserve, SkillStep
from hub.routing.router import Router
from hub.routing.settings import QueueSettings, load_settings
from hub.routing.tables import agent_channels, agent_intervals, agents, assignments, offers
from hub.settings import Secret, Settings
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock

from .scene import Scene
from .sweeping import Between, Sweep
from .test_laws import Course
from .test_staff import settle


@pytest.fixture
async def scene(store: Store, clock: ManualClock) -> Scene:
    await store.write(open_center, None)
    return Scene(store, clock)


@pytest.fixture
def sweep(scene: Scene) -> Sweep:
    return Sweep(scene)


def of(table: Table, contact_id: str) -> Any:
    return table.c.contact_id == contact_id


# ---- what is broken is found --------------------------------------------------------------------


async def test_a_free_agent_beside_whom_somebody_waits_is_found(scene: Scene, sweep: Sweep) -> None:
    li = await scene.agent("Li")
    await scene.ready(li)
    contact = await scene.contact()  # and no router is there
    noted = await sweep.turn()
    assert [one.key for one in noted.found] == [(Law.SERVED, contact)]
    assert noted.found[0].facts == {"agent_id": li}


async def test_an_offer_that_no_contact_knows_of_is_found(scene: Scene, sweep: Sweep) -> None:
    li, contact = await scene.agent("Li"), await scene.contact()
    await scene.made(contact, li)
    await sweep.change(update(contacts).where(contacts.c.id == contact).values(state="parked"))
    await sweep.change(delete(segments).where(of(segments, contact)))
    await sweep.change(insert(segments).values(a_segment(contact, "parked", scene)))
    assert await sweep.found() == [(Law.ONE_TAKER, contact)]


async def test_a_contact_held_by_nobody_is_found(scene: Scene, sweep: Sweep) -> None:
    li = await scene.agent("Li")
    contact = await scene.in_hand(li)
    await sweep.change(delete(assignments).where(of(assignments, contact)))
    assert (Law.ONE_TAKER, contact) in await sweep.found()


async def test_a_contact_in_two_pairs_of_hands_is_found(scene: Scene, sweep: Sweep) -> None:
    li, wang = await scene.agent("Li"), await scene.agent("Wang")
    contact = await scene.in_hand(li)
    await sweep.change(update(offers).where(of(offers, contact)).values(
        state="pending", agent_id=wang, expires_at=scene.clock.now() + timedelta(days=1)
    ))  # fmt: skip
    assert (Law.ONE_TAKER, contact) in await sweep.found()


async def test_a_contact_with_another_agent_than_it_says_is_found(
    scene: Scene, sweep: Sweep
) -> None:
    li, wang = await scene.agent("Li"), await scene.agent("Wang")
    contact = await scene.in_hand(li)
    await sweep.change(update(contacts).where(contacts.c.id == contact).values(agent_id=wang))
    assert await sweep.found() == [(Law.ONE_TAKER, contact)]


@pytest.mark.parametrize("wrong", [{"live_load": 66}, {"live_load": 0}, {"deferred_load": 25}])
async def test_a_load_that_is_not_what_is_held_is_found(
    scene: Scene, sweep: Sweep, wrong: dict[str, int]
) -> None:
    li = await scene.agent("Li")
    await scene.in_hand(li)
    await sweep.change(update(agents).where(agents.c.id == li).values(**wrong))
    assert await sweep.found() == [(Law.LOADS, li)]


async def test_a_count_of_a_channel_that_is_not_what_is_held_is_found(
    scene: Scene, sweep: Sweep
) -> None:
    li = await scene.agent("Li")
    of_mail = (agent_channels.c.agent_id == li) & (agent_channels.c.channel == "email")
    await sweep.change(update(agent_channels).where(of_mail).values(open=1))
    assert await sweep.found() == [(Law.LOADS, li)]


async def test_a_wait_that_grows_shorter_is_found(scene: Scene, sweep: Sweep) -> None:
    contact = await scene.contact()
    scene.clock.advance(300)
    anew = update(contacts).where(contacts.c.id == contact)
    sweep.between.append(lambda: sweep.change(anew.values(virtual_start_us=_us(scene))))
    noted = await sweep.turn()
    assert [one.key for one in noted.found] == [(Law.WAITED, contact)]
    assert noted.found[0].facts == {"waited_s": 300.0, "waits_now_s": 0.0}


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (contacts, {"step_until": -61}),
        (contacts, {"state": "parked", "parked_until": -61}),
        (contacts, {"state": "wrap_up", "wrap_until": -61}),
        (offers, {"expires_at": -200}),
        (assignments, {"connect_by": -61}),
    ],
)
async def test_a_timer_that_has_not_fired_is_found(
    scene: Scene, sweep: Sweep, table: Table, values: dict[str, Any]
) -> None:
    li = await scene.agent("Li")
    contact = await scene.contact(Channel.PHONE)
    if table is offers:
        await scene.made(contact, li, "phone")
    if table is assignments:
        await scene.made(contact, li, "phone")
        offer = await scene.offer_of(contact)
        await scene.store.write(routing.accept_offers, routing.AcceptOffer(offer.id, li))
    now = scene.clock.now()
    changes = {
        name: now + timedelta(seconds=value) if isinstance(value, int) else value
        for name, value in values.items()
    }
    mine = contacts.c.id == contact if table is contacts else of(table, contact)
    await sweep.change(update(table).where(mine).values(**changes))
    assert (Law.TIMERS, contact) in await sweep.found()


async def test_an_agent_who_is_gone_and_not_signed_out_is_found(scene: Scene, sweep: Sweep) -> None:
    li = await scene.agent("Li")
    long_gone = update(agents).values(present_until=scene.clock.now() - timedelta(hours=1))
    await sweep.change(long_gone)
    sweep.between.append(lambda: sweep.change(long_gone))
    assert await sweep.found() == [(Law.TIMERS, li)]


@pytest.mark.parametrize("wrong", [{"kind": "handling"}, {"ended": True}])
async def test_a_stretch_that_is_not_the_contacts_state_is_found(
    scene: Scene, sweep: Sweep, wrong: dict[str, Any]
) -> None:
    contact = await scene.contact()
    values = {"ended_at": scene.clock.now()} if "ended" in wrong else wrong
    await sweep.change(update(segments).where(of(segments, contact)).values(**values))
    assert await sweep.found() == [(Law.STRETCHES, contact)]


async def test_a_stretch_of_a_closed_contact_that_goes_on_is_found(
    scene: Scene, sweep: Sweep
) -> None:
    contact = await scene.contact()
    await sweep.change(update(contacts).values(state="closed"))
    assert await sweep.found() == [(Law.STRETCHES, contact)]


async def test_time_in_another_state_than_the_agents_is_found(scene: Scene, sweep: Sweep) -> None:
    li = await scene.agent("Li")
    running = agent_intervals.c.ended_at.is_(None)
    await sweep.change(update(agent_intervals).where(running).values(state="not_ready"))
    assert await sweep.found() == [(Law.STATE_TIMES, li)]


# ---- nothing is told without reason -------------------------------------------------------------


async def test_what_the_router_does_meanwhile_is_not_told(scene: Scene, sweep: Sweep) -> None:
    li, contact = await scene.agent("Li"), await scene.contact()
    sweep.between.append(scene.look)
    assert await sweep.found() == []
    assert await scene.offered() == [(contact, li)]


async def test_a_pair_that_only_now_became_possible_is_not_told(scene: Scene, sweep: Sweep) -> None:
    li, contact = await scene.agent("Li"), await scene.contact()
    away, back = AgentState.NOT_READY, AgentState.READY

    async def away_and_back() -> None:
        for state in (away, back):
            await scene.store.write(routing.set_agent_state, routing.SetAgentState(li, state))

    sweep.between.append(away_and_back)
    assert await sweep.found() == []
    assert await sweep.found() == [(Law.SERVED, contact)]


async def test_who_is_kept_from_a_contact_is_not_told(scene: Scene, sweep: Sweep) -> None:
    """By a skill that only a colleague has, or by a reserve; until the promise is used up."""
    await scene.agent("Li")
    wang = await scene.agent("Wang")
    await scene.store.write(_reserve, Reserve(2, channel="phone"))
    await scene.in_hand(wang)
    contact = await scene.contact()
    assert (await scene.state(contact)).target_s == 60
    assert await sweep.found() == []
    sweep.scene.clock.advance(60)
    assert await sweep.found() == [(Law.SERVED, contact)]
    await scene.store.write(_demand, "japanese")
    noted = await sweep.turn()
    assert ([*noted.found], [one.subject for one in noted.ended]) == ([], [contact])


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_nothing_is_told(scene: Scene, sweep: Sweep, seed: int) -> None:
    """A busy floor under the same random moves that try the laws themselves, with a router that
    looks before every second look.
    """
    await scene.store.write(settle, {"return_s": {"webchat": 60.0, "email": 900.0}})
    course = Course(scene, seed)
    course.agents = [await scene.agent(name) for name in ("Li", "Wang", "Zhao")]
    often = [course.arrive, course.serve, course.act, course.answer]
    moves: list[Between] = [*often, *often, course.accept, course.decline, course.choose_state,
                            course.leave, course.pull, course.vanish]  # fmt: skip
    chance = random.Random(seed)  # noqa: S311 - a test's course, no secret
    router = Router(scene.store, Bus(), scene.clock)
    for _ in range(12):
        for _ in range(10):
            await chance.choice(moves)()
        await course.pass_time()
        sweep.between += [router.rebuild, course.pass_time]
        sweep.between += [chance.choice(moves) for _ in range(6)]
        assert await sweep.found() == []


async def test_a_scenes_rows_are_looked_at_by_turns(
    scene: Scene, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sample is small, goes on where the last one ended, and begins anew behind the last."""
    monkeypatch.setattr(sample, "OPEN_CONTACTS", 2)
    monkeypatch.setattr(sample, "WAITING_CONTACTS", 2)
    monkeypatch.setattr(sample, "AGENTS", 1)
    people = [await scene.agent(name) for name in ("Li", "Wang", "Zhao")]
    waiting = [await scene.contact() for _ in range(5)]
    ended = update(segments).values(kind="handling")
    await sweep.change(ended)
    await sweep.change(update(agents).values(live_load=10))
    found: list[tuple[Law, str]] = []
    for _ in range(3):
        noted = await sweep.turn()
        assert len(noted.found) <= 3
        found += [one.key for one in noted.found]
    assert sorted(found) == sorted(
        [(Law.STRETCHES, one) for one in waiting] + [(Law.LOADS, one) for one in people]
    )
    assert await sweep.found() == []  # all of it is known


# ---- how it is told -----------------------------------------------------------------------------


async def test_a_breach_is_told_once_stands_and_ends(
    scene: Scene, sweep: Sweep, caplog: pytest.LogCaptureFixture
) -> None:
    li = await scene.agent("Li")
    wrong = update(agents).where(agents.c.id == li)
    with scene.store.bus.subscribe([BROKEN]) as hints:
        await sweep.change(wrong.values(live_load=50))
        with caplog.at_level(logging.WARNING):
            assert await sweep.found() == [(Law.LOADS, li)]
            assert await sweep.found() == []
            [standing] = await scene.store.read(list_standing, None)
            assert standing.seen_at - standing.found_at == timedelta(seconds=20)
            await sweep.change(wrong.values(live_load=0))
            ended = (await sweep.turn()).ended
        assert [one.key for one in ended] == [(Law.LOADS, li)]
        assert await scene.store.read(list_standing, None) == []
        assert len(await hints.next(0)) == 1
    told = [(one.levelname, one.message, vars(one)["subject"]) for one in caplog.records]
    assert told == [
        ("ERROR", "a law of the contact queue is broken", li),
        ("WARNING", "a law of the contact queue holds again", li),
    ]
    assert 'hub_law_breaches_total{law="loads"} 1.0' in sweep.metrics.render().decode()


async def test_nothing_is_mended(scene: Scene, sweep: Sweep) -> None:
    li = await scene.agent("Li")
    await scene.in_hand(li)
    await sweep.change(update(agents).values(live_load=0))
    tables = (agents, agent_channels, offers, assignments, contacts, segments)

    def everything(tx: Tx, _: None) -> list[Any]:
        return [tx.execute(select(table)).all() for table in tables]

    sweep.between.append(lambda: sweep.change(update(agents).values(present_until=_later(scene))))
    await sweep.turn()
    before = await scene.store.read(everything, None)
    sweep.between.append(lambda: sweep.change(update(agents).values(present_until=_later(scene))))
    scene.clock.advance(-20)
    await sweep.turn()
    assert await scene.store.read(everything, None) == before


async def test_the_doctor_tells(
    scene: Scene, sweep: Sweep, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = database_url.replace("+pysqlite", "").replace("+psycopg", "")
    settings = Settings(data_dir=str(tmp_path), database_url=Secret(plain))
    assert list(check_laws(settings)) == []
    li = await scene.agent("Li")
    await sweep.turn()
    await sweep.change(update(law_rounds).values(looked_at=_real()))
    [fine] = check_laws(settings)
    assert (fine.verdict, fine.what) == ("well", "1 agents and 0 contacts were held against the "
            "laws of the queue by the last look; all hold")  # fmt: skip
    await sweep.change(update(agents).values(live_load=50))
    await sweep.turn()
    told = [one.what for one in check_laws(settings)]
    assert any(f"loads: {li} (" in one and "live_load 50" in one for one in told)
    assert any("not looked at since 2026-03-10" in one for one in told)


def _reserve(tx: Tx, reserve: Reserve) -> None:
    _queue(tx, reserves=(reserve,))


def _demand(tx: Tx, skill: str) -> None:
    _queue(tx, reserves=(), steps=(SkillStep(((skill, 3),)),))


def _queue(tx: Tx, **changes: Any) -> None:
    rules = load_settings(tx)
    support: QueueSettings = msgspec.structs.replace(rules.queues["support"], **changes)
    settle(tx, {"queues": {**rules.queues, "support": support}})


def _us(scene: Scene) -> int:
    return int(scene.clock.now().timestamp() * 1_000_000)


def _later(scene: Scene) -> Any:
    return scene.clock.now() + timedelta(seconds=100)


def _real() -> Any:
    return datetime.now(UTC)


def a_segment(contact_id: str, kind: str, scene: Scene) -> dict[str, Any]:
    return {
        "id": new_id(), "contact_id": contact_id, "kind": kind, "queue_id": "support",
        "channel": "webchat", "tier": "standard", "started_at": scene.clock.now(),
    }  # fmt: skip
