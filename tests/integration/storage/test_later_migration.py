"""Answers that wait to go out when the hub is upgraded still know what their agent had read."""

from __future__ import annotations

import json
from typing import Any

from alembic import command
from sqlalchemy import create_engine, text

from hub import schema
from hub.contacts.later.tables import scheduled_replies
from tests.integration.desk.test_joined_later import put
from tests.integration.desk.test_joining import Scene, scene

__all__ = ["scene"]


def _kept(database_url: str, column: str) -> Any:
    engine = create_engine(database_url)
    with engine.connect() as live:
        sql = f"SELECT {column} FROM scheduled_replies"  # noqa: S608 - our own names
        kept = live.execute(text(sql)).scalar_one()
    engine.dispose()
    return json.loads(kept) if isinstance(kept, str) else kept


async def test_how_far_the_conversation_was_goes_both_ways(scene: Scene, database_url: str) -> None:
    mail = await scene.held("It leaks")
    await put(scene, mail)
    [row] = await scene.all(scheduled_replies)
    [(_, seq)] = row.after_seqs.items()
    assert seq > 0
    schema._run(database_url, lambda config: command.downgrade(config, "0035"))
    assert _kept(database_url, "after_seq") == seq
    schema._run(database_url, lambda config: command.upgrade(config, "head"))
    assert _kept(database_url, "after_seqs") == row.after_seqs
