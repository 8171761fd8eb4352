"""Who waits in vain may leave a message besides, and is told why."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from hub.contacts.tables import entry_points
from hub.core.ids import new_id
from hub.desk import handling
from hub.desk.handling import Handle
from hub.intake.waiting import standing
from hub.storage import Store, Tx
from hub.testing.center import add_agent, give_to_agent, open_center
from hub.testing.clock import ManualClock

from .chats import Chat


async def a_waiting_chat(store: Store, clock: ManualClock, **settings: Any) -> Chat:
    await store.write(open_center, None)
    await store.write(_set, {"mail": "mail", **settings})
    chat = Chat(store, clock, new_id())
    await chat.writes()
    return chat


async def alone(chat: Chat) -> str:
    return (await chat.store.read(standing, chat.contact_id)).alone


async def test_after_the_set_time_they_are_told_that_nobody_is_there_or_all_are_busy(
    store: Store, clock: ManualClock
) -> None:
    chat = await a_waiting_chat(store, clock)
    clock.advance(119)
    assert await alone(chat) == ""
    clock.advance(1)
    assert await alone(chat) == "nobody"
    agent = await store.write(add_agent, "Li")
    assert await alone(chat) == "busy"
    clock.advance(3_600)  # nothing was heard of the agent's console
    assert await alone(chat) == "nobody"
    await store.write(give_to_agent, (chat.contact_id, agent))
    assert await alone(chat) == ""
    await store.write(handling.end, Handle(chat.contact_id, agent, agent, "Li"))
    assert await alone(chat) == ""


@pytest.mark.parametrize("settings", [{"mail": ""}, {"message_after_s": 0}])
async def test_nothing_is_offered_where_no_mail_is_written_or_it_is_switched_off(
    store: Store, clock: ManualClock, settings: dict[str, Any]
) -> None:
    chat = await a_waiting_chat(store, clock, **settings)
    clock.advance(600)
    assert await alone(chat) == ""


def _set(tx: Tx, settings: dict[str, Any]) -> None:
    tx.execute(
        update(entry_points).where(entry_points.c.id == "shop-chat").values(settings=settings)
    )
