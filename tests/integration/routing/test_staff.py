"""Agents in the store: state, presence, what an absent agent leaves behind, skill steps, reads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, select

from hub.contacts import service as contacts_service
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel, ContactState, InteractionKind
from hub.contacts.service import Move
from hub.contacts.tables import contacts
from hub.core.errors import Conflict, Invalid, NotFound
from hub.intake.receive import receive
from hub.routing import service as routing
from hub.routing.direct import take_up
from hub.routing.intervals import Intervals
from hub.routing.model import AgentState, SkillStep
from hub.routing.pictures import Wanted, read_fresh, read_picture
from hub.routing.reads import AskQueues, queue_figures
from hub.routing.settings import ServiceLevel, load_settings, save_settings
from hub.routing.standing import note_told
from hub.routing.tables import agent_intervals, agents, assignments, skills
from hub.storage import Store, Tx
from hub.testing.center import give_to_agent, open_center
from hub.testing.clock import ManualClock
from hub.testing.standing import standing

from .test_offers import Floor


@pytest.fixture
async def floor(store: Store, clock: ManualClock) -> Floor:
    await store.write(open_center, None)
    return Floor(store, clock)


async def rows(floor: Floor, table: Any) -> list[Row[Any]]:
    return await floor.store.read(lambda tx, _: list(tx.execute(select(table)).all()), None)


def settle(tx: Tx, changes: dict[str, Any]) -> None:
    """Change some of the rules in force."""
    save_settings(tx, msgspec.structs.replace(load_settings(tx), **changes))


async def test_time_in_state_is_kept_as_intervals(floor: Floor) -> None:
    agent = await floor.agent("Li")
    floor.clock.advance(60)
    await floor.store.write(
        routing.set_agent_state, routing.SetAgentState(agent, AgentState.NOT_READY, "meal")
    )
    found = sorted(await rows(floor, agent_intervals), key=lambda row: row.id)
    assert [(row.state, row.reason) for row in found] == [
        ("offline", None),
        ("ready", None),
        ("not_ready", "meal"),
    ]
    assert found[1].ended_at - found[1].started_at == timedelta(seconds=60)
    assert found[2].ended_at is None


async def test_a_state_chosen_for_after_the_contact_comes_when_it_is_done(floor: Floor) -> None:
    agent, contact = await floor.agent("Li"), await floor.contact()
    await floor.store.write(give_to_agent, (contact, agent))
    later = routing.SetAgentState(agent, AgentState.NOT_READY, "break", after_contact=True)
    await floor.store.write(routing.set_agent_state, later)
    assert (await floor.row(agent)).state == "ready"

    def close(tx: Tx, contact_id: str) -> None:
        contacts_service.move(tx, Move(contact_id, ContactState.CLOSED))
        routing.release(tx, [contact_id], "closed")

    await floor.store.write(close, contact)
    row = await floor.row(agent)
    assert (row.state, row.reason, row.next_state, row.live_load) == ("not_ready", "break", None, 0)


async def test_a_reload_of_the_page_changes_nothing_an_agent_chose(floor: Floor) -> None:
    agent = await floor.agent("Li")
    await floor.store.write(routing.lose_presence, agent)
    assert (await floor.store.read(read_picture, None)).agents == ()
    floor.clock.advance(10)
    await floor.fire(routing.fire_due_presence)
    await floor.store.write(routing.renew_presence, agent)
    assert (await floor.row(agent)).state == "ready"
    assert [found.id for found in (await floor.store.read(read_picture, None)).agents] == [agent]


async def test_who_stays_away_is_signed_out_once(floor: Floor) -> None:
    agent = await floor.agent("Li")
    floor.clock.advance(45)
    assert await floor.fire(routing.fire_due_presence) == 1
    assert await floor.fire(routing.fire_due_presence) == 0
    row = await floor.row(agent)
    assert (row.state, row.reason) == ("offline", "lost")


async def test_a_chat_of_an_absent_agent_returns_before_others_with_its_waited_time(
    floor: Floor,
) -> None:
    await floor.store.write(settle, {"return_s": {"webchat": 60.0}})
    agent, contact = await floor.agent("Li"), await floor.contact()
    floor.clock.advance(12)
    offer_id = await floor.made(contact, agent)
    floor.clock.advance(3)
    await floor.store.write(routing.accept_offers, routing.AcceptOffer(offer_id, agent))
    floor.clock.advance(600)  # talk time counts nothing
    await floor.store.write(routing.renew_presence, agent)
    await floor.store.write(routing.lose_presence, agent)
    floor.clock.advance(59)
    await floor.fire(routing.fire_due_presence)
    assert await floor.fire(routing.fire_due_returns) == 0
    floor.clock.advance(1200)
    assert await floor.fire(routing.fire_due_returns) == 1
    fresh = await floor.store.read(read_fresh, Wanted(frozenset({contact}), frozenset()))
    waiting = fresh.contacts[contact]
    assert waiting.priority == 1
    assert floor.clock.now().timestamp() - waiting.virtual_start_s == pytest.approx(15)
    row = await floor.row(agent)
    assert (row.live_load, row.deferred_load) == (0, 0)


async def test_a_skill_step_ends_by_its_time_once(floor: Floor) -> None:
    def with_steps(tx: Tx, _: None) -> None:
        settings = load_settings(tx)
        queue = msgspec.structs.replace(
            settings.queues["support"], steps=(SkillStep((("repair", 3),), 60.0), SkillStep(()))
        )
        save_settings(
            tx, msgspec.structs.replace(settings, queues={**settings.queues, "support": queue})
        )

    await floor.store.write(with_steps, None)
    contact = await floor.contact()
    first = (await floor.store.read(read_picture, None)).contacts[0]
    assert first.steps[first.step] == (("repair", 3),)
    floor.clock.advance(61)
    assert [await floor.fire(routing.fire_due_steps) for _ in range(2)] == [1, 0]
    second = (await floor.store.read(read_picture, None)).contacts[0]
    assert (second.id, second.steps[second.step]) == (contact, ())


async def test_a_skill_must_exist_and_has_grades_from_one_to_five(floor: Floor) -> None:
    agent = await floor.agent("Li")
    await floor.store.write(
        lambda tx, _: (
            tx.execute(skills.insert().values(id="french", zh="法语", en="French", retired=False))
            and None
        ),
        None,
    )
    for wrong in ({"latin": 3}, {"french": 6}):
        with pytest.raises(Invalid):
            await floor.store.write(
                routing.set_agent_profile, routing.SetAgentProfile(agent, skills=wrong)
            )
    await floor.store.write(
        routing.set_agent_profile, routing.SetAgentProfile(agent, skills={"french": 4})
    )
    (picture,) = (await floor.store.read(read_picture, None)).agents
    assert picture.skills == {"french": 4}


async def test_a_user_who_does_not_exist_is_no_agent(floor: Floor) -> None:
    with pytest.raises(NotFound):
        await floor.store.write(
            routing.set_agent_state, routing.SetAgentState("nobody", AgentState.READY)
        )


async def test_a_transfer_keeps_waited_time_and_rests_from_who_gave_it_away(floor: Floor) -> None:
    agent, contact = await floor.agent("Li"), await floor.contact()
    floor.clock.advance(19)
    offer_id = await floor.made(contact, agent)
    await floor.store.write(routing.accept_offers, routing.AcceptOffer(offer_id, agent))
    floor.clock.advance(300)
    await floor.store.write(
        routing.transfer, routing.Transfer(contact, queue_id="finance", by_agent_id=agent)
    )
    (waiting,) = (await floor.store.read(read_picture, None)).contacts
    assert waiting.queue == "finance"
    assert floor.clock.now().timestamp() - waiting.virtual_start_s == pytest.approx(19)
    assert agent in waiting.excluded
    assert (await floor.row(agent)).live_load == 0


async def test_a_transfer_to_somebody_who_is_away_is_refused(floor: Floor) -> None:
    agent, other = await floor.agent("Li"), await floor.agent("Wang")
    contact = await floor.contact()
    await floor.store.write(give_to_agent, (contact, agent))
    await floor.store.write(
        routing.set_agent_state, routing.SetAgentState(other, AgentState.OFFLINE)
    )
    with pytest.raises(Conflict, match="not signed in"):
        await floor.store.write(
            routing.transfer, routing.Transfer(contact, agent_id=other, by_agent_id=agent)
        )


async def test_nobody_takes_up_more_than_they_have_room_for(floor: Floor) -> None:
    agent = await floor.agent("Li")
    for _ in range(3):
        await floor.store.write(give_to_agent, (await floor.contact(), agent))
    fourth = await floor.contact()

    def take(tx: Tx, contact_id: str) -> None:
        take_up(tx, contacts_service.get_contact(tx, contact_id), agent)

    with pytest.raises(Conflict):
        await floor.store.write(take, fourth)
    open_ = [row for row in await rows(floor, assignments) if row.ended_at is None]
    assert len(open_) == 3
    (row,) = await rows(floor, agents)
    assert row.live_load == 99


async def test_wrap_up_that_runs_out_frees_the_agent_and_stays_unclassified(floor: Floor) -> None:
    agent, contact = await floor.agent("Li"), await floor.contact()
    await floor.store.write(give_to_agent, (contact, agent))

    def wrap_up(tx: Tx, contact_id: str) -> None:
        until = {"wrap_until": tx.now + timedelta(seconds=30)}
        contacts_service.move(tx, Move(contact_id, ContactState.WRAP_UP, changes=until))

    await floor.store.write(wrap_up, contact)
    assert (await floor.row(agent)).live_load == 33
    floor.clock.advance(31)
    assert [await floor.fire(routing.fire_due_wrap_up) for _ in range(2)] == [1, 0]
    found = await floor.state(contact)
    assert (found.state, found.ended_as) == ("closed", "unclassified")
    assert (await floor.row(agent)).live_load == 0


async def test_figures_count_what_waits_and_who_works(floor: Floor) -> None:
    def with_level(tx: Tx, _: None) -> None:
        settings = load_settings(tx)
        queue = msgspec.structs.replace(
            settings.queues["support"],
            service_level={"webchat": ServiceLevel(within_s=60, goal=0.85)},
            short_abandon_s={"webchat": 10.0},
        )
        save_settings(
            tx, msgspec.structs.replace(settings, queues={**settings.queues, "support": queue})
        )

    await floor.store.write(with_level, None)
    agent, other = await floor.agent("Li"), await floor.agent("Wang")
    await floor.store.write(
        routing.set_agent_state, routing.SetAgentState(other, AgentState.NOT_READY, "meal")
    )
    waiting, served = await floor.contact(), await floor.contact()
    quick, slow = await floor.contact(), await floor.contact()
    await floor.store.write(give_to_agent, (served, agent))
    floor.clock.advance(5)
    await floor.store.write(_abandon, quick)
    floor.clock.advance(25)
    await floor.store.write(_answer, served)
    await floor.store.write(_abandon, slow)
    floor.clock.advance(30)
    await floor.store.write(routing.renew_presence, agent)
    await floor.store.write(routing.renew_presence, other)
    support, finance = await floor.store.read(queue_figures, AskQueues(Intervals()))
    assert (support.waiting, support.longest_wait_s, support.longest_contact_id) == (1, 60, waiting)
    assert support.longest_urgency == 1.0
    assert {tier.tier: tier.waiting for tier in support.by_tier}["standard"] == 1
    assert (support.handling, support.agents_ready, support.agents_idle) == (1, 1, 0)
    assert support.agents_not_ready == 1
    (level,) = support.service_level
    assert (level.answered, level.answered_within) == (1, 1)
    assert (level.abandoned, level.short_abandoned) == (2, 1)
    assert level.value == 0.5  # 1 ÷ (1 + 2 − 1)
    assert support.mean_wait_s == 30
    assert (finance.waiting, finance.longest_wait_s, finance.mean_wait_s) == (0, None, None)


def _abandon(tx: Tx, contact_id: str) -> None:
    contacts_service.move(tx, Move(contact_id, ContactState.ABANDONED))


def _answer(tx: Tx, contact_id: str) -> None:
    tx.execute(contacts.update().where(contacts.c.id == contact_id).values(answered_at=tx.now))


async def test_a_standing_tells_position_and_a_range_once_contacts_are_taken(floor: Floor) -> None:
    agent = await floor.agent("Li")
    first = await floor.contact(Channel.WEBCHAT)
    floor.clock.advance(5)
    second = await floor.contact(Channel.WEBCHAT)
    before = await floor.store.read(standing, second)
    assert (before.position, before.wait_low_s, before.open_now) == (2, None, True)
    assert (await floor.store.read(standing, first)).position == 1
    for _ in range(3):
        await floor.store.write(give_to_agent, (await floor.contact(), agent))
    after = await floor.store.read(standing, second)
    assert after.wait_low_s is not None
    assert after.wait_high_s is not None
    assert 0 < after.wait_low_s < after.wait_high_s
    with pytest.raises(NotFound):
        await floor.store.read(standing, "no such contact")


async def test_a_place_told_to_a_customer_never_gets_worse(floor: Floor) -> None:
    """Gold overtakes: who was told "next" is told a range, never "second"."""
    chat = await floor.contact()
    told = await floor.store.read(standing, chat)
    assert told.position == 1
    await floor.store.write(note_told, (chat, 1))
    ahead = await floor.contact()
    await floor.store.write(routing.set_priority, routing.SetPriority(ahead, 5))
    worse = await floor.store.read(standing, chat)
    assert (worse.state, worse.position) == ("queued", None)
    await floor.store.write(note_told, (chat, 2))  # late news of a worse place changes nothing
    await floor.store.write(give_to_agent, (ahead, await floor.agent("Li")))
    assert (await floor.store.read(standing, chat)).position == 1


async def test_a_better_place_is_told_and_then_holds(floor: Floor) -> None:
    first, second = await floor.contact(), await floor.contact()
    await floor.store.write(note_told, (second, 2))
    await floor.store.write(give_to_agent, (first, await floor.agent("Li")))
    assert (await floor.store.read(standing, second)).position == 1
    await floor.store.write(note_told, (second, 1))
    ahead = await floor.contact()
    await floor.store.write(routing.set_priority, routing.SetPriority(ahead, 5))
    assert (await floor.store.read(standing, second)).position is None


async def test_a_spoken_message_keeps_its_own_target_when_it_moves_on(floor: Floor) -> None:
    """A voicemail is promised an answer in an hour, not the forty seconds of a live call."""
    li = await floor.agent("Li")
    receipt = await floor.store.write(
        receive,
        Inbound(
            entry_point_id="hotline",
            channel=Channel.PHONE,
            dedupe_key="voicemail",
            kind=InteractionKind.VOICEMAIL,
            senders=(SenderIdentity(IdentityKind.PHONE, "+8613800001234"),),
            received_at=floor.clock.now(),
        ),
    )
    contact = receipt.contact_id
    assert contact is not None
    assert (await floor.state(contact)).target_s == 3600
    await floor.store.write(give_to_agent, (contact, li))
    await floor.store.write(
        routing.transfer, routing.Transfer(contact, queue_id="finance", by_agent_id=li)
    )
    row = await floor.state(contact)
    assert (row.target_s, row.calendar_id) == (3600, "office")


async def test_a_mail_on_the_wall_of_another_channel_waits_in_business_time(floor: Floor) -> None:
    mail = await floor.contact(Channel.EMAIL)
    (waiting,) = (await floor.store.read(read_picture, None)).contacts
    assert (waiting.id, waiting.calendar_id, waiting.target_s) == (mail, "always", 14_400)
