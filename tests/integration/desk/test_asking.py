"""Questions among colleagues end with the asker's holding the contact, and a message is split off
once, on both databases.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hub.contacts.joining.consults import asked_of
from hub.contacts.joining.model import ConsultState
from hub.contacts.joining.tables import consults
from hub.contacts.model import ContactState
from hub.core.bus import Bus
from hub.core.errors import Conflict, Invalid
from hub.desk import handling
from hub.desk.consulting import AskConsult, EndConsult, ask_consult, end_consult
from hub.desk.handling import Close, Handle, Park, Transfer
from hub.desk.splitting import Split, SplitContact, split_contact, undo_split
from hub.desk.telling import By
from hub.routing.leaving import hand_over_contacts
from hub.storage import Tx
from hub.testing.center import add_agent

from .test_joining import CHAT, Scene, scene

__all__ = ["scene"]


async def asked(scene: Scene, contact_id: str, of: str) -> str:
    question = AskConsult(contact_id, scene.by, "Is this covered?", agent_id=of)
    return await scene.store.write(ask_consult, question)


async def transferred(scene: Scene, contact_id: str) -> None:
    handle = Handle(contact_id, scene.li, scene.li, "Li Na")
    await scene.store.write(handling.transfer, Transfer(handle, queue_id="finance"))


async def closed(scene: Scene, contact_id: str) -> None:
    handle = Handle(contact_id, scene.li, scene.li, "Li Na")
    await scene.store.write(handling.close, Close(handle))


async def merged_away(scene: Scene, contact_id: str) -> None:
    await scene.merge(await scene.held("In the chat", CHAT), contact_id)


async def left(scene: Scene, contact_id: str) -> None:
    handle = Handle(contact_id, scene.li, scene.li, "Li Na")
    await scene.store.write(handling.park, Park(handle))
    to = await scene.store.write(add_agent, "Zhao")

    def leave(tx: Tx, _: None) -> int:
        return hand_over_contacts(tx, scene.li, to)

    await scene.store.write(leave, None)


@pytest.mark.parametrize("moves_on", [transferred, closed, merged_away, left])
async def test_a_question_ends_as_its_asker_holds_the_contact_no_more(
    scene: Scene, bus: Bus, moves_on: Callable[[Scene, str], Awaitable[None]]
) -> None:
    wu = await scene.store.write(add_agent, "Wu")
    mail = await scene.held("It leaks")
    question = await asked(scene, mail, wu)
    with bus.subscribe(["consult.changed"]) as hints:
        await moves_on(scene, mail)
        assert [hint.key for hint in await hints.next(1)] == [question]
    [row] = await scene.all(consults)
    assert (row.state, row.ended_at) == (ConsultState.ENDED, scene.clock.now())
    done = EndConsult(question, By(wu, "Wu"), ConsultState.DONE, "It is.")
    with pytest.raises(Conflict) as refused:
        await scene.store.write(end_consult, done)
    assert refused.value.reason == "consult.over"


async def test_a_question_stays_open_while_its_contact_is_parked(scene: Scene) -> None:
    wu = await scene.store.write(add_agent, "Wu")
    mail = await scene.held("It leaks")
    question = await asked(scene, mail, wu)
    await scene.store.write(handling.park, Park(Handle(mail, scene.li, scene.li, "Li Na")))
    assert (await scene.row(mail)).state == ContactState.PARKED
    done = EndConsult(question, By(wu, "Wu"), ConsultState.DONE, "It is.")
    await scene.store.write(end_consult, done)
    [row] = await scene.all(consults)
    assert row.state == ConsultState.DONE


async def test_a_message_is_split_off_once(scene: Scene) -> None:
    first = await scene.writes("It leaks")
    mail = str(first.contact_id)
    conversation = (await scene.row(mail)).conversation_id
    bill = await scene.writes("And the bill", conversation_id=conversation)
    door = await scene.writes("And the door", conversation_id=conversation)

    async def split(*entries: str | None) -> Split:
        chosen = tuple(str(one) for one in entries)
        return await scene.store.write(split_contact, SplitContact(mail, chosen, scene.by))

    twice = await asyncio.gather(
        split(bill.interaction_id), split(bill.interaction_id), return_exceptions=True
    )
    [refused] = [one for one in twice if isinstance(one, Conflict)]
    [made] = [one for one in twice if isinstance(one, Split)]
    assert refused.reason == "split.again"
    with pytest.raises(Invalid) as all_of_it:  # what went already does not stay
        await split(first.interaction_id, door.interaction_id)
    assert all_of_it.value.reason == "split.all"
    await scene.store.write(undo_split, (made.split_id, scene.by))
    await split(bill.interaction_id, door.interaction_id)  # it is back, and may go again


class Heard(Tx):
    """A transaction that remembers what it was asked."""

    __slots__ = ("asked",)

    def __init__(self, tx: Tx) -> None:
        super().__init__(tx._connection, tx.now, None)
        self.asked: list[tuple[str, Any]] = []

    def fetch(self, sql: str, parameters: Any) -> list[Any]:
        self.asked.append((sql, parameters))
        return super().fetch(sql, parameters)


async def test_open_questions_are_found_by_whom_they_are_put_to(scene: Scene) -> None:
    """Every read of news asks for them: never by way of all contacts that are in hand."""
    ma = await scene.store.write(add_agent, "Ma")
    contact_id = await scene.held("A leak")
    await asked(scene, contact_id, ma)

    def explain(tx: Tx, _: None) -> str:
        heard = Heard(tx)
        found = asked_of(heard, [(ma, frozenset({"finance"})), (scene.li, None)])
        assert found == {ma: {contact_id}, scene.li: frozenset()}
        sql, values = heard.asked[-1]
        prefix = "EXPLAIN QUERY PLAN " if tx.dialect == "sqlite" else "EXPLAIN "
        return "\n".join(str(row[-1]) for row in tx.fetch(prefix + sql, values))

    plan = await scene.store.read(explain, None)
    if scene.store.dialect == "sqlite":
        assert "ix_consults_agent" in plan
        assert "ix_consults_queue" in plan
        assert "ix_contacts_state" not in plan
    else:
        assert "Seq Scan on contacts" not in plan
