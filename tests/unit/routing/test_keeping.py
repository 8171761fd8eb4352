"""Agents kept free for a more urgent contact: calls do not starve while chats come."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs

from hub.routing.engine import Engine
from hub.routing.model import AgentState, ContactGone, Tick
from hub.routing.moment import Moment
from hub.routing.reasons import why_waiting
from hub.routing.record import WaitReason

from .build import NOON, a_contact, an_agent, changed, holding, pairs, queued, rules


def test_an_agent_with_a_chat_is_kept_free_for_the_call_that_waits() -> None:
    engine = Engine(rules())
    ann, bob = holding(an_agent("ann"), "webchat"), holding(an_agent("bob"), "webchat", 2)
    changed(engine, ann, bob)
    assert queued(engine, a_contact("call", "phone", "gold", waited_s=1)) == []
    later = NOON + timedelta(seconds=1)
    chat = a_contact("chat", "webchat", "low", now=later)
    assert pairs(queued(engine, chat, now=later)) == [("chat", "bob")], "one is kept, not two"
    assert changed(engine, holding(an_agent("bob"), "webchat", 3), now=later) == []
    second = a_contact("second", "webchat", "low", now=later)
    assert queued(engine, second, now=later) == []
    why = why_waiting(engine, "second", Moment(engine.rules, later))
    assert why is not None
    assert why.reason is WaitReason.KEPT
    assert pairs(changed(engine, an_agent("ann"), now=later)) == [("call", "ann")]


def test_an_agent_kept_free_takes_mails_and_what_is_more_urgent() -> None:
    engine = Engine(rules())
    changed(engine, holding(an_agent("ann"), "webchat"))
    queued(engine, a_contact("call", "phone", "low", waited_s=6))
    mail = a_contact("mail", "email")
    assert pairs(queued(engine, mail)) == [("mail", "ann")], "a mail stands aside for the call"
    chat = a_contact("chat", "webchat", "gold", waited_s=3)
    assert pairs(queued(engine, chat)) == [("chat", "ann")]


def test_a_chat_that_becomes_the_more_urgent_one_is_kept_back_no_longer() -> None:
    engine = Engine(rules())
    changed(engine, holding(an_agent("ann"), "webchat"))
    queued(engine, a_contact("call", "phone", "low", waited_s=12))  # 12 of 60 s
    assert queued(engine, a_contact("chat", "webchat", "gold")) == []  # 0 of 15 s
    assert engine.handle([Tick()], NOON + timedelta(seconds=3.9)) == []
    assert engine.next_wake() == NOON + timedelta(seconds=4.001)
    assert pairs(engine.handle([Tick()], NOON + timedelta(seconds=4.001))) == [("chat", "ann")]


@pytest.mark.parametrize("end", ["gone", "taken", "away"])
def test_an_agent_is_kept_no_longer_than_the_call_waits(end: str) -> None:
    engine = Engine(rules())
    ann, bob = holding(an_agent("ann"), "webchat"), holding(an_agent("bob"), "webchat", 3)
    changed(engine, ann, bob)
    queued(engine, a_contact("call", "phone", waited_s=1))
    assert queued(engine, a_contact("chat")) == []
    if end == "gone":
        made = engine.handle([ContactGone("call")], NOON)
    elif end == "taken":
        made = changed(engine, an_agent("bob"))
        assert made.pop(0).contact_id == "call"
    else:
        made = changed(engine, structs.replace(ann, state=AgentState.NOT_READY))
        assert made == []
        made = changed(engine, ann)
    assert pairs(made) == [("chat", "ann")]


def test_one_more_agent_is_kept_each_time_the_promise_is_used_up() -> None:
    engine = Engine(rules())
    changed(engine, holding(an_agent("ann"), "webchat"), holding(an_agent("bob"), "webchat", 2))
    queued(engine, a_contact("call", "phone", "gold"))  # 10 s promised
    late = NOON + timedelta(seconds=10.001)
    assert engine.next_wake() == late
    engine.handle([Tick()], late)
    assert queued(engine, a_contact("chat", "webchat", "low", now=late), now=late) == []


def test_an_agent_who_rests_from_calls_is_kept_for_the_call_that_waits() -> None:
    engine = Engine(rules())
    ann = an_agent("ann")
    changed(engine, holding(ann, "phone"))
    queued(engine, a_contact("call", "phone", "gold", waited_s=2))
    queued(engine, a_contact("chat", "webchat", "low", waited_s=2))
    rested = NOON + timedelta(seconds=5)
    resting = structs.replace(ann, rest_until={"phone": rested})
    assert changed(engine, resting) == []
    assert pairs(engine.handle([Tick()], rested)) == [("call", "ann")]
