"""A set-up that says otherwise which channels can be interrupted, while such work is in hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from hub.accounts.tables import teams
from hub.contacts import service as contacts_service
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel, ContactState
from hub.contacts.service import Move
from hub.intake import receive
from hub.routing import service as routing
from hub.routing.recount import recount_loads
from hub.routing.settings import load_settings
from hub.routing.tables import agents
from hub.setup import ApplySetup, apply_setup, check_setup
from hub.storage import Store, Tx
from hub.testing.center import add_agent, give_to_agent, open_center
from hub.testing.clock import ManualClock
from tests.integration.setup.build import edited

from .scene import Scene
from .sweeping import Sweep
from .test_staff import settle


@pytest.mark.parametrize("is_live", [True, False])
async def test_a_set_up_that_counts_a_channel_otherwise_recounts_what_is_in_hand(
    store: Store, clock: ManualClock, is_live: bool
) -> None:
    """Whoever holds it can close it afterwards, and nothing is above anybody's capacity."""
    await store.write(open_center, None)
    scene = Scene(store, clock)
    sweep = Sweep(scene)
    await scene.store.write(_interruptible, ("email", is_live))
    people = [await scene.agent(name) for name in ("Li", "Wang", "Zhao")]
    mails = [await scene.in_hand(people[0], Channel.EMAIL) for _ in range(2)]
    mails.append(await scene.in_hand(people[1], Channel.EMAIL))
    offered = await scene.contact(Channel.EMAIL)
    await scene.made(offered, people[2], "email")
    if is_live:  # a call beside mails that stand aside for it
        await scene.in_hand(people[1], Channel.PHONE)
    before = await scene.row(people[0])
    await scene.store.write(_interruptible, ("email", not is_live))
    after = await scene.row(people[0])
    assert (after.live_load, after.deferred_load) == (before.deferred_load, before.live_load)
    assert (await scene.row(people[1])).live_load == (100 if is_live else 0)
    assert (await scene.state(mails[2])).interrupted_until is None
    assert await sweep.found() == []
    for contact in mails:
        await scene.store.write(_close, contact)
    held = [await scene.row(one) for one in people[:2]]
    assert [row.deferred_load for row in held] == [0, 0]
    assert held[0].live_load == 0


async def test_what_stood_aside_for_a_channel_that_can_be_interrupted_now_goes_on(
    store: Store, clock: ManualClock
) -> None:
    """Else it would be sent back to its queue, although its agent has nothing live."""
    await store.write(open_center, None)
    scene = Scene(store, clock)
    agent = await scene.agent("Li")
    mail = await scene.in_hand(agent, Channel.EMAIL)
    await scene.in_hand(agent, Channel.WEBCHAT)
    assert (await scene.state(mail)).interrupted_until is not None
    await scene.store.write(_interruptible, ("webchat", True))
    assert (await scene.state(mail)).interrupted_until is None


def _interruptible(tx: Tx, wanted: tuple[str, bool]) -> None:
    """As `hub apply` does."""
    channel, interruptible = wanted
    before = load_settings(tx)
    rules = replace(before.channels[channel], interruptible=interruptible)
    settle(tx, {"channels": {**before.channels, channel: rules}})
    recount_loads(tx, before, load_settings(tx))


def _close(tx: Tx, contact_id: str) -> None:
    contacts_service.move(tx, Move(contact_id, ContactState.CLOSED))
    routing.release(tx, [contact_id], "closed")


async def test_it_is_counted_when_a_set_up_is_applied(store: Store, clock: ManualClock) -> None:
    await store.write(apply_setup, ApplySetup(check_setup(edited())))
    agent = await store.write(hire, None)
    mail = Inbound(
        entry_point_id="finance-mail",
        channel=Channel.EMAIL,
        dedupe_key="m1",
        senders=(SenderIdentity(IdentityKind.EMAIL, "chen@example.test"),),
        received_at=clock.now(),
        text="Where is my order?",
    )
    contact = (await store.write(receive, mail)).contact_id or ""
    await store.write(give_to_agent, (contact, agent))
    assert await loads(store) == [(0, 25)]
    lived = edited(('interruptible = ["email", "fax", "sms"]', 'interruptible = ["fax", "sms"]'))
    await store.write(apply_setup, ApplySetup(check_setup(lived)))
    assert await loads(store) == [(25, 0)]


def hire(tx: Tx, _: None) -> str:
    tx.execute(teams.insert().values(id="team", zh="一组", en="Team", retired=False))
    return add_agent(tx, "Li")


async def loads(store: Store) -> list[tuple[int, int]]:
    found = select(agents.c.live_load, agents.c.deferred_load)
    rows = await store.read(lambda tx, _: tx.execute(found).all(), None)
    return [(row.live_load, row.deferred_load) for row in rows]
