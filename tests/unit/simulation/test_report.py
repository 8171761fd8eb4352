"""What a terminal shows: names from outside are text, not markup."""

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console
from rich.table import Table

from hub.simulation import report
from hub.simulation.coverage import Coverage
from hub.simulation.scenario import Scenario, Tier
from hub.simulation.statistics import Estimate

from .build import a_center, a_stream, simulated

NAMES = ["[/gold]", "[vip]", "[bold]x[/]"]


def shown(table: Table) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def a_center_of(tier: str, agents: int = 2) -> Scenario:
    return msgspec.structs.replace(
        a_center(agents, [0.02], contacts=300),
        tiers=[Tier(name=tier, target_s=20)],
        arrivals=[a_stream(tier, 0.02)],
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_name_with_brackets_is_shown_as_it_is(name: str) -> None:
    one, other = simulated(a_center_of(name)), simulated(a_center_of(name, 3))
    for table in (report.table_of(one), report.difference_table(one, other)):
        assert f"tier {name}" in shown(table)


@pytest.mark.parametrize("name", NAMES)
def test_a_tier_with_brackets_is_told_a_wait(name: str) -> None:
    none = Estimate(None)
    held = {"": Coverage(9, 8, none, none, none), name: Coverage(9, 8, none, none, none)}
    assert f"tier {name}" in shown(report.estimates_table(held))
