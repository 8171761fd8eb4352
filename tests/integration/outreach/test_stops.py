"""A medium that has to confirm a stop does so once, and to nobody else."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity, Wish
from hub.contacts.model import Channel
from hub.contacts.outreach.model import Answer, Permit, Refused, Why
from hub.contacts.outreach.service import AskFor, may_contact
from hub.customers.consent.model import STOP_ALL, Purpose
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


def a_word(house: House, wish: Wish) -> Inbound:
    return Inbound(
        entry_point_id="mail",
        channel=Channel.EMAIL,
        dedupe_key=str(wish),
        senders=(SenderIdentity(IdentityKind.EMAIL, MAIL),),
        received_at=house.centre.clock.now(),
        queues=False,
        wish=wish,
    )


async def test_who_starts_again_has_lifted_their_no_and_said_no_yes(house: House) -> None:
    ask = AskFor(Purpose.MARKETING, "email", await house.identity(), in_contact=True)

    async def answer(ask: AskFor) -> Answer:
        [found] = await house.store.read(may_contact, [ask])
        return found

    await house.store.write(receive, a_word(house, Wish.STOP))
    assert await answer(ask) == Refused(Why.OPTED_OUT)
    await house.store.write(receive, a_word(house, Wish.START))
    assert isinstance(await answer(ask), Permit)
    await house.change(only_with_consent=["marketing"])
    assert await answer(replace(ask, in_contact=False)) == Refused(Why.NO_CONSENT)


async def test_who_starts_again_on_one_channel_has_not_taken_back_what_counts_on_all(
    house: House,
) -> None:
    await house.stops()
    await house.store.write(receive, a_word(house, Wish.STOP))
    await house.store.write(receive, a_word(house, Wish.START))
    ask = AskFor(Purpose.MARKETING, "email", await house.identity(), in_contact=True)
    assert await house.store.read(may_contact, [ask]) == [Refused(Why.OPTED_OUT)]


async def test_of_a_stop_and_a_start_at_once_the_later_one_counts(house: House) -> None:
    def both(tx: Tx, wishes: tuple[Wish, Wish]) -> None:
        receive(tx, [a_word(house, wish) for wish in wishes])

    await house.store.write(both, (Wish.START, Wish.STOP))
    ask = AskFor(Purpose.MARKETING, "email", await house.identity(), in_contact=True)
    assert await house.store.read(may_contact, [ask]) == [Refused(Why.OPTED_OUT)]
