"""The way out from a call that is going on: another number is called into the talk."""

from __future__ import annotations

from hub.core.errors import Conflict
from hub.customers.consent.model import STOP_ALL
from hub.desk.guests import AskByPhone, ask_by_phone, drop_guest
from hub.desk.telling import By
from hub.storage import Tx
from hub.testing.center import give_to_agent
from tests.integration.callbacks.build import LI

from .build import CHEN, House


async def test_call_outside(house: House) -> None:
    """Whoever it is has said nothing, or no."""
    contact_id = await house.centre.call(LI)
    await house.store.write(give_to_agent, (contact_id, house.ann))
    rung = await _asks(house, contact_id)
    [row] = await house.sent()
    assert (row.purpose, row.identity_id) == ("service", None)

    await house.store.write(lambda tx, _: drop_guest(tx, rung, By(house.ann, "Ann")), None)
    await house.stops(STOP_ALL)  # by a link in a mail: it counts for the person
    assert await _asks(house, contact_id) == "outreach.opted_out"


async def _asks(house: House, contact_id: str) -> str:
    """Return the guest's id, or why nobody is called."""

    def begin(tx: Tx, _: None) -> str:
        try:
            return ask_by_phone(tx, AskByPhone(contact_id, By(house.ann, "Ann"), number=CHEN))
        except Conflict as refusal:
            return refusal.reason

    return await house.store.write(begin, None)
