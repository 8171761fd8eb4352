"""Answers that wait to go out when the hub is upgraded still know what their agent had read."""

from __future__ import annotations

import json
from typing import Any

from alembic import command
from sqlalchemy import create_engine, text, update

from hub import schema
from hub.contacts.later.tables import scheduled_replies
from hub.contacts.tables import contacts
from hub.storage import Tx
from tests.integration.desk.test_joined_later import answer, put
from tests.integration.desk.test_joining import CHAT, Scene, scene
from tests.integration.desk.test_later import TOMORROW

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


async def test_what_was_put_aside_before_its_contact_was_merged_goes_along(
    scene: Scene, database_url: str
) -> None:
    mail, chat = await scene.held("It leaks"), await scene.held("In the chat", CHAT)
    await put(scene, mail)
    await put(scene, chat, "In the chat.", instant=True)
    own = {row.contact_id: row.after_seqs for row in await scene.all(scheduled_replies)}
    scene.clock.advance(60)
    await scene.merge(chat, mail)
    joined = (await scene.row(mail)).conversation_id

    def as_before(tx: Tx, _: None) -> None:
        """As the hub left it before it let answers go along."""
        for text_, contact_id in (("Tomorrow.", mail), ("In the chat.", chat)):
            tx.execute(
                update(scheduled_replies)
                .where(scheduled_replies.c.client_id == text_)
                .values(
                    contact_id=contact_id,
                    after_seqs=own[contact_id],
                    document=json.dumps({"text": text_}),
                )
            )
        tx.execute(update(contacts).values(scheduled_at=None))

    await scene.store.write(as_before, None)
    schema._run(database_url, lambda config: command.downgrade(config, "0039"))
    schema._run(database_url, lambda config: command.upgrade(config, "head"))
    rows = await scene.all(scheduled_replies)
    assert {row.contact_id for row in rows} == {chat}
    assert {answer(row).conversation_id for row in rows} == {None, joined}
    for row in rows:
        assert row.after_seqs == own[chat] | own[mail]
    kept, merged = await scene.row(chat), await scene.row(mail)
    assert (kept.scheduled_at, merged.scheduled_at) == (TOMORROW, None)
