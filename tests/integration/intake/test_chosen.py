"""What a caller chose before they came to a queue, and who they are before anything is filed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec import structs
from sqlalchemy import insert, select, update

from hub.contacts import service as contact_service
from hub.contacts.commitments.tables import commitments
from hub.contacts.inbound import Chosen, IdentityKind, Inbound, Matter, SenderIdentity
from hub.contacts.model import ContactState
from hub.contacts.tables import contacts, interactions
from hub.core.ids import new_id
from hub.customers.merging.tables import customer_conflicts
from hub.customers.tables import identities
from hub.intake.recognising import Calling, open_hours, recognise_caller
from hub.storage import Store, Tx
from hub.testing.center import add_agent, open_center
from hub.testing.clock import ManualClock

from .test_incoming_calls import CALL, receive_one

CHEN = SenderIdentity(IdentityKind.PHONE, "+8613800138000")


async def test_a_call_waits_in_the_queue_that_was_chosen_with_its_skills_and_reason(
    store: Store,
) -> None:
    await store.write(open_center, None)
    chosen = Chosen(queue_id="finance", skills=(("boilers", 3),), reason_id="repair")
    contact_id = await take(store, structs.replace(CALL, chosen=chosen))
    row = await store.write(contact_service.get_contact, contact_id)
    assert (row.queue_id, row.reason_id) == ("finance", "repair")
    assert row.requirements == {"boilers": 3}


async def test_what_is_no_more_is_not_asked_for(store: Store) -> None:
    await store.write(open_center, None)
    chosen = Chosen(queue_id="gone", reason_id="gone")
    contact_id = await take(store, structs.replace(CALL, chosen=chosen))
    row = await store.write(contact_service.get_contact, contact_id)
    assert (row.queue_id, row.reason_id) == ("support", None)


async def test_who_has_it_is_asked_first(store: Store, clock: ManualClock) -> None:
    await store.write(open_center, None)
    agent = await store.write(add_agent, "Ann")
    contact_id = await take(store, structs.replace(CALL, chosen=Chosen(agent_id=agent)))
    row = await store.write(contact_service.get_contact, contact_id)
    assert row.preferred_agent_id == agent
    assert row.preferred_until is not None


async def test_another_queue_or_another_matter_is_apart_from_what_is_open(store: Store) -> None:
    await store.write(open_center, None)
    open_ = await take(store, structs.replace(CALL, continues_latest=True))
    await store.write(park, open_)
    again = structs.replace(CALL, continues_latest=True, dedupe_key="CA2")
    apart = structs.replace(again, chosen=Chosen(apart=True))
    assert await take(store, apart) != open_
    elsewhere = structs.replace(again, dedupe_key="CA3", chosen=Chosen(queue_id="finance"))
    assert await take(store, elsewhere) != open_


async def test_a_call_that_waits_for_nobody_is_filed_alone(store: Store) -> None:
    await store.write(open_center, None)
    filed = structs.replace(CALL, queues=False, meta={"menu": "left", "menu_keys": "2"})
    assert (await store.write(receive_one, filed))[0] is None
    assert await store.read(count, contacts) == 0
    assert await store.read(count, interactions) == 1


async def test_a_known_number_is_recognised_by_its_language_and_what_somebody_has_in_hand(
    store: Store,
) -> None:
    await store.write(open_center, None)
    assert (await store.read(recognise_caller, Calling("hotline", CHEN))).language is None
    agent = await store.write(add_agent, "Ann")
    contact_id = await take(store, structs.replace(CALL, language="en"))
    await store.write(park, contact_id)
    assert (
        await store.read(recognise_caller, Calling("hotline", CHEN))
    ).matter is None  # nobody's yet
    await store.write(give, (contact_id, agent))
    caller = await store.read(recognise_caller, Calling("hotline", CHEN))
    assert caller.language == "en"
    assert caller.matter == Matter("contact", contact_id, "support", agent)
    # As it was keyed in where one lives: the same number.
    local = SenderIdentity(IdentityKind.PHONE, "13800138000")
    assert (await store.read(recognise_caller, Calling("hotline", local))).matter == caller.matter


async def test_a_promised_visit_comes_before_it_and_a_doubtful_number_is_nobodys(
    store: Store, clock: ManualClock
) -> None:
    await store.write(open_center, None)
    agent = await store.write(add_agent, "Ann")
    contact_id = await take(store, CALL)
    await store.write(park, contact_id)
    await store.write(give, (contact_id, agent))
    visit = await store.write(promise_visit, (contact_id, agent))
    matter = (await store.read(recognise_caller, Calling("hotline", CHEN))).matter
    assert matter is not None
    assert (matter.kind, matter.id, matter.agent_id) == ("visit", visit, agent)
    assert matter.at == clock.now() + timedelta(days=2)
    clock.advance(timedelta(days=4).total_seconds())
    found = await store.read(recognise_caller, Calling("hotline", CHEN))
    assert found.matter is not None
    assert found.matter.kind == "contact"  # the visit is long over
    await store.write(doubt, None)
    assert (await store.read(recognise_caller, Calling("hotline", CHEN))).matter is None


async def test_named_hours_are_open_or_not(store: Store, clock: ManualClock) -> None:
    await store.write(open_center, None)
    assert await store.read(open_hours, ("always", "gone")) == {"always", "gone"}


# --- parts ------------------------------------------------------------------------------------


async def take(store: Store, call: Inbound) -> str:
    [contact_id] = await store.write(receive_one, call)
    assert contact_id is not None
    return contact_id


def count(tx: Tx, table: Any) -> int:
    return len(tx.execute(select(table.c.id)).all())


def park(tx: Tx, contact_id: str) -> None:
    tx.execute(
        update(contacts).where(contacts.c.id == contact_id).values(state=ContactState.PARKED)
    )


def give(tx: Tx, cmd: tuple[str, str]) -> None:
    contact_id, agent_id = cmd
    tx.execute(update(contacts).where(contacts.c.id == contact_id).values(agent_id=agent_id))


def promise_visit(tx: Tx, cmd: tuple[str, str]) -> str:
    contact_id, agent_id = cmd
    row = contact_service.get_contact(tx, contact_id)
    made = new_id()
    tx.execute(
        insert(commitments).values(
            id=made,
            identity_id=row.identity_id,
            contact_id=contact_id,
            kind="visit",
            text="look at the boiler",
            owner_id=agent_id,
            made_at=tx.now,
            remind_at=tx.now,
            due_at=tx.now + timedelta(days=2),
            state="open",
        )
    )
    return made


def doubt(tx: Tx, _: None) -> None:
    customer_id = tx.execute(select(identities.c.customer_id).limit(1)).scalar_one()
    tx.execute(
        insert(customer_conflicts).values(
            id=new_id(),
            kind="same",
            customer_id=customer_id,
            other_id=customer_id,
            evidence={},
            score=50,
            found_at=tx.now,
        )
    )
