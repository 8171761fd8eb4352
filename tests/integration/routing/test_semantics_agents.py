"""Routing.md section 3, which agent takes it and why: items 5, 6, 8, 13 and 16, by their numbers.

What is taken along (8) is in `desk/test_together`, the caller who calls back in
`intake/test_returned`, the silent chat (6) in `intake/test_silence`.
"""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from hub.contacts import drafts
from hub.contacts.model import Channel
from hub.core.bus import Bus, Hint
from hub.core.errors import Conflict
from hub.desk import handling
from hub.intake.calls import Leave, leave
from hub.routing import service as routing
from hub.routing.engine import Engine
from hub.routing.freeing import AskFreeing, free_in_s
from hub.routing.model import (
    AgentChanged,
    AgentState,
    ContactQueued,
    Event,
    Overflow,
    SkillStep,
)
from hub.routing.pictures import read_picture
from hub.routing.record import (
    MAX_LINES,
    NOT_RECORDED,
    AgentRule,
    Obstacle,
    Rule,
    WaitReason,
)
from hub.routing.settings import Profile
from hub.routing.tables import agents
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock

from .scene import Scene, by, into_finance
from .test_router import a_router, until


@pytest.fixture
async def scene(store: Store, clock: ManualClock) -> Scene:
    await store.write(open_center, None)
    return Scene(store, clock)


# ---- 5 -----------------------------------------------------------------------------------------


async def test_5_capacity_is_cost_and_its_sum_is_checked_in_sql(scene: Scene) -> None:
    """100 units; phone 100, webchat 33, email and fax 25; at most 1, 3, 2 and 2 of them."""
    li = await scene.agent("Li")
    for _ in range(3):
        await scene.in_hand(li)
    assert (await scene.row(li)).live_load == 99
    fourth, call = await scene.contact(), await scene.contact(Channel.PHONE)
    mail = await scene.contact(Channel.EMAIL)
    for contact, channel in ((fourth, "webchat"), (call, "phone"), (mail, "email")):
        with pytest.raises(Conflict):
            await scene.made(contact, li, channel)
    assert await scene.matched() == []
    wu = await scene.agent("Wu")
    for _ in range(2):
        await scene.in_hand(wu, Channel.EMAIL)
    with pytest.raises(Conflict, match="no room on this channel"):  # though 50 units are left
        await scene.made(mail, wu, "email")

    def over(tx: Tx, column: str) -> None:
        tx.execute(update(agents).where(agents.c.id == li).values({column: 101}))

    for column in ("live_load", "deferred_load"):
        with pytest.raises(IntegrityError):
            await scene.store.write(over, column)


async def test_5_capacity_is_cost_by_profile(scene: Scene) -> None:
    expert = Profile(maxima={"webchat": 5}, costs={"webchat": 20})
    trainee = Profile(maxima={"webchat": 1, "email": 1})
    await scene.change(profiles={"chat_expert": expert, "trainee": trainee})
    li, wu = await scene.agent("Li"), await scene.agent("Wu")
    for agent, profile in ((li, "chat_expert"), (wu, "trainee")):
        given = routing.SetAgentProfile(agent, profile)
        await scene.store.write(routing.set_agent_profile, given)
    for _ in range(8):
        await scene.contact()
    taken = [agent for _, agent in await scene.matched()]
    assert (taken.count(li), taken.count(wu)) == (5, 1)
    assert ((await scene.row(li)).live_load, (await scene.row(wu)).live_load) == (100, 33)


async def test_5_capacity_interruptible_mails_cost_nothing_beside_a_live_contact(
    scene: Scene,
) -> None:
    """Until its wrap-up ends; then they go on, and over 30 business minutes they return."""
    li = await scene.agent("Li")
    mails = [await scene.in_hand(li, Channel.EMAIL) for _ in range(2)]
    call = await scene.contact(Channel.PHONE)
    assert await scene.matched() == [(call, li)]
    await scene.accept(call)
    assert ((await scene.row(li)).live_load, (await scene.row(li)).deferred_load) == (100, 50)
    assert all([(await scene.state(mail)).interrupted_until for mail in mails])
    await scene.pass_time(1000, li)
    await scene.store.write(handling.end, by(call, li, call=True))
    assert (await scene.state(mails[0])).interrupted_until is not None
    await scene.pass_time(45, li)
    assert await scene.fire(routing.fire_due_wrap_up) == 1
    assert [(await scene.state(mail)).interrupted_until for mail in mails] == [None, None]
    await scene.answered(mails[1], li)
    draft = drafts.SaveDraft(mails[0], li, "Li", 0, drafts.Words(text="Dear"))
    await scene.store.write(drafts.save_draft, draft)
    await scene.in_hand(li, Channel.PHONE)
    await scene.pass_time(1799, li)
    assert await scene.fire(routing.fire_due_interrupted) == 0
    await scene.pass_time(1, li)
    assert [await scene.fire(routing.fire_due_interrupted) for _ in range(2)] == [1, 0]
    assert [(await scene.state(mail)).state for mail in mails] == ["queued", "active"]
    kept = await scene.store.read(drafts.find_draft, mails[0])
    assert kept is not None
    assert kept.words.text == "Dear"


# ---- 6 -----------------------------------------------------------------------------------------


async def parked(scene: Scene, agent: str, *others: str) -> str:
    """A customer's mail that waited 90 s, was answered, and waits for its customer."""
    mail = await scene.writes("chen")
    await scene.pass_time(90, agent, *others)
    await scene.made(mail, agent, "email")
    await scene.accept(mail)
    await scene.answered(mail, agent)
    await scene.store.write(handling.park, handling.Park(by(mail, agent)))
    return mail


async def test_6_waiting_for_the_customer_frees_capacity_and_the_answer_goes_to_the_same_agent(
    scene: Scene,
) -> None:
    """Straight, though somebody else is longer idle; and it waits anew, from 0."""
    li = await scene.agent("Li")
    wang = await scene.agent("Wang")
    mail = await parked(scene, li, wang)
    assert ((await scene.row(li)).deferred_load, (await scene.state(mail)).agent_id) == (0, li)
    await scene.pass_time(3600, li, wang)
    assert await scene.writes("chen") == mail
    assert await scene.waited_s(mail) == 0
    assert await scene.matched() == [(mail, li)]
    assert (await scene.why(mail)).agent_rule is AgentRule.LAST_AGENT


@pytest.mark.parametrize("where", ["busy", "not ready", "signed out"])
async def test_6_waiting_for_a_busy_agent_ends_after_a_quarter_of_the_target(
    scene: Scene, where: str
) -> None:
    """14 400 s are promised: 3600 s for the one who is signed in, none for who has left."""
    li, wang = await scene.agent("Li"), await scene.agent("Wang")
    mail = await parked(scene, li, wang)
    if where == "busy":
        for _ in range(2):
            await scene.in_hand(li, Channel.EMAIL)
    else:
        state = AgentState.OFFLINE if where == "signed out" else AgentState.NOT_READY
        left = routing.SetAgentState(li, state)
        await scene.store.write(routing.set_agent_state, left)
    await scene.writes("chen")
    if where != "signed out":
        assert await scene.matched() == []
        await scene.pass_time(3599, li, wang)
        assert await scene.matched() == []
        await scene.pass_time(1, li, wang)
    assert await scene.matched() == [(mail, wang)]


# ---- 8 -----------------------------------------------------------------------------------------


async def test_8_sticky_a_returning_customer_goes_to_the_last_agent_within_the_window(
    scene: Scene,
) -> None:
    """A day for a chat; after it, or when they have left or are full, to whoever suits."""
    li = await scene.agent("Li")
    wang = await scene.agent("Wang")

    async def served(agent: str) -> None:
        chat = await scene.writes("chen", Channel.WEBCHAT)
        await scene.made(chat, agent)
        await scene.accept(chat)
        await scene.answered(chat, agent)
        await scene.store.write(handling.close, handling.Close(by(chat, agent)))

    async def comes_back(after_s: float, *there: str) -> str:
        await scene.pass_time(after_s, *there)
        chat = await scene.writes("chen", Channel.WEBCHAT)
        [(_, agent)] = [pair for pair in await scene.matched() if pair[0] == chat]
        await scene.store.write(leave, Leave(chat, "ended_chat"))
        return agent

    for last in (li, wang):
        await served(last)
        assert await comes_back(86_399, li, wang) == last
    await served(li)
    await scene.store.write(routing.lose_presence, li)
    assert await comes_back(60, wang) == wang
    await scene.store.write(routing.sign_out, li)
    assert await comes_back(60, wang) == wang
    await scene.ready(li)
    for _ in range(3):
        await scene.in_hand(li)
    assert await comes_back(10, li, wang) == wang


async def test_8_sticky_after_the_window_the_queue_decides(scene: Scene) -> None:
    li, wang = await scene.agent("Li"), await scene.agent("Wang")
    chat = await scene.writes("chen", Channel.WEBCHAT)
    await scene.made(chat, li)
    await scene.accept(chat)
    await scene.answered(chat, li)
    await scene.pass_time(10, li, wang)
    await scene.store.write(handling.close, handling.Close(by(chat, li)))
    await scene.pass_time(86_401, li, wang)
    again = await scene.writes("chen", Channel.WEBCHAT)
    assert await scene.matched() == [(again, wang)]  # who is longer idle


async def test_8_sticky_or_not_a_language_is_never_relaxed(scene: Scene) -> None:
    """No step, no last agent and no overflow gives a French chat to who speaks none."""
    await scene.change(languages={"fr": "french"})
    helps = Overflow("finance", after_s=1)
    steps = (SkillStep((("repair", 3),), 10.0), SkillStep(()))
    await scene.change_queue(language_grade=3, steps=steps, overflow=(helps,))
    li, marie = await scene.agent("Li"), await scene.agent("Marie")
    await scene.skilled(li, repair=5, french=2)
    await scene.skilled(marie, french=3)
    await scene.in_hand(marie, Channel.PHONE)
    chat = await scene.writes("dupont", Channel.WEBCHAT, "fr")
    for _ in range(3):
        await scene.pass_time(600, li, marie)
        await scene.fire(routing.fire_due_steps)
        assert await scene.matched() == []
    router = await scene.look()
    why = router.why_waiting(chat)
    assert why is not None
    assert why.demands == (("french", 3),)


# ---- 13 ----------------------------------------------------------------------------------------


async def test_13_a_decision_record_goes_with_each_offer(scene: Scene) -> None:
    """Candidates, who was ruled out and why, urgency in its parts, and by what rule; at most
    five.
    """
    last = await scene.contact(Channel.EMAIL)
    await scene.pass_time(30)
    first = await scene.contact()
    await scene.pass_time(30)
    ruled_out = [await scene.agent(f"Full{number}") for number in range(6)]
    for agent in ruled_out:
        await scene.in_hand(agent, Channel.PHONE)
    li = await scene.agent("Li")
    assert (first, li) in await scene.matched()
    why = await scene.why(first)
    assert (why.rule, why.agent_rule) == (Rule.MOST_URGENT, AgentRule.ONLY_ONE)
    assert (why.chosen.waited_s, why.chosen.target_s, why.chosen.urgency) == (30, 60, 0.5)
    assert [(line.contact_id, line.waited_s) for line in why.others] == [(last, 60)]
    assert (why.agents[0].agent_id, why.agents[0].obstacle) == (li, None)
    assert {line.obstacle for line in why.agents[1:]} == {Obstacle.CAPACITY}
    assert len(why.agents) == MAX_LINES == 5


async def test_13_a_decision_record_is_kept_by_no_simulation(scene: Scene) -> None:
    await scene.agent("Li")
    await scene.contact()
    picture = await scene.store.read(read_picture, None)
    events: list[Event] = [
        *map(AgentChanged, picture.agents),
        *map(ContactQueued, picture.contacts),
    ]
    [real] = Engine(picture.rules).handle(events, scene.clock.now())
    [simulated] = Engine(picture.rules, record=False).handle(events, scene.clock.now())
    assert real.why.agents
    assert simulated.why == NOT_RECORDED


async def test_13_a_decision_record_says_why_one_is_still_waiting(scene: Scene) -> None:
    """ "2 agents have French ≥ 3, both on calls, the oldest frees in about 2 minutes"."""
    await scene.change(languages={"fr": "french"})
    await scene.change_queue(language_grade=3)
    speakers = [await scene.agent(name) for name in ("Marie", "Jean")]
    for agent in speakers:
        await scene.skilled(agent, french=4)
    li = await scene.agent("Li")
    for _ in range(5):  # calls lately lasted five minutes
        call = await scene.in_hand(li, Channel.PHONE)
        await scene.pass_time(300, li, *speakers)
        await scene.store.write(handling.close, handling.Close(by(call, li, call=True)))
    for agent in speakers:
        await scene.in_hand(agent, Channel.PHONE)
        await scene.pass_time(90, li, *speakers)
    call = await scene.writes("dupont", Channel.PHONE, "fr")
    why = (await scene.look()).why_waiting(call)
    assert why is not None
    assert (why.reason, why.demands) == (WaitReason.ALL_BUSY, (("french", 3),))
    assert sorted(why.busy) == sorted(speakers)
    assert why.obstacles == {"channel_maximum": 2, "skill": 1}
    frees = AskFreeing(why.busy, why.contact.queue, why.contact.channel)
    assert await scene.store.read(free_in_s, frees) == pytest.approx(120)


# ---- 16 ----------------------------------------------------------------------------------------


async def silently(scene: Scene, *agent_ids: str, state: str) -> None:
    """Their state changes, and no hint of it reaches the router."""

    def change(tx: Tx, _: None) -> None:
        tx.execute(update(agents).where(agents.c.id.in_(agent_ids)).values(state=state))

    await scene.store.write(change, None)


async def test_16_proposals_a_lost_compare_and_set_reloads_both_rows(scene: Scene) -> None:
    """Neither is proposed again before: the agent who left is not, the contact goes on."""
    first = await scene.agent("Li")
    router = await scene.look()
    await silently(scene, first, state="not_ready")
    contact = await scene.contact()
    await router.follow([Hint("contact.queued", contact)])
    assert (router.offers_made, router.offers_refused) == (0, 1)
    second = await scene.agent("Wang")
    await silently(scene, first, state="ready")
    third = await scene.contact()
    await router.follow([Hint("contact.queued", third)])
    assert router.offers_refused == 1  # known as not ready since the refusal
    await router.follow([Hint("agent.changed", second)])
    assert await scene.offered() == [(contact, second), (third, second)]
    assert router.offers_refused == 1


async def test_16_proposals_lost_three_times_rebuild_the_picture(scene: Scene) -> None:
    """Nobody told of the one who is ready; without a poll or its minute, everything is read."""
    away = [await scene.agent(name) for name in ("Li", "Wang", "Zhao")]
    hidden = await scene.agent("Hidden")
    await silently(scene, hidden, state="offline")
    paused = routing.SetQueueState("finance", routing.QueueState.PAUSED, "boss")
    await scene.store.write(routing.set_queue_state, paused)
    stays = await scene.contact()
    await scene.store.write(into_finance, stays)
    deaf = Bus()
    async with a_router(scene, deaf) as router:
        await until(lambda: router.why_waiting(stays) is not None)
        await silently(scene, *away, state="not_ready")
        await silently(scene, hidden, state="ready")
        contact = await scene.contact(Channel.PHONE)
        deaf.publish(Hint("contact.queued", contact))

        async def offered() -> bool:
            return (contact, hidden) in await scene.offered()

        await until(offered)
        assert router.offers_refused == 3
