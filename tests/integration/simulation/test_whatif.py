"""The what-if over HTTP: a day of the store asked about by supervisors, in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import ClientTimeout
from sqlalchemy import insert, update

from hub.accounts.tables import teams
from hub.routing.tables import queue_teams, skills
from hub.settings import WhatIf
from hub.storage import Store, Tx
from hub.testing.center import add_agent, open_center
from hub.testing.clock import NOON, ManualClock
from hub.testing.hub import hub_settings, running_hub
from hub.web import Role
from tests.integration.agent_console.conftest import Person, Place

from .day import Day, some_guests

DAY = str(NOON.date())
SAMPLE = Path(__file__).parents[3] / "config" / "contact_center.example.toml"
GUESTS = 45
Lines = list[dict[str, Any]]


def two_teams(tx: Tx, _: None) -> None:
    """Support is served by `team`, finance by `south`; one skill."""
    open_center(tx)
    tx.execute(insert(teams).values(id="south", zh="南方", en="South", retired=False))
    tx.execute(
        update(queue_teams).where(queue_teams.c.queue_id == "finance").values(team_id="south")
    )
    tx.execute(insert(skills).values(id="french", zh="法语", en="French", retired=False))


def nothing(_tx: Tx, _: None) -> None:
    """The database is full already."""


@asynccontextmanager
async def a_hub(url: str, folder: Path, whatif: WhatIf | None = None) -> AsyncIterator[Place]:
    """A hub on the database at `url`."""
    settings = msgspec.structs.replace(hub_settings(folder, url), whatif=whatif or WhatIf())
    async with running_hub(settings, nothing) as hub:
        place = Place(hub)
        yield place
        for session in place.sessions:
            await session.close()


async def a_day(store: Store, clock: ManualClock) -> None:
    """Three quarters of an hour that are too much for two agents."""
    await store.write(two_teams, None)
    guests = some_guests(GUESTS, gap_s=50, patience_s=200)
    await Day(store, clock, 4.0).play(guests, ["Li", "Wang"])


@pytest.fixture
async def place(sqlite_store: Store, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Place]:
    await a_day(sqlite_store, clock)
    async with a_hub(sqlite_store.url, tmp_path / "hub") as opened:
        yield opened


async def lines_of(person: Person, what: str, body: object) -> tuple[int, Lines]:
    """Ask; return the status and every line."""
    address = f"{person.hub.base_url}/api/v1/whatif/{what}"
    headers = {"Authorization": f"Bearer {person.key}"}
    async with person.session.post(address, json=body, headers=headers) as answer:
        text = await answer.text()
        if answer.status != 200:
            return answer.status, [json.loads(text)]
        assert answer.content_type == "application/x-ndjson"
        return 200, [json.loads(line) for line in text.splitlines()]


def group_of(answer: Any, channel: str, by: str = "all", name: str = "") -> Any:
    [found] = [
        one
        for one in answer["groups"]
        if (one["channel"], one["by"], one["name"]) == (channel, by, name)
    ]
    return found


async def test_a_supervisor_sees_what_two_more_agents_bring_on_both_databases(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    await a_day(store, clock)
    async with a_hub(store.url, tmp_path / "hub") as place:
        boss = await place.hire("boss", Role.SUPERVISOR, "team")
        await two_more_agents(boss)
        body = {"queue": "support", "period": {"first": DAY}, "goal": 0.7, "within_s": 60}
        _, lines = await lines_of(boss, "staff", body)
        _, choices = await boss.ask("GET", "/whatif/choices")
        assert choices["first_day"] == DAY
        assert choices["queues"][0]["targets"]["phone"]["gold"] == 10
        assert [one["id"] for one in choices["skills"]] == ["french"]
        assert max(one["agents"] for one in lines[-1]["answer"]["half_hours"]) > 1


async def two_more_agents(boss: Person) -> None:
    body = {"period": {"first": DAY}, "staff": [{"count": 2, "queue": "support"}], "runs": 4}
    status, lines = await lines_of(boss, "replay", body)
    assert status == 200
    assert {line["progress"]["step"] for line in lines[:-1]} >= {"read", "play"}
    answer = lines[-1]["answer"]
    assert answer["contacts"] == GUESTS
    phone = group_of(answer, "phone", "tier", "gold")
    for figures in (phone["recorded"], phone["model"], phone["changed"]):
        assert set(figures) == {"mean_wait_s", "p90_wait_s", "service_level", "abandoned"}
    assert phone["changed"]["mean_wait_s"]["value"] < phone["model"]["mean_wait_s"]["value"]
    assert phone["difference"]["mean_wait_s"]["high"] < 0
    recorded, model = (
        group_of(answer, "phone")[side]["mean_wait_s"]["value"] for side in ("recorded", "model")
    )
    assert model == pytest.approx(recorded, rel=0.5)
    course = {one["channel"]: one for one in answer["courses"]}["phone"]
    assert len(course["recorded"]) == len(course["changed"]) == 48
    assert (
        sum(part["contacts"] for part in course["recorded"])
        == group_of(answer, "phone")["contacts"]
    )


async def test_a_forecast_is_the_mean_of_the_same_weekdays_times_the_volume(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    week_later = "2026-03-17" if DAY == "2026-03-10" else DAY
    period = {"forecast": {"day": week_later, "weeks": 2, "volume": 2.0}}
    status, lines = await lines_of(boss, "replay", {"period": period, "runs": 6})
    answer = lines[-1]["answer"]
    assert (status, answer["forecast"]) == (200, {"days": [DAY], "volume": 2.0})
    assert answer["contacts"] == GUESTS  # what was recorded on the mean day
    parts = [part for one in answer["courses"] for part in one["model"]]
    assert sum(part["contacts"] for part in parts) == pytest.approx(2 * GUESTS, rel=0.05)


async def test_the_staffing_helper_says_how_many_beside_who_was_there(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    body = {"queue": "support", "period": {"first": DAY}, "goal": 0.8, "within_s": 30}
    status, lines = await lines_of(boss, "staff", body)
    answer = lines[-1]["answer"]
    assert status == 200
    busy = [one for one in answer["half_hours"] if one["contacts"]]
    assert len(answer["half_hours"]) == 48
    assert all(one["agents"] >= one["load"] * 0.5 for one in busy)
    assert max(one["there"] for one in answer["half_hours"]) == pytest.approx(2, abs=0.01)
    _, harder = await lines_of(boss, "staff", body | {"goal": 0.95, "within_s": 5})
    assert sum(one["agents"] for one in harder[-1]["answer"]["half_hours"]) > sum(
        one["agents"] for one in answer["half_hours"]
    )


async def test_an_admin_tries_a_whole_set_up_before_it_is_in_force(place: Place) -> None:
    """Nobody of the day is in the teams of this one, so that all give up or wait for ever."""
    admin = await place.hire("admin", Role.ADMIN)
    draft = tomllib.loads(SAMPLE.read_text("utf-8"))
    body = {"period": {"first": DAY}, "setup": draft, "runs": 2}
    status, lines = await lines_of(admin, "replay", body)
    assert status == 200
    answer = lines[-1]["answer"]
    assert group_of(answer, "phone")["changed"]["abandoned"]["value"] == 1
    vain = [note for note in answer["notes"] if note["code"] == "unserved"]
    assert {note["side"] for note in vain} == {"changed"}
    target = {"queue": "sales", "tier": "gold", "channel": "webchat", "seconds": 9}
    status, lines = await lines_of(admin, "replay", body | {"targets": [target]})
    assert (status, "answer" in lines[-1]) == (200, True)  # of a queue that only the draft has


async def test_staff_and_skills_are_of_the_draft_where_one_is_tried(place: Place) -> None:
    admin = await place.hire("admin", Role.ADMIN)
    draft = tomllib.loads(SAMPLE.read_text("utf-8"))
    whole_day = {"begins": "00:00", "ends": "24:00"}
    staff = [{"count": 2, "queue": "repair"} | whole_day, {"count": 1, "team": "front"} | whole_day]
    skill = {"agent_id": admin.view.id, "skill": "repair"}
    body = {"period": {"first": DAY}, "setup": draft, "runs": 1}
    asked = body | {"staff": staff, "skills": [skill]}
    status, lines = await lines_of(admin, "replay", asked)
    assert (status, "answer" in lines[-1]) == (200, True), lines[-1]
    changed = group_of(lines[-1]["answer"], "phone", "queue", "support")["changed"]
    assert changed["abandoned"]["value"] < 1  # the one of team front serves it in the draft
    for wrong, said in (
        ({"staff": [{"count": 1, "team": "south"}]}, "staff[0].team: there is no team 'south'"),
        ({"skills": [skill | {"skill": "french"}]}, "known: english, invoicing, repair"),
    ):
        status, [problem] = await lines_of(admin, "replay", body | wrong)
        assert (status, said in problem["detail"]) == (422, True), problem


async def test_nothing_of_other_teams_is_in_the_answer_nor_can_be_changed(place: Place) -> None:
    south = await place.hire("south", Role.SUPERVISOR, "south")
    status, lines = await lines_of(south, "replay", {"period": {"first": DAY}, "runs": 1})
    assert status == 200
    assert lines[-1]["answer"]["groups"] == []
    assert lines[-1]["answer"]["occupancy"] is None
    for body, said in (
        ({"staff": [{"count": 1, "queue": "support"}]}, "staff[0].queue"),
        ({"staff": [{"count": 1, "team": "team"}]}, "staff[0].team"),
        (
            {"targets": [{"queue": "support", "tier": "gold", "channel": "phone", "seconds": 5}]},
            "targets[0].queue",
        ),
    ):
        status, [problem] = await lines_of(south, "replay", body)
        assert (status, problem["code"]) == (422, "whatif.bad_question")
        assert said in problem["detail"]
    _, choices = await south.ask("GET", "/whatif/choices")
    assert [one["id"] for one in choices["queues"]] == ["finance"]
    assert "Li" not in str(choices["agents"])


async def test_another_is_refused_while_one_runs_and_who_leaves_ends_theirs(
    place: Place,
) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    other = await place.hire("other", Role.SUPERVISOR, "team")
    address = f"{boss.hub.base_url}/api/v1/whatif/replay"
    headers = {"Authorization": f"Bearer {boss.key}"}
    body = {"period": {"first": DAY}, "runs": 50}
    async with boss.session.post(address, json=body, headers=headers) as answer:
        first = await answer.content.readline()
        assert json.loads(first)["progress"]
        [child] = children()
        os.kill(child, signal.SIGSTOP)  # else it may be over before the other has asked
        status, [problem] = await lines_of(other, "replay", body)
        assert (status, problem["code"]) == (409, "whatif.busy")
        assert "Boss" in problem["detail"]
        answer.close()
    await settled(lambda: not alive(child))
    status, _ = await lines_of(other, "replay", {"period": {"first": DAY}, "runs": 1})
    assert status == 200


async def test_the_hub_ends_at_once_though_one_runs(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    await a_day(sqlite_store, clock)
    async with aiohttp.ClientSession(timeout=ClientTimeout(total=30)) as session:
        async with a_hub(sqlite_store.url, tmp_path / "hub") as place:
            boss = await place.hire("boss", Role.SUPERVISOR, "team")
            answer = await session.post(
                f"{boss.hub.base_url}/api/v1/whatif/replay",
                json={"period": {"first": DAY}, "runs": 50},
                headers={"Authorization": f"Bearer {boss.key}"},
            )
            await answer.content.readline()
            [child] = children()
        assert not alive(child)
        rest = await answer.text()
        assert json.loads(rest.splitlines()[-1])["problem"]["code"] == "whatif.stopped"


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ({"first": "2026-02-01", "last": "2026-03-10"}, "31 days"),
        ({"first": "2026-03-10", "last": "2026-03-09"}, "period.last"),
        ({"first": "2999-01-01"}, "period.first"),
        ({"first": "0001-01-01"}, "period.first"),
        ({"first": "2026-03-10", "forecast": {"day": "2026-03-17"}}, "not both"),
        ({"forecast": {"day": "9999-12-31"}}, "period.forecast.day"),
    ],
)
async def test_a_period_that_cannot_be_is_refused_with_its_place(
    period: dict[str, Any], said: str, whole_place: Place
) -> None:
    boss = await whole_place.hire("boss", Role.SUPERVISOR, "team")
    status, [problem] = await lines_of(boss, "replay", {"period": period})
    assert status == 422
    assert said in problem["detail"]


async def test_skills_hours_and_a_draft_are_checked(whole_place: Place) -> None:
    boss = await whole_place.hire("boss", Role.SUPERVISOR, "team")
    admin = await whole_place.hire("admin", Role.ADMIN)
    view = boss.view.id
    for person, body, expected, said in (
        (boss, {"skills": [{"agent_id": "nobody", "skill": "french"}]}, 404, "no such user"),
        (boss, {"skills": [{"agent_id": view, "skill": "latin"}]}, 422, "skills[0].skill"),
        (boss, {"staff": [{"count": 0, "queue": "support"}]}, 422, "staff[0].count"),
        (boss, {"staff": [{"count": 1}]}, 422, "a queue or a team"),
        (boss, {"staff": [{"count": 1, "queue": "support", "begins": "09:00"}]}, 422, "times"),
        (boss, {"targets": [{"tier": "gold", "channel": "telex", "seconds": 5}]}, 422, "channel"),
        (boss, {"targets": [{"tier": "lead", "channel": "phone", "seconds": 5}]}, 422, "tier"),
        (boss, {"setup": {}}, 403, "admins only"),
        (admin, {"setup": {"organisation": 3}}, 422, "organisation"),
    ):
        status, [problem] = await lines_of(person, "replay", body)
        assert (status, said in problem["detail"]) == (expected, True), problem


async def test_nobody_came_is_told_as_the_last_line(whole_place: Place) -> None:
    boss = await whole_place.hire("boss", Role.SUPERVISOR, "team")
    status, lines = await lines_of(boss, "replay", {"period": {"first": "2026-01-05"}})
    assert (status, lines[-1]["problem"]["code"]) == (200, "replay.nobody")
    _, choices = await boss.ask("GET", "/whatif/choices")
    assert choices["first_day"] is None


def some_agents(tx: Tx, numbers: range) -> None:
    for number in numbers:
        add_agent(tx, f"Agent {number:03d}", "south")


async def test_that_there_are_more_agents_than_are_offered_is_told(whole_place: Place) -> None:
    south = await whole_place.hire("south", Role.SUPERVISOR, "south")
    for numbers, more in ((range(500), False), (range(500, 501), True)):
        await whole_place.hub.store.write(some_agents, numbers)
        _, choices = await south.ask("GET", "/whatif/choices")
        assert (len(choices["agents"]), choices["more_agents"]) == (500, more)
        assert choices["agents"][-1]["name"] == "Agent 499"


@pytest.fixture
async def whole_place(tmp_path: Path, sqlite_store: Store) -> AsyncIterator[Place]:
    """A hub without a past."""
    await sqlite_store.write(two_teams, None)
    async with a_hub(sqlite_store.url, tmp_path / "hub") as opened:
        yield opened


def children() -> list[int]:
    """Processes of the what-if that this one began."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes()
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if b"hub.simulation.whatif.worker" in words and int(parent) == os.getpid():
            found.append(int(entry.name))
    return found


async def settled(holds: Callable[[], bool]) -> None:
    """Wait until it holds, thirty seconds at most."""
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - what is waited for is another process
            await asyncio.sleep(0.02)


def alive(process_id: int) -> bool:
    return Path(f"/proc/{process_id}").exists()
