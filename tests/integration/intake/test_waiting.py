"""Who waits in vain may leave a message besides, and is told why."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, update

from hub.contacts.tables import entry_points
from hub.core.errors import NotFound
from hub.core.ids import new_id
from hub.desk import handling
from hub.desk.handling import Handle
from hub.intake.waiting import standings
from hub.storage import Store, Tx
from hub.testing.center import add_agent, give_to_agent, open_center
from hub.testing.clock import ManualClock
from hub.testing.standing import standing

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


async def test_all_who_ask_at_once_are_told_what_each_is_told_alone(
    store: Store, clock: ManualClock
) -> None:
    first = await a_waiting_chat(store, clock, message_after_s=10)
    agent = await store.write(add_agent, "Li")
    asked = [first.contact_id]
    for number in range(2, 7):
        clock.advance(3)
        chat = Chat(store, clock, new_id())
        await chat.writes(who=f"visitor-{number}")
        asked.append(chat.contact_id)
    await store.write(give_to_agent, (asked[1], agent))
    alone = [await store.read(standing, contact_id) for contact_id in asked]
    unknown = new_id()
    told = await store.read(standings, [*asked, unknown])
    assert told[:-1] == alone
    assert [one.position for one in alone] == [1, None, 2, 3, 4, 5]
    assert [one.alone for one in alone] == ["busy", "", *4 * [""]]
    assert alone[1].agent_name == "Li"
    assert isinstance(told[-1], NotFound)


async def test_those_who_talk_cost_as_many_statements_whatever_their_number(
    store: Store, clock: ManualClock
) -> None:
    first = await a_waiting_chat(store, clock)
    agent = await store.write(add_agent, "Li")
    talking = [first.contact_id]
    for number in range(2, 4):
        chat = Chat(store, clock, new_id())
        await chat.writes(who=f"visitor-{number}")
        talking.append(chat.contact_id)
    for contact_id in talking:
        await store.write(give_to_agent, (contact_id, agent))
    # "BEGIN", or the time, is one of them.
    assert await statements(store, talking[:1]) == await statements(store, talking) <= 4


async def statements(store: Store, contact_ids: list[str]) -> int:
    seen: list[str] = []

    def note(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = store._read_engine  # the only place where all statements pass
    event.listen(engine, "before_cursor_execute", note)
    try:
        await store.read(standings, contact_ids)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)
