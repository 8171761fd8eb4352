"""Delayed groups, overflow and paused queues (routing.md 3.4), each at the moment it begins."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from msgspec import structs

from hub.hours import check_calendar
from hub.routing.engine import Engine
from hub.routing.model import (
    AgentGone,
    AgentPicture,
    AgentState,
    ContactGone,
    Overflow,
    Proposal,
    QueueRules,
    Tick,
    team_group,
)
from hub.routing.moment import Moment
from hub.routing.reasons import why_waiting
from hub.routing.record import AgentRule, Obstacle, WaitReason

from .build import NOON, a_contact, an_agent, changed, holding, pairs, queued, rules

BACK_OFFICE = team_group("back-office")


def helped(*overflow: Overflow, calendar_id: str = "hours") -> Engine:
    """Support, which others help as told; sales, whose agents have work of their own."""
    both = rules(
        QueueRules("support", calendar_id, overflow=overflow), QueueRules("sales", calendar_id)
    )
    hours = check_calendar("Mon-Sun 09:00-12:05")
    return Engine(replace(both, calendars={"hours": hours}))


def from_sales(key: str = "sam") -> AgentPicture:
    return an_agent(key, queues=("sales",))


def woken(engine: Engine, until: datetime) -> list[tuple[datetime, Proposal]]:
    """Let time pass to `until` as the router does: a tick at each wake."""
    found = []
    while (wake := engine.next_wake()) is not None and wake <= until:
        found += [(wake, proposal) for proposal in engine.handle([Tick()], wake)]
    return found


def test_a_team_sees_a_queue_once_a_contact_is_old_enough() -> None:
    engine = helped(Overflow(BACK_OFFICE, after_s=30))
    changed(engine, structs.replace(an_agent("bo", queues=()), teams=frozenset({"back-office"})))
    assert queued(engine, a_contact("call", "phone")) == []
    [(at, proposal)] = woken(engine, NOON + timedelta(seconds=40))
    assert (proposal.contact_id, proposal.agent_id) == ("call", "bo")
    assert timedelta(seconds=30) <= at - NOON < timedelta(seconds=30.1)
    assert proposal.why.helps_out


def test_a_contact_that_is_old_enough_already_goes_at_once() -> None:
    engine = helped(Overflow("sales", after_s=30))
    changed(engine, from_sales())
    assert pairs(queued(engine, a_contact("call", "phone", waited_s=31))) == [("call", "sam")]


def test_the_queues_own_agent_is_preferred_to_who_helps_out() -> None:
    engine = helped(Overflow("sales"))
    changed(engine, from_sales(), an_agent("own", queues=("support",), idle_s=1))
    [proposal] = queued(engine, a_contact("call", "phone"))
    assert proposal.agent_id == "own"
    assert not proposal.why.helps_out


def test_a_line_that_grows_long_is_helped_from_its_most_urgent_on() -> None:
    engine = helped(Overflow("sales", over_waiting=3))
    changed(engine, from_sales())
    assert queued(engine, a_contact("1", "phone", waited_s=9)) == []
    assert queued(engine, a_contact("2", "phone", waited_s=5)) == []
    assert pairs(queued(engine, a_contact("3", "phone", waited_s=1))) == [("1", "sam")]


def test_a_fresh_contact_that_makes_a_line_long_helps_who_has_waited_in_it() -> None:
    engine = helped(Overflow("sales", after_s=30, over_waiting=2))
    changed(engine, from_sales())
    assert queued(engine, a_contact("old", "phone", waited_s=90)) == []
    assert pairs(queued(engine, a_contact("new", "phone", waited_s=1))) == [("old", "sam")]


def test_who_waits_when_the_queue_closes_is_helped_at_that_moment() -> None:
    engine = helped(Overflow("sales", when_closed=True))
    changed(engine, from_sales())
    assert queued(engine, a_contact("call", "phone")) == []
    [(at, proposal)] = woken(engine, NOON + timedelta(hours=1))
    assert (at, proposal.contact_id) == (NOON + timedelta(minutes=5), "call")


def test_who_comes_while_the_queue_is_closed_is_helped_the_next_day_too() -> None:
    engine = helped(Overflow("sales", when_closed=True))
    queued(engine, a_contact("first", "phone"))
    woken(engine, NOON + timedelta(hours=1))
    evening = NOON + timedelta(hours=8)
    assert pairs(changed(engine, from_sales(), now=evening)) == [("first", "sam")]


def test_nobody_of_the_queue_signed_in_any_more() -> None:
    engine = helped(Overflow("sales", when_nobody=True))
    own = an_agent("own", queues=("support",), state=AgentState.NOT_READY)
    changed(engine, own, from_sales())
    assert queued(engine, a_contact("call", "phone")) == []
    assert pairs(engine.handle([AgentGone("own")], NOON)) == [("call", "sam")]


def test_nobody_helps_out_while_their_own_customers_wait_too_long() -> None:
    engine = helped(Overflow("sales", own_first=True))
    busy = holding(from_sales(), "phone")
    changed(engine, busy)
    queued(engine, a_contact("own", "phone", queue="sales", waited_s=50))  # beyond its 40 s
    queued(engine, a_contact("other", "webchat", waited_s=500))
    resting = structs.replace(
        from_sales(), maxima={"phone": 1}, rest_until={"phone": NOON + timedelta(seconds=99)}
    )
    assert changed(engine, resting) == []
    assert pairs(engine.handle([ContactGone("own")], NOON)) == [("other", "sam")]


def test_whom_the_helper_could_not_serve_anyway_does_not_keep_them() -> None:
    engine = helped(Overflow("sales", own_first=True))
    queued(
        engine,
        a_contact("french", queue="sales", waited_s=500, demands=(("french", 3),)),
        a_contact("other", "phone", waited_s=100),
    )
    assert ("other", "sam") in pairs(changed(engine, from_sales()))


def test_help_that_does_not_ask_for_own_customers_is_given_at_once() -> None:
    engine = helped(Overflow("sales", own_first=False))
    queued(
        engine,
        a_contact("own", "phone", queue="sales", waited_s=50),
        a_contact("other", "phone", waited_s=400),
    )
    assert pairs(changed(engine, from_sales())) == [("other", "sam")]


def test_a_step_that_only_a_helper_could_meet_is_not_skipped() -> None:
    engine = helped(Overflow("sales", after_s=30))
    french = structs.replace(from_sales(), skills={"french": 4})
    changed(engine, french, an_agent("own"))
    steps = ((("french", 3),), ())
    assert queued(engine, a_contact("call", "phone", steps=steps)) == []
    [(_, proposal)] = woken(engine, NOON + timedelta(seconds=40))
    assert proposal.agent_id == "sam"


def test_the_record_of_a_wait_says_who_helps_later() -> None:
    engine = helped(Overflow("sales", after_s=30))
    changed(engine, from_sales())
    queued(engine, a_contact("call", "phone"))
    why = why_waiting(engine, "call", Moment(engine.rules, NOON))
    assert why is not None
    assert why.obstacles == {Obstacle.HELPS_LATER: 1}
    assert why.reason is WaitReason.NOBODY_SIGNED_IN


def test_a_paused_queue_offers_nothing_and_says_so() -> None:
    engine = Engine(rules(QueueRules("support", paused=True), QueueRules("sales")))
    queued(engine, a_contact("call", "phone", waited_s=90))
    assert changed(engine, an_agent("li")) == []
    assert queued(engine, a_contact("next", "phone")) == []
    why = why_waiting(engine, "call", Moment(engine.rules, NOON))
    assert why is not None
    assert why.reason is WaitReason.QUEUE_PAUSED
    assert why.position == 1
    both = an_agent("wu", queues=("support", "sales"))
    changed(engine, both)
    assert pairs(queued(engine, a_contact("sale", "phone", queue="sales"))) == [("sale", "wu")]


def test_helpers_of_a_queue_without_agents_of_its_own_are_compared_as_agents_are() -> None:
    """Who holds a chat below the comfort comes before the idle, whatever their skills."""
    engine = helped(Overflow("sales"))
    skilled = an_agent("skilled", queues=("sales",), skills={"french": 9})
    chatting = holding(an_agent("chatting", queues=("sales",), skills={"french": 5}), "webchat")
    changed(engine, skilled, chatting)
    [proposal] = queued(engine, a_contact("chat", demands=(("french", 1),)))
    assert proposal.agent_id == "chatting"
    assert proposal.why.agent_rule is AgentRule.COMFORT
