"""A medium that has to confirm a stop does so once, and to nobody else."""

from __future__ import annotations

from sqlalchemy import select

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity, Wish
from hub.contacts.model import Channel
from hub.customers.consent.model import STOP_ALL
from hub.customers.consent.tables import consent_states
from hub.intake import receive
from hub.storage import Tx
from hub.storage.outbox import outbox

from .build import MAIL, House


async def test_stop_is_confirmed(house: House) -> None:
    """Who says stop by a medium that has to confirm it is told so once: they asked for just that.
    It counts at that address, on that channel.
    """
    await house.stops(STOP_ALL)
    said = Inbound(
        entry_point_id="mail",
        channel=Channel.EMAIL,
        dedupe_key="stop",
        senders=(SenderIdentity(IdentityKind.EMAIL, MAIL),),
        received_at=house.centre.clock.now(),
        text="退订",
        queues=False,
        wish=Wish.STOP_SELLING,
        says_back="Done.",
    )
    await house.store.write(receive, said)
    await house.store.write(receive, said)
    [row] = await house.rows(outbox)
    assert '"text":"Done."' in row.effect
    assert (row.purpose, row.at_most_once) == ("service", True)

    def kept(tx: Tx, _: None) -> set[str]:
        said = select(consent_states.c.purpose).where(consent_states.c.channel == "email")
        return set(tx.execute(said).scalars())

    assert await house.store.read(kept, None) == {"marketing", "survey"}
