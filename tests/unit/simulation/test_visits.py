"""From segments to visits: what waited, what rang, what was worked on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.simulation.visits import Facts, Stretch, visits_of
from hub.simulation.world import ABANDONED, ANSWERED, WAITING, Kind

FACTS = Facts({"french": 2}, "fr", 1, None, None, None, 0.0)
UNTIL_S = 1000.0
WHOLE = {"phone"}


def stretch(
    kind: str,
    begin: float,
    end: float | None,
    agent: str | None = None,
    ended_by: str = "offered",
    queue: str = "support",
    channel: str = "phone",
) -> Stretch:
    return Stretch(kind, queue, channel, "gold", agent, begin, end, ended_by)


def test_an_answered_contact_waits_rings_and_is_worked_on_until_its_wrap_up_ends() -> None:
    [visit], work, _ = visits_of(
        [
            stretch("waiting", 0, 20),
            stretch("offered", 20, 24, "li"),
            stretch("offered", 24, 26, "li"),  # connecting
            stretch("handling", 26, 90, "li"),
            stretch("hold", 90, 100, "li"),
            stretch("wrap_up", 100, 130, "li", "closed"),
        ],
        FACTS,
        UNTIL_S,
        WHOLE,
    )
    assert not work
    assert (visit.outcome, visit.wait_s, visit.ring_s, visit.handle_s) == (ANSWERED, 26, 6, 104)
    assert (visit.kind, visit.agent_id) == (Kind("gold", "support", "phone"), "li")
    assert (visit.requirements, visit.language, visit.priority) == ({"french": 2}, "fr", 1)


def test_an_offer_missed_is_part_of_the_wait_and_does_not_ring() -> None:
    [visit], *_ = visits_of(
        [
            stretch("waiting", 0, 10),
            stretch("offered", 10, 25, "li", "queued"),
            stretch("waiting", 25, 30),
            stretch("offered", 30, 33, "wu"),
            stretch("handling", 33, 60, "wu", "closed"),
        ],
        FACTS,
        UNTIL_S,
        WHOLE,
    )
    assert (visit.wait_s, visit.ring_s, visit.agent_id) == (33, 3, "wu")


def test_an_agent_who_missed_it_and_takes_it_the_second_time_rang_once() -> None:
    [visit], *_ = visits_of(
        [
            stretch("waiting", 0, 10),
            stretch("offered", 10, 25, "li", "queued"),
            stretch("waiting", 25, 30),
            stretch("offered", 30, 33, "li"),
            stretch("handling", 33, 60, "li", "closed"),
        ],
        FACTS,
        UNTIL_S,
        WHOLE,
    )
    assert visit.ring_s == 3


def test_who_hangs_up_while_it_rings_left_and_took_that_agents_time() -> None:
    [visit], *_ = visits_of(
        [stretch("waiting", 0, 10), stretch("offered", 10, 14, "li", "abandoned")],
        FACTS,
        UNTIL_S,
        WHOLE,
    )
    assert (visit.outcome, visit.wait_s, visit.ring_s) == (ABANDONED, 14, 4)
    assert (visit.agent_id, visit.handle_s) == ("li", 0)


def test_what_still_waits_waits_until_the_record_ends() -> None:
    [visit], *_ = visits_of([stretch("waiting", 100, None)], FACTS, UNTIL_S, WHOLE)
    assert (visit.outcome, visit.wait_s) == (WAITING, 900)


def test_a_transfer_is_a_new_wait_that_keeps_the_time_before() -> None:
    first, second = visits_of(
        [
            stretch("waiting", 0, 20),
            stretch("handling", 20, 50, "li", "queued"),
            stretch("waiting", 50, 80, queue="finance"),
            stretch("handling", 80, 90, "wu", "closed", queue="finance"),
        ],
        FACTS,
        UNTIL_S,
        WHOLE,
    )[0]
    assert (first.wait_s, first.handle_s, first.kept_s) == (20, 30, 0)
    assert (second.kind.queue, second.at_s, second.wait_s) == ("finance", 50, 30)
    assert second.kept_s == 20


def test_an_answer_to_a_parked_contact_begins_to_wait_anew_and_parking_is_no_work() -> None:
    first, second = visits_of(
        [
            stretch("waiting", 0, 20),
            stretch("handling", 20, 50, "li", "parked"),
            stretch("parked", 50, 400, "li", "queued"),
            stretch("waiting", 400, 405),
            stretch("handling", 405, 410, "li", "closed"),
        ],
        FACTS,
        UNTIL_S,
        WHOLE,
    )[0]
    assert (first.handle_s, second.kept_s, second.wait_s) == (30, 0, 5)


def test_what_an_agent_began_is_work_nobody_waited_for() -> None:
    visits, work, _ = visits_of(
        [stretch("offered", 5, 9, "li"), stretch("handling", 9, None, "li")], FACTS, UNTIL_S, WHOLE
    )
    assert not visits
    assert [(one.agent_id, one.from_s, one.to_s) for one in work] == [
        ("li", 5, 9),
        ("li", 9, UNTIL_S),
    ]


def parked_and_taken_up_again(channel: str) -> list[Stretch]:
    return [
        stretch("waiting", 0, 20, channel=channel),
        stretch("handling", 20, 50, "li", "parked", channel=channel),
        stretch("parked", 50, 400, "li", "handling", channel=channel),
        stretch("handling", 400, 430, "wu", "closed", channel=channel),
    ]


def test_a_mail_taken_up_again_lengthens_its_visit_and_keeps_nobody_from_other_work() -> None:
    [visit], work, beside = visits_of(parked_and_taken_up_again("email"), FACTS, UNTIL_S, WHOLE)
    assert (visit.wait_s, visit.handle_s, visit.agent_id) == (20, 60, "li")
    assert not work
    assert not beside


def test_a_call_taken_up_again_takes_its_agent_from_the_line_then() -> None:
    [visit], [work], beside = visits_of(parked_and_taken_up_again("phone"), FACTS, UNTIL_S, WHOLE)
    assert visit.handle_s == 30
    assert (work.agent_id, work.from_s, work.to_s) == ("wu", 400, 430)
    assert not beside


def test_a_mail_that_an_agent_began_is_told_apart() -> None:
    visits, work, beside = visits_of(
        [
            stretch("handling", 9, 60, "li", channel="email"),
            stretch("parked", 60, 90, "li", channel="email"),
            stretch("handling", 90, None, "li", channel="email"),
        ],
        FACTS,
        UNTIL_S,
        WHOLE,
    )
    assert not visits
    assert not work
    assert [(one.from_s, one.to_s) for one in beside] == [(9, 60), (90, UNTIL_S)]


@pytest.mark.parametrize(("enqueued_s", "preferred"), [(0.0, "li"), (50.0, None)])
def test_the_preferred_agent_is_that_of_the_wait_it_was_chosen_for(
    enqueued_s: float, preferred: str | None
) -> None:
    facts = replace(FACTS, preferred_agent_id="li", preferred_until_s=30.0, enqueued_s=enqueued_s)
    visit = visits_of([stretch("waiting", 0, 20, ended_by="abandoned")], facts, UNTIL_S, WHOLE)[0][
        0
    ]
    assert visit.preferred_agent_id == preferred
    assert visit.held_s == (30 if preferred else 0)
