"""Where a chat goes on: merged, begun again, over. The call takes the place that is true now."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from hub.accounts.model import SYSTEM
from hub.callbacks.tables import callbacks
from hub.contacts.callback_wishes import CallbackWish
from hub.contacts.proving.model import Proof
from hub.contacts.tables import contacts
from hub.customers.service import SetTier, set_tier
from hub.customers.tables import identities
from hub.desk import handling
from hub.desk.handling import Handle
from hub.desk.joining import MergeContacts, merge_contacts
from hub.desk.telling import By
from hub.intake.callback_wishes import wish_callback
from hub.routing import service as routing
from hub.routing.retier import retier
from hub.storage import Tx
from hub.testing.center import add_agent, give_to_agent

from .build import CHEN, Centre
from .test_in_writing import Asking, writes

MAIL = "chen@example.test"


async def merged(chat: Asking, kept: str, by_id: str) -> None:
    cmd = MergeContacts(kept, chat.contact_id, By(by_id, "Ann"))
    await chat.centre.store.write(merge_contacts, cmd)


async def test_nobody_is_called_while_they_talk_where_the_chat_goes_on(centre: Centre) -> None:
    ann = await centre.store.write(add_agent, "Ann")
    chat = await writes(centre)
    mail = await centre.mail(MAIL)
    await centre.store.write(give_to_agent, (mail, ann))
    await merged(chat, mail, ann)
    assert (await chat.wish()).state == "waiting"
    centre.clock.advance(61)
    await centre.fire()
    assert (await centre.callback()).state == "waiting"
    await centre.store.write(handling.end, Handle(mail, ann, ann, "Ann"))
    centre.clock.advance(61)
    await centre.fire()
    assert (await centre.callback()).state == "queued"


async def test_nobody_is_called_while_they_talk_in_a_chat_begun_again(centre: Centre) -> None:
    ann = await centre.store.write(add_agent, "Ann")
    chat = await writes(centre)
    await chat.wish(at=centre.clock.now() + timedelta(minutes=30))
    again = await writes(centre, "One more thing")
    assert again.contact_id != chat.contact_id
    centre.clock.advance(1_801)
    await centre.store.write(give_to_agent, (again.contact_id, ann))
    await centre.fire()
    assert (await centre.callback()).state == "waiting"


async def test_what_was_waited_where_the_chat_goes_on_counts_and_the_rest_waits_on(
    centre: Centre,
) -> None:
    ann = await centre.store.write(add_agent, "Ann")
    mail = await centre.mail(MAIL)
    centre.clock.advance(300)
    chat = await writes(centre)
    await merged(chat, mail, ann)
    await centre.store.write(routing.set_priority, routing.SetPriority(mail, 2))
    centre.clock.advance(60)
    assert (await chat.wish()).state == "queued"
    callback = await centre.callback()
    assert (callback.waited_us, callback.priority) == (360_000_000, 2)
    assert (await centre.contact(mail)).state == "queued"


async def test_after_a_chat_that_is_over_the_wish_has_the_place_of_something_new(
    centre: Centre,
) -> None:
    chat = await writes(centre)
    marked = update(contacts).values(
        state="closed",
        closed_at=centre.clock.now(),
        queue_id="finance",
        priority=3,
        requirements={"german": 2},
        skill_step=1,
    )
    await centre.store.write(lambda tx, _: tx.execute(marked), None)
    await chat.wish()
    callback = await centre.callback()
    assert (callback.queue_id, callback.priority, callback.requirements, callback.skill_step) == (
        "support",
        0,
        {},
        0,
    )


async def test_whose_proof_has_ended_is_called_back_as_anybody_and_stays_so(centre: Centre) -> None:
    chat = await writes(centre)
    now = centre.clock.now()
    proof = Proof(now - timedelta(hours=2), now - timedelta(hours=1))

    def over(tx: Tx, _: None) -> str:
        c = contacts.c
        tx.execute(
            update(contacts).values(
                state="closed", closed_at=tx.now, proven_at=proof.at, proven_until=proof.until
            )
        )
        owner = select(identities.c.customer_id).join(contacts, c.identity_id == identities.c.id)
        customer_id: str = tx.execute(owner).scalar_one()
        set_tier(tx, SetTier(SYSTEM, customer_id, "gold", "for this test"))
        return customer_id

    customer_id = await centre.store.write(over, None)
    wish = CallbackWish(chat.conversation_id, CHEN, None, proof)
    await centre.store.write(wish_callback, wish)
    callback = await centre.callback()
    waits = await centre.contact(callback.contact_id)
    assert (callback.tier, waits.tier, waits.proven_until) == ("standard", "standard", proof.until)
    await centre.store.write(lambda tx, _: retier(tx, [customer_id]), None)
    assert (await centre.contact(callback.contact_id)).tier == "standard"
    await centre.store.write(lambda tx, _: tx.execute(callbacks.delete()), None)
    await centre.store.write(wish_callback, CallbackWish(chat.conversation_id, CHEN))
    assert (await centre.callback()).tier == "gold"  # known by more than a code
