"""Calls that come to the phones of a PBX: whose desk shows them, and what is left of them."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select, update

from hub.accounts.model import SYSTEM
from hub.accounts.tables import users
from hub.callbacks.tables import callbacks
from hub.contacts.blocks.model import BlockKind
from hub.contacts.blocks.service import Block, block
from hub.contacts.pbx.model import PbxCall
from hub.contacts.tables import segments
from hub.intake.pbx_calls import follow_pbx_call
from hub.routing import service as routing
from hub.routing.model import AgentState
from hub.routing.settings import CallbackRules, load_settings, save_settings
from hub.routing.tables import agents, assignments
from hub.storage import Tx
from hub.testing.center import a_queue
from tests.integration.cti.conftest import CHEN, CHENS, House


def load_of(tx: Tx, agent_id: str) -> int:
    return int(tx.execute(select(agents.c.live_load).where(agents.c.id == agent_id)).scalar_one())


def open_assignments(tx: Tx, agent_id: str) -> int:
    found = select(assignments.c.id).where(
        assignments.c.agent_id == agent_id, assignments.c.ended_at.is_(None)
    )
    return len(tx.execute(found).all())


def kinds(tx: Tx, contact_id: str) -> list[tuple[str, str | None]]:
    found = select(segments.c.kind, segments.c.agent_id).where(segments.c.contact_id == contact_id)
    return [tuple(row) for row in tx.execute(found.order_by(segments.c.started_at, segments.c.id))]


def sign_out(tx: Tx, agent_id: str) -> None:
    routing.set_agent_state(tx, routing.SetAgentState(agent_id, AgentState.OFFLINE))


async def test_a_call_rings_at_its_agents_desk_and_nobody_elses(house: House) -> None:
    await house.tell("ringing", extension="801")
    [ring] = await house.rings(house.ann)
    assert ring.extension == "801"
    assert await house.rings(house.ben) == []
    assert await house.contacts() == []  # nothing is routed
    [entry] = await house.entries()
    assert entry.meta["from"] == "13800138000"


async def test_who_answers_has_the_contact_and_wraps_it_up(house: House) -> None:
    await house.tell("ringing", extension="801")
    await house.tell("ringing", extension="802")
    assert len(await house.rings(house.ben)) == 1
    house.clock.advance(7)
    await house.tell("answered", extension="802")
    assert await house.rings(house.ann) == await house.rings(house.ben) == []
    contact = await house.contact()
    assert (contact.state, contact.agent_id, contact.direction) == ("active", house.ben, "in")
    assert contact.answered_at - contact.enqueued_at == timedelta(seconds=7)
    assert contact.waited_us == 7_000_000
    assert await house.store.read(load_of, house.ben) == 100
    assert await house.store.read(kinds, contact.id) == [
        ("waiting", None),
        ("handling", house.ben),
    ]
    house.clock.advance(60)
    await house.tell("ended")
    contact = await house.contact()
    assert contact.state == "wrap_up"
    assert contact.wrap_until is not None
    [entry] = await house.entries()
    assert (entry.meta["duration_s"], entry.meta["agents"]) == (60, "Ben")
    assert entry.contact_id == contact.id


@pytest.mark.parametrize("order", [(2, 1, 0), (1, 2, 0)])
async def test_events_may_come_in_any_order_and_twice(house: House, order: tuple[int, ...]) -> None:
    at = house.clock.now()
    told = [
        {"event": "ringing", "extension": "801", "at": at.isoformat()},
        {"event": "answered", "extension": "801", "at": (at + timedelta(seconds=4)).isoformat()},
        {"event": "ended", "at": (at + timedelta(seconds=64)).isoformat()},
    ]
    house.clock.advance(65)
    for place in (*order, *order):
        await house.tell(**told[place])
    await house.over()
    contact = await house.contact()
    assert (contact.state, contact.agent_id) == ("wrap_up", house.ann)
    assert contact.answered_at == at + timedelta(seconds=4)
    [entry] = await house.entries()
    assert entry.meta["duration_s"] == 60
    assert await house.store.read(open_assignments, house.ann) == 1  # until it is wrapped up
    assert await house.rings(house.ann) == []


async def test_a_call_that_nobody_answers_is_missed(house: House) -> None:
    await house.tell("ringing", extension="801")
    house.clock.advance(25)
    await house.tell("ended")
    assert await house.contacts() == []  # the answer may still be told
    await house.over()
    contact = await house.contact()
    assert (contact.state, contact.agent_id) == ("abandoned", None)
    assert contact.closed_at - contact.enqueued_at == timedelta(seconds=28)
    assert await house.rings(house.ann) == []
    await house.over()
    assert len(await house.contacts()) == 1


async def test_a_call_follows_to_the_phone_it_is_passed_on_to(house: House) -> None:
    await house.tell("answered", extension="801")
    house.clock.advance(5)
    await house.tell("held")
    assert (await house.contact()).state == "hold"
    house.clock.advance(1)
    await house.tell("ringing", extension="802")
    assert len(await house.rings(house.ben)) == 1
    house.clock.advance(5)
    await house.tell("answered", extension="802")
    contact = await house.contact()
    assert (contact.state, contact.agent_id) == ("active", house.ben)
    assert await house.store.read(load_of, house.ann) == 0
    assert await house.store.read(load_of, house.ben) == 100
    [entry] = await house.entries()
    assert entry.meta["agents"] == "Ann, Ben"
    await house.tell("ended")
    assert (await house.contact()).agent_id == house.ben


async def test_a_call_that_goes_to_a_phone_of_nobodys_is_over_for_its_agent(house: House) -> None:
    await house.tell("answered", extension="801")
    house.clock.advance(9)
    await house.tell("answered", extension="899")
    assert (await house.contact()).state == "wrap_up"


async def test_an_agent_who_is_not_signed_in_has_it_on_the_timeline(house: House) -> None:
    await house.store.write(sign_out, house.ann)
    await house.tell("ringing", extension="801")
    await house.tell("answered", extension="801")
    house.clock.advance(30)
    await house.tell("ended")
    assert await house.contacts() == []
    [entry] = await house.entries()
    assert (entry.meta["agents"], entry.meta["duration_s"]) == ("Ann", 30)


async def test_an_agent_with_no_room_has_the_call_all_the_same(house: House) -> None:
    await house.tell("answered", "a1", extension="801")
    await house.tell("answered", "a2", extension="801", **{"from": "13900139000"})
    assert [row.agent_id for row in await house.contacts()] == [house.ann, house.ann]
    await house.tell("ended", "a1")
    await house.tell("ended", "a2")
    assert {row.state for row in await house.contacts()} == {"wrap_up"}


async def test_a_withheld_number_is_a_caller_too(house: House) -> None:
    await house.tell("ringing", extension="801", **{"from": "anonymous"})
    assert len(await house.rings(house.ann)) == 1
    await house.tell("answered", extension="801")
    assert (await house.contact()).agent_id == house.ann


async def test_calls_between_two_phones_of_the_house_are_nobodys_business(house: House) -> None:
    who = {"from": "801", "to": "802", "direction": "internal"}
    await house.tell("ringing", extension="802", **who)
    await house.tell("answered", extension="802", **who)
    await house.tell("ended", **who)
    await house.over()
    assert await house.entries() == []
    assert await house.rings(house.ben) == []


async def test_who_is_on_the_block_list_rings_at_nobodys_desk(house: House) -> None:
    await house.store.write(block, Block(SYSTEM, BlockKind.PHONE, CHENS, "threats", "CN"))
    await house.tell("ringing", extension="801")
    assert await house.rings(house.ann) == []
    await house.tell("answered", extension="801")
    await house.tell("ended")
    contact = await house.contact()
    assert (contact.state, contact.ended_as) == ("closed", "spam")


async def test_a_lost_end_is_found_by_looking(house: House) -> None:
    await house.set_pbx(longest_call_s=600)
    await house.tell("answered", "talked", extension="801")
    await house.tell("ringing", "rang", extension="802", **{"from": "13900139000"})
    house.clock.advance(601)
    await house.channel.sweep()
    await house.over()
    states = {row.state for row in await house.contacts()}
    assert states == {"wrap_up", "abandoned"}
    assert await house.rings(house.ben) == []


async def test_an_extension_that_the_entry_point_gives_goes_before_the_desk_phone(
    house: House,
) -> None:
    await house.set_pbx(desks=[{"extension": "801", "agent": "Ben@hub.test"}])
    await house.tell("ringing", extension="801")
    assert len(await house.rings(house.ben)) == 1
    assert await house.rings(house.ann) == []


async def test_a_phone_that_two_accounts_name_is_nobodys(house: House) -> None:
    await house.store.write(give_anns_phone, house.ben)
    await house.tell("ringing", extension="801")
    assert await house.rings(house.ann) == await house.rings(house.ben) == []


def give_anns_phone(tx: Tx, agent_id: str) -> None:
    tx.execute(update(users).where(users.c.id == agent_id).values(phone_address="801"))


async def test_a_recording_is_named_on_the_timeline_unless_that_is_off(house: House) -> None:
    url = "https://pbx.example/recordings/a1.wav"
    await house.tell("answered", "a1", extension="801")
    await house.tell("recorded", "a1", recording_url=url)
    await house.set_pbx(recordings=False)
    await house.tell("answered", "a2", extension="802", **{"from": "13900139000"})
    await house.tell("recorded", "a2", recording_url=url)
    assert [entry.meta.get("recording_url") for entry in await house.entries()] == [url, None]


async def test_who_was_missed_is_called_back_until_somebody_talks_with_them(house: House) -> None:
    await house.store.write(call_back_who_gives_up, None)
    await house.tell("ringing", "a1", extension="801")
    house.clock.advance(25)
    await house.tell("ended", "a1")
    await house.over()
    assert await house.store.read(callback_states, None) == ["queued"]
    await house.tell("answered", "a2", extension="801")
    assert await house.store.read(callback_states, None) == ["dropped"]


def call_back_who_gives_up(tx: Tx, _: None) -> None:
    rules = CallbackRules(abandoned_for=("standard",), abandoned_over_s=10, window="00:00-24:00")
    settings = load_settings(tx)
    queues = {**settings.queues, "support": a_queue(callback=rules)}
    save_settings(tx, msgspec.structs.replace(settings, queues=queues))


def callback_states(tx: Tx, _: None) -> list[str]:
    return list(tx.execute(select(callbacks.c.state)).scalars())


async def test_what_was_known_before_changes_nothing_when_it_is_told_later(house: House) -> None:
    await house.tell("ringing", extension="801")
    await house.tell("ringing", extension="802")
    await house.tell("answered", extension="802")
    overtaken = PbxCall(
        entry_point_id="house",
        call_id="a1",
        outbound=False,
        number=CHEN,
        line="",
        started_at=house.clock.now(),
        version=2,
        ringing=("801", "802"),
        extensions=("801", "802"),
    )
    await house.store.write(follow_pbx_call, overtaken)
    assert await house.rings(house.ann) == []
    assert (await house.contact()).agent_id == house.ben


async def test_a_call_ends_where_its_line_is_no_pbx_s_any_more(house: House) -> None:
    await house.tell("answered", extension="801")
    await house.set_pbx(profile="none")
    house.clock.advance(11 * 60)
    await house.over()  # it is taken for ended,
    await house.over()  # and that is followed
    assert (await house.contact()).state == "wrap_up"
