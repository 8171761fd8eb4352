"""A caller on the block list, from the signed webhook to the contact store."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Row, select

from hub.accounts.model import SYSTEM
from hub.contacts.blocks.model import BlockKind
from hub.contacts.blocks.service import Block, block
from hub.contacts.tables import contacts
from hub.core.bus import Bus
from hub.core.clock import SystemClock
from hub.intake.door import HubDoor
from hub.storage import DirectoryBlobs, Store, Tx
from hub.testing.center import open_center
from hub.testing.twilio_simulator import TwilioSimulator
from tests.integration.phone.conftest import CHEN, in_service
from tests.integration.phone.front_door import FrontDoor
from tests.integration.phone.test_webhooks import post, voice


async def test_a_blocked_caller_hears_the_busy_tone_and_others_are_answered(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator, bus: Bus
) -> None:
    await live_store.write(open_center, None)
    await live_store.write(block, Block(SYSTEM, BlockKind.PHONE, CHEN, "threats", "CN"))
    door = cast(FrontDoor, HubDoor(live_store, blobs, SystemClock(), bus))  # the hub's own
    async with in_service(live_store, blobs, provider, door) as office:
        for _ in range(2):  # told twice, it is one call
            status, answer = await post(office, "voice", voice(office))
            assert (status, "<Reject" in answer, "<Say" in answer) == (200, True, False)
        assert (await post(office, "status", voice(office, CallStatus="busy")))[0] == 200
        other = voice(office, CallSid="CA" + "2" * 32, From="+8613900139000")
        assert "<Reject" not in (await post(office, "voice", other))[1]
        assert "<Say" in (await post(office, "wait", other))[1]
    refused, answered = await live_store.read(_contacts, None)
    assert (refused.state, refused.ended_as, refused.agent_id) == ("closed", "spam", None)
    assert answered.ended_as != "spam"


def _contacts(tx: Tx, _: None) -> list[Row[Any]]:
    return list(tx.execute(select(contacts).order_by(contacts.c.id)).all())
