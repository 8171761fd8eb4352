"""What seems to be over and is not: merged, split, opened again, held by another's words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, insert, update

from hub.accounts.model import SYSTEM
from hub.callbacks.entries import NOBODY
from hub.callbacks.service import Cancel, cancel_callback
from hub.callbacks.tables import callbacks
from hub.care import emptied
from hub.channels.mailbox.tables import raw_mails
from hub.contacts.commitments.commands import FinishCommitment, MakeCommitment
from hub.contacts.commitments.model import CommitmentKind, CommitmentState
from hub.contacts.commitments.service import finish_commitment, make_commitment
from hub.contacts.forgetting import Whose
from hub.contacts.inbound import IdentityKind
from hub.contacts.joining.tables import contact_splits
from hub.contacts.tables import interactions
from hub.customers.holds.service import HoldCustomer, hold_customer
from hub.customers.settings import QueueKeep
from hub.customers.tables import customers, identities
from hub.desk.joining import MergeContacts, merge_contacts
from hub.desk.spam import MarkSpam, NotSpam, mark_spam, take_back_spam
from hub.desk.telling import By
from hub.jobs.keeping import Keeping
from hub.storage import Tx
from hub.testing.center import give_to_agent
from tests.integration.outreach.build import MAIL, add_customer
from tests.integration.outreach.conftest import house as house

from .keeping import CANARY, Keeper, no_rest
from .keeping import keeper as keeper

OTHER = "liu@example.test"


async def change(keeper: Keeper, table: Table, row_id: str, **values: Any) -> None:
    def put(tx: Tx, _: None) -> None:
        tx.execute(update(table).where(table.c.id == row_id).values(**values))

    await keeper.house.store.write(put, None)


async def promised(
    keeper: Keeper, contact_id: str | None = None, customer_id: str | None = None
) -> str:
    """Ann promises something in half a year."""
    due = keeper.house.centre.clock.now() + timedelta(days=180)
    promise = MakeCommitment(
        SYSTEM,
        CommitmentKind.OTHER,
        "A kettle",
        due,
        contact_id=contact_id,
        customer_id=customer_id,
        owner_id=keeper.house.ann,
    )
    return await keeper.house.store.write(make_commitment, promise)


async def finished(keeper: Keeper, commitment_id: str) -> None:
    done = FinishCommitment(SYSTEM, commitment_id, CommitmentState.KEPT, "It has come")
    await keeper.house.store.write(finish_commitment, done)


async def merged(keeper: Keeper, kept: str, other: str) -> None:
    by = By(keeper.house.ann, "Ann")
    await keeper.house.store.write(merge_contacts, MergeContacts(kept, other, by))


async def test_what_is_empty_already_is_merged_into_something_new(keeper: Keeper) -> None:
    await keeper.says(mails_days=30)
    old = await keeper.over(who=OTHER)
    keeper.passes(31)
    assert (await keeper.round()).contacts == 1
    new = await keeper.receives(CANARY)
    await keeper.house.store.write(give_to_agent, (new, keeper.house.ann))
    await merged(keeper, new, old)
    await keeper.house.closes(new)
    keeper.passes(31)
    await keeper.round()
    assert not await keeper.is_there(new)
    assert not await keeper.is_there(old)
    later = await keeper.over()
    keeper.passes(31)
    await keeper.round()
    assert not await keeper.is_there(later)


async def test_what_was_no_spam_after_all_goes_once_more(keeper: Keeper) -> None:
    """It was emptied, then opened again: what is said in it now is kept as long as anything."""
    await keeper.says(mails_days=30)
    store, by = keeper.house.store, By(keeper.house.ann, "Ann")
    contact_id = await keeper.receives(CANARY)
    await store.write(mark_spam, MarkSpam(contact_id, by))
    keeper.passes(31)
    await keeper.round()
    assert not await keeper.is_there(contact_id)
    await store.write(take_back_spam, NotSpam(contact_id, by, SYSTEM))
    await keeper.answered(contact_id)
    keeper.passes(29)
    await keeper.round()
    assert await keeper.is_there(contact_id)
    keeper.passes(2)
    await keeper.round()
    assert not await keeper.is_there(contact_id)


async def test_of_what_was_merged_the_longest_rule_counts(keeper: Keeper) -> None:
    await keeper.says({"finance": QueueKeep(mails_days=100)}, mails_days=30)
    contract = await keeper.receives(CANARY, OTHER, "finance-mail")
    kept = await keeper.receives(CANARY)
    for one in (kept, contract):
        await keeper.house.store.write(give_to_agent, (one, keeper.house.ann))
    await merged(keeper, kept, contract)
    await keeper.house.closes(kept)
    keeper.passes(40)
    await keeper.round()
    assert await keeper.is_there(contract)
    assert await keeper.is_there(kept)
    keeper.passes(62)
    assert (await keeper.round()).contacts == 2
    assert not await keeper.is_there(contract)


async def test_what_was_split_off_is_shown_as_long_as_it_is_kept_there(keeper: Keeper) -> None:
    await keeper.says(mails_days=30)
    source = await keeper.over()
    keeper.passes(20)
    part = await keeper.over(who=OTHER)

    def split(tx: Tx, _: None) -> None:
        tx.execute(
            insert(contact_splits).values(
                id="split", from_id=source, into_id=part, by_id="ann", by_name="Ann", at=tx.now
            )
        )

    await keeper.house.store.write(split, None)
    keeper.passes(15)
    await keeper.round()
    assert await keeper.is_there(source)
    keeper.passes(17)
    await keeper.round()
    assert not await keeper.is_there(source)
    assert not await keeper.is_there(part)


async def test_who_is_held_wrote_in_what_is_anothers(keeper: Keeper) -> None:
    await keeper.says(mails_days=30)
    liu = await keeper.house.store.write(add_customer, ("Liu", [(IdentityKind.EMAIL, OTHER)]))
    contact_id = await keeper.over()
    entry = next(e for e in await keeper.house.rows(interactions) if e.contact_id == contact_id)
    address = next(i for i in await keeper.house.rows(identities) if i.value_norm == OTHER)
    await change(keeper, interactions, entry.id, identity_id=address.id)
    await keeper.house.store.write(hold_customer, HoldCustomer(SYSTEM, liu, "a dispute"))
    keeper.passes(31)
    await keeper.round()
    assert await keeper.is_there(contact_id)


async def test_the_original_of_what_is_open_or_promised_stays(keeper: Keeper) -> None:
    await keeper.says(mails_days=1000, originals_days=30)
    store = keeper.house.store
    with_promise = await keeper.rich()
    is_open = await keeper.receives("Hello", OTHER, raw=await keeper.original("open"))
    promise = await promised(keeper, contact_id=with_promise)
    keeper.passes(31)
    assert (await keeper.round()).files == 0
    await finished(keeper, promise)
    keeper.passes(2)
    assert (await keeper.round()).files == 1
    await store.write(give_to_agent, (is_open, keeper.house.ann))
    await keeper.house.closes(is_open)
    keeper.passes(2)
    assert (await keeper.round()).files == 1
    assert {row.blob_id for row in await keeper.house.rows(raw_mails)} == {""}


async def test_what_reports_count_of_faxes_stays(keeper: Keeper) -> None:
    await keeper.says(mails_days=30)
    contact_id = await keeper.over()
    came, went = [
        row
        for row in await keeper.house.rows(interactions)
        if row.contact_id == contact_id and row.text
    ][:2]
    await change(keeper, interactions, came.id, channel="fax", meta={"pages": 3, "caller": CANARY})
    said = {"meta": {"delivered_pages": 2}, "delivery_detail": f"fax_busy: {CANARY}"}
    await change(keeper, interactions, went.id, channel="fax", **said)
    keeper.passes(31)
    await keeper.round()
    rows = {row.id: row for row in await keeper.house.rows(interactions)}
    assert rows[came.id].meta == {"code": "expired", "days": 30, "pages": 3}
    assert rows[went.id].meta == {"code": "expired", "days": 30, "delivered_pages": 2}
    assert rows[went.id].delivery_detail == "fax_busy: "
    assert await keeper.left() == []


async def test_what_was_said_of_a_call_back_goes(keeper: Keeper) -> None:
    await keeper.says(mails_days=30)
    contact_id = await keeper.over()
    await keeper.house.centre.wish(await keeper.house.centre.call())
    [callback] = await keeper.house.rows(callbacks)
    await keeper.house.store.write(cancel_callback, Cancel(callback.id, NOBODY, CANARY))
    await change(keeper, callbacks, callback.id, source_contact_id=contact_id, note=CANARY)
    keeper.passes(31)
    await keeper.round()
    assert [row.note for row in await keeper.house.rows(callbacks)] == [None]


async def test_a_visitor_to_whom_something_is_promised_keeps_their_name(keeper: Keeper) -> None:
    await keeper.says(anonymous_chats_days=30)
    contact_id = await keeper.over(who="visitor-1")
    visitor = next(
        row for row in await keeper.house.rows(identities) if row.value_norm == "visitor-1"
    )
    promise = await promised(keeper, customer_id=visitor.customer_id)
    keeper.passes(31)
    await keeper.round()
    assert not await keeper.is_there(contact_id)
    names = {row.id: row.name for row in await keeper.house.rows(customers)}
    assert names[visitor.customer_id] == CANARY
    await finished(keeper, promise)


async def test_many_entries_go_by_parts(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database takes only so many parameters of one statement."""
    monkeypatch.setattr(emptied, "_AT_ONCE", 2)
    await keeper.says(mails_days=30, originals_days=0)
    await keeper.rich()
    keeper.passes(31)
    assert (await keeper.round()).files == 2
    assert await keeper.left() == []
    assert await keeper.found() == 0


async def test_one_that_fails_ends_neither_the_others_nor_the_hub(keeper: Keeper) -> None:
    await keeper.says({"finance": QueueKeep(mails_days=10)}, mails_days=30)
    fails = await keeper.over(who=MAIL)
    goes = await keeper.over(who=OTHER, point="finance-mail")

    def breaks(_tx: Tx, whose: Whose) -> list[str]:
        if fails in whose.contact_ids:
            raise RuntimeError("a row that nobody thought of")
        return []

    keeper.passes(31)
    await Keeping(keeper.house.store, keeper.blobs, [breaks], no_rest).round()
    assert await keeper.is_there(fails)
    assert not await keeper.is_there(goes)
    keeper.passes(0.01)  # the lease of the one that failed is over
    await keeper.round()
    assert not await keeper.is_there(fails)
