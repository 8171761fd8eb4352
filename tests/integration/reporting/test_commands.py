"""`hub export` and `hub report`, as a person types them."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.accounts.tables import audit_log
from hub.core.bus import Bus
from hub.schema import upgrade
from hub.storage import Store
from hub.testing.clock import ManualClock
from hub.testing.hub import hub_settings
from tests.integration.customers.imports.test_command import hub

from .build import fill


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """Where a hub with customers keeps its data; it does not run."""
    settings = hub_settings(tmp_path / "data")
    settings.data_path().mkdir(parents=True)
    await asyncio.to_thread(upgrade, settings.database())
    async with Store(settings.database(), Bus(), ManualClock()) as store:
        await store.write(fill, None)
    return tmp_path


async def test_a_mart_goes_to_the_standard_output_or_into_a_file(folder: Path) -> None:
    code, out, err = await hub(folder, "export", "orders")
    assert code == 0, err
    assert out.splitlines()[0].startswith("order_id,customer_id,")
    assert len(out.splitlines()) == 7
    code, _, err = await hub(folder, "export", "orders", "--csv", "--out", "orders.csv")
    assert (code, (folder / "orders.csv").read_bytes().decode().splitlines()) == (
        0,
        out.splitlines(),
    )
    assert "6 rows" in err
    assert stat.S_IMODE((folder / "orders.csv").stat().st_mode) == 0o600
    settings = hub_settings(folder / "data")
    async with Store(settings.database(), Bus()) as store:
        found = select(audit_log.c.object_id).where(audit_log.c.action == "mart.export")
        lines: Any = await store.read(lambda tx, _: tx.execute(found).scalars().all(), None)
    assert list(lines) == ["orders", "orders"]


async def test_what_cannot_be_exported_is_said_and_leaves_nothing(folder: Path) -> None:
    code, out, err = await hub(folder, "export", "secrets")
    assert (code, out) == (1, "")
    assert "customer_history" in err
    code, _, err = await hub(folder, "export", "orders", "--out", "nowhere/orders.csv")
    assert code == 1
    assert "cannot be written" in err
    assert os.listdir(folder) == ["data"]


async def test_indicators_are_printed_and_told_as_json(folder: Path) -> None:
    days = ("--since", "2026-03-01", "--until", "2026-03-31")
    code, out, err = await hub(folder, "report", *days)
    assert code == 0, err
    assert "Conversion: prospect → opportunity" in out
    assert "too few" in out
    code, out, _ = await hub(folder, "report", "quotes", *days, "--json")
    assert code == 0
    found = json.loads(out)
    assert [(one["key"], one["numerator"]) for one in found["items"]] == [("quotes", 2)]
    assert found["period"]["until"] == "2026-03-31"
    code, out, _ = await hub(folder, "report", "success_rate", *days)
    assert "customers who were given a quote" in out
    code, _, err = await hub(folder, "report", "nothing")
    assert code == 1
    assert "deciders_met" in err
