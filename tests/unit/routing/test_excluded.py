"""Who let a contact ring out gets the most urgent of the rest, and that one after a while."""

from __future__ import annotations

from datetime import timedelta

from hub.routing.engine import Engine
from hub.routing.model import Tick

from .build import NOON, a_contact, an_agent, changed, pairs, queued, rules


def test_an_agent_looks_past_a_head_that_excludes_them() -> None:
    engine = Engine(rules())
    until = NOON + timedelta(seconds=30)
    queued(engine, a_contact("declined", waited_s=50, excluded={"li": until}), a_contact("next"))
    assert pairs(changed(engine, an_agent("li"))) == [("next", "li")]


def test_past_a_head_that_excludes_them_the_most_urgent_still_goes_first() -> None:
    """The next of the same line is not the next of all."""
    engine = Engine(rules())
    until = NOON + timedelta(seconds=30)
    queued(
        engine,
        a_contact("declined", tier="gold", waited_s=50, excluded={"li": until}),
        a_contact("just_came", tier="gold", waited_s=1),
        a_contact("waits", tier="standard", waited_s=40),
    )
    [first, *_] = pairs(changed(engine, an_agent("li")))
    assert first == ("waits", "li")


def test_an_excluded_agent_gets_the_contact_when_the_back_off_ends() -> None:
    engine = Engine(rules())
    until = NOON + timedelta(seconds=30)
    queued(engine, a_contact("declined", excluded={"li": until}))
    assert changed(engine, an_agent("li")) == []
    assert engine.next_wake() == until
    assert pairs(engine.handle([Tick()], until)) == [("declined", "li")]
