"""A queue nobody can serve: named with its step and its skill; nothing where somebody can."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from hub.setup import Setup, check_setup
from hub.setup.model import OverflowRule, Queue, Requires
from hub.setup.serving import Server, unserved_queues

EXAMPLE = Path(__file__).parents[3] / "config" / "contact_center.example.toml"
STEPS = [Requires(skills={"english": 1, "repair": 4}, for_s=60), Requires(skills={"repair": 3})]


def warnings(*servers: Server, overflow: list[OverflowRule] | None = None) -> list[str]:
    """What is told of the queue `repair`, which only `back` serves."""
    setup = check_setup(EXAMPLE.read_text(encoding="utf-8"))
    changed = [
        msgspec.structs.replace(queue, teams=["back"], requires=STEPS, overflow=overflow or [])
        for queue in setup.queues
        if queue.key == "repair"
    ]
    return list(unserved_queues(with_queues(setup, changed), servers))


def with_queues(setup: Setup, queues: list[Queue]) -> Setup:
    return msgspec.structs.replace(setup, queues=queues)


def test_an_agent_who_meets_the_last_step_is_enough() -> None:
    assert warnings(Server(["back"], {"repair": 3})) == []


def test_what_nobody_has_is_named_with_its_step() -> None:
    (told,) = warnings(Server(["back"], {"repair": 2}), Server(["front"], {"repair": 5}))
    assert told.startswith(
        "queue repair: nobody can serve it, no agent of its teams has repair ≥ 3"
    )
    assert "last skill step (2)" in told


def test_a_team_without_anybody_is_named() -> None:
    (told,) = warnings(Server(["front"], {"repair": 5}))
    assert "its teams have no active agent (back)" in told


@pytest.mark.parametrize(
    ("rule", "helps"),
    [
        (OverflowRule(team="front", after_s=60), True),
        (OverflowRule(team="front", when_nobody=True), True),
        (OverflowRule(team="front", over_waiting=1), True),
        (OverflowRule(team="front", over_waiting=5), False),
        (OverflowRule(team="front", when_closed=True), False),
    ],
)
def test_who_helps_a_single_contact_counts(rule: OverflowRule, *, helps: bool) -> None:
    told = warnings(Server(["front"], {"repair": 3}), overflow=[rule])
    assert (told == []) is helps


def test_skills_that_nobody_has_together_are_all_named() -> None:
    setup = check_setup(EXAMPLE.read_text(encoding="utf-8"))
    both = msgspec.structs.replace(
        setup.queues[3], requires=[Requires(skills={"english": 2, "repair": 2})], overflow=[]
    )
    one, other = Server(["back"], {"english": 5}), Server(["front"], {"repair": 5})
    (told,) = unserved_queues(with_queues(setup, [both]), [one, other])
    assert "has english ≥ 2, repair ≥ 2 together as its last skill step (1) asks" in told


def test_before_anybody_is_in_a_team_nothing_is_told() -> None:
    assert warnings(Server(["elsewhere"], {})) == []
    assert warnings() == []
