"""What the timer and the lists ask is found by an index, whatever there is beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from sqlalchemy import insert, true

from hub.customers.access import Scope
from hub.customers.allocation.reads import ListLeads, list_leads
from hub.customers.allocation.tables import lead_allocations
from hub.customers.plans.service import fire_due_plans
from hub.storage import Store, Tx
from hub.wiring.customers import fire_due_leads
from tests.integration.sla.house import Planning

from .build import make_lead

MANY = 400
SCOPE = Scope("x", everything=True, branches=frozenset(), more=true())


def _fill(tx: Tx, _: None) -> None:
    for number in range(MANY):
        customer_id = make_lead(tx, (f"N{number}", {}))
        later = {
            name: tx.now + timedelta(minutes=number + 1)
            for name in ("remind_at", "escalate_at", "recall_at")
        }
        tx.execute(
            insert(lead_allocations).values(
                id=f"a{number}", customer_id=customer_id, to_id=f"u{number % 50}", trace={},
                made_at=tx.now, within_s=60, **later,
            )
        )  # fmt: skip


def _plans(tx: Tx, _: None) -> list[str]:
    """The plan of each statement that asks about allocations or plans."""
    found: list[str] = []
    planning = cast(Tx, Planning(tx, found))
    fire_due_leads(planning, tx.now, 50)
    fire_due_plans(planning, tx.now, 50)
    for ask in (ListLeads(SCOPE, 51, to_id="u3"), ListLeads(SCOPE, 51, teams=["sales"])):
        list_leads(planning, ask)
    return [line for plan in found for line in plan.split("\n")]


async def test_nothing_is_read_that_is_not_asked_for(sqlite_store: Store) -> None:
    await sqlite_store.write(_fill, None)
    plans = await sqlite_store.write(_plans, None)
    assert any("ix_lead_allocations_recall" in line for line in plans)
    assert any("ix_customer_plans_step" in line for line in plans)
    whole = [line for line in plans if "SCAN lead" in line or "SCAN customer_plans" in line]
    assert [line for line in whole if "USING INDEX ix_lead_allocations_due" not in line] == []
    assert not any("TEMP B-TREE" in line for line in plans)
