from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.demo.world import LANGUAGES, Promise, read_world

WORLD = read_world()


@pytest.mark.parametrize(
    ("now", "due"),
    [("08:10", "15:00"), ("14:00", "15:00"), ("14:01", "16:00"), ("20:30", "22:00")],
)
def test_a_promise_is_due_at_its_hour_or_an_hour_or_two_from_now(now: str, due: str) -> None:
    moment = datetime.fromisoformat(f"2026-03-10T{now}").replace(tzinfo=UTC)
    assert f"{Promise('visit', 'x', '15:00').due_at(moment):%H:%M}" == due


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_visitor_can_be_reached_over_every_channel(language: str) -> None:
    for tier in ("gold", "standard"):
        person = WORLD.person(tier, language)
        assert person.language == language
        assert person.phone
        assert person.email
        assert person.fax


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_gold_customer_has_a_promise_that_is_due_today(language: str) -> None:
    assert WORLD.person("gold", language).commitment is not None


def test_who_the_visitor_is_does_not_come_by_themselves() -> None:
    assert len(WORLD.cast()) == 6
    assert set(WORLD.heroes()) <= set(WORLD.cast())
    assert {person.tier for person in WORLD.people if person not in WORLD.cast()} == {
        "gold", "potential_gold", "standard", "low",
    }  # fmt: skip
