"""The engine by example: what routing.md sections 1 to 3 promise."""

from __future__ import annotations

from datetime import timedelta

from msgspec import structs

from hub.hours import check_calendar
from hub.routing.engine import Engine
from hub.routing.model import (
    AgentGone,
    AgentState,
    ContactQueued,
    ProposalSettled,
    QueueRules,
    Reserve,
    Rules,
    Tick,
    WaitingContact,
)
from hub.routing.moment import Moment
from hub.routing.reasons import why_waiting
from hub.routing.record import AgentRule, Obstacle, Rule, WaitReason

from .build import (
    CHANNELS,
    NOON,
    TIERS,
    a_contact,
    an_agent,
    changed,
    holding,
    keeping,
    pairs,
    queued,
    rules,
)


def test_gold_standard_and_low_leave_in_the_order_of_the_promise_used_up() -> None:
    engine = Engine(rules())
    queued(
        engine,
        a_contact("low-chat", "webchat", "low", waited_s=30),  # 33 %
        a_contact("standard-mail", "email", "standard", waited_s=7200),  # 50 %
        a_contact("gold-call", "phone", "gold", waited_s=9),  # 90 %
    )
    one_at_a_time = an_agent("li", maxima={"phone": 1, "webchat": 1, "email": 1})
    one_at_a_time = structs.replace(
        one_at_a_time, costs={"phone": 100, "webchat": 100, "email": 100}
    )
    order = []
    while made := changed(engine, one_at_a_time):
        order += [proposal.contact_id for proposal in made]
        engine.handle([ProposalSettled(made[0].contact_id, "li", True), AgentGone("li")], NOON)
    assert order == ["gold-call", "standard-mail", "low-chat"]


def test_a_call_does_not_overtake_a_mail_that_has_used_more_of_its_promise() -> None:
    engine = Engine(rules())
    queued(
        engine,
        a_contact("call", "phone", "standard", waited_s=20),  # 50 %
        a_contact("mail", "email", "gold", waited_s=3000),  # 83 %
    )
    one = an_agent("li", maxima={"phone": 1, "email": 1})
    made = changed(engine, one)
    assert made[0].contact_id == "mail"
    assert made[0].why.rule is Rule.MOST_URGENT
    assert made[0].why.others[0].contact_id == "call"


def test_a_head_nobody_can_take_does_not_block_the_next() -> None:
    engine = Engine(rules())
    queued(
        engine,
        a_contact("french", waited_s=500, demands=(("french", 3),)),
        a_contact("plain", waited_s=1),
    )
    assert pairs(changed(engine, an_agent("li"))) == [("plain", "li")]


def test_a_contact_that_arrives_goes_to_its_last_agent() -> None:
    engine = Engine(rules())
    changed(engine, an_agent("idle-longest", idle_s=900), an_agent("last", idle_s=1))
    (made,) = queued(engine, a_contact("back", last_agent="last"))
    assert made.agent_id == "last"
    assert made.why.agent_rule is AgentRule.LAST_AGENT


def test_of_two_who_become_free_together_the_less_flexible_goes_first() -> None:
    """The other is idle for longer and looks first: they are compared all the same."""
    engine = Engine(rules(QueueRules("support"), QueueRules("sales")))
    queued(engine, a_contact("call", "phone"))
    flexible = an_agent("flexible", queues=("support", "sales"), idle_s=900)
    [made] = changed(engine, flexible, an_agent("plain"))
    assert made.agent_id == "plain"
    assert made.why.agent_rule is AgentRule.LEAST_FLEXIBLE


def test_the_least_flexible_agent_is_used_first_then_the_most_proficient() -> None:
    engine = Engine(rules(QueueRules("support"), QueueRules("sales")))
    changed(
        engine,
        an_agent("both", queues=("support", "sales"), skills={"french": 5}),
        an_agent("good", skills={"french": 4}),
        an_agent("better", skills={"french": 5}),
    )
    (made,) = queued(engine, a_contact("call", "phone", demands=(("french", 3),)))
    assert made.agent_id == "better"


def test_the_longest_idle_of_equals_is_chosen() -> None:
    engine = Engine(rules())
    changed(engine, an_agent("short", idle_s=10), an_agent("long", idle_s=100))
    assert pairs(queued(engine, a_contact("call", "phone"))) == [("call", "long")]


def test_a_chat_goes_to_who_has_one_chat_and_is_below_comfort() -> None:
    engine = Engine(rules())
    changed(engine, an_agent("idle", idle_s=900), holding(an_agent("chatting"), "webchat"))
    (made,) = queued(engine, a_contact("chat"))
    assert (made.agent_id, made.why.agent_rule) == ("chatting", AgentRule.COMFORT)


def test_at_comfort_the_next_chat_goes_to_an_idle_agent() -> None:
    engine = Engine(rules())
    changed(engine, an_agent("idle"), holding(an_agent("chatting"), "webchat", 2))
    assert pairs(queued(engine, a_contact("chat"))) == [("chat", "idle")]


def test_a_chat_leaves_the_last_idle_agent_to_calls_and_fills_up_instead() -> None:
    engine = Engine(rules(keeping("support", Reserve(1, "phone"))))
    changed(engine, an_agent("idle"), holding(an_agent("chatting"), "webchat", 2))
    assert pairs(queued(engine, a_contact("chat"))) == [("chat", "chatting")]


def test_a_reserve_yields_once_the_promise_is_used_up() -> None:
    engine = Engine(rules(keeping("support", Reserve(1, "phone"))))
    changed(engine, an_agent("idle"), holding(an_agent("full"), "webchat", 3))
    assert queued(engine, a_contact("chat", tier="gold")) == []
    why = why_waiting(engine, "chat", Moment(engine.rules, NOON))
    assert why is not None
    assert why.reason is WaitReason.RESERVE
    wake = engine.next_wake()
    assert wake is not None
    assert timedelta(seconds=15) <= wake - NOON < timedelta(seconds=16)
    assert pairs(engine.handle([Tick()], wake)) == [("chat", "idle")]


def test_the_only_agent_is_never_kept_in_reserve() -> None:
    engine = Engine(rules(keeping("support", Reserve(1, "phone"))))
    changed(engine, an_agent("only"))
    assert pairs(queued(engine, a_contact("chat"))) == [("chat", "only")]


def test_a_reserve_lifts_when_the_other_agent_signs_out() -> None:
    engine = Engine(rules(keeping("support", Reserve(1, "phone"))))
    changed(engine, an_agent("idle"), holding(an_agent("full"), "webchat", 3))
    assert queued(engine, a_contact("chat")) == []
    assert pairs(engine.handle([AgentGone("full")], NOON)) == [("chat", "idle")]


def test_a_reserve_for_gold_keeps_an_agent_from_others() -> None:
    engine = Engine(rules(keeping("support", Reserve(1, None, frozenset({"gold"})))))
    changed(engine, an_agent("one"), an_agent("two"))
    made = queued(
        engine,
        a_contact("standard-1", "phone", waited_s=6),
        a_contact("standard-2", "phone", waited_s=5),
        a_contact("gold", "phone", "gold"),
    )
    assert sorted(proposal.contact_id for proposal in made) == ["gold", "standard-1"]


def test_a_live_contact_pushes_mails_aside_and_a_mail_waits_for_room_beside_all() -> None:
    engine = Engine(rules())
    changed(engine, holding(an_agent("li"), "email", 2))
    assert pairs(queued(engine, a_contact("call", "phone"))) == [("call", "li")]
    other = Engine(rules())
    changed(other, holding(an_agent("li"), "phone"))
    assert queued(other, a_contact("mail", "email")) == []


def test_a_mail_needs_room_beside_live_contacts_and_the_mails_they_interrupt() -> None:
    engine = Engine(rules())
    changed(engine, holding(holding(an_agent("li"), "webchat", 2), "email"))
    assert queued(engine, a_contact("mail", "email")) == []  # 66 + 25 + 25 units
    assert pairs(queued(engine, a_contact("chat"))) == [("chat", "li")]


def test_an_agent_is_filled_up_to_capacity_and_not_beyond() -> None:
    engine = Engine(rules())
    queued(engine, *(a_contact(f"chat-{n}", waited_s=n) for n in range(5)))
    made = changed(engine, an_agent("li"))
    assert [proposal.contact_id for proposal in made] == ["chat-4", "chat-3", "chat-2"]


def test_a_strict_queue_gives_its_best_tier_first() -> None:
    engine = Engine(rules(QueueRules("support", strict=True)))
    queued(
        engine,
        a_contact("late-low", "phone", "low", waited_s=600),
        a_contact("fresh-gold", "phone", "gold", waited_s=1),
    )
    (made,) = changed(engine, an_agent("li"))
    assert (made.contact_id, made.why.rule) == ("fresh-gold", Rule.STRICT_TIER)


def test_every_third_assignment_takes_the_oldest_over_the_cap() -> None:
    engine = Engine(rules(QueueRules("support", cap_s={"webchat": 300})))
    queued(engine, a_contact("old-low", "webchat", "low", waited_s=301))
    queued(engine, *(a_contact(f"gold-{n}", "webchat", "gold", waited_s=100) for n in range(4)))
    made = changed(engine, an_agent("li"))
    assert [proposal.contact_id for proposal in made] == ["gold-0", "gold-1", "old-low"]
    assert made[2].why.rule is Rule.OVER_CAP


def test_a_raised_contact_goes_before_everything_lower() -> None:
    engine = Engine(rules())
    queued(
        engine,
        a_contact("gold", "phone", "gold", waited_s=100),
        a_contact("raised", "phone", "low", waited_s=1, priority=1),
    )
    (made,) = changed(engine, an_agent("li"))
    assert (made.contact_id, made.why.rule) == ("raised", Rule.PRIORITY)


def test_a_contact_held_for_its_agent_is_left_to_them_until_the_hold_ends() -> None:
    engine = Engine(rules())
    changed(engine, holding(an_agent("mine"), "phone"), an_agent("other"))
    assert queued(engine, a_contact("mail", "email", last_agent="mine", held_s=60)) == []
    why = why_waiting(engine, "mail", Moment(engine.rules, NOON))
    assert why is not None
    assert (why.reason, why.held_for) == (WaitReason.HELD_FOR_LAST_AGENT, "mine")
    later = NOON + timedelta(seconds=60)
    assert pairs(engine.handle([Tick()], later)) == [("mail", "other")]


def test_a_hold_ends_when_its_agent_signs_out() -> None:
    engine = Engine(rules())
    changed(engine, holding(an_agent("mine"), "phone"), an_agent("other"))
    queued(engine, a_contact("mail", "email", last_agent="mine", held_s=600))
    assert pairs(engine.handle([AgentGone("mine")], NOON)) == [("mail", "other")]


def test_a_contact_is_never_held_for_somebody_who_is_not_signed_in() -> None:
    engine = Engine(rules())
    changed(engine, an_agent("other"))
    made = queued(engine, a_contact("mail", "email", last_agent="gone", held_s=600))
    assert pairs(made) == [("mail", "other")]


def test_a_skill_step_no_signed_in_agent_could_meet_is_skipped_at_once() -> None:
    engine = Engine(rules())
    changed(engine, an_agent("li"))
    made = queued(engine, a_contact("call", "phone", steps=((("repair", 3),), ())))
    assert pairs(made) == [("call", "li")]
    assert made[0].why.step == 1


def test_a_skill_step_waits_for_a_skilled_agent_who_is_busy() -> None:
    engine = Engine(rules())
    changed(engine, an_agent("li"), holding(an_agent("wang", skills={"repair": 4}), "phone"))
    assert queued(engine, a_contact("call", "phone", steps=((("repair", 3),), ()))) == []
    assert pairs(engine.handle([AgentGone("wang")], NOON)) == [("call", "li")]


def test_a_skill_step_is_skipped_when_those_who_have_the_skill_never_take_the_channel() -> None:
    engine = Engine(rules())
    changed(engine, an_agent("li"), an_agent("wang", skills={"repair": 4}, maxima={"phone": 0}))
    made = queued(engine, a_contact("call", "phone", steps=((("repair", 3),), ())))
    assert pairs(made) == [("call", "li")]
    assert made[0].why.step == 1


def test_a_demand_without_a_later_step_is_never_dropped() -> None:
    engine = Engine(rules())
    changed(engine, an_agent("li", skills={"french": 2}))
    assert queued(engine, a_contact("call", "phone", demands=(("french", 3),))) == []
    why = why_waiting(engine, "call", Moment(engine.rules, NOON))
    assert why is not None
    assert why.reason is WaitReason.NOBODY_SKILLED
    assert why.agents[0].detail == "french 2 of 3"


def test_an_agent_rests_before_the_next_offer_of_a_channel() -> None:
    engine = Engine(rules())
    rest = NOON + timedelta(seconds=5)
    changed(engine, an_agent("li", rest_until={"phone": rest}))
    assert queued(engine, a_contact("call", "phone")) == []
    assert pairs(engine.handle([Tick()], rest)) == [("call", "li")]


def test_business_time_stands_still_over_night() -> None:
    calendar = check_calendar("Mon-Fri 09:00-17:00", zone="Europe/Rome")
    settings = Rules(
        TIERS, CHANNELS, {"support": QueueRules("support", "office")}, {"office": calendar}
    )
    evening = NOON.replace(hour=15, minute=50)  # 16:50 in Rome
    morning = evening + timedelta(hours=16, minutes=10)  # 09:00 the next day
    mail = WaitingContact(
        "mail", "support", "gold", "email", "office", 3600.0, calendar.position(evening)
    )
    engine = Engine(settings)
    engine.handle([ContactQueued(mail)], evening)
    (made,) = changed(engine, an_agent("li"), now=morning)
    assert made.why.chosen.waited_s == 600


def test_a_proposed_contact_is_not_proposed_again_until_its_transaction_answered() -> None:
    engine = Engine(rules())
    changed(engine, an_agent("li"), an_agent("wang"))
    chat = a_contact("chat")
    assert len(queued(engine, chat)) == 1
    assert queued(engine, chat) == []  # an echo of its own hint
    lost = engine.handle([ProposalSettled("chat", "li", False), ContactQueued(chat)], NOON)
    assert len(lost) == 1


def test_the_record_says_who_was_ruled_out_and_why_in_five_lines() -> None:
    engine = Engine(rules())
    changed(
        engine,
        an_agent("free"),
        holding(an_agent("on-a-call"), "phone"),
        an_agent("away", state=AgentState.NOT_READY),
        *(an_agent(f"more-{n}", state=AgentState.NOT_READY) for n in range(5)),
    )
    (made,) = queued(engine, a_contact("call", "phone", "gold"))
    lines = made.why.agents
    assert (lines[0].agent_id, lines[0].obstacle) == ("free", None)
    assert len(lines) == 5
    assert {line.agent_id: line.obstacle for line in lines[1:]}["on-a-call"] is (
        Obstacle.CHANNEL_MAXIMUM
    )
    assert made.why.chosen.target_s == 10


def test_nobody_signed_in_is_said_in_so_many_words() -> None:
    engine = Engine(rules())
    queued(engine, a_contact("call", "phone"))
    why = why_waiting(engine, "call", Moment(engine.rules, NOON))
    assert why is not None
    assert why.reason is WaitReason.NOBODY_SIGNED_IN
    assert why.position == 1


def test_positions_follow_urgency_over_tiers_and_channels() -> None:
    engine = Engine(rules())
    queued(
        engine,
        a_contact("c", "phone", "standard", waited_s=4),  # 10 %
        a_contact("b", "webchat", "low", waited_s=45),  # 50 %
        a_contact("a", "phone", "gold", waited_s=8),  # 80 %
    )
    moment = Moment(engine.rules, NOON)
    found = {key: why_waiting(engine, key, moment) for key in "abc"}
    assert [why.position for key in "abc" if (why := found[key])] == [1, 2, 3]


def test_a_step_is_skipped_for_one_held_for_a_colleague_of_who_leaves() -> None:
    engine = Engine(rules())
    changed(engine, an_agent("french", skills={"french": 4}), holding(an_agent("last"), "phone"))
    steps = ((("french", 3),), ())
    held = a_contact("1", "phone", steps=steps, last_agent="last", held_s=60)
    queued(engine, held)
    engine.handle([AgentGone("french")], NOON)
    entry = engine.entries["1"]
    assert entry.line is not None
    assert entry.line.key.step == 1
