"""Whether somebody else calls from the same number, and what it costs to look."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from hub.channels.phone.model import Call, Leg, LegState
from hub.channels.phone.rows import add_call
from hub.channels.phone.service import SameNumber, is_number_busy
from hub.core.ids import new_id
from hub.storage import Store, Tx

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
CHEN, OURS = "+8613800138000", "+862155501000"
ASKED = SameNumber("hotline", CHEN, "mine")


def a_call(**changes: Any) -> Call:
    known = {
        "id": new_id(),
        "entry_point_id": "hotline",
        "sid": f"CA{new_id()}",
        "from_address": CHEN,
        "to_address": OURS,
        "language": "en",
        "started_at": NOON,
        "conversation_id": "conversation",
        "leg": Leg(state=LegState.ANSWERED),
    }
    return Call(**{**known, **changes})


@pytest.mark.parametrize(
    ("changes", "busy"),
    [
        ({}, True),
        ({"from_address": OURS, "to_address": CHEN, "outbound": True}, True),
        ({"from_address": OURS, "to_address": CHEN}, False),
        ({"outbound": True}, False),
        ({"leg": Leg(state=LegState.ENDED)}, False),
        ({"entry_point_id": "another"}, False),
        ({"conversation_id": None}, False),
        ({"id": "mine"}, False),
    ],
)
async def test_a_number_is_busy_while_another_call_of_it_goes_on(
    store: Store, changes: dict[str, Any], busy: bool
) -> None:
    await store.write(add_call, a_call(**changes))
    assert await store.read(is_number_busy, ASKED) is busy


async def test_calls_that_have_ended_are_not_looked_at(store: Store) -> None:
    """Also in a young database, of whose rows nothing is known yet."""

    class Heard(Tx):
        def fetch(self, sql: str, parameters: Any) -> list[Any]:
            self.asked = sql, parameters
            return super().fetch(sql, parameters)

    def explain(tx: Tx, _: None) -> str:
        heard = Heard(tx._connection, tx.now, None)
        assert not is_number_busy(heard, ASKED)
        prefix = "EXPLAIN QUERY PLAN " if tx.dialect == "sqlite" else "EXPLAIN "
        sql, parameters = heard.asked
        return "\n".join(str(row[-1]) for row in tx.fetch(prefix + sql, parameters))

    plan = await store.read(explain, None)
    assert "ix_phone_calls_live" in plan
    assert "uq_phone_calls_sid" not in plan
