"""Timers are asked twice a second: what is due is found by an index, however many are not yet.

On SQLite, which chooses by what a statement says and not by what is in a table.
"""

from __future__ import annotations

import re
from typing import cast

import msgspec
import pytest

from hub.routing.settings import load_settings, save_settings
from hub.storage import Store, Tx
from hub.storage.timekeeper import FireDue
from hub.testing.center import open_center
from hub.wiring import timers
from tests.integration.sla.house import Planning

ALL_IN_A_STATE = re.compile(
    r"SEARCH contacts USING (?:COVERING )?INDEX ix_contacts_state \(state=\?\)$"
)
FEW = {  # what may be gone through: it holds few at any time
    "ix_contacts_to_call": "callbacks whose customers are called first",
    "ix_customers_reindex": "customers who were changed a moment ago",
    "password_links": "links for passwords of agents, which go after a day",
}
ARE_FEW = {  # whose state few are in at any time: no more than there are agents
    "fire_due_connects": "calls that come about",
    "fire_due_dials": "calls that come about",
    "fire_due_reserved": "contacts that are offered",
}


@pytest.mark.parametrize("timer", timers(), ids=lambda timer: timer.__name__)
async def test_what_is_due_is_found_without_reading_what_is_not(
    sqlite_store: Store, timer: FireDue
) -> None:
    def plans_of(tx: Tx, plans: list[str]) -> list[str]:
        open_center(tx)
        returning = msgspec.structs.replace(load_settings(tx), return_s={"webchat": 60.0})
        save_settings(tx, returning)
        timer(cast(Tx, Planning(tx, plans)), tx.now, 200)
        return [line for plan in plans for line in plan.split("\n")]

    lines = await sqlite_store.write(plans_of, [])
    assert lines
    name = timer.__name__
    scans = [line for line in lines if line.startswith("SCAN ") and not any(f in line for f in FEW)]
    assert [line for line in scans if not re.match(r"SCAN (?:CONSTANT|\(|anon_)", line)] == []
    assert name in ARE_FEW or not any(ALL_IN_A_STATE.match(line) for line in lines), lines
