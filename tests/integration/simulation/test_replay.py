"""A day of the store, played again: as it was where the model is exact, and otherwise as asked."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from hub.core.errors import Invalid
from hub.routing.settings import load_settings, save_settings
from hub.simulation import records
from hub.simulation.changes import Staffed, Target
from hub.simulation.demand import demand_of_period
from hub.simulation.recorded import Chances, Script
from hub.simulation.replay import Question, read_from, replay, replay_period
from hub.simulation.run import play
from hub.simulation.staffing import staff
from hub.simulation.world import ABANDONED, ANSWERED
from hub.storage import Store, Tx
from hub.testing.center import add_agent, open_center
from hub.testing.clock import ManualClock

from .day import HOURS_2, NOON_S, SPAN, Day, a_day, some_guests

SAMPLE = Path(__file__).parents[3] / "config" / "contact_center.example.toml"
QUESTION = Question(from_s=NOON_S, to_s=NOON_S + HOURS_2, runs=4)

GOLDEN = {
    "mean_wait_s": 16.844,
    "p90_wait_s": 56.201,
    "abandoned": 4 / 47,
    "service_level": 37 / 47,
}
"""Of the 47 contacts of tier standard."""


async def test_where_the_model_is_exact_everybody_waits_as_they_did(
    store: Store, clock: ManualClock
) -> None:
    period = await a_day(store, clock)
    script = Script(period, period.conditions)
    played = play(script.world(Chances(period, 1).of_run(0)))
    waited_s, outcomes = script.outcomes(played)
    assert len(period.visits) == 90
    assert {visit.outcome for visit in period.visits} == {ANSWERED, ABANDONED}
    assert outcomes == [visit.outcome for visit in period.visits]
    assert waited_s == pytest.approx([visit.wait_s for visit in period.visits], abs=0.001)
    assert max(waited_s) > 60


async def test_the_answer_is_the_same_on_both_databases_and_fits_what_happened(
    store: Store, clock: ManualClock
) -> None:
    period = await a_day(store, clock)
    answer = replay_period(period, msgspec.structs.replace(QUESTION, runs=1))
    recorded, simulated = answer.recorded.figures, answer.in_force.figures
    for figures in (recorded, simulated):
        group = figures.groups["tiers"]["standard"]
        assert group.contacts == 47
        for name, value in GOLDEN.items():
            assert group.figures[name].value == pytest.approx(value, abs=0.001), name
    assert recorded.occupancy.value == pytest.approx(simulated.occupancy.value, abs=0.002)
    [busy, there] = (
        [
            sum(getattr(part, name) or 0 for part in side.course.bins)
            for side in (answer.recorded, answer.in_force)
        ]
        for name in ("busy", "signed_in")
    )
    assert busy[0] == pytest.approx(busy[1], rel=0.01)
    assert there[0] == pytest.approx(there[1], rel=0.01)


async def test_two_agents_more_and_another_target_are_compared_with_what_is_in_force(
    sqlite_store: Store, clock: ManualClock
) -> None:
    await a_day(sqlite_store, clock)
    asked = msgspec.structs.replace(
        QUESTION,
        agents=(Staffed(2, "support"),),
        targets=(Target("support", "standard", "phone", 20),),
    )
    told: list[tuple[str, int, int]] = []
    answer = replay(sqlite_store.url, asked, lambda *one: told.append(one))
    assert answer.changed is not None
    for tier in ("gold", "standard"):
        before, after = (
            side.figures.groups["tiers"][tier].figures["mean_wait_s"]
            for side in (answer.in_force, answer.changed)
        )
        assert before.value is not None
        assert after.value is not None
        assert after.value < before.value
        assert len(after.parts) == QUESTION.runs
    assert told[-1] == ("play", 8_000, 8_000)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


async def test_another_set_up_is_read_like_hub_apply_reads_it(
    sqlite_store: Store, clock: ManualClock
) -> None:
    await a_day(sqlite_store, clock)
    text = SAMPLE.read_text("utf-8")
    bad = msgspec.structs.replace(QUESTION, setup="tiers = 3")
    with pytest.raises(Invalid, match="set-up file"):
        replay(sqlite_store.url, bad)
    elsewhere = msgspec.structs.replace(QUESTION, setup=text, runs=1)
    answer = replay(sqlite_store.url, elsewhere)
    assert answer.changed is not None
    for group in answer.changed.figures.groups["tiers"].values():
        assert group.figures["abandoned"].value == 1  # nobody of the day is in this set-up's teams
    assert answer.changed.figures.occupancy.value == 0


async def test_pages_by_key_read_what_one_page_reads(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await a_day(store, clock)
    for size in (1, 7, 90):
        monkeypatch.setattr(records, "_PAGE", size)
        assert read_from(store.url, SPAN).visits == whole.visits


async def test_nothing_is_written_and_writing_goes_on_meanwhile(
    store: Store, clock: ManualClock
) -> None:
    await a_day(store, clock)
    turns = 0
    while turns < 5:
        first = asyncio.create_task(asyncio.to_thread(replay, store.url, QUESTION))
        while not first.done():
            await store.write(add_agent, f"new-{turns}")
            turns += 1
        await first


async def test_contacts_of_a_queue_that_is_gone_are_left_out_and_counted(
    sqlite_store: Store, clock: ManualClock
) -> None:
    await a_day(sqlite_store, clock)

    def retire(tx: Tx, _: None) -> None:
        settings = load_settings(tx)
        kept = {"finance": settings.queues["finance"]}
        save_settings(tx, msgspec.structs.replace(settings, queues=kept))

    await sqlite_store.write(retire, None)
    period = read_from(sqlite_store.url, SPAN)
    assert not period.visits
    assert period.left_out == 90


async def test_a_day_that_is_not_over_is_measured_until_now(
    sqlite_store: Store, clock: ManualClock
) -> None:
    begins = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=4000)
    await sqlite_store.write(open_center, None)
    day = Day(sqlite_store, clock, 4.0, begins)
    await day.play(some_guests(70, gap_s=50, patience_s=200), ["Li", "Wang"])
    from_s = begins.timestamp()
    answer = replay(sqlite_store.url, Question(from_s=from_s, to_s=from_s + 86_400, runs=1))
    assert not answer.is_over
    assert from_s + 4000 <= answer.question.to_s <= datetime.now(UTC).timestamp()
    recorded, simulated = answer.recorded, answer.in_force
    busy = recorded.figures.occupancy.value
    assert busy is not None
    assert 0.5 < busy < 1
    assert busy == pytest.approx(simulated.figures.occupancy.value, abs=0.01)
    for side in (recorded, simulated):
        assert [part.signed_in for part in side.course.bins] == pytest.approx([2, 2, 2])
    with pytest.raises(Invalid, match="has not begun"):
        replay(sqlite_store.url, Question(from_s=from_s + 8000, to_s=from_s + 9000))


async def test_what_cannot_be_replayed_is_refused(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match="run `hub apply` first"):
        replay(store.url, QUESTION)
    await store.write(open_center, None)
    with pytest.raises(Invalid, match="Nobody came"):
        replay(store.url, QUESTION)
    with pytest.raises(Invalid, match="no database"):
        replay(f"sqlite:///{tmp_path}/none.sqlite", QUESTION)
    for wrong, words in (
        ({"to_s": NOON_S}, "ends before it begins"),
        ({"to_s": NOON_S + 93 * 86_400}, "92 days"),
        ({"runs": 0}, "1 to 200 times"),
        ({"runs": 201}, "1 to 200 times"),
    ):
        with pytest.raises(Invalid, match=words):
            replay(store.url, msgspec.structs.replace(QUESTION, **wrong))
    assert not (tmp_path / "none.sqlite").exists()


async def test_contacts_of_a_day_are_staffed(sqlite_store: Store, clock: ManualClock) -> None:
    period = await a_day(sqlite_store, clock)
    demand = demand_of_period(period)
    needed = staff(demand, 0.7)
    assert len(needed) == 4
    assert sum(one.contacts for one in needed) == pytest.approx(90)
    busy = [one for one in needed if one.contacts > 10]
    assert all(2 <= one.agents <= 9 for one in busy)
