"""`hub simulate --replay` and `hub staff`, as a person types them, beside a hub that is open."""

from __future__ import annotations

import asyncio
import csv
import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.storage import Store
from hub.testing.center import open_center
from hub.testing.clock import ManualClock
from tests.integration.cli.test_commands import ROOT, hub

from .day import Day, some_guests

PERIOD = "2026-03-10T20:00..2026-03-10T22:00"  # in Shanghai: from noon on in UTC
SCENARIO = str(ROOT / "config" / "scenario.example.toml")


async def typed(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(hub, folder, *arguments, **more)


@pytest.fixture
async def config(sqlite_store: Store, clock: ManualClock, tmp_path: Path) -> str:
    """The settings of a hub with a short day."""
    await sqlite_store.write(open_center, None)
    await Day(sqlite_store, clock, 4.0).play(
        some_guests(25, gap_s=60, patience_s=200), ["Li", "Wang"]
    )
    file = tmp_path / "hub.toml"
    await asyncio.to_thread(file.write_text, f'database_url = "sqlite:///{sqlite_store.path}"\n')
    return str(file)


async def test_a_period_is_shown_with_what_would_have_been(config: str, tmp_path: Path) -> None:
    figures, page = tmp_path / "figures.csv", tmp_path / "page.html"
    asked = ("simulate", "--replay", PERIOD, "--config", config, "--runs", "3")
    change = ("--agents", "+1:support", "--target", "support.gold.phone=30")
    files = ("--csv", str(figures), "--html", str(page), "--language", "zh-CN")
    done = await typed(tmp_path, *asked, *change, *files, COLUMNS="100")
    assert done.returncode == 0, done.stderr
    assert "2026-03-10 20:00 – 2026-03-10 22:00 (Asia/Shanghai): 25 contacts" in done.stdout
    assert "--agents +1:support, --target support.gold.phone=30" in done.stdout
    for word in ("recorded", "simulated", "changed", "difference", "Kaplan–Meier"):
        assert word in done.stdout
    rows = list(csv.DictReader((await asyncio.to_thread(figures.read_text)).splitlines()))
    assert {row["scenario"] for row in rows} == {"recorded", "in_force", "changed", "difference"}
    html = await asyncio.to_thread(page.read_text, "utf-8")
    assert '<html lang="zh-CN">' in html

    shown = json.loads((await typed(tmp_path, *asked, *change, "--json")).stdout)
    assert shown["period"]["contacts"] == 25
    assert shown["asked"]["agents"] == [{"count": 1, "queue": "support"}]
    for side in ("recorded", "in_force", "changed", "difference"):
        assert set(shown[side]["tiers"]) == {"gold", "standard"}
    assert shown["recorded"]["agents"]["occupancy"]["ci95"] is None
    assert len(shown["in_force"]["course"]["parts"]) == 4

    alone = json.loads((await typed(tmp_path, *asked, "--json")).stdout)
    assert "changed" not in alone
    assert alone["in_force"] == shown["in_force"]


async def test_a_period_is_staffed(config: str, tmp_path: Path) -> None:
    asked = ("staff", "--replay", PERIOD, "--config", config, "--goal", "0.6")
    done = await typed(tmp_path, *asked, COLUMNS="80")
    assert done.returncode == 0, done.stderr
    assert "20:00" in done.stdout
    assert "60%" in done.stdout
    shown = json.loads((await typed(tmp_path, *asked, "--json")).stdout)
    assert [one["start"] for one in shown["half_hours"]] == ["20:00", "20:30", "21:00", "21:30"]
    assert shown["half_hours"][0]["agents"] >= 1


async def test_that_a_period_is_not_over_is_said(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    begins = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=1)
    await sqlite_store.write(open_center, None)
    day = Day(sqlite_store, clock, 4.0, begins)
    await day.play(some_guests(25, gap_s=60, patience_s=200), ["Li", "Wang"])
    period = "..".join(f"{at:%Y-%m-%dT%H:%M}Z" for at in (begins, begins + timedelta(days=1)))
    asked = ("--replay", period)
    more = {"HUB__DATABASE_URL": f"sqlite:///{sqlite_store.path}"}
    simulated = await typed(tmp_path, "simulate", *asked, "--runs", "1", **more)
    assert "(Asia/Shanghai, so far)" in simulated.stdout, simulated.stderr
    staffed = await typed(tmp_path, "staff", *asked, "--goal", "0.5", **more)
    assert "The period is not over: what came until" in staffed.stdout, staffed.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--replay", "yesterday"), "2026-03-10T09:00"),
        (("--replay", PERIOD, "--agents", "2"), "+2:support"),
        (("--replay", PERIOD, "--agents", "+1:sales"), "no queue 'sales'"),
        (("--replay", PERIOD, "--target", "support.gold.phone=soon"), "support.gold.phone=15"),
        (("--replay", PERIOD, "--setup", "none.toml"), "none.toml cannot be read"),
        (("--replay", PERIOD, "--runs", "0"), "1 to 200 times"),
        (("--replay", PERIOD, "--compare", "x.toml"), "--compare cannot be had with --replay"),
        (("--replay", "2020-01-01"), "Nobody came"),
        (("--replay", "2999-01-01"), "has not begun"),
        (("--replay", "9999-12-31"), "nothing can be recorded then"),
        (("--replay", "0001-01-01"), "nothing can be recorded then"),
        (("--agents", "+1:support"), "--agents need --replay"),
        ((), "Name the FILE"),
    ],
)
async def test_what_cannot_be_asked_is_exit_2_and_says_how_to_write_it(
    config: str, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = await typed(tmp_path, "simulate", *arguments, HUB_CONFIG=config)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("option", ["--csv", "--html"])
@pytest.mark.parametrize("place", ["none/figures", "file/figures"])
def test_where_nothing_can_be_written_nothing_is_simulated(
    tmp_path: Path, option: str, place: str
) -> None:
    (tmp_path / "file").touch()
    for asked in ((SCENARIO,), ("--replay", PERIOD, "--config", "none.toml")):
        done = hub(tmp_path, "simulate", *asked, option, str(tmp_path / place))
        assert done.returncode == 2
        assert "cannot be written" in done.stderr
        assert done.stdout == ""


def test_two_scenarios_of_one_name_are_told_apart(tmp_path: Path) -> None:
    files = [tmp_path / folder / "day.toml" for folder in ("now", "next")]
    for file in files:
        file.parent.mkdir()
        file.write_text(Path(SCENARIO).read_text("utf-8"), "utf-8")
    page = tmp_path / "page.html"
    first, second = map(str, files)
    asked = ("--compare", second, "--contacts", "500", "--html", str(page))
    done = hub(tmp_path, "simulate", first, *asked)
    assert done.returncode == 0, done.stderr
    assert first in page.read_text("utf-8")
    assert second in page.read_text("utf-8")


def test_a_hub_without_a_database_is_refused(tmp_path: Path) -> None:
    done = hub(tmp_path, "simulate", "--replay", "2026-03-10")
    assert done.returncode == 2
    assert "no database" in done.stderr


def test_the_sample_gets_a_page_and_a_staff(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = hub(tmp_path, "simulate", SCENARIO, "--contacts", "2000", "--html", str(page))
    assert done.returncode == 0, done.stderr
    assert "scenario.example.toml" in page.read_text("utf-8")
    for arguments, words in (
        ((), "one of both"),
        ((SCENARIO, "--replay", PERIOD), "one of both"),
        ((SCENARIO, "--goal", "80"), "--goal 80"),
        ((SCENARIO, "--queue", "sales"), "no such queue; known: default"),
        (("none.toml",), "none.toml cannot be read"),
    ):
        refused = hub(tmp_path, "staff", *arguments)
        assert refused.returncode == 2
        assert words in refused.stderr
        assert "Traceback" not in refused.stderr
