from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import select

from hub.contacts import service as contact_service
from hub.contacts.inbound import CallEvent, CallMoment, IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel, ContactState, InteractionKind
from hub.contacts.service import Move
from hub.contacts.tables import interactions
from hub.desk.handling import Handle, Transfer, end, transfer
from hub.intake import receive
from hub.intake.report import report
from hub.routing.direct import take_up
from hub.storage import Store, Tx
from hub.testing.center import add_agent, open_center
from hub.testing.clock import NOON, ManualClock

CALL = Inbound(
    entry_point_id="hotline",
    channel=Channel.PHONE,
    dedupe_key="CA1",
    senders=(SenderIdentity(IdentityKind.PHONE, "+8613800138000"),),
    received_at=NOON,
    kind=InteractionKind.CALL,
    external_id="CA1",
)


async def called(store: Store) -> tuple[str, str]:
    """A caller who waits; return the contact and an agent."""
    await store.write(open_center, None)
    agent_id = await store.write(add_agent, "Ann")
    [receipt] = await store.write(receive_one, CALL)
    assert receipt is not None
    return receipt, agent_id


def receive_one(tx: Tx, call: Inbound) -> list[str | None]:
    [receipt] = receive(tx, [call])
    assert not isinstance(receipt, Exception)
    return [receipt.contact_id]


def facts(tx: Tx, _: None) -> Mapping[str, object]:
    is_call = interactions.c.kind == InteractionKind.CALL
    found: Mapping[str, object] = tx.execute(
        select(interactions.c.meta).where(is_call)
    ).scalar_one()
    return found


def ring(tx: Tx, cmd: tuple[str, str]) -> None:
    """(contact id, agent id): the agent has accepted, and their phone rings."""
    contact_id, agent_id = cmd
    for state in (ContactState.OFFERED, ContactState.CONNECTING):
        contact_service.move(tx, Move(contact_id, state, changes={"agent_id": agent_id}))
    take_up(tx, contact_service.get_contact(tx, contact_id), agent_id)


def news(contact_id: str, moment: CallMoment, clock: ManualClock) -> CallEvent:
    return CallEvent(f"CA1 {moment}", "hotline", contact_id, moment, clock.now())


@pytest.mark.parametrize("who", ["customer", "agent"])
async def test_the_entry_of_a_call_says_how_long_it_was_talked_on(
    store: Store, clock: ManualClock, who: str
) -> None:
    contact_id, agent_id = await called(store)
    clock.advance(10)
    await store.write(ring, (contact_id, agent_id))
    await store.write(report, news(contact_id, CallMoment.AGENT_JOINED, clock))
    clock.advance(75)
    if who == "agent":
        handle = Handle(contact_id, agent_id, agent_id, "Ann", call=True)
        await store.write(end, handle)
        clock.advance(3)
    await store.write(report, news(contact_id, CallMoment.CUSTOMER_LEFT, clock))
    assert (await store.read(facts, None))["duration_s"] == 75


async def test_a_call_that_nobody_answered_has_no_length(store: Store, clock: ManualClock) -> None:
    contact_id, _ = await called(store)
    clock.advance(10)
    await store.write(report, news(contact_id, CallMoment.CUSTOMER_LEFT, clock))
    assert "duration_s" not in await store.read(facts, None)


async def test_the_entry_of_a_call_names_who_talked_with_the_caller(
    store: Store, clock: ManualClock
) -> None:
    contact_id, ann = await called(store)
    assert "agents" not in await store.read(facts, None)
    await store.write(ring, (contact_id, ann))
    await store.write(report, news(contact_id, CallMoment.AGENT_JOINED, clock))
    assert (await store.read(facts, None))["agents"] == "Ann"
    ben = await store.write(add_agent, "Ben")
    handle = Handle(contact_id, ann, ann, "Ann", call=True)
    await store.write(transfer, Transfer(handle, queue_id="support"))
    await store.write(ring, (contact_id, ben))
    second = CallEvent("CA1 again", "hotline", contact_id, CallMoment.AGENT_JOINED, clock.now())
    await store.write(report, second)
    assert (await store.read(facts, None))["agents"] == "Ann, Ben"
