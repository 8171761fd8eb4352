"""A fax is filed before its pages are made; what is found in it completes its entry."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import Row, select, update

from hub.accounts.model import SYSTEM
from hub.contacts import service as contact_service
from hub.contacts.effects import Effect, ReadFile
from hub.contacts.inbound import (
    BeingRead,
    Belongs,
    FileRead,
    IdentityKind,
    Inbound,
    InboundFile,
    Receipt,
    SenderIdentity,
)
from hub.contacts.model import Channel, ContactState, InteractionKind
from hub.contacts.service import Move
from hub.contacts.tables import attachments, contacts, conversations, interactions
from hub.core.text import parse_query
from hub.customers.addresses import NewAddress
from hub.customers.service import CreateCustomer, create_customer
from hub.customers.tables import customers, identities
from hub.intake import receive
from hub.intake.report import report
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.storage.search import SearchKind, search_documents
from hub.testing.center import add_agent, open_center
from hub.testing.clock import NOON, ManualClock

DOCUMENT = InboundFile("blob", "fax.tif", "image/tiff", 900)
FAX = Inbound(
    entry_point_id="fax",
    channel=Channel.FAX,
    dedupe_key="F1",
    senders=(SenderIdentity(IdentityKind.FAX, ""),),
    received_at=NOON,
    kind=InteractionKind.FAX,
    text="传真，1 页",
    files=(DOCUMENT,),
    reads=DOCUMENT,
    meta={"gateway": "hylafax"},
)
ACME = "+862161234567"


def found_in(receipt: Receipt, sender: str | None = ACME) -> FileRead:
    return FileRead(
        entry_point_id="fax",
        interaction_id=receipt.interaction_id,
        text="Purchase order 4711",
        files=(
            InboundFile("pdf", "fax.pdf", "application/pdf", 800, "paged"),
            InboundFile("png", "page-0001.png", "image/png", 700, "page:1"),
        ),
        language="en",
        sender=None if sender is None else SenderIdentity(IdentityKind.FAX, sender),
        meta={"pages": 1},
    )


@pytest.fixture
async def center(store: Store) -> Store:
    await store.write(open_center, None)
    return store


async def filed(store: Store, fax: Inbound = FAX) -> Receipt:
    receipt = await store.write(receive, fax)
    assert isinstance(receipt, Receipt)
    return receipt


async def rows(store: Store, table: Any) -> list[Row[Any]]:
    return await store.read(lambda tx, _: list(tx.execute(select(table))), None)


async def identity(store: Store, identity_id: str) -> Row[Any]:
    where = identities.c.id == identity_id
    return await store.read(lambda tx, _: tx.execute(select(identities).where(where)).one(), None)


async def test_reading_is_asked_for_once_in_the_commit_that_files_it(center: Store) -> None:
    receipt = await filed(center)
    again = await filed(center)
    assert again.duplicate
    (row,) = await rows(center, outbox)
    effect = msgspec.json.decode(row.effect, type=Effect)
    assert isinstance(effect, ReadFile)
    assert (effect.interaction_id, effect.file.blob_id) == (receipt.interaction_id, "blob")
    assert row.interaction_id is None  # it is no delivery of ours
    (entry,) = await rows(center, interactions)
    assert entry.meta == {"gateway": "hylafax", "reading": True}


async def test_what_was_found_completes_the_entry_and_told_again_changes_nothing(
    center: Store,
) -> None:
    receipt = await filed(center)
    await center.write(report, found_in(receipt))
    await center.write(report, found_in(receipt))
    (entry,) = await rows(center, interactions)
    assert entry.text == "Purchase order 4711"
    assert entry.meta == {"gateway": "hylafax", "pages": 1}
    files = await rows(center, attachments)
    assert sorted(file.name for file in files) == ["fax.pdf", "fax.tif", "page-0001.png"]
    (contact,) = await rows(center, contacts)
    assert (contact.preview, contact.language) == ("Purchase order 4711", "en")

    def search(tx: Tx, words: str) -> list[str]:
        hits = search_documents(tx, SearchKind.INTERACTIONS, parse_query(words), 10)
        return [hit.ref_id for hit in hits]

    assert await center.read(search, "4711") == [entry.id]
    assert await center.read(search, "传真") == []


async def test_an_anonymous_sender_is_known_by_the_number_on_the_page(center: Store) -> None:
    new = CreateCustomer(SYSTEM, "CN", name="ACME", addresses=(NewAddress(IdentityKind.FAX, ACME),))
    acme = await center.write(create_customer, new)
    await center.write(_make_gold, acme)
    receipt = await filed(center)
    (before,) = await rows(center, contacts)
    await center.write(report, found_in(receipt))
    (contact,) = await rows(center, contacts)
    known = await identity(center, contact.identity_id)
    assert (known.customer_id, known.value_norm) == (acme, ACME)
    assert (contact.tier, contact.target_s) == ("gold", 3600)
    assert contact.virtual_start_us == before.virtual_start_us
    (conversation,) = await rows(center, conversations)
    (entry,) = await rows(center, interactions)
    assert {conversation.identity_id, entry.identity_id} == {known.id}
    nameless = await identity(center, before.identity_id)
    assert (nameless.customer_id, nameless.status) == (acme, "removed")


async def test_a_new_number_on_the_page_can_be_answered(center: Store) -> None:
    receipt = await filed(center)
    await center.write(report, found_in(receipt))
    (contact,) = await rows(center, contacts)
    assert (await identity(center, contact.identity_id)).value_norm == ACME


async def test_a_number_on_the_page_does_not_change_who_is_known(center: Store) -> None:
    caller = SenderIdentity(IdentityKind.FAX, "+862188889999")
    receipt = await filed(center, replace(FAX, senders=(caller,)))
    (before,) = await rows(center, contacts)
    await center.write(report, found_in(receipt))
    (contact,) = await rows(center, contacts)
    assert contact.identity_id == before.identity_id


async def test_a_record_somebody_has_worked_on_is_theirs_to_decide(center: Store) -> None:
    receipt = await filed(center)
    await center.write(_name, "Ms Chen")
    (before,) = await rows(center, contacts)
    await center.write(report, found_in(receipt))
    (contact,) = await rows(center, contacts)
    assert contact.identity_id == before.identity_id


def _make_gold(tx: Tx, customer_id: str) -> None:
    tx.execute(update(customers).where(customers.c.id == customer_id).values(tier="gold"))


def _name(tx: Tx, name: str) -> None:
    tx.execute(update(customers).values(name=name, version=customers.c.version + 1))


INVOICES = Belongs("finance", "发票")


def words_of(receipt: Receipt, belongs: Belongs = INVOICES) -> FileRead:
    return dataclasses.replace(found_in(receipt), belongs=belongs)


async def test_a_fax_goes_to_the_queue_of_its_words_with_what_it_has_waited(
    center: Store, clock: ManualClock
) -> None:
    receipt = await filed(center)
    (before,) = await rows(center, contacts)
    assert before.queue_id == "support"
    clock.advance(40)
    await center.write(report, words_of(receipt))
    (contact,) = await rows(center, contacts)
    assert (contact.queue_id, contact.state) == ("finance", ContactState.QUEUED)
    assert contact.opened_at == before.opened_at
    assert contact.version > before.version
    said = [row.meta for row in await rows(center, interactions) if row.kind == "system"]
    assert said == [{"code": "moved_by_word", "queue": "finance", "word": "发票"}]


@pytest.mark.parametrize("belongs", [Belongs("support", "发票"), Belongs("gone", "发票")])
async def test_a_fax_stays_where_its_words_say_so_or_name_no_queue(
    center: Store, belongs: Belongs
) -> None:
    receipt = await filed(center)
    await center.write(report, words_of(receipt, belongs))
    (contact,) = await rows(center, contacts)
    assert contact.queue_id == "support"
    assert [row.kind for row in await rows(center, interactions)] == ["fax"]


async def test_a_fax_that_somebody_was_offered_stays_with_them(center: Store) -> None:
    receipt = await filed(center)
    agent_id = await center.write(add_agent, "Ann")

    def ring(tx: Tx, contact_id: str) -> None:
        order = Move(contact_id, ContactState.OFFERED, changes={"agent_id": agent_id})
        contact_service.move(tx, order)

    (before,) = await rows(center, contacts)
    await center.write(ring, before.id)
    await center.write(report, words_of(receipt))
    (contact,) = await rows(center, contacts)
    assert (contact.queue_id, contact.state) == ("support", ContactState.OFFERED)
    assert contact.preview == "Purchase order 4711"


async def test_how_far_it_is_shows_until_it_is_read(center: Store) -> None:
    receipt = await filed(center)
    far = BeingRead("fax", receipt.interaction_id, before=2)
    await center.write(report, far)
    await center.write(report, dataclasses.replace(far, before=0, page=7, of=20))
    (entry,) = await rows(center, interactions)
    assert entry.meta["reading"] == {"before": 0, "page": 7, "of": 20}
    assert entry.meta["gateway"] == "hylafax"
    await center.write(report, found_in(receipt))
    await center.write(report, far)  # comes too late
    (entry,) = await rows(center, interactions)
    assert "reading" not in entry.meta
