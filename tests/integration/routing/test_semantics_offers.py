"""Routing.md section 3, who is offered what: items 1 to 4, each under its number.

That supervisors are told when nobody is left (1) is in `test_offers`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import delete, insert

from hub.accounts.tables import team_members, teams
from hub.contacts.inbound import CallMoment
from hub.contacts.model import Channel
from hub.core.errors import Conflict, Invalid
from hub.desk import handling
from hub.desk.pulling import Pull, pull
from hub.intake.calls import Leave, leave
from hub.routing import service as routing
from hub.routing.model import (
    AgentState,
    Overflow,
    SkillStep,
    team_group,
)
from hub.routing.record import (
    Rule,
)
from hub.routing.tables import queue_teams
from hub.storage import Store, Tx
from hub.testing.center import CHANNELS, open_center
from hub.testing.clock import ManualClock

from .scene import Scene, by, into_finance


@pytest.fixture
async def scene(store: Store, clock: ManualClock) -> Scene:
    await store.write(open_center, None)
    return Scene(store, clock)


async def decline(scene: Scene, contact: str, reason: str = "") -> None:
    offer = await scene.offer_of(contact)
    declined = routing.DeclineOffer(offer.id, offer.agent_id, reason)
    await scene.store.write(routing.decline_offer, declined)


# ---- 1 -----------------------------------------------------------------------------------------


async def test_1_an_offer_is_a_lease_that_expires_with_a_growing_back_off(scene: Scene) -> None:
    """The contact returns with its original start; the only free agent is no endless loop."""
    await scene.change(
        channels={**CHANNELS, "webchat": replace(CHANNELS["webchat"], missed_limit=9)}
    )
    li, contact = await scene.agent("Li"), await scene.contact()
    start = (await scene.state(contact)).virtual_start_us
    for back_off_s in (30, 60, 120, 120):
        assert await scene.matched() == [(contact, li)]
        await scene.pass_time(20, li)
        assert [await scene.fire(), await scene.fire()] == [1, 0]
        assert (await scene.offer_of(contact)).state == "expired"
        row = await scene.state(contact)
        assert (row.state, row.virtual_start_us) == ("queued", start)
        await scene.pass_time(back_off_s - 1, li)
        assert await scene.matched() == []
        await scene.pass_time(1, li)
    wang = await scene.agent("Wang")
    assert (await scene.matched())[0][1] in (li, wang)


@pytest.mark.parametrize(
    ("channel", "limit"), [(Channel.PHONE, 1), (Channel.WEBCHAT, 2), (Channel.EMAIL, 3)]
)
async def test_1_an_offer_is_a_lease_and_who_misses_too_many_goes_not_ready(
    scene: Scene, channel: Channel, limit: int
) -> None:
    """In a row: an accept forgets the misses before it. One key makes them ready again."""
    li = await scene.agent("Li")

    async def missed() -> None:
        await scene.made(await scene.contact(channel), li, channel)
        await scene.pass_time(60, li)
        assert await scene.fire() == 1

    for _ in range(limit - 1):
        await missed()
    if limit > 1:
        await scene.in_hand(li, channel)
    for _ in range(limit):
        assert (await scene.row(li)).state == "ready"
        await missed()
    row = await scene.row(li)
    assert (row.state, row.reason) == ("not_ready", "missed")
    await scene.ready(li)
    row = await scene.row(li)
    assert (row.state, row.reason, row.missed) == ("ready", None, 0)


async def test_1_an_offer_is_a_lease_that_phone_never_declines_and_others_with_a_reason(
    scene: Scene,
) -> None:
    reasoned = {
        key: replace(rules, decline_needs_reason=rules.may_decline)
        for key, rules in CHANNELS.items()
    }
    await scene.change(channels=reasoned)
    await scene.agent("Li")
    call = await scene.contact(Channel.PHONE)
    await scene.matched()
    with pytest.raises(Invalid, match="cannot be declined"):
        await decline(scene, call, "busy")
    await scene.on_the_line(call, CallMoment.CUSTOMER_LEFT)
    assert (await scene.offer_of(call)).state == "withdrawn"
    chat = await scene.contact()
    await scene.matched()
    with pytest.raises(Invalid, match="Say why"):
        await decline(scene, chat)
    await decline(scene, chat, "not my subject")
    offer = await scene.offer_of(chat)
    assert (offer.state, offer.reason) == ("declined", "not my subject")
    with pytest.raises(Conflict):  # a final state never changes
        await scene.accept(chat)
    assert await scene.matched() == []  # it rests of the only agent


async def test_1_an_offer_is_a_lease_and_accepted_but_not_connected_has_a_deadline_too(
    scene: Scene,
) -> None:
    li = await scene.agent("Li")
    call = await scene.contact(Channel.PHONE)
    start = (await scene.state(call)).virtual_start_us
    await scene.made(call, li, "phone")
    offer = await scene.offer_of(call)
    await scene.store.write(routing.accept_offers, routing.AcceptOffer(offer.id, li))
    assert (await scene.state(call)).state == "connecting"
    await scene.pass_time(10, li)
    assert [await scene.fire(routing.fire_due_connects) for _ in range(2)] == [1, 0]
    row = await scene.state(call)
    assert (row.state, row.virtual_start_us) == ("queued", start)
    assert await scene.matched() == []  # it rests of the one whose phone did not answer
    wang = await scene.agent("Wang")
    assert await scene.matched() == [(call, wang)]


async def test_1_an_offer_is_a_lease_also_when_a_supervisor_pulls_from_the_list(
    scene: Scene,
) -> None:
    """Not the first of the line, by choice and recorded; what rings at somebody is theirs."""
    boss = await scene.agent("Boss")
    away = routing.SetAgentState(boss, AgentState.NOT_READY, "meeting")
    await scene.store.write(routing.set_agent_state, away)
    await scene.contact()
    await scene.pass_time(5, boss)
    second = await scene.contact()
    await scene.store.write(pull, Pull(second, boss))
    assert (await scene.state(second)).state == "active"
    assert (await scene.why(second)).rule is Rule.PULLED
    li = await scene.agent("Li")
    [(ringing, _)] = await scene.matched()
    with pytest.raises(Conflict, match="rings"):
        await scene.store.write(pull, Pull(ringing, boss))
    assert await scene.offered() == [(ringing, li)]


# ---- 2 -----------------------------------------------------------------------------------------


async def test_2_waited_time_is_kept_by_requeue_missed_offer_and_transfer_and_by_nothing_else(
    scene: Scene,
) -> None:
    li, wang = await scene.agent("Li"), await scene.agent("Wang")
    contact = await scene.contact()
    await scene.pass_time(7, li)  # waiting
    await scene.made(contact, li)
    await scene.pass_time(20, li)  # offered, and missed
    await scene.fire()
    assert await scene.waited_s(contact) == pytest.approx(27)
    await scene.pass_time(3, li, wang)
    await scene.made(contact, wang)
    await scene.accept(contact)
    await scene.pass_time(600, li, wang)  # talk
    await scene.store.write(handling.park, handling.Park(by(contact, wang)))
    await scene.pass_time(900, li, wang)  # parked
    await scene.store.write(handling.resume, by(contact, wang))
    assert await scene.waited_s(contact) == pytest.approx(30)
    await scene.store.write(
        handling.transfer, handling.Transfer(by(contact, wang), queue_id="finance")
    )
    row = await scene.state(contact)
    assert (row.state, row.queue_id) == ("queued", "finance")
    assert await scene.waited_s(contact) == pytest.approx(30)
    await scene.pass_time(5, li)
    assert await scene.waited_s(contact) == pytest.approx(35)
    assert (await scene.matched()) == [(contact, li)]  # it rests of who gave it away


# ---- 3 -----------------------------------------------------------------------------------------

REPAIR = (("repair", 3),)


async def test_3_skill_steps_relax_in_their_time_and_stand_still_while_an_offer_is_out(
    scene: Scene,
) -> None:
    """However the offer ends: expired, or accepted and given back."""
    await scene.change_queue(steps=(SkillStep(REPAIR, 60.0), SkillStep(())))
    expert, novice = await scene.agent("Expert"), await scene.agent("Novice")
    await scene.skilled(expert, repair=4)
    contact = await scene.contact()
    await scene.pass_time(20, expert, novice)
    assert await scene.matched() == [(contact, expert)]
    await scene.pass_time(20, expert, novice)
    await scene.fire()  # 40 s of 60 are left
    await scene.made(contact, expert)
    await scene.pass_time(15, expert, novice)
    await scene.accept(contact)
    await scene.pass_time(100, expert, novice)
    await scene.change(return_s={"webchat": 60.0})
    await scene.store.write(routing.lose_presence, expert)
    await scene.pass_time(70, novice)
    await scene.fire(routing.fire_due_presence)
    assert await scene.fire(routing.fire_due_returns) == 1
    await scene.ready(expert)
    await scene.in_hand(expert, Channel.PHONE)  # busy, so that only the novice could take it
    await scene.pass_time(39, expert, novice)
    assert await scene.fire(routing.fire_due_steps) == 0
    assert await scene.matched() == []
    await scene.pass_time(1, expert, novice)
    assert [await scene.fire(routing.fire_due_steps) for _ in range(2)] == [1, 0]
    assert await scene.matched() == [(contact, novice)]


async def test_3_skill_steps_that_no_signed_in_agent_could_meet_are_skipped_at_once(
    scene: Scene,
) -> None:
    steps = (SkillStep((("repair", 5),), 600.0), SkillStep(REPAIR, 600.0), SkillStep(()))
    await scene.change_queue(steps=steps)
    novice, expert = await scene.agent("Novice"), await scene.agent("Expert")
    await scene.skilled(expert, repair=4)
    first = await scene.contact()
    assert await scene.matched() == [(first, expert)]  # the second step, not the third
    await scene.store.write(routing.sign_out, expert)
    assert await scene.matched() == [(first, novice)]  # and now the third


# ---- 4 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        Overflow("", after_s=30),
        Overflow("", over_waiting=2),
        Overflow("", when_closed=True),
        Overflow("", when_nobody=True),
    ],
    ids=["on wait", "on length", "on closed hours", "on nobody signed in"],
)
async def test_4_delay_and_overflow_lend_a_group_when_the_rule_says_and_not_before(
    scene: Scene, rule: Overflow
) -> None:
    """The team of finance helps support: after 30 s, from two on, after closing, for nobody."""
    own, helper = await scene.agent("Own"), await scene.agent("Helper")
    await scene.store.write(of_finance, helper)
    helps = replace(rule, group=team_group("lent"))
    await scene.change_queue(calendar_id="office", overflow=(helps,))
    scene.clock.set(datetime.fromisoformat("2026-03-10T17:58:00+08:00"))  # closes at 18:00
    await scene.pass_time(0, own, helper)
    await scene.in_hand(own, Channel.PHONE)
    contact = await scene.contact()
    assert await scene.matched() == []
    if rule.after_s:
        await scene.pass_time(29, own, helper)
        assert await scene.matched() == []
        await scene.pass_time(1, own, helper)
    elif rule.over_waiting:
        await scene.contact()
    elif rule.when_closed:
        await scene.pass_time(120, own, helper)
    else:
        await scene.store.write(routing.sign_out, own)
    assert (contact, helper) in await scene.matched()
    assert (await scene.why(contact)).helps_out


def of_finance(tx: Tx, agent_id: str) -> None:
    """The agent is of another team, which serves finance and not support."""
    tx.execute(insert(teams).values(id="lent", zh="外援", en="Lent", retired=False))
    tx.execute(insert(queue_teams).values(queue_id="finance", team_id="lent"))
    tx.execute(delete(team_members).where(team_members.c.user_id == agent_id))
    tx.execute(insert(team_members).values(team_id="lent", user_id=agent_id))


async def test_4_delay_and_overflow_only_while_the_lenders_own_targets_hold(scene: Scene) -> None:
    helper = await scene.agent("Helper")
    await scene.store.write(of_finance, helper)
    await scene.change_queue(overflow=(Overflow(team_group("lent")),))
    own = await scene.contact()
    await scene.store.write(into_finance, own)
    await scene.pass_time(50, helper)
    await scene.matched()
    await decline(scene, own)
    await scene.pass_time(11, helper)  # 61 s of the 60 promised, and it rests of the helper
    lent = await scene.contact()
    assert await scene.matched() == []
    await scene.store.write(leave, Leave(own, "ended_chat"))
    assert await scene.matched() == [(lent, helper)]
