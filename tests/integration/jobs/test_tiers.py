"""`hub tiers`, as a person types it: alone, and beside a hub that runs; and the nightly run."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from hub.core.bus import Bus
from hub.core.errors import Invalid, NotFound
from hub.core.metrics import Metrics
from hub.customers.value.writing import last_run
from hub.jobs.nightly_work import nightly_tiers
from hub.jobs.tiers import ExplainOrder, RunOrder, explain_job, read_at, run_job
from hub.schema import upgrade
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock
from hub.testing.hub import hub_settings, running_hub
from tests.integration.customers.imports.test_command import hub
from tests.integration.customers.value.builders import a_customer, quiet, shop

DAY = "2026-06-30"
KEYS = {
    "at",
    "made_at",
    "window",
    "customers",
    "lapsed",
    "revenue",
    "revenue_minor",
    "profit",
    "profit_minor",
    "currency",
    "best",
    "tail",
    "loss_making",
    "potential_gold",
    "moves",
    "moved",
    "held_back",
    "tiers",
    "segments",
    "no_rate",
    "rules_version",
    "digest",
    "unchanged",
    "run_id",
}


def _fill(tx: Tx, _: None) -> None:
    open_center(tx)
    shop(tx, [6000, 2000, 1000, 900, 60, 40])


def _shop(tx: Tx, _: None) -> None:
    shop(tx, [6000, 2000, 1000, 900, 60, 40])


@pytest.fixture
async def filled(tmp_path: Path) -> Path:
    settings = hub_settings(tmp_path / "data")
    settings.data_path().mkdir(parents=True)
    upgrade(settings.database())
    async with Store(settings.database(), Bus()) as store:
        await store.write(_fill, None)
    return tmp_path


async def test_the_run_prints_documented_keys_and_a_second_one_moves_nobody(filled: Path) -> None:
    code, out, err = await hub(filled, "tiers", "run", "--at", DAY, "--json")
    assert code == 0, err
    report: dict[str, Any] = json.loads(out)
    assert set(report) == KEYS
    assert set(report["window"]) == {"from", "until", "days", "zone"}
    best = {"share", "count", "share_of_customers", "share_of_revenue"}
    assert set(report["best"]) == best
    assert set(report["tail"]) == best | {"top_value", "top_value_minor"}
    assert (report["customers"], report["revenue"], report["currency"]) == (6, 100.0, "CNY")
    assert report["best"]["count"] == 2
    assert report["moves"] == [
        {"from": "standard", "to": "gold", "count": 2},
        {"from": "standard", "to": "low", "count": 2},
    ]
    code, out, _ = await hub(filled, "tiers", "run", "--at", DAY, "--json")
    again = json.loads(out)
    assert (code, again["moves"], again["unchanged"]) == (0, [], True)
    assert again["digest"] == report["digest"]


async def test_a_dry_run_says_who_would_move_and_writes_nothing(filled: Path) -> None:
    async def told(*more: str) -> dict[str, Any]:
        code, out, err = await hub(filled, "tiers", "run", "--json", *more)
        assert code == 0, err
        return dict(json.loads(out))

    for _ in range(2):
        tried = await told("--at", DAY, "--dry-run")
        assert (tried["moved"], tried["run_id"], tried["unchanged"]) == (4, None, False)
    done = await told("--at", DAY)
    differ = {"run_id", "made_at"}
    assert [tried[key] for key in KEYS - differ] == [done[key] for key in KEYS - differ]
    # As of a day on which nobody had bought anything yet they all would lose what they have.
    back = [{"from": "gold", "to": "standard", "count": 2}]
    back.append({"from": "low", "to": "standard", "count": 2})
    assert (await told("--at", "2020-01-01", "--dry-run"))["moves"] == back
    _, words, _ = await hub(filled, "tiers", "run", "--at", "2020-01-01", "--dry-run")
    assert "Would move from" in words
    assert (await told("--at", DAY))["unchanged"]
    assert (await told("--at", "2020-01-01"))["moves"] == back


async def test_people_read_a_table_and_why_one_customer_has_their_tier(filled: Path) -> None:
    code, out, err = await hub(filled, "tiers", "run", "--at", DAY)
    assert code == 0, err
    for words in ("100.00", "33.3% of the customers make 80.0%", "standard", "gold", "0.60 CNY"):
        assert words in out, out
    code, again, _ = await hub(filled, "tiers", "run", "--at", DAY)
    assert "nothing was written" in again
    for who in ("c01", "C01"):  # an id is exact, an external id is asked for as it was written
        code, told, err = await hub(filled, "tiers", "explain", who)
        if who == "C01":
            assert code == 1
            assert "no customer" in err
            continue
        assert code == 0, err
        for words in ("1 of 6", "60.00 CNY", "a rule gives it".capitalize(), "standard → gold"):
            assert words in told, told
    code, raw, _ = await hub(filled, "tiers", "explain", "c05", "--json")
    assert json.loads(raw)["computed"] == "low"


async def test_a_running_hub_does_it_for_the_command(tmp_path: Path) -> None:
    async with running_hub(hub_settings(tmp_path / "data")) as running:
        await running.store.write(_shop, None)
        code, out, err = await hub(tmp_path, "tiers", "run", "--at", DAY, "--json")
        assert code == 0, err
        assert json.loads(out)["moved"] == 4
        code, out, err = await hub(tmp_path, "tiers", "explain", "c01")
        assert code == 0, err
        assert "gold" in out


@pytest.mark.parametrize(
    "arguments",
    [("--at", "yesterday"), ("--at", "2026-02-30"), ("--window", "-1"), ("--window", "99999")],
)
async def test_what_cannot_be_is_said_in_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "data").mkdir()
    code, _, err = await hub(tmp_path, "tiers", "run", *arguments)
    assert code == 1
    assert "Traceback" not in err


async def test_before_any_set_up_a_run_finds_nobody_and_customers_are_explained(
    store: Store,
) -> None:
    await store.write(lambda tx, _: a_customer(tx, "ann"), None)
    report = await run_job(store, RunOrder(at=DAY), quiet)
    assert (report.customers, report.best.count, report.best.share_of_customers) == (0, 0, 0.0)
    assert (await run_job(store, RunOrder(at=DAY), quiet)).unchanged
    found = await explain_job(store, ExplainOrder("ann"))
    assert (found.tier, found.figures) == ("standard", None)
    for who in ("13800138000", "nobody"):
        with pytest.raises(NotFound, match="no customer"):
            await explain_job(store, ExplainOrder(who))


def test_a_day_and_a_moment_are_read() -> None:
    assert read_at("", "UTC") is None
    assert str(read_at("2026-06-30", "UTC")) == "2026-06-30"
    assert str(read_at("2026-06-30T18:00:00", "Asia/Shanghai")) == "2026-06-30 18:00:00+08:00"
    with pytest.raises(Invalid, match="no day"):
        read_at("30.6.2026", "UTC")
    for year in ("0001", "9999"):
        with pytest.raises(Invalid, match="1980 to 2200"):
            read_at(f"{year}-01-01", "UTC")


async def test_a_missed_night_is_run_at_the_start(store: Store, clock: ManualClock) -> None:
    await store.write(_fill, None)
    await run_job(store, RunOrder(), quiet)
    first = await store.read(last_run, None)
    clock.advance(3 * 86_400)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        raise asyncio.CancelledError

    service = nightly_tiers(store, clock, Metrics(), sleep)
    with pytest.raises(asyncio.CancelledError):
        await service.run()
    newest = await store.read(last_run, None)
    assert newest is not None
    assert first is not None
    assert newest.id != first.id
    assert newest.at == clock.now()
    assert slept[0] > 0
