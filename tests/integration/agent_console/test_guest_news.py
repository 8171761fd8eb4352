"""Who is told that the guests of a call have changed: not the agent of who listens unseen."""

from __future__ import annotations

import msgspec
import pytest

from hub.agent_console.call_guests import guest_news
from hub.contacts.guests.model import GuestMode, GuestRole
from hub.contacts.guests.service import CHANGED, NewGuest, add_guest
from hub.routing.settings import load_settings, save_settings
from hub.storage import Store, Tx
from hub.testing.clock import ManualClock
from tests.integration.sla.house import House


def _let_listen(tx: Tx, unseen: bool) -> None:
    settings = load_settings(tx)
    save_settings(tx, msgspec.structs.replace(settings, supervisors_listen_unseen=unseen))


@pytest.mark.parametrize(
    ("role", "mode", "unseen", "is_agent_told"),
    [
        (GuestRole.SUPERVISOR, GuestMode.LISTEN, True, False),
        (GuestRole.SUPERVISOR, GuestMode.LISTEN, False, True),
        (GuestRole.SUPERVISOR, GuestMode.WHISPER, True, True),
        (GuestRole.CONSULT, GuestMode.NORMAL, True, True),
    ],
)
async def test_who_is_told_of_a_guest(
    store: Store,
    clock: ManualClock,
    role: GuestRole,
    mode: GuestMode,
    unseen: bool,
    is_agent_told: bool,
) -> None:
    house = await House.opened(store, clock)
    await store.write(_let_listen, unseen)
    contact_id = await house.message()
    await house.taken(contact_id)
    agent_id = (await house.contact(contact_id)).agent_id
    guest = NewGuest(contact_id, role, mode, "boss", "Boss", "boss", "Boss")
    guest_id = await store.write(add_guest, guest)
    changed = (await store.read(guest_news, (CHANGED, guest_id)))[0]
    assert changed.user_ids == {"boss"} | ({agent_id} if is_agent_told else set())
