"""`hub simulate`, as a person types it: figures as table, JSON and CSV, two scenarios, refusals."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from .test_commands import ROOT, hub

SAMPLE = str(ROOT / "config" / "scenario.example.toml")
FIGURES = {
    "mean_wait_s",
    "mean_answer_s",
    "p50_wait_s",
    "p90_wait_s",
    "p99_wait_s",
    "abandoned",
    "service_level",
}


def test_the_sample_is_shown_as_a_table_that_fits_a_terminal(tmp_path: Path) -> None:
    done = hub(tmp_path, "simulate", SAMPLE, "--contacts", "2000", COLUMNS="80")
    assert done.returncode == 0, done.stderr
    assert "tier gold" in done.stdout
    assert "Agents busy" in done.stdout
    assert "…" not in done.stdout


def test_json_has_every_figure_with_its_interval_and_the_seed_decides(tmp_path: Path) -> None:
    typed = ("simulate", SAMPLE, "--contacts", "3000", "--json", "--seed", "5")
    done = hub(tmp_path, *typed)
    shown = json.loads(done.stdout)
    assert set(shown["tiers"]) == {"gold", "standard"}
    assert set(shown["channels"]) == {"phone", "webchat"}
    for kind in ("tiers", "queues", "channels"):
        for group in shown[kind].values():
            assert set(group) >= FIGURES
            low, high = group["mean_wait_s"]["ci95"]
            assert low <= group["mean_wait_s"]["value"] <= high
    assert 0 < shown["agents"]["occupancy"]["value"] < 1
    assert shown["run"]["seed"] == 5
    assert hub(tmp_path, *typed).stdout == done.stdout


def test_two_scenarios_are_compared_in_json_and_csv(tmp_path: Path) -> None:
    more = tmp_path / "more.toml"
    more.write_text(Path(SAMPLE).read_text("utf-8").replace("count = 10", "count = 14"), "utf-8")
    figures = tmp_path / "figures.csv"
    options = ("--contacts", "3000", "--json", "--csv", str(figures))
    done = hub(tmp_path, "simulate", SAMPLE, "--compare", str(more), *options)
    shown = json.loads(done.stdout)
    assert shown["difference"]["same_customers"] is True
    less = shown["difference"]["tiers"]["standard"]["mean_wait_s"]
    assert less["ci95"][1] < 0
    with figures.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["scenario"] for row in rows} == {SAMPLE, str(more), "difference"}
    [row] = (r for r in rows if r["figure"] == "occupancy" and r["scenario"] == SAMPLE)
    assert float(row["value"]) == shown["first"]["agents"]["occupancy"]["value"]
    side_by_side = hub(tmp_path, "simulate", SAMPLE, "--compare", str(more), "--contacts", "900")
    assert "Second − first, the same customers in both" in side_by_side.stdout


def test_a_bad_scenario_is_exit_2_with_the_place_and_no_trace(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(Path(SAMPLE).read_text("utf-8").replace("target_s = 20", "", 1), "utf-8")
    for name, place in ((str(bad), "tiers[0]"), ("none.toml", "none.toml cannot be read")):
        done = hub(tmp_path, "simulate", name)
        assert done.returncode == 2
        assert place in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""


def test_how_often_the_told_wait_holds_is_printed(tmp_path: Path) -> None:
    typed = ("simulate", SAMPLE, "--contacts", "6000", "--estimates")
    shown = json.loads(hub(tmp_path, *typed, "--json").stdout)["estimates"]
    assert shown["waited"] >= shown["told"] > 100
    assert set(shown["tiers"]) == {"gold", "standard"}
    shares = [shown[name]["value"] for name in ("within", "sooner", "longer")]
    assert abs(sum(shares) - 1) < 1e-9
    assert "answered within it" in hub(tmp_path, *typed).stdout
    refused = hub(tmp_path, "simulate", "--replay", "2026-01-01..2026-01-02", "--estimates")
    assert refused.returncode == 2
    assert "--estimates cannot be had with --replay" in refused.stderr
