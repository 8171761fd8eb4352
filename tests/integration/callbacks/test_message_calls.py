"""Who left a message is called back from it: what its entry says, and where the message goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from hub.callbacks.entries import NOBODY
from hub.callbacks.messages import CALLED_BACK, note_begun
from hub.callbacks.model import CallbackState
from hub.callbacks.rows import find_by_ids
from hub.callbacks.stopping import stop
from hub.contacts.inbound import CallMoment, IdentityKind, SenderIdentity
from hub.contacts.model import CallOutcome, InteractionKind
from hub.contacts.tables import entry_points, interactions
from hub.core.errors import Conflict, Invalid
from hub.core.ids import new_id
from hub.desk.calling_back import CallBackMessage, call_back_message
from hub.desk.parked import fire_due_parked
from hub.desk.start import Started
from hub.routing.settings import load_settings
from hub.storage import Tx
from hub.testing.center import add_agent, give_to_agent
from hub.testing.clock import ManualClock
from tests.integration.callbacks.build import CHEN, RULES, Centre

WITHHELD = SenderIdentity(IdentityKind.EXTERNAL, "call:CA1", name="Withheld number")


@pytest.fixture
async def ann(centre: Centre) -> str:
    await centre.open_again(None)
    return await centre.store.write(add_agent, "Ann")


async def entry(centre: Centre) -> Row[Any]:
    """Return the newest message on the timeline."""
    rows = await centre.rows(interactions)
    return [row for row in rows if row.kind == InteractionKind.VOICEMAIL][-1]


async def call_back(centre: Centre, agent_id: str, number: str = "", key: str = "") -> Started:
    def begin(tx: Tx, _: None) -> Started:
        point = tx.execute(select(entry_points).where(entry_points.c.id == "hotline")).one()
        message = tx.execute(
            select(interactions).where(interactions.c.kind == InteractionKind.VOICEMAIL)
        ).all()[-1]
        order = CallBackMessage(agent_id, "Ann", message, point, key or new_id(), number)
        return call_back_message(tx, order)

    return await centre.store.write(begin, None)


async def test_a_message_in_hand_makes_room_for_the_call_and_is_settled_by_the_talk(
    centre: Centre, ann: str
) -> None:
    message = await centre.message()
    await centre.store.write(give_to_agent, (message, ann))
    begun = await call_back(centre, ann)
    assert (await centre.contact(message)).state == "parked"
    assert (await centre.contact(begun.contact_id)).state == "connecting"
    [call] = (await entry(centre)).meta[CALLED_BACK]
    assert (call["contact_id"], call["by_name"], call["outcome"]) == (
        begun.contact_id, "Ann", None,
    )  # fmt: skip
    await centre.told(begun.contact_id, CallMoment.AGENT_JOINED)
    settled = await centre.contact(message)
    assert (settled.state, settled.ended_as, settled.agent_id) == ("closed", "handled", ann)
    assert (settled.unanswered_since, settled.parked_until) == (None, None)
    [call] = (await entry(centre)).meta[CALLED_BACK]
    assert call["outcome"] == "answered"


async def test_a_message_that_waits_is_taken_by_who_calls_back(centre: Centre, ann: str) -> None:
    message = await centre.message()
    await call_back(centre, ann)
    row = await centre.contact(message)
    assert (row.state, row.agent_id) == ("parked", ann)


async def test_who_was_not_reached_leaves_the_message_to_come_back(
    centre: Centre, ann: str, clock: ManualClock
) -> None:
    message = await centre.message()
    begun = await call_back(centre, ann)
    await centre.not_reached(begun.contact_id, CallOutcome.BUSY)
    [call] = (await entry(centre)).meta[CALLED_BACK]
    assert call["outcome"] == "busy"
    row = await centre.contact(message)
    assert row.state == "parked"
    clock.set(row.parked_until)

    def look(tx: Tx, _: None) -> int:
        return fire_due_parked(tx, tx.now, 10)

    assert await centre.store.write(look, None) == 1
    assert (await centre.contact(message)).state == "queued"


async def test_a_message_that_was_to_come_back_waits_while_the_phones_ring_again(
    centre: Centre, ann: str, clock: ManualClock
) -> None:
    message = await centre.message()
    first = await call_back(centre, ann)
    await centre.not_reached(first.contact_id, CallOutcome.BUSY)
    back_at = (await centre.contact(message)).parked_until
    clock.set(back_at - timedelta(seconds=10))
    ben = await centre.store.write(add_agent, "Ben")
    again = await call_back(centre, ben)
    clock.set(back_at)

    def look(tx: Tx, _: None) -> int:
        return fire_due_parked(tx, tx.now, 10)

    assert await centre.store.write(look, None) == 0
    await centre.told(again.contact_id, CallMoment.AGENT_JOINED)
    assert (await centre.contact(message)).state == "closed"


async def test_what_was_written_on_the_entry_meanwhile_stays(centre: Centre) -> None:
    await centre.message()
    stale = await entry(centre)

    def note(tx: Tx, _: None) -> None:
        words = {**stale.meta, "recordings": [{"id": "r"}]}
        tx.execute(update(interactions).where(interactions.c.id == stale.id).values(meta=words))
        note_begun(tx, stale, "call", "Ann")

    await centre.store.write(note, None)
    meta = (await entry(centre)).meta
    assert meta["recordings"] == [{"id": "r"}]
    assert len(meta[CALLED_BACK]) == 1


async def test_a_callback_that_is_cancelled_while_it_rings_says_so_on_the_message(
    centre: Centre, ann: str
) -> None:
    await centre.open_again(RULES)
    message = await centre.message()
    await call_back(centre, ann)
    ringing = await centre.callback()

    def cancel(tx: Tx, _: None) -> None:
        [callback] = find_by_ids(tx, [ringing.id])
        stop(tx, load_settings(tx), callback, CallbackState.CANCELLED, NOBODY)

    await centre.store.write(cancel, None)
    [call] = (await entry(centre)).meta[CALLED_BACK]
    assert call["outcome"] == "cancelled"
    assert (await centre.contact(message)).state == "parked"


async def test_where_the_queue_calls_back_the_callback_stands_for_the_message(
    centre: Centre, ann: str
) -> None:
    await centre.open_again(RULES)
    message = await centre.message()
    begun = await call_back(centre, ann)
    assert (await centre.callback()).state == "dialling"
    await centre.not_reached(begun.contact_id, CallOutcome.NO_ANSWER)
    callback = await centre.callback()
    assert (callback.state, callback.failed) == ("waiting", 1)
    closed = await centre.contact(message)
    assert (closed.state, closed.ended_as) == ("closed", "callback")


async def test_the_same_key_again_calls_nobody_twice(centre: Centre, ann: str) -> None:
    await centre.message()
    assert await call_back(centre, ann, key="k") == await call_back(centre, ann, key="k")
    assert len((await entry(centre)).meta[CALLED_BACK]) == 1


async def test_a_colleague_is_told_who_has_the_message_and_that_it_rings(
    centre: Centre, ann: str
) -> None:
    message = await centre.message()
    await centre.store.write(give_to_agent, (message, ann))
    ben = await centre.store.write(add_agent, "Ben")
    with pytest.raises(Conflict, match="with Ann"):
        await call_back(centre, ben)
    await call_back(centre, ann)
    with pytest.raises(Conflict, match="just now"):
        await call_back(centre, ben)


async def test_a_refused_call_changes_nothing_of_the_message(centre: Centre, ann: str) -> None:
    message = await centre.speaks(InteractionKind.VOICEMAIL, WITHHELD, continues=False)
    with pytest.raises(Invalid):
        await call_back(centre, ann, "12")
    assert (await centre.contact(message)).state == "queued"
    assert CALLED_BACK not in (await entry(centre)).meta


async def test_a_withheld_number_is_asked_for(centre: Centre, ann: str) -> None:
    await centre.speaks(InteractionKind.VOICEMAIL, WITHHELD, continues=False)
    with pytest.raises(Invalid) as refused:
        await call_back(centre, ann)
    assert refused.value.reason == "voicemail.no_number"
    begun = await call_back(centre, ann, CHEN)
    await centre.told(begun.contact_id, CallMoment.AGENT_JOINED)
    [call] = (await entry(centre)).meta[CALLED_BACK]
    assert call["outcome"] == "answered"
