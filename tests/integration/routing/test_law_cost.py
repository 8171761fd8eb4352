"""What a look at the laws of the queue costs: a fixed number of small reads."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from hub.routing.laws.book import Ask
from hub.routing.laws.looks import first_look
from hub.routing.laws.model import Cursors
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock

from .scene import Scene

Asked = list[tuple[str, Any]]


async def test_a_look_takes_as_many_statements_of_few_as_of_many(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.write(open_center, None)
    scene = Scene(store, clock)
    await _crowd(scene, 3)
    few = await _asked(scene.store, monkeypatch)
    await _crowd(scene, 40)
    many = await _asked(scene.store, monkeypatch)
    assert len(many) == len(few)
    assert 20 < len(few) < 40


async def test_no_look_goes_through_a_table(
    sqlite_store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sqlite_store.write(open_center, None)
    await _crowd(Scene(sqlite_store, clock), 3)
    asked = await _asked(sqlite_store, monkeypatch)

    def plans(tx: Tx, _: None) -> list[str]:
        rows = [
            row
            for sql, parameters in asked
            for row in tx.fetch(f"EXPLAIN QUERY PLAN {sql}", parameters)
        ]
        return [str(row.detail) for row in rows]

    lines = await sqlite_store.read(plans, None)
    for timer in ("step", "wrap", "parked"):  # not all who are in the state
        assert any(f"ix_contacts_{timer} (state=? AND" in line for line in lines)
    of_a_state = [line for line in lines if line.endswith("ix_contacts_state (state=?)")]
    assert len(of_a_state) == 1  # calls that come about, of which there are few
    walked = "SCAN contacts USING INDEX ix_contacts_waiting"  # the line, up to a limit
    scanned = {line.split()[1] for line in lines if line.startswith("SCAN") and line != walked}
    assert scanned <= {"routing_setup", "provider_outages", "q", "j"}  # queues, ids that are given


async def _asked(store: Store, patch: pytest.MonkeyPatch) -> Asked:
    """Return the statements of one look."""
    asked: Asked = []
    fetch = Tx.fetch

    def noted(tx: Tx, sql: str, parameters: Any) -> list[Any]:
        asked.append((sql, parameters))
        return fetch(tx, sql, parameters)

    def note(_c: Any, _cu: Any, sql: str, parameters: Any, *_: Any) -> None:
        if not sql.startswith(("SELECT json_group_array", "SELECT clock_timestamp")):
            asked.append((sql, parameters))

    ask = Ask(Cursors(), frozenset(), frozenset())
    await store.read_at_once(first_look, ask)  # statements are made at their first use
    with patch.context() as inner:
        inner.setattr(Tx, "fetch", noted)
        event.listen(store._read_engine, "before_cursor_execute", note)
        await store.read_at_once(first_look, ask)
        event.remove(store._read_engine, "before_cursor_execute", note)
    return asked


async def _crowd(scene: Scene, size: int) -> None:
    """Some wait, some are offered, some are held."""
    for number in range(size):
        agent = await scene.agent(f"agent {size}-{number}")
        await scene.in_hand(agent)
        await scene.contact()
