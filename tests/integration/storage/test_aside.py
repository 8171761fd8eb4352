"""SQLite sorts out by a column that is set aside, and does not look for rows by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from sqlalchemy import Select, select
from sqlalchemy.engine.url import URL

from hub.agent_console.others import others_of
from hub.callbacks.rows import find_of_contacts, list_dialling_due
from hub.contacts.access import Sight
from hub.contacts.model import OPEN
from hub.contacts.tables import contacts
from hub.customers.tables import identities
from hub.routing.retier import retarget
from hub.storage.aside import aside
from hub.storage.store import Store
from hub.storage.tx import Tx
from tests.integration.sla.house import Planning

NOW = datetime(2026, 5, 12, 9, 0, tzinfo=UTC)
SEVEN = [f"id-{n}" for n in range(7)]


def sent(found: Select[Any], kind: str) -> str:
    return str(found.compile(dialect=URL.create(kind).get_dialect()()))


def test_only_sqlite_is_sent_the_plus() -> None:
    found = select(contacts.c.id).where(aside(contacts.c.state) == "queued")

    assert "WHERE +contacts.state = ?" in sent(found, "sqlite")
    assert "WHERE contacts.state = %" in sent(found, "postgresql")


ASKED: dict[str, Callable[[Tx], Any]] = {
    "others": lambda tx: others_of(tx, Sight("nobody", None), SEVEN),
    "of contacts": lambda tx: find_of_contacts(tx, SEVEN),
    "dialling": lambda tx: list_dialling_due(tx, NOW, 10),
    "retarget": lambda tx: retarget(tx, identities.c.customer_id.in_(SEVEN), OPEN),
}


@pytest.mark.parametrize("asked", ASKED)
async def test_rows_are_found_by_who_they_are(sqlite_store: Store, asked: str) -> None:
    def plans_of(tx: Tx, plans: list[str]) -> list[str]:
        ASKED[asked](cast(Tx, Planning(tx, plans)))
        return plans

    plans = await sqlite_store.write(plans_of, [])

    assert plans
    assert not any("(state=?" in plan for plan in plans), plans
