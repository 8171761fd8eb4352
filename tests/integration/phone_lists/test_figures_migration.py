"""A hub with lists under way comes to the figures that are kept: what it counted before."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Row, Table, create_engine, select

from hub import schema
from hub.core.ids import new_id
from hub.desk.handling import Close, close
from hub.phone_lists import flight
from hub.phone_lists.tables import phone_list_attempts, phone_list_figures, phone_list_hours
from hub.storage import Tx

from .build import Room, handle, talked

RESULTS = [None, "reached", "call_later", "wrong_number", "never", "machine", "busy", "failed"]


def _attempts(tx: Tx, list_id: str) -> None:
    """Attempts of every kind, over some hours, also at the very beginning of one."""
    dice = random.Random(11)  # noqa: S311 - a shuffle of a test
    hour = tx.now.replace(minute=0, second=0, microsecond=0)
    rows = []
    for place in range(120):
        at = hour - timedelta(minutes=15 * dice.randrange(20), microseconds=place % 2)
        rows.append(
            {
                "contact_id": new_id(), "list_id": list_id, "customer_id": "", "identity_id": "",
                "arm": dice.choice(["all", "other"]), "by_itself": True, "dialled_at": at,
                "answered_at": dice.choice([None, at]), "joined_at": dice.choice([None, at]),
                "ended_at": dice.choice([None, at]), "result": dice.choice(RESULTS),
                "answered_by": dice.choice([None, "human", "machine", "fax", "unknown"]),
                "abandoned": dice.random() < 0.2,
            }
        )  # fmt: skip
    flight.add(tx, rows)


async def test_an_upgrade_fills_in_what_the_hub_would_have_kept(
    room: Room, database_url: str
) -> None:
    contact_id = await talked(room)
    room.clock.advance(50)
    await room.hangs_up(contact_id)
    await room.says(contact_id, "call_later", at=room.clock.now() + timedelta(hours=1))
    await room.store.write(close, Close(handle(room, contact_id), None))
    await room.turn()
    await room.store.write(_attempts, (await room.row()).id)
    kept = _all_of(database_url)
    assert sum(one.talked_ms for one in kept[0]) >= 50_000
    assert len(kept[0]) > 10
    assert len(kept[1]) > 4

    def down_and_up(config: Config) -> None:
        command.downgrade(config, "0077")
        command.upgrade(config, "head")

    schema._run(database_url, down_and_up)
    assert _all_of(database_url) == kept


def _all_of(database_url: str) -> list[list[Any]]:
    """Return the figures, the hours and how long was talked; without those in which all is 0."""
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:

            def rows(table: Table) -> Sequence[Row[Any]]:
                return connection.execute(select(table).order_by(*table.primary_key)).all()

            return [
                [one for one in rows(phone_list_figures) if one.dialled],
                [one for one in rows(phone_list_hours) if one.answered or one.abandoned],
                [(one.contact_id, one.talked_ms) for one in rows(phone_list_attempts)],
            ]
    finally:
        engine.dispose()
